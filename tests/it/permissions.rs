//! Who may do what, from outside: every route and every frame with every kind of caller, what a
//! revocation does to open sockets, and that no secret ever leaves the box.

mod closing;
mod frames;
mod programs;
mod routes;
mod secrets;
mod stage;
mod table;

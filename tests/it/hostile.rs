//! Input that is wrong, too much, too slow or meant to harm: each gets a clear refusal, and the office
//! goes on.

mod bodies;
mod door;
mod expired;
mod foreign;
mod limits;
mod searches;
mod sockets;
mod throttle;

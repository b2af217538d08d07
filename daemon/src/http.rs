//! The web: connections, the guard at the door, what comes in and what goes out.

pub mod client;
pub mod connection;
pub mod extract;
pub mod guard;
pub mod hosts;
pub mod problem;
pub mod serve;

//! The web: connections, the guard at the door, what comes in and what goes out.

pub mod assets;
pub mod client;
pub mod connection;
pub mod extract;
pub mod guard;
pub mod health;
pub mod hosts;
pub mod problem;
pub mod serve;

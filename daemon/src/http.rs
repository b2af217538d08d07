//! The web: connections, the guard at the door, what comes in and what goes out.

pub mod assets;
pub mod auth;
pub mod body;
pub mod certificate;
pub mod channels;
pub mod client;
pub mod connection;
pub mod extract;
pub mod guard;
pub mod health;
pub mod hooks;
pub mod hosts;
pub mod inbox;
pub mod integrations;
pub mod invites;
pub mod messages;
pub mod office;
pub mod openapi;
pub mod people;
pub mod problem;
pub mod push;
pub mod router;
pub mod search;
pub mod serve;
pub mod sessions;
pub mod socket;

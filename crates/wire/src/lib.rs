//! What crosses a socket: client frames, request and response bodies, problems, limits.
//!
//! The browser's types are generated from these, so a shape is written once. Records that are the
//! same inside and outside (a message, a channel) come from [`hearth_domain::model`].

#![warn(missing_docs)]

pub mod admin;
pub mod frame;
pub mod hardware;
pub mod inbox;
pub mod integrations;
pub mod limits;
pub mod problem;
pub mod rest;
pub mod schema;
pub mod search;
pub mod trust;
pub mod vault;

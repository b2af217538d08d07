//! hearthd, the front door of an office, and `hearth`, the operator's command.
//!
//! What happens to a request, in order: [`http`] accepts the connection, guards the door, decodes
//! and calls one action; the action gives the store one closure; the hub wakes whoever reads the log.
//! Every part is given its clock, its listener and its folder, so that tests run the real thing.

pub mod actions;
pub mod admin;
pub mod app;
pub mod args;
pub mod calendar;
pub mod cards;
pub mod checks;
pub mod cli;
pub mod clock;
pub mod config;
pub mod credentials;
pub mod data_dir;
pub mod failures;
pub mod files;
pub mod findings;
pub mod hardware;
pub mod healing;
pub mod http;
pub mod hub;
pub mod ids;
pub mod journal;
pub mod local_name;
pub mod logging;
pub mod machine;
pub mod meters;
pub mod outbound;
pub mod password;
pub mod picture;
pub mod premises;
pub mod push;
pub mod quiet;
pub mod run;
pub mod sample;
pub mod service;
pub mod setup;
pub mod slack;
pub mod tar;
pub mod tasks;
pub mod throttle;
pub mod tls;
pub mod trail;
pub mod turns;
pub mod update;
pub mod vault;
pub mod webhooks;
mod zone;

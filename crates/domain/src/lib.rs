//! What Hearth knows about an office: ids, values, events and rules.
//!
//! Nothing here performs anything. There is no socket, no file, no clock and no randomness: time and
//! ids come in as arguments, decisions and denials go out as values. Read the modules in this order.

#![warn(missing_docs)]

pub mod file;
pub mod id;
pub mod limits;
pub mod sniff;
pub mod text;
pub mod time;

mod prose;

pub mod card;
pub mod link;

pub mod machine;
pub mod model;

pub mod audit;
pub mod event;
pub mod log;

pub mod denied;
pub mod guessable;
pub mod mention;
pub mod notify;
pub mod permit;
pub mod scopes;

pub mod search;

pub mod decide;
pub mod merge;

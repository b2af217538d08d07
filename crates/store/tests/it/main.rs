//! The store against real files in temporary folders.

#![expect(clippy::unwrap_used, reason = "a test may stop where its own material is wrong")]

mod harness;

mod accounts;
mod audits;
mod backups;
mod crash;
mod failures;
mod machine;
mod opening;
mod projection;
mod reads;
mod searching;
mod straight_path;

//! The store against real files in temporary folders.

mod harness;

mod accounts;
mod backups;
mod crash;
mod failures;
mod opening;
mod projection;
mod reads;
mod straight_path;

//! Keeps a machine cool, quiet and safe.
//!
//! Everything but `sysfs` is pure: readings and the time go in, commands come out, and a step
//! allocates nothing. Read the modules in this order.

#![warn(missing_docs)]

pub mod units;

pub mod sense;

pub mod fan;
pub mod model;

pub mod curve;
pub mod estimate;

pub mod control;

pub mod sysfs;

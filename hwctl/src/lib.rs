//! Keeps a machine cool, quiet and safe.
//!
//! What decides is pure: readings and the time go in, commands come out, and a step takes no memory.
//! `sysfs` is all that touches the machine, and the rest puts both together. Read the modules in this
//! order.

#![warn(missing_docs)]

pub mod units;

pub mod sense;

pub mod bands;
pub mod fan;
pub mod model;

pub mod curve;
pub mod estimate;
pub mod trend;

pub mod control;

pub mod commission;
pub mod drill;

pub mod sysfs;

pub mod air;
pub mod burner;
pub mod calibration;
pub mod clock;
pub mod diary;
pub mod gauges;
pub mod load;
pub mod machine;
pub mod parts;
mod readers;

pub mod limiter;
pub mod poweroff;

pub mod intent;
pub mod status;
pub mod supervisor;
pub mod trials;

pub mod args;
pub mod config;
pub mod list;
pub mod run;
pub mod sandbox;

pub mod simulated;

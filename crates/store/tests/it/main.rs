//! The store against real files in temporary folders.

mod harness;

mod straight_path;

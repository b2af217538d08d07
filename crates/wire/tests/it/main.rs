//! The shapes of what crosses a socket: written down as golden files, strict where they come in,
//! and without secrets where they go out.

#![expect(clippy::unwrap_used, reason = "a test may stop where its own material is wrong")]

mod golden;
mod problems;
mod samples;
mod schemas;
mod secrets;
mod strict;

//! A simulated machine, an office day for it, and controllers that keep it cool.
//!
//! Nothing here touches hardware, and only `drills` starts a program. The equations and the ranges of their constants are written down in
//! `docs/thermal.md`.

pub(crate) mod commission;
pub(crate) mod day;
pub(crate) mod drills;
pub(crate) mod plant;
pub(crate) mod random;
pub(crate) mod rivals;
pub(crate) mod run;
pub(crate) mod score;
pub(crate) mod seasons;

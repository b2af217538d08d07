//! A simulated machine, an office day for it, and controllers that keep it cool.
//!
//! Nothing here touches hardware, and only `drills` starts a program. The equations and the ranges of their constants are written down in
//! `docs/thermal.md`.

pub(crate) mod commission;
pub(crate) mod day;
pub(crate) mod drills;
pub(crate) mod random;
pub(crate) mod rivals;
pub(crate) mod run;
pub(crate) mod score;
pub(crate) mod seasons;

/// The simulated machine of `hearth-hwctl` itself, with noise.
pub(crate) mod plant {
    pub(crate) use hearth_hwctl::simulated::plant::{
        Build, CRITICAL_C, FULL_RPM, Fault, Flows, IDLE_W, LIMIT_C, LONG_W, Noise, SHORT_W, STEP_S,
        Shown,
    };

    pub(crate) type Plant = hearth_hwctl::simulated::plant::Plant<super::random::Draws>;
}

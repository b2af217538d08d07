//! The one clock: seconds since boot, sleep included, so that a machine that slept shows as a gap.

use rustix::time::{ClockId, clock_gettime};

use crate::units::Seconds;

/// Tells the time.
#[derive(Clone, Copy, Debug, Default)]
pub struct Clock;

impl Clock {
    /// Seconds since boot.
    pub fn now(self) -> Seconds {
        let time = clock_gettime(ClockId::Boottime);
        Seconds(time.tv_sec as f64 + time.tv_nsec as f64 / 1e9)
    }
}

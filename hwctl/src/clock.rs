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

    /// What the calendar says, as seconds since 1970: for people to read. A machine without a battery
    /// may say 0.
    pub fn unix_s(self) -> u64 {
        u64::try_from(clock_gettime(ClockId::Realtime).tv_sec).unwrap_or(0)
    }
}

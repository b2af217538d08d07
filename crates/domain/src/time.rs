//! Time as a value, and the hybrid logical clock that orders events between boxes.
//!
//! The clock is Kulkarni et al., "Logical Physical Clocks" (2014): 48 bits of milliseconds and a
//! 16-bit counter. It never runs backwards, stays close to wall time, and a reading from a box whose
//! clock is far ahead is clamped, so that a clock set to 2040 can't win every later edit.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::limits::CLOCK_AHEAD_MS_MAX;

/// Milliseconds since 1970-01-01 UTC.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    ToSchema,
)]
#[serde(transparent)]
#[schema(value_type = u64)]
pub struct Timestamp(u64);

impl Timestamp {
    /// The time `ms` milliseconds after the epoch.
    #[must_use]
    pub const fn from_ms(ms: u64) -> Self {
        Self(ms)
    }

    /// Milliseconds since the epoch.
    #[must_use]
    pub const fn as_ms(self) -> u64 {
        self.0
    }

    /// This time moved forward, stopping at the end of time.
    #[must_use]
    pub const fn plus_ms(self, ms: u64) -> Self {
        Self(self.0.saturating_add(ms))
    }

    /// Milliseconds from `earlier` to this; zero when `earlier` is later.
    #[must_use]
    pub const fn ms_since(self, earlier: Self) -> u64 {
        self.0.saturating_sub(earlier.0)
    }
}

/// A reading of the hybrid logical clock: 48 bits of milliseconds, then a 16-bit counter.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Hlc(pub u64);

impl Hlc {
    const COUNTER_BITS: u32 = 16;

    /// The earliest reading at a wall time; one after the year 10889 reads as that year's.
    #[must_use]
    pub const fn at(wall: Timestamp) -> Self {
        let wall_ms_max = u64::MAX >> Self::COUNTER_BITS;
        let wall_ms = if wall.as_ms() < wall_ms_max { wall.as_ms() } else { wall_ms_max };
        Self(wall_ms << Self::COUNTER_BITS)
    }

    /// The wall time inside this reading.
    #[must_use]
    pub const fn wall(self) -> Timestamp {
        Timestamp::from_ms(self.0 >> Self::COUNTER_BITS)
    }

    /// The reading for a new local event: after this one and never behind the wall clock.
    ///
    /// A counter that overflows carries into the milliseconds, which keeps the order.
    #[must_use]
    pub fn tick(self, now: Timestamp) -> Self {
        Self::at(now).max(Self(self.0.saturating_add(1)))
    }

    /// The reading after an event from another box was seen; its claim is clamped first.
    #[must_use]
    pub fn observe(self, remote: Self, now: Timestamp) -> Self {
        self.max(remote.clamped(now)).tick(now)
    }

    /// This reading, but at most 60 seconds ahead of `now`.
    #[must_use]
    pub fn clamped(self, now: Timestamp) -> Self {
        self.min(Self::at(now.plus_ms(CLOCK_AHEAD_MS_MAX)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_clock_in_2040_is_clamped() {
        let now = Timestamp::from_ms(1_790_000_000_000);
        let far = Hlc::at(Timestamp::from_ms(2_209_000_000_000));
        let after = Hlc::default().observe(far, now);
        assert!(after.wall().ms_since(now) <= CLOCK_AHEAD_MS_MAX);
    }

    #[test]
    fn the_end_of_time_is_no_step_back() {
        let end = Timestamp::from_ms(u64::MAX);
        assert!(Hlc::at(end) > Hlc::at(Timestamp::from_ms(1 << 47)));
        assert_eq!(Hlc(u64::MAX).tick(end), Hlc(u64::MAX));
        assert!(Hlc::default().observe(Hlc(u64::MAX), end) >= Hlc::at(end));
    }

    proptest! {
        #[test]
        fn ticks_only_move_forward(walls in prop::collection::vec(0u64..1 << 47, 1..50)) {
            let mut clock = Hlc::default();
            for wall in walls {
                let next = clock.tick(Timestamp::from_ms(wall));
                prop_assert!(next > clock);
                prop_assert!(next.wall().as_ms() >= wall);
                clock = next;
            }
        }
    }
}

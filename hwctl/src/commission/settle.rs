//! When a fan's speed has come to rest: by what the tachometer says, not by a fixed time.

use crate::sense::Reading;
use crate::units::{Rpm, Seconds};

/// Closer than this, two readings are the same speed …
const TOLERANCE_RPM: f64 = 30.0;
/// … or than this share of it.
const TOLERANCE_RATIO: f64 = 0.03;
/// Beyond the driver's cache: the thread that reads, and a second to be sure.
const BEYOND_CACHE: Seconds = Seconds(1.5);
/// A fan that has found no speed after so long has none …
const LIMIT: Seconds = Seconds(25.0);
/// … and so many caches.
const LIMIT_CACHES: f64 = 3.0;

/// What is known of a speed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Settled {
    /// It may still change.
    Not,
    /// It rests here.
    At(Rpm),
    /// It does not come to rest, or nothing is known of it.
    Never,
}

/// Watches one tachometer after a change of the duty.
#[derive(Clone, Copy, Debug)]
pub(super) struct Settle {
    cache: Seconds,
    begun: Seconds,
    /// The speed that is compared with, and since when it has held.
    resting: Option<(Rpm, Seconds)>,
}

impl Settle {
    /// After a change at `now`, behind a driver that shows what is up to `cache` old.
    pub(super) fn new(cache: Seconds, now: Seconds) -> Self {
        Self { cache, begun: now, resting: None }
    }

    /// Takes a reading. What the driver may have kept from before the change is not looked at.
    pub(super) fn look(&mut self, rpm: Reading<Rpm>, now: Seconds) -> Settled {
        let waited = now - self.begun;
        let fresh = waited >= self.cache;
        let known = rpm.within(self.cache).filter(|rpm| fresh && rpm.0.is_finite());
        if let Some(rpm) = known {
            let (held, since) =
                self.resting.filter(|(held, _)| same(*held, rpm)).unwrap_or((rpm, now));
            self.resting = Some((held, since));
            if now - since >= Seconds(self.cache.0 + BEYOND_CACHE.0) {
                return Settled::At(rpm);
            }
        }
        let limit = Seconds(LIMIT.0 + LIMIT_CACHES * self.cache.0);
        if waited >= limit { Settled::Never } else { Settled::Not }
    }

    /// The speed that was seen last, if any was.
    pub(super) fn last(&self) -> Option<Rpm> {
        self.resting.map(|(rpm, _)| rpm)
    }
}

/// A standing fan is no slow one: 0 is only like 0.
fn same(one: Rpm, other: Rpm) -> bool {
    let tolerance = TOLERANCE_RPM.max(TOLERANCE_RATIO * one.0);
    (one.0 > 0.0) == (other.0 > 0.0) && (one.0 - other.0).abs() <= tolerance
}

#[cfg(test)]
mod tests {
    use super::*;

    const CACHE: Seconds = Seconds(2.5);

    /// When a speed settles, and where.
    fn settles(speed: impl Fn(f64) -> f64) -> (f64, Settled) {
        let mut settle = Settle::new(CACHE, Seconds(0.0));
        for second in 0..100 {
            let at = f64::from(second);
            let settled = settle.look(Reading::now(Rpm(speed(at))), Seconds(at));
            if settled != Settled::Not {
                return (at, settled);
            }
        }
        (100.0, Settled::Not)
    }

    #[test]
    fn a_quick_fan_is_done_sooner_than_a_slow_one() {
        let quick = settles(|at| 2_000.0 - 1_000.0 * (-at / 0.5).exp());
        let slow = settles(|at| 2_000.0 - 1_000.0 * (-at / 6.0).exp());
        assert_eq!(quick, (7.0, Settled::At(Rpm(2_000.0 - 1_000.0 * (-14.0_f64).exp()))));
        assert!(matches!(slow.1, Settled::At(rpm) if rpm.0 > 1_900.0), "{slow:?}");
        assert!(slow.0 > quick.0 + 5.0, "{slow:?}");
    }

    #[test]
    fn what_the_driver_kept_does_not_count() {
        let (at, settled) = settles(|at| if at < 2.5 { 900.0 } else { 0.0 });
        assert_eq!((at, settled), (7.0, Settled::At(Rpm(0.0))));
    }

    #[test]
    fn what_swings_or_is_unknown_never_settles() {
        assert_eq!(settles(|at| 1_000.0 + 300.0 * (at % 3.0)).1, Settled::Never);
        assert_eq!(settles(|_| f64::NAN).1, Settled::Never);
    }
}

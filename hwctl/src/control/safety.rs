//! The hard layer. It knows the junction's temperature and the time, and nothing of curves, models or
//! budgets, so that no mistake there can get past it.
//!
//! | what | when | then |
//! |---|---|---|
//! | hot | 9 K below critical for 2 s | full, until 8 K cooler |
//! | hotter | 5 K below critical | least power, work refused, until 8 K cooler |
//! | critical | 3 K below critical for 10 s and not falling | the machine switches off in order |
//! | blind | nothing believable for 3 s | at least 70 % |
//! | lost | for 10 s | full, and the firmware takes over |

use super::Heat;
use crate::sense::{Reading, Why};
use crate::units::{Celsius, Duty, Seconds};

/// How long the junction may be unknown before the fan speeds up.
pub const BLIND_AFTER: Seconds = Seconds(3.0);
/// The least duty while it is unknown.
pub const BLIND_DUTY: Duty = Duty::new(0.7);
/// How long it may be unknown before the firmware takes over.
pub const LOST_AFTER: Seconds = Seconds(10.0);

/// Below critical, the junction is hot.
pub(super) const HOT_BELOW_CRITICAL_K: f64 = 9.0;
const HOT_AFTER: Seconds = Seconds(2.0);
const FLOOR_BELOW_CRITICAL_K: f64 = 5.0;
const OFF_BELOW_CRITICAL_K: f64 = 3.0;
const OFF_AFTER: Seconds = Seconds(10.0);
const RELEASE_K: f64 = 8.0;
/// A smaller fall is noise.
const FALLING_K: f64 = 1.0;

/// What the hard layer sees.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Sight {
    /// All is well.
    Clear,
    /// Nothing believable for a moment.
    Dim(Why),
    /// For 3 s.
    Blind(Why),
    /// For 10 s.
    Lost(Why),
    /// Hot, here.
    Hot(Celsius),
}

impl Sight {
    /// Why the junction is unknown, if it is.
    pub(super) fn why(self) -> Option<Why> {
        match self {
            Self::Dim(why) | Self::Blind(why) | Self::Lost(why) => Some(why),
            Self::Clear | Self::Hot(_) => None,
        }
    }
}

#[derive(Clone, Debug)]
pub(super) struct Safety {
    hot: Latch,
    floor: Latch,
    off_from: Celsius,
    /// Since when the junction has been near critical and not falling, and from where.
    critical: Option<(Seconds, Celsius)>,
    off: bool,
    last_known: Option<Seconds>,
}

impl Safety {
    pub(super) fn new(critical: Celsius) -> Self {
        Self {
            hot: Latch::new(critical.less(HOT_BELOW_CRITICAL_K), HOT_AFTER),
            floor: Latch::new(critical.less(FLOOR_BELOW_CRITICAL_K), Seconds(0.0)),
            off_from: critical.less(OFF_BELOW_CRITICAL_K),
            critical: None,
            off: false,
            last_known: None,
        }
    }

    /// Takes a reading that was found believable, or not.
    pub(super) fn look(&mut self, junction: Reading<Celsius>, now: Seconds) -> Sight {
        let why = match junction {
            Reading::Known { value, age } => {
                let read_at = Seconds(now.0 - age.0.max(0.0));
                let newest = self.last_known.filter(|known| *known > read_at).unwrap_or(read_at);
                self.last_known = Some(newest);
                if age < BLIND_AFTER {
                    return self.judge(value, now);
                }
                Why::Stale
            }
            Reading::Unknown(why) => why,
        };
        // Before the first reading the time counts from the first look.
        let unknown_for = now - *self.last_known.get_or_insert(now);
        match unknown_for {
            long if long >= LOST_AFTER => Sight::Lost(why),
            long if long >= BLIND_AFTER => Sight::Blind(why),
            _ => Sight::Dim(why),
        }
    }

    fn judge(&mut self, junction: Celsius, now: Seconds) -> Sight {
        self.floor.follow(junction, now);
        self.off = self.is_off(junction, now);
        if self.hot.follow(junction, now) { Sight::Hot(junction) } else { Sight::Clear }
    }

    fn is_off(&mut self, junction: Celsius, now: Seconds) -> bool {
        if junction < self.off_from {
            self.critical = None;
            return false;
        }
        let (since, from) = *self.critical.get_or_insert((now, junction));
        if junction.0 < from.0 - FALLING_K {
            self.critical = Some((now, junction));
            return false;
        }
        now - since >= OFF_AFTER
    }

    /// What the heat must come down to, if it must. While the junction is unknown, what was last
    /// decided holds.
    pub(super) fn heat(&self) -> Option<Heat> {
        match (self.off, self.floor.set) {
            (true, _) => Some(Heat::PowerOff),
            (false, true) => Some(Heat::Floor),
            (false, false) => None,
        }
    }
}

/// Sets when a temperature was at a limit for long enough, and stays until it is well below.
#[derive(Clone, Debug)]
struct Latch {
    limit: Celsius,
    after: Seconds,
    since: Option<Seconds>,
    set: bool,
}

impl Latch {
    fn new(limit: Celsius, after: Seconds) -> Self {
        Self { limit, after, since: None, set: false }
    }

    fn follow(&mut self, junction: Celsius, now: Seconds) -> bool {
        if junction >= self.limit {
            let since = *self.since.get_or_insert(now);
            self.set |= now - since >= self.after;
        } else {
            self.since = None;
            self.set &= junction >= self.limit.less(RELEASE_K);
        }
        self.set
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn look(safety: &mut Safety, celsius: f64, at: f64) -> Sight {
        safety.look(Reading::now(Celsius(celsius)), Seconds(at))
    }

    #[test]
    fn hot_is_latched_after_two_seconds_until_eight_kelvins_cooler() {
        let mut safety = Safety::new(Celsius(100.0));
        assert_eq!(look(&mut safety, 91.0, 0.0), Sight::Clear);
        assert_eq!(look(&mut safety, 91.0, 1.0), Sight::Clear);
        assert_eq!(look(&mut safety, 91.0, 2.0), Sight::Hot(Celsius(91.0)));
        assert_eq!(look(&mut safety, 83.0, 3.0), Sight::Hot(Celsius(83.0)));
        assert_eq!(look(&mut safety, 82.9, 4.0), Sight::Clear);
        assert_eq!(safety.heat(), None);
    }

    #[test]
    fn hotter_takes_the_power_at_once_and_critical_switches_off() {
        let mut safety = Safety::new(Celsius(100.0));
        look(&mut safety, 95.0, 0.0);
        assert_eq!(safety.heat(), Some(Heat::Floor));
        look(&mut safety, 97.5, 1.0);
        look(&mut safety, 97.5, 10.9);
        assert_eq!(safety.heat(), Some(Heat::Floor));
        look(&mut safety, 97.5, 11.0);
        assert_eq!(safety.heat(), Some(Heat::PowerOff));
    }

    #[test]
    fn who_cools_down_by_itself_is_not_switched_off() {
        let mut safety = Safety::new(Celsius(100.0));
        for second in 0..60_u32 {
            look(&mut safety, 110.0 - 0.2 * f64::from(second), f64::from(second));
            assert_eq!(safety.heat(), Some(Heat::Floor));
        }
    }

    #[test]
    fn what_is_unknown_is_dim_then_blind_then_lost_and_heals_at_once() {
        let mut safety = Safety::new(Celsius(100.0));
        let none = Reading::Unknown(Why::Fault);
        assert_eq!(safety.look(none, Seconds(5.0)), Sight::Dim(Why::Fault));
        assert_eq!(safety.look(none, Seconds(8.0)), Sight::Blind(Why::Fault));
        assert_eq!(safety.look(none, Seconds(15.0)), Sight::Lost(Why::Fault));
        assert_eq!(look(&mut safety, 40.0, 16.0), Sight::Clear);
        let old = |age| Reading::Known { value: Celsius(40.0), age: Seconds(age) };
        assert_eq!(safety.look(old(4.0), Seconds(20.0)), Sight::Blind(Why::Stale));
        assert_eq!(safety.look(old(11.0), Seconds(27.0)), Sight::Lost(Why::Stale));
    }
}

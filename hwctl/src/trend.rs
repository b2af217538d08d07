//! Dust over months: a day's resistance after another, against the first week after commissioning.
//!
//! A day is compared as a whole, because load, room and fan wander within it. What a day says is off by
//! a few per cent, so no single one decides: a CUSUM of the logarithms adds up what lies above the half
//! of 15 %, and says "dust" when that is more than chance makes of it. Three clean days after cleaning
//! take it back.
//!
//! The first week stands for what commissioning measured, in the same way as all later days: what is
//! wrong about the model is then wrong on both sides. Time without a sensor of the air does not count,
//! because a warm room looks like dust.

use serde::{Deserialize, Serialize};

use crate::estimate::Minute;
use crate::units::Seconds;

/// So much dust asks for cleaning.
pub const SOON: f64 = 1.15;
const DAY: Seconds = Seconds(86_400.0);
/// A day has to have as much work as half an hour of it, in W².
const DAY_WEIGHT_MIN: f64 = 10_000.0;
/// So many days are what later ones are compared with.
const BASELINE_DAYS: u32 = 7;
/// What is less than this above the baseline does not add up: ln 1.15, halved.
const SLACK: f64 = 0.07;
/// What adds up to this is dust.
const ALARM: f64 = 0.5;
/// It adds up to no more, so that three clean days take it back.
const ALARM_MAX: f64 = ALARM + 2.0 * SLACK;
/// How much the newest day counts in the level.
const NEWEST: f64 = 0.25;
/// Outside of this a day is wrong, not the sink dirty.
const RATIO: std::ops::RangeInclusive<f64> = 0.4..=6.0;

/// What is kept over restarts: figures of whole days.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Days {
    /// How many days were measured.
    pub count: u32,
    /// The mean of the first days' logarithms.
    pub baseline: f64,
    /// The logarithm of the present dust against that, averaged over the last days.
    pub level: f64,
    /// What added up.
    pub sum: f64,
}

impl Days {
    /// Whether every figure is one that days can have led to.
    pub fn is_sound(&self) -> bool {
        let logarithm = |value: f64| value.is_finite() && value.abs() < 3.0;
        logarithm(self.baseline) && logarithm(self.level) && (0.0..=ALARM_MAX).contains(&self.sum)
    }

    fn add(&mut self, ratio: f64) {
        let day = ratio.ln();
        self.count = self.count.saturating_add(1);
        if self.count <= BASELINE_DAYS {
            self.baseline += (day - self.baseline) / f64::from(self.count);
            return;
        }
        let above = day - self.baseline;
        self.level += (above - self.level) * NEWEST;
        self.sum = (self.sum + above - SLACK).clamp(0.0, ALARM_MAX);
    }

    /// The dust against the first week, once that is over. It is [`SOON`] or more exactly while the
    /// days add up to dust, so that whoever compares it with that is right.
    pub fn dust(&self) -> Option<f64> {
        if self.count < BASELINE_DAYS {
            return None;
        }
        let level = self.level.exp();
        Some(if self.sum >= ALARM { level.max(SOON) } else { level.min(SOON - 0.001) })
    }
}

/// Follows the days.
#[derive(Clone, Debug, Default)]
pub struct Trend {
    days: Days,
    elapsed_s: f64,
    xx: f64,
    xy: f64,
}

impl Trend {
    /// Goes on where an earlier run ended.
    pub fn from_days(days: Days) -> Self {
        Self { days, ..Self::default() }
    }

    /// What is known of whole days.
    pub fn days(&self) -> &Days {
        &self.days
    }

    /// Takes a minute that was measured with the air known.
    pub fn observe(&mut self, minute: Minute) {
        self.elapsed_s += minute.lasted.0;
        self.xx += minute.x * minute.x;
        self.xy += minute.x * minute.y;
        if self.elapsed_s < DAY.0 {
            return;
        }
        let (enough, ratio) = (self.xx >= DAY_WEIGHT_MIN, self.xx / self.xy);
        if enough && RATIO.contains(&ratio) {
            self.days.add(ratio);
        }
        *self = Self::from_days(self.days);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// What a day is off by, as the simulated year shows it, twice over: in per cent.
    const SPREAD: f64 = 0.04;

    /// Bell-shaped, between -3 and 3, with a deviation of 1: the sum of twelve even draws, less six.
    fn normal(random: &mut u64) -> f64 {
        let mut draw = || {
            *random = random
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            (*random >> 11) as f64 / (1_u64 << 53) as f64
        };
        (0..12).map(|_| draw()).sum::<f64>() - 6.0
    }

    #[test]
    fn dust_that_grows_is_found_before_a_quarter_and_cleaning_is_noticed() {
        for seed in 0..200_u64 {
            let (mut days, mut random, mut found) = (Days::default(), seed, None);
            for day in 0..180_u32 {
                let dust = 1.0 + 0.6 * f64::from(day) / 180.0;
                days.add(dust * (SPREAD * normal(&mut random)).exp());
                found = found.or(days.dust().filter(|dust| *dust >= SOON).map(|_| dust));
            }
            assert!(found.is_some_and(|dust| (1.05..1.25).contains(&dust)), "{found:?}");
            assert!(days.dust().is_some_and(|dust| dust > 1.4), "{days:?}");
            let clean = (0..30).position(|_| {
                days.add((SPREAD * normal(&mut random)).exp());
                days.dust().is_some_and(|dust| dust < SOON)
            });
            assert!(clean.is_some_and(|days| days < 7), "{clean:?}");
        }
    }

    #[test]
    fn a_clean_machine_is_called_dusty_less_than_once_in_a_year() {
        let mut alarms = 0;
        for seed in 0..200_u64 {
            let (mut days, mut random, mut before) = (Days::default(), seed, false);
            for _ in 0..365 {
                days.add((SPREAD * normal(&mut random)).exp());
                let now = days.dust().is_some_and(|dust| dust >= SOON);
                alarms += u32::from(now && !before);
                before = now;
            }
        }
        assert!(alarms < 20, "{alarms} in 200 years");
    }

    #[test]
    fn a_day_without_work_and_an_absurd_one_do_not_count() {
        let mut trend = Trend::default();
        let minute = |x, y| Minute { x, y, lasted: Seconds(60.0) };
        for _ in 0..1_440 {
            trend.observe(minute(2.0, 2.0));
        }
        for _ in 0..1_440 {
            trend.observe(minute(40.0, 1.0));
        }
        assert_eq!(trend.days(), &Days::default());
        for _ in 0..1_440 {
            trend.observe(minute(20.0, 16.0));
        }
        assert_eq!(trend.days().count, 1);
        assert!((trend.days().baseline - 1.25_f64.ln()).abs() < 1e-9);
    }

    proptest! {
        #[test]
        fn whatever_the_minutes_say_the_figures_are_sound(
            minutes in prop::collection::vec((any::<f64>(), any::<f64>()), 0..40),
        ) {
            let mut trend = Trend::default();
            for (x, y) in minutes {
                trend.observe(Minute { x, y, lasted: DAY });
                prop_assert!(trend.days().is_sound());
                prop_assert!(trend.days().dust().is_none_or(|dust| dust.is_finite() && dust > 0.0));
            }
        }
    }
}

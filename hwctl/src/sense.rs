//! What is known, and what is not.
//!
//! A sensor that can't be believed gives no number at all: "unknown" is a case of its own, with a
//! reason, and nobody can calculate with it by mistake.

use crate::units::{Celsius, Seconds, Watts};

/// What silicon in an office can measure of itself. A floating input reads outside of this.
const RANGE: std::ops::RangeInclusive<f64> = -10.0..=125.0;
/// The fastest a junction warms. A faster change is a disturbance of the reading.
const SLOPE_MAX_K_PER_S: f64 = 40.0;
/// How long a temperature may stand still while the power moves.
const STUCK_AFTER: Seconds = Seconds(120.0);
/// How far the power has to move for a temperature to have to move too.
const STUCK_POWER_W: f64 = 10.0;

/// A power that is so far from what it was …
const SOON_POWER_W: f64 = 15.0;
/// … for so long …
const SOON_AFTER: Seconds = Seconds(15.0);
/// … and at so many looks moves every junction: by four kelvins within three seconds.
const SOON_LOOKS: u32 = 8;
/// How quickly what the power was follows what it is.
const BASE_SHARE: f64 = 0.1;
/// What a sensor has to move by to be one.
const MOVED_K: f64 = 0.9;

/// What a sensor says now.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Reading<T> {
    /// A value, and how long ago it was read.
    Known {
        /// The value.
        value: T,
        /// The time since it was read.
        age: Seconds,
    },
    /// No value, and why.
    Unknown(Why),
}

/// Why a sensor's value is not known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// The machine has no such sensor, or it is gone.
    Missing,
    /// What was read is not a number.
    Garbage,
    /// The sensor says of itself that it is faulty, or the read failed.
    Fault,
    /// The number is none that this sensor can measure.
    OutOfRange,
    /// It changed faster than the thing it measures can.
    Jumped,
    /// It stands still although it should move.
    Stuck,
    /// It was read too long ago.
    Stale,
}

impl<T: Copy> Reading<T> {
    /// A value that was read just now.
    pub fn now(value: T) -> Self {
        Self::Known { value, age: Seconds(0.0) }
    }

    /// The value, if it is known.
    pub fn value(self) -> Option<T> {
        match self {
            Self::Known { value, .. } => Some(value),
            Self::Unknown(_) => None,
        }
    }

    /// The value, if it is no older than `age_max`.
    pub fn within(self, age_max: Seconds) -> Option<T> {
        match self {
            Self::Known { value, age } if age <= age_max => Some(value),
            _ => None,
        }
    }
}

/// Watches one temperature sensor and decides whether to believe it.
///
/// A jump is believed as soon as enough time has passed for the temperature to have come there, at
/// the latest 3.4 s later. A stuck sensor is believed again when it moves.
#[derive(Clone, Debug, Default)]
pub struct Watch {
    believed: Option<(Celsius, Seconds)>,
    still: Option<Still>,
}

/// How long a raw value has not changed, and what the power did meanwhile.
#[derive(Clone, Copy, Debug)]
struct Still {
    value: Celsius,
    since: Seconds,
    power_min: f64,
    power_max: f64,
    /// What the power was while it was steady.
    base_w: Option<f64>,
    /// Since when it has been far from that, and at how many looks.
    away: Option<(Seconds, u32)>,
}

impl Still {
    fn new(value: Celsius, since: Seconds) -> Self {
        let (power_min, power_max) = (f64::MAX, f64::MIN);
        Self { value, since, power_min, power_max, base_w: None, away: None }
    }

    fn follow(&mut self, power_w: f64, now: Seconds) {
        self.power_min = self.power_min.min(power_w);
        self.power_max = self.power_max.max(power_w);
        let base_w = self.base_w.get_or_insert(power_w);
        if (power_w - *base_w).abs() > SOON_POWER_W {
            let (since, looks) = self.away.unwrap_or((now, 0));
            self.away = Some((since, looks.saturating_add(1)));
        } else {
            *base_w += (power_w - *base_w) * BASE_SHARE;
            self.away = None;
        }
    }

    fn is_stuck(&self, now: Seconds) -> bool {
        let soon = self
            .away
            .is_some_and(|(since, looks)| now - since >= SOON_AFTER && looks >= SOON_LOOKS);
        let moved_w = self.power_max - self.power_min;
        soon || now - self.since >= STUCK_AFTER && moved_w > STUCK_POWER_W
    }
}

/// Whether a sensor was ever seen to move: an input that nothing is connected to is not.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Moved {
    first: Option<Celsius>,
    moved: bool,
}

impl Moved {
    /// Takes a value; whether it moved by now.
    pub fn follow(&mut self, at: Celsius) -> bool {
        let first = *self.first.get_or_insert(at);
        self.moved |= (at - first).abs() >= MOVED_K;
        self.moved
    }
}

impl Watch {
    /// The reading if it can be believed, else why not.
    pub fn check(
        &mut self,
        raw: Reading<Celsius>,
        power: Reading<Watts>,
        now: Seconds,
    ) -> Reading<Celsius> {
        let Reading::Known { value, age } = raw else { return raw };
        if value.0.is_nan() || age.0.is_nan() {
            return Reading::Unknown(Why::Garbage);
        }
        if !RANGE.contains(&value.0) {
            return Reading::Unknown(Why::OutOfRange);
        }
        if self.is_stuck(value, power, now) {
            return Reading::Unknown(Why::Stuck);
        }
        if let Some((before, at)) = self.believed {
            let reachable_k = SLOPE_MAX_K_PER_S * (now - at).0.max(0.0);
            if (value - before).abs() > reachable_k {
                return Reading::Unknown(Why::Jumped);
            }
        }
        self.believed = Some((value, now));
        raw
    }

    fn is_stuck(&mut self, value: Celsius, power: Reading<Watts>, now: Seconds) -> bool {
        let power_w = power.value().map(|power| power.0).filter(|power_w| power_w.is_finite());
        let still = self.still.filter(|still| still.value == value);
        let mut still = still.unwrap_or(Still::new(value, now));
        if let Some(power_w) = power_w {
            still.follow(power_w, now);
        }
        self.still = Some(still);
        still.is_stuck(now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const IDLE: Reading<Watts> = Reading::Known { value: Watts(3.0), age: Seconds(0.0) };
    const BUSY: Reading<Watts> = Reading::Known { value: Watts(46.0), age: Seconds(0.0) };

    fn check(watch: &mut Watch, celsius: f64, power: Reading<Watts>, at: f64) -> Option<Why> {
        match watch.check(Reading::now(Celsius(celsius)), power, Seconds(at)) {
            Reading::Known { .. } => None,
            Reading::Unknown(why) => Some(why),
        }
    }

    #[test]
    fn impossible_values_are_unknown() {
        let mut watch = Watch::default();
        for celsius in [-10.1, 125.1, f64::INFINITY, f64::NEG_INFINITY, 3e9] {
            assert_eq!(check(&mut watch, celsius, IDLE, 0.0), Some(Why::OutOfRange));
        }
        assert_eq!(check(&mut watch, f64::NAN, IDLE, 0.0), Some(Why::Garbage));
        assert_eq!(check(&mut watch, 50.0, IDLE, 0.0), None);
    }

    #[test]
    fn a_jump_is_believed_once_it_can_be_true() {
        let mut watch = Watch::default();
        assert_eq!(check(&mut watch, 40.0, IDLE, 0.0), None);
        assert_eq!(check(&mut watch, 110.0, IDLE, 1.0), Some(Why::Jumped));
        assert_eq!(check(&mut watch, 110.0, IDLE, 2.0), None);
        assert_eq!(check(&mut watch, 90.0, BUSY, 3.0), None);
    }

    #[test]
    fn a_value_that_stands_still_while_the_power_moves_is_stuck_until_it_moves() {
        let mut watch = Watch::default();
        for second in 0..75 {
            let power = if second < 60 { IDLE } else { BUSY };
            assert_eq!(check(&mut watch, 55.0, power, f64::from(second)), None);
        }
        assert_eq!(check(&mut watch, 55.0, BUSY, 75.0), Some(Why::Stuck));
        assert_eq!(check(&mut watch, 56.0, BUSY, 76.0), None);
    }

    #[test]
    fn a_power_that_comes_and_goes_takes_longer() {
        let (mut watch, mut stuck_at) = (Watch::default(), None);
        for second in 0..140_u32 {
            let power = if second % 10 < 3 { BUSY } else { IDLE };
            let why = check(&mut watch, 55.0, power, f64::from(second));
            stuck_at = stuck_at.or(why.map(|_| second));
        }
        assert_eq!(stuck_at, Some(120));
        // After a pause one look at another power says nothing yet.
        let mut watch = Watch::default();
        for second in 0..20 {
            check(&mut watch, 55.0, IDLE, f64::from(second));
        }
        assert_eq!(check(&mut watch, 55.0, BUSY, 21.0), None);
        assert_eq!(check(&mut watch, 55.0, BUSY, 41.0), None);
    }

    #[test]
    fn a_sensor_that_never_moved_is_none() {
        let mut moved = Moved::default();
        assert!(![40.0, 40.5, 39.5].iter().any(|at| moved.follow(Celsius(*at))));
        assert!(moved.follow(Celsius(41.0)) && moved.follow(Celsius(40.0)));
    }

    #[test]
    fn a_steady_temperature_at_a_steady_power_is_fine() {
        let mut watch = Watch::default();
        for second in 0..1_000 {
            assert_eq!(check(&mut watch, 55.0, BUSY, f64::from(second)), None);
        }
    }
}

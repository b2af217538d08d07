//! The quantities, each a type of its own, so that watts are never taken for degrees.
//!
//! A difference of temperatures is a plain number of kelvins and says so in its name (`_k`).

use std::fmt;
use std::ops::Sub;

/// A temperature in degrees Celsius.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub struct Celsius(pub f64);

/// A power in watts.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub struct Watts(pub f64);

/// A fan's speed in revolutions per minute.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub struct Rpm(pub f64);

/// A span of time, or a moment as seconds since some start, in seconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, PartialOrd)]
pub struct Seconds(pub f64);

/// How strongly a fan is driven: 0 is off, 1 is full. Never out of this range and never NaN.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub struct Duty(f64);

impl Celsius {
    /// This temperature, `kelvins` lower.
    #[must_use]
    pub fn less(self, kelvins: f64) -> Self {
        Self(self.0 - kelvins)
    }
}

impl Sub for Celsius {
    /// Kelvins.
    type Output = f64;

    fn sub(self, other: Self) -> f64 {
        self.0 - other.0
    }
}

impl Sub for Seconds {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        Self(self.0 - other.0)
    }
}

impl Duty {
    /// The fan is driven as strongly as it can be.
    pub const FULL: Self = Self(1.0);
    /// The fan is not driven.
    pub const OFF: Self = Self(0.0);

    /// A ratio, clamped to the range. NaN is full: what can't be computed must cool.
    pub const fn new(ratio: f64) -> Self {
        match ratio {
            0.0..=1.0 => Self(ratio),
            below if below < 0.0 => Self::OFF,
            _ => Self::FULL,
        }
    }

    /// From a value of hwmon's `pwmN`, 0 to 255.
    pub fn from_pwm(pwm: u8) -> Self {
        Self(f64::from(pwm) / 255.0)
    }

    /// As a value of hwmon's `pwmN`. Rounded up, because rounding must not cool less.
    #[expect(clippy::cast_possible_truncation, reason = "the ratio lies between 0 and 1")]
    #[expect(clippy::cast_sign_loss, reason = "the ratio lies between 0 and 1")]
    pub fn pwm(self) -> u8 {
        // What `from_pwm` lost in binary must not count as a reason to round up.
        (self.0 * 255.0 - 1e-9).ceil() as u8
    }

    /// Between 0 and 1.
    pub const fn ratio(self) -> f64 {
        self.0
    }

    /// The stronger of two.
    #[must_use]
    pub fn max(self, other: Self) -> Self {
        Self(self.0.max(other.0))
    }
}

impl fmt::Display for Celsius {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.1} °C", self.0)
    }
}

impl fmt::Display for Watts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.1} W", self.0)
    }
}

impl fmt::Display for Rpm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.0} rpm", self.0)
    }
}

impl fmt::Display for Duty {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.0} %", self.0 * 100.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_duty_becomes_the_nearest_and_nonsense_becomes_full() {
        assert_eq!(Duty::new(-0.5), Duty::OFF);
        assert_eq!(Duty::new(1.5), Duty::FULL);
        assert_eq!(Duty::new(f64::NAN), Duty::FULL);
        assert_eq!(Duty::new(f64::INFINITY), Duty::FULL);
        assert_eq!(Duty::new(f64::NEG_INFINITY), Duty::OFF);
    }

    #[test]
    fn every_pwm_value_survives_and_others_round_up() {
        for pwm in 0..=255 {
            assert_eq!(Duty::from_pwm(pwm).pwm(), pwm);
        }
        assert_eq!(Duty::new(0.7).pwm(), 179);
    }
}

//! A fan: how its speed follows from the duty, as commissioning measured it.
//!
//! Speed is relative: 1 is the speed at full duty. A fan driven below `sustain` stops; from a
//! standstill it needs `start` to begin. Between `sustain` and full the speed is close to linear, or
//! bends a little.

use crate::units::{Duty, Rpm};

/// One fan's characteristic.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Fan {
    /// The least duty that keeps it turning.
    pub sustain: Duty,
    /// The least duty that makes it turn from a standstill.
    pub start: Duty,
    /// Its relative speed at `sustain`.
    pub slowest: f64,
    /// Its speed at full duty.
    pub full: Rpm,
    /// How its speed bends from `sustain` to full: the exponent of the duty's share; 1 is a line.
    pub bend: f64,
}

impl Fan {
    /// The duty for a relative speed; at least `sustain`.
    pub fn duty(&self, speed: f64) -> Duty {
        let share = ((speed - self.slowest) / (1.0 - self.slowest)).clamp(0.0, 1.0);
        let sustain = self.sustain.ratio();
        Duty::new(sustain + (1.0 - sustain) * share.powf(self.bend.recip())).max(self.sustain)
    }

    /// The relative speed that a duty gives; 0 below `sustain`.
    pub fn speed(&self, duty: Duty) -> f64 {
        if duty < self.sustain {
            return 0.0;
        }
        let sustain = self.sustain.ratio();
        let share = (duty.ratio() - sustain) / (1.0 - sustain);
        self.slowest + (1.0 - self.slowest) * share.powf(self.bend)
    }

    /// The relative speed that a tachometer shows.
    pub fn relative(&self, rpm: Rpm) -> f64 {
        (rpm.0 / self.full.0).clamp(0.0, 1.0)
    }
}

impl Default for Fan {
    /// A blower of a mini PC, before commissioning measured the real one.
    fn default() -> Self {
        Self {
            sustain: Duty::from_pwm(40),
            start: Duty::from_pwm(60),
            slowest: 0.12,
            full: Rpm(4_200.0),
            bend: 1.0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn duty_and_speed_are_inverse() {
        for bend in [1.0, 0.6, 1.7] {
            let fan = Fan { bend, ..Fan::default() };
            for step in 0..=88 {
                let speed = 0.12 + f64::from(step) / 100.0;
                assert!((fan.speed(fan.duty(speed)) - speed).abs() < 1e-9);
            }
        }
    }

    #[test]
    fn a_fan_is_never_driven_below_what_keeps_it_turning() {
        let fan = Fan::default();
        assert_eq!(fan.duty(0.0), fan.sustain);
        assert_eq!(fan.duty(f64::NAN), Duty::FULL);
        assert_eq!(fan.speed(Duty::from_pwm(39)), 0.0);
    }
}

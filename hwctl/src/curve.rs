//! Simple ways to choose a duty, for who wants one: a fixed duty, the three-step rule, a line, points.
//!
//! They are what they say, without smoothing. The hard layer of [`crate::control`] stands above
//! them all, so that even a fixed 30 % does not let a machine cook.

use std::fmt;

use crate::units::{Celsius, Duty};

/// The fewest points that make a curve.
pub const POINTS_MIN: usize = 2;
/// The most points of a curve.
pub const POINTS_MAX: usize = 16;

/// How the duty is chosen.
#[derive(Clone, Debug, PartialEq)]
pub enum Curve {
    /// Always the same.
    Fixed(Duty),
    /// By the load of the CPU alone: above 80 % full, above 50 % at 60 %, else 30 %. It doesn't
    /// look at a temperature, so it doesn't notice dust, a hot room or a dead fan.
    Steps,
    /// A line through two points.
    Linear {
        /// Up to here the duty is `least`.
        from: Celsius,
        /// From here on it is full.
        to: Celsius,
        /// The duty at `from`.
        least: Duty,
    },
    /// Straight between the points, level outside.
    Points(Points),
    /// By a model of the heat sink; see [`crate::control`].
    Auto,
}

/// Checked points of a curve: 2 to 16, temperatures rising, duties never falling.
#[derive(Clone, Debug, PartialEq)]
pub struct Points(Vec<(Celsius, Duty)>);

/// Why points are no curve.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum CurveError {
    /// There are this many points.
    Count(usize),
    /// The temperature of the point with this number (from 1) is not above the one before it.
    Temperature(usize),
    /// The duty of the point with this number (from 1) is below the one before it.
    Duty(usize),
}

impl std::error::Error for CurveError {}

impl fmt::Display for CurveError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Count(count) => {
                write!(f, "a curve has {POINTS_MIN} to {POINTS_MAX} points, not {count}")
            }
            Self::Temperature(nth) => {
                write!(f, "point {nth}: its temperature must be above the one before it")
            }
            Self::Duty(nth) => {
                write!(f, "point {nth}: its duty must not be below the one before it")
            }
        }
    }
}

impl Points {
    /// Checks points.
    ///
    /// # Errors
    ///
    /// Names the first thing that is wrong.
    pub fn new(points: Vec<(Celsius, Duty)>) -> Result<Self, CurveError> {
        if !(POINTS_MIN..=POINTS_MAX).contains(&points.len()) {
            return Err(CurveError::Count(points.len()));
        }
        if !points[0].0.0.is_finite() {
            return Err(CurveError::Temperature(1));
        }
        for (n, pair) in points.windows(2).enumerate() {
            let [(cooler, weaker), (warmer, stronger)] = [pair[0], pair[1]];
            if !(warmer > cooler && warmer.0.is_finite()) {
                return Err(CurveError::Temperature(n + 2));
            }
            if stronger < weaker {
                return Err(CurveError::Duty(n + 2));
            }
        }
        Ok(Self(points))
    }

    /// The duty at a temperature.
    pub fn at(&self, junction: Celsius) -> Duty {
        let next = self.0.partition_point(|(celsius, _)| *celsius <= junction);
        match (next.checked_sub(1).map(|before| self.0[before]), self.0.get(next)) {
            (Some((cooler, weaker)), Some((warmer, stronger))) => {
                let share = (junction - cooler) / (*warmer - cooler);
                Duty::new(weaker.ratio() + (stronger.ratio() - weaker.ratio()) * share)
            }
            (Some((_, duty)), None) => duty,
            (None, _) => self.0[0].1,
        }
    }
}

/// The three-step rule: `load` is the share of the CPU that is busy, 0 to 1.
pub fn three_steps(load: f64) -> Duty {
    match load {
        load if load > 0.8 => Duty::FULL,
        load if load > 0.5 => Duty::new(0.6),
        load if load >= 0.0 => Duty::new(0.3),
        _ => Duty::FULL,
    }
}

/// A line from `least` at `from` to full at `to`.
pub fn linear(junction: Celsius, from: Celsius, to: Celsius, least: Duty) -> Duty {
    let share = ((junction - from) / (to - from)).clamp(0.0, 1.0);
    Duty::new(least.ratio() + (1.0 - least.ratio()) * share)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn points(points: &[(f64, f64)]) -> Result<Points, CurveError> {
        Points::new(points.iter().map(|(at, duty)| (Celsius(*at), Duty::new(*duty))).collect())
    }

    #[test]
    fn what_is_no_curve_is_refused_by_name() {
        assert_eq!(points(&[]), Err(CurveError::Count(0)));
        assert_eq!(points(&[(40.0, 0.3)]), Err(CurveError::Count(1)));
        assert_eq!(points(&[(40.0, 0.3); 17]), Err(CurveError::Count(17)));
        assert_eq!(points(&[(40.0, 0.3), (40.0, 0.5)]), Err(CurveError::Temperature(2)));
        assert_eq!(points(&[(f64::NAN, 0.3), (40.0, 0.5)]), Err(CurveError::Temperature(1)));
        assert_eq!(points(&[(40.0, 0.3), (f64::NAN, 0.5)]), Err(CurveError::Temperature(2)));
        let falling = points(&[(40.0, 0.3), (60.0, 0.5), (80.0, 0.4)]).unwrap_err();
        assert_eq!(falling.to_string(), "point 3: its duty must not be below the one before it");
    }

    #[test]
    fn a_curve_is_straight_between_its_points_and_level_outside() {
        let curve = points(&[(40.0, 0.2), (60.0, 0.4), (80.0, 1.0)]).unwrap();
        let near = |at, duty: f64| (curve.at(Celsius(at)).ratio() - duty).abs() < 1e-9;
        assert!(near(-5.0, 0.2) && near(40.0, 0.2) && near(50.0, 0.3) && near(60.0, 0.4));
        assert!(near(70.0, 0.7) && near(80.0, 1.0) && near(120.0, 1.0));
    }

    #[test]
    fn the_three_step_rule_is_the_one_of_the_text() {
        let steps = [0.0, 0.5, 0.51, 0.8, 0.81, 1.0, f64::NAN].map(|load| three_steps(load).pwm());
        assert_eq!(steps, [77, 77, 153, 153, 255, 255, 255]);
    }

    proptest! {
        #[test]
        fn a_warmer_junction_never_gets_less_air(
            mut at in prop::collection::btree_set(-10_i32..120, 2..=16),
            mut duty in prop::collection::vec(0.0..1.0_f64, 16),
            a in -20.0..130.0_f64,
            b in -20.0..130.0_f64,
        ) {
            duty.sort_by(f64::total_cmp);
            let mut curve = Vec::new();
            while let Some(celsius) = at.pop_first() {
                curve.push((Celsius(f64::from(celsius)), Duty::new(duty[curve.len()])));
            }
            let curve = Points::new(curve).unwrap();
            let (cool, warm) = (Celsius(a.min(b)), Celsius(a.max(b)));
            prop_assert!(curve.at(cool).ratio() <= curve.at(warm).ratio() + 1e-9);
            let line = |at| linear(at, Celsius(45.0), Celsius(85.0), Duty::new(0.2));
            prop_assert!(line(cool) <= line(warm));
        }
    }
}

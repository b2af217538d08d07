//! A job is coming: the fan begins before the heat does, so slowly that nobody hears it begin.
//!
//! The sink takes minutes to warm and as long to cool, so a few minutes of slightly more air before a
//! long job are worth a level of noise during it. Steps of one decibel, ten seconds apart, are at the
//! edge of what an ear notices, and leave a driver's cache the time to show what came of each.

use crate::units::Seconds;

/// One decibel of a fan whose loudness grows with 55 · log₁₀ of its speed.
const STEP: f64 = 1.042_75;
/// From one step to the next.
const EVERY: Seconds = Seconds(10.0);

/// Where the ramp is, as a relative speed.
#[derive(Clone, Debug)]
pub(super) struct Ramp {
    slowest: f64,
    speed: f64,
    stepped: Option<Seconds>,
}

impl Ramp {
    /// One that asks for nothing, of a fan with this slowest relative speed.
    pub(super) fn new(slowest: f64) -> Self {
        Self { slowest, speed: slowest, stepped: None }
    }

    /// The least speed at `now`, on the way to `goal`; without one, back to nothing. `running` is what
    /// the fan runs at for other reasons: it is not slowed down to begin.
    pub(super) fn follow(&mut self, goal: Option<f64>, running: f64, now: Seconds) -> f64 {
        let goal = goal.filter(|goal| !goal.is_nan()).map_or(self.slowest, |goal| goal);
        let goal = goal.clamp(self.slowest, 1.0);
        if self.stepped.is_some_and(|stepped| now - stepped < EVERY) {
            return self.speed;
        }
        self.stepped = Some(now);
        self.speed = match self.speed < goal {
            true => (self.speed.max(running) * STEP).min(goal),
            false => (self.speed / STEP).max(goal),
        };
        self.speed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_rises_and_falls_by_a_decibel_at_a_time() {
        let mut ramp = Ramp::new(0.12);
        let (mut last, mut reached) = (0.12, None);
        for second in 0..1_200_u32 {
            let goal = (second < 600).then_some(0.5);
            let speed = ramp.follow(goal, 0.12, Seconds(f64::from(second)));
            let step_db = 55.0 * (speed / last).log10().abs();
            assert!(step_db < 1.01 && (second % 10 == 0 || step_db == 0.0), "{step_db} dB");
            reached = reached.or((speed >= 0.5).then_some(second));
            last = speed;
        }
        assert!(reached.is_some_and(|at| (240..420).contains(&at)), "{reached:?}");
        assert_eq!(last, 0.12);
    }

    #[test]
    fn a_fan_that_runs_already_is_held_where_the_job_needs_it() {
        let mut ramp = Ramp::new(0.12);
        assert_eq!(ramp.follow(Some(0.4), 0.9, Seconds(0.0)), 0.4);
        assert_eq!(ramp.follow(Some(f64::NAN), 0.9, Seconds(5.0)), 0.4);
        assert!(ramp.follow(Some(f64::NAN), 0.9, Seconds(10.0)) < 0.4);
        assert_eq!(Ramp::new(0.12).follow(Some(f64::INFINITY), 1.0, Seconds(0.0)), 1.0);
    }
}

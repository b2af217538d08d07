//! What people hear: few levels, up at once, down late.
//!
//! Loudness grows with about 55 · log₁₀ of the speed, so equal steps for the ear are equal ratios of
//! speed. A level holds until for 45 s nothing needed it, and then the fan drops in one step to the
//! highest level that those 45 s needed: one change that is heard once, instead of a slow descent.

use crate::units::Seconds;

/// Steps of about 5 dB from the slowest speed to full.
const LEVELS: usize = 11;
/// How far a wish may lie above a level and still be met by it.
const SLACK: f64 = 0.04;
/// How long a level is kept.
const HOLD: Seconds = Seconds(45.0);

/// Remembers the level and what was needed since it began to be too much.
#[derive(Clone, Debug)]
pub(super) struct Shaper {
    speeds: [f64; LEVELS],
    level: usize,
    /// Since when less is needed, and the most of it.
    relaxed: Option<(Seconds, usize)>,
}

impl Shaper {
    /// Levels from the fan's slowest relative speed to full.
    pub(super) fn new(slowest: f64) -> Self {
        let mut speeds = [1.0; LEVELS];
        for (level, speed) in speeds.iter_mut().enumerate() {
            *speed = slowest.powf(1.0 - level as f64 / (LEVELS - 1) as f64);
        }
        Self { speeds, level: 0, relaxed: None }
    }

    /// The speed to run at when `wanted` is needed.
    pub(super) fn shape(&mut self, wanted: f64, now: Seconds) -> f64 {
        let enough = |speed: &f64| speed * (1.0 + SLACK) >= wanted;
        let needed = self.speeds.iter().position(enough).unwrap_or(LEVELS - 1);
        if needed >= self.level {
            self.level = needed;
            self.relaxed = None;
            return self.speeds[self.level];
        }
        let (since, most) = self.relaxed.unwrap_or((now, needed));
        self.relaxed = Some((since, most.max(needed)));
        if now - since >= HOLD {
            self.level = most.max(needed);
            self.relaxed = None;
        }
        self.speeds[self.level]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_are_equally_loud_steps_from_slowest_to_full() {
        let shaper = Shaper::new(0.12);
        assert!((shaper.speeds[0] - 0.12).abs() < 1e-9 && shaper.speeds[LEVELS - 1] == 1.0);
        for pair in shaper.speeds.windows(2) {
            assert!((55.0 * (pair[1] / pair[0]).log10() - 5.06).abs() < 0.01);
        }
    }

    #[test]
    fn up_at_once_and_down_in_one_step_to_the_most_that_was_needed() {
        let mut shaper = Shaper::new(0.12);
        let full = shaper.shape(0.97, Seconds(0.0));
        assert_eq!(full, 1.0);
        assert_eq!(shaper.shape(0.1, Seconds(1.0)), 1.0);
        assert_eq!(shaper.shape(0.4, Seconds(20.0)), 1.0);
        assert_eq!(shaper.shape(0.1, Seconds(45.9)), 1.0);
        let after = shaper.shape(0.1, Seconds(46.0));
        assert!((0.4..0.5).contains(&after), "{after}");
        assert_eq!(shaper.shape(f64::NAN, Seconds(47.0)), 1.0);
    }

    #[test]
    fn a_wish_a_little_above_a_level_changes_nothing() {
        let mut shaper = Shaper::new(0.12);
        let level = shaper.shape(0.3, Seconds(0.0));
        assert_eq!(shaper.shape(level * 1.039, Seconds(1.0)), level);
        assert!(shaper.shape(level * 1.041, Seconds(2.0)) > level);
    }
}

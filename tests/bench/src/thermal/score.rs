//! What a day came out as.

use serde::Serialize;

use super::plant::{FULL_RPM, Flows, LIMIT_C, Plant, STEP_S};

/// A change of speed that people hear: so far from the last one that counted, looked at every 5 s.
const CHANGE_RPM: f64 = 150.0;
const LOOK_EVERY_STEPS: u64 = 20;

/// The figures of one day.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub(crate) struct Score {
    pub(crate) wall_wh: f64,
    pub(crate) fan_wh: f64,
    pub(crate) leak_wh: f64,
    /// The work that was done, of the work that was wanted.
    pub(crate) work_percent: f64,
    pub(crate) max_tj_c: f64,
    pub(crate) time_over_limit_s: f64,
    pub(crate) throttled_s: f64,
    pub(crate) changes_per_h: f64,
    pub(crate) reversals_per_h: f64,
    pub(crate) leq_dba: f64,
}

impl Score {
    /// The names of the figures, in the order of [`Score::figures`].
    pub(crate) const NAMES: [&str; 10] = [
        "wall_wh",
        "fan_wh",
        "leak_wh",
        "work_percent",
        "max_tj_c",
        "time_over_limit_s",
        "throttled_s",
        "changes_per_h",
        "reversals_per_h",
        "leq_dba",
    ];

    pub(crate) fn figures(&self) -> [f64; 10] {
        [
            self.wall_wh,
            self.fan_wh,
            self.leak_wh,
            self.work_percent,
            self.max_tj_c,
            self.time_over_limit_s,
            self.throttled_s,
            self.changes_per_h,
            self.reversals_per_h,
            self.leq_dba,
        ]
    }
}

/// Sums over a day.
#[derive(Clone, Debug)]
pub(crate) struct Scorer {
    steps: u64,
    wall_j: f64,
    fan_j: f64,
    leak_j: f64,
    done_j: f64,
    wanted_j: f64,
    sound: f64,
    score: Score,
    heard_rpm: f64,
    rising: Option<bool>,
    changes: u64,
    reversals: u64,
}

impl Scorer {
    pub(crate) fn new(plant: &Plant) -> Self {
        Self {
            steps: 0,
            wall_j: 0.0,
            fan_j: 0.0,
            leak_j: 0.0,
            done_j: 0.0,
            wanted_j: 0.0,
            sound: 0.0,
            score: Score::default(),
            heard_rpm: plant.speed * FULL_RPM,
            rising: None,
            changes: 0,
            reversals: 0,
        }
    }

    /// Takes one step.
    pub(crate) fn add(&mut self, plant: &Plant, flows: Flows, wish_w: f64) {
        self.wall_j += flows.wall_w * STEP_S;
        self.fan_j += flows.fan_w * STEP_S;
        self.leak_j += flows.leak_w * STEP_S;
        self.done_j += flows.work_w * STEP_S;
        self.wanted_j += wish_w * STEP_S;
        self.sound += 10_f64.powf(plant.loudness_dba() / 10.0);
        self.score.max_tj_c = self.score.max_tj_c.max(plant.junction_c);
        self.score.time_over_limit_s += if plant.junction_c > LIMIT_C { STEP_S } else { 0.0 };
        self.score.throttled_s += if plant.throttled { STEP_S } else { 0.0 };
        if self.steps.is_multiple_of(LOOK_EVERY_STEPS) {
            self.listen(plant.speed * FULL_RPM);
        }
        self.steps += 1;
    }

    fn listen(&mut self, rpm: f64) {
        if (rpm - self.heard_rpm).abs() < CHANGE_RPM {
            return;
        }
        let rising = rpm > self.heard_rpm;
        self.changes += 1;
        self.reversals += u64::from(self.rising.is_some_and(|before| before != rising));
        self.rising = Some(rising);
        self.heard_rpm = rpm;
    }

    /// The day's figures.
    pub(crate) fn score(&self) -> Score {
        let hours = self.steps as f64 * STEP_S / 3_600.0;
        Score {
            wall_wh: self.wall_j / 3_600.0,
            fan_wh: self.fan_j / 3_600.0,
            leak_wh: self.leak_j / 3_600.0,
            work_percent: 100.0 * self.done_j / self.wanted_j,
            changes_per_h: self.changes as f64 / hours,
            reversals_per_h: self.reversals as f64 / hours,
            leq_dba: 10.0 * (self.sound / self.steps as f64).log10(),
            ..self.score
        }
    }
}

/// A mean over seeds with half the width of its 95 % confidence interval, and the worst.
#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct Estimate {
    pub(crate) mean: f64,
    pub(crate) ci95: f64,
    pub(crate) max: f64,
}

impl Estimate {
    pub(crate) fn of(values: &[f64]) -> Self {
        let count = values.len() as f64;
        let mean = values.iter().sum::<f64>() / count;
        let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
        let ci95 = match values.len() {
            0 | 1 => f64::INFINITY,
            _ => student95(values.len() - 1) * (squares / (count - 1.0) / count).sqrt(),
        };
        Self { mean, ci95, max: values.iter().copied().fold(f64::MIN, f64::max) }
    }
}

/// Student's t for 95 % on both sides, by degrees of freedom.
fn student95(freedom: usize) -> f64 {
    const TABLE: [(usize, f64); 12] = [
        (1, 12.706),
        (2, 4.303),
        (3, 3.182),
        (4, 2.776),
        (5, 2.571),
        (7, 2.365),
        (9, 2.262),
        (14, 2.145),
        (19, 2.093),
        (29, 2.045),
        (59, 2.001),
        (119, 1.980),
    ];
    // The next smaller entry: an interval may be too wide, never too narrow.
    let entry = TABLE.iter().rev().find(|(of, _)| *of <= freedom);
    entry.map_or(f64::INFINITY, |(_, t)| *t)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_interval_is_students() {
        let estimate = Estimate::of(&[1.0, 2.0, 3.0, 4.0, 5.0]);
        assert!((estimate.mean - 3.0).abs() < 1e-12);
        assert!((estimate.ci95 - 2.776 * (2.5_f64 / 5.0).sqrt()).abs() < 1e-9);
        assert_eq!(student95(19), 2.093);
        assert_eq!(student95(25), 2.093);
        assert!(Estimate::of(&[1.0]).ci95.is_infinite());
    }
}

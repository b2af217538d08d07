//! What is counted since the start.

use serde::Serialize;

use crate::control::{BLIND_AFTER, Commands, FanCommand, Spin};
use crate::sysfs::drive::Outcome;
use crate::units::{Duty, Seconds};

/// A smaller change of the duty is not one that anybody hears.
const CHANGE: f64 = 0.02;

/// The counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Counts {
    /// How often the fan was told another duty, by 2 % or more.
    pub speed_changes: u64,
    /// What came of those writes.
    pub writes: Writes,
    /// How often the fan stood although driven.
    pub stalls: u64,
    /// How often the junction's temperature was unknown for 3 s.
    pub sensor_losses: u64,
    /// How long the heat was limited because of the heat, in seconds.
    pub throttle_s: f64,
}

/// Writes to the fan by what came of them. A write that is only repeated counts when it fails.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Writes {
    /// It says what was written.
    pub applied: u64,
    /// It says something close.
    pub quantised: u64,
    /// Nothing changed.
    pub ignored: u64,
    /// Somebody took the fan.
    pub stolen: u64,
    /// Not allowed.
    pub denied: u64,
    /// The fan was not there any more.
    pub gone: u64,
}

/// Counts, step by step.
#[derive(Clone, Debug, Default)]
pub struct Counters {
    counts: Counts,
    duty: Option<Duty>,
    /// Whether a duty was told whose outcome was not counted yet.
    open: bool,
    stands: bool,
    unknown_since: Option<Seconds>,
    lost: bool,
    last: Option<Seconds>,
}

impl Counters {
    /// Takes what was decided at `now`, and what is known to have come of driving the fan.
    pub fn count(&mut self, commands: &Commands, outcome: Option<Outcome>, now: Seconds) -> Counts {
        if let FanCommand::Duty(duty) = commands.fan {
            let before = *self.duty.get_or_insert(duty);
            if (duty.ratio() - before.ratio()).abs() >= CHANGE {
                self.duty = Some(duty);
                self.counts.speed_changes += 1;
                self.open = true;
            }
        }
        self.count_write(outcome);
        let stands = matches!(commands.health.fan, Spin::Kick | Spin::Failed);
        self.counts.stalls += u64::from(stands && !self.stands);
        self.stands = stands;
        self.count_loss(commands.health.junction.is_some(), now);
        let elapsed_s = self.last.map_or(0.0, |last| (now - last).0.max(0.0));
        self.counts.throttle_s += if commands.health.throttled { elapsed_s } else { 0.0 };
        self.last = Some(now);
        self.counts
    }

    fn count_write(&mut self, outcome: Option<Outcome>) {
        let Some(outcome) = outcome.filter(|outcome| self.open || !outcome.obeys()) else { return };
        self.open = false;
        let writes = &mut self.counts.writes;
        let count = match outcome {
            Outcome::Applied => &mut writes.applied,
            Outcome::Quantised(_) => &mut writes.quantised,
            Outcome::Ignored => &mut writes.ignored,
            Outcome::Stolen => &mut writes.stolen,
            Outcome::Denied => &mut writes.denied,
            Outcome::Gone => &mut writes.gone,
        };
        *count += 1;
    }

    fn count_loss(&mut self, unknown: bool, now: Seconds) {
        if !unknown {
            (self.unknown_since, self.lost) = (None, false);
            return;
        }
        let since = *self.unknown_since.get_or_insert(now);
        if now - since >= BLIND_AFTER && !self.lost {
            self.lost = true;
            self.counts.sensor_losses += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::commands;
    use super::*;
    use crate::sense::Why;

    #[test]
    fn what_happens_once_is_counted_once() {
        let mut counters = Counters::default();
        let mut last = Counts::default();
        for second in 0..40_u32 {
            let mut now = commands();
            now.fan = FanCommand::Duty(Duty::new(if second < 10 { 0.3 } else { 0.4 }));
            now.health.throttled = second >= 30;
            now.health.junction = (10..20).contains(&second).then_some(Why::Fault);
            now.health.fan = if (5..9).contains(&second) { Spin::Kick } else { Spin::Turning };
            let outcome = match second {
                25 => Some(Outcome::Stolen),
                _ => (second % 2 == 0).then_some(Outcome::Applied),
            };
            last = counters.count(&now, outcome, Seconds(f64::from(second)));
        }
        let writes = Writes { applied: 1, stolen: 1, ..Writes::default() };
        let expected =
            Counts { speed_changes: 1, writes, stalls: 1, sensor_losses: 1, throttle_s: 10.0 };
        assert_eq!(last, expected);
    }

    #[test]
    fn two_seconds_without_a_sensor_are_no_loss() {
        let mut counters = Counters::default();
        for second in 0..60_u32 {
            let mut now = commands();
            now.health.junction = (second % 3 != 0).then_some(Why::Jumped);
            let counts = counters.count(&now, None, Seconds(f64::from(second)));
            assert_eq!(counts.sensor_losses, 0);
        }
    }
}

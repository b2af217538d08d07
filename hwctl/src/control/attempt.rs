//! What somebody else wants to try with the fan: commissioning, or a drill. The hard layer, the things
//! beside the processor and the kick stand above it.

use super::auto::Auto;
use super::ramp::Ramp;
use super::safety::Sight;
use super::shape::Shaper;
use super::{Controller, FanCommand, Readings, Reason};
use crate::fan::Fan;
use crate::model::Sink;
use crate::units::{Celsius, Duty};

/// From here on nothing is tried.
const TRY_BELOW: Celsius = Celsius(85.0);
/// On a processor that becomes critical early, so much below that.
const TRY_BELOW_CRITICAL_K: f64 = 15.0;
/// Nor when a thing beside the processor asks for more speed than this.
const ASIDE_MAX: f64 = 0.5;

/// What to try with the fan.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Attempt {
    /// This duty, also one that lets it stand.
    Calibrate(Duty),
    /// At least this duty.
    Drill(Duty),
    /// The firmware, for a moment.
    HandBack,
}

/// Whether anything may be tried now: with a junction that is known and cool, and nothing else in need.
pub(super) fn may_try(
    sight: Sight,
    seen: &Readings<'_>,
    aside: Option<(usize, f64)>,
    critical: Celsius,
) -> bool {
    let early = critical.less(TRY_BELOW_CRITICAL_K);
    let limit = if early < TRY_BELOW { early } else { TRY_BELOW };
    let cool = seen.junction.value().is_some_and(|junction| junction < limit);
    let served = aside.is_none_or(|(_, demand)| demand <= ASIDE_MAX);
    matches!(sight, Sight::Clear) && cool && served
}

impl Controller {
    /// Takes what is to be tried from the next step on. It is granted if the reason then says so.
    pub fn attempt(&mut self, attempt: Option<Attempt>) {
        self.attempt = attempt;
    }

    /// The duty that it would choose if nothing were attempted.
    pub fn wanted(&self) -> Duty {
        self.wanted
    }

    /// Takes what commissioning measured, and learns anew. What it knows of safety stays.
    pub fn adopt(&mut self, fan: Fan, sink: Sink) {
        (self.setup.fan, self.setup.sink) = (fan, sink);
        (self.auto, self.shaper) = (Auto::default(), Shaper::new(fan.slowest));
        self.ramp = Ramp::new(fan.slowest);
    }

    /// What was granted, in place of or above what the controller wants itself.
    pub(super) fn attempted(
        &mut self,
        attempt: Option<Attempt>,
        wanted: FanCommand,
        reason: Reason,
    ) -> (FanCommand, Reason) {
        self.wanted = self.duty;
        match attempt {
            Some(Attempt::Calibrate(duty)) => {
                self.duty = duty;
                (FanCommand::Duty(duty), Reason::Calibrating)
            }
            Some(_) if matches!(reason, Reason::Kick | Reason::FanFailed) => (wanted, reason),
            Some(Attempt::Drill(duty)) => {
                self.duty = self.duty.max(duty);
                (FanCommand::Duty(self.duty), Reason::Drill)
            }
            Some(Attempt::HandBack) => (FanCommand::HandBack, Reason::Drill),
            None => (wanted, reason),
        }
    }
}

//! The controller of one fan and of the heat it has to carry: `step(readings, now) -> commands`.
//!
//! ```text
//! readings ─► Watch: believed or unknown
//!               ├─► curve or auto (model + trim) ─► shape (few levels, down late) ─┐
//!               ├─► asides: drive, board, memory by their margin ──────────────────┤ max wins ─► fan
//!               ├─► safety: hot, blind, lost ──────────────────────────────────────┤
//!               ├─► stall: kick ───────────────────────────────────────────────────┘
//!               └─► budget: the power that keeps the junction below its limit ─► heat
//! ```
//!
//! What holds for every sequence of readings and moments, however absurd (a property test says so):
//!
//! - a fan is never driven below the duty that keeps it turning;
//! - 3 s without a believable junction temperature: at least 70 %; 10 s: handed back to the firmware;
//! - 2 s at 9 K below critical: full, until 8 K cooler.
//!
//! Commissioning and drills may attempt other duties ([`Attempt`]), but only below the junction's
//! 85 °C and while nothing else needs the fan; a property test covers that too.
//!
//! One step takes no memory. It is made for 1 Hz; other rates and gaps are taken as they come.

mod asides;
mod attempt;
mod auto;
mod budget;
mod ramp;
mod safety;
mod shape;
mod skip;
mod stall;

use crate::bands::Bands;
use crate::curve::{self, Curve};
use crate::fan::Fan;
use crate::model::Sink;
use crate::sense::{Reading, Watch, Why};
use crate::trend::{Days, Trend};
use crate::units::{Celsius, Duty, Rpm, Seconds, Watts};

pub use asides::{ASIDES_MAX, Aside};
pub use attempt::Attempt;
pub use budget::{Budget, HEADROOM_MAX};
pub use safety::{BLIND_AFTER, BLIND_DUTY, LOST_AFTER};
pub use stall::Spin;

use asides::Asides;
use attempt::may_try;
use auto::{Auto, Thermal};
use ramp::Ramp;
use safety::{Safety, Sight};
use shape::Shaper;
use skip::Skip;
use stall::Stall;

/// A longer pause than this was a suspended machine or a stopped process: what was averaged before
/// it says nothing about now.
const GAP: Seconds = Seconds(5.0);
/// No package of an office machine takes more; a meter that says so is broken.
const POWER_PLAUSIBLE_MAX_W: f64 = 1_000.0;

/// What a controller is made for.
#[derive(Clone, Debug)]
pub struct Setup {
    /// How the duty is chosen.
    pub curve: Curve,
    /// The machine's cooling.
    pub sink: Sink,
    /// Its fan.
    pub fan: Fan,
    /// Speeds that it only passes through.
    pub bands: Bands,
    /// What must not be exceeded.
    pub limits: Limits,
}

/// What a machine's processor may do.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Limits {
    /// The junction's critical temperature, at which the kernel would switch off.
    pub critical: Celsius,
    /// What the package takes at most when nothing limits it.
    pub power_max: Watts,
    /// What it takes at least when it is limited as far as it goes.
    pub power_min: Watts,
}

impl Limits {
    /// From here on the junction is hot.
    pub fn hot(&self) -> Celsius {
        self.critical.less(safety::HOT_BELOW_CRITICAL_K)
    }
}

/// What the sensors say at one moment.
#[derive(Clone, Copy, Debug)]
pub struct Readings<'a> {
    /// The processor's hottest junction.
    pub junction: Reading<Celsius>,
    /// The package's power, averaged over about a second.
    pub power: Reading<Watts>,
    /// The share of the processor that is busy, 0 to 1.
    pub load: Reading<f64>,
    /// The fan's speed.
    pub fan: Reading<Rpm>,
    /// Who drives the fan at this moment.
    pub driver: Driver,
    /// The air inside the case, by the coolest sensor of the board.
    pub air: Reading<Celsius>,
    /// Other things that the fan cools; those beyond [`ASIDES_MAX`] are not looked at.
    pub asides: &'a [Aside],
}

/// Who drives the fan.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Driver {
    /// Who carries the commands out.
    #[default]
    Us,
    /// The firmware. It may let the fan stand, and nothing follows from our duty.
    Firmware,
}

/// What is to be done.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Commands {
    /// With the fan.
    pub fan: FanCommand,
    /// With the heat.
    pub heat: Heat,
    /// What work may be let in.
    pub budget: Budget,
    /// Why the fan does what it does.
    pub reason: Reason,
    /// The heat sink, while the junction is known.
    pub sink: Option<SinkState>,
    /// What is wrong, if something is.
    pub health: Health,
}

/// The virtual heat sink.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SinkState {
    /// Where it is.
    pub at: Celsius,
    /// What it is kept below.
    pub aim: Celsius,
}

/// What the fan is to do.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum FanCommand {
    /// Run at a duty.
    Duty(Duty),
    /// Full first, then the firmware's own control.
    HandBack,
}

/// How much heat may be made. Later ones are stricter.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub enum Heat {
    /// As much as the machine likes.
    Free,
    /// The package is limited to this power.
    Capped(Watts),
    /// The least power there is; work that can wait is refused and somebody is told.
    Floor,
    /// The machine ends its work in order and switches off.
    PowerOff,
}

/// Why the fan does what it does.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Reason {
    /// The heat sink is here and should not be above that.
    Sink {
        /// Where it is.
        at: Celsius,
        /// What it is kept below.
        aim: Celsius,
    },
    /// The chosen curve says so.
    Curve,
    /// The thing with this number among the asides comes close to its limit.
    Aside(usize),
    /// The junction's temperature is not known for a moment; the fan goes on as it was.
    Holding,
    /// It has not been known for 3 s.
    Blind,
    /// It has not been known for 10 s.
    Lost,
    /// The junction is too hot.
    Hot(Celsius),
    /// The fan stood although driven, and gets a kick.
    Kick,
    /// The fan does not turn any more.
    FanFailed,
    /// It is being measured.
    Calibrating,
    /// It is being drilled.
    Drill,
}

/// What is wrong, if something is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Health {
    /// Why the junction's temperature is not known, if it is not.
    pub junction: Option<Why>,
    /// The fan.
    pub fan: Spin,
    /// The sink's resistance relative to the first week's: 1.15 asks for cleaning, 1.3 demands it. Until
    /// there was a week with a sensor of the air, what these hours say relative to a clean machine.
    pub dust: f64,
    /// Whether there was one.
    pub dust_known: bool,
    /// From the sink to the air with the fan at full, in K/W, as far as that was learned.
    pub resistance_k_per_w: Option<f64>,
    /// Whether less heat may be made than people and machine would like, because of the heat.
    pub throttled: bool,
}

/// What people wish for, within what is safe: a wish can only ask for less heat or more air.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Wishes {
    /// How much noise is welcome.
    pub profile: Profile,
    /// The most power that may be taken.
    pub power_cap: Option<Watts>,
    /// A long job that is coming or has begun.
    pub job: Option<Job>,
}

/// A long job, for which the fan may begin early.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Job {
    /// What the package will take.
    pub power: Watts,
    /// For how long.
    pub lasts: Seconds,
}

/// How much noise is welcome.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Profile {
    /// As much as the work needs.
    #[default]
    Balanced,
    /// The power stays below what a slow fan carries away; the work takes longer.
    Quiet,
    /// The sink is kept cooler, so that a burst has more room; the fan is louder.
    Boost,
}

/// One fan's controller.
#[derive(Clone, Debug)]
pub struct Controller {
    setup: Setup,
    watch: Watch,
    auto: Auto,
    asides: Asides,
    shaper: Shaper,
    ramp: Ramp,
    skip: Skip,
    safety: Safety,
    stall: Stall,
    last: Option<Seconds>,
    /// What was known last, until it is too old.
    thermal: Option<Thermal>,
    duty: Duty,
    /// The duty it would choose if nothing were attempted.
    wanted: Duty,
    attempt: Option<Attempt>,
    wishes: Wishes,
}

impl Controller {
    /// One that has seen nothing yet.
    pub fn new(setup: Setup) -> Self {
        Self {
            watch: Watch::default(),
            auto: Auto::default(),
            asides: Asides::default(),
            shaper: Shaper::new(setup.fan.slowest),
            ramp: Ramp::new(setup.fan.slowest),
            skip: Skip::new(setup.bands.clone()),
            safety: Safety::new(setup.limits.critical),
            stall: Stall::default(),
            last: None,
            thermal: None,
            duty: BLIND_DUTY,
            wanted: BLIND_DUTY,
            attempt: None,
            wishes: Wishes::default(),
            setup,
        }
    }

    /// Takes what people wish from now on.
    pub fn wish(&mut self, wishes: Wishes) {
        self.wishes = wishes;
    }

    /// Goes on with the days of an earlier run.
    pub fn recall(&mut self, days: Days) {
        self.auto.trend = Trend::from_days(days);
    }

    /// What is known of the dust over days.
    pub fn days(&self) -> &Days {
        self.auto.trend.days()
    }

    /// What to do at `now`, a moment of a clock that goes on while the machine sleeps.
    pub fn step(&mut self, readings: &Readings<'_>, now: Seconds) -> Commands {
        let (now, elapsed) = self.advance(now);
        let power = plausible(readings.power);
        let junction = self.watch.check(readings.junction, power, now);
        let seen = Readings { junction, power, ..*readings };
        let sight = self.safety.look(junction, now);
        let thermal = match sight.why() {
            None => self.follow(&seen, elapsed),
            Some(_) => None,
        };
        let aside = self.asides.demand(&seen, now);
        let critical = self.setup.limits.critical;
        let attempt = self.attempt.filter(|_| may_try(sight, &seen, aside, critical));
        let spin = match (readings.driver, attempt) {
            // A fan that is being measured stands when it is told to.
            (_, Some(Attempt::Calibrate(_))) | (Driver::Firmware, _) => self.stall.rest(),
            (Driver::Us, _) => self.stall.watch(self.duty, readings.fan, now),
        };
        let comfort = self.comfort(&seen, (thermal, aside), (now, elapsed));
        let (fan, reason) = self.fan(comfort, sight, spin, now);
        let (fan, reason) = self.attempted(attempt, fan, reason);
        // What was known a moment ago is good enough for the budget.
        self.thermal = thermal.or(self.thermal.filter(|_| matches!(sight, Sight::Dim(_))));
        let free = budget::of(&self.setup, self.thermal, self.auto.dust());
        let budget = budget::wished(free, &self.setup, &self.wishes, self.thermal);
        let (dust, trend) = (self.auto.dust(), self.auto.trend.days().dust());
        let resistance = self.setup.sink.conductance(1.0, dust).recip();
        Commands {
            fan,
            heat: self.heat(&budget, sight, spin),
            budget,
            reason,
            sink: thermal.map(|thermal| SinkState {
                at: thermal.sink,
                aim: Auto::aim(&self.setup, self.wishes.profile),
            }),
            health: Health {
                junction: sight.why(),
                fan: spin,
                dust: trend.unwrap_or(dust),
                dust_known: trend.is_some(),
                resistance_k_per_w: Some(resistance).filter(|_| self.auto.resistance_is_known()),
                throttled: self.heat(&free, sight, spin) != Heat::Free,
            },
        }
    }

    /// The moment and the time since the last step. A clock that runs backwards, or says what is no
    /// moment, stands still.
    fn advance(&mut self, told: Seconds) -> (Seconds, Seconds) {
        let told = Some(told).filter(|told| told.0.is_finite());
        let last = self.last.or(told).unwrap_or(Seconds(0.0));
        let now = told.filter(|told| *told >= last).unwrap_or(last);
        self.last = Some(now);
        let elapsed = now - last;
        if elapsed > GAP {
            self.auto.forget_averages();
            return (now, Seconds(0.0));
        }
        (now, elapsed)
    }

    /// What the model makes of the readings.
    fn follow(&mut self, seen: &Readings<'_>, elapsed: Seconds) -> Option<Thermal> {
        let fan = &self.setup.fan;
        let turning = seen.fan.within(BLIND_AFTER).filter(|rpm| rpm.0.is_finite());
        let speed = match (turning, seen.driver) {
            (Some(rpm), _) => Some(fan.relative(rpm)),
            (None, Driver::Us) => Some(fan.speed(self.duty)),
            (None, Driver::Firmware) => None,
        };
        self.auto.follow(&self.setup, seen, speed, elapsed)
    }

    /// What the chosen curve asks for, before safety has its say.
    fn comfort(
        &mut self,
        seen: &Readings<'_>,
        (thermal, aside): (Option<Thermal>, Option<(usize, f64)>),
        (now, elapsed): (Seconds, Seconds),
    ) -> (Duty, Reason) {
        let fan = self.setup.fan;
        let (mut speed, mut reason) = match thermal {
            Some(thermal) => match self.by_curve(seen, thermal.junction) {
                Some(duty) => (fan.speed(duty), Reason::Curve),
                None => self.auto.speed(&self.setup, &thermal, self.wishes.profile, elapsed),
            },
            None => (fan.speed(self.duty), Reason::Holding),
        };
        if let Some((nth, demand)) = aside.filter(|(_, demand)| *demand > speed) {
            (speed, reason) = (demand, Reason::Aside(nth));
        }
        if self.setup.curve == Curve::Auto {
            let job = self.wishes.job.zip(thermal);
            let job =
                job.map(|(job, at)| self.auto.speed_for(&self.setup, &job, &at, &self.wishes));
            let shaped = self.shaper.shape(speed, now);
            speed = shaped.max(self.ramp.follow(job, shaped, now));
        }
        (fan.duty(speed), reason)
    }

    fn by_curve(&self, seen: &Readings<'_>, junction: Celsius) -> Option<Duty> {
        match &self.setup.curve {
            Curve::Fixed(duty) => Some(*duty),
            Curve::Steps => Some(curve::three_steps(seen.load.value().unwrap_or(f64::NAN))),
            Curve::Linear { from, to, least } => Some(curve::linear(junction, *from, *to, *least)),
            Curve::Points(points) => Some(points.at(junction)),
            Curve::Auto => None,
        }
    }

    /// The strictest of all wishes for the fan.
    fn fan(
        &mut self,
        (wanted, reason): (Duty, Reason),
        sight: Sight,
        spin: Spin,
        now: Seconds,
    ) -> (FanCommand, Reason) {
        let (least, strict) = match (sight, spin) {
            (Sight::Lost(_), _) => (Duty::FULL, Some(Reason::Lost)),
            (Sight::Hot(at), _) => (Duty::FULL, Some(Reason::Hot(at))),
            (_, Spin::Failed) => (Duty::FULL, Some(Reason::FanFailed)),
            (_, Spin::Kick) => (Duty::FULL, Some(Reason::Kick)),
            (Sight::Blind(_), _) => (BLIND_DUTY, Some(Reason::Blind)),
            (Sight::Clear | Sight::Dim(_), _) => (Duty::OFF, None),
        };
        let wanted = wanted.max(least).max(self.setup.fan.sustain);
        self.duty = self.skip.over(&self.setup.fan, wanted);
        if strict.is_some() {
            // What was needed once is left as late and as gently as any other level.
            self.shaper.shape(self.setup.fan.speed(self.duty), now);
        }
        let command = match sight {
            Sight::Lost(_) => FanCommand::HandBack,
            _ => FanCommand::Duty(self.duty),
        };
        (command, strict.unwrap_or(reason))
    }

    /// The strictest of all wishes for the heat.
    fn heat(&self, budget: &Budget, sight: Sight, spin: Spin) -> Heat {
        if let Some(limit) = self.safety.heat() {
            return limit;
        }
        if matches!(sight, Sight::Lost(_)) {
            return Heat::Floor;
        }
        let limits = &self.setup.limits;
        let mut allowed = budget.allowed;
        if matches!(spin, Spin::Kick | Spin::Failed) {
            let fanless = budget::fanless(&self.setup, self.thermal);
            allowed = if fanless < allowed { fanless } else { allowed };
        }
        if allowed >= limits.power_max {
            return Heat::Free;
        }
        Heat::Capped(if allowed > limits.power_min { allowed } else { limits.power_min })
    }
}

fn plausible(power: Reading<Watts>) -> Reading<Watts> {
    match power.value() {
        Some(Watts(power_w)) if !(0.0..=POWER_PLAUSIBLE_MAX_W).contains(&power_w) => {
            Reading::Unknown(Why::OutOfRange)
        }
        _ => power,
    }
}

#[cfg(test)]
mod tests;

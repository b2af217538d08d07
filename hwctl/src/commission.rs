//! Commissioning: what a machine's fan and heat sink are like, found by trying.
//!
//! ```text
//! find ──► which tachometer answers to the fan: half, full, half
//! sweep ─► its speed at six duties downwards, then the least that keeps it turning
//! start ─► the least that makes it turn from a standstill, then upwards
//! load ──► idle, full and half load under a fast and a slow fan; the sink's constants by least squares
//! ```
//!
//! It decides and does nothing: `step(what is seen, now) -> what to try`, without files, clock or
//! memory taken. What it wants is only an attempt ([`crate::control::Attempt`]). The controller runs all
//! the time above it and grants it while the junction is known and cool.
//!
//! People go on using the machine meanwhile. What gets warm from that, or is refused by the controller,
//! interrupts: the fan cools at full, and the step is done again. A machine that does not cool, or is
//! interrupted again and again, ends it. So does one that is above 75 °C as it begins or at 90 °C later,
//! a junction that nobody knows, a fan that does not answer, a gap in time, and somebody's wish. An end
//! is an end: the same one is given from then on. The longest way there takes less than [`TIME_MAX`].

mod find;
pub mod fit;
mod heat;
mod settle;
mod sweep;

use crate::fan::Fan;
use crate::sense::{Reading, Why};
use crate::units::{Celsius, Duty, Rpm, Seconds, Watts};

pub use heat::NoSink;
pub use sweep::{POINTS, Point};

use find::{Find, Search};
use fit::Fitted;
use heat::{Heat, Warming};
use sweep::{Sweep, Walk};

/// So many tachometers are looked at.
pub const TACHS_MAX: usize = 8;
/// A machine that is warmer than this is not tried.
pub const BEGIN_MAX: Celsius = Celsius(75.0);
/// At this it ends.
pub const ABORT_AT: Celsius = Celsius(90.0);
/// At this the fan cools first, until the junction is at the second, for no longer than the time.
const REST_AT: Celsius = Celsius(75.0);
const REST_TO: Celsius = Celsius(60.0);
const REST_MIN: Seconds = Seconds(10.0);
const REST_MAX: Seconds = Seconds(120.0);
/// So often in each stage.
const RESTS_MAX: u8 = 8;
/// It ends by then, whatever happens.
pub const TIME_MAX: Seconds = Seconds(3_600.0);
/// So long the junction may be unknown.
const BLIND_MAX: Seconds = Seconds(5.0);
/// Time that is missing: the machine slept, or the program stood still.
const GAP: Seconds = Seconds(10.0);
/// So often in a row the fan may not do what it was told.
const REFUSALS_MAX: u8 = 3;

/// What is seen at one moment.
#[derive(Clone, Copy, Debug)]
pub struct Seen<'a> {
    /// The junction, if it is believed.
    pub junction: Reading<Celsius>,
    /// The package's power.
    pub power: Reading<Watts>,
    /// All tachometers; those beyond [`TACHS_MAX`] are not looked at.
    pub tachs: &'a [Reading<Rpm>],
    /// What came of the last order.
    pub echo: Echo,
}

/// What came of an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Echo {
    /// The driver's cache has not expired.
    Unknown,
    /// The chip says that it drives the fan with this.
    Says(u8),
    /// The chip did something else, or nothing.
    Disobeyed,
    /// The controller did not grant it.
    Overruled,
}

/// What is to be tried.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Order {
    /// With the fan.
    pub duty: Duty,
    /// The share of the processor that should be busy, 0 to 1.
    pub load: f64,
}

/// A part of commissioning, as people are told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// Which tachometer is the fan's.
    Find,
    /// Its speed, downwards.
    Sweep,
    /// Its start, and upwards.
    Start,
    /// The sink.
    Load,
}

/// Why it ended early.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Abort {
    /// The junction, or another thing that the fan cools, came too close to its limit.
    TooHot,
    /// No tachometer tells what the fan does, or it does not do what it is told.
    FanUntold,
    /// The junction is not known.
    Blind,
    /// Somebody stopped it, or the machine slept.
    Stopped,
}

/// What was found.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Measured {
    /// The number of the fan's tachometer among those that were seen.
    pub tach: usize,
    /// The fan.
    pub fan: Fan,
    /// What was measured at each of [`POINTS`].
    pub points: [Point; POINTS.len()],
    /// The sink, or why it was not measured.
    pub sink: Result<Fitted, NoSink>,
}

/// What to do now.
#[derive(Clone, Copy, Debug, PartialEq)]
#[expect(clippy::large_enum_variant, reason = "one exists at a time, and a box would take memory")]
pub enum Next {
    /// Try this.
    Try(Order),
    /// It is over, and this was found.
    Done(Measured),
    /// It is over, and nothing was found.
    Aborted(Abort),
}

#[derive(Clone, Debug)]
#[expect(clippy::large_enum_variant, reason = "one exists at a time, and a box would take memory")]
enum Stage {
    Find(Find),
    Sweep(Sweep),
    Heat(Heat),
}

impl Stage {
    /// As warm as it may get; load steps go further themselves.
    fn rests_at(&self) -> Celsius {
        match self {
            Self::Find(_) | Self::Sweep(_) => REST_AT,
            Self::Heat(_) => heat::REST_AT,
        }
    }

    /// Does the step again that was interrupted.
    fn again(&mut self, cache: Seconds, now: Seconds) {
        match self {
            Self::Find(find) => *find = Find::new(cache, now),
            Self::Sweep(sweep) => sweep.again(now),
            // Began anew in each moment of cooling.
            Self::Heat(_) => {}
        }
    }
}

/// One commissioning, from its beginning to its end.
#[derive(Clone, Debug)]
pub struct Commission {
    cache: Seconds,
    begun: Option<Seconds>,
    last: Seconds,
    known: Seconds,
    refusals: u8,
    rests: u8,
    resting: Option<Seconds>,
    stage: Stage,
    tach: usize,
    swept: Option<(Fan, [Point; POINTS.len()])>,
    progress: f64,
    end: Option<Next>,
}

impl Commission {
    /// Of a fan behind a driver that shows what is up to `cache` old.
    pub fn new(cache: Seconds) -> Self {
        let never = Seconds(0.0);
        Self {
            cache,
            begun: None,
            last: never,
            known: never,
            refusals: 0,
            rests: 0,
            resting: None,
            stage: Stage::Find(Find::new(cache, never)),
            tach: 0,
            swept: None,
            progress: 0.0,
            end: None,
        }
    }

    /// Ends it at somebody's wish.
    pub fn stop(&mut self) {
        self.end.get_or_insert(Next::Aborted(Abort::Stopped));
    }

    /// What is being done.
    pub fn part(&self) -> Part {
        match &self.stage {
            Stage::Find(_) => Part::Find,
            Stage::Sweep(sweep) if sweep.is_down() => Part::Sweep,
            Stage::Sweep(_) => Part::Start,
            Stage::Heat(_) => Part::Load,
        }
    }

    /// How much is done, 0 to 1; it never falls.
    pub fn progress(&self) -> f64 {
        self.progress
    }

    /// What to try now, after what came of the last attempt was seen.
    pub fn step(&mut self, seen: &Seen<'_>, now: Seconds) -> Next {
        if let Some(end) = self.end {
            return end;
        }
        let looked =
            self.watch(seen, now).and_then(|elapsed| Ok((elapsed, self.must_cool(seen, now)?)));
        let next = match looked {
            Ok((elapsed, true)) => self.cool(seen, now, elapsed),
            Ok((elapsed, false)) => self.go_on(seen, now, elapsed),
            Err(abort) => Next::Aborted(abort),
        };
        let done = match &self.stage {
            Stage::Find(find) => 0.08 * find.progress(),
            Stage::Sweep(sweep) => 0.08 + 0.22 * sweep.progress(),
            Stage::Heat(heat) => 0.3 + 0.7 * heat.progress(now),
        };
        self.progress = self.progress.max(done.clamp(0.0, 1.0));
        if matches!(next, Next::Try(_)) { next } else { self.finish(next) }
    }

    fn finish(&mut self, end: Next) -> Next {
        self.end = Some(end);
        end
    }

    /// Whether it may go on; the time since the last step.
    fn watch(&mut self, seen: &Seen<'_>, now: Seconds) -> Result<Seconds, Abort> {
        let hottest = if self.begun.is_some() { ABORT_AT } else { BEGIN_MAX };
        let begins = self.begun.is_none();
        if begins {
            (self.last, self.known) = (now, now);
            self.stage = Stage::Find(Find::new(self.cache, now));
        }
        let begun = *self.begun.get_or_insert(now);
        let elapsed = now - self.last;
        if !(Seconds(0.0)..=GAP).contains(&elapsed) || now - begun >= TIME_MAX {
            return Err(Abort::Stopped);
        }
        self.last = now;
        match seen.junction.within(BLIND_MAX).filter(|junction| junction.0.is_finite()) {
            Some(junction) if junction >= hottest => return Err(Abort::TooHot),
            Some(_) => self.known = now,
            None if begins || now - self.known >= BLIND_MAX => return Err(Abort::Blind),
            None => {}
        }
        // What is read back comes every few seconds; between, nothing is known.
        match seen.echo {
            Echo::Says(_) => self.refusals = 0,
            Echo::Disobeyed if self.known == now => self.refusals += 1,
            _ => {}
        }
        if self.refusals < REFUSALS_MAX { Ok(elapsed) } else { Err(Abort::FanUntold) }
    }

    /// Whether the machine has to cool before anything else is tried.
    fn must_cool(&mut self, seen: &Seen<'_>, now: Seconds) -> Result<bool, Abort> {
        let junction = seen.junction.within(BLIND_MAX);
        let Some(since) = self.resting else {
            let warm = junction.is_some_and(|junction| junction >= self.stage.rests_at());
            let refused = seen.echo == Echo::Overruled && self.known == now;
            if !warm && !refused {
                return Ok(false);
            }
            if self.rests == RESTS_MAX {
                return Err(Abort::TooHot);
            }
            self.rests += 1;
            self.resting = Some(now);
            return Ok(true);
        };
        let rested = now - since;
        if rested >= REST_MIN && junction.is_some_and(|junction| junction <= REST_TO) {
            self.resting = None;
            self.stage.again(self.cache, now);
            return Ok(false);
        }
        if rested < REST_MAX { Ok(true) } else { Err(Abort::TooHot) }
    }

    /// The fan at full; what the sink does meanwhile is seen all the same.
    fn cool(&mut self, seen: &Seen<'_>, now: Seconds, elapsed: Seconds) -> Next {
        let full = Next::Try(Order { duty: Duty::FULL, load: 0.0 });
        let Stage::Heat(heat) = &mut self.stage else { return full };
        heat.again(now);
        match self.go_on(seen, now, elapsed) {
            Next::Try(_) => full,
            end => end,
        }
    }

    fn go_on(&mut self, seen: &Seen<'_>, now: Seconds, elapsed: Seconds) -> Next {
        let unknown = Reading::Unknown(Why::Missing);
        let rpm = seen.tachs.get(self.tach).copied().unwrap_or(unknown);
        let echo = match seen.echo {
            Echo::Says(pwm) => Some(pwm),
            _ => None,
        };
        match &mut self.stage {
            Stage::Find(find) => match find.step(seen, now) {
                Search::Drive(pwm) => drive(pwm),
                Search::Nothing => Next::Aborted(Abort::FanUntold),
                Search::Found(tach) => {
                    self.tach = tach;
                    self.rests = 0;
                    self.stage = Stage::Sweep(Sweep::new(self.cache, now));
                    drive(POINTS[0])
                }
            },
            Stage::Sweep(sweep) => match sweep.step(rpm, echo, now) {
                Walk::Drive(pwm) => drive(pwm),
                Walk::Failed => Next::Aborted(Abort::FanUntold),
                Walk::Done => {
                    let points = sweep.points;
                    let Some(fan) = sweep.fan() else { return Next::Aborted(Abort::FanUntold) };
                    self.swept = Some((fan, points));
                    self.rests = 0;
                    self.stage = Stage::Heat(Heat::new(fan, now));
                    drive(POINTS[2])
                }
            },
            Stage::Heat(heat) => {
                let Some((fan, points)) = self.swept else {
                    return Next::Aborted(Abort::FanUntold);
                };
                let fresh = Seconds(self.cache.0 + BLIND_MAX.0);
                let speed = rpm.within(fresh).map_or(0.0, |rpm| fan.relative(rpm));
                let power = seen.power.within(BLIND_MAX).filter(|power| power.0 >= 0.0);
                let junction = seen.junction.within(BLIND_MAX);
                match heat.step(junction, power, speed, (now, elapsed)) {
                    Warming::Going(load, duty) => Next::Try(Order { duty, load }),
                    Warming::Done(sink) => {
                        Next::Done(Measured { tach: self.tach, fan, points, sink })
                    }
                }
            }
        }
    }
}

fn drive(pwm: u8) -> Next {
    Next::Try(Order { duty: Duty::from_pwm(pwm), load: 0.0 })
}

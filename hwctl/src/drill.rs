//! A drill of half a minute: does the fan still do what it is told, and does it come back?
//!
//! ```text
//! before ─► louder by a third ─► as before ─► to the firmware ─► taken again
//! ```
//!
//! Like commissioning it only says what to try; the controller stands above it, and a drill's duty is
//! never less than what the controller wants at that moment.

use crate::commission::Echo;
use crate::sense::Reading;
use crate::units::{Celsius, Duty, Rpm, Seconds};

/// A machine that is warmer than this is not drilled.
pub const BEGIN_MAX: Celsius = Celsius(80.0);
/// What is added to the duty.
const LOUDER: f64 = 0.33;
/// The duty before must leave room for at least this.
const ROOM_MIN: f64 = 0.1;
/// The fan must follow by this share of its speed, up and down.
const FOLLOWS: f64 = 0.06;
/// A junction may be unknown for a moment.
const BLIND_MAX: Seconds = Seconds(3.0);
/// Time that is missing.
const GAP: Seconds = Seconds(10.0);
/// When each part ends, in seconds after the beginning.
const LOUDER_FROM: f64 = 2.0;
const SOFTER_FROM: f64 = 11.0;
const AWAY_FROM: f64 = 20.0;
const BACK_FROM: f64 = 24.0;
const END: f64 = 31.0;
/// The controller may refuse so often in a row.
const REFUSALS_MAX: u8 = 3;

/// What is seen at one moment.
#[derive(Clone, Copy, Debug)]
pub struct Seen {
    /// The junction, if it is believed.
    pub junction: Reading<Celsius>,
    /// The fan's speed.
    pub fan: Reading<Rpm>,
    /// The duty that the controller wants.
    pub wanted: Duty,
    /// What came of the last order.
    pub echo: Echo,
}

/// What is to be tried.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Order {
    /// Drive the fan with at least this.
    Duty(Duty),
    /// Give it to the firmware.
    HandBack,
}

/// Why a drill was not passed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// The speed did not follow the duty, or the fan did not come back.
    FanDidNotFollow,
    /// The machine is too warm for it, or became so.
    TooHot,
    /// The junction is not known.
    Blind,
    /// Somebody stopped it, or the machine slept.
    Stopped,
}

/// What to do now.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Next {
    /// Try this.
    Try(Order),
    /// It is over: passed, or why not.
    Over(Result<(), Failure>),
}

/// One drill. A fan without a tachometer can't be seen to follow; it passes if it can be given away
/// and taken.
#[derive(Clone, Debug, Default)]
pub struct Drill {
    begun: Option<(Seconds, Duty)>,
    last: Seconds,
    known: Seconds,
    before: Option<Rpm>,
    louder: Option<Rpm>,
    softer: Option<Rpm>,
    came_back: bool,
    refusals: u8,
    over: Option<Result<(), Failure>>,
}

impl Drill {
    /// Ends it at somebody's wish.
    pub fn stop(&mut self) {
        self.over.get_or_insert(Err(Failure::Stopped));
    }

    /// What to try now.
    pub fn step(&mut self, seen: &Seen, now: Seconds) -> Next {
        if self.over.is_none() {
            match self.watch(seen, now) {
                Ok((at, duty)) => {
                    if let Some(order) = self.go_on(seen, at, duty) {
                        return Next::Try(order);
                    }
                    self.over = Some(self.verdict());
                }
                Err(failure) => self.over = Some(Err(failure)),
            }
        }
        Next::Over(self.over.unwrap_or(Err(Failure::Stopped)))
    }

    fn watch(&mut self, seen: &Seen, now: Seconds) -> Result<(f64, Duty), Failure> {
        if self.begun.is_none() {
            (self.last, self.known) = (now, now);
        }
        let (begun, duty) = *self.begun.get_or_insert((now, seen.wanted));
        if !(Seconds(0.0)..=GAP).contains(&(now - self.last)) {
            return Err(Failure::Stopped);
        }
        self.last = now;
        match seen.junction.within(BLIND_MAX).filter(|junction| junction.0.is_finite()) {
            Some(junction) if junction >= BEGIN_MAX => return Err(Failure::TooHot),
            Some(_) => self.known = now,
            None if now - self.known >= BLIND_MAX => return Err(Failure::Blind),
            None => {}
        }
        // Blind is not hot.
        let refused = seen.echo == Echo::Overruled && self.known == now;
        self.refusals = if refused { self.refusals + 1 } else { 0 };
        // A fan that the controller needs by now can't be seen to slow down.
        let needed = self.known == now && seen.wanted.ratio() > duty.ratio() + LOUDER / 2.0;
        if self.refusals >= REFUSALS_MAX || needed || duty.ratio() > 1.0 - ROOM_MIN {
            return Err(Failure::TooHot);
        }
        Ok(((now - begun).0, duty))
    }

    fn go_on(&mut self, seen: &Seen, at: f64, duty: Duty) -> Option<Order> {
        let rpm = seen.fan.within(BLIND_MAX).filter(|rpm| rpm.0.is_finite());
        let told = |place: &mut Option<Rpm>| *place = rpm.or(*place);
        match at {
            at if at < LOUDER_FROM => {
                told(&mut self.before);
                Some(Order::Duty(duty))
            }
            at if at < SOFTER_FROM => {
                told(&mut self.louder);
                Some(Order::Duty(Duty::new(duty.ratio() + LOUDER)))
            }
            at if at < AWAY_FROM => {
                told(&mut self.softer);
                Some(Order::Duty(duty))
            }
            at if at < BACK_FROM => Some(Order::HandBack),
            at if at < END => {
                match seen.echo {
                    Echo::Says(_) => self.came_back = true,
                    Echo::Disobeyed => self.came_back = false,
                    Echo::Unknown | Echo::Overruled => {}
                }
                Some(Order::Duty(duty))
            }
            _ => None,
        }
    }

    fn verdict(&self) -> Result<(), Failure> {
        let follows = match (self.before, self.louder, self.softer) {
            (Some(before), Some(louder), Some(softer)) => {
                let least = louder.0 * FOLLOWS;
                louder.0 - before.0 >= least && louder.0 - softer.0 >= least
            }
            (None, None, None) => true,
            _ => false,
        };
        if follows && self.came_back { Ok(()) } else { Err(Failure::FanDidNotFollow) }
    }
}

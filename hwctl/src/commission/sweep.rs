//! How a fan's speed follows its duty: down, until it stands; from a standstill, until it starts; up.
//!
//! Each duty is held until the speed rests. A fan that does not stop at the lowest duty that is tried
//! is never driven lower than that.

use super::settle::{Settle, Settled};
use crate::fan::Fan;
use crate::sense::Reading;
use crate::units::{Duty, Rpm, Seconds};

/// The duties at which the speed is measured, down and up.
pub const POINTS: [u8; 6] = [255, 204, 153, 115, 90, 70];
/// Below the last of them it goes on in steps of this, and from a standstill up as well.
const STEP: u8 = 8;
/// So close the least duty is found.
const CLOSE: u8 = 4;
/// Lower than this no fan is tried.
const LOWEST: u8 = 20;
/// One that needs more than this to go on turning can only be run at full.
const SUSTAIN_MAX: u8 = 200;
/// What a fan that stands gets so that it turns again.
const KICK: u8 = 204;
/// A speed may be so much above the one at the next higher duty and count as measured.
const FALLS: f64 = 1.03;
/// From the highest to the lowest point the speed must fall to less than this share.
const SPAN: f64 = 0.85;
/// How far the law between the points may bend.
const BEND: (f64, f64) = (0.4, 2.5);

/// What was measured at one duty.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Point {
    /// What the chip says it drives the fan with; many know fewer steps than there are values.
    pub echo: Option<u8>,
    /// The speed on the way down.
    pub down: Option<Rpm>,
    /// The speed on the way up.
    pub up: Option<Rpm>,
}

/// What is to be done.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Walk {
    /// Drive the fan with this.
    Drive(u8),
    /// All is measured.
    Done,
    /// The fan does not do what fans do.
    Failed,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum At {
    Down(usize),
    Creep(u8),
    /// Turning again, after it stood at the first; it turned at the second.
    Kick(u8, u8),
    Between(u8, u8),
    Stop,
    Start(u8),
    Up(usize),
}

#[derive(Clone, Debug)]
pub(super) struct Sweep {
    cache: Seconds,
    settle: Settle,
    at: At,
    pub(super) points: [Point; POINTS.len()],
    sustain: u8,
    slowest: Rpm,
    start: u8,
    /// What the chip said since the duty changed; it says so at times.
    echo: Option<u8>,
    visited: u32,
}

impl Sweep {
    pub(super) fn new(cache: Seconds, now: Seconds) -> Self {
        Self {
            cache,
            settle: Settle::new(cache, now),
            at: At::Down(0),
            points: [Point::default(); POINTS.len()],
            sustain: u8::MAX,
            slowest: Rpm(0.0),
            start: u8::MAX,
            echo: None,
            visited: 0,
        }
    }

    /// Whether the fan is on its way down, and not at its start or on its way up.
    pub(super) fn is_down(&self) -> bool {
        !matches!(self.at, At::Stop | At::Start(_) | At::Up(_))
    }

    /// Does what was interrupted again, now that the fan turns at full.
    pub(super) fn again(&mut self, now: Seconds) {
        self.at = match self.at {
            // What starts it and how it comes up shows only from a standstill.
            At::Stop | At::Start(_) | At::Up(_) => At::Stop,
            down => down,
        };
        self.echo = None;
        self.settle = Settle::new(self.cache, now);
    }

    /// About how much is done, 0 to 1: most fans are measured at 25 to 30 duties.
    pub(super) fn progress(&self) -> f64 {
        f64::from(self.visited) / f64::from((self.visited + 2).max(28))
    }

    pub(super) fn step(&mut self, rpm: Reading<Rpm>, echo: Option<u8>, now: Seconds) -> Walk {
        self.echo = echo.or(self.echo);
        let done = match self.settle.look(rpm, now) {
            Settled::Not => return Walk::Drive(self.duty()),
            Settled::At(rpm) => self.decide(rpm),
            // It does not come to a standstill: so be it.
            Settled::Never if self.at == At::Stop => self.turns_always(),
            Settled::Never => None,
        };
        self.visited += 1;
        self.echo = None;
        self.settle = Settle::new(self.cache, now);
        match done {
            Some(Some(next)) => {
                self.at = next;
                Walk::Drive(self.duty())
            }
            Some(None) => Walk::Done,
            None => Walk::Failed,
        }
    }

    fn duty(&self) -> u8 {
        match self.at {
            At::Down(nth) | At::Up(nth) => POINTS[nth],
            At::Creep(pwm) | At::Start(pwm) => pwm,
            At::Kick(..) => KICK,
            At::Between(stands, turns) => middle(stands, turns),
            At::Stop => 0,
        }
    }

    /// Where to go on from a speed that rests; the outer nothing is a failure, the inner one the end.
    fn decide(&mut self, rpm: Rpm) -> Option<Option<At>> {
        let turns = rpm.0 > 0.0;
        match self.at {
            At::Down(nth) if turns => {
                self.points[nth].echo = self.echo;
                self.points[nth].down = Some(rpm);
                self.turned(POINTS[nth], rpm);
                let next = (nth + 1 < POINTS.len()).then_some(At::Down(nth + 1));
                Some(next.or(Some(At::Creep(POINTS[POINTS.len() - 1] - STEP))))
            }
            At::Down(0) => None,
            At::Down(nth) => self.narrow(POINTS[nth], POINTS[nth - 1], false),
            At::Creep(pwm) if turns => {
                self.turned(pwm, rpm);
                if pwm < LOWEST + STEP {
                    self.turns_always()
                } else {
                    Some(Some(At::Creep(pwm - STEP)))
                }
            }
            At::Creep(pwm) => self.narrow(pwm, self.sustain, false),
            At::Kick(stands, turned) => turns.then_some(Some(At::Between(stands, turned))),
            At::Between(stands, turned) if turns => {
                self.turned(middle(stands, turned), rpm);
                self.narrow(stands, middle(stands, turned), true)
            }
            At::Between(stands, turned) => self.narrow(middle(stands, turned), turned, false),
            At::Stop if turns => self.turns_always(),
            At::Stop => Some(Some(At::Start(self.sustain))),
            At::Start(pwm) if turns => {
                self.start = pwm;
                Some(Some(At::Up(self.lowest_up())))
            }
            At::Start(u8::MAX) => None,
            At::Start(pwm) => Some(Some(At::Start(pwm.saturating_add(STEP)))),
            At::Up(nth) => {
                self.points[nth].up = Some(rpm).filter(|_| turns);
                turns.then_some(nth.checked_sub(1).map(At::Up))
            }
        }
    }

    fn turned(&mut self, pwm: u8, rpm: Rpm) {
        (self.sustain, self.slowest) = (pwm, rpm);
    }

    /// Closer to the least duty that keeps it turning, or from there to a standstill.
    fn narrow(&mut self, stands: u8, turned: u8, turns: bool) -> Option<Option<At>> {
        Some(Some(match turned.saturating_sub(stands) {
            close if close <= CLOSE => At::Stop,
            _ if turns => At::Between(stands, turned),
            _ => At::Kick(stands, turned),
        }))
    }

    fn turns_always(&mut self) -> Option<Option<At>> {
        self.start = self.sustain;
        Some(Some(At::Up(self.lowest_up())))
    }

    fn lowest_up(&self) -> usize {
        POINTS.iter().rposition(|pwm| *pwm >= self.start).unwrap_or(0)
    }

    /// The fan as it was measured, if its speed follows its duty at all.
    pub(super) fn fan(&self) -> Option<Fan> {
        let speeds = || self.points.iter().filter_map(|point| point.down.map(|rpm| rpm.0));
        let falls = speeds().zip(speeds().skip(1)).all(|(faster, slower)| slower <= faster * FALLS);
        let full = self.points[0].down?.0;
        let lowest = speeds().next_back()?.min(self.slowest.0);
        if !falls || lowest > SPAN * full || self.sustain > SUSTAIN_MAX {
            return None;
        }
        let sustain = Duty::from_pwm(self.sustain);
        let slowest = (self.slowest.0 / full).clamp(0.01, 0.95);
        let start = Duty::from_pwm(self.start.max(self.sustain));
        let straight = Fan { sustain, start, slowest, full: Rpm(full), bend: 1.0 };
        Some(Fan { bend: self.bend(&straight), ..straight })
    }

    /// The exponent of speed over duty, by least squares of logarithms.
    fn bend(&self, fan: &Fan) -> f64 {
        let (mut xx, mut xy) = (0.0, 0.0);
        for (pwm, point) in POINTS.iter().zip(&self.points) {
            let mean = match (point.down, point.up) {
                (Some(down), Some(up)) => f64::midpoint(down.0, up.0),
                (Some(down), None) => down.0,
                _ => continue,
            };
            let share =
                (Duty::from_pwm(*pwm).ratio() - fan.sustain.ratio()) / (1.0 - fan.sustain.ratio());
            let speed = (mean / fan.full.0 - fan.slowest) / (1.0 - fan.slowest);
            if (0.05..0.99).contains(&share) && (0.01..0.999).contains(&speed) {
                xx += share.ln().powi(2);
                xy += share.ln() * speed.ln();
            }
        }
        let bend = if xx > 0.0 { xy / xx } else { 1.0 };
        bend.clamp(BEND.0, BEND.1)
    }
}

fn middle(low: u8, high: u8) -> u8 {
    low + (high - low) / 2
}

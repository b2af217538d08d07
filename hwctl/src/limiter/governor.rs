//! When a wanted cap becomes a written one, and whether it holds.
//!
//! The budget changes every second; a limit should not. So a cap is in whole watts, goes down at once
//! (at most once a second), up only by 3 W or more and every ten seconds, and away after half a minute
//! without need: at the edge of the budget it is written at most six times a minute.
//!
//! That a limit reads as it was written says nothing: firmware locks it, or another register overrides
//! it. What counts are **measured watts**. Over windows of five seconds the package must stay below
//! the cap and a margin; two windows above it and the cap is not effective, one window below it *under
//! load* and it is. Below it without load says nothing, and without a meter nothing is ever said.
//!
//! Where the package limit can't be set or has no effect, the processor's highest frequency follows
//! the measured watts instead: down by what they are too high, up in small steps.
//!
//! One step takes no memory.

use serde::Serialize;

use crate::control::{Heat, Limits};
use crate::sense::Reading;
use crate::sysfs::drive::Outcome;
use crate::sysfs::limits::{Done, Saving, Wish};
use crate::units::{Seconds, Watts};

const LOWER_EVERY: Seconds = Seconds(1.0);
const RAISE_EVERY: Seconds = Seconds(10.0);
const RAISE_W: f64 = 3.0;
const LIFT_AFTER: Seconds = Seconds(30.0);
/// How often a limit is looked at although nothing changed, and one that does not obey.
const ASSERT_EVERY: Seconds = Seconds(60.0);
const RETRY_EVERY: Seconds = Seconds(10.0);
/// A longer pause was a machine that slept: its firmware has set everything anew.
const GAP: Seconds = Seconds(5.0);
/// Writing a limit takes microseconds, an embedded controller half a second.
const ANSWER_WITHIN: Seconds = Seconds(5.0);

const WINDOW: Seconds = Seconds(5.0);
const LOOKS_MIN: u32 = 3;
const WINDOWS_ABOVE: u8 = 2;
/// A power older than this is not of this moment.
const AGE_MAX: Seconds = Seconds(2.5);
/// For so long a meter may be silent before what it said is forgotten.
const SILENT_MAX: Seconds = Seconds(10.0);
/// A package may take this much more than its limit: what it counts in, and what a meter is off by.
const MARGIN_W: f64 = 1.0;
const MARGIN_RATIO: f64 = 0.05;
/// Who takes this share of the cap presses against it; who is this busy would if it could.
const PRESSING: f64 = 0.8;
const BUSY: f64 = 0.5;

/// The least share of the highest frequency; the driver's own least may be above it.
const SHARE_MIN: f64 = 0.1;
const SHARE_UP: f64 = 0.05;
/// Power grows at least with the square of the frequency where it can be lowered at all.
const SHARE_EXPONENT: f64 = 0.5;
/// Below this share of the cap there is room for a step up.
const ROOM: f64 = 0.85;

/// Whether the cap holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum CapState {
    /// There is no cap.
    #[default]
    None,
    /// It is being written, or was and has not been tried by a load yet.
    Pending,
    /// The package was seen to stay below it under load.
    Effective,
    /// It could not be written, or the package takes more.
    NotEffective,
    /// This machine's power can't be limited.
    Unsupported,
}

/// The cap of this moment.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Capping {
    /// The most the package may take.
    pub cap: Option<Watts>,
    /// Whether that holds.
    pub state: CapState,
}

/// What the limits answered.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Answer {
    /// What came of it.
    Done(Done),
    /// What was there before could not be kept, so nothing was written.
    NotKept,
}

/// What is looked at.
#[derive(Clone, Copy, Debug)]
pub struct Seen {
    /// The package's power.
    pub power: Reading<Watts>,
    /// The share of the processor that is busy.
    pub load: Reading<f64>,
}

/// One window of measured watts.
#[derive(Clone, Copy, Debug, Default)]
struct Window {
    since: Option<Seconds>,
    looks: u32,
    power_w: f64,
    above_w: f64,
    load: f64,
}

/// Decides what is written, and whether it holds.
#[derive(Clone, Debug)]
pub struct Governor {
    limits: Limits,
    last: Option<Seconds>,
    cap: Option<Watts>,
    floor: bool,
    changed: Option<Seconds>,
    free_since: Option<Seconds>,
    quiet: bool,
    sent: Option<(Wish, Seconds)>,
    waiting_since: Option<Seconds>,
    answer: Option<Answer>,
    /// Whether frequencies have to do what the package limit does not.
    by_frequency: bool,
    share: f64,
    share_changed: Seconds,
    /// What is measured may be above a cap that has just been lowered; the bar comes down to it.
    bar_w: f64,
    window: Window,
    windows_above: u8,
    known_at: Option<Seconds>,
    holds: Option<bool>,
}

impl Governor {
    /// One that has written nothing.
    pub fn new(limits: Limits) -> Self {
        Self {
            last: None,
            cap: None,
            floor: false,
            changed: None,
            free_since: None,
            quiet: false,
            sent: None,
            waiting_since: None,
            answer: None,
            by_frequency: false,
            share: 1.0,
            share_changed: Seconds(0.0),
            bar_w: limits.power_max.0,
            window: Window::default(),
            windows_above: 0,
            known_at: None,
            holds: None,
            limits,
        }
    }

    /// What to write now, if something is due. Say it with [`Self::sent`] once it is on its way.
    pub fn step(&mut self, heat: Heat, quiet: bool, seen: Seen, now: Seconds) -> Option<Wish> {
        let now = Some(now).filter(|now| now.0.is_finite() && self.last.is_none_or(|l| *now >= l));
        let now = now.or(self.last)?;
        let elapsed = now - self.last.replace(now).unwrap_or(now);
        self.quiet = quiet;
        self.decide(heat, now);
        self.judge(seen, now, elapsed);
        let wish = self.wish();
        let due = match self.sent {
            None => wish != Wish::default(),
            Some((sent, at)) => {
                let idle = wish == Wish::default() && self.obeys();
                sent != wish || !idle && (now - at >= self.again_after() || elapsed > GAP)
            }
        };
        if due {
            self.waiting_since.get_or_insert(now);
        }
        due.then_some(wish)
    }

    /// What was asked for is on its way.
    pub fn sent(&mut self, wish: Wish, now: Seconds) {
        self.sent = Some((wish, now));
    }

    /// What came of the last wish.
    pub fn answered(&mut self, answer: Answer) {
        self.waiting_since = None;
        self.answer = Some(answer);
        if let Answer::Done(done) = answer {
            self.by_frequency |= self.cap.is_some() && !done.power.is_some_and(Outcome::obeys);
        }
    }

    /// The cap of this moment.
    pub fn capping(&self) -> Capping {
        Capping { cap: self.cap, state: self.state() }
    }

    fn decide(&mut self, heat: Heat, now: Seconds) {
        let least = self.limits.power_min.0;
        self.floor = matches!(heat, Heat::Floor | Heat::PowerOff);
        let wanted = match heat {
            Heat::Free => None,
            // What is no number is the least.
            Heat::Capped(Watts(most_w)) => Some(Watts(most_w.floor().max(least))),
            Heat::Floor | Heat::PowerOff => Some(Watts(least)),
        };
        let free_since = match wanted {
            None => *self.free_since.get_or_insert(now),
            Some(_) => {
                self.free_since = None;
                now
            }
        };
        let since = |every: Seconds| self.changed.is_none_or(|at| now - at >= every);
        let changes = match (self.cap, wanted) {
            (None, None) => false,
            (None, Some(_)) => true,
            (Some(_), None) => now - free_since >= LIFT_AFTER,
            (Some(cap), Some(wanted)) if wanted < cap => self.floor || since(LOWER_EVERY),
            (Some(cap), Some(wanted)) => wanted.0 >= cap.0 + RAISE_W && since(RAISE_EVERY),
        };
        if changes {
            (self.cap, self.changed) = (wanted, Some(now));
        }
        if self.cap.is_none() {
            (self.by_frequency, self.share, self.holds) = (false, 1.0, None);
            (self.windows_above, self.window) = (0, Window::default());
            self.bar_w = self.limits.power_max.0;
        }
    }

    fn judge(&mut self, seen: Seen, now: Seconds, elapsed: Seconds) {
        let Some(Watts(cap_w)) = self.cap else { return };
        let fall_w = self.limits.power_max.0 / self.felt_after().0 * elapsed.0;
        self.bar_w = (self.bar_w - fall_w).max(cap_w);
        let power = seen.power.within(AGE_MAX).filter(|power| power.0.is_finite());
        let Some(Watts(power_w)) = power else {
            if self.known_at.is_none_or(|at| now - at > SILENT_MAX) {
                self.holds = None;
            }
            return;
        };
        self.known_at = Some(now);
        let window = &mut self.window;
        let since = *window.since.get_or_insert(now);
        window.looks += 1;
        window.power_w += power_w;
        window.above_w += power_w - self.bar_w;
        window.load += seen.load.within(AGE_MAX).filter(|load| *load <= 1.0).unwrap_or(0.0);
        if now - since < WINDOW || window.looks < LOOKS_MIN {
            return;
        }
        let (looks, window) = (f64::from(window.looks), std::mem::take(window));
        if self.bar_w > cap_w + MARGIN_W {
            return;
        }
        let power_w = window.power_w / looks;
        let loaded = window.load / looks >= BUSY || power_w >= PRESSING * cap_w;
        let above = window.above_w / looks > MARGIN_W.max(MARGIN_RATIO * cap_w);
        self.conclude(above, loaded, power_w, now);
    }

    fn conclude(&mut self, above: bool, loaded: bool, power_w: f64, now: Seconds) {
        let cap_w = self.cap.map_or(f64::INFINITY, |cap| cap.0);
        if above {
            self.windows_above = self.windows_above.saturating_add(1);
            if self.windows_above >= WINDOWS_ABOVE {
                self.holds = Some(false);
                self.by_frequency = true;
            }
            if self.by_frequency {
                let factor = (cap_w / power_w).powf(SHARE_EXPONENT).clamp(0.5, 0.95);
                self.share = (self.share * factor).max(SHARE_MIN);
                self.share_changed = now;
            }
            return;
        }
        self.windows_above = 0;
        self.holds = if loaded { Some(true) } else { self.holds.filter(|holds| *holds) };
        let room = loaded && power_w < ROOM * cap_w && now - self.share_changed >= RAISE_EVERY;
        if room && self.share < 1.0 {
            self.share = (self.share + SHARE_UP).min(1.0);
            self.share_changed = now;
        }
    }

    fn wish(&self) -> Wish {
        let Some(Watts(cap_w)) = self.cap else {
            return Wish { quiet: self.quiet, ..Wish::default() };
        };
        // In an emergency everything is used; otherwise what the package limit does not do.
        let (frequency, saving) = match (self.floor, self.by_frequency) {
            (true, _) => (Some(SHARE_MIN), Some(Saving::Most)),
            (false, true) => (self.frequency(cap_w), Some(Saving::Some)),
            (false, false) => (None, None),
        };
        Wish { cap: self.cap, frequency, saving, quiet: self.quiet }
    }

    /// By what was measured; by the cap alone where nothing can be.
    fn frequency(&self, cap_w: f64) -> Option<f64> {
        let share = match self.known_at {
            Some(_) => self.share,
            None => (cap_w / self.limits.power_max.0).powf(SHARE_EXPONENT).max(SHARE_MIN),
        };
        Some(share).filter(|share| *share < 1.0)
    }

    fn done(&self) -> Option<Done> {
        match self.answer {
            Some(Answer::Done(done)) => Some(done),
            Some(Answer::NotKept) | None => None,
        }
    }

    fn felt_after(&self) -> Seconds {
        self.done().map_or(Seconds(15.0), |done| done.felt_after)
    }

    /// Whether every lever that this machine has does what it was told.
    fn obeys(&self) -> bool {
        self.done().is_some_and(|done| {
            let levers = [done.power, done.frequency, done.preference, done.profile];
            levers.into_iter().flatten().all(Outcome::obeys)
        })
    }

    fn again_after(&self) -> Seconds {
        if self.obeys() { ASSERT_EVERY } else { RETRY_EVERY }
    }

    fn state(&self) -> CapState {
        let (Some(_), Some(now)) = (self.cap, self.last) else { return CapState::None };
        if self.waiting_since.is_some_and(|since| now - since >= ANSWER_WITHIN) {
            return CapState::NotEffective;
        }
        let done = match self.answer {
            None => return CapState::Pending,
            Some(Answer::NotKept) => return CapState::NotEffective,
            Some(Answer::Done(done)) => done,
        };
        let levers = [done.power, done.frequency, done.preference];
        if levers.into_iter().all(|lever| lever.is_none()) {
            return CapState::Unsupported;
        }
        match (levers.into_iter().flatten().any(Outcome::obeys), self.holds) {
            (false, _) | (true, Some(false)) => CapState::NotEffective,
            (true, Some(true)) => CapState::Effective,
            (true, None) => CapState::Pending,
        }
    }
}

#[cfg(test)]
mod tests;

//! Which tachometer belongs to the fan: the one whose speed goes up with its duty, and down again.
//!
//! Only the duty of a fan that may be taken is moved. Other fans may be driven by the firmware meanwhile
//! and change as they like; one that did so in step with both changes is taken for the fan's.

use super::settle::{Settle, Settled};
use super::{Seen, TACHS_MAX};
use crate::units::{Rpm, Seconds};

/// Half and full, and half again.
const PULSE: [u8; 3] = [128, 255, 128];
/// A change that is less than this, or than this share of the speed, is none.
const CHANGE_RPM: f64 = 100.0;
const CHANGE_RATIO: f64 = 0.15;

/// What is to be done.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Search {
    /// Drive the fan with this.
    Drive(u8),
    /// This tachometer is the fan's.
    Found(usize),
    /// None is.
    Nothing,
}

#[derive(Clone, Debug)]
pub(super) struct Find {
    cache: Seconds,
    nth: usize,
    settles: [Settle; TACHS_MAX],
    seen: [[Option<Rpm>; TACHS_MAX]; PULSE.len()],
}

impl Find {
    pub(super) fn new(cache: Seconds, now: Seconds) -> Self {
        let settles = [Settle::new(cache, now); TACHS_MAX];
        Self { cache, nth: 0, settles, seen: [[None; TACHS_MAX]; PULSE.len()] }
    }

    /// How much is done, 0 to 1.
    pub(super) fn progress(&self) -> f64 {
        self.nth as f64 / PULSE.len() as f64
    }

    pub(super) fn step(&mut self, seen: &Seen<'_>, now: Seconds) -> Search {
        let mut waits = false;
        for (settle, rpm) in self.settles.iter_mut().zip(seen.tachs) {
            waits |= settle.look(*rpm, now) == Settled::Not;
        }
        if !waits {
            // One that does not rest is no reason to wait for ever; what it showed last counts.
            for (place, settle) in self.seen[self.nth].iter_mut().zip(&self.settles) {
                *place = settle.last();
            }
            self.nth += 1;
            self.settles = [Settle::new(self.cache, now); TACHS_MAX];
        }
        match PULSE.get(self.nth) {
            Some(pwm) => Search::Drive(*pwm),
            None => self.verdict(),
        }
    }

    fn verdict(&self) -> Search {
        let [before, full, after] = &self.seen;
        let mut best = (0.0, None);
        for nth in 0..TACHS_MAX {
            let (Some(before), Some(full), Some(after)) = (before[nth], full[nth], after[nth])
            else {
                continue;
            };
            let change = (full.0 - before.0).min(full.0 - after.0);
            if change >= CHANGE_RPM.max(CHANGE_RATIO * full.0) && change > best.0 {
                best = (change, Some(nth));
            }
        }
        best.1.map_or(Search::Nothing, Search::Found)
    }
}

//! How the last runs of the process ended, in `starts.json` of the data folder.
//!
//! A run that did not say that it ends was killed, crashed or lost its power. Too many of those within
//! a short time are a reason to leave everything away that is not needed to talk ([`Mode::ChatOnly`]).
//! The file is read and written by the one process that has the data folder's lock. It is a help, not
//! a truth: where it can't be read, nothing is known; where it can't be written, that is a line of the
//! log.

use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use hearth_domain::time::Timestamp;
use serde::{Deserialize, Serialize};

use crate::config::HealingConfig;
use crate::data_dir::write_private;

/// Name of the file in the data folder.
pub const STARTS: &str = "starts.json";

/// What a run does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Everything.
    Whole,
    /// Chat, files and the pages of those who run the office; nothing else.
    ChatOnly,
}

/// What the file holds.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
struct Kept {
    /// A run is under way, or ended without saying so.
    running: bool,
    /// When the starts were that followed a bad end.
    after_bad_end: Vec<Timestamp>,
    /// When the present safe mode began.
    safe_since: Option<Timestamp>,
}

/// How a run began.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Began {
    /// Whether the run before it ended without saying so.
    pub after_bad_end: bool,
    /// What this one does.
    pub mode: Mode,
}

impl Kept {
    fn begin(&mut self, now: Timestamp, rule: &HealingConfig) -> Began {
        let after_bad_end = self.running;
        self.running = true;
        let window_ms = rule.crashes_window_s.saturating_mul(1_000);
        // A time that is still to come was written by a clock that was wrong.
        self.after_bad_end.retain(|at| *at <= now && now.ms_since(*at) <= window_ms);
        if after_bad_end {
            self.after_bad_end.push(now);
        }
        let too_many = rule.crashes_max > 0 && self.after_bad_end.len() >= rule.crashes_max;
        let quiet_ms = rule.safe_mode_s.saturating_mul(1_000);
        let still_safe =
            self.safe_since.is_some_and(|since| since <= now && now.ms_since(since) < quiet_ms);
        if too_many || (after_bad_end && still_safe) {
            self.safe_since = Some(now);
        } else if !still_safe {
            self.safe_since = None;
        }
        let mode = if self.safe_since.is_some() { Mode::ChatOnly } else { Mode::Whole };
        Began { after_bad_end, mode }
    }
}

/// The file, while this process runs.
#[derive(Debug)]
pub struct Starts {
    path: PathBuf,
    kept: Mutex<Kept>,
}

impl Starts {
    /// Notes that a run begins.
    #[must_use]
    pub fn begin(path: PathBuf, now: Timestamp, rule: &HealingConfig) -> (Self, Began) {
        let mut kept = match std::fs::read(&path) {
            Ok(bytes) => serde_json::from_slice::<Kept>(&bytes).unwrap_or_else(|error| {
                tracing::warn!(%error, "how the last runs ended can't be read");
                Kept::default()
            }),
            Err(error) => {
                if error.kind() != std::io::ErrorKind::NotFound {
                    tracing::warn!(%error, "how the last runs ended can't be read");
                }
                Kept::default()
            }
        };
        let began = kept.begin(now, rule);
        let starts = Self { path, kept: Mutex::new(kept) };
        starts.change(|_| {});
        (starts, began)
    }

    /// Notes that this run ends as it should.
    pub fn end(&self) {
        self.change(|kept| kept.running = false);
    }

    /// Notes that safe mode was left: what was before does not count any more.
    pub fn leave_safe_mode(&self) {
        self.change(|kept| {
            kept.safe_since = None;
            kept.after_bad_end.clear();
        });
    }

    fn change(&self, change: impl FnOnce(&mut Kept)) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        change(&mut kept);
        let written = serde_json::to_vec(&*kept)
            .map_err(std::io::Error::other)
            .and_then(|bytes| write_private(&self.path, &bytes));
        if let Err(error) = written {
            tracing::warn!(%error, "how this run goes can't be noted");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RULE: HealingConfig =
        HealingConfig { crashes_max: 3, crashes_window_s: 600, safe_mode_s: 3_600, reserve_mb: 0 };

    fn at(seconds: u64) -> Timestamp {
        Timestamp::from_ms(1_800_000_000_000 + seconds * 1_000)
    }

    fn started(path: &std::path::Path, seconds: u64) -> (Starts, Began) {
        Starts::begin(path.to_owned(), at(seconds), &RULE)
    }

    #[test]
    fn the_third_bad_end_within_the_window_leads_to_safe_mode() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(STARTS);
        let modes: Vec<Began> = [0, 10, 20, 30].map(|second| started(&path, second).1).to_vec();
        let bad = modes.iter().map(|began| began.after_bad_end);
        assert_eq!(bad.collect::<Vec<_>>(), [false, true, true, true]);
        let whole = modes.iter().map(|began| began.mode == Mode::Whole);
        assert_eq!(whole.collect::<Vec<_>>(), [true, true, true, false]);
    }

    #[test]
    fn ends_that_are_far_apart_or_in_good_order_count_for_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(STARTS);
        for second in [0, 700, 1_400, 2_100, 2_800] {
            assert_eq!(started(&path, second).1.mode, Mode::Whole);
        }
        for second in [2_810, 2_820, 2_830, 2_840] {
            let (starts, began) = started(&path, second);
            starts.end();
            assert_eq!(began.mode, Mode::Whole, "{second}");
        }
        assert!(!started(&path, 2_850).1.after_bad_end);
    }

    #[test]
    fn safe_mode_outlives_a_restart_ends_by_itself_and_can_be_left() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(STARTS);
        for second in 0..4 {
            started(&path, second);
        }
        let (starts, began) = started(&path, 100);
        assert_eq!(began.mode, Mode::ChatOnly);
        starts.end();
        // In good order, within the quiet hour: still safe. Long after: not any more.
        let (starts, began) = started(&path, 800);
        assert_eq!(began, Began { after_bad_end: false, mode: Mode::ChatOnly });
        starts.end();
        let (starts, began) = started(&path, 100 + 3_601);
        assert_eq!(began.mode, Mode::Whole);
        starts.end();
        for second in 5_000..5_004 {
            started(&path, second);
        }
        let (starts, began) = started(&path, 5_004);
        assert_eq!(began.mode, Mode::ChatOnly);
        starts.leave_safe_mode();
        assert_eq!(started(&path, 5_005).1.mode, Mode::Whole, "one bad end is not too many");
    }

    #[test]
    fn rubbish_and_a_clock_that_was_ahead_are_survived() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(STARTS);
        for second in 9_000_000..9_000_005 {
            started(&path, second);
        }
        assert_eq!(started(&path, 0).1.mode, Mode::Whole, "those times are still to come");
        std::fs::write(&path, "{\"running\":").unwrap();
        let nothing = Began { after_bad_end: false, mode: Mode::Whole };
        assert_eq!(started(&path, 1).1, nothing);
        let never = HealingConfig { crashes_max: 0, ..RULE };
        for second in 2..20 {
            let (_, began) = Starts::begin(path.clone(), at(second), &never);
            assert_eq!(began.mode, Mode::Whole);
        }
    }
}

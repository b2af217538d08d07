//! When to start a program again that has ended: a pure rule.
//!
//! The wait doubles from half a second to thirty seconds and starts over once a program has run for a
//! minute. A wrong configuration (exit code 78) does not heal by itself, and a program that has never
//! run for ten seconds after five starts will not either: the machine needs a person.

use std::time::Duration;

use crate::config::EXIT_CODE_CONFIG;

const WAIT_MIN: Duration = Duration::from_millis(500);
const WAIT_MAX: Duration = Duration::from_secs(30);
/// A run this long was a good one.
const GOOD_RUN: Duration = Duration::from_secs(60);
/// A run this long shows that the program can run at all.
const ANY_RUN: Duration = Duration::from_secs(10);
/// Starts of a program that has never run.
const STARTS_MAX: u32 = 5;

/// How the runs of one program ended so far.
#[derive(Debug, Default)]
pub(super) struct Restarts {
    failures: u32,
    starts: u32,
    has_run: bool,
}

/// What to do next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// Start it again after this time.
    StartAfter(Duration),
    /// Give up, with this exit code.
    GiveUp(u8),
}

impl Restarts {
    /// The program ended by itself after `ran`, with an exit code unless a signal ended it.
    pub(super) fn ended(&mut self, ran: Duration, code: Option<i32>) -> Next {
        self.starts += 1;
        self.has_run |= ran >= ANY_RUN;
        self.failures = if ran >= GOOD_RUN { 0 } else { self.failures };
        if code == Some(i32::from(EXIT_CODE_CONFIG)) {
            return Next::GiveUp(EXIT_CODE_CONFIG);
        }
        if !self.has_run && self.starts >= STARTS_MAX {
            let code = code.and_then(|code| u8::try_from(code).ok()).unwrap_or(1);
            return Next::GiveUp(code.max(1));
        }
        let wait = WAIT_MIN.saturating_mul(1 << self.failures.min(10)).min(WAIT_MAX);
        self.failures += 1;
        Next::StartAfter(wait)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHORT: Duration = Duration::from_secs(1);

    fn waits(restarts: &mut Restarts, times: usize, ran: Duration) -> Vec<Next> {
        (0..times).map(|_| restarts.ended(ran, None)).collect()
    }

    #[test]
    fn waits_double_and_start_over_after_a_good_run() {
        let mut restarts = Restarts::default();
        let after = |ms| Next::StartAfter(Duration::from_millis(ms));
        let expected = [500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000].map(after);
        assert_eq!(waits(&mut restarts, 8, ANY_RUN), expected);
        assert_eq!(restarts.ended(GOOD_RUN, Some(0)), after(500));
        assert_eq!(restarts.ended(SHORT, Some(1)), after(1_000));
    }

    #[test]
    fn a_wrong_configuration_ends_it() {
        let mut restarts = Restarts::default();
        assert_eq!(restarts.ended(GOOD_RUN, Some(78)), Next::GiveUp(78));
    }

    #[test]
    fn what_never_runs_is_given_up() {
        let mut restarts = Restarts::default();
        assert!(!waits(&mut restarts, 4, SHORT).contains(&Next::GiveUp(1)));
        assert_eq!(restarts.ended(SHORT, Some(1)), Next::GiveUp(1));
        assert_eq!(restarts.ended(SHORT, None), Next::GiveUp(1));
        assert_eq!(restarts.ended(SHORT, Some(0)), Next::GiveUp(1));
    }
}

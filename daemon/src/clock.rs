//! The one source of time: wall time for what people see, monotonic time for what must not jump.
//!
//! Whoever needs the time is given a [`Clock`]. A test gives one whose hands it moves itself, so that
//! back-off, expiry and a clock that jumps are tested without waiting.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use hearth_domain::time::Timestamp;

/// No machine that runs this has seen an earlier time: 2026-01-01. A clock that shows one has lost its
/// battery or not been set yet.
pub const EARLIEST: Timestamp = Timestamp::from_ms(1_767_225_600_000);

/// Tells the time. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Clock(Source);

#[derive(Clone, Debug)]
enum Source {
    System { started: Instant },
    Hands(Arc<Hands>),
}

/// The hands of a clock that a test moves.
#[derive(Debug)]
pub struct Hands {
    wall_ms: AtomicU64,
    monotonic_ms: AtomicU64,
}

impl Clock {
    /// The machine's clock.
    #[must_use]
    pub fn system() -> Self {
        Self(Source::System { started: Instant::now() })
    }

    /// A clock that stands still at `at` until its hands are moved.
    #[must_use]
    pub fn settable(at: Timestamp) -> (Self, Arc<Hands>) {
        let hands = Arc::new(Hands {
            wall_ms: AtomicU64::new(at.as_ms()),
            monotonic_ms: AtomicU64::new(0),
        });
        (Self(Source::Hands(Arc::clone(&hands))), hands)
    }

    /// The wall time. It may jump in either direction when somebody sets the machine's clock.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        match &self.0 {
            Source::System { .. } => {
                // A machine whose clock stands before 1970 has no better answer than the epoch.
                let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
                Timestamp::from_ms(u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
            }
            Source::Hands(hands) => Timestamp::from_ms(hands.wall_ms.load(Ordering::Relaxed)),
        }
    }

    /// Time since the clock was made; it never jumps.
    #[must_use]
    pub fn monotonic(&self) -> Duration {
        match &self.0 {
            Source::System { started } => started.elapsed(),
            Source::Hands(hands) => {
                Duration::from_millis(hands.monotonic_ms.load(Ordering::Relaxed))
            }
        }
    }
}

impl Hands {
    /// Lets time pass, on the wall and monotonically.
    pub fn advance(&self, by: Duration) {
        let ms = u64::try_from(by.as_millis()).unwrap_or(u64::MAX);
        self.wall_ms.fetch_add(ms, Ordering::Relaxed);
        self.monotonic_ms.fetch_add(ms, Ordering::Relaxed);
    }

    /// Sets the wall time, as an administrator or NTP does. Monotonic time goes on unmoved.
    pub fn jump_to(&self, at: Timestamp) {
        self.wall_ms.store(at.as_ms(), Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_system_clock_moves_forward() {
        let clock = Clock::system();
        let before = clock.monotonic();
        assert!(clock.monotonic() >= before);
        assert!(clock.now().as_ms() > 1_700_000_000_000);
    }

    #[test]
    fn a_jump_moves_the_wall_only() {
        let (clock, hands) = Clock::settable(Timestamp::from_ms(1_000));
        hands.advance(Duration::from_secs(1));
        hands.jump_to(Timestamp::from_ms(5));
        assert_eq!(clock.now(), Timestamp::from_ms(5));
        assert_eq!(clock.monotonic(), Duration::from_secs(1));
    }
}

//! One monotonic clock for every thread, in nanoseconds since boot.
//!
//! `Instant` hides its number, and a message carries the moment it was due in its text.

use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};

/// Nanoseconds in a second.
pub(crate) const SECOND_NS: u64 = 1_000_000_000;
/// Nanoseconds in a millisecond.
pub(crate) const MS_NS: u64 = 1_000_000;

/// Nanoseconds since boot.
pub(crate) fn now_ns() -> u64 {
    let now = clock_gettime(ClockId::Monotonic);
    let seconds = u64::try_from(now.tv_sec).unwrap_or_default();
    seconds * SECOND_NS + u64::try_from(now.tv_nsec).unwrap_or_default()
}

/// Milliseconds since 1970, for ids.
pub(crate) fn wall_ms() -> u64 {
    let now = clock_gettime(ClockId::Realtime);
    let seconds = u64::try_from(now.tv_sec).unwrap_or_default();
    seconds * 1_000 + u64::try_from(now.tv_nsec).unwrap_or_default() / MS_NS
}

/// Blocks the thread until a moment. The kernel wakes it some 60 µs late, which counts as latency;
/// tokio's timer would round to a millisecond.
pub(crate) fn sleep_until(due_ns: u64) {
    let left_ns = due_ns.saturating_sub(now_ns());
    if left_ns > 0 {
        std::thread::sleep(Duration::from_nanos(left_ns));
    }
}

/// Nanoseconds as milliseconds for a report, with three decimals.
pub(crate) fn ms(ns: u64) -> f64 {
    (ns as f64 / 1e3).round() / 1e3
}

//! Energy, counted once. `hearth-hwctl` counts from zero in each run of its own; here is kept how far
//! which run was counted, together with what was counted, so that a stop of either program loses nothing.
//!
//! What was taken while nobody looked counts on the day on which somebody looks again.

use hearth_domain::time::Timestamp;
use hearth_store::machine::Meter;

/// A processor that takes more than this does not stand in an office, in watts.
const POWER_W_MAX: f64 = 2_000.0;
/// A counter may be read this much late, in seconds.
const LATE_S: f64 = 60.0;
/// How long a run that is met for the first time may have gone on: 31 days, in seconds.
const FIRST_S_MAX: f64 = 31.0 * 86_400.0;

/// What a counter that shows `joules` adds to what was counted, in joules, and how far it is counted
/// then. A counter that ran backwards, or faster than any machine, adds nothing and is followed from
/// where it is.
pub(super) fn count(
    before: Option<&Meter>,
    started: &str,
    joules: f64,
    at: Timestamp,
) -> (f64, Meter) {
    let same = before.filter(|meter| meter.started == started);
    let added = same.map_or(joules, |meter| joules - meter.joules);
    let passed_s = before.map_or(FIRST_S_MAX, |meter| at.ms_since(meter.at) as f64 / 1e3 + LATE_S);
    let added = if (0.0..=POWER_W_MAX * passed_s).contains(&added) { added } else { 0.0 };
    (added, Meter { started: started.to_owned(), joules, at })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: u64) -> Timestamp {
        Timestamp::from_ms(1_790_000_000_000 + second * 1_000)
    }

    #[test]
    fn every_joule_counts_once_whoever_starts_anew() {
        let (first, meter) = count(None, "a", 100.0, at(0));
        assert_eq!(first, 100.0);
        let (more, meter) = count(Some(&meter), "a", 150.0, at(1));
        assert_eq!(more, 50.0);
        // hearthd starts anew and looks again later: only what is new counts.
        let (more, meter) = count(Some(&meter), "a", 650.0, at(60));
        assert_eq!(more, 500.0);
        // hearth-hwctl starts anew and counts from zero.
        let (more, meter) = count(Some(&meter), "b", 20.0, at(61));
        assert_eq!(more, 20.0);
        assert_eq!((meter.started.as_str(), meter.joules), ("b", 20.0));
    }

    #[test]
    fn a_counter_that_lies_adds_nothing_and_is_followed_from_there() {
        let (_, meter) = count(None, "a", 100.0, at(0));
        let (back, meter) = count(Some(&meter), "a", 90.0, at(1));
        assert_eq!(back, 0.0);
        let (leap, meter) = count(Some(&meter), "a", 1e9, at(2));
        assert_eq!(leap, 0.0);
        let (more, _) = count(Some(&meter), "a", 1e9 + 5.0, at(3));
        assert_eq!(more, 5.0);
        assert_eq!(count(None, "a", 1e12, at(0)).0, 0.0);
    }

    #[test]
    fn a_clock_that_jumps_back_loses_nothing() {
        let (_, meter) = count(None, "a", 100.0, at(9_000));
        assert_eq!(count(Some(&meter), "a", 160.0, at(0)).0, 60.0);
    }
}

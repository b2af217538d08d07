//! Latencies in an HDR histogram: microseconds up to a minute, three digits.

use anyhow::Result;
use hdrhistogram::Histogram;

use crate::clock::ms;

const HIGHEST_US: u64 = 60_000_000;

/// A histogram that takes nanoseconds.
#[derive(Clone, Debug)]
pub(crate) struct Latencies(Histogram<u64>);

impl Latencies {
    /// Nothing measured yet.
    pub(crate) fn new() -> Result<Self> {
        Ok(Self(Histogram::new_with_bounds(1, HIGHEST_US, 3)?))
    }

    /// Counts one. What took longer than a minute counts as a minute.
    pub(crate) fn add(&mut self, ns: u64) {
        self.0.saturating_record((ns / 1_000).max(1));
    }

    /// Takes another's counts in.
    pub(crate) fn merge(&mut self, other: &Self) -> Result<()> {
        Ok(self.0.add(&other.0)?)
    }

    /// How many were counted.
    pub(crate) fn count(&self) -> u64 {
        self.0.len()
    }

    /// The latency that `percent` of all stay below, in milliseconds.
    pub(crate) fn percentile_ms(&self, percent: f64) -> f64 {
        ms(self.0.value_at_percentile(percent) * 1_000)
    }

    /// The longest, in milliseconds.
    pub(crate) fn max_ms(&self) -> f64 {
        ms(self.0.max() * 1_000)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::MS_NS;

    #[test]
    fn percentiles_are_in_milliseconds() {
        let mut all = Latencies::new().unwrap();
        let mut part = Latencies::new().unwrap();
        for ms in 1..=100 {
            part.add(ms * MS_NS);
        }
        all.merge(&part).unwrap();
        assert_eq!(all.count(), 100);
        assert!((all.percentile_ms(50.0) - 50.0).abs() < 0.1);
        assert!((all.max_ms() - 100.0).abs() < 0.1);
    }
}

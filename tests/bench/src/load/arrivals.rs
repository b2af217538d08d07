//! When an open-loop load sends: at random like people do, and never later because the server is
//! slow. A schedule that waited for answers would not see the time it did not send (coordinated
//! omission).

use crate::clock::SECOND_NS;

/// A small seeded generator (splitmix64): the same seed gives the same load.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Random(u64);

impl Random {
    /// A generator of its own for each part of a run.
    pub(crate) fn new(seed: u64, part: u64) -> Self {
        Self(seed ^ part.wrapping_mul(0xa076_1d64_78bd_642f))
    }

    /// Sixty-four random bits.
    pub(crate) fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number from 0 up to, but not including, 1.
    pub(crate) fn unit(&mut self) -> f64 {
        (self.bits() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// A number below `end`, which is at least 1.
    pub(crate) fn below(&mut self, end: u64) -> u64 {
        self.bits() % end.max(1)
    }
}

/// The moments of a Poisson process, in nanoseconds since boot.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Arrivals {
    random: Random,
    at_ns: u64,
    mean_ns: f64,
}

impl Arrivals {
    /// Arrivals from `start_ns` on, `per_second` of them on average.
    pub(crate) fn new(random: Random, start_ns: u64, per_second: f64) -> Self {
        let mean_ns = SECOND_NS as f64 / per_second.max(0.001);
        let mut arrivals = Self { random, at_ns: start_ns, mean_ns };
        arrivals.advance();
        arrivals
    }

    /// When the next one is due.
    pub(crate) fn due_ns(&self) -> u64 {
        self.at_ns
    }

    /// Goes on to the one after it.
    pub(crate) fn advance(&mut self) {
        let gap_ns = -(1.0 - self.random.unit()).ln() * self.mean_ns;
        self.at_ns += gap_ns as u64;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arrivals_come_at_the_rate_and_repeat_with_the_seed() {
        let run = |seed| {
            let mut arrivals = Arrivals::new(Random::new(seed, 1), 5, 500.0);
            let mut next = || {
                arrivals.advance();
                arrivals.due_ns()
            };
            (0..50_000).map(|_| next()).collect::<Vec<_>>()
        };
        let moments = run(7);
        assert_eq!(moments, run(7));
        assert_ne!(moments, run(8));
        assert!(moments.is_sorted());
        let seconds = *moments.last().unwrap() as f64 / SECOND_NS as f64;
        assert!((97.0..103.0).contains(&seconds), "{seconds} s for 50,000 at 500/s");
    }
}

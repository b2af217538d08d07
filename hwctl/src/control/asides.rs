//! What else the fan cools: drive, memory, voltage regulators, board. Each asks by its margin.

use super::{BLIND_AFTER, BLIND_DUTY, Readings};
use crate::sense::{Reading, Watch, Why};
use crate::units::{Celsius, Seconds};

/// How many are looked at.
pub const ASIDES_MAX: usize = 8;
/// From this margin to its limit on, a thing asks for air.
const MARGIN_BEGIN_K: f64 = 15.0;
/// At this margin it asks for all there is.
const MARGIN_END_K: f64 = 5.0;

/// One thing beside the processor.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Aside {
    /// How warm it is.
    pub temperature: Reading<Celsius>,
    /// How warm it may be.
    pub limit: Celsius,
}

/// Remembers which of them were ever seen.
#[derive(Clone, Debug, Default)]
pub(super) struct Asides {
    watches: [Watch; ASIDES_MAX],
    seen: [Option<Seconds>; ASIDES_MAX],
}

impl Asides {
    /// The one that asks for most, and the relative speed it asks for. One that was seen and has
    /// been gone for 3 s asks for 70 %; one that never was is not there.
    pub(super) fn demand(&mut self, readings: &Readings<'_>, now: Seconds) -> Option<(usize, f64)> {
        let mut most = None;
        for (nth, aside) in readings.asides.iter().take(ASIDES_MAX).enumerate() {
            // A drive tells whole degrees and feels the processor late and little: that it stays where
            // it is while the power moves does not mean that its sensor is stuck.
            let unrelated = Reading::Unknown(Why::Missing);
            let known = self.watches[nth].check(aside.temperature, unrelated, now);
            let demand = match (known.within(BLIND_AFTER), self.seen[nth]) {
                (Some(at), _) => {
                    self.seen[nth] = Some(now);
                    by_margin(aside.limit - at)
                }
                (None, Some(seen)) if now - seen >= BLIND_AFTER => BLIND_DUTY.ratio(),
                (None, _) => 0.0,
            };
            if demand > most.map_or(0.0, |(_, most)| most) {
                most = Some((nth, demand));
            }
        }
        most
    }
}

fn by_margin(margin_k: f64) -> f64 {
    if margin_k.is_nan() {
        return 1.0;
    }
    ((MARGIN_BEGIN_K - margin_k) / (MARGIN_BEGIN_K - MARGIN_END_K)).clamp(0.0, 1.0)
}

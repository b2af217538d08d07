//! Out of the bands in which the case hums: upwards, because that never cools less.

use crate::bands::{BANDS_MAX, Bands};
use crate::fan::Fan;
use crate::units::{Duty, Rpm};

/// A fan that was moved above a band stays there until so much less than the band is wanted, or it
/// would go up and down with every small change below it.
const RELEASE: f64 = 0.95;

/// Remembers the band that the fan was moved above.
#[derive(Clone, Debug)]
pub(super) struct Skip {
    bands: Bands,
    above: Option<(Rpm, Rpm)>,
}

impl Skip {
    pub(super) fn new(bands: Bands) -> Self {
        Self { bands, above: None }
    }

    /// The duty in place of `wanted`: the same, or the next above a band. Full is full, in a band too.
    pub(super) fn over(&mut self, fan: &Fan, wanted: Duty) -> Duty {
        // What is driven in the end is a step of the chip, which may lie in a band although the wish
        // did not.
        let speed = |duty: Duty| Rpm(fan.speed(Duty::from_pwm(duty.pwm())) * fan.full.0);
        let held = self.above.filter(|(from, to)| {
            let wanted = speed(wanted);
            wanted > Rpm(from.0 * RELEASE) && wanted < *to
        });
        self.above = held.or_else(|| self.bands.around(speed(wanted)));
        let (mut duty, mut around) = (wanted, self.above);
        // The step above one band may lie in the next.
        for _ in 0..BANDS_MAX {
            let Some((_, to)) = around else { break };
            duty = fan.duty(to.0 / fan.full.0);
            around = self.bands.around(speed(duty));
        }
        duty
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn skip(from: f64, to: f64) -> Skip {
        Skip::new(Bands::new(vec![(Rpm(from), Rpm(to))]).unwrap())
    }

    fn rpm(fan: &Fan, duty: Duty) -> f64 {
        fan.speed(Duty::from_pwm(duty.pwm())) * fan.full.0
    }

    #[test]
    fn a_small_change_below_a_band_does_not_make_the_fan_jump() {
        let (fan, mut skip) = (Fan::default(), skip(1_400.0, 1_800.0));
        let mut at = |speed: f64| rpm(&fan, skip.over(&fan, fan.duty(speed / 4_200.0)));
        assert!((1_300.0..1_400.0).contains(&at(1_350.0)));
        assert!(at(1_500.0) >= 1_800.0);
        assert!(at(1_380.0) >= 1_800.0);
        assert!((1_250.0..1_400.0).contains(&at(1_300.0)));
    }

    #[test]
    fn a_band_up_to_the_top_ends_at_full() {
        let (fan, mut skip) = (Fan::default(), skip(4_000.0, 9_000.0));
        assert_eq!(skip.over(&fan, fan.duty(0.97)), Duty::FULL);
    }

    proptest! {
        #[test]
        fn it_never_rests_in_a_band_nor_below_what_is_wanted(
            edges in prop::collection::btree_set(300_i32..4_100, 2..16),
            wanted in prop::collection::vec(0.0..1.0_f64, 1..60),
        ) {
            let fan = Fan::default();
            let edges: Vec<f64> = edges.into_iter().map(f64::from).collect();
            let pairs = edges.chunks_exact(2).map(|pair| (Rpm(pair[0]), Rpm(pair[1])));
            let bands = Bands::new(pairs.collect()).unwrap();
            let mut skip = Skip::new(bands.clone());
            for wanted in wanted {
                let wanted = Duty::new(wanted).max(fan.sustain);
                let duty = skip.over(&fan, wanted);
                prop_assert!(duty >= wanted);
                let step = rpm(&fan, duty);
                prop_assert!(bands.around(Rpm(step)).is_none(), "{step} rpm");
            }
        }
    }
}

//! How dusty the machine is: the sink's resistance to the air, learned while it runs.
//!
//! Each minute is a heat balance. What came in and did not warm the sink went to the air, partly
//! through what the fan adds, and dust divides that part:
//!
//! ```text
//! P − C·ΔTsink/60 s − G0·(Tsink − Tair)  =  1/dust · G1·nᵐ·(Tsink − Tair)
//!                y                       =  1/dust ·         x
//! ```
//!
//! A recursive least-squares estimate with forgetting finds `1/dust` from the minutes. Minutes at
//! idle weigh little by themselves, because their `x` is small.

use crate::model::Sink;
use crate::units::{Celsius, Seconds, Watts};

/// One heat balance.
const MINUTE: Seconds = Seconds(60.0);
/// What a minute's weight is multiplied by in the next; half is forgotten after two hours.
const FORGETTING: f64 = 0.9943;
/// How sure commissioning's value is, in W²: about as much as five minutes under load.
const PRIOR_WEIGHT: f64 = 2_000.0;
/// Outside of this the model is wrong, not the sink dirty.
const DUST: (f64, f64) = (0.7, 4.0);
/// With the sink this close to the air, a balance says nothing.
const RISE_MIN_K: f64 = 5.0;

/// What flows through the sink during one step.
#[derive(Clone, Copy, Debug)]
pub struct Flow {
    /// The heat that comes in.
    pub power: Watts,
    /// The sink's temperature.
    pub sink: Celsius,
    /// The air's.
    pub air: Celsius,
    /// Whether that was measured.
    pub air_measured: bool,
    /// The fan's relative speed.
    pub speed: f64,
}

/// A heat balance: `y = 1/dust · x`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Minute {
    /// What a clean fan would have carried away, in watts.
    pub x: f64,
    /// What was carried away, in watts.
    pub y: f64,
    /// How long it took.
    pub lasted: Seconds,
}

/// The estimate.
#[derive(Clone, Debug)]
pub struct Resistance {
    xx: f64,
    xy: f64,
    /// The weight of what was measured with the air, without commissioning's.
    measured: f64,
    minute: Option<Balance>,
}

/// Sums over the minute so far, in J and s; what is a rate was multiplied by its time.
#[derive(Clone, Copy, Debug)]
struct Balance {
    sink_at_start: Celsius,
    elapsed_s: f64,
    came_in_j: f64,
    left_still_j: f64,
    left_blown_clean_j: f64,
}

impl Default for Resistance {
    fn default() -> Self {
        Self { xx: PRIOR_WEIGHT, xy: PRIOR_WEIGHT, measured: 0.0, minute: None }
    }
}

impl Resistance {
    /// What divides the fan's share of the conductance: 1 as commissioned, more with dust.
    pub fn dust(&self) -> f64 {
        (self.xx / self.xy.max(f64::MIN_POSITIVE)).clamp(DUST.0, DUST.1)
    }

    /// Whether more was measured than was known before, with the air measured too: without that a warm
    /// room looks like dust.
    pub fn is_known(&self) -> bool {
        self.measured >= PRIOR_WEIGHT
    }

    /// Takes what flowed for `elapsed`. Gives the minute, if one is full and says something.
    pub fn observe(&mut self, sink: &Sink, flow: Flow, elapsed: Seconds) -> Option<Minute> {
        let rise_k = flow.sink - flow.air;
        let minute = self.minute.get_or_insert(Balance {
            sink_at_start: flow.sink,
            elapsed_s: 0.0,
            came_in_j: 0.0,
            left_still_j: 0.0,
            left_blown_clean_j: 0.0,
        });
        minute.elapsed_s += elapsed.0;
        minute.came_in_j += flow.power.0 * elapsed.0;
        minute.left_still_j += sink.still_w_per_k * rise_k * elapsed.0;
        minute.left_blown_clean_j += sink.blown(flow.speed) * rise_k * elapsed.0;
        if minute.elapsed_s < MINUTE.0 {
            return None;
        }
        let balance = *minute;
        self.minute = None;
        if rise_k.is_nan() || rise_k < RISE_MIN_K {
            return None;
        }
        let stored_j = sink.capacity_j_per_k * (flow.sink - balance.sink_at_start);
        let left_blown_j = balance.came_in_j - stored_j - balance.left_still_j;
        let minute = Minute {
            x: balance.left_blown_clean_j / balance.elapsed_s,
            y: left_blown_j / balance.elapsed_s,
            lasted: Seconds(balance.elapsed_s),
        };
        self.learn(minute, flow.air_measured);
        Some(minute)
    }

    /// Forgets the minute that a gap in time broke.
    pub fn forget_minute(&mut self) {
        self.minute = None;
    }

    fn learn(&mut self, Minute { x, y, .. }: Minute, air_measured: bool) {
        self.xx = FORGETTING * self.xx + x * x;
        self.xy = FORGETTING * self.xy + x * y;
        let weight = if air_measured { x * x } else { 0.0 };
        self.measured = FORGETTING * self.measured + weight;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Runs the model itself with a dust of its own, under a load that comes and goes.
    fn learned(dust: f64, minutes: u32) -> f64 {
        let (sink, air) = (Sink::default(), Celsius(30.0));
        let (mut resistance, mut at) = (Resistance::default(), Celsius(45.0));
        for second in 0..minutes * 60 {
            let power = Watts(if second % 600 < 200 { 46.0 } else { 5.0 });
            let flow = Flow { power, sink: at, air, air_measured: true, speed: 0.5 };
            resistance.observe(&sink, flow, Seconds(1.0));
            let out_w = sink.conductance(0.5, dust) * (at - air);
            at = Celsius(at.0 + (power.0 - out_w) / sink.capacity_j_per_k);
        }
        resistance.dust()
    }

    #[test]
    fn dust_is_found_within_hours_and_cleanliness_too() {
        for dust in [0.8, 1.0, 1.6, 2.5] {
            let found = learned(dust, 12 * 60);
            assert!((found / dust - 1.0).abs() < 0.05, "{found} for {dust}");
        }
    }

    #[test]
    fn what_was_measured_is_known_after_minutes_of_work_and_not_before() {
        assert!(!Resistance::default().is_known());
        let (sink, mut resistance) = (Sink::default(), Resistance::default());
        let mut flow = Flow {
            power: Watts(46.0),
            sink: Celsius(60.0),
            air: Celsius(30.0),
            air_measured: false,
            speed: 0.5,
        };
        let minute = |resistance: &mut Resistance, flow| {
            for _ in 0..60 {
                resistance.observe(&sink, flow, Seconds(1.0));
            }
        };
        (0..600).for_each(|_| minute(&mut resistance, flow));
        assert!(!resistance.is_known());
        flow.air_measured = true;
        let minutes = (1..).find(|_| {
            minute(&mut resistance, flow);
            resistance.is_known()
        });
        assert!(minutes.is_some_and(|minutes| (2..60).contains(&minutes)), "{minutes:?}");
    }

    #[test]
    fn a_wrong_model_stays_in_bounds() {
        assert_eq!(learned(0.2, 48 * 60), 0.7);
        assert_eq!(learned(50.0, 48 * 60), 4.0);
    }
}

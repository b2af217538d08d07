//! The heat's way out: junction, heat sink, air.
//!
//! ```text
//! junction ──Rj── sink ──1/G(n)── air         G(n) = G0 + G1 · nᵐ / dust
//!                  │
//!                  C
//! ```
//!
//! The junction follows the power within two seconds; the sink takes minutes. A fan can only cool
//! the sink. So what a controller should look at is the sink, and because no sensor sits in it, its
//! temperature is calculated from the junction's: the **virtual heat sink**. It doesn't know the
//! spikes of a junction, which no fan can catch anyway.

use crate::units::{Celsius, Seconds, Watts};

/// How fast the junction and its sensor answer a change of power.
const JUNCTION_LAG: Seconds = Seconds(2.5);
/// What smooths the sensor's noise and steps.
const SMOOTHING: Seconds = Seconds(4.0);

/// The constants of one machine's cooling.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sink {
    /// From junction to sink (`Rj`).
    pub junction_k_per_w: f64,
    /// From sink to air with the fan standing (`G0`).
    pub still_w_per_k: f64,
    /// What the fan adds at full speed, while clean (`G1`).
    pub blown_w_per_k: f64,
    /// How that grows with the relative speed (`m`).
    pub exponent: f64,
    /// What warms the sink by a kelvin (`C`).
    pub capacity_j_per_k: f64,
}

impl Default for Sink {
    /// A mini PC of the 65 W class, before commissioning measured the real one.
    fn default() -> Self {
        Self {
            junction_k_per_w: 0.45,
            still_w_per_k: 0.22,
            blown_w_per_k: 1.5,
            exponent: 0.8,
            capacity_j_per_k: 180.0,
        }
    }
}

impl Sink {
    /// What flows to the air per kelvin, in W/K, at a relative speed. `dust` divides what the fan
    /// adds: 1 is clean.
    pub fn conductance(&self, speed: f64, dust: f64) -> f64 {
        self.still_w_per_k + self.blown(speed) / dust
    }

    /// What a clean fan adds at a relative speed, in W/K.
    pub fn blown(&self, speed: f64) -> f64 {
        self.blown_w_per_k * speed.max(0.0).powf(self.exponent)
    }

    /// The relative speed that carries `power` away with the sink `rise_k` above the air. More than
    /// 1 means that no speed does; 0 that none is needed.
    pub fn speed_for(&self, power: Watts, rise_k: f64, dust: f64) -> f64 {
        if rise_k <= 0.0 {
            return f64::INFINITY;
        }
        let needed = (power.0 / rise_k - self.still_w_per_k).max(0.0) * dust;
        (needed / self.blown_w_per_k).powf(self.exponent.recip())
    }

    /// The power that keeps the junction at `junction` for ever.
    pub fn sustained(&self, junction: Celsius, air: Celsius, speed: f64, dust: f64) -> Watts {
        let resistance = self.junction_k_per_w + self.conductance(speed, dust).recip();
        Watts(((junction - air) / resistance).max(0.0))
    }
}

/// A first-order low pass; the first value sets it.
#[derive(Clone, Copy, Debug)]
pub struct LowPass {
    constant: Seconds,
    value: Option<f64>,
}

impl LowPass {
    /// One with a time constant.
    pub const fn new(constant: Seconds) -> Self {
        Self { constant, value: None }
    }

    /// Takes a value that held for `elapsed`.
    pub fn follow(&mut self, value: f64, elapsed: Seconds) -> f64 {
        let before = self.value.unwrap_or(value);
        let share = 1.0 - (-elapsed.0 / self.constant.0).exp();
        let after = before + (value - before) * share;
        self.value = Some(after);
        after
    }

    /// Forgets, so that the next value sets it.
    pub fn forget(&mut self) {
        self.value = None;
    }
}

/// The virtual heat sink: what a sensor in the sink would show.
///
/// The power takes the same way as the junction and its sensor, or a burst would look like a sink
/// that cools at its beginning and heats at its end.
#[derive(Clone, Debug)]
pub struct VirtualSink {
    junction: LowPass,
    arriving: LowPass,
    power: LowPass,
}

impl Default for VirtualSink {
    fn default() -> Self {
        Self {
            junction: LowPass::new(SMOOTHING),
            arriving: LowPass::new(JUNCTION_LAG),
            power: LowPass::new(SMOOTHING),
        }
    }
}

impl VirtualSink {
    /// The sink's temperature.
    pub fn follow(
        &mut self,
        sink: &Sink,
        junction: Celsius,
        power: Watts,
        elapsed: Seconds,
    ) -> Celsius {
        let arrived_w = self.arriving.follow(power.0, elapsed);
        let power_w = self.power.follow(arrived_w, elapsed);
        Celsius(self.junction.follow(junction.0, elapsed)).less(sink.junction_k_per_w * power_w)
    }

    /// Forgets, after a gap in time.
    pub fn forget(&mut self) {
        self.junction.forget();
        self.arriving.forget();
        self.power.forget();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn speed_and_conductance_are_inverse() {
        let sink = Sink::default();
        for dust in [1.0, 1.6] {
            for speed in [0.12, 0.5, 1.0] {
                let power = Watts(30.0 * sink.conductance(speed, dust));
                assert!((sink.speed_for(power, 30.0, dust) - speed).abs() < 1e-9);
            }
        }
        assert_eq!(sink.speed_for(Watts(3.0), 30.0, 1.0), 0.0);
        assert!(sink.speed_for(Watts(3.0), 0.0, 1.0) > 1.0);
    }

    #[test]
    fn what_is_sustained_holds_the_junction() {
        let sink = Sink::default();
        let power = sink.sustained(Celsius(83.0), Celsius(30.0), 1.0, 1.0);
        let rise_k = power.0 * (0.45 + 1.0 / 1.72);
        assert!((rise_k - 53.0).abs() < 1e-9);
        assert_eq!(sink.sustained(Celsius(20.0), Celsius(30.0), 1.0, 1.0), Watts(0.0));
    }

    #[test]
    fn a_burst_does_not_move_the_virtual_sink() {
        let sink = Sink::default();
        let mut virtual_sink = VirtualSink::default();
        let mut junction_k = 0.0;
        for second in 0..300 {
            let power = if (60..90).contains(&second) { 56.0 } else { 4.0 };
            // The junction as the model sees it: it answers with the lag, over a sink at 50 °C.
            junction_k += (0.45 * power - junction_k) * (1.0 - (-1.0_f64 / 2.5).exp());
            let seen = Celsius(50.0 + junction_k);
            let at = virtual_sink.follow(&sink, seen, Watts(power), Seconds(1.0));
            assert!(second < 30 || (at.0 - 50.0).abs() < 0.5, "{at} at {second} s");
        }
    }
}

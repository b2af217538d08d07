//! The machine: junction, heat sink, case, fan, sensors.
//!
//! ```text
//! Cj dTj/dt = P + L(Tj) − (Tj − Th)/Rjh            L = L0 · exp(b (Tj − 50))
//! Ch dTh/dt = (Tj − Th)/Rjh − (Th − Tc) · G(n)     G = G0 + G1 · nᵐ / dust
//! Cc dTc/dt = (Th − Tc) · G(n) + 0.6 · Pplat − (Tc − Ta)/Rca
//! Pfan = 0.15 + 2.45 n³      Pwall = (P + L + Pfan + Pplat)/η      dBA = 44 + 55 log₁₀ n
//! ```

use crate::units::{Celsius, Duty, Rpm, Watts};

/// The step of the integration.
pub const STEP_S: f64 = 0.25;
/// The critical temperature that the processor tells.
pub const CRITICAL_C: f64 = 100.0;
/// What no junction should pass: two kelvins below where the processor slows itself down.
pub const LIMIT_C: f64 = 95.0;
/// The package at idle.
pub const IDLE_W: f64 = 3.0;
/// The package in long work.
pub const LONG_W: f64 = 46.0;
/// The package in the first 28 s of work.
pub const SHORT_W: f64 = 56.0;
/// The speed at full duty.
pub const FULL_RPM: f64 = 4_200.0;

const SPIN_UP_S: f64 = 1.0;
const SPIN_DOWN_S: f64 = 2.5;
const THROTTLE_ON_C: f64 = 97.0;
const THROTTLE_OFF_C: f64 = 92.0;
const THROTTLED_W: f64 = 22.0;
const SENSOR_EVERY_S: f64 = 1.5;
const SENSOR_NOISE_K: f64 = 0.4;
const METER_NOISE_W: f64 = 0.3;

/// Where the noise of sensors comes from.
pub trait Noise {
    /// Draws around 0, with a standard deviation of 1.
    fn normal(&mut self) -> f64;
}

/// No noise, so that a case runs the same every time.
#[derive(Clone, Copy, Debug, Default)]
pub struct Still;

impl Noise for Still {
    fn normal(&mut self) -> f64 {
        0.0
    }
}

/// The constants of one machine.
#[derive(Clone, Copy, Debug)]
pub struct Build {
    /// Heat that the junction holds, Cj.
    pub junction_j_per_k: f64,
    /// From the junction to the sink, Rjh.
    pub junction_k_per_w: f64,
    /// Heat that the sink holds, Ch.
    pub sink_j_per_k: f64,
    /// From the sink to the case in still air, G0.
    pub still_w_per_k: f64,
    /// What the fan at full adds to that, G1.
    pub blown_w_per_k: f64,
    /// How that follows the fan's speed, m.
    pub exponent: f64,
    /// Heat that the case holds, Cc.
    pub case_j_per_k: f64,
    /// From the case to the room, Rca.
    pub case_k_per_w: f64,
    /// Leakage at 50 °C, L0.
    pub leak_w: f64,
    /// How leakage grows with heat, b.
    pub leak_per_k: f64,
    /// The fan at full.
    pub fan_full_w: f64,
    /// How the fan answers to its duty.
    pub fan: Blower,
    /// 1 is clean; more is worse.
    pub dust: f64,
    /// The room.
    pub room_c: f64,
}

/// How a fan answers to its duty: it stands below one, starts at another, and turns along a curve.
#[derive(Clone, Copy, Debug)]
pub struct Blower {
    /// The least duty that keeps it turning.
    pub sustain_pwm: u8,
    /// The least duty that starts it.
    pub start_pwm: u8,
    /// Its relative speed at the least duty.
    pub slowest: f64,
    /// The exponent of the duty's share; 1 is a line.
    pub bend: f64,
}

impl Blower {
    const MIDDLE: Self = Self { sustain_pwm: 40, start_pwm: 60, slowest: 0.12, bend: 1.0 };
}

/// What the rest of the machine takes: memory, disk, network, regulators.
const PLATFORM_W: f64 = 5.5;
const EFFICIENCY: f64 = 0.88;
const FAN_ELECTRONICS_W: f64 = 0.15;

impl Build {
    /// The middle of every range: a mini PC of the 65 W class, clean, in an office.
    pub fn middle() -> Self {
        Self {
            junction_j_per_k: 4.0,
            junction_k_per_w: 0.42,
            sink_j_per_k: 180.0,
            still_w_per_k: 0.20,
            blown_w_per_k: 1.60,
            exponent: 0.8,
            case_j_per_k: 600.0,
            case_k_per_w: 0.12,
            leak_w: 2.0,
            leak_per_k: 0.016,
            fan_full_w: 2.6,
            fan: Blower::MIDDLE,
            dust: 1.0,
            room_c: 24.0,
        }
    }

    /// The same, as it comes from the production line: `vary` gives every constant of its own.
    #[must_use]
    pub fn varied(self, mut vary: impl FnMut(f64) -> f64) -> Self {
        Self {
            junction_j_per_k: vary(self.junction_j_per_k),
            junction_k_per_w: vary(self.junction_k_per_w),
            sink_j_per_k: vary(self.sink_j_per_k),
            still_w_per_k: vary(self.still_w_per_k),
            blown_w_per_k: vary(self.blown_w_per_k),
            exponent: vary(self.exponent),
            case_j_per_k: vary(self.case_j_per_k),
            case_k_per_w: vary(self.case_k_per_w),
            leak_w: vary(self.leak_w),
            leak_per_k: vary(self.leak_per_k),
            fan_full_w: vary(self.fan_full_w),
            ..self
        }
    }
}

/// What a fault does to the machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The fan stands.
    Stalled,
    /// A worn bearing: 30 % slower at every duty.
    Worn,
    /// The junction's sensor is gone.
    SensorGone,
    /// The junction's sensor shows what it showed.
    SensorStuck,
    /// The firmware took the fan and drives it with a quarter.
    Stolen,
}

/// What flowed in one step, in watts.
#[derive(Clone, Copy, Debug)]
pub struct Flows {
    /// The processor's work.
    pub work_w: f64,
    /// Its leakage.
    pub leak_w: f64,
    /// The fan.
    pub fan_w: f64,
    /// All of it, at the wall.
    pub wall_w: f64,
}

/// What the sensors show.
#[derive(Clone, Copy, Debug)]
pub struct Shown {
    /// The junction's sensor, with its steps, its noise and its lag.
    pub junction: Option<Celsius>,
    /// The package's meter.
    pub power: Watts,
    /// The tachometer.
    pub fan: Rpm,
    /// A sensor of the board, in the air of the case: in whole kelvins.
    pub air: Celsius,
}

/// The machine at work.
#[derive(Clone, Debug)]
pub struct Plant<N> {
    /// What it is made of.
    pub build: Build,
    /// What is wrong with it.
    pub fault: Option<Fault>,
    /// How hot the junction really is.
    pub junction_c: f64,
    sink_c: f64,
    case_c: f64,
    /// The fan's, relative.
    pub speed: f64,
    spinning: bool,
    /// Whether the processor slows itself down.
    pub throttled: bool,
    meter_w: f64,
    shown_c: f64,
    show_in_s: f64,
    noise: N,
}

impl<N: Noise> Plant<N> {
    /// A machine that has been idle.
    pub fn new(build: Build, noise: N) -> Self {
        let begin_c = build.room_c + 5.0;
        Self {
            build,
            fault: None,
            junction_c: begin_c,
            sink_c: begin_c,
            case_c: begin_c,
            speed: 0.3,
            spinning: true,
            throttled: false,
            meter_w: IDLE_W,
            shown_c: begin_c.round(),
            show_in_s: 0.0,
            noise,
        }
    }

    /// One step: the processor wants `wish_w` and may take `cap_w` with its leakage.
    pub fn step(&mut self, wish_w: f64, cap_w: f64, duty: Duty) -> Flows {
        self.turn(duty);
        let Build { junction_j_per_k, sink_j_per_k, case_j_per_k, .. } = self.build;
        let leak_w = self.build.leak_w * (self.build.leak_per_k * (self.junction_c - 50.0)).exp();
        self.throttled = match self.throttled {
            true => self.junction_c >= THROTTLE_OFF_C,
            false => self.junction_c > THROTTLE_ON_C,
        };
        let most_w = if self.throttled { THROTTLED_W } else { f64::INFINITY };
        let work_w = wish_w.min(most_w).min((cap_w - leak_w).max(IDLE_W));
        let blown = self.build.blown_w_per_k * self.speed.powf(self.build.exponent);
        let conductance = self.build.still_w_per_k + blown / self.build.dust;
        let to_sink_w = (self.junction_c - self.sink_c) / self.build.junction_k_per_w;
        let to_case_w = (self.sink_c - self.case_c) * conductance;
        let to_room_w = (self.case_c - self.build.room_c) / self.build.case_k_per_w;
        self.junction_c += STEP_S * (work_w + leak_w - to_sink_w) / junction_j_per_k;
        self.sink_c += STEP_S * (to_sink_w - to_case_w) / sink_j_per_k;
        self.case_c += STEP_S * (to_case_w + 0.6 * PLATFORM_W - to_room_w) / case_j_per_k;
        let cubic_w = (self.build.fan_full_w - FAN_ELECTRONICS_W) * self.speed.powi(3);
        let fan_w = if self.speed < 0.02 { 0.0 } else { FAN_ELECTRONICS_W + cubic_w };
        let wall_w = (work_w + leak_w + fan_w + PLATFORM_W) / EFFICIENCY;
        self.measure(work_w + leak_w);
        Flows { work_w, leak_w, fan_w, wall_w }
    }

    fn turn(&mut self, duty: Duty) {
        let duty = if self.fault == Some(Fault::Stolen) { Duty::from_pwm(64) } else { duty };
        let Blower { sustain_pwm, start_pwm, slowest, bend } = self.build.fan;
        if duty < Duty::from_pwm(sustain_pwm) {
            self.spinning = false;
        } else if duty >= Duty::from_pwm(start_pwm) {
            self.spinning = true;
        }
        let sustain = Duty::from_pwm(sustain_pwm).ratio();
        let share = ((duty.ratio() - sustain) / (1.0 - sustain)).max(0.0);
        let goal = slowest + (1.0 - slowest) * share.powf(bend);
        let goal = match self.fault {
            Some(Fault::Stalled) => 0.0,
            Some(Fault::Worn) => 0.7 * goal,
            _ => goal,
        };
        let goal = if self.spinning { goal } else { 0.0 };
        let constant_s = if goal > self.speed { SPIN_UP_S } else { SPIN_DOWN_S };
        self.speed += (goal - self.speed) * STEP_S / constant_s;
    }

    fn measure(&mut self, package_w: f64) {
        self.meter_w += (package_w - self.meter_w) * STEP_S;
        self.show_in_s -= STEP_S;
        if self.show_in_s <= 0.0 {
            self.show_in_s += SENSOR_EVERY_S;
            let noise_k = SENSOR_NOISE_K * self.noise.normal();
            if self.fault != Some(Fault::SensorStuck) {
                self.shown_c = (self.junction_c + noise_k).round();
            }
        }
    }

    /// What the sensors show now.
    pub fn shown(&mut self) -> Shown {
        let known = self.fault != Some(Fault::SensorGone);
        let rpm = if self.speed < 0.05 { 0.0 } else { self.speed * FULL_RPM };
        Shown {
            junction: known.then_some(Celsius(self.shown_c)),
            power: Watts((self.meter_w + METER_NOISE_W * self.noise.normal()).max(0.0)),
            fan: Rpm(rpm.round()),
            air: Celsius(self.case_c.round()),
        }
    }

    /// How warm the air in the case is.
    pub fn case_c(&self) -> f64 {
        self.case_c
    }

    /// How loud the fan is.
    pub fn loudness_dba(&self) -> f64 {
        44.0 + 55.0 * self.speed.max(0.05).log10()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settled(work_w: f64, pwm: u8) -> Plant<Still> {
        let mut plant = Plant::new(Build::middle(), Still);
        for _ in 0..40_000 {
            plant.step(work_w, f64::INFINITY, Duty::from_pwm(pwm));
        }
        plant
    }

    #[test]
    fn in_the_steady_state_all_heat_leaves_through_the_case() {
        let plant = settled(35.0, 153);
        let build = plant.build;
        let leak_w = 2.0 * (0.016 * (plant.junction_c - 50.0)).exp();
        let heat_w = 35.0 + leak_w;
        assert!((plant.junction_c - plant.sink_c - 0.42 * heat_w).abs() < 0.01);
        let case_k = build.case_k_per_w * (heat_w + 0.6 * PLATFORM_W);
        assert!((plant.case_c - build.room_c - case_k).abs() < 0.01, "{}", plant.case_c);
    }

    #[test]
    fn more_air_is_cooler_and_louder_and_dust_is_warmer() {
        let (slow, fast) = (settled(30.0, 100), settled(30.0, 200));
        assert!(slow.junction_c > fast.junction_c + 5.0);
        assert!(slow.loudness_dba() < fast.loudness_dba() - 5.0);
        assert!((settled(3.0, 255).loudness_dba() - 44.0).abs() < 0.1);
    }

    #[test]
    fn a_fan_needs_more_to_start_than_to_go_on() {
        let mut plant = settled(3.0, 30);
        assert!(plant.speed < 0.01);
        for _ in 0..100 {
            plant.step(3.0, f64::INFINITY, Duty::from_pwm(50));
        }
        assert!(plant.speed < 0.01);
        for _ in 0..100 {
            plant.step(3.0, f64::INFINITY, Duty::from_pwm(60));
        }
        assert!(plant.speed > 0.15);
    }

    #[test]
    fn a_cap_limits_the_package_and_heat_throttles_it() {
        let mut plant = settled(3.0, 255);
        let flows = plant.step(46.0, 20.0, Duty::FULL);
        assert!((flows.work_w + flows.leak_w - 20.0).abs() < 1e-9);
        assert!(settled(90.0, 60).junction_c < 98.0);
    }
}

//! The default: feed-forward from the power, a trim by the virtual heat sink.
//!
//! The model says which speed carries the average power away with the sink at its aim. The average is
//! long, because the sink itself stores a burst: 180 J/K over 35 K are 6 kJ. What the model gets wrong
//! the trim corrects, quickly while the sink is above its aim, slowly otherwise; what dust does to the
//! sink the estimate learns. The aim leaves room for one full burst of the junction above the sink.

use super::budget::QUIET_SPEED;
use super::{BLIND_AFTER, Job, Profile, Readings, Reason, Setup, Wishes};
use crate::estimate::{Flow, Resistance};
use crate::model::{LowPass, VirtualSink};
use crate::trend::Trend;
use crate::units::{Celsius, Seconds, Watts};

/// Over which the power is averaged for the feed-forward.
const POWER_AVERAGE: Seconds = Seconds(300.0);
/// Over which a sensor of the air is averaged.
const AIR_AVERAGE: Seconds = Seconds(120.0);
/// The air inside the case when no sensor tells: an office in summer, with the machine warm.
const AIR_ASSUMED: Celsius = Celsius(32.0);
/// What the junction may reach in a burst, below critical.
const AIM_BELOW_CRITICAL_K: f64 = 17.0;
/// The burst that must fit above the sink's aim.
const BURST: Watts = Watts(50.0);
/// How much cooler the sink is kept in a boost.
const BOOST_K: f64 = 8.0;
/// No job lets the fan run faster before there is heat.
const JOB_SPEED_MAX: f64 = 0.6;
/// Relative speed per kelvin above the aim.
const PROPORTIONAL_PER_K: f64 = 0.05;
/// Relative speed per kelvin and second.
const INTEGRAL_PER_K_S: f64 = 0.000_15;
/// How far the trim corrects the model, in relative speed.
const TRIM: (f64, f64) = (-0.12, 0.5);

/// What the model knows about one moment.
#[derive(Clone, Copy, Debug)]
pub(super) struct Thermal {
    /// The junction as it was read.
    pub(super) junction: Celsius,
    /// The virtual heat sink.
    pub(super) sink: Celsius,
    /// The air in the case.
    pub(super) air: Celsius,
    /// The heat that flows.
    pub(super) power: Watts,
}

/// The automatic curve's memory.
#[derive(Clone, Debug)]
pub(super) struct Auto {
    sink: VirtualSink,
    power: LowPass,
    air: LowPass,
    resistance: Resistance,
    pub(super) trend: Trend,
    trim: f64,
}

impl Default for Auto {
    fn default() -> Self {
        Self {
            sink: VirtualSink::default(),
            power: LowPass::new(POWER_AVERAGE),
            air: LowPass::new(AIR_AVERAGE),
            resistance: Resistance::default(),
            trend: Trend::default(),
            trim: 0.0,
        }
    }
}

impl Auto {
    /// Follows the readings and learns from them, if the junction is known. Runs under every curve, because the budget needs it.
    pub(super) fn follow(
        &mut self,
        setup: &Setup,
        seen: &Readings<'_>,
        speed: Option<f64>,
        elapsed: Seconds,
    ) -> Option<Thermal> {
        let junction = seen.junction.value()?;
        let power = power(setup, seen);
        let air = seen.air.within(BLIND_AFTER).filter(|air| (-10.0..=70.0).contains(&air.0));
        let air_measured = air.is_some();
        let air = Celsius(self.air.follow(air.unwrap_or(AIR_ASSUMED).0, elapsed));
        let sink = self.sink.follow(&setup.sink, junction, power, elapsed);
        match speed {
            Some(speed) => {
                let flow = Flow { power, sink, air, air_measured, speed };
                let minute = self.resistance.observe(&setup.sink, flow, elapsed);
                if let Some(minute) = minute.filter(|_| air_measured) {
                    self.trend.observe(minute);
                }
            }
            // Of a fan whose speed nobody knows nothing can be learned.
            None => self.resistance.forget_minute(),
        }
        Some(Thermal { junction, sink, air, power })
    }

    /// The relative speed to run at; more than 1 where no speed is enough.
    pub(super) fn speed(
        &mut self,
        setup: &Setup,
        thermal: &Thermal,
        profile: Profile,
        elapsed: Seconds,
    ) -> (f64, Reason) {
        let aim = Self::aim(setup, profile);
        let average = Watts(self.power.follow(thermal.power.0, elapsed));
        let forward = setup.sink.speed_for(average, aim - thermal.air, self.dust()).min(2.0);
        let error_k = thermal.sink - aim;
        let speed = forward + self.trim + PROPORTIONAL_PER_K * error_k.max(0.0);
        let saturated = match error_k > 0.0 {
            true => speed >= 1.0,
            false => speed <= setup.fan.slowest,
        };
        if !saturated {
            let trim = self.trim + INTEGRAL_PER_K_S * error_k * elapsed.0;
            self.trim = trim.clamp(TRIM.0, TRIM.1);
        }
        (speed, Reason::Sink { at: thermal.sink, aim })
    }

    /// What the sink is kept below.
    pub(super) fn aim(setup: &Setup, profile: Profile) -> Celsius {
        let aim = setup.limits.critical.less(AIM_BELOW_CRITICAL_K);
        let aim = aim.less(setup.sink.junction_k_per_w * BURST.0);
        if profile == Profile::Boost { aim.less(BOOST_K) } else { aim }
    }

    /// The relative speed that a job will need. A short one warms the sink less.
    pub(super) fn speed_for(
        &self,
        setup: &Setup,
        job: &Job,
        thermal: &Thermal,
        wishes: &Wishes,
    ) -> f64 {
        let most = setup.limits.power_max.0;
        let power_w = if job.power.0 < most { job.power.0.max(0.0) } else { most };
        let share = 1.0 - (-job.lasts.0.max(0.0) / POWER_AVERAGE.0).exp();
        let rise_k = Self::aim(setup, wishes.profile) - thermal.air;
        let speed = setup.sink.speed_for(Watts(power_w * share), rise_k, self.dust());
        let quiet = wishes.profile == Profile::Quiet;
        speed.min(if quiet { QUIET_SPEED } else { JOB_SPEED_MAX })
    }

    /// Whether the resistance was measured.
    pub(super) fn resistance_is_known(&self) -> bool {
        self.resistance.is_known()
    }

    /// The sink's resistance relative to a clean one, as of these hours.
    pub(super) fn dust(&self) -> f64 {
        self.resistance.dust()
    }

    /// Begins anew after a gap in time. What was learned about the machine stays.
    pub(super) fn forget_averages(&mut self) {
        self.sink.forget();
        self.power.forget();
        self.air.forget();
        self.resistance.forget_minute();
    }
}

/// The package's power. Without a meter it is guessed from the load; without that too it counts as
/// none, which makes the sink as hot as the junction: loud, but on the safe side.
fn power(setup: &Setup, seen: &Readings<'_>) -> Watts {
    if let Some(power) = seen.power.within(BLIND_AFTER) {
        return power;
    }
    let limits = &setup.limits;
    let load = seen.load.within(BLIND_AFTER).filter(|load| (0.0..=1.0).contains(load));
    Watts(load.unwrap_or(0.0) * limits.power_max.0)
}

//! The controllers that are compared: what offices have today, and ours.

use hearth_hwctl::bands::Bands;
use hearth_hwctl::control::{
    Commands, Controller, Driver, FanCommand, Health, Heat, Limits, Readings, Setup,
};
use hearth_hwctl::curve::{self, Curve};
use hearth_hwctl::fan::Fan;
use hearth_hwctl::model::Sink;
use hearth_hwctl::sense::{Reading, Why};
use hearth_hwctl::units::{Celsius, Duty, Seconds, Watts};

use super::plant::{CRITICAL_C, Shown};

/// The least duty of everybody: the fan is certain to start.
const LEAST_PWM: u8 = 60;
/// How much a package takes with its leakage when nothing limits it, and when all does.
const LIMITS: Limits =
    Limits { critical: Celsius(CRITICAL_C), power_max: Watts(60.0), power_min: Watts(8.0) };

/// Who controls.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Rival {
    /// Full, always.
    Full,
    /// The three-step rule of the load, every 10 s.
    Steps,
    /// fancontrol: a line, every 10 s, over the average of the last `average` readings.
    Fancontrol { from_c: f64, to_c: f64, average: usize },
    /// A BIOS: a line, every second.
    Bios,
    /// A PI controller on the junction.
    Pi { aim_c: f64, per_k: f64, per_k_s: f64 },
    /// Hearth's automatic curve.
    Ours,
    /// The same on a machine whose power can't be limited.
    OursFanOnly,
    /// The same after the machine was measured.
    OursMeasured,
    /// The same with a sensor of the air in the case.
    OursWithAir,
}

/// What a controller sees.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Seen {
    pub(crate) shown: Shown,
    pub(crate) load: f64,
    pub(crate) now_s: f64,
}

/// What it does.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Act {
    pub(crate) duty: Duty,
    /// The most that the package may take; infinite without a limit.
    pub(crate) cap_w: f64,
    /// The firmware has the fan.
    pub(crate) handed_back: bool,
}

impl Act {
    fn duty(duty: Duty) -> Self {
        Self { duty, cap_w: f64::INFINITY, handed_back: false }
    }
}

impl Rival {
    /// How it is called in tables.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Full => "fixed_full",
            Self::Steps => "three_steps",
            Self::Fancontrol { average: 1, .. } => "fancontrol",
            Self::Fancontrol { .. } => "fancontrol_average",
            Self::Bios => "bios_like",
            Self::Pi { .. } => "pi_on_junction",
            Self::Ours => "hwctl",
            Self::OursFanOnly => "hwctl_fan_only",
            Self::OursMeasured => "hwctl_measured",
            Self::OursWithAir => "hwctl_with_air",
        }
    }

    /// One at work.
    pub(crate) fn begin(self) -> Cooling {
        let setup = Setup {
            curve: Curve::Auto,
            sink: Sink::default(),
            fan: Fan::default(),
            bands: Bands::default(),
            limits: LIMITS,
        };
        let controller =
            matches!(self, Self::Ours | Self::OursFanOnly | Self::OursMeasured | Self::OursWithAir);
        Cooling {
            rival: self,
            recent: Vec::new(),
            integral: 0.0,
            controller: controller.then(|| Controller::new(setup)),
            health: None,
        }
    }
}

/// A controller at work.
#[derive(Debug)]
pub(crate) struct Cooling {
    rival: Rival,
    recent: Vec<f64>,
    integral: f64,
    controller: Option<Controller>,
    /// What ours finds to be wrong.
    pub(crate) health: Option<Health>,
}

impl Cooling {
    /// Goes on with what was measured.
    pub(crate) fn adopt(&mut self, (fan, sink): (Fan, Sink)) {
        if let Some(controller) = &mut self.controller {
            controller.adopt(fan, sink);
        }
    }

    /// How often it acts.
    pub(crate) fn period_s(&self) -> f64 {
        match self.rival {
            Rival::Steps | Rival::Fancontrol { .. } => 10.0,
            _ => 1.0,
        }
    }

    /// What it does now. Without a reading a rival goes on as if the last one held, which is the
    /// best that any of them does.
    pub(crate) fn act(&mut self, seen: &Seen) -> Act {
        let last_c = self.recent.last().copied().unwrap_or(CRITICAL_C);
        let junction_c = seen.shown.junction.map_or(last_c, |junction| junction.0);
        self.recent.push(junction_c);
        match self.rival {
            Rival::Full => Act::duty(Duty::FULL),
            Rival::Steps => Act::duty(curve::three_steps(seen.load)),
            Rival::Fancontrol { from_c, to_c, average } => {
                let old = self.recent.len().saturating_sub(average);
                self.recent.drain(..old);
                let mean_c = self.recent.iter().sum::<f64>() / self.recent.len() as f64;
                Act::duty(line(mean_c, from_c, to_c))
            }
            Rival::Bios => Act::duty(bios(self.keep_one())),
            Rival::Pi { aim_c, per_k, per_k_s } => {
                let error_k = self.keep_one() - aim_c;
                let least = Duty::from_pwm(LEAST_PWM).ratio();
                let wanted = least + per_k * error_k + self.integral;
                // Integrates only where it can act, or back to there.
                if !(wanted >= 1.0 && error_k > 0.0 || wanted <= least && error_k < 0.0) {
                    self.integral = (self.integral + per_k_s * error_k).clamp(0.0, 1.0);
                }
                Act::duty(Duty::new(wanted).max(Duty::new(least)))
            }
            Rival::Ours | Rival::OursFanOnly | Rival::OursMeasured | Rival::OursWithAir => {
                self.ours(seen)
            }
        }
    }

    fn keep_one(&mut self) -> f64 {
        let last_c = self.recent.pop().unwrap_or(CRITICAL_C);
        self.recent.clear();
        self.recent.push(last_c);
        last_c
    }

    fn ours(&mut self, seen: &Seen) -> Act {
        self.keep_one();
        let Some(commands) = self.step(seen) else { return Act::duty(Duty::FULL) };
        let (duty, handed_back) = match commands.fan {
            FanCommand::Duty(duty) => (duty, false),
            FanCommand::HandBack => (Duty::FULL, true),
        };
        let cap_w = match commands.heat {
            _ if self.rival == Rival::OursFanOnly => f64::INFINITY,
            Heat::Free => f64::INFINITY,
            Heat::Capped(cap) => cap.0,
            Heat::Floor | Heat::PowerOff => LIMITS.power_min.0,
        };
        Act { duty, cap_w, handed_back }
    }

    fn step(&mut self, seen: &Seen) -> Option<Commands> {
        let readings = Readings {
            junction: seen.shown.junction.map_or(Reading::Unknown(Why::Missing), Reading::now),
            power: Reading::now(seen.shown.power),
            load: Reading::now(seen.load),
            fan: Reading::now(seen.shown.fan),
            driver: Driver::Us,
            // None of the others gets a sensor of the air.
            air: match self.rival {
                Rival::OursWithAir => Reading::now(seen.shown.air),
                _ => Reading::Unknown(Why::Missing),
            },
            asides: &[],
        };
        let controller = self.controller.as_mut()?;
        let commands = controller.step(&readings, Seconds(seen.now_s));
        self.health = Some(commands.health);
        Some(commands)
    }
}

fn line(junction_c: f64, from_c: f64, to_c: f64) -> Duty {
    curve::linear(Celsius(junction_c), Celsius(from_c), Celsius(to_c), Duty::from_pwm(LEAST_PWM))
}

/// The line that a BIOS drives its fan with, also when the fan was handed back to it.
pub(crate) fn bios(junction_c: f64) -> Duty {
    line(junction_c, 45.0, 85.0)
}

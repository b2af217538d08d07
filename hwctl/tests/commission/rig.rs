//! A commissioning, and a drill, of the simulated machine, with the controller above them as in the
//! program: it looks, attempts and acts once a second.

use hearth_hwctl::bands::Bands;
use hearth_hwctl::commission::{Commission, Echo, Next, Seen};
use hearth_hwctl::control::{
    Attempt, Commands, Controller, Driver, FanCommand, Limits, Readings, Reason, Setup,
};
use hearth_hwctl::curve::Curve;
use hearth_hwctl::fan::Fan;
use hearth_hwctl::model::Sink;
use hearth_hwctl::sense::{Reading, Why};
use hearth_hwctl::units::{Celsius, Duty, Rpm, Seconds, Watts};

use super::random::Draws;
use hearth_hwctl::simulated::plant::{Build, Noise as _, Plant, STEP_S};

/// A driver's memory.
const CACHE: Seconds = Seconds(2.0);
/// What a full load takes.
const WORK_W: f64 = 43.0;
const IDLE_W: f64 = 3.0;

/// How the machine differs from a good one.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Nature {
    /// The chip knows only multiples of this.
    pub(crate) quantum: u8,
    /// Where the fan's tachometer is among three; nowhere if there is none.
    pub(crate) tach: Option<usize>,
    pub(crate) has_meter: bool,
    /// The load that is asked for has no effect.
    pub(crate) idle_load: bool,
}

pub(crate) const GOOD: Nature =
    Nature { quantum: 1, tach: Some(0), has_meter: true, idle_load: false };

pub(crate) struct Rig {
    pub(crate) plant: Plant<Draws>,
    pub(crate) controller: Controller,
    pub(crate) nature: Nature,
    pub(crate) now_s: f64,
    pub(crate) load: f64,
    /// What other people make it work.
    pub(crate) others: f64,
    driver: Driver,
    pwm: u8,
    changed_s: f64,
    shown: [Rpm; 3],
    shown_s: f64,
    noise: Draws,
    attempted: bool,
    /// The chip does not do what it is told.
    pub(crate) deaf: bool,
    commands: Option<Commands>,
}

impl Rig {
    pub(crate) fn new(build: Build, nature: Nature, seed: u64) -> Self {
        let limits =
            Limits { critical: Celsius(100.0), power_max: Watts(60.0), power_min: Watts(8.0) };
        let setup = Setup {
            curve: Curve::Auto,
            sink: Sink::default(),
            fan: Fan::default(),
            bands: Bands::default(),
            limits,
        };
        Self {
            plant: Plant::new(build, Draws::new(seed, 3)),
            controller: Controller::new(setup),
            nature,
            now_s: 100.0,
            load: 0.0,
            others: 0.0,
            driver: Driver::Us,
            pwm: 128,
            changed_s: 0.0,
            shown: [Rpm(1_000.0); 3],
            shown_s: 0.0,
            noise: Draws::new(seed, 4),
            attempted: false,
            deaf: false,
            commands: None,
        }
    }

    /// A second passes; what the controller did in it.
    pub(crate) fn second(&mut self, attempt: Option<Attempt>) -> Commands {
        let work = if self.nature.idle_load { 0.0 } else { self.load.max(self.others) };
        for _ in 0..4 {
            let firmware = Duty::new(0.5);
            let duty = if self.driver == Driver::Us { Duty::from_pwm(self.pwm) } else { firmware };
            self.plant.step(IDLE_W + work * WORK_W, f64::INFINITY, duty);
            self.now_s += STEP_S;
        }
        if self.now_s - self.shown_s >= CACHE.0 {
            self.shown_s = self.now_s;
            let turns = self.plant.shown().fan.0;
            let rpm = if turns > 0.0 { (turns + 8.0 * self.noise.normal()).round() } else { 0.0 };
            // The other two are the firmware's and do what they like.
            self.shown = std::array::from_fn(|nth| {
                let other = 1_500.0 + 200.0 * (self.now_s / 40.0 + nth as f64).sin();
                Rpm(if self.nature.tach == Some(nth) { rpm } else { other })
            });
        }
        self.attempted = attempt.is_some();
        self.controller.attempt(attempt);
        let readings = self.readings();
        let commands = self.controller.step(&readings, Seconds(self.now_s));
        self.commands = Some(commands);
        match commands.fan {
            FanCommand::HandBack => self.driver = Driver::Firmware,
            FanCommand::Duty(duty) => {
                self.driver = Driver::Us;
                let pwm = duty.pwm() / self.nature.quantum * self.nature.quantum;
                if pwm != self.pwm {
                    (self.pwm, self.changed_s) = (pwm, self.now_s);
                }
            }
        }
        commands
    }

    /// The junction, as far as the controller believes it.
    pub(crate) fn junction(&mut self) -> Reading<Celsius> {
        match self.commands.and_then(|commands| commands.health.junction) {
            None => self.readings().junction,
            Some(why) => Reading::Unknown(why),
        }
    }

    /// What the fan's own tachometer shows.
    pub(crate) fn fan(&mut self) -> Reading<Rpm> {
        self.readings().fan
    }

    fn readings(&mut self) -> Readings<'static> {
        let shown = self.plant.shown();
        let unknown = Reading::Unknown(Why::Missing);
        Readings {
            junction: shown.junction.map_or(Reading::Unknown(Why::Fault), Reading::now),
            power: if self.nature.has_meter { Reading::now(shown.power) } else { unknown },
            load: Reading::now(self.load),
            fan: self
                .nature
                .tach
                .map_or(Reading::Unknown(Why::Missing), |nth| Reading::now(self.shown[nth])),
            driver: self.driver,
            air: Reading::Unknown(Why::Missing),
            asides: &[],
        }
    }

    /// What came of the last attempt.
    pub(crate) fn echo(&self, commands: &Commands) -> Echo {
        let granted = matches!(commands.reason, Reason::Calibrating | Reason::Drill);
        match (self.attempted, granted) {
            (true, false) => Echo::Overruled,
            _ if self.driver == Driver::Firmware => Echo::Unknown,
            // What was written is read back when the cache has expired, and then every so often.
            _ if self.now_s - self.changed_s < CACHE.0 => Echo::Unknown,
            _ if (self.now_s - self.changed_s) % 3.0 >= 1.0 => Echo::Unknown,
            _ if self.deaf => Echo::Disobeyed,
            _ => Echo::Says(self.pwm),
        }
    }

    /// What a commissioning sees.
    pub(crate) fn calibrate(&mut self, commission: &mut Commission, commands: &Commands) -> Next {
        let (junction, power) = (self.junction(), self.readings().power);
        let tachs = self.shown.map(Reading::now);
        let echo = self.echo(commands);
        let seen = Seen { junction, power, tachs: &tachs, echo };
        commission.step(&seen, Seconds(self.now_s))
    }

    /// Runs one to its end; `each` sees every second and may break something.
    pub(crate) fn commission(&mut self, mut each: impl FnMut(&mut Self, &mut Commission)) -> Next {
        let mut commission = Commission::new(Seconds(2.5));
        let mut commands = self.second(None);
        let (mut progress, begun_s) = (0.0, self.now_s);
        loop {
            each(self, &mut commission);
            let next = self.calibrate(&mut commission, &commands);
            let Next::Try(order) = next else {
                self.load = 0.0;
                assert_eq!(self.calibrate(&mut commission, &commands), next, "an end is an end");
                return next;
            };
            assert!(commission.progress() >= progress && commission.progress() <= 1.0);
            progress = commission.progress();
            assert!(self.now_s - begun_s < 3_700.0, "it does not end");
            self.load = order.load;
            commands = self.second(Some(Attempt::Calibrate(order.duty)));
        }
    }
}

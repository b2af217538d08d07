//! Commissioning and drills in the running program: what decides is pure ([`crate::commission`],
//! [`crate::drill`]); this begins one at somebody's wish, shows it what came of its attempts, makes its
//! load, and keeps what it found.
//!
//! The control thread waits for none of it: a result is stored by a thread of its own.

use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::thread;

use crate::burner::Load;
use crate::calibration::{Calibration, CalibrationError, Fingerprint};
use crate::clock::Clock;
use crate::commission::{Abort, Commission, Echo, Measured, Next, NoSink, Part, Seen};
use crate::control::{Attempt, Commands, Controller, FanCommand, Reason};
use crate::drill::{self, Drill, Failure};
use crate::fan::Fan;
use crate::machine::{Look, Machine, Place, Wires};
use crate::model::Sink;
use crate::sense::Reading;
use crate::status;
use crate::sysfs::discover::Inventory;
use crate::sysfs::drive::Outcome;
use crate::sysfs::quirks;
use crate::units::Seconds;

/// What can be asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Wish {
    /// Measure fan and sink.
    Calibrate,
    /// See whether the fan still obeys.
    Drill,
    /// End either.
    Stop,
}

/// What is known of this machine from a commissioning.
#[derive(Clone, Debug)]
enum Known {
    /// Nothing.
    Nothing,
    /// This.
    Stored(Box<Calibration>),
    /// Something that can't be used here: the firmware keeps the fan.
    Mismatch,
}

#[derive(Debug)]
enum Running {
    Calibration(Box<Commission>, Load),
    Drill(Drill),
}

/// What came of storing, once it is known.
type Stored = Arc<Mutex<Option<Result<(), CalibrationError>>>>;

/// What is being tried, and what came of it.
#[derive(Debug)]
pub struct Trials {
    state: PathBuf,
    clock: Clock,
    known: Known,
    running: Option<Running>,
    attempt: Option<Attempt>,
    ended: Option<status::Calibration>,
    drill: Option<status::Drill>,
    storing: Option<Stored>,
}

impl Trials {
    /// With what is stored for this machine and the fan that is to be taken; what can't be used is
    /// said once.
    pub fn open(state: PathBuf, place: &Place, inventory: &Inventory, clock: Clock) -> Self {
        let machine = (&place.root, inventory);
        let known = match Calibration::load_for(&state, machine, place.take.as_deref()) {
            Ok(Some(calibration)) => Known::Stored(Box::new(calibration)),
            Ok(None) => Known::Nothing,
            Err(error) => {
                eprintln!("hearth-hwctl: {error}");
                Known::Mismatch
            }
        };
        let (running, attempt, ended, drill, storing) = (None, None, None, None, None);
        Self { state, clock, known, running, attempt, ended, drill, storing }
    }

    /// The fan and the sink as they were measured, or typical ones.
    pub fn constants(&self) -> (Fan, Sink) {
        match &self.known {
            Known::Stored(calibration) => (calibration.fan(), calibration.sink()),
            Known::Nothing | Known::Mismatch => (Fan::default(), Sink::default()),
        }
    }

    /// What is known of the fan's wires.
    pub fn wires(&self) -> Wires {
        match &self.known {
            Known::Stored(calibration) => Wires {
                tach: calibration.tach().cloned(),
                echo_off: calibration.echo_off(),
                held_back: false,
            },
            Known::Nothing => Wires::default(),
            Known::Mismatch => Wires { held_back: true, ..Wires::default() },
        }
    }

    /// What to try now.
    pub fn attempt(&self) -> Option<Attempt> {
        self.attempt
    }

    /// What is done with the fan: with constants of another machine nothing but measuring.
    pub fn permit(&self, command: FanCommand) -> FanCommand {
        let calibrates = matches!(self.running, Some(Running::Calibration(..)));
        if matches!(self.known, Known::Mismatch) && !calibrates {
            FanCommand::HandBack
        } else {
            command
        }
    }

    /// Begins or ends what is wished. One thing is done at a time, and the first one goes on.
    pub fn take(&mut self, wish: Wish, machine: &mut Machine) {
        match (wish, &mut self.running) {
            (Wish::Stop, Some(Running::Calibration(commission, _))) => commission.stop(),
            (Wish::Stop, Some(Running::Drill(drill))) => drill.stop(),
            (Wish::Stop, None) | (_, Some(_)) => {}
            (Wish::Calibrate, None) => self.calibrate(machine),
            (Wish::Drill, None) => match machine.taken() {
                Some(_) if !matches!(self.known, Known::Mismatch) => {
                    self.running = Some(Running::Drill(Drill::default()));
                }
                _ => self.judge(Some(status::DrillWhy::NoFan)),
            },
        }
    }

    fn calibrate(&mut self, machine: &mut Machine) {
        let Some(key) = machine.taken() else {
            self.ended = Some(aborted(status::CalibrationWhy::NoFan));
            return;
        };
        eprintln!("hearth-hwctl: {key} is being measured");
        let commission = Box::new(Commission::new(quirks::of(&key.driver).cache));
        self.running = Some(Running::Calibration(commission, Load::open(machine.root())));
        machine.measure();
    }

    /// Goes on after a tick. What was measured holds from now on.
    pub fn step(
        &mut self,
        tick: &Tick<'_>,
        (machine, controller): (&mut Machine, &mut Controller),
        now: Seconds,
    ) {
        self.look_at_storing();
        let echo = tick.echo(self.attempt);
        let junction = match tick.commands.health.junction {
            None => tick.look.junction,
            Some(why) => Reading::Unknown(why),
        };
        match &mut self.running {
            None => {}
            Some(Running::Calibration(commission, load)) => {
                let seen = Seen { junction, power: tick.look.power, tachs: &tick.look.fans, echo };
                match commission.step(&seen, now) {
                    Next::Try(order) => {
                        self.attempt = Some(Attempt::Calibrate(order.duty));
                        load.make(order.load);
                    }
                    end => {
                        self.end();
                        self.conclude(end, machine);
                        machine.rewire(self.wires());
                        if let Next::Done(_) = end {
                            let (fan, sink) = self.constants();
                            controller.adopt(fan, sink);
                        }
                    }
                }
            }
            Some(Running::Drill(drill)) => {
                let (fan, wanted) = (tick.look.fans[0], controller.wanted());
                match drill.step(&drill::Seen { junction, fan, wanted, echo }, now) {
                    drill::Next::Try(drill::Order::Duty(duty)) => {
                        self.attempt = Some(Attempt::Drill(duty));
                    }
                    drill::Next::Try(drill::Order::HandBack) => {
                        self.attempt = Some(Attempt::HandBack);
                    }
                    drill::Next::Over(end) => {
                        self.end();
                        self.judge(end.err().map(drill_why));
                    }
                }
            }
        }
    }

    fn end(&mut self) {
        (self.running, self.attempt) = (None, None);
    }

    fn conclude(&mut self, end: Next, machine: &Machine) {
        let why = match end {
            Next::Done(measured) => return self.keep(&measured, machine),
            Next::Try(_) => return,
            Next::Aborted(Abort::TooHot) => status::CalibrationWhy::TooHot,
            Next::Aborted(Abort::FanUntold) => status::CalibrationWhy::FanUntold,
            Next::Aborted(Abort::Blind) => status::CalibrationWhy::Blind,
            Next::Aborted(Abort::Stopped) => status::CalibrationWhy::Stopped,
        };
        eprintln!("hearth-hwctl: the fan was not measured: {why:?}");
        self.ended = Some(aborted(why));
    }

    fn judge(&mut self, why: Option<status::DrillWhy>) {
        let at_unix_s = self.clock.unix_s();
        self.drill = Some(status::Drill { at_unix_s, passed: why.is_none(), why });
    }

    /// Keeps what was measured, for now and for later.
    fn keep(&mut self, measured: &Measured, machine: &Machine) {
        let (root, inventory) = (machine.root(), machine.inventory());
        let taken = machine.taken().and_then(|key| inventory.fan(&key.to_string()));
        let Some(fan) = taken else {
            self.ended = Some(aborted(status::CalibrationWhy::NoFan));
            return;
        };
        let tach = machine.parts().fans.get(measured.tach).map(|fan| fan.key.clone());
        let tach = tach.filter(|tach| *tach != fan.key);
        let fingerprint = Fingerprint::of(root, inventory, fan);
        let calibration = Calibration::new(fingerprint, measured, tach, self.clock.unix_s());
        eprintln!("hearth-hwctl: {} was measured", fan.key);
        self.ended = None;
        self.known = Known::Stored(Box::new(calibration.clone()));
        let (state, stored) = (self.state.clone(), Stored::default());
        let place = Arc::clone(&stored);
        let store = move || {
            let done = calibration.store(&state);
            if let Ok(mut place) = place.lock() {
                *place = Some(done);
            }
        };
        let thread = thread::Builder::new().name("hwctl-store".to_owned());
        match thread.spawn(store) {
            Ok(_) => self.storing = Some(stored),
            Err(error) => {
                eprintln!("hearth-hwctl: what was measured can't be stored: {error}");
                self.ended = Some(not_stored());
            }
        }
    }

    fn look_at_storing(&mut self) {
        let Some(storing) = &self.storing else { return };
        let Some(done) = storing.try_lock().ok().and_then(|mut done| done.take()) else { return };
        self.storing = None;
        if let Err(error) = done {
            eprintln!("hearth-hwctl: {error}");
            self.ended = Some(not_stored());
        }
    }

    /// How commissioning stands.
    pub fn status(&self) -> status::Calibration {
        if let Some(Running::Calibration(commission, _)) = &self.running {
            let step = match commission.part() {
                Part::Find => status::CalibrationStep::Find,
                Part::Sweep => status::CalibrationStep::Sweep,
                Part::Start => status::CalibrationStep::Start,
                Part::Load => status::CalibrationStep::Load,
            };
            let (state, progress) = (status::CalibrationState::Running, commission.progress());
            return status::Calibration { state, step: Some(step), progress, why: None };
        }
        if let Some(ended) = self.ended {
            return ended;
        }
        let (state, why) = match &self.known {
            Known::Nothing => (status::CalibrationState::None, None),
            Known::Mismatch => (status::CalibrationState::Mismatch, None),
            Known::Stored(calibration) => {
                let why = calibration.no_sink().map(|why| match why {
                    NoSink::NoMeter => status::CalibrationWhy::NoMeter,
                    NoSink::NoFit => status::CalibrationWhy::NoFit,
                });
                (status::CalibrationState::Stored, why)
            }
        };
        status::Calibration { state, why, ..status::Calibration::default() }
    }

    /// The last drill.
    pub fn drill(&self) -> Option<status::Drill> {
        self.drill
    }
}

/// What one tick came to.
#[derive(Clone, Copy, Debug)]
pub struct Tick<'a> {
    /// What was seen.
    pub look: &'a Look,
    /// What was decided.
    pub commands: &'a Commands,
    /// What came of driving the fan.
    pub outcome: Option<Outcome>,
}

impl Tick<'_> {
    fn echo(&self, attempt: Option<Attempt>) -> Echo {
        let granted = matches!(self.commands.reason, Reason::Calibrating | Reason::Drill);
        if attempt.is_some() && !granted {
            return Echo::Overruled;
        }
        match (self.outcome, self.commands.fan) {
            (Some(Outcome::Applied), FanCommand::Duty(duty)) => Echo::Says(duty.pwm()),
            (Some(Outcome::Quantised(shown)), _) => Echo::Says(shown),
            (None, _) | (Some(Outcome::Applied), FanCommand::HandBack) => Echo::Unknown,
            (Some(_), _) => Echo::Disobeyed,
        }
    }
}

fn aborted(why: status::CalibrationWhy) -> status::Calibration {
    let state = status::CalibrationState::Aborted;
    status::Calibration { state, why: Some(why), ..status::Calibration::default() }
}

fn not_stored() -> status::Calibration {
    let state = status::CalibrationState::Stored;
    let why = Some(status::CalibrationWhy::NotStored);
    status::Calibration { state, why, ..status::Calibration::default() }
}

fn drill_why(failure: Failure) -> status::DrillWhy {
    match failure {
        Failure::FanDidNotFollow => status::DrillWhy::FanDidNotFollow,
        Failure::TooHot => status::DrillWhy::TooHot,
        Failure::Blind => status::DrillWhy::Blind,
        Failure::Stopped => status::DrillWhy::Stopped,
    }
}

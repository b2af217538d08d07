//! The machine as the control loop sees it: open sensors to look at, a fan to act on.
//!
//! Files are opened before the loop and stay open. A device that goes takes its files with it; then
//! everything is found again, at most every ten seconds.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use thiserror::Error;

use crate::air::Air;
use crate::clock::Clock;
use crate::control::{ASIDES_MAX, Aside, Driver, FanCommand, Limits, Readings};
use crate::load::LoadMeter;
use crate::parts::{FANS_MAX, Parts, TEMPERATURES_MAX};
use crate::readers::{Input, Readers};
use crate::sense::{Moved, Reading, Why};
use crate::sysfs::discover::{Inventory, Trust};
use crate::sysfs::drive::{Drive, Outcome, Ports, Verdict};
use crate::sysfs::originals::{Originals, OriginalsError};
use crate::sysfs::power::Meter;
use crate::sysfs::{Access, Attribute, Key, Kind, Root, parse, read};
use crate::units::{Celsius, Rpm, Seconds, Watts};

/// How often a machine that lost something is looked at anew.
const RESOLVE_EVERY: Seconds = Seconds(10.0);
/// The critical temperature of a processor that tells none.
const CRITICAL_UNTOLD: Celsius = Celsius(95.0);
/// A junction that is somebody's calculation may be hotter than told by so much.
const DOUBTED_K: f64 = 10.0;
/// What a package takes at most when no limit is told, and at least.
const POWER_MAX_UNTOLD: Watts = Watts(65.0);
const POWER_MIN: Watts = Watts(8.0);
/// How far a chip may be off while it is measured.
const MEASURED_STEP: u8 = 32;
const UNKNOWN: Reading<Celsius> = Reading::Unknown(Why::Missing);

/// Why a machine can't be watched.
#[derive(Debug, Error)]
pub enum MachineError {
    /// A fan's mode can't be kept.
    #[error(transparent)]
    Originals(#[from] OriginalsError),
    /// The threads that read slow sensors can't be started.
    #[error("can't start a thread: {0}; no fan is taken")]
    Threads(#[source] io::Error),
    /// The fan came back as files that did not exist when the locks were set.
    #[error("{key} came back as new files, which this run may not write: it has to start again")]
    CameBack {
        /// The fan.
        key: String,
    },
}

/// Where the machine is and which fan is ours.
#[derive(Clone, Debug)]
pub struct Place {
    /// The machine's root.
    pub root: Root,
    /// Where the fans' original modes are kept.
    pub run: PathBuf,
    /// The key of the fan to take. Without one the firmware keeps all.
    pub take: Option<String>,
    /// What commissioning found out about its wires.
    pub wires: Wires,
}

/// What is known of a fan beyond what its chip says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wires {
    /// The tachometer that answers to it, if it is not the one of its channel.
    pub tach: Option<Key>,
    /// How far the duty that the chip shows may be off the one that was asked.
    pub echo_off: u8,
    /// Whether the firmware keeps it until it was measured.
    pub held_back: bool,
}

/// What was seen at one moment.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Look {
    /// The processor's hottest junction.
    pub junction: Reading<Celsius>,
    /// The package's power.
    pub power: Reading<Watts>,
    /// The share of the processor that is busy.
    pub load: Reading<f64>,
    /// The air in the case.
    pub air: Reading<Celsius>,
    /// Who drives the first fan at this moment.
    pub driver: Driver,
    /// In the order of [`Parts::temperatures`], which says how many there are.
    pub temperatures: [Reading<Celsius>; TEMPERATURES_MAX],
    /// In the order of [`Parts::fans`], which says how many there are.
    pub fans: [Reading<Rpm>; FANS_MAX],
    /// What has a limit of its own and is not the processor …
    pub asides: [Aside; ASIDES_MAX],
    /// … and how many of these there are.
    pub asides_count: usize,
}

impl Look {
    /// As the controller takes it.
    pub fn readings(&self) -> Readings<'_> {
        Readings {
            junction: self.junction,
            power: self.power,
            load: self.load,
            fan: self.fans[0],
            driver: self.driver,
            air: self.air,
            asides: &self.asides[..self.asides_count],
        }
    }
}

impl Default for Look {
    /// Nothing is known.
    fn default() -> Self {
        let absent = Aside { temperature: UNKNOWN, limit: CRITICAL_UNTOLD };
        Self {
            junction: UNKNOWN,
            power: Reading::Unknown(Why::Missing),
            load: Reading::Unknown(Why::Missing),
            air: UNKNOWN,
            driver: Driver::Firmware,
            temperatures: [UNKNOWN; TEMPERATURES_MAX],
            fans: [Reading::Unknown(Why::Missing); FANS_MAX],
            asides: [absent; ASIDES_MAX],
            asides_count: 0,
        }
    }
}

/// A fan that was taken.
#[derive(Debug)]
struct Taken {
    drive: Drive,
    original: Option<u8>,
    handed_back: bool,
}

/// The machine, open.
#[derive(Debug)]
pub struct Machine {
    place: Place,
    clock: Clock,
    inventory: Inventory,
    parts: Arc<Parts>,
    junction: Option<Box<dyn Attribute>>,
    meter: Option<Meter>,
    load: LoadMeter,
    readers: Readers,
    air: Air,
    /// A junction that is somebody's calculation counts once it moved.
    doubted: Option<Moved>,
    fan: Option<Taken>,
    /// Whether something that was there failed, or something that should be there is not.
    lost: Option<Loss>,
    /// This process could open the fan's files once.
    had_fan: bool,
    /// It can't any more, though they are there.
    refused: bool,
    resolved: Seconds,
    /// When the meter was opened, or could not be.
    metered: Seconds,
}

/// Why a machine is to be looked at anew.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Loss {
    /// What is missing was not there from the beginning.
    Absent,
    /// What was open failed.
    Failed,
}

impl Machine {
    /// Opens what there is and keeps the fan's mode, but drives nothing yet.
    ///
    /// # Errors
    ///
    /// If the fan's original mode can't be kept. A fan that is not there is no error: it may come.
    pub fn open(place: Place, clock: Clock) -> Result<Self, MachineError> {
        let inventory = Inventory::of(&place.root);
        let root = &place.root;
        let doubted = inventory.junction().is_some_and(|found| found.trust == Trust::Low);
        // What is calculated may take long: a reader does it.
        let junction = inventory.junction().filter(|_| !doubted);
        let junction = junction.and_then(|found| root.open(&found.path, Access::Read).ok());
        let meter = meter(root, &inventory);
        let parts = Arc::new(Parts::of(&inventory, place.take.as_deref()));
        let sensors = parts.temperatures.iter();
        let sensors = sensors.map(|part| Input::Temperature(&part.key, &part.path));
        let fans = parts.fans.iter().map(|part| Input::Fan(&part.key, part.tach.as_deref()));
        let inputs: Vec<Input<'_>> = sensors.chain(fans).collect();
        let readers = Readers::start(root, &inputs, clock).map_err(MachineError::Threads)?;
        let (fan, refused) = match take(&place, &inventory)? {
            Some(Ok(fan)) => (Some(fan), false),
            Some(Err(outcome)) => (None, outcome == Outcome::Denied),
            None => (None, false),
        };
        Ok(Self {
            lost: (fan.is_none() && place.take.is_some() || junction.is_none() && !doubted)
                .then_some(if refused { Loss::Failed } else { Loss::Absent }),
            air: Air::default(),
            doubted: doubted.then(Moved::default),
            junction,
            meter,
            load: LoadMeter::open(root),
            readers,
            parts,
            had_fan: fan.is_some(),
            refused,
            fan,
            resolved: clock.now(),
            metered: clock.now(),
            clock,
            inventory,
            place,
        })
    }

    /// What there is.
    pub fn inventory(&self) -> &Inventory {
        &self.inventory
    }

    /// The root.
    pub fn root(&self) -> &Root {
        &self.place.root
    }

    /// The fan that is there to be driven, also while the firmware keeps it because of what is stored.
    /// One that was given back because it did not obey is not.
    pub fn taken(&self) -> Option<&Key> {
        let held_back = self.place.wires.held_back;
        let fan = self.fan.as_ref().filter(|fan| !fan.handed_back || held_back);
        fan.filter(|fan| !fan.drive.is_hopeless()).map(|fan| fan.drive.key())
    }

    /// Prepares the fan for being measured: nothing is known of its wires, and its chip may show what
    /// it likes, within an eighth.
    pub fn measure(&mut self) {
        let held_back = self.place.wires.held_back;
        self.rewire(Wires { tach: None, echo_off: MEASURED_STEP, held_back });
    }

    /// Takes what commissioning found out, or that it found nothing; opens the fan anew by it.
    pub fn rewire(&mut self, wires: Wires) {
        if let Some(fan) = &mut self.fan {
            fan.drive.tolerate(wires.echo_off);
        }
        if wires.tach != self.place.wires.tach {
            (self.lost, self.resolved) = (Some(Loss::Failed), Seconds(f64::NEG_INFINITY));
        }
        self.place.wires = wires;
    }

    /// What its parts are called. Another one after the machine was found again.
    pub fn parts(&self) -> &Arc<Parts> {
        &self.parts
    }

    /// Who drives the first fan at this moment.
    pub fn driver(&self) -> Driver {
        match &self.fan {
            Some(fan) if !fan.handed_back => Driver::Us,
            _ => Driver::Firmware,
        }
    }

    /// Whether all that is there can be opened.
    ///
    /// # Errors
    ///
    /// If the fan is there again as files that this process may not write: what it may was settled at its
    /// start ([`crate::sandbox`]).
    pub fn reachable(&self) -> Result<(), MachineError> {
        match self.place.take.as_ref().filter(|_| self.had_fan && self.refused) {
            Some(key) => Err(MachineError::CameBack { key: key.clone() }),
            None => Ok(()),
        }
    }

    /// What the processor may do.
    pub fn limits(&self) -> Limits {
        limits_of(&self.inventory)
    }

    /// Looks at everything.
    pub fn look(&mut self, now: Seconds) -> Look {
        self.resolve(now);
        let mut look = Look {
            junction: self.look_at_junction(now),
            power: self.look_at_power(now),
            load: self.load.read(),
            driver: self.driver(),
            ..Look::default()
        };
        self.look_at_parts(&mut look, now);
        look
    }

    /// What the readers found, and in the first places what was just read.
    fn look_at_parts(&mut self, look: &mut Look, now: Seconds) {
        let Parts { temperatures, fans, .. } = self.parts.as_ref();
        for (nth, (place, sensor)) in look.temperatures.iter_mut().zip(temperatures).enumerate() {
            *place = self.readers.reading(nth, Celsius, now);
            if let Some(limit) = sensor.limit.filter(|_| sensor.kind != Kind::Processor)
                && let Some(aside) = look.asides.get_mut(look.asides_count)
            {
                *aside = Aside { temperature: *place, limit };
                look.asides_count += 1;
            }
        }
        for (nth, place) in look.fans.iter_mut().take(fans.len()).enumerate() {
            *place = self.readers.reading(temperatures.len() + nth, Rpm, now);
        }
        let board = temperatures.iter().zip(look.temperatures).enumerate();
        let board = board.filter(|(_, (sensor, _))| sensor.kind == Kind::Board);
        look.air = self.air.coolest(board.map(|(nth, (_, reading))| (nth, reading)));
        if self.parts.has_junction() {
            look.temperatures[0] = look.junction;
        }
        if let Some(fan) = &self.fan {
            look.fans[0] = fan.drive.rpm();
        }
    }

    /// A meter whose zone went away is opened again.
    fn look_at_power(&mut self, now: Seconds) -> Reading<Watts> {
        let Some(old) = &mut self.meter else { return Reading::Unknown(Why::Missing) };
        let reading = old.read(now);
        if reading == Reading::Unknown(Why::Fault) && now - self.metered >= RESOLVE_EVERY {
            self.metered = now;
            if let Some(mut new) = meter(&self.place.root, &self.inventory) {
                new.count_on(old.spent_j());
                *old = new;
            }
        }
        reading
    }

    /// The package's energy since the first look, in joules, where there is a meter.
    pub fn energy_j(&self) -> Option<f64> {
        self.meter.as_ref().map(Meter::spent_j)
    }

    fn look_at_junction(&mut self, now: Seconds) -> Reading<Celsius> {
        if let Some(moved) = &mut self.doubted {
            let reading = self.readers.reading(0, Celsius, now);
            let believed = reading.value().is_some_and(|at| moved.follow(at));
            return if believed { reading } else { Reading::Unknown(Why::Stuck) };
        }
        let Some(junction) = &self.junction else { return Reading::Unknown(Why::Missing) };
        match read(junction.as_ref(), parse::celsius) {
            Ok(Ok(celsius)) => Reading::now(celsius),
            Ok(Err(why)) => Reading::Unknown(why),
            Err(_) => {
                self.lost = Some(Loss::Failed);
                Reading::Unknown(Why::Fault)
            }
        }
    }

    /// Does with the fan what was decided; what is known to have come of it. A fan that does not obey
    /// goes back to the firmware and stays there.
    pub fn act(&mut self, command: FanCommand, now: Seconds) -> Done {
        let Some(fan) = &mut self.fan else { return Done::NOTHING };
        let duty = match command {
            FanCommand::Duty(duty) if !fan.drive.is_hopeless() => duty,
            FanCommand::Duty(_) | FanCommand::HandBack => {
                if !fan.handed_back {
                    fan.handed_back = true;
                    let given = fan.drive.hand_back(fan.original);
                    eprintln!("hearth-hwctl: {} was given back: {given:?}", fan.drive.key());
                }
                return Done::NOTHING;
            }
        };
        fan.handed_back = false;
        let verdict = fan.drive.drive(duty, now).err().map(Verdict::Known);
        let verdict = verdict.unwrap_or_else(|| fan.drive.verify(now));
        if verdict == Verdict::Known(Outcome::Gone) {
            self.lost = Some(Loss::Failed);
        }
        match verdict {
            Verdict::Known(outcome) => Done { outcome: Some(outcome), verified: outcome.obeys() },
            Verdict::Waiting => Done { outcome: None, verified: true },
            Verdict::Unread => Done { outcome: None, verified: false },
        }
    }

    /// Finds everything again after something was lost.
    fn resolve(&mut self, now: Seconds) {
        let Some(loss) = self.lost.filter(|_| now - self.resolved >= RESOLVE_EVERY) else { return };
        self.resolved = now;
        // What was never there is no reason to open everything anew, until something comes.
        let found = without_limits(Inventory::of(&self.place.root));
        if loss == Loss::Absent && found == without_limits(self.inventory.clone()) {
            return;
        }
        match Self::open(self.place.clone(), self.clock) {
            Ok(mut again) => {
                let spent_j = self.energy_j().unwrap_or(0.0);
                if let Some(meter) = &mut again.meter {
                    meter.count_on(spent_j);
                }
                again.had_fan |= self.had_fan;
                *self = again;
            }
            Err(error) => eprintln!("hearth-hwctl: {error}"),
        }
    }
}

/// What a machine's processor may do.
pub fn limits_of(inventory: &Inventory) -> Limits {
    let junction = inventory.junction();
    let margin_k = match junction.map(|junction| junction.trust) {
        Some(Trust::Low) => DOUBTED_K,
        _ => 0.0,
    };
    let told = junction.and_then(|junction| junction.limit);
    let power = inventory.power.iter().find_map(|zone| zone.limit_uw);
    // The counter includes leakage that a limit lets through for a moment.
    let power_max = power.map(|limit_uw| Watts(limit_uw as f64 / 1e6 * 1.05));
    Limits {
        critical: told.unwrap_or(CRITICAL_UNTOLD).less(margin_k),
        power_max: power_max.filter(|max| *max > POWER_MIN).unwrap_or(POWER_MAX_UNTOLD),
        power_min: POWER_MIN,
    }
}

/// What came of an act.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Done {
    /// What is known to have come of driving the fan.
    pub outcome: Option<Outcome>,
    /// Whether what the fan shows was read, and is what was written or may still be older.
    pub verified: bool,
}

impl Done {
    /// No fan is ours: there is nothing to verify.
    const NOTHING: Self = Self { outcome: None, verified: true };
}

/// What is there but for the power limits, which may be ours.
fn without_limits(mut inventory: Inventory) -> Inventory {
    for zone in &mut inventory.power {
        zone.limit_uw = None;
    }
    inventory
}

/// The package's meter: the first that can be opened, for a zone may be there twice.
fn meter(root: &Root, inventory: &Inventory) -> Option<Meter> {
    let packages = inventory.power.iter().filter(|zone| zone.name.starts_with("package"));
    packages.filter_map(|zone| Meter::open(root, zone).ok()).next()
}

/// Keeps what the fan is like, then opens it. Nothing if there is no fan, or none should be taken.
fn take(
    place: &Place,
    inventory: &Inventory,
) -> Result<Option<Result<Taken, Outcome>>, OriginalsError> {
    let Some(ports) = place.take.as_ref().and_then(|key| inventory.fan(key)) else {
        return Ok(None);
    };
    let original = Originals::keep(&place.root, &place.run, ports)?;
    let mut ports = ports.clone();
    if let Some(tach) = &place.wires.tach {
        ports.tach = inventory.tach(tach).map(str::to_owned);
    }
    match Ports::open(&place.root, &ports) {
        Ok(opened) => {
            let mut drive = Drive::new(ports.key.clone(), opened);
            drive.tolerate(place.wires.echo_off);
            let handed_back = place.wires.held_back;
            Ok(Some(Ok(Taken { drive, original: original.mode, handed_back })))
        }
        Err(error) => {
            eprintln!("hearth-hwctl: {} can't be opened: {error}", ports.key);
            Ok(Some(Err(Outcome::of_error(&error))))
        }
    }
}

//! The machine as the control loop sees it: open sensors to look at, a fan to act on.
//!
//! Files are opened before the loop and stay open. A device that goes takes its files with it; then
//! everything is found again, at most every ten seconds.

use std::path::PathBuf;

use crate::clock::Clock;
use crate::control::{ASIDES_MAX, Aside, Driver, FanCommand, Limits, Readings};
use crate::load::LoadMeter;
use crate::readers::Reader;
use crate::sense::{Reading, Why};
use crate::sysfs::discover::{Inventory, Temperature};
use crate::sysfs::drive::{Drive, Outcome, Ports};
use crate::sysfs::originals::{Originals, OriginalsError};
use crate::sysfs::power::Meter;
use crate::sysfs::{Access, Attribute, Root, parse, read};
use crate::units::{Celsius, Rpm, Seconds, Watts};

/// How often a machine that lost something is looked at anew.
const RESOLVE_EVERY: Seconds = Seconds(10.0);
/// The critical temperature of a processor that tells none.
const CRITICAL_UNTOLD: Celsius = Celsius(95.0);
/// What a package takes at most when no limit is told, and at least.
const POWER_MAX_UNTOLD: Watts = Watts(65.0);
const POWER_MIN: Watts = Watts(8.0);

/// Where the machine is and which fan is ours.
#[derive(Clone, Debug)]
pub struct Place {
    /// The machine's root.
    pub root: Root,
    /// Where the fans' original modes are kept.
    pub run: PathBuf,
    /// The key of the fan to take. Without one the firmware keeps all.
    pub take: Option<String>,
}

/// What was seen at one moment.
#[derive(Clone, Copy, Debug)]
pub struct Look {
    junction: Reading<Celsius>,
    power: Reading<Watts>,
    load: Reading<f64>,
    fan: Reading<Rpm>,
    driver: Driver,
    asides: [Aside; ASIDES_MAX],
    asides_count: usize,
}

impl Look {
    /// As the controller takes it.
    pub fn readings(&self) -> Readings<'_> {
        Readings {
            junction: self.junction,
            power: self.power,
            load: self.load,
            fan: self.fan,
            driver: self.driver,
            air: Reading::Unknown(Why::Missing),
            asides: &self.asides[..self.asides_count],
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
    junction: Option<Box<dyn Attribute>>,
    meter: Option<Meter>,
    load: LoadMeter,
    readers: Vec<(Reader, Celsius)>,
    fan: Option<Taken>,
    /// A tachometer to show while no fan is ours.
    tach: Option<Box<dyn Attribute>>,
    lost: bool,
    resolved: Seconds,
}

impl Machine {
    /// Opens what there is and keeps the fan's mode, but drives nothing yet.
    ///
    /// # Errors
    ///
    /// If the fan's original mode can't be kept. A fan that is not there is no error: it may come.
    pub fn open(place: Place, clock: Clock) -> Result<Self, OriginalsError> {
        let inventory = Inventory::of(&place.root);
        let root = &place.root;
        let junction = inventory.junction();
        let junction = junction.and_then(|found| root.open(&found.path, Access::Read).ok());
        let meter = inventory.power.iter().find(|zone| zone.name.starts_with("package"));
        let meter = meter.and_then(|zone| Meter::open(root, zone).ok());
        let watched = |sensor: &Temperature| {
            let limit = sensor.limit.filter(|_| !sensor.junction)?;
            Some((Reader::start(root, sensor, clock).ok()?, limit))
        };
        let readers = inventory.temperatures.iter().filter_map(watched).take(ASIDES_MAX).collect();
        let fan = take(&place, &inventory)?;
        let tach = inventory.fans.iter().find_map(|fan| fan.tach.as_ref());
        let tach = tach.and_then(|path| root.open(path, Access::Read).ok());
        Ok(Self {
            lost: fan.is_none() && place.take.is_some() || junction.is_none(),
            junction,
            meter,
            load: LoadMeter::open(root),
            readers,
            fan,
            tach,
            resolved: clock.now(),
            clock,
            inventory,
            place,
        })
    }

    /// What there is.
    pub fn inventory(&self) -> &Inventory {
        &self.inventory
    }

    /// Whether a fan is ours at this moment.
    pub fn has_fan(&self) -> bool {
        self.fan.as_ref().is_some_and(|fan| !fan.handed_back)
    }

    /// What the processor may do.
    pub fn limits(&self) -> Limits {
        let told = self.inventory.junction().and_then(|junction| junction.limit);
        let power = self.inventory.power.iter().find_map(|zone| zone.limit_uw);
        // The counter includes leakage that a limit lets through for a moment.
        let power_max = power.map(|limit_uw| Watts(limit_uw as f64 / 1e6 * 1.05));
        Limits {
            critical: told.unwrap_or(CRITICAL_UNTOLD),
            power_max: power_max.filter(|max| *max > POWER_MIN).unwrap_or(POWER_MAX_UNTOLD),
            power_min: POWER_MIN,
        }
    }

    /// Looks at everything.
    pub fn look(&mut self, now: Seconds) -> Look {
        self.resolve(now);
        let absent = Aside { temperature: Reading::Unknown(Why::Missing), limit: CRITICAL_UNTOLD };
        let mut asides = [absent; ASIDES_MAX];
        for (aside, (reader, limit)) in asides.iter_mut().zip(&self.readers) {
            *aside = Aside { temperature: reader.reading(now), limit: *limit };
        }
        let missing = Reading::Unknown(Why::Missing);
        Look {
            junction: self.look_at_junction(),
            power: self.meter.as_mut().map_or(missing, |meter| meter.read(now)),
            load: self.load.read(),
            fan: self.look_at_fan(),
            driver: if self.has_fan() { Driver::Us } else { Driver::Firmware },
            asides,
            asides_count: self.readers.len(),
        }
    }

    fn look_at_fan(&self) -> Reading<Rpm> {
        match (&self.fan, &self.tach) {
            (Some(fan), _) => fan.drive.rpm(),
            (None, Some(tach)) => match read(tach.as_ref(), parse::rpm) {
                Ok(Ok(rpm)) => Reading::now(rpm),
                Ok(Err(why)) => Reading::Unknown(why),
                Err(_) => Reading::Unknown(Why::Fault),
            },
            (None, None) => Reading::Unknown(Why::Missing),
        }
    }

    fn look_at_junction(&mut self) -> Reading<Celsius> {
        let Some(junction) = &self.junction else { return Reading::Unknown(Why::Missing) };
        match read(junction.as_ref(), parse::celsius) {
            Ok(Ok(celsius)) => Reading::now(celsius),
            Ok(Err(why)) => Reading::Unknown(why),
            Err(_) => {
                self.lost = true;
                Reading::Unknown(Why::Fault)
            }
        }
    }

    /// Does with the fan what was decided; what is known to have come of it. A fan that does not obey
    /// goes back to the firmware and stays there.
    pub fn act(&mut self, command: FanCommand, now: Seconds) -> Option<Outcome> {
        let fan = self.fan.as_mut()?;
        let duty = match command {
            FanCommand::Duty(duty) if !fan.drive.is_hopeless() => duty,
            FanCommand::Duty(_) | FanCommand::HandBack => {
                if !fan.handed_back {
                    fan.handed_back = true;
                    let given = fan.drive.hand_back(fan.original);
                    eprintln!("hearth-hwctl: {} was given back: {given:?}", fan.drive.key());
                }
                return None;
            }
        };
        fan.handed_back = false;
        let outcome = fan.drive.drive(duty, now).err().or_else(|| fan.drive.verify(now));
        self.lost |= outcome == Some(Outcome::Gone);
        outcome
    }

    /// Finds everything again after something was lost.
    fn resolve(&mut self, now: Seconds) {
        if !self.lost || now - self.resolved < RESOLVE_EVERY {
            return;
        }
        self.resolved = now;
        match Self::open(self.place.clone(), self.clock) {
            Ok(again) => *self = again,
            Err(error) => eprintln!("hearth-hwctl: {error}"),
        }
    }
}

/// Keeps what the fan is like, then opens it.
fn take(place: &Place, inventory: &Inventory) -> Result<Option<Taken>, OriginalsError> {
    let Some(ports) = place.take.as_ref().and_then(|key| inventory.fan(key)) else {
        return Ok(None);
    };
    let original = Originals::keep(&place.root, &place.run, ports)?;
    match Ports::open(&place.root, ports) {
        Ok(opened) => {
            let drive = Drive::new(ports.key.clone(), opened);
            Ok(Some(Taken { drive, original: original.mode, handed_back: false }))
        }
        Err(error) => {
            eprintln!("hearth-hwctl: {} can't be opened: {error}", ports.key);
            Ok(None)
        }
    }
}

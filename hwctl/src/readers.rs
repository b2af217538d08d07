//! Sensors that may take long: a drive that spins up blocks for seconds, ACPI runs programs.
//!
//! Each chip has a thread that reads its sensors once a second and leaves the values with their
//! moments. The control thread takes what lies there and never waits; a chip that hangs grows old and
//! holds nobody else up.

use std::collections::BTreeMap;
use std::io;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use crate::clock::Clock;
use crate::sense::{Reading, Why};
use crate::sysfs::{Access, Attribute, Key, Root, parse, read};
use crate::units::Seconds;

const EVERY: Duration = Duration::from_secs(1);
/// What a thread that reads a few numbers needs.
const STACK_BYTES: usize = 128 * 1_024;

/// What was found last, and when.
type Slot = Mutex<Option<(Result<f64, Why>, Seconds)>>;

type Parse = fn(&[u8]) -> Result<f64, Why>;

/// What is to be read.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Input<'a> {
    /// A temperature, in °C.
    Temperature(&'a Key, &'a str),
    /// A fan's speed, in revolutions per minute.
    Fan(&'a Key, Option<&'a str>),
}

/// An open sensor and where its value goes.
#[derive(Debug)]
struct Sensor {
    slot: usize,
    attribute: Box<dyn Attribute>,
    parse: Parse,
}

/// The sensors of a machine, each chip read by a thread of its own. The threads end with this value,
/// or one read later.
#[derive(Debug)]
pub(crate) struct Readers {
    slots: Arc<[Slot]>,
    stop: Arc<AtomicBool>,
}

impl Readers {
    /// Starts reading. What can't be opened stays unknown.
    ///
    /// # Errors
    ///
    /// If a thread can't be started.
    pub(crate) fn start(root: &Root, inputs: &[Input<'_>], clock: Clock) -> io::Result<Self> {
        let slots: Arc<[Slot]> = inputs.iter().map(|_| Slot::default()).collect();
        let stop = Arc::new(AtomicBool::new(false));
        let mut chips: BTreeMap<(&str, &str), Vec<Sensor>> = BTreeMap::new();
        for (slot, input) in inputs.iter().enumerate() {
            let (key, path, parse) = match *input {
                Input::Temperature(key, path) => (key, Some(path), celsius as Parse),
                Input::Fan(key, path) => (key, path, rpm as Parse),
            };
            let opened = path.and_then(|path| root.open(path, Access::Read).ok());
            let sensors = chips.entry((&key.device, &key.driver)).or_default();
            sensors.extend(opened.map(|attribute| Sensor { slot, attribute, parse }));
        }
        let readers = Self { slots, stop };
        for sensors in chips.into_values() {
            let (slots, stop) = (Arc::clone(&readers.slots), Arc::clone(&readers.stop));
            let work = move || follow(&sensors, &slots, &stop, clock);
            let thread = thread::Builder::new().name("hwctl-reader".to_owned());
            thread.stack_size(STACK_BYTES).spawn(work)?;
        }
        Ok(readers)
    }

    /// What lies there for the input with this number.
    pub(crate) fn reading<T>(&self, nth: usize, unit: fn(f64) -> T, now: Seconds) -> Reading<T> {
        // A reader that holds the lock at this moment has a value for the next look.
        let slot = self.slots.get(nth).and_then(|slot| slot.try_lock().ok());
        match slot.and_then(|found| *found) {
            Some((Ok(value), at)) => Reading::Known { value: unit(value), age: now - at },
            Some((Err(why), _)) => Reading::Unknown(why),
            None => Reading::Unknown(Why::Missing),
        }
    }
}

impl Drop for Readers {
    fn drop(&mut self) {
        self.stop.store(true, Relaxed);
    }
}

fn follow(sensors: &[Sensor], slots: &[Slot], stop: &AtomicBool, clock: Clock) {
    while !stop.load(Relaxed) {
        for sensor in sensors {
            let value = read(sensor.attribute.as_ref(), sensor.parse).unwrap_or(Err(Why::Fault));
            if let Ok(mut slot) = slots[sensor.slot].lock() {
                *slot = Some((value, clock.now()));
            }
        }
        thread::sleep(EVERY);
    }
}

fn celsius(bytes: &[u8]) -> Result<f64, Why> {
    parse::celsius(bytes).map(|celsius| celsius.0)
}

fn rpm(bytes: &[u8]) -> Result<f64, Why> {
    parse::rpm(bytes).map(|rpm| rpm.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::simulated::JUNCTION;
    use crate::sysfs::discover::Inventory;
    use crate::sysfs::fake::Machine;
    use crate::units::{Celsius, Rpm};

    #[test]
    fn a_value_comes_with_its_age_and_what_is_not_there_stays_unknown() {
        let machine = Machine::office();
        let (root, clock) = (machine.root(), Clock);
        let key = &Inventory::of(&root).temperatures[0].key;
        let inputs = [
            Input::Temperature(key, JUNCTION),
            Input::Fan(key, Some("nowhere")),
            Input::Fan(key, None),
        ];
        let readers = Readers::start(&root, &inputs, clock).unwrap();
        let begin = clock.now();
        let at = loop {
            assert!((clock.now() - begin).0 < 20.0, "nothing was read");
            if let Reading::Known { value, age } = readers.reading(0, Celsius, clock.now()) {
                assert!(value == Celsius(45.0) && age.0 >= 0.0);
                break clock.now();
            }
            thread::yield_now();
        };
        let later = readers.reading(0, Celsius, Seconds(at.0 + 60.0));
        assert_eq!(later.within(Seconds(50.0)), None);
        for nth in [1, 2, 3] {
            assert_eq!(readers.reading(nth, Rpm, at), Reading::Unknown(Why::Missing));
        }
    }
}

//! Sensors that may take long: a drive that spins up blocks for seconds, ACPI runs programs.
//!
//! Each has a thread that reads it once a second and leaves the value with its moment. The control
//! thread takes what lies there and never waits; a sensor that hangs becomes old.

use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use crate::clock::Clock;
use crate::sense::{Reading, Why};
use crate::sysfs::discover::Temperature;
use crate::sysfs::{Access, Root, parse, read};
use crate::units::{Celsius, Seconds};

const EVERY: Duration = Duration::from_secs(1);

/// What a reader found last, and when.
type Found = Arc<Mutex<Option<(Result<Celsius, Why>, Seconds)>>>;

/// One sensor read by a thread of its own. The thread ends with the value, or one read later.
#[derive(Debug)]
pub(crate) struct Reader {
    found: Found,
    stop: Arc<AtomicBool>,
}

impl Reader {
    /// Starts reading.
    pub(crate) fn start(root: &Root, sensor: &Temperature, clock: Clock) -> std::io::Result<Self> {
        let attribute = root.open(&sensor.path, Access::Read)?;
        let (found, stop) = (Found::default(), Arc::new(AtomicBool::new(false)));
        let (leave, stopped) = (Arc::clone(&found), Arc::clone(&stop));
        let work = move || {
            while !stopped.load(Relaxed) {
                let value = read(attribute.as_ref(), parse::celsius).unwrap_or(Err(Why::Fault));
                if let Ok(mut place) = leave.lock() {
                    *place = Some((value, clock.now()));
                }
                thread::sleep(EVERY);
            }
        };
        thread::Builder::new().name("hwctl-reader".to_owned()).spawn(work)?;
        Ok(Self { found, stop })
    }

    /// What lies there.
    pub(crate) fn reading(&self, now: Seconds) -> Reading<Celsius> {
        // A reader that holds the lock at this moment has a value for the next look.
        match self.found.try_lock().ok().and_then(|found| *found) {
            Some((Ok(value), at)) => Reading::Known { value, age: now - at },
            Some((Err(why), _)) => Reading::Unknown(why),
            None => Reading::Unknown(Why::Missing),
        }
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        self.stop.store(true, Relaxed);
    }
}

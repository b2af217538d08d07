//! Machines for tests: a folder that looks like `/sys`, and a chip that behaves like measured ones.

use std::io;
use std::os::unix::fs::symlink;
use std::sync::{Arc, Mutex};

use super::drive::Ports;
use super::{Attribute, Root, parse};
use crate::simulated;

pub(crate) const EACCES: i32 = 13;
pub(crate) const EINVAL: i32 = 22;
const EIO: i32 = 5;
const ENODEV: i32 = 19;

/// A folder that looks like a machine; it goes when it is dropped.
pub(crate) struct Machine(tempfile::TempDir);

impl Machine {
    pub(crate) fn empty() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub(crate) fn office() -> Self {
        let machine = Self::empty();
        simulated::office(machine.0.path()).unwrap();
        machine
    }

    pub(crate) fn root(&self) -> Root {
        Root::new(self.0.path())
    }

    pub(crate) fn folder(&self, path: &str) {
        std::fs::create_dir_all(self.0.path().join(path)).unwrap();
    }

    pub(crate) fn write(&self, path: &str, text: &str) {
        let path = self.0.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    pub(crate) fn read(&self, path: &str) -> String {
        std::fs::read_to_string(self.0.path().join(path)).unwrap()
    }

    pub(crate) fn link(&self, path: &str, to: &str) {
        let path = self.0.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        symlink(to, path).unwrap();
    }

    /// The fan's chip comes back under another number, as after unbind and bind.
    pub(crate) fn renumber(&self) {
        let class = self.0.path().join("sys/class/hwmon");
        let chip = self.0.path().join("sys/devices/i2c-0/0-002e/hwmon");
        std::fs::rename(chip.join("hwmon1"), chip.join("hwmon7")).unwrap();
        std::fs::remove_file(class.join("hwmon1")).unwrap();
        symlink("../../devices/i2c-0/0-002e/hwmon/hwmon7", class.join("hwmon7")).unwrap();
    }
}

/// What a chip does with writes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Nature {
    #[default]
    Obedient,
    /// Duties are rounded down to a multiple of this.
    Quantising(u8),
    /// Writes succeed and do nothing, whatever the mode.
    Deaf,
    /// Shows the last duty that was written, whoever drives.
    Secretive,
    /// Every write is refused with this error.
    Refusing(i32),
}

/// A chip in memory, with a driver's cache in front of it and a clock that the test moves.
#[derive(Debug, Default)]
pub(crate) struct Chip {
    pub(crate) nature: Nature,
    pub(crate) now_s: f64,
    pub(crate) cache_s: f64,
    /// What the registers hold.
    pub(crate) pwm: u8,
    pub(crate) mode: u8,
    /// The fan does not follow its duty.
    pub(crate) blocked: bool,
    pub(crate) gone: bool,
    /// Reading it fails.
    pub(crate) unreadable: bool,
    /// The last duty that was written.
    asked: u8,
    /// What the driver shows, and since when. Like adt7475's, it believes its own mode.
    shown: Option<(u8, f64)>,
    driver_mode: u8,
}

/// Where a test and the attributes meet.
#[derive(Clone, Debug, Default)]
pub(crate) struct Bench(Arc<Mutex<Chip>>);

#[derive(Clone, Copy, Debug)]
enum Port {
    Pwm,
    Enable,
    Tach,
}

#[derive(Debug)]
struct Wire(Bench, Port);

impl Bench {
    /// A chip whose firmware drives the fan at half.
    pub(crate) fn new(nature: Nature) -> Self {
        let bench = Self::default();
        bench.with(|chip| {
            *chip =
                Chip { nature, cache_s: 2.0, pwm: 128, mode: 2, driver_mode: 2, ..Chip::default() };
        });
        bench
    }

    pub(crate) fn with<T>(&self, act: impl FnOnce(&mut Chip) -> T) -> T {
        act(&mut self.0.lock().unwrap())
    }

    pub(crate) fn ports(&self) -> Ports {
        let wire = |port| Box::new(Wire(self.clone(), port)) as Box<dyn Attribute>;
        Ports {
            pwm: wire(Port::Pwm),
            enable: Some(wire(Port::Enable)),
            tach: Some(wire(Port::Tach)),
        }
    }

    /// The firmware takes the fan. The driver doesn't notice, like adt7475's.
    pub(crate) fn steal(&self) {
        self.with(|chip| (chip.mode, chip.pwm) = (2, 64));
    }
}

impl Attribute for Wire {
    fn read(&self, into: &mut [u8]) -> io::Result<usize> {
        let text = self.0.with(|chip| {
            if chip.gone {
                return Err(io::Error::from_raw_os_error(ENODEV));
            }
            if chip.unreadable {
                return Err(io::Error::from_raw_os_error(EIO));
            }
            let stale = chip.shown.is_none_or(|(_, at_s)| chip.now_s - at_s >= chip.cache_s);
            if stale {
                let secretive = chip.nature == Nature::Secretive && chip.driver_mode == 1;
                let shown = if secretive { chip.asked } else { chip.pwm };
                chip.shown = Some((shown, chip.now_s));
            }
            Ok(match self.1 {
                Port::Pwm => format!("{}\n", chip.shown.map_or(0, |(pwm, _)| pwm)),
                Port::Enable => format!("{}\n", chip.driver_mode),
                Port::Tach => {
                    format!("{}\n", if chip.blocked { 900 } else { u32::from(chip.pwm) * 15 })
                }
            })
        })?;
        into[..text.len()].copy_from_slice(text.as_bytes());
        Ok(text.len())
    }

    fn write(&self, text: &[u8]) -> io::Result<()> {
        let value = parse::byte(text).map_err(|_| io::Error::from_raw_os_error(EINVAL))?;
        self.0.with(|chip| {
            if chip.gone {
                return Err(io::Error::from_raw_os_error(ENODEV));
            }
            match (self.1, chip.nature) {
                (_, Nature::Refusing(errno)) => return Err(io::Error::from_raw_os_error(errno)),
                (Port::Enable, _) if value == 0 => {
                    return Err(io::Error::from_raw_os_error(EINVAL));
                }
                (Port::Enable, _) => (chip.mode, chip.driver_mode) = (value, value),
                (Port::Pwm, Nature::Deaf) => {}
                (Port::Pwm, Nature::Secretive) => {
                    chip.asked = value;
                    chip.pwm = if chip.mode == 1 { value } else { chip.pwm };
                }
                // A duty in firmware mode: the write succeeds and does nothing.
                (Port::Pwm, _) if chip.mode != 1 => {}
                (Port::Pwm, Nature::Quantising(step)) => chip.pwm = value / step * step,
                (Port::Pwm, Nature::Obedient) => chip.pwm = value,
                (Port::Tach, _) => return Err(io::Error::from_raw_os_error(EACCES)),
            }
            Ok(())
        })
    }
}

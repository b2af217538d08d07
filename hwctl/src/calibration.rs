//! What commissioning found, kept over restarts: one file in the state folder.
//!
//! A calibration is for one fan, behind one chip and driver, on one board. What is read is checked as
//! strictly as if somebody had made it up: its form, every figure's range, and the fingerprint. One that
//! does not fit leaves the fan with the firmware, because constants of another machine are worse than
//! none.

use std::fs::{self, File};
use std::io::{self, Read as _, Write as _};
use std::path::Path;

use rustix::fs::{CWD, Mode, OFlags, openat};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::commission::fit::Fitted;
use crate::commission::{Measured, NoSink, POINTS};
use crate::fan::Fan;
use crate::model::Sink;
use crate::sysfs::discover::{FanPorts, Inventory};
use crate::sysfs::{Key, Root};
use crate::units::{Celsius, Duty, Rpm};

/// The file's name in the state folder.
pub const FILE: &str = "calibration.json";
/// Where it is written before it takes the other's place.
const NEW: &str = "calibration.new";
/// What we write is a tenth of this.
const FILE_BYTES_MAX: u64 = 16_384;
const VERSION: u32 = 1;

/// What was measured, on which machine.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Calibration {
    version: u32,
    /// For what it is.
    pub fingerprint: Fingerprint,
    /// When it was made, in seconds since 1970.
    pub at_unix_s: u64,
    fan: StoredFan,
    sink: SinkFound,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum SinkFound {
    Measured(StoredSink),
    Missing(NoSink),
}

/// What must be the same for a calibration to hold.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fingerprint {
    /// The board's vendor and name.
    pub board: String,
    /// The fan: its device, chip, channel and label.
    pub fan: Key,
    /// The kernel's driver behind the chip, where the device names one.
    pub kernel_driver: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct StoredFan {
    /// The tachometer that answers to it; nothing if that is the chip's own for this channel.
    tach: Option<Key>,
    sustain_pwm: u8,
    start_pwm: u8,
    slowest: f64,
    full_rpm: f64,
    bend: f64,
    points: [StoredPoint; POINTS.len()],
}

/// What was measured at one duty: kept for people, and so that the chip's steps are known.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct StoredPoint {
    set: u8,
    echo: Option<u8>,
    down_rpm: Option<f64>,
    up_rpm: Option<f64>,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct StoredSink {
    junction_k_per_w: f64,
    still_w_per_k: f64,
    blown_w_per_k: f64,
    exponent: f64,
    capacity_j_per_k: f64,
    room_c: f64,
    rms_k: f64,
}

/// Why a stored calibration can't be used, or one can't be stored.
#[derive(Debug, Error)]
pub enum CalibrationError {
    /// It can't be read.
    #[error(
        "can't read {path}: {source}; the firmware keeps the fan until the machine is calibrated again"
    )]
    Read {
        /// The file.
        path: String,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// It is not one of ours.
    #[error(
        "{path} is damaged ({reason}); the firmware keeps the fan: calibrate again, or remove the file"
    )]
    Damaged {
        /// The file.
        path: String,
        /// What is wrong.
        reason: String,
    },
    /// It is another machine's, or another fan's.
    #[error(
        "{path} is for {theirs}, and this is {ours}; the firmware keeps the fan: calibrate again, or remove the file"
    )]
    Mismatch {
        /// The file.
        path: String,
        /// What it was made for.
        theirs: String,
        /// What is here.
        ours: String,
    },
    /// It can't be written.
    #[error("can't store {path}: {source}; what was measured is used until the next start only")]
    Store {
        /// The file.
        path: String,
        /// Why.
        #[source]
        source: io::Error,
    },
}

impl From<Fitted> for StoredSink {
    fn from(Fitted { sink, room, rms_k }: Fitted) -> Self {
        Self {
            junction_k_per_w: sink.junction_k_per_w,
            still_w_per_k: sink.still_w_per_k,
            blown_w_per_k: sink.blown_w_per_k,
            exponent: sink.exponent,
            capacity_j_per_k: sink.capacity_j_per_k,
            room_c: room.0,
            rms_k,
        }
    }
}

impl Fingerprint {
    /// Of a fan of this machine.
    pub fn of(root: &Root, inventory: &Inventory, fan: &FanPorts) -> Self {
        let folder = fan.pwm.rsplit_once('/').map_or("", |(folder, _)| folder);
        // Attributes lie in the chip's folder, or beside it with old drivers.
        let driver = [format!("{folder}/device/driver"), format!("{folder}/driver")];
        let driver = driver.iter().find_map(|path| root.link_name(path));
        Self { board: inventory.board.clone(), fan: fan.key.clone(), kernel_driver: driver }
    }
}

impl std::fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let driver = self.kernel_driver.as_deref().unwrap_or("no driver");
        write!(f, "{} ({driver}) on {:?}", self.fan, self.board)
    }
}

impl Calibration {
    /// Of what was measured; `tach` is the tachometer that answered, if it is not the fan's own.
    pub fn new(
        fingerprint: Fingerprint,
        measured: &Measured,
        tach: Option<Key>,
        at_unix_s: u64,
    ) -> Self {
        let Measured { fan, points, sink, .. } = measured;
        let mut stored =
            POINTS.map(|set| StoredPoint { set, echo: None, down_rpm: None, up_rpm: None });
        for (stored, point) in stored.iter_mut().zip(points) {
            stored.echo = point.echo;
            stored.down_rpm = point.down.map(|rpm| rpm.0);
            stored.up_rpm = point.up.map(|rpm| rpm.0);
        }
        let fan = StoredFan {
            tach,
            sustain_pwm: fan.sustain.pwm(),
            start_pwm: fan.start.pwm(),
            slowest: fan.slowest,
            full_rpm: fan.full.0,
            bend: fan.bend,
            points: stored,
        };
        let sink = match *sink {
            Ok(fitted) => SinkFound::Measured(fitted.into()),
            Err(why) => SinkFound::Missing(why),
        };
        Self { version: VERSION, fingerprint, at_unix_s, fan, sink }
    }

    /// The fan, as it was measured.
    pub fn fan(&self) -> Fan {
        let StoredFan { sustain_pwm, start_pwm, slowest, full_rpm, bend, .. } = self.fan;
        Fan {
            sustain: Duty::from_pwm(sustain_pwm),
            start: Duty::from_pwm(start_pwm),
            slowest,
            full: Rpm(full_rpm),
            bend,
        }
    }

    /// The tachometer that answers to the fan, if it is not the one of its channel.
    pub fn tach(&self) -> Option<&Key> {
        self.fan.tach.as_ref()
    }

    /// The sink, as it was measured; else a typical one.
    pub fn sink(&self) -> Sink {
        self.fitted().map_or_else(Sink::default, |fitted| fitted.sink)
    }

    /// Why the sink was not measured, if it was not.
    pub fn no_sink(&self) -> Option<NoSink> {
        match self.sink {
            SinkFound::Measured(_) => None,
            SinkFound::Missing(why) => Some(why),
        }
    }

    /// How far the chip's own figure is from the duty that was asked, at most.
    pub fn echo_off(&self) -> u8 {
        let off = |point: &StoredPoint| point.echo.map(|echo| echo.abs_diff(point.set));
        self.fan.points.iter().filter_map(off).max().unwrap_or(0)
    }

    fn fitted(&self) -> Option<Fitted> {
        let SinkFound::Measured(stored) = self.sink else { return None };
        let sink = Sink {
            junction_k_per_w: stored.junction_k_per_w,
            still_w_per_k: stored.still_w_per_k,
            blown_w_per_k: stored.blown_w_per_k,
            exponent: stored.exponent,
            capacity_j_per_k: stored.capacity_j_per_k,
        };
        Some(Fitted { sink, room: Celsius(stored.room_c), rms_k: stored.rms_k })
    }

    /// What is wrong with the figures, if something is.
    fn fault(&self) -> Option<&'static str> {
        let StoredFan { sustain_pwm, start_pwm, slowest, full_rpm, bend, points, .. } = &self.fan;
        let rpm = |rpm: Option<f64>| rpm.is_none_or(|rpm| (0.0..=20_000.0).contains(&rpm));
        let sound = |point: &StoredPoint| rpm(point.down_rpm) && rpm(point.up_rpm);
        let faults = [
            (self.version == VERSION, "an unknown version"),
            ((10..=200).contains(sustain_pwm), "sustain_pwm is not 10 to 200"),
            (start_pwm >= sustain_pwm, "start_pwm is below sustain_pwm"),
            ((0.01..=0.95).contains(slowest), "slowest is not 0.01 to 0.95"),
            ((100.0..=20_000.0).contains(full_rpm), "full_rpm is not 100 to 20000"),
            ((0.4..=2.5).contains(bend), "bend is not 0.4 to 2.5"),
            (points.iter().all(sound), "a point's speed is none"),
            (points.iter().map(|point| point.set).eq(POINTS), "the points are not ours"),
            (self.fitted().is_none_or(|fitted| fitted.is_plausible()), "the sink is none"),
        ];
        faults.iter().find(|(holds, _)| !holds).map(|(_, fault)| *fault)
    }

    /// The stored one, if there is one.
    ///
    /// # Errors
    ///
    /// If it can't be read, or is none of ours.
    pub fn load(state: &Path) -> Result<Option<Self>, CalibrationError> {
        let path = state.join(FILE);
        let shown = || path.display().to_string();
        let damaged = |reason: String| CalibrationError::Damaged { path: shown(), reason };
        let bytes = match read(&path) {
            Ok(Some(bytes)) => bytes,
            Ok(None) => {
                return Err(damaged(format!("not a file of at most {FILE_BYTES_MAX} bytes")));
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(source) => return Err(CalibrationError::Read { path: shown(), source }),
        };
        parse(&bytes).map(Some).map_err(damaged)
    }

    /// The stored one, if it is for this machine and, where one is named, for the fan with this key.
    ///
    /// # Errors
    ///
    /// If there is one that can't be used here.
    pub fn load_for(
        state: &Path,
        (root, inventory): (&Root, &Inventory),
        take: Option<&str>,
    ) -> Result<Option<Self>, CalibrationError> {
        let Some(found) = Self::load(state)? else { return Ok(None) };
        let theirs = &found.fingerprint;
        let fan = match take {
            Some(key) => inventory.fan(key),
            None => inventory.fans.iter().find(|fan| fan.key == theirs.fan),
        };
        let ours = fan.map(|fan| Fingerprint::of(root, inventory, fan));
        if ours.as_ref() == Some(theirs) {
            return Ok(Some(found));
        }
        let elsewhere = || format!("{:?}, which has no such fan", inventory.board);
        Err(CalibrationError::Mismatch {
            path: state.join(FILE).display().to_string(),
            theirs: theirs.to_string(),
            ours: ours.map_or_else(elsewhere, |ours| ours.to_string()),
        })
    }

    /// Stores it: written beside, synced and renamed, so that a crash leaves the old one or this.
    ///
    /// # Errors
    ///
    /// If it is not stored for certain.
    pub fn store(&self, state: &Path) -> Result<(), CalibrationError> {
        let (path, beside) = (state.join(FILE), state.join(NEW));
        let written = || -> io::Result<()> {
            let mut file = File::create(&beside)?;
            file.write_all(&serde_json::to_vec_pretty(self)?)?;
            file.sync_all()?;
            fs::rename(&beside, &path)?;
            File::open(state)?.sync_all()
        };
        let failed = |source| CalibrationError::Store { path: path.display().to_string(), source };
        written().map_err(failed)
    }
}

/// Understands a file; what is wrong with it, if something is.
fn parse(bytes: &[u8]) -> Result<Calibration, String> {
    let found: Calibration = serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
    found.fault().map_or_else(|| Ok(found.clone()), |fault| Err(fault.to_owned()))
}

/// A short regular file's bytes; nothing of anything else. A pipe must not stop the start.
fn read(path: &Path) -> io::Result<Option<Vec<u8>>> {
    let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NONBLOCK | OFlags::NOCTTY;
    let file = File::from(openat(CWD, path, flags, Mode::empty())?);
    let meta = file.metadata()?;
    if !meta.is_file() || meta.len() > FILE_BYTES_MAX {
        return Ok(None);
    }
    let mut bytes = Vec::new();
    file.take(FILE_BYTES_MAX).read_to_end(&mut bytes)?;
    Ok(Some(bytes))
}

#[cfg(test)]
mod tests;

//! What the fans were like before us, kept outside of this process.
//!
//! A process that is killed restores nothing. So the modes are written to the run folder before the
//! first write to a fan, and `hearth-hwctl restore`, which runs after every stop, however it came
//! about, reads them there. A program that starts again finds the file and does not take the mode it
//! left behind itself for the original.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::Path;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::discover::{FanPorts, Inventory};
use super::drive::{GivenBack, Outcome, Ports, give_back, read};
use super::{Access, Key, Root, parse, quirks};

/// The file, in the run folder.
const FILE: &str = "originals.json";
/// No machine has fans for more.
const FILE_BYTES_MAX: u64 = 65_536;
const VERSION: u32 = 1;

/// The fans as they were.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Originals {
    version: u32,
    fans: Vec<Original>,
}

/// One fan as it was.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Original {
    /// Which.
    pub key: Key,
    /// Its mode, where the chip has modes.
    pub mode: Option<u8>,
}

/// Why the originals can't be kept or used.
#[derive(Debug, Error)]
pub enum OriginalsError {
    /// The run folder can't be written: full, read-only, or not there.
    #[error("can't keep the fans' original modes in {path}: {source}; no fan is taken")]
    Keep {
        /// The file.
        path: String,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The file can't be read.
    #[error("can't read {path}: {source}")]
    Read {
        /// The file.
        path: String,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The file is not one of ours.
    #[error("{path} is damaged ({reason}); every fan goes to its driver's automatic mode")]
    Damaged {
        /// The file.
        path: String,
        /// What is wrong.
        reason: String,
    },
    /// A fan's mode can't be read.
    #[error("can't read the mode of {key}: it is not taken")]
    Mode {
        /// The fan.
        key: String,
    },
}

impl Originals {
    /// The file's content, if there is one.
    ///
    /// # Errors
    ///
    /// If it can't be read or is damaged.
    pub fn load(run: &Path) -> Result<Option<Self>, OriginalsError> {
        let path = run.join(FILE);
        let shown = || path.display().to_string();
        let bytes = match fs::metadata(&path) {
            Ok(meta) if meta.len() > FILE_BYTES_MAX => {
                return Err(OriginalsError::Damaged {
                    path: shown(),
                    reason: "too long".to_owned(),
                });
            }
            Ok(_) => fs::read(&path),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => Err(error),
        };
        let bytes = bytes.map_err(|source| OriginalsError::Read { path: shown(), source })?;
        let damaged = |reason| OriginalsError::Damaged { path: shown(), reason };
        let found: Self =
            serde_json::from_slice(&bytes).map_err(|error| damaged(error.to_string()))?;
        if found.version != VERSION {
            return Err(damaged(format!("version {}", found.version)));
        }
        Ok(Some(found))
    }

    /// Keeps what a fan is like now, unless that was kept before. Only after this may it be driven.
    ///
    /// # Errors
    ///
    /// If it can't be kept for certain.
    pub fn keep(root: &Root, run: &Path, fan: &FanPorts) -> Result<Original, OriginalsError> {
        // What is damaged was ours: its modes are lost, and automatic is the best guess.
        let mut all = match Self::load(run) {
            Ok(found) => found.unwrap_or(Self { version: VERSION, fans: Vec::new() }),
            Err(OriginalsError::Damaged { .. }) => {
                let mode = fan.enable.as_ref().map(|_| quirks::of(&fan.key.driver).automatic);
                let original = Original { key: fan.key.clone(), mode };
                Self { version: VERSION, fans: vec![original] }
            }
            Err(error) => return Err(error),
        };
        if let Some(known) = all.fans.iter().find(|known| known.key == fan.key) {
            let known = known.clone();
            all.save(run)?;
            return Ok(known);
        }
        let original = Original { key: fan.key.clone(), mode: mode_of(root, fan)? };
        all.fans.push(original.clone());
        all.save(run)?;
        Ok(original)
    }

    /// Written beside, synced and renamed, so that a crash leaves the old file or the new one.
    fn save(&self, run: &Path) -> Result<(), OriginalsError> {
        let (path, beside) = (run.join(FILE), run.join("originals.new"));
        let written = || -> io::Result<()> {
            let mut file = File::create(&beside)?;
            file.write_all(&serde_json::to_vec(self)?)?;
            file.sync_all()?;
            fs::rename(&beside, &path)?;
            File::open(run)?.sync_all()
        };
        let failed = |source| OriginalsError::Keep { path: path.display().to_string(), source };
        written().map_err(failed)
    }
}

fn mode_of(root: &Root, fan: &FanPorts) -> Result<Option<u8>, OriginalsError> {
    let Some(path) = &fan.enable else { return Ok(None) };
    let enable = root.open(path, Access::Read);
    match enable.and_then(|enable| read(enable.as_ref(), parse::byte)) {
        Ok(Ok(mode)) => Ok(Some(mode)),
        _ => Err(OriginalsError::Mode { key: fan.key.to_string() }),
    }
}

/// Gives back every fan that was ever taken, wherever it is now. Without a file nothing was taken;
/// with a damaged one all fans go to automatic.
///
/// The file stays: a driver with a long cache still shows our own mode for seconds, and a program that
/// starts meanwhile must not take that for the original. The run folder is empty after a boot.
///
/// # Errors
///
/// If the file can't be read.
pub fn restore(root: &Root, run: &Path) -> Result<Vec<(Key, GivenBack)>, OriginalsError> {
    let inventory = Inventory::of(root);
    let taken: Vec<(Key, Option<u8>)> = match Originals::load(run) {
        Ok(None) => return Ok(Vec::new()),
        Ok(Some(kept)) => kept.fans.into_iter().map(|fan| (fan.key, fan.mode)).collect(),
        Err(OriginalsError::Damaged { .. }) => {
            inventory.fans.iter().map(|fan| (fan.key.clone(), None)).collect()
        }
        Err(error) => return Err(error),
    };
    let one = |(key, mode): (Key, Option<u8>)| {
        let found = inventory.fans.iter().find(|fan| fan.key == key);
        let given = match found.map(|fan| Ports::open(root, fan)) {
            Some(Ok(ports)) => give_back(&ports, mode, &quirks::of(&key.driver)),
            Some(Err(error)) => GivenBack::Failed(Outcome::of_error(&error)),
            None => GivenBack::Failed(Outcome::Gone),
        };
        (key, given)
    };
    Ok(taken.into_iter().map(one).collect())
}

#[cfg(test)]
mod tests {
    use super::super::fake::Machine;
    use super::*;

    const CHIP: &str = "sys/devices/i2c-0/0-002e/hwmon/hwmon1";

    fn taken(machine: &Machine, run: &Path) -> Original {
        let root = machine.root();
        let original = Originals::keep(&root, run, &Inventory::of(&root).fans[0]).unwrap();
        machine.write(&format!("{CHIP}/pwm1_enable"), "1\n");
        machine.write(&format!("{CHIP}/pwm1"), "60\n");
        original
    }

    #[test]
    fn a_second_start_does_not_take_manual_mode_for_the_original() {
        let (machine, run) = (Machine::office(), tempfile::tempdir().unwrap());
        assert_eq!(taken(&machine, run.path()).mode, Some(2));
        assert_eq!(taken(&machine, run.path()).mode, Some(2));
        let done = restore(&machine.root(), run.path()).unwrap();
        assert_eq!(done[0].1, GivenBack::Firmware(2));
        assert_eq!(machine.read(&format!("{CHIP}/pwm1_enable")), "2\n");
        assert_eq!(taken(&machine, run.path()).mode, Some(2));
    }

    #[test]
    fn without_a_file_nothing_was_taken() {
        let (machine, run) = (Machine::office(), tempfile::tempdir().unwrap());
        assert_eq!(restore(&machine.root(), run.path()).unwrap(), []);
    }

    #[test]
    fn a_fan_is_found_again_under_another_number() {
        let (machine, run) = (Machine::office(), tempfile::tempdir().unwrap());
        taken(&machine, run.path());
        machine.renumber();
        let done = restore(&machine.root(), run.path()).unwrap();
        assert_eq!(done[0].1, GivenBack::Firmware(2));
    }

    #[test]
    fn a_damaged_file_means_automatic() {
        let (machine, run) = (Machine::office(), tempfile::tempdir().unwrap());
        taken(&machine, run.path());
        for damage in ["", "{", r#"{"version":9,"fans":[]}"#, r#"{"version":1,"fans":[],"x":1}"#] {
            machine.write(&format!("{CHIP}/pwm1_enable"), "1\n");
            fs::write(run.path().join(FILE), damage).unwrap();
            let done = restore(&machine.root(), run.path()).unwrap();
            assert_eq!(done[0].1, GivenBack::Firmware(2), "{damage}");
        }
        fs::write(run.path().join(FILE), "[]").unwrap();
        assert_eq!(taken(&machine, run.path()).mode, Some(2));
    }

    #[test]
    fn without_a_place_to_keep_it_no_fan_is_taken() {
        let machine = Machine::office();
        let root = machine.root();
        let nowhere = Path::new("/proc/nowhere");
        let refused = Originals::keep(&root, nowhere, &Inventory::of(&root).fans[0]).unwrap_err();
        assert!(refused.to_string().contains("no fan is taken"), "{refused}");
    }
}

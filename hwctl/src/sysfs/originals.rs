//! What fans and limits were like before us, kept outside of this process.
//!
//! A process that is killed restores nothing. So what a fan or a limit is like is written to the run
//! folder before the first write to it, and `hearth-hwctl restore`, which runs after every stop,
//! however it came about, reads it there. A program that starts again finds the file and does not take
//! what it left behind itself for the original.
//!
//! A fan's entry stays until the next boot: a driver with a long cache still shows our own mode for
//! seconds. A limit shows what it is, so its entry goes once it was given back and nobody can write it
//! again meanwhile: what an administrator sets later is the original of later.

use std::fmt;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::discover::{FanPorts, Inventory};
use super::drive::{GivenBack, Outcome, Ports, give_back, read};
use super::limits::{self, Which};
use super::{Access, Key, Root, parse, quirks};

/// The file, in the run folder.
const FILE: &str = "originals.json";
/// No machine has fans and processors for more.
const FILE_BYTES_MAX: u64 = 131_072;
const VERSION: u32 = 2;
/// The version before knew fans only.
const VERSIONS: std::ops::RangeInclusive<u32> = 1..=VERSION;
/// The fans' thread and the limits' thread write the same file. Another process is kept away by the
/// run folder's lock.
static TURN: Mutex<()> = Mutex::new(());

/// Everything as it was.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Originals {
    version: u32,
    fans: Vec<Original>,
    #[serde(default)]
    settings: Vec<Setting>,
}

/// One limit as it was.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Setting {
    /// Which.
    pub which: Which,
    /// What it said: a word or a number, as it is written.
    pub value: String,
}

/// What is given back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Thing {
    /// A fan.
    Fan(Key),
    /// A limit.
    Limit(Which),
}

/// Whether somebody may write the limits again after this.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hold {
    /// Nobody: no program runs, and none starts meanwhile.
    Released,
    /// A program that runs, or a thread that did not end.
    Held,
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
    #[error(
        "can't keep what was there before in {path}: {source}; no fan is taken and no limit written"
    )]
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
    #[error(
        "{path} is damaged ({reason}); every fan goes to its driver's automatic mode, \
         and limits stay as they are until the next boot"
    )]
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

impl Default for Originals {
    fn default() -> Self {
        Self { version: VERSION, fans: Vec::new(), settings: Vec::new() }
    }
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
        if !VERSIONS.contains(&found.version) {
            return Err(damaged(format!("version {}", found.version)));
        }
        Ok(Some(Self { version: VERSION, ..found }))
    }

    /// Keeps what a fan is like now, unless that was kept before. Only after this may it be driven.
    ///
    /// # Errors
    ///
    /// If it can't be kept for certain.
    pub fn keep(root: &Root, run: &Path, fan: &FanPorts) -> Result<Original, OriginalsError> {
        let _turn = turn();
        // What is damaged was ours: its modes are lost, and automatic is the best guess.
        let mut all = match Self::load(run) {
            Ok(found) => found.unwrap_or_default(),
            Err(OriginalsError::Damaged { .. }) => {
                let mode = fan.enable.as_ref().map(|_| quirks::of(&fan.key.driver).automatic);
                let original = Original { key: fan.key.clone(), mode };
                Self { fans: vec![original], ..Self::default() }
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

    /// Keeps what limits are like now, unless that was kept before; what they were like before us. Only
    /// after this may they be written.
    ///
    /// # Errors
    ///
    /// If it can't be kept for certain.
    pub fn keep_settings(run: &Path, seen: &[Setting]) -> Result<Vec<Setting>, OriginalsError> {
        let _turn = turn();
        let mut all = match Self::load(run) {
            Ok(found) => found.unwrap_or_default(),
            Err(OriginalsError::Damaged { .. }) => Self::default(),
            Err(error) => return Err(error),
        };
        let count_before = all.settings.len();
        let mut kept = Vec::with_capacity(seen.len());
        for setting in seen {
            let known = all.settings.iter().find(|known| known.which == setting.which).cloned();
            if known.is_none() {
                all.settings.push(setting.clone());
            }
            kept.push(known.unwrap_or_else(|| setting.clone()));
        }
        if all.settings.len() > count_before {
            all.save(run)?;
        }
        Ok(kept)
    }

    /// What limits were like.
    pub fn settings(&self) -> Vec<Setting> {
        self.settings.clone()
    }

    /// Forgets what limits were like, after all of them were given back.
    ///
    /// # Errors
    ///
    /// If the file can't be written. Then it says what it said, which does no harm.
    pub fn forget_settings(run: &Path) -> Result<(), OriginalsError> {
        let _turn = turn();
        match Self::load(run)? {
            Some(all) if !all.settings.is_empty() => Self { settings: Vec::new(), ..all }.save(run),
            _ => Ok(()),
        }
    }

    /// The fans that were ever taken.
    pub fn keys(&self) -> impl Iterator<Item = &Key> {
        self.fans.iter().map(|fan| &fan.key)
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

fn turn() -> MutexGuard<'static, ()> {
    // The file is whole whatever a thread that panicked did: it is renamed into its place.
    TURN.lock().unwrap_or_else(PoisonError::into_inner)
}

impl fmt::Display for Thing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Fan(key) => key.fmt(f),
            Self::Limit(which) => which.fmt(f),
        }
    }
}

/// Gives back every fan that was ever taken and every limit that was written, wherever they are now.
/// Without a file nothing was taken; with a damaged one all fans go to automatic, and limits, which
/// are on the cool side, stay.
///
/// # Errors
///
/// If the file can't be read.
pub fn restore(
    root: &Root,
    run: &Path,
    hold: Hold,
) -> Result<Vec<(Thing, GivenBack)>, OriginalsError> {
    let inventory = Inventory::of(root);
    let kept = match Originals::load(run) {
        Ok(None) => return Ok(Vec::new()),
        Ok(Some(kept)) => kept,
        Err(error @ OriginalsError::Damaged { .. }) => {
            eprintln!("hearth-hwctl: {error}");
            let untold = |fan: &FanPorts| Original { key: fan.key.clone(), mode: None };
            Originals { fans: inventory.fans.iter().map(untold).collect(), ..Originals::default() }
        }
        Err(error) => return Err(error),
    };
    let fans = kept.fans.into_iter().map(|fan| give_back_fan(root, &inventory, fan));
    let mut done: Vec<(Thing, GivenBack)> = fans.collect();
    if kept.settings.is_empty() {
        return Ok(done);
    }
    let limits = limits::find(root).give_back(&kept.settings);
    let all = limits.iter().all(|(_, given)| *given == GivenBack::AsBefore);
    if all
        && hold == Hold::Released
        && let Err(error) = Originals::forget_settings(run)
    {
        eprintln!("hearth-hwctl: {error}");
    }
    done.extend(limits.into_iter().map(|(which, given)| (Thing::Limit(which), given)));
    Ok(done)
}

fn give_back_fan(root: &Root, inventory: &Inventory, fan: Original) -> (Thing, GivenBack) {
    let found = inventory.fans.iter().find(|found| found.key == fan.key);
    let given = match found.map(|found| Ports::open(root, found)) {
        Some(Ok(ports)) => give_back(&ports, fan.mode, &quirks::of(&fan.key.driver)),
        Some(Err(error)) => GivenBack::Failed(Outcome::of_error(&error)),
        None => GivenBack::Failed(Outcome::Gone),
    };
    (Thing::Fan(fan.key), given)
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
        let done = restore(&machine.root(), run.path(), Hold::Released).unwrap();
        assert_eq!(done[0].1, GivenBack::Firmware(2));
        assert_eq!(machine.read(&format!("{CHIP}/pwm1_enable")), "2\n");
        assert_eq!(taken(&machine, run.path()).mode, Some(2));
    }

    #[test]
    fn without_a_file_nothing_was_taken() {
        let (machine, run) = (Machine::office(), tempfile::tempdir().unwrap());
        assert_eq!(restore(&machine.root(), run.path(), Hold::Released).unwrap(), []);
    }

    #[test]
    fn a_fan_is_found_again_under_another_number() {
        let (machine, run) = (Machine::office(), tempfile::tempdir().unwrap());
        taken(&machine, run.path());
        machine.renumber();
        let done = restore(&machine.root(), run.path(), Hold::Released).unwrap();
        assert_eq!(done[0].1, GivenBack::Firmware(2));
    }

    #[test]
    fn a_damaged_file_means_automatic() {
        let (machine, run) = (Machine::office(), tempfile::tempdir().unwrap());
        taken(&machine, run.path());
        for damage in ["", "{", r#"{"version":9,"fans":[]}"#, r#"{"version":1,"fans":[],"x":1}"#] {
            machine.write(&format!("{CHIP}/pwm1_enable"), "1\n");
            fs::write(run.path().join(FILE), damage).unwrap();
            let done = restore(&machine.root(), run.path(), Hold::Released).unwrap();
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

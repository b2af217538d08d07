//! What this process may still do once it knows its machine: two locks of the kernel's, for good.
//!
//! - **Files** (Landlock): it reads `/sys` and two files of `/proc`, writes the files of the fans it
//!   took and of the power limits, and has its folders to itself.
//! - **Calls** (seccomp): it makes the system calls that a loop, its threads and its sockets need.
//!   Another one ends the process; what gives the fan back is another process.
//!
//! Both hold for the threads that are started later, so they come before the first one. The kernel may
//! say that it locks and not do it, so what must be refused is tried. A machine is cooled without locks
//! all the same, and the log says so.

mod calls;
mod files;

use std::fmt;
use std::path::{Path, PathBuf};

pub use calls::lock_calls;
pub use files::{ABSENT, lock_files};

use crate::machine::Place;
use crate::sysfs::discover::{FanPorts, Inventory};
use crate::sysfs::originals::{Originals, OriginalsError};

/// What is read, beneath the root.
const READ: [&str; 3] = ["sys", "proc/stat", "proc/meminfo"];
/// The limits of a power zone, beneath its folder.
const LIMITS: [&str; 3] = ["constraint_0_power_limit_uw", "constraint_1_power_limit_uw", "enabled"];
/// The limits of a frequency policy, beneath its folder.
const FREQUENCIES: [&str; 2] = ["scaling_max_freq", "energy_performance_preference"];
/// The firmware's profile.
const PROFILE: &str = "sys/firmware/acpi/platform_profile";

/// The files that are needed from now on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Needs {
    /// Files, and folders with all that is in them, to read.
    pub read: Vec<PathBuf>,
    /// Files to read and to write.
    pub write: Vec<PathBuf>,
    /// Folders in which files and sockets are made and removed.
    pub own: Vec<PathBuf>,
}

impl Needs {
    /// What `run` needs on this machine: the fan that is taken, those that an earlier run took and
    /// that may have to be given back once more, and all that limits power.
    ///
    /// # Errors
    ///
    /// If it can't be known what was taken earlier.
    pub fn of(place: &Place, state: &Path, inventory: &Inventory) -> Result<Self, OriginalsError> {
        let taken = match Originals::load(&place.run) {
            // Of what is damaged nothing is known, and any fan may have been taken.
            Err(OriginalsError::Damaged { .. }) => None,
            found => Some(found?),
        };
        let ours = |fan: &&FanPorts| match &taken {
            None => true,
            Some(originals) => {
                let mut keys = originals.iter().flat_map(Originals::keys);
                keys.any(|key| *key == fan.key) || place.take == Some(fan.key.to_string())
            }
        };
        let fans = inventory.fans.iter().filter(ours);
        let fans = fans.flat_map(|fan| fan.enable.iter().chain([&fan.pwm])).cloned();
        let within = |folder: &str, names: &[&str]| -> Vec<String> {
            names.iter().map(|name| format!("{folder}/{name}")).collect()
        };
        let zones = inventory.power.iter().flat_map(|zone| within(&zone.folder, &LIMITS));
        let policies = inventory.policies.iter().flat_map(|p| within(&p.folder, &FREQUENCIES));
        let all = fans.chain(zones).chain(policies).chain([PROFILE.to_owned()]);
        let beneath = |path: &str| place.root.path().join(path);
        Ok(Self {
            read: READ.map(beneath).to_vec(),
            write: all.map(|path| beneath(&path)).filter(|path| path.exists()).collect(),
            own: vec![place.run.clone(), state.to_owned()],
        })
    }
}

/// Whether a lock holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Lock {
    /// It was tried.
    Holds,
    /// It does not, for this reason.
    Open(String),
}

/// Both locks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Confined {
    files: Lock,
    calls: Lock,
    written: usize,
}

/// Locks this thread and all that it starts.
pub fn confine(needs: &Needs) -> Confined {
    // The second lock has no calls for the first one.
    let files = lock_files(needs);
    Confined { files, calls: lock_calls(), written: needs.write.len() }
}

impl fmt::Display for Confined {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.files {
            Lock::Holds => write!(f, "only {} files can be written", self.written)?,
            Lock::Open(why) => write!(f, "NOT CONFINED to its files ({why})")?,
        }
        match &self.calls {
            Lock::Holds => write!(f, "; only the system calls of a loop can be made"),
            Lock::Open(why) => write!(f, "; NOT CONFINED to its system calls ({why})"),
        }
    }
}

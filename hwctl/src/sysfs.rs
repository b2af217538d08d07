//! `/sys`, under a root that is passed in. Nothing else in this program opens a file there.
//!
//! What the kernel says is not believed because it said it. A write of hwmon may succeed and do
//! nothing, a mode that is read may be the one before, numbers come quantised, clamped and seconds
//! old. So numbers are parsed strictly ([`parse`]), a write counts when what was read back after the
//! driver's cache expired says so ([`drive`]), and what the machine was like before is kept outside
//! of this process before the first write ([`originals`]).
//!
//! Paths are opened within the root only, as if it were `/`, without magic links.

pub mod discover;
pub mod drive;
mod follow;
mod key;
mod kind;
pub mod limits;
pub mod originals;
pub mod parse;
pub mod power;
pub mod quirks;
mod zones;

#[cfg(test)]
pub(crate) mod fake;

use std::fs::File;
use std::io;
use std::os::fd::{AsRawFd as _, OwnedFd};
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};

use rustix::fs::{CWD, Dir, Mode, OFlags, ResolveFlags};
use rustix::io::Errno;

pub(crate) use drive::read;
pub use key::Key;
pub use kind::Kind;

/// No attribute that is read here is longer; the kernel gives at most a page.
const ATTRIBUTE_BYTES_MAX: usize = 4_096;
/// While something is renamed anywhere, the kernel can't be sure that `..` stays beneath a root and
/// says `EAGAIN`; the links of `/sys/class` are full of `..`.
const OPEN_TRIES: usize = 128;
/// A folder of `/sys` with more entries is not one of those that are looked at.
const ENTRIES_MAX: usize = 4_096;

/// An open attribute. Reading and writing start at its beginning and take no memory.
pub trait Attribute: Send + std::fmt::Debug {
    /// Reads what it says now; how many bytes that is.
    ///
    /// # Errors
    ///
    /// What the driver answers: `ENODEV` when the device is gone, `EIO`, `ENODATA`, …
    fn read(&self, into: &mut [u8]) -> io::Result<usize>;

    /// Writes a value.
    ///
    /// # Errors
    ///
    /// What the driver answers: `EINVAL`, `EACCES`, `EROFS`, `ENODEV`, …
    fn write(&self, text: &[u8]) -> io::Result<()>;
}

/// An attribute that is an open file.
#[derive(Debug)]
struct Opened(File);

impl Attribute for Opened {
    fn read(&self, into: &mut [u8]) -> io::Result<usize> {
        self.0.read_at(into, 0)
    }

    fn write(&self, text: &[u8]) -> io::Result<()> {
        self.0.write_all_at(text, 0)
    }
}

/// What an attribute is opened for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// To read it.
    Read,
    /// To read and to write it.
    ReadWrite,
}

/// The root of a machine: `/`, or a folder that looks like one.
#[derive(Clone, Debug)]
pub struct Root(PathBuf);

impl Root {
    /// One that is somewhere else in tests and simulations.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self(path.into())
    }

    /// Opens an attribute, by its path beneath the root (`sys/class/…`).
    ///
    /// # Errors
    ///
    /// As `openat2` fails; a path that leads outside of the root is `EXDEV`.
    pub fn open(&self, path: &str, access: Access) -> io::Result<Box<dyn Attribute>> {
        Ok(Box::new(Opened(self.file(path, access)?)))
    }

    fn file(&self, path: &str, access: Access) -> io::Result<File> {
        let access = match access {
            Access::Read => OFlags::RDONLY,
            Access::ReadWrite => OFlags::RDWR,
        };
        Ok(self.descriptor(path, access)?.into())
    }

    /// Links are followed as if the root were `/`, also absolute ones.
    fn descriptor(&self, path: &str, how: OFlags) -> io::Result<OwnedFd> {
        let root = rustix::fs::openat(
            CWD,
            &self.0,
            OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC,
            Mode::empty(),
        )?;
        let within = ResolveFlags::IN_ROOT | ResolveFlags::NO_MAGICLINKS;
        // A path that is only looked at takes no other flags.
        let flags = match how.contains(OFlags::PATH) {
            true => how | OFlags::CLOEXEC,
            false => how | OFlags::CLOEXEC | OFlags::NOCTTY,
        };
        for _ in 1..OPEN_TRIES {
            match rustix::fs::openat2(&root, path, flags, Mode::empty(), within) {
                Err(Errno::AGAIN | Errno::INTR) => {}
                opened => return Ok(opened?),
            }
        }
        Ok(rustix::fs::openat2(&root, path, flags, Mode::empty(), within)?)
    }

    /// The first line of an attribute, if it can be read and is text.
    pub fn line(&self, path: &str) -> Option<String> {
        let mut bytes = [0; ATTRIBUTE_BYTES_MAX];
        let length = self.file(path, Access::Read).ok()?.read_at(&mut bytes, 0).ok()?;
        let text = std::str::from_utf8(&bytes[..length]).ok()?;
        Some(text.lines().next()?.trim().to_owned())
    }

    /// Whether there is something with this path.
    pub fn has(&self, path: &str) -> bool {
        self.descriptor(path, OFlags::PATH).is_ok()
    }

    /// The names in a folder, in order; none if there is no such folder.
    pub fn names(&self, path: &str) -> Vec<String> {
        let folder = self.descriptor(path, OFlags::RDONLY | OFlags::DIRECTORY);
        let Some(entries) = folder.ok().and_then(|folder| Dir::new(folder).ok()) else {
            return Vec::new();
        };
        let entries = entries.take(ENTRIES_MAX).filter_map(Result::ok);
        let names = entries.filter_map(|entry| entry.file_name().to_str().ok().map(str::to_owned));
        let mut names: Vec<String> = names.filter(|name| name != "." && name != "..").collect();
        names.sort();
        names
    }

    /// The last name of where a link leads, such as the driver behind a device.
    pub fn link_name(&self, path: &str) -> Option<String> {
        Some(self.real(path)?.rsplit('/').next()?.to_owned())
    }

    /// Where a path leads in the end, beneath the root.
    fn real(&self, path: &str) -> Option<String> {
        let found = self.descriptor(path, OFlags::PATH).ok()?;
        let root = std::fs::canonicalize(&self.0).ok()?;
        let real = std::fs::read_link(format!("/proc/self/fd/{}", found.as_raw_fd())).ok()?;
        Some(real.strip_prefix(root).ok()?.to_str()?.to_owned())
    }

    /// The folder itself.
    pub fn path(&self) -> &Path {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

    use super::fake::Machine;
    use super::*;

    #[test]
    fn a_path_that_leads_out_of_the_root_is_not_opened() {
        let machine = Machine::office();
        machine.link("sys/class/hwmon/hwmon9", "../../../../../../../../etc");
        let root = machine.root();
        assert!(root.open("sys/class/hwmon/hwmon9/hostname", Access::Read).is_err());
        assert!(root.open("/etc/hostname", Access::Read).is_err());
        assert_eq!(root.line("sys/class/hwmon/hwmon1/name").as_deref(), Some("adt7475"));
    }

    #[test]
    fn an_absolute_link_leads_to_the_root_that_was_given() {
        let machine = Machine::office();
        machine.link("sys/class/hwmon/hwmon8", "/sys/devices/i2c-0/0-002e/hwmon/hwmon1");
        machine.link("sys/class/hwmon/hwmon9", "/etc");
        let root = machine.root();
        assert_eq!(root.line("sys/class/hwmon/hwmon8/name").as_deref(), Some("adt7475"));
        assert!(root.names("sys/class/hwmon/hwmon8").contains(&"pwm1".to_owned()));
        let device = root.real("sys/class/hwmon/hwmon8/device");
        assert_eq!(device.as_deref(), Some("sys/devices/i2c-0/0-002e"));
        assert!(root.names("sys/class/hwmon/hwmon9").is_empty() && !root.has("etc/passwd"));
        let inventory = discover::Inventory::of(&root);
        assert!(inventory.fans.iter().all(|fan| fan.key == inventory.fans[0].key));
    }

    #[test]
    fn renames_elsewhere_hide_nothing() {
        let (machine, stop) = (Machine::office(), AtomicBool::new(false));
        machine.write("a", "");
        let root = machine.root();
        std::thread::scope(|scope| {
            scope.spawn(|| {
                while !stop.load(Relaxed) {
                    std::fs::rename(root.path().join("a"), root.path().join("b")).unwrap();
                    std::fs::rename(root.path().join("b"), root.path().join("a")).unwrap();
                }
            });
            let found = (0..5_000).all(|_| root.line("sys/class/hwmon/hwmon1/name").is_some());
            stop.store(true, Relaxed);
            assert!(found);
        });
    }
}

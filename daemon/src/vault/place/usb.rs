//! A disk that is known by its label.
//!
//! Hearth mounts nothing: it has no right to. The system does, by a line in `/etc/fstab` or by the
//! desktop's own service, and here it is found where it is mounted.

use std::ffi::OsStr;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// Something that is mounted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mount {
    /// Where.
    pub at: PathBuf,
    /// What: for a disk, its device.
    pub source: PathBuf,
}

/// Everything that is mounted for this process.
///
/// # Errors
/// As the operating system says.
pub fn mounts() -> io::Result<Vec<Mount>> {
    Ok(parse(&std::fs::read_to_string("/proc/self/mountinfo")?))
}

/// The lines of `mountinfo` (proc(5)): the fifth field is where, and the second one after ` - ` is what.
fn parse(text: &str) -> Vec<Mount> {
    let mount = |line: &str| {
        let (before, after) = line.split_once(" - ")?;
        let at = unescaped(before.split(' ').nth(4)?);
        Some(Mount { at, source: unescaped(after.split(' ').nth(1)?) })
    };
    text.lines().filter_map(mount).collect()
}

/// Blanks and backslashes are written in octal.
fn unescaped(field: &str) -> PathBuf {
    let mut bytes = Vec::with_capacity(field.len());
    let mut rest = field.as_bytes();
    while let [first, left @ ..] = rest {
        let code = left.get(..3).and_then(|code| std::str::from_utf8(code).ok());
        let code = code.and_then(|code| u8::from_str_radix(code, 8).ok());
        match code {
            Some(byte) if *first == b'\\' => {
                bytes.push(byte);
                rest = &left[3..];
            }
            _ => {
                bytes.push(*first);
                rest = left;
            }
        }
    }
    PathBuf::from(OsStr::from_bytes(&bytes))
}

/// udev writes other bytes than letters, digits and `#+-.:=@_` of a label as `\x20`.
fn by_label(label: &str) -> String {
    let mut name = String::new();
    for c in label.chars() {
        if c.is_ascii_alphanumeric() || "#+-.:=@_".contains(c) || !c.is_ascii() {
            name.push(c);
        } else {
            name.push_str(&format!("\\x{:02x}", u32::from(c)));
        }
    }
    name
}

/// Where the disk of a label is mounted: by its device, or where that is not to be seen, by the name of
/// the folder, which those who mount disks by themselves make of the label. The latest mount counts.
#[must_use]
pub fn mounted_at(mounts: &[Mount], label: &str, labels: &Path) -> Option<PathBuf> {
    let device = std::fs::canonicalize(labels.join(by_label(label))).ok();
    let of_device = |mount: &&Mount| device.as_ref().is_some_and(|device| mount.source == *device);
    let by_name = |mount: &&Mount| mount.at.file_name() == Some(OsStr::new(label));
    let found = mounts.iter().rev().find(of_device);
    found.or_else(|| mounts.iter().rev().find(by_name)).map(|mount| mount.at.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "\
24 1 259:2 / / rw,noatime shared:1 - ext4 /dev/nvme0n1p2 rw
90 24 8:1 / /media/My\\040Disk rw,nosuid shared:50 - exfat /dev/sda1 rw
91 24 8:17 / /srv/copies rw - ext4 /dev/sdb1 rw
92 24 0:40 / /run/media/lin/HEARTH rw - tmpfs tmpfs rw
half a line
";

    #[test]
    fn a_disk_is_found_by_its_label() {
        let mounts = parse(TEXT);
        assert_eq!(mounts.len(), 4);
        let labels = tempfile::tempdir().unwrap();
        let at = |label| mounted_at(&mounts, label, labels.path());
        assert_eq!(at("HEARTH"), Some("/run/media/lin/HEARTH".into()));
        assert_eq!(at("My Disk"), Some("/media/My Disk".into()));
        assert_eq!(at("COPIES"), None);
        assert_eq!(at(""), None);
        std::os::unix::fs::symlink("/dev/null", labels.path().join("Two\\x20Words")).unwrap();
        let mounts = [Mount { at: "/srv/x".into(), source: "/dev/null".into() }];
        assert_eq!(mounted_at(&mounts, "Two Words", labels.path()), Some("/srv/x".into()));
    }
}

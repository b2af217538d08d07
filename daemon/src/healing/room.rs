//! The last room on the disk: a reserve file that is given back when everything else is full.
//!
//! - Uploads are refused long before (`files.disk_reserve_mb`), so that people can go on talking.
//! - When less than half of the reserve's size is free, the reserve file is removed and new messages
//!   are refused with a plain problem. What it held is enough for those who tidy up: reading, deleting
//!   messages and backups, signing in, settings go on.
//! - When there is room for the reserve and as much again, it is made anew and messages are taken.
//!
//! On a small disk the reserve is a sixty-fourth of it. The disk is looked at every two seconds, and at
//! every message while it is full, so that talk goes on the moment there is room.

use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use hearth_wire::admin::Finding;

use crate::app::App;
use crate::checks::{bad, said, size};

/// Name of the reserve in the data folder.
pub const RESERVE: &str = "reserve";
const CODE: &str = "disk-reserve";
/// How often the disk is looked at.
const EVERY: Duration = Duration::from_secs(2);
/// The reserve is never more than this part of the disk.
const PART_OF_DISK: u64 = 64;

/// What to do about the room there is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    /// Nothing.
    Stay,
    /// Give the reserve back and take no messages.
    Release,
    /// Make the reserve and take messages.
    Restore,
}

/// `free` is what the disk has besides the reserve.
const fn step(free: u64, reserve: u64, is_full: bool, is_held: bool) -> Step {
    if reserve == 0 {
        return Step::Stay;
    }
    if is_full {
        return if free >= reserve * 2 { Step::Restore } else { Step::Stay };
    }
    if free < reserve / 2 {
        Step::Release
    } else if !is_held && free >= reserve * 2 {
        Step::Restore
    } else {
        Step::Stay
    }
}

/// The room that is left.
#[derive(Debug)]
pub struct Room {
    data: PathBuf,
    reserve_bytes: u64,
    full: AtomicBool,
}

impl Room {
    /// The room of the disk of a data folder, with a reserve of at most so much.
    #[must_use]
    pub fn new(data: &Path, reserve_bytes_max: u64) -> Self {
        let disk = disk(data).map_or(u64::MAX, |(_, whole)| whole);
        let reserve_bytes = reserve_bytes_max.min(disk / PART_OF_DISK);
        Self { data: data.to_owned(), reserve_bytes, full: AtomicBool::new(false) }
    }

    /// Whether a message may be written. While the disk is full this looks at it again.
    #[must_use]
    pub fn takes_messages(&self) -> bool {
        if self.full.load(Ordering::Acquire) {
            self.look();
        }
        !self.full.load(Ordering::Acquire)
    }

    /// Looks at the disk and does what has to be done; whether it is full now.
    pub fn look(&self) -> bool {
        let was_full = self.full.load(Ordering::Acquire);
        let Ok((free, _)) = disk(&self.data) else { return was_full };
        let path = self.data.join(RESERVE);
        match step(free, self.reserve_bytes, was_full, path.exists()) {
            Step::Stay => {}
            Step::Release => {
                match std::fs::remove_file(&path) {
                    Ok(()) => tracing::warn!(free, "the disk is full: the reserve was released"),
                    Err(error) if error.kind() == io::ErrorKind::NotFound => {
                        tracing::warn!(free, "the disk is full, and there was no reserve");
                    }
                    Err(error) => tracing::warn!(%error, "the reserve can't be released"),
                }
                self.full.store(true, Ordering::Release);
            }
            Step::Restore => {
                if let Err(error) = make(&path, self.reserve_bytes) {
                    tracing::warn!(%error, "the reserve can't be made");
                } else if was_full {
                    tracing::info!(free, "there is room again; the reserve is back");
                }
                self.full.store(false, Ordering::Release);
            }
        }
        self.full.load(Ordering::Acquire)
    }
}

/// What is free for us, and the whole disk, in bytes.
fn disk(data: &Path) -> io::Result<(u64, u64)> {
    let stat = rustix::fs::statvfs(data)?;
    let bytes = |blocks: u64| blocks.saturating_mul(stat.f_frsize);
    Ok((bytes(stat.f_bavail), bytes(stat.f_blocks)))
}

fn make(path: &Path, bytes: u64) -> io::Result<()> {
    let mut options = OpenOptions::new();
    let file: File = options.write(true).create(true).truncate(false).mode(0o600).open(path)?;
    // Blocks of its own, not a hole: else it would reserve nothing.
    let made = rustix::fs::fallocate(&file, rustix::fs::FallocateFlags::empty(), 0, bytes);
    made.map_err(|errno| {
        // Half a reserve would be taken for a whole one.
        if let Err(error) = std::fs::remove_file(path) {
            tracing::warn!(%error, "half a reserve can't be removed");
        }
        errno.into()
    })
}

/// Watches until the tasks stop.
pub async fn watch(app: Arc<App>) {
    let mut was_full = false;
    loop {
        let looking = Arc::clone(&app);
        let looked = app.tasks.spawn_blocking(move || looking.room.look()).await;
        let is_full = looked.unwrap_or(was_full);
        if is_full && !was_full {
            app.findings.tell(full(app.room.reserve_bytes), app.clock.now());
        } else if was_full && !is_full {
            app.findings.take_back(CODE, app.clock.now());
        }
        was_full = is_full;
        tokio::select! {
            () = tokio::time::sleep(EVERY) => {}
            () = app.tasks.stopping() => return,
        }
    }
}

fn full(reserve: u64) -> Finding {
    let reserve = size(reserve);
    bad(
        CODE,
        said(
            format!(
                "The disk is full: new messages are refused. {reserve} of reserve were released."
            ),
            format!("磁盘已满，新消息会被拒绝。已释放 {reserve} 的预留空间。"),
        ),
        said(
            "Delete old backups or large files, or free space on the disk in another way; messages are \
             taken again by themselves.",
            "请删除旧备份或大文件，或以其他方式清理磁盘；之后会自动恢复接收消息。",
        ),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reserve_goes_and_comes_with_room_between() {
        let (none, all) = (0, 1_000_000);
        assert_eq!(step(all, 1_000, false, false), Step::Restore);
        assert_eq!(step(all, 1_000, false, true), Step::Stay);
        assert_eq!(step(1_500, 1_000, false, false), Step::Stay, "too little to hold some back");
        assert_eq!(step(499, 1_000, false, true), Step::Release);
        assert_eq!(step(499, 1_000, false, false), Step::Release);
        assert_eq!(step(1_499, 1_000, true, false), Step::Stay, "what was released is free now");
        assert_eq!(step(2_000, 1_000, true, false), Step::Restore);
        assert_eq!(step(none, 0, false, false), Step::Stay, "switched off");
    }

    #[test]
    fn a_reserve_takes_blocks() {
        let folder = tempfile::tempdir().unwrap();
        let room = Room::new(folder.path(), 1 << 20);
        assert!(!room.look() && room.takes_messages());
        let path = folder.path().join(RESERVE);
        let meta = std::fs::metadata(&path).unwrap();
        assert_eq!(meta.len(), room.reserve_bytes);
        assert!(std::os::unix::fs::MetadataExt::blocks(&meta) * 512 >= room.reserve_bytes);
    }
}

//! A small file system of its own, for tests of a full or read-only disk.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A tmpfs that is unmounted when this is dropped.
#[derive(Debug)]
pub(crate) struct Disk {
    path: PathBuf,
}

impl Disk {
    /// Mounts one of this size; nothing where that is not permitted, which is said aloud.
    pub(crate) fn mount(path: &Path, size_kib: u32) -> Option<Self> {
        fs::create_dir_all(path).expect("make the mount point");
        let options = format!("size={size_kib}k,mode=0700");
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", &options, "hearth-test"])
            .arg(path)
            .status();
        if mounted.is_ok_and(|status| status.success()) {
            return Some(Self { path: path.to_owned() });
        }
        println!("SKIPPED: this needs the right to mount a file system (run it as root)");
        None
    }

    /// Takes all the space that is left, but for `spare_kib`.
    pub(crate) fn fill(&self, spare_kib: usize) {
        let mut file = File::create(self.filler()).expect("make the filler");
        let page = [0x5a; 4_096];
        let mut pages = 0;
        while file.write_all(&page).is_ok() {
            pages += 1;
        }
        let length = 4_096 * (pages - (spare_kib / 4).min(pages)) as u64;
        file.set_len(length).expect("give the spare space back");
    }

    /// Gives the space back.
    pub(crate) fn free(&self) {
        fs::remove_file(self.filler()).expect("remove the filler");
    }

    /// Lets nobody write any more.
    pub(crate) fn read_only(&self) {
        let done = Command::new("mount").args(["-o", "remount,ro"]).arg(&self.path).status();
        assert!(done.is_ok_and(|status| status.success()), "remount read-only");
    }

    fn filler(&self) -> PathBuf {
        self.path.join("filler")
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        // Lazily: a process that is about to be killed may still have files open.
        let done = Command::new("umount").arg("--lazy").arg(&self.path).status();
        if !done.is_ok_and(|status| status.success()) {
            println!("{} stays mounted", self.path.display());
        }
    }
}

//! The disk that loses power: an ext4 image, a copy that the guest writes to through QEMU's
//! `blklogwrites`, and what that wrote down.

use std::fs::{self, File};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use super::cuts::{Cut, Recorded};

/// So large that no guard of the disk's space has a say; nearly all of it is a hole.
const SIZE_BYTES: u64 = 1 << 30;

/// A disk, before the guest and after.
#[derive(Debug)]
pub(crate) struct Drive {
    folder: PathBuf,
}

impl Drive {
    /// With a folder's content in a folder of that name.
    pub(crate) fn with(content: &Path, name: &str, folder: &Path) -> Self {
        let drive = Self { folder: folder.to_owned() };
        let source = folder.join("source");
        fs::create_dir(&source).expect("make a folder");
        run(Command::new("cp").arg("-a").arg(content).arg(source.join(name)));
        let image = File::create(drive.before()).expect("make the disk");
        image.set_len(SIZE_BYTES).expect("give the disk its size");
        let mut format = tool("mke2fs");
        format.args(["-q", "-t", "ext4", "-N", "4096", "-d"]);
        run(format.arg(&source).arg(drive.before()));
        copy(&drive.before(), &drive.path("disk"));
        File::create(drive.log()).expect("make the log of writes");
        drive
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    fn before(&self) -> PathBuf {
        self.path("before")
    }

    /// The log of writes.
    pub(crate) fn log(&self) -> PathBuf {
        self.path("log")
    }

    /// How long the log is now.
    pub(crate) fn log_bytes(&self) -> u64 {
        fs::metadata(self.log()).expect("there is a log").len()
    }

    /// What makes QEMU have it, behind the disk with programs.
    pub(crate) fn arguments(&self) -> Vec<String> {
        let file = |node: &str, path: PathBuf| {
            format!("driver=file,node-name={node},filename={}", path.display())
        };
        let disks = [
            file("written", self.path("disk")),
            file("noted", self.log()),
            "driver=blklogwrites,node-name=disk,file=written,log=noted".to_owned(),
        ];
        let mut arguments: Vec<String> =
            disks.into_iter().flat_map(|disk| ["-blockdev".to_owned(), disk]).collect();
        arguments.extend(["-device", "virtio-blk-pci,drive=disk,addr=0x10"].map(str::to_owned));
        arguments
    }

    /// The disk as a cut left it.
    pub(crate) fn after(&self, recorded: &Recorded, cut: &Cut) -> Survived {
        let image = self.path("after");
        copy(&self.before(), &image);
        let disk = File::options().write(true).open(&image).expect("open the disk");
        recorded.replay(cut, |at, bytes| disk.write_all_at(bytes, at).expect("write to the disk"));
        drop(disk);
        Survived { image, folder: self.path("survived") }
    }
}

/// A disk that lost power.
#[derive(Debug)]
pub(crate) struct Survived {
    image: PathBuf,
    folder: PathBuf,
}

impl Survived {
    /// Repairs the file system as a boot does, and takes a folder out of it, in the place of what was
    /// taken out before.
    pub(crate) fn data(&self, name: &str) -> PathBuf {
        let checked = output(tool("e2fsck").args(["-f", "-y"]).arg(&self.image));
        // 1 says that something was repaired, as is to be expected of a journal that was in use.
        assert!(matches!(checked.status.code(), Some(0 | 1)), "{checked:?}");
        if self.folder.exists() {
            fs::remove_dir_all(&self.folder).expect("remove what was taken out before");
        }
        fs::create_dir(&self.folder).expect("make a folder");
        let dump = format!("rdump {name} {}", self.folder.display());
        run(tool("debugfs").args(["-R", &dump]).arg(&self.image));
        let data = self.folder.join(name);
        assert!(data.is_dir(), "the folder of the office is not on the disk any more");
        data
    }
}

/// A program for file systems, which is not on everybody's path.
fn tool(name: &str) -> Command {
    let path = std::env::var("PATH").unwrap_or_default();
    let mut command = Command::new(name);
    command.env("PATH", format!("{path}:/usr/sbin:/sbin"));
    command
}

fn copy(from: &Path, to: &Path) {
    run(Command::new("cp").args(["--sparse=always", "--reflink=auto"]).arg(from).arg(to));
}

fn output(command: &mut Command) -> Output {
    command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"))
}

fn run(command: &mut Command) {
    let output = output(command);
    assert!(output.status.success(), "{command:?}: {output:?}");
}

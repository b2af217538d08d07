//! The locks, on a real process: this test starts itself, locks that process, and lets it try.

#![expect(clippy::unwrap_used, reason = "what a test can't set up fails the test")]

use std::env;
use std::fs::{self, File};
use std::os::unix::net::{UnixListener, UnixStream};
use std::os::unix::process::ExitStatusExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus};
use std::thread;

use hearth_hwctl::machine::{Place, Wires};
use hearth_hwctl::sandbox::{ABSENT, Lock, Needs, lock_calls, lock_files};
use hearth_hwctl::simulated::{self, DUTY, FAN, MODE};
use hearth_hwctl::sysfs::Root;
use hearth_hwctl::sysfs::discover::Inventory;

const TRY: &str = "HWCTL_TRY";
const FOLDER: &str = "HWCTL_FOLDER";
/// How a process ends that made another system call.
const SIGSYS: i32 = 31;
const LIMIT: &str = "sys/class/powercap/intel-rapl:0/constraint_0_power_limit_uw";

/// Runs the second half of a test in a process of its own.
fn tries(test: &str, what: &str, folder: &Path) -> ExitStatus {
    let mut child = Command::new(env::current_exe().unwrap());
    child.args(["--exact", test, "--nocapture"]).env(TRY, what).env(FOLDER, folder);
    child.status().unwrap()
}

fn needs(folder: &Path) -> Needs {
    let place = Place {
        root: Root::new(folder.join("root")),
        run: folder.join("run"),
        take: Some(FAN.to_owned()),
        wires: Wires::default(),
    };
    Needs::of(&place, &folder.join("state"), &Inventory::of(&place.root)).unwrap()
}

fn may_write(path: PathBuf) -> bool {
    File::options().write(true).open(path).is_ok()
}

#[test]
fn only_the_fans_own_files_and_the_limits_can_be_written() {
    const NAME: &str = "only_the_fans_own_files_and_the_limits_can_be_written";
    if let Some(folder) = env::var_os(FOLDER).map(PathBuf::from) {
        let lock = lock_files(&needs(&folder));
        if lock == Lock::Open(ABSENT.to_owned()) {
            println!("SKIPPED: {ABSENT}");
            return;
        }
        assert!(lock == Lock::Holds, "{lock:?}");
        let root = |path: &str| folder.join("root").join(path);
        assert!([DUTY, MODE, LIMIT].into_iter().all(|path| may_write(root(path))));
        assert!(fs::read_to_string(root("proc/stat")).is_ok());
        let other = DUTY.replace("pwm1", "pwm2");
        assert!(fs::read_to_string(root(&other)).is_ok() && !may_write(root(&other)));
        assert!(!may_write(folder.join("elsewhere")));
        assert!(fs::read_to_string("/proc/self/status").is_err());
        // The run folder is its own, and a thread that comes later is locked too.
        let run = folder.join("run");
        fs::write(run.join("originals.new"), "{}").unwrap();
        fs::rename(run.join("originals.new"), run.join("originals.json")).unwrap();
        drop(UnixListener::bind(run.join("status.sock")).unwrap());
        fs::remove_file(run.join("status.sock")).unwrap();
        let other = root(&other);
        assert!(!thread::spawn(move || may_write(other)).join().unwrap());
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("root");
    simulated::office(&root).unwrap();
    fs::create_dir(folder.path().join("run")).unwrap();
    for file in [root.join(DUTY.replace("pwm1", "pwm2")), root.join(LIMIT)] {
        fs::write(file, "65000000\n").unwrap();
    }
    fs::write(folder.path().join("elsewhere"), "").unwrap();
    assert!(tries(NAME, "files", folder.path()).success());
}

#[test]
fn another_system_call_ends_the_process() {
    const NAME: &str = "another_system_call_ends_the_process";
    if let Some(what) = env::var_os(TRY) {
        let folder = PathBuf::from(env::var_os(FOLDER).unwrap());
        assert_eq!(lock_calls(), Lock::Holds);
        match what.to_str().unwrap() {
            "work" => {
                let socket = UnixListener::bind(folder.join("socket")).unwrap();
                socket.set_nonblocking(true).unwrap();
                thread::spawn(thread::yield_now).join().unwrap();
                fs::write(folder.join("file"), "text").unwrap();
            }
            "start" => drop(Command::new("/bin/true").status()),
            "connect" => drop(UnixStream::connect(folder.join("socket"))),
            "network" => drop(std::net::UdpSocket::bind("127.0.0.1:0")),
            "folder" => drop(fs::create_dir(folder.join("more"))),
            "signal" => {
                let parent = rustix::process::getppid().unwrap();
                rustix::process::kill_process(parent, rustix::process::Signal::USR2).unwrap();
            }
            _ => panic!("{what:?}"),
        }
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    assert!(tries(NAME, "work", folder.path()).success());
    for what in ["start", "connect", "network", "folder", "signal"] {
        let ended = tries(NAME, what, folder.path());
        assert_eq!(ended.signal(), Some(SIGSYS), "{what}: {ended}");
    }
}

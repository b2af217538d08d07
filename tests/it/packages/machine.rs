//! A Debian that boots its own systemd, in systemd-nspawn, from a copy that is gone afterwards.
//!
//! It has a network of its own with nothing in it but itself. Where this machine was not booted by
//! systemd, a place in its control groups is made by hand, as nobody else would.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

use super::{run, said};

/// How long anything may take that is waited for, on a machine that does much else.
const WAIT_MAX: Duration = Duration::from_secs(120);
const START: &str = r#"
    name="$1" root="$2"
    set -- --quiet --register=no --console=pipe --private-network --link-journal=no \
        --machine="$name" --directory="$root" --boot
    [ ! -d /run/systemd/system ] || exec systemd-nspawn "$@"
    for group in /sys/fs/cgroup/{systemd,unified,pids,cpu,memory,devices}; do
        [ ! -d "$group" ] || mkdir -p "$group/system.slice/$name.service"
    done
    for group in /sys/fs/cgroup/{systemd,unified}; do
        [ ! -d "$group" ] || echo $$ >"$group/system.slice/$name.service/cgroup.procs"
    done
    exec systemd-nspawn --keep-unit "$@"
"#;

/// A booted Debian. Dropping it ends it.
#[derive(Debug)]
pub(super) struct Machine {
    name: String,
    nspawn: Child,
    /// Its first process, as seen from here.
    leader: u32,
    scratch: TempDir,
}

impl Machine {
    /// Boots a new one; nothing, with a word about it, where that is not possible.
    pub(super) fn boot() -> Option<Self> {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let Some(base) = base() else {
            println!("SKIPPED: there is no Debian to install on: run scripts/debian, it says more");
            return None;
        };
        let scratch = tempfile::tempdir().expect("a folder for the machine");
        let root = scratch.path().join("root");
        said(Command::new("cp").args(["-a", "--reflink=auto"]).arg(base).arg(&root));
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("hearth-{}-{number}", std::process::id());
        let log = fs::File::create(scratch.path().join("console")).expect("make its log");
        let nspawn = Command::new("bash")
            .args(["-c", START, "bash", &name])
            .arg(&root)
            .stdin(Stdio::null())
            .stdout(log.try_clone().expect("share its log"))
            .stderr(log)
            .spawn()
            .expect("start systemd-nspawn");
        let mut machine = Self { name, nspawn, leader: 0, scratch };
        machine.wait_for_its_systemd();
        Some(machine)
    }

    fn wait_for_its_systemd(&mut self) {
        let pid = self.nspawn.id();
        let children = format!("/proc/{pid}/task/{pid}/children");
        let start = Instant::now();
        loop {
            let found = fs::read_to_string(&children).unwrap_or_default();
            self.leader = found.split_whitespace().next().map_or(0, |pid| pid.parse().unwrap_or(0));
            if self.leader != 0 {
                let (_, state) = self.sh("systemctl is-system-running");
                if ["running", "degraded"].contains(&state.trim()) {
                    return;
                }
            }
            let ended = self.nspawn.try_wait().expect("ask for systemd-nspawn");
            let console = fs::read_to_string(self.scratch.path().join("console"));
            assert!(ended.is_none() && start.elapsed() < WAIT_MAX, "it does not boot: {console:?}");
            std::thread::sleep(Duration::from_millis(100));
        }
    }

    /// A file of its, as seen from here.
    pub(super) fn path(&self, inside: &str) -> PathBuf {
        self.scratch.path().join("root").join(inside.trim_start_matches('/'))
    }

    /// A folder of the test's own.
    pub(super) fn scratch(&self) -> &Path {
        self.scratch.path()
    }

    /// Copies a file into its folder /root.
    pub(super) fn put(&self, file: &Path) -> String {
        let name = file.file_name().expect("a file has a name").to_string_lossy();
        let inside = format!("/root/{name}");
        fs::copy(file, self.path(&inside)).expect("copy a file");
        inside
    }

    /// Runs a script on it; gives its exit code, and all that it said.
    pub(super) fn sh(&self, script: &str) -> (Option<i32>, String) {
        let leader = self.leader.to_string();
        run(Command::new("nsenter")
            .args(["--all", "--target", &leader, "env", "-i", "HOME=/root", "LC_ALL=C.UTF-8"])
            .args(["PATH=/usr/sbin:/usr/bin:/sbin:/bin", "DEBIAN_FRONTEND=noninteractive"])
            .args(["sh", "-c", script])
            .stdin(Stdio::null()))
    }

    /// What a script says that must succeed.
    #[track_caller]
    pub(super) fn ok(&self, script: &str) -> String {
        let (code, all) = self.sh(script);
        assert_eq!(code, Some(0), "{script}: {all}\n{}", self.journal());
        all.trim().to_owned()
    }

    /// Waits until a condition holds on it.
    #[track_caller]
    pub(super) fn comes_true(&self, condition: &str) {
        let start = Instant::now();
        while self.sh(condition).0 != Some(0) {
            assert!(start.elapsed() < WAIT_MAX, "never: {condition}\n{}", self.journal());
            std::thread::sleep(Duration::from_millis(100));
        }
    }

    /// Waits until the chat answers, over its network.
    #[track_caller]
    pub(super) fn answers(&self) {
        let start = Instant::now();
        loop {
            let (code, said) = self.asks_health();
            if code == Some(0) && said.trim() == "ok" {
                return;
            }
            assert!(start.elapsed() < WAIT_MAX, "it says {said:?}\n{}", self.journal());
            std::thread::sleep(Duration::from_millis(100));
        }
    }

    /// Asks over its network how it is; gives curl's exit code, and what came.
    pub(super) fn asks_health(&self) -> (Option<i32>, String) {
        let leader = self.leader.to_string();
        let ask = ["curl", "-sk", "--max-time", "20", "https://127.0.0.1/healthz"];
        run(Command::new("nsenter").args(["--net", "--target", &leader]).args(ask))
    }

    fn journal(&self) -> String {
        self.sh("journalctl --no-pager -n 60; systemctl --no-pager --failed").1
    }
}

impl Drop for Machine {
    fn drop(&mut self) {
        // Its first process takes all others along, and systemd-nspawn follows.
        let leader = i32::try_from(self.leader).ok().and_then(Pid::from_raw);
        let killed = leader.map(|leader| kill_process(leader, Signal::KILL));
        if killed.is_none_or(|killed| killed.is_err()) {
            drop(self.nspawn.kill());
        }
        drop(self.nspawn.wait());
        let groups = format!("/sys/fs/cgroup/*/system.slice/{}.service", self.name);
        let remove = format!("find {groups} -depth -type d -exec rmdir {{}} + 2>/dev/null");
        drop(Command::new("sh").args(["-c", &remove]).status());
    }
}

/// What `scripts/debian` made.
fn base() -> Option<PathBuf> {
    let variable = |name| std::env::var_os(name).filter(|value| !value.is_empty());
    let cache = || {
        let cache = variable("XDG_CACHE_HOME").map(PathBuf::from);
        let cache = cache.or_else(|| Some(Path::new(&variable("HOME")?).join(".cache")))?;
        Some(cache.join("hearth/debian"))
    };
    let folder = variable("HEARTH_DEBIAN").map(PathBuf::from).or_else(cache)?;
    folder.join("key").is_file().then(|| folder.join("root"))
}

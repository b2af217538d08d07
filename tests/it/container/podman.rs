//! podman with a store of its own, which goes with it.
//!
//! Some machines can't give a container what podman asks for: no right to raise the limits, control
//! groups in two versions at once. So it is asked in two ways, and what neither brings is a reason to
//! skip, said aloud.

use std::net::SocketAddr;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::support::program;

/// Longest wait for a container to become what it should. The machine may be busy with other tests.
const PATIENCE: Duration = Duration::from_secs(120);
const POLL: Duration = Duration::from_millis(200);
/// As the image is called.
pub(crate) const IMAGE: &str = "localhost/hearth-test";
/// Ways to run a container: as anybody would, and with no more than every machine gives.
const WAYS: [&[&str]; 2] =
    [&[], &["--runtime", "runc", "--ulimit", "nofile=1024:1024", "--ulimit", "nproc=4096:4096"]];
/// The bridge that podman makes for its first container.
const BRIDGE: &str = "cni-podman0";

/// A store of images and containers. Both end with it.
#[derive(Debug)]
pub(crate) struct Podman {
    store: TempDir,
    /// Options of podman itself, and of `podman run`.
    runtime: &'static [&'static str],
    limits: &'static [&'static str],
    has_made_the_bridge: bool,
}

impl Podman {
    /// With the image in it; nothing where podman can't run it, which is said aloud.
    pub(crate) fn with_image() -> Option<Self> {
        if Command::new("podman").arg("--version").output().is_err() {
            println!("SKIPPED: this needs podman: scripts/setup test installs it");
            return None;
        }
        let store = tempfile::tempdir().expect("a folder for podman");
        let has_made_the_bridge = !Path::new("/sys/class/net").join(BRIDGE).exists();
        let mut podman = Self { store, runtime: &[], limits: &[], has_made_the_bridge };
        podman.build();
        let mut refusals = Vec::new();
        for way in WAYS {
            (podman.runtime, podman.limits) = way.split_at(way.len().min(2));
            let mut tried = podman.command(&[]);
            let tried = tried.args(["run", "--rm"]).args(podman.limits).args([IMAGE, "--version"]);
            let tried = tried.output().expect("run podman");
            if tried.status.success() {
                return Some(podman);
            }
            refusals.push(text(&tried));
        }
        println!("SKIPPED: podman runs no container on this machine: {}", refusals.join("; "));
        None
    }

    fn build(&self) {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let programs = program("hearthd");
        let mut build = Command::new(root.join("scripts/image"));
        build.arg("--programs").arg(programs.parent().expect("a program lies in a folder"));
        let built = build.args(["--tag", IMAGE]).env("HEARTH_PODMAN", self.engine().join(" "));
        let built = built.output().expect("run scripts/image");
        assert!(built.status.success(), "{}", text(&built));
        println!("{}", text(&built));
    }

    fn engine(&self) -> Vec<String> {
        let folder = |name| self.store.path().join(name).to_string_lossy().into_owned();
        let store = ["podman".to_owned(), "--root".to_owned(), folder("images")];
        store.into_iter().chain(["--runroot".to_owned(), folder("run")]).collect()
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let engine = self.engine();
        let mut command = Command::new(&engine[0]);
        command.args(&engine[1..]).args(self.runtime).args(arguments).stdin(Stdio::null());
        command
    }

    /// What podman answers; it must succeed.
    pub(crate) fn ask(&self, arguments: &[&str]) -> String {
        let done = self.command(arguments).output().expect("run podman");
        assert!(done.status.success(), "podman {arguments:?}: {}", text(&done));
        String::from_utf8_lossy(&done.stdout).trim().to_owned()
    }

    /// Starts a container as docs/how-to/run-in-a-container.md says, but on a port that is free, with
    /// nothing writable beside the data.
    pub(crate) fn start(&self, config: &Path) -> Container<'_> {
        let config = format!("{}:/config:ro", config.display());
        let run = ["run", "-d", "-p", "127.0.0.1::8080", "-v", &config, "-v", "hearth-data:/data"];
        let walls = ["--read-only", "--read-only-tmpfs=false", "--cap-drop", "all"];
        let walls = [&walls[..], &["--security-opt", "no-new-privileges"]].concat();
        let id = self.ask(&[&run[..], &walls, self.limits, &[IMAGE]].concat());
        Container { podman: self, id: id.lines().last().expect("an id").to_owned() }
    }
}

impl Drop for Podman {
    fn drop(&mut self) {
        for arguments in [&["rm", "-f", "-a", "-t", "0"][..], &["volume", "rm", "-f", "-a"]] {
            let done = self.command(arguments).output();
            if !done.as_ref().is_ok_and(|done| done.status.success()) {
                println!("podman {arguments:?}: {done:?}");
            }
        }
        if self.has_made_the_bridge {
            forget_the_bridge();
        }
    }
}

/// podman leaves its bridge and the chains of its rules behind; here they would be in the way of nobody,
/// but they were not there before.
fn forget_the_bridge() {
    let script = format!(
        "ip link delete {BRIDGE}
        for table in nat filter; do
          iptables-save -t $table | grep -v CNI- | iptables-restore -T $table
        done"
    );
    let done = Command::new("sh").args(["-c", &script]).output();
    if !done.as_ref().is_ok_and(|done| done.status.success()) {
        println!("{BRIDGE} stays: {done:?}");
    }
}

/// A container that runs, or has.
#[derive(Debug)]
pub(crate) struct Container<'a> {
    podman: &'a Podman,
    id: String,
}

impl Container<'_> {
    /// What a field of `podman inspect` says.
    pub(crate) fn field(&self, field: &str) -> String {
        self.podman.ask(&["inspect", "-f", &format!("{{{{.{field}}}}}"), &self.id])
    }

    /// The first process, as this machine counts.
    pub(crate) fn pid(&self) -> u32 {
        self.field("State.Pid").parse().expect("a process number")
    }

    /// Where its door is on this machine.
    pub(crate) fn address(&self) -> SocketAddr {
        let port = self.podman.ask(&["port", &self.id, "8080/tcp"]);
        port.parse().unwrap_or_else(|error| panic!("{port}: {error}"))
    }

    /// Runs a program in it.
    pub(crate) fn run(&self, program: &[&str]) -> Output {
        let mut command = self.podman.command(&["exec", &self.id]);
        command.args(program).output().expect("run podman")
    }

    /// Waits for the image's own health check to be content.
    pub(crate) fn becomes_healthy(&self) {
        self.becomes("healthy", || {
            let checked = self.podman.command(&["healthcheck", "run", &self.id]).output();
            checked.expect("run podman").status.success()
        });
    }

    /// Waits until something is so.
    pub(crate) fn becomes(&self, what: &str, is_so: impl Fn() -> bool) {
        let begin = Instant::now();
        while !is_so() {
            let waited = begin.elapsed();
            assert!(waited < PATIENCE, "not {what} after {waited:.0?}:\n{}", self.log());
            std::thread::sleep(POLL);
        }
    }

    /// Waits for its end, and gives the exit code.
    pub(crate) fn ended(&self) -> String {
        self.becomes("at its end", || self.field("State.Status") == "exited");
        self.field("State.ExitCode")
    }

    /// Stops it as an operator would; gives the exit code, which a killed one has not.
    pub(crate) fn stop(&self) -> String {
        self.podman.ask(&["stop", "-t", "120", &self.id]);
        self.ended()
    }

    pub(crate) fn start_again(&self) {
        self.podman.ask(&["start", &self.id]);
    }

    pub(crate) fn remove(self) {
        self.podman.ask(&["rm", "-f", &self.id]);
    }

    pub(crate) fn log(&self) -> String {
        let output = self.podman.command(&["logs", &self.id]).output().expect("run podman");
        text(&output)
    }
}

/// Both outputs of a program.
pub(crate) fn text(output: &Output) -> String {
    let all = [output.stdout.as_slice(), &output.stderr].concat();
    String::from_utf8_lossy(&all).trim().to_owned()
}

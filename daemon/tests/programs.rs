//! The two programs as an operator meets them: real processes, signals, exit codes and sentences.

#![expect(clippy::unwrap_used, reason = "what a test can't set up fails the test")]

use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

const PATIENCE: Duration = Duration::from_secs(20);

/// A data folder, and commands that use it.
struct Office {
    scratch: tempfile::TempDir,
}

impl Office {
    fn new() -> Self {
        Self { scratch: tempfile::tempdir().unwrap() }
    }

    fn data(&self) -> PathBuf {
        self.scratch.path().join("data")
    }

    fn log(&self) -> String {
        fs::read_to_string(self.scratch.path().join("log")).unwrap_or_default()
    }

    fn command(&self, program: &str, arguments: &[&str]) -> Command {
        let mut command = Command::new(program);
        command
            .args(arguments)
            .env("HEARTH_DATA", self.data())
            .env("HEARTH_LISTEN", "127.0.0.1:0")
            .env_remove("HEARTH_PORT")
            .env_remove("HEARTH_CONFIG");
        command
    }

    fn hearth(&self, arguments: &[&str]) -> Output {
        self.command(env!("CARGO_BIN_EXE_hearth"), arguments).output().unwrap()
    }

    fn hearthd(&self, arguments: &[&str]) -> Output {
        self.command(env!("CARGO_BIN_EXE_hearthd"), arguments).output().unwrap()
    }

    fn up(&self) -> Up {
        let log = fs::File::create(self.scratch.path().join("log")).unwrap();
        let mut command = self.command(env!("CARGO_BIN_EXE_hearth"), &["up"]);
        Up(command.stdin(Stdio::null()).stderr(log).spawn().unwrap())
    }

    /// The process number of the server, once it is ready and differs from `before`.
    fn ready(&self, before: Option<u64>) -> u64 {
        let start = Instant::now();
        while start.elapsed() < PATIENCE {
            let status = self.hearth(&["status", "--json"]).stdout;
            let status: serde_json::Value = serde_json::from_slice(&status).unwrap_or_default();
            let pid = status["pid"].as_u64().filter(|pid| Some(*pid) != before);
            if let Some(pid) = pid.filter(|_| status["ready"] == true) {
                return pid;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        panic!("not ready in time:\n{}", self.log());
    }

    /// Waits until the log has these words: the supervisor passes them on a moment after the server
    /// answers.
    fn says(&self, words: &str) {
        let start = Instant::now();
        while !self.log().contains(words) {
            assert!(start.elapsed() < PATIENCE, "no {words}:\n{}", self.log());
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

/// A running `hearth up`, killed at the latest when the test ends.
struct Up(Child);

impl Up {
    fn signal(&self, signal: Signal) {
        signal_to(u64::from(self.0.id()), signal);
    }

    fn exit_code(&mut self) -> Option<i32> {
        let start = Instant::now();
        while start.elapsed() < PATIENCE {
            if let Some(status) = self.0.try_wait().unwrap() {
                return status.code();
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        panic!("still running");
    }
}

impl Drop for Up {
    fn drop(&mut self) {
        // It is gone already where a test has waited for it.
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

fn signal_to(pid: u64, signal: Signal) {
    let pid = Pid::from_raw(i32::try_from(pid).unwrap()).unwrap();
    kill_process(pid, signal).unwrap();
}

fn is_gone(pid: u64) -> bool {
    let start = Instant::now();
    while start.elapsed() < PATIENCE {
        let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
        // One that nobody has waited for yet has ended all the same.
        if stat.is_empty() || stat.contains(") Z ") {
            return true;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    false
}

fn errors(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn up_starts_again_what_dies_and_stops_cleanly() {
    let office = Office::new();
    let mut up = office.up();
    let first = office.ready(None);
    office.says("/setup#code=");
    signal_to(first, Signal::KILL);
    let second = office.ready(Some(first));
    up.signal(Signal::HUP);
    std::thread::sleep(Duration::from_millis(200));
    assert_eq!(office.ready(None), second, "a reload must not end the server");
    up.signal(Signal::TERM);
    assert_eq!(up.exit_code(), Some(0), "{}", office.log());
    assert!(is_gone(second));
}

#[test]
fn the_server_does_not_outlive_its_supervisor() {
    let office = Office::new();
    let up = office.up();
    let server = office.ready(None);
    up.signal(Signal::KILL);
    assert!(is_gone(server));
}

#[test]
fn one_server_per_folder_and_no_restore_beside_it() {
    let office = Office::new();
    let up = office.up();
    let server = office.ready(None);
    let second = office.hearthd(&[]);
    assert_eq!(second.status.code(), Some(1));
    assert!(errors(&second).contains(&format!("process {server}")), "{}", errors(&second));
    let restore = office.hearth(&["restore", "/dev/null"]);
    assert_eq!(restore.status.code(), Some(1));
    assert!(errors(&restore).contains("in use"), "{}", errors(&restore));
    drop(up);
    assert!(is_gone(server));
}

#[test]
fn a_wrong_configuration_names_its_line_and_is_not_tried_again() {
    let office = Office::new();
    let file = office.scratch.path().join("hearthd.toml");
    fs::write(&file, "[server]\nhots = []\n").unwrap();
    let arguments = ["--config", file.to_str().unwrap()];
    let server = office.hearthd(&arguments);
    assert_eq!(server.status.code(), Some(78));
    assert!(errors(&server).contains("hearthd.toml:2: hots: unknown field"), "{}", errors(&server));
    assert_eq!(office.hearth(&["up", arguments[0], arguments[1]]).status.code(), Some(78));
}

#[test]
fn a_port_in_use_says_so() {
    let office = Office::new();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let server = office.hearthd(&["--listen", &address]);
    assert_eq!(server.status.code(), Some(1));
    let said = errors(&server);
    assert!(said.contains(&address) && said.contains("HEARTH_PORT"), "{said}");
}

#[test]
fn without_a_server_the_commands_say_what_to_do() {
    let office = Office::new();
    let list = office.hearth(&["user", "list"]);
    assert_eq!(list.status.code(), Some(1));
    assert!(errors(&list).contains("hearth up"), "{}", errors(&list));
    let doctor = office.hearth(&["doctor", "--json"]);
    let found: serde_json::Value = serde_json::from_slice(&doctor.stdout).unwrap();
    assert!(found["findings"].as_array().unwrap().len() >= 7);
    let script = office.hearth(&["completions", "bash"]);
    assert!(String::from_utf8_lossy(&script.stdout).contains("setup-link"));
    assert!(!Path::new(&office.data()).exists(), "asking must not make a data folder");
}

#[test]
fn the_process_that_decodes_may_only_read_and_write() {
    let mut decoding = Command::new(env!("CARGO_BIN_EXE_hearthd"))
        .args(["--picture", "image/png"])
        .env_clear()
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let status = format!("/proc/{}/status", decoding.id());
    let start = Instant::now();
    // Mode 2 is a filter; the process has it before it reads the first byte.
    while !fs::read_to_string(&status).unwrap().contains("Seccomp:\t2") {
        assert!(start.elapsed() < PATIENCE, "no filter");
        std::thread::sleep(Duration::from_millis(5));
    }
    drop(decoding.stdin.take());
    assert_eq!(decoding.wait().unwrap().code(), Some(1), "no picture is refused, not ended");
}

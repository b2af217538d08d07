//! The real program on a folder that looks like a machine: it takes a fan, tells, listens, and however
//! it ends, the fan is given back.

#![expect(clippy::unwrap_used, reason = "what a test can't set up fails the test")]

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::os::unix::net::{UnixDatagram, UnixStream};
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

use hearth_hwctl::simulated::{
    self, DUTY, FAN, JUNCTION, LIMIT, LIMIT_UW, MODE, SHORT_LIMIT, SHORT_LIMIT_UW,
};
use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

#[path = "program/limits.rs"]
mod limits;

/// A machine and the program on it.
struct Rig {
    folder: TempDir,
    ear: UnixDatagram,
}

impl Rig {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        simulated::office(&folder.path().join("root")).unwrap();
        fs::create_dir(folder.path().join("run")).unwrap();
        let ear = UnixDatagram::bind(folder.path().join("notify")).unwrap();
        ear.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        Self { folder, ear }
    }

    fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_hearth-hwctl"));
        command.args(words).arg("--root").arg(self.path("root")).arg("--run").arg(self.path("run"));
        command.arg("--state").arg(self.path("state"));
        command.env("NOTIFY_SOCKET", self.path("notify")).stderr(Stdio::piped());
        command
    }

    fn output(&self, words: &[&str]) -> Output {
        self.command(words).stdout(Stdio::piped()).output().unwrap()
    }

    /// Runs until two ticks were told of.
    fn start(&self) -> Running {
        let child = self.command(&["run", "--tick-ms", "20", "--take", FAN]).spawn().unwrap();
        let running = Running(child);
        self.hear("READY=1");
        self.hear("WATCHDOG=1");
        self.hear("WATCHDOG=1");
        assert!(self.path("state").is_dir(), "there is no place for what it learns");
        running
    }

    fn hear(&self, what: &str) {
        let mut bytes = [0; 64];
        loop {
            let length = self.ear.recv(&mut bytes).unwrap();
            if &bytes[..length] == what.as_bytes() {
                return;
            }
        }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn shows(&self, path: &str) -> String {
        let text = fs::read_to_string(self.path("root").join(path)).unwrap();
        text.lines().next().unwrap().to_owned()
    }

    fn ask(&self, line: &str) -> String {
        let mut stream = UnixStream::connect(self.path("run/intent.sock")).unwrap();
        stream.write_all(line.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }

    /// Caps the power and waits until that is written.
    fn cap(&self) {
        let answer = self.ask("{\"intent\":\"power_cap\",\"watts\":20}\n");
        assert_eq!(answer, "{\"ok\":true}\n");
        self.wait_for_limit("20000000");
    }

    fn wait_for_limit(&self, limit_uw: &str) {
        while self.shows(LIMIT) != limit_uw {
            self.hear("WATCHDOG=1");
        }
    }

    /// Whether the machine's own limits are there.
    fn is_free(&self) -> bool {
        self.shows(LIMIT) == LIMIT_UW && self.shows(SHORT_LIMIT) == SHORT_LIMIT_UW
    }

    fn status(&self) -> serde_json::Value {
        let stream = UnixStream::connect(self.path("run/status.sock")).unwrap();
        let mut line = String::new();
        BufReader::new(stream).read_line(&mut line).unwrap();
        serde_json::from_str(&line).unwrap()
    }
}

/// A program that ends with the test.
struct Running(Child);

impl Running {
    fn end(&mut self, signal: Signal) {
        kill_process(Pid::from_child(&self.0), signal).unwrap();
        self.0.wait().unwrap();
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It has ended already unless the test failed.
        if matches!(self.0.try_wait(), Ok(None)) {
            self.0.kill().unwrap();
            self.0.wait().unwrap();
        }
    }
}

#[test]
fn a_clean_stop_gives_the_fan_back() {
    let rig = Rig::new();
    let mut running = rig.start();
    assert_eq!(rig.shows(MODE), "1");
    running.end(Signal::TERM);
    assert_eq!(rig.shows(MODE), "2");
    rig.hear("STOPPING=1");
}

#[test]
fn whatever_kills_it_restore_gives_the_fan_back_also_the_second_time() {
    let rig = Rig::new();
    for signal in [Signal::KILL, Signal::ABORT, Signal::ILL, Signal::KILL] {
        let mut running = rig.start();
        running.end(signal);
        assert_eq!(rig.shows(MODE), "1", "{signal:?} leaves the fan in our hands");
        let restored = rig.output(&["restore"]);
        assert!(restored.status.success(), "{restored:?}");
        assert_eq!(rig.shows(MODE), "2");
    }
}

#[test]
fn a_start_after_a_crash_without_restore_knows_the_original_mode() {
    let rig = Rig::new();
    rig.start().end(Signal::KILL);
    rig.start().end(Signal::TERM);
    assert_eq!(rig.shows(MODE), "2");
}

#[test]
fn it_says_what_it_does_and_that_the_machine_is_none() {
    let rig = Rig::new();
    let _running = rig.start();
    let status = rig.status();
    assert_eq!(status["controlled_by"], "hwctl");
    assert_eq!(status["tier"], "A");
    assert_eq!(status["simulated"], true);
    assert_eq!(status["junction_c"], 45.0);
    assert_eq!(status["heat"], "free");
    assert_eq!((&status["version"], &status["board"]), (&2.into(), &"Maker Board 1".into()));
    assert_eq!(status["fans"][0]["key"], FAN);
    assert_eq!(
        (&status["fans"][0]["ours"], &status["fans"][0]["rpm"]),
        (&true.into(), &1_500.0.into())
    );
    assert_eq!(status["temperatures"][0]["celsius"], 45.0);
    assert_eq!(status["memory"], 0.75);
    assert_eq!(status["frequency_mhz"], 3_400.0);
    let shown = rig.output(&["status"]);
    assert!(String::from_utf8(shown.stdout).unwrap().contains("\"controlled_by\":\"hwctl\""));
}

#[test]
fn each_run_has_a_name_of_its_own() {
    let rig = Rig::new();
    let mut running = rig.start();
    let first = rig.status()["started"].clone();
    assert_eq!(first, rig.status()["started"]);
    running.end(Signal::TERM);
    let _running = rig.start();
    assert_ne!(first, rig.status()["started"]);
    assert_eq!(first.as_str().map(str::len), Some(16));
}

#[test]
fn without_a_fan_to_take_the_firmware_keeps_it() {
    let rig = Rig::new();
    let child = rig.command(&["run", "--tick-ms", "20"]).spawn().unwrap();
    let mut running = Running(child);
    rig.hear("READY=1");
    rig.hear("WATCHDOG=1");
    assert_eq!((rig.shows(MODE), rig.shows(DUTY)), ("2".to_owned(), "128".to_owned()));
    let status = rig.status();
    assert_eq!(status["controlled_by"], "firmware");
    assert_eq!(status["reason"], "firmware");
    assert_eq!(status["fans"][0]["duty"], serde_json::Value::Null);
    while rig.status()["fans"][0]["rpm"] != 1_500.0 {
        rig.hear("WATCHDOG=1");
    }
    running.end(Signal::TERM);
}

#[test]
fn a_fan_of_another_board_is_refused_with_the_ones_there_are() {
    let rig = Rig::new();
    let refused = rig.output(&["run", "--take", "sys/devices/elsewhere:nct6798:pwm2"]);
    let told = String::from_utf8(refused.stderr).unwrap();
    assert_eq!(refused.status.code(), Some(78));
    assert!(told.contains("Maker Board 1") && told.contains(FAN), "{told}");
}

#[test]
fn settings_that_can_not_be_used_leave_the_fan_with_the_firmware() {
    let rig = Rig::new();
    for (text, told) in [
        (format!("[fan]\ntake = \"{FAN}\"\nspeed = 1\n"), "hwctl.toml:3: unknown field `speed`"),
        (
            format!("[fan]\ntake = \"{FAN}\"\n[curve]\nkind = \"points\"\npoints = [[40, 0.3]]\n"),
            "hwctl.toml:5: curve.points: a curve has 2 to 16 points, not 1",
        ),
        (
            format!("[machine]\nboard = \"Other\"\n[fan]\ntake = \"{FAN}\"\n"),
            "hwctl.toml:2: this file is for the board \"Other\", and this one is \"Maker Board 1\"",
        ),
    ] {
        fs::write(rig.path("hwctl.toml"), text).unwrap();
        let refused = rig.command(&["run"]).arg("--config").arg(rig.path("hwctl.toml")).output();
        let refused = refused.unwrap();
        let error = String::from_utf8(refused.stderr).unwrap();
        assert_eq!(refused.status.code(), Some(78), "{error}");
        assert!(error.contains(told) && error.contains("no fan is taken"), "{error}");
        assert_eq!((rig.shows(MODE), rig.shows(DUTY)), ("2".to_owned(), "128".to_owned()));
    }
}

#[test]
fn settings_name_the_fan_and_its_curve() {
    let rig = Rig::new();
    let text = format!("[fan]\ntake = \"{FAN}\"\n[curve]\nkind = \"fixed\"\nduty = 0.6\n");
    fs::write(rig.path("hwctl.toml"), text).unwrap();
    let mut command = rig.command(&["run", "--tick-ms", "20"]);
    let child = command.arg("--config").arg(rig.path("hwctl.toml")).spawn().unwrap();
    let mut running = Running(child);
    rig.hear("READY=1");
    rig.hear("WATCHDOG=1");
    assert_eq!((rig.shows(MODE), rig.shows(DUTY)), ("1".to_owned(), "153".to_owned()));
    assert_eq!(rig.status()["reason"], "curve");
    running.end(Signal::TERM);
    assert_eq!(rig.shows(MODE), "2");
}

#[test]
fn a_run_folder_that_takes_nothing_keeps_the_fan_with_the_firmware() {
    let rig = Rig::new();
    fs::remove_dir(rig.path("run")).unwrap();
    let refused = rig.output(&["run", "--take", FAN]);
    let told = String::from_utf8(refused.stderr).unwrap();
    assert!(!refused.status.success() && told.contains("no fan is taken"), "{told}");
    assert_eq!(rig.shows(MODE), "2");
}

#[test]
fn a_second_program_is_refused_and_takes_nothing() {
    let rig = Rig::new();
    let mut running = rig.start();
    let refused = rig.output(&["run", "--take", FAN]);
    let told = String::from_utf8(refused.stderr).unwrap();
    assert!(!refused.status.success() && told.contains("another hearth-hwctl"), "{told}");
    assert_eq!(
        (rig.shows(MODE), rig.status()["controlled_by"].as_str()),
        ("1".to_owned(), Some("hwctl"))
    );
    running.end(Signal::TERM);
    assert_eq!(rig.shows(MODE), "2");
}

#[test]
fn a_sensor_that_says_nonsense_ends_with_the_firmware_in_charge() {
    let rig = Rig::new();
    let _running = rig.start();
    fs::write(rig.path("root").join(JUNCTION), "warm\n").unwrap();
    // Blind after 3 s, lost after 10 s: the firmware has the fan, after it was at full.
    while rig.status()["controlled_by"] != "firmware" {
        rig.hear("WATCHDOG=1");
    }
    assert_eq!((rig.shows(MODE), rig.shows(DUTY)), ("2".to_owned(), "255".to_owned()));
    assert_eq!(rig.status()["junction_unknown"], "garbage");
    fs::write(rig.path("root").join(JUNCTION), "45000\n").unwrap();
    while rig.status()["controlled_by"] != "hwctl" {
        rig.hear("WATCHDOG=1");
    }
}

#[test]
fn a_fan_that_can_not_be_read_back_goes_to_the_firmware() {
    let rig = Rig::new();
    let _running = rig.start();
    fs::write(rig.path("root").join(DUTY), "much\n").unwrap();
    while rig.shows(MODE) != "2" {
        std::thread::sleep(Duration::from_millis(20));
    }
    // Nothing is ours, so there is nothing that could not be verified.
    rig.hear("WATCHDOG=1");
    rig.hear("WATCHDOG=1");
    assert_eq!(rig.status()["controlled_by"], "firmware");
}

#[test]
fn a_machine_whose_only_sensor_is_a_zone_of_acpi_is_believed_once_it_moves() {
    let rig = Rig::new();
    let root = rig.path("root");
    fs::remove_file(root.join("sys/class/hwmon/hwmon0")).unwrap();
    let zone = root.join("sys/class/thermal/thermal_zone0");
    fs::create_dir_all(&zone).unwrap();
    fs::write(zone.join("type"), "acpitz\n").unwrap();
    fs::write(zone.join("temp"), "27800\n").unwrap();
    let _running = rig.start();
    assert_eq!(rig.status()["junction_unknown"], "stuck");
    assert_eq!(rig.status()["junction_limit_c"], 76.0);
    fs::write(zone.join("temp"), "41000\n").unwrap();
    while rig.status()["junction_c"] != 41.0 {
        rig.hear("WATCHDOG=1");
    }
    assert_eq!(rig.status()["temperatures"][0]["name"], "acpitz temperature");
}

/// At one look a second: 0.3 % of a core is 3 ms a look.
#[test]
fn it_takes_little_memory_and_time() {
    const LOOKS: u32 = 100;
    let rig = Rig::new();
    let running = rig.start();
    let process =
        |file: &str| fs::read_to_string(format!("/proc/{}/{file}", running.0.id())).unwrap();
    // In hundredths of a second: the fields after the name in brackets, of which these are user and system.
    let spent = || -> u64 {
        let stat = process("stat");
        let fields: Vec<&str> = stat.rsplit(')').next().unwrap().split_whitespace().collect();
        fields[11].parse::<u64>().unwrap() + fields[12].parse::<u64>().unwrap()
    };
    let before = spent();
    for _ in 0..LOOKS {
        rig.hear("WATCHDOG=1");
    }
    let ms_per_look = (spent() - before) as f64 * 10.0 / f64::from(LOOKS);
    assert!(ms_per_look < 3.0, "{ms_per_look} ms a look");
    let status = process("status");
    let most = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    let kb: u64 = most.trim().trim_end_matches(" kB").parse().unwrap();
    assert!(kb < 10_000, "{kb} kB");
}

#[test]
fn wishes_are_heard_and_everything_else_is_refused() {
    let rig = Rig::new();
    let _running = rig.start();
    let ok = "{\"ok\":true}\n";
    assert_eq!(rig.ask("{\"intent\":\"power_cap\",\"watts\":20}\n"), ok);
    while rig.status()["heat"] != "capped" {
        rig.hear("WATCHDOG=1");
    }
    assert_eq!(rig.status()["allowed_w"], 20.0);
    assert_eq!(rig.ask("{\"intent\":\"power_cap\",\"watts\":null}\n"), ok);
    assert_eq!(rig.ask("{\"intent\":\"quiet\",\"seconds\":3600}\n"), ok);
    while rig.status()["profile"] != "quiet" {
        rig.hear("WATCHDOG=1");
    }
    assert_eq!(rig.ask("{\"intent\":\"profile\",\"profile\":\"boost\"}\n"), ok);
    while rig.status()["profile"] != "boost" {
        rig.hear("WATCHDOG=1");
    }
    let status = rig.status();
    assert_eq!(status["wanted_profile"], "balanced");
    assert!(status["quiet_left_s"].as_u64() > Some(3_500), "{status}");
    assert!((100..=120).contains(&status["boost_left_s"].as_u64().unwrap()), "{status}");
    assert_eq!(rig.ask("{\"intent\":\"job\",\"seconds\":600,\"watts\":46}\n"), ok);
    let unknown = "{\"ok\":false,\"code\":\"unknown_intent\"}\n";
    for line in ["{\"intent\":\"duty\",\"value\":0}\n", "\n", "\u{0}\u{1}\n", &"x".repeat(257)] {
        assert_eq!(rig.ask(line), unknown, "{line:?}");
    }
    let answers: Vec<String> =
        (0..20).map(|_| rig.ask("{\"intent\":\"profile\",\"profile\":\"quiet\"}\n")).collect();
    assert!(answers.last().unwrap().contains("too_often"), "{answers:?}");
}

#[test]
fn a_fan_is_measured_when_it_is_asked_for_until_somebody_says_stop() {
    let rig = Rig::new();
    let _running = rig.start();
    let calibration = || rig.status()["calibration"].clone();
    assert_eq!(calibration()["state"], "none");
    let answer = rig.output(&["ask", "calibrate"]);
    assert_eq!(String::from_utf8(answer.stdout).unwrap(), "{\"ok\":true}\n");
    while calibration()["step"] != "find" || rig.status()["reason"] != "calibrating" {
        rig.hear("WATCHDOG=1");
    }
    assert_eq!(rig.shows(DUTY), "128");
    rig.output(&["ask", "stop"]);
    while calibration()["state"] != "aborted" {
        rig.hear("WATCHDOG=1");
    }
    assert_eq!(calibration()["why"], "stopped");
    // The controller has the fan again.
    while rig.status()["reason"] != "sink" {
        rig.hear("WATCHDOG=1");
    }
    let listed: serde_json::Value = serde_json::from_slice(&rig.output(&["list"]).stdout).unwrap();
    assert_eq!(listed["calibration"]["state"], "none");
}

#[test]
fn without_a_fan_there_is_nothing_to_measure_or_to_drill() {
    let rig = Rig::new();
    let _running = Running(rig.command(&["run", "--tick-ms", "20"]).spawn().unwrap());
    rig.hear("READY=1");
    rig.ask("{\"intent\":\"calibrate\"}\n");
    while rig.status()["calibration"]["why"] != "no_fan" {
        rig.hear("WATCHDOG=1");
    }
    rig.ask("{\"intent\":\"drill\"}\n");
    while rig.status()["drill"]["why"] != "no_fan" {
        rig.hear("WATCHDOG=1");
    }
    assert_eq!(rig.status()["drill"]["passed"], false);
    assert_eq!(rig.shows(MODE), "2");
}

#[test]
fn a_stored_file_that_is_none_of_ours_leaves_the_fan_to_the_firmware_until_it_is_measured() {
    let rig = Rig::new();
    let file = rig.path("state/calibration.json");
    fs::create_dir(rig.path("state")).unwrap();
    fs::write(&file, "{\"version\":1}").unwrap();
    let _running = {
        let child = rig.command(&["run", "--tick-ms", "20", "--take", FAN]).spawn().unwrap();
        let running = Running(child);
        rig.hear("READY=1");
        rig.hear("WATCHDOG=1");
        running
    };
    assert_eq!(rig.status()["calibration"]["state"], "mismatch");
    assert_eq!(rig.status()["controlled_by"], "firmware");
    assert_eq!((rig.shows(MODE), rig.shows(DUTY)), ("2".to_owned(), "128".to_owned()));
    let listed: serde_json::Value = serde_json::from_slice(&rig.output(&["list"]).stdout).unwrap();
    let message = listed["calibration"]["message"].as_str().unwrap();
    assert!(
        message.contains("calibration.json") && message.contains("remove the file"),
        "{message}"
    );
    rig.ask("{\"intent\":\"calibrate\"}\n");
    while rig.status()["controlled_by"] != "hwctl" {
        rig.hear("WATCHDOG=1");
    }
    rig.ask("{\"intent\":\"stop\"}\n");
    while rig.status()["controlled_by"] != "firmware" {
        rig.hear("WATCHDOG=1");
    }
    assert_eq!(rig.shows(MODE), "2");
    assert_eq!(fs::read_to_string(&file).unwrap(), "{\"version\":1}");
}

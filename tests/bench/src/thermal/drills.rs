//! The real hearth-hwctl, ended at random moments in every way there is, with this program in the
//! place of systemd: it listens to the watchdog, kills what does not answer, and runs
//! `hearth-hwctl restore` after every end, however it came about.
//!
//! The machine is a folder, and it is the same one for all drills: each starts on what the one before
//! left. A fan is safe in the firmware's mode, or in manual mode at full. A power limit is asked for in
//! every drill, and one that is not the firmware's afterwards counts as left unsafe too.

use std::fs;
use std::io::{Read as _, Write as _};
use std::os::unix::net::{UnixDatagram, UnixStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use hearth_hwctl::intent;
use hearth_hwctl::simulated::{
    self, DUTY, FAN, LIMIT, LIMIT_UW, MODE, SHORT_LIMIT, SHORT_LIMIT_UW,
};
use rustix::process::{Pid, Signal, kill_process};
use serde::Serialize;

use crate::clock::{MS_NS, now_ns};
use crate::load::arrivals::Random;

/// The watchdog's limit; a service has 10 s, but a drill need not take so long.
const WATCHDOG_US: u64 = 300_000;
const TICK_MS: &str = "20";
/// Starting takes a few milliseconds; what takes this long is broken.
const READY_TIMEOUT: Duration = Duration::from_secs(10);
/// A drill begins at any moment up to this long after the program is ready, or was started.
const MOMENT_MS: u64 = 60;
/// A start that is cut off is cut off within this.
const START_MS: u64 = 15;

/// How the program ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    /// SIGKILL.
    Kill,
    /// SIGTERM: it gives the fan back itself.
    Stop,
    /// SIGABRT.
    Abort,
    /// It stands still until the watchdog has enough.
    Hang,
    /// SIGKILL while it starts.
    KillAtStart,
}

const ENDS: [End; 5] = [End::Kill, End::Stop, End::Abort, End::Hang, End::KillAtStart];

/// What came of all drills.
#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct Drills {
    pub(crate) drills: u64,
    /// Drills after which a fan was in nobody's hands, or a limit not the firmware's.
    #[serde(rename = "unsafe")]
    pub(crate) left_unsafe: u64,
    /// How often the program held the fan when it was ended.
    pub(crate) fan_was_held: u64,
    /// How often a power limit of the program was in force when it was ended.
    pub(crate) limit_was_held: u64,
    /// From the end, or the beginning of a hang, to a safe machine; the longest.
    pub(crate) safe_after_ms_max: f64,
    /// The same for everything but hangs, which wait for the watchdog.
    pub(crate) safe_after_ms_max_but_hangs: f64,
}

/// What was seen of one drill.
struct Seen {
    fan_was_held: bool,
    limit_was_held: bool,
    /// How long until the machine was safe.
    took_ns: u64,
    safe: bool,
}

/// The program and its machine.
struct Rig {
    program: PathBuf,
    folder: PathBuf,
    ear: UnixDatagram,
}

impl Rig {
    fn new(program: PathBuf, scratch: &Path) -> Result<Self> {
        if !program.is_file() {
            bail!("no hearth-hwctl at {}: build it with --release", program.display());
        }
        let folder = scratch.join(format!("hearth-hwctl-drills-{}", std::process::id()));
        fs::create_dir_all(folder.join("run"))?;
        simulated::office(&folder.join("root")).context("make a machine")?;
        let ear = UnixDatagram::bind(folder.join("notify"))?;
        Ok(Self { program, folder, ear })
    }

    fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        command.arg("--root").arg(self.folder.join("root"));
        command.arg("--run").arg(self.folder.join("run"));
        command.env("NOTIFY_SOCKET", self.folder.join("notify"));
        command.env("WATCHDOG_USEC", WATCHDOG_US.to_string());
        command.stdout(Stdio::null()).stderr(Stdio::null());
        command
    }

    fn hear(&self, within: Duration, what: &[u8]) -> Result<bool> {
        self.ear.set_read_timeout(Some(within))?;
        let mut bytes = [0; 64];
        while let Ok(length) = self.ear.recv(&mut bytes) {
            if &bytes[..length] == what {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Words of the program before.
    fn forget(&self) -> Result<()> {
        self.ear.set_nonblocking(true)?;
        while self.ear.recv(&mut [0; 64]).is_ok() {}
        Ok(self.ear.set_nonblocking(false)?)
    }

    fn shows(&self, path: &str) -> Result<String> {
        let text = fs::read_to_string(self.folder.join("root").join(path))?;
        Ok(text.lines().next().unwrap_or_default().to_owned())
    }

    fn is_held(&self) -> Result<bool> {
        Ok(self.shows(MODE)? == "1")
    }

    fn is_limited(&self) -> Result<bool> {
        Ok(self.shows(LIMIT)? != LIMIT_UW || self.shows(SHORT_LIMIT)? != SHORT_LIMIT_UW)
    }

    fn is_safe(&self) -> Result<bool> {
        Ok(!self.is_limited()? && (!self.is_held()? || self.shows(DUTY)? == "255"))
    }

    /// Asks for a cap, so that there is a limit to be left behind.
    fn cap(&self) -> Result<()> {
        let mut stream = UnixStream::connect(self.folder.join("run").join(intent::SOCKET))?;
        stream.write_all(b"{\"intent\":\"power_cap\",\"watts\":20}\n")?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        if answer != "{\"ok\":true}\n" {
            bail!("a power cap was refused: {answer}");
        }
        Ok(())
    }

    /// One drill.
    fn drill(&self, end: End, wait: Duration) -> Result<Seen> {
        self.forget()?;
        let mut child =
            self.command().args(["run", "--tick-ms", TICK_MS, "--take", FAN]).spawn()?;
        let process = Pid::from_child(&child);
        if end != End::KillAtStart && !self.hear(READY_TIMEOUT, b"READY=1")? {
            stop(&mut child)?;
            bail!("hearth-hwctl does not become ready");
        }
        if end != End::KillAtStart {
            self.cap()?;
        }
        thread::sleep(wait);
        let (fan_was_held, limit_was_held) = (self.is_held()?, self.is_limited()?);
        let begun_ns = now_ns();
        let signal = match end {
            End::Kill | End::KillAtStart => Signal::KILL,
            End::Stop => Signal::TERM,
            End::Abort => Signal::ABORT,
            End::Hang => Signal::STOP,
        };
        kill_process(process, signal)?;
        if end == End::Hang {
            while self.hear(Duration::from_micros(WATCHDOG_US), b"WATCHDOG=1")? {}
            kill_process(process, Signal::KILL)?;
        }
        child.wait()?;
        let gave_back_itself = end != End::Stop || self.is_safe()?;
        self.command().arg("restore").status()?;
        let took_ns = now_ns() - begun_ns;
        let safe = gave_back_itself && self.is_safe()?;
        Ok(Seen { fan_was_held, limit_was_held, took_ns, safe })
    }
}

impl Drop for Rig {
    fn drop(&mut self) {
        // What can't be removed from a temporary folder is no reason to lose the figure.
        drop(fs::remove_dir_all(&self.folder));
    }
}

fn stop(child: &mut Child) -> Result<()> {
    child.kill()?;
    child.wait()?;
    Ok(())
}

/// Runs so many drills.
pub(crate) fn run(program: PathBuf, scratch: &Path, count: u64, seed: u64) -> Result<Drills> {
    let rig = Rig::new(program, scratch)?;
    let mut random = Random::new(seed, 7);
    let mut sums = Drills::default();
    for _ in 0..count {
        let end = ENDS[random.below(ENDS.len() as u64) as usize];
        let most_ms = if end == End::KillAtStart { START_MS } else { MOMENT_MS };
        let wait = Duration::from_micros(random.below(most_ms * 1_000));
        let seen = rig.drill(end, wait)?;
        let took_ms = seen.took_ns as f64 / MS_NS as f64;
        sums.drills += 1;
        sums.fan_was_held += u64::from(seen.fan_was_held);
        sums.limit_was_held += u64::from(seen.limit_was_held);
        sums.left_unsafe += u64::from(!seen.safe);
        sums.safe_after_ms_max = sums.safe_after_ms_max.max(took_ms);
        if end != End::Hang {
            sums.safe_after_ms_max_but_hangs = sums.safe_after_ms_max_but_hangs.max(took_ms);
        }
    }
    Ok(sums)
}

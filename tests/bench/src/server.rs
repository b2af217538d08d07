//! A real hearthd: its own process, a free port of 127.0.0.1, an empty data folder.
//!
//! The folder and the process end with the value, whatever happens.

use std::fs::{self, File};
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use hyper::StatusCode;
use rustix::process::{Pid, Signal, kill_process};

use crate::clock;
use crate::http::Door;

/// How long hearthd may take to be ready.
const READY_TIMEOUT_NS: u64 = 30 * clock::SECOND_NS;
/// How long it may take to end when asked to.
const STOP_TIMEOUT_NS: u64 = 20 * clock::SECOND_NS;
/// How long after being ready it may take to print its link.
const LINK_TIMEOUT_NS: u64 = 5 * clock::SECOND_NS;
const POLL: Duration = Duration::from_micros(500);

/// What starts a server again and again in the same folder.
#[derive(Clone, Debug)]
pub(crate) struct Program {
    pub(crate) hearthd: PathBuf,
    /// Where data folders are made.
    pub(crate) scratch: PathBuf,
}

impl Program {
    /// The program given, else the one beside this program.
    pub(crate) fn find(given: Option<PathBuf>, scratch: Option<PathBuf>) -> Result<Self> {
        let beside = || Ok(std::env::current_exe()?.with_file_name("hearthd"));
        let hearthd = given.map_or_else(beside, anyhow::Ok)?;
        if !hearthd.is_file() {
            bail!("no hearthd at {}: build it with --release, or name it", hearthd.display());
        }
        Ok(Self { hearthd, scratch: scratch.unwrap_or_else(std::env::temp_dir) })
    }
}

/// How hearthd is ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    /// SIGTERM: it drains and closes.
    Graceful,
    /// SIGKILL, as by a crash.
    Kill,
}

/// A folder that is removed with the value.
#[derive(Debug)]
pub(crate) struct Folder(PathBuf);

impl Folder {
    /// Makes one in `scratch`.
    pub(crate) fn make(scratch: &Path) -> Result<Self> {
        let name = format!("hearth-bench-{}-{}", std::process::id(), clock::now_ns());
        let path = scratch.join(name);
        fs::create_dir_all(&path).with_context(|| format!("can't make {}", path.display()))?;
        Ok(Self(path))
    }

    /// Where it is.
    pub(crate) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if let Err(error) = fs::remove_dir_all(&self.0) {
            crate::output::note(&format!("{} stays: {error}", self.0.display()));
        }
    }
}

/// A running, or just ended, hearthd.
#[derive(Debug)]
pub(crate) struct Server {
    program: Program,
    // Dropped after the child has been ended in `drop`.
    folder: Folder,
    child: Child,
    pub(crate) door: Door,
    /// When the program was last started.
    pub(crate) started_ns: u64,
    /// How long it then took to be ready.
    pub(crate) ready_ns: u64,
}

impl Server {
    /// Starts hearthd in an empty folder and waits until it is ready.
    pub(crate) async fn start(program: &Program) -> Result<Self> {
        Self::start_in(program, Folder::make(&program.scratch)?).await
    }

    /// The same, but it can't make a search index: a folder stands where its file would be.
    pub(crate) async fn start_without_index(program: &Program) -> Result<Self> {
        let folder = Folder::make(&program.scratch)?;
        fs::create_dir_all(folder.0.join("data/search.db"))?;
        Self::start_in(program, folder).await
    }

    /// Runs `hearth`, the operator's command, and waits for its end.
    pub(crate) fn operate(&self, arguments: &[&str]) -> Result<()> {
        let mut command = Command::new(self.program.hearthd.with_file_name("hearth"));
        command.env("HEARTH_DATA", self.folder.0.join("data")).args(arguments);
        let done = command.stdin(Stdio::null()).output().context("can't run hearth")?;
        if !done.status.success() {
            bail!("hearth {arguments:?}: {}", String::from_utf8_lossy(&done.stderr));
        }
        Ok(())
    }

    /// Restores the latest backup of this box's own disk into an empty folder; gives how long that took
    /// and how many events came back.
    pub(crate) fn restore_elsewhere(&self) -> Result<(u64, u64)> {
        let vault = self.folder.0.join("data/vault");
        let mut command = Command::new(self.program.hearthd.with_file_name("hearth"));
        command.env("HEARTH_DATA", self.folder.0.join("elsewhere"));
        command.arg("restore").arg(vault.join("box")).arg("--key").arg(vault.join("key.txt"));
        let begun_ns = clock::now_ns();
        let done = command.arg("--json").stdin(Stdio::null()).output().context("run hearth")?;
        let took_ns = clock::now_ns() - begun_ns;
        let text = String::from_utf8_lossy(&done.stdout);
        let answer: serde_json::Value = serde_json::from_str(&text).context("hearth restore")?;
        match answer["head"].as_u64() {
            Some(head) if done.status.success() => Ok((took_ns, head)),
            _ => bail!("hearth restore: {text}{}", String::from_utf8_lossy(&done.stderr)),
        }
    }

    async fn start_in(program: &Program, folder: Folder) -> Result<Self> {
        let door = Door { port: free_port()? };
        let (child, started_ns) = spawn(program, &folder.0, door)?;
        let mut server =
            Self { program: program.clone(), folder, child, door, started_ns, ready_ns: 0 };
        server.wait_ready().await?;
        Ok(server)
    }

    /// The process id.
    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Waits for the first 200 of `/readyz`; gives the nanoseconds since the start.
    pub(crate) async fn wait_ready(&mut self) -> Result<u64> {
        loop {
            let ready = self.door.status("/readyz").await;
            let took_ns = clock::now_ns() - self.started_ns;
            if ready.is_ok_and(|status| status == StatusCode::OK) {
                self.ready_ns = took_ns;
                return Ok(took_ns);
            }
            if let Some(status) = self.child.try_wait()? {
                bail!("hearthd ended ({status}):\n{}", self.log_tail());
            }
            if took_ns > READY_TIMEOUT_NS {
                bail!("hearthd is not ready after 30 s:\n{}", self.log_tail());
            }
            tokio::time::sleep(POLL).await;
        }
    }

    /// Ends hearthd and waits until it is gone.
    pub(crate) async fn end(&mut self, ending: Ending) -> Result<()> {
        let signal = match ending {
            Ending::Graceful => Signal::TERM,
            Ending::Kill => Signal::KILL,
        };
        let asked_ns = clock::now_ns();
        kill_process(Pid::from_child(&self.child), signal)?;
        while self.child.try_wait()?.is_none() {
            if clock::now_ns() - asked_ns > STOP_TIMEOUT_NS {
                bail!("hearthd does not end:\n{}", self.log_tail());
            }
            tokio::time::sleep(POLL).await;
        }
        Ok(())
    }

    /// Starts it again on the same data and port, without waiting.
    pub(crate) fn start_again(&mut self) -> Result<()> {
        (self.child, self.started_ns) = spawn(&self.program, &self.folder.0, self.door)?;
        Ok(())
    }

    /// The code of the printed link that makes the first owner. It is printed a moment after the
    /// server is ready.
    pub(crate) async fn setup_code(&self) -> Result<String> {
        let end = |c: char| !(c.is_ascii_alphanumeric() || c == '-' || c == '_');
        let asked_ns = clock::now_ns();
        while clock::now_ns() - asked_ns < LINK_TIMEOUT_NS {
            let log = fs::read_to_string(self.folder.0.join(LOG))?;
            let line = log.split("/setup#code=").nth(1).filter(|rest| rest.contains('\n'));
            let code = line.and_then(|rest| rest.split(end).next());
            if let Some(code) = code.filter(|code| !code.is_empty()) {
                return Ok(code.to_owned());
            }
            tokio::time::sleep(POLL).await;
        }
        bail!("no setup link:\n{}", self.log_tail())
    }

    fn log_tail(&self) -> String {
        let log = fs::read_to_string(self.folder.0.join(LOG)).unwrap_or_default();
        let lines: Vec<&str> = log.lines().collect();
        lines[lines.len().saturating_sub(20)..].join("\n")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let ended = self.child.try_wait().is_ok_and(|status| status.is_some());
        if !ended && let Err(error) = self.child.kill().and_then(|()| self.child.wait()) {
            crate::output::note(&format!("hearthd {} stays: {error}", self.child.id()));
        }
    }
}

const LOG: &str = "hearthd.log";

fn spawn(program: &Program, folder: &Path, door: Door) -> Result<(Child, u64)> {
    let log = File::options().create(true).append(true).open(folder.join(LOG))?;
    let mut command = Command::new(&program.hearthd);
    command
        .env("HEARTH_DATA", folder.join("data"))
        .env("HEARTH_LISTEN", door.host())
        .env_remove("HEARTH_PORT")
        .env_remove("HEARTH_CONFIG")
        .env_remove("HEARTH_CONFIG_DIR")
        .current_dir(folder)
        .stdin(Stdio::null())
        .stdout(log.try_clone()?)
        .stderr(log);
    let started_ns = clock::now_ns();
    let child =
        command.spawn().with_context(|| format!("can't start {}", program.hearthd.display()))?;
    Ok((child, started_ns))
}

/// A port that nobody uses now. hearthd takes it a moment later; a restart needs the same one.
fn free_port() -> Result<u16> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port())
}

//! The box as an appliance: what a visitor notices of a restart, and how far the unit is exposed.
//!
//! This program stands in systemd's place: it opens a port, hands it over, and keeps it while hearthd
//! is stopped and started `restarts` times under `visitors` who come without a pause, each over a
//! connection of its own, for `/healthz`. `refused` counts connections that were not taken, which must
//! be none; `unanswered` those that were taken and closed without an answer; `restart_max_ms` is the
//! longest visit, which waited through a restart. `ready_ms` is from starting the program to its
//! `READY=1`, the median of all starts but the first, which makes the database. `exposure` is what
//! `systemd-analyze security` says of the unit, of 10; absent where that program is not installed.
//!
//! What takes an emulated machine or a container is not done again: `cuts`, `acked` and `lost` are what
//! the tests of power cuts kept, `image_bytes` what the test of the image did, and `package_bytes` and
//! `installed_bytes` are of the package that `make test` or `make package` made. Each is absent where
//! nothing was kept.

use std::cell::RefCell;
use std::fs;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::os::fd::{AsRawFd as _, OwnedFd};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::rc::Rc;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use clap::Args;
use rustix::io::{FdFlags, fcntl_dupfd_cloexec, fcntl_setfd};
use rustix::process::{Pid, Signal, kill_process};
use serde::Serialize;
use serde_json::{Map, Value};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpStream, UnixDatagram};
use tokio::task::{JoinSet, LocalSet};

use crate::clock::{self, ms};
use crate::figures::Bench;
use crate::report::Report;
use crate::server::Folder;

/// How long hearthd may take to say something.
const PATIENCE: Duration = Duration::from_secs(60);
/// What a shell does before it becomes hearthd: the port becomes number 3.
const HAND_OVER: &str = "export LISTEN_PID=$$; exec \"$0\" 3<&PORT PORT<&-";
/// Above what is handed over.
const NUMBER_MIN: i32 = 20;

/// Options of `appliance`.
#[derive(Clone, Debug, Args, Serialize)]
pub(crate) struct Options {
    /// Restarts.
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=1_000))]
    restarts: u32,
    /// Visitors at the same time.
    #[arg(long, default_value_t = 4, value_parser = clap::value_parser!(u32).range(1..=64))]
    visitors: u32,
    /// The unit whose exposure is read.
    #[arg(long, default_value = "packaging/systemd/hearthd.service", value_name = "FILE")]
    unit: PathBuf,
    /// Cargo's target folder, in which tests and packages are kept [default: that of hearthd].
    #[arg(long, value_name = "FOLDER")]
    target: Option<PathBuf>,
}

#[derive(Debug, Serialize)]
struct Fields {
    visits: u64,
    refused: u64,
    unanswered: u64,
    restart_max_ms: f64,
    ready_ms: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    exposure: Option<f64>,
    #[serde(flatten)]
    kept: Map<String, Value>,
}

/// Measures `appliance`.
pub(crate) async fn measure(bench: &Bench, options: &Options) -> Result<Report> {
    let exposure = exposure(&options.unit)?;
    let beside = || bench.program.hearthd.ancestors().nth(2).map(Path::to_owned);
    let target = options.target.clone().or_else(beside);
    let kept = target.map(|target| kept(&target)).transpose()?.unwrap_or_default();
    let local = LocalSet::new();
    let (visits, mut ready) = local.run_until(restarts(bench, options)).await?;
    ready.sort_unstable();
    let fields = Fields {
        visits: visits.answered,
        refused: visits.refused,
        unanswered: visits.unanswered,
        restart_max_ms: ms(visits.longest_ns),
        ready_ms: ms(ready[ready.len() / 2]),
        exposure,
        kept,
    };
    Report::new("appliance", options, &fields)
}

/// What the visitors met with.
#[derive(Debug, Default)]
struct Visits {
    answered: u64,
    refused: u64,
    unanswered: u64,
    longest_ns: u64,
    over: bool,
}

async fn restarts(bench: &Bench, options: &Options) -> Result<(Visits, Vec<u64>)> {
    let manager = Manager::new(bench)?;
    let mut life = manager.start().await?;
    let visits = Rc::new(RefCell::new(Visits::default()));
    let mut crowd = JoinSet::new();
    for _ in 0..options.visitors {
        crowd.spawn_local(visit_until_over(manager.door()?, Rc::clone(&visits)));
    }
    let mut ready = Vec::new();
    for _ in 0..options.restarts {
        life.stop().await?;
        life = manager.start().await?;
        ready.push(life.ready_ns);
        let before = visits.borrow().answered;
        while visits.borrow().answered == before {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    }
    visits.borrow_mut().over = true;
    crowd.join_all().await;
    life.stop().await?;
    Ok((visits.take(), ready))
}

async fn visit_until_over(door: SocketAddr, visits: Rc<RefCell<Visits>>) {
    while !visits.borrow().over {
        let begun_ns = clock::now_ns();
        let visited = visit(door).await;
        let took_ns = clock::now_ns() - begun_ns;
        let mut visits = visits.borrow_mut();
        match visited {
            Ok(true) => {
                visits.answered += 1;
                visits.longest_ns = visits.longest_ns.max(took_ns);
            }
            Ok(false) => visits.unanswered += 1,
            Err(_) => visits.refused += 1,
        }
    }
}

/// Whether there was an answer; an error if the door was closed.
async fn visit(door: SocketAddr) -> std::io::Result<bool> {
    const REQUEST: &[u8] = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    let mut stream = TcpStream::connect(door).await?;
    let mut answer = Vec::new();
    let asked = async {
        stream.write_all(REQUEST).await?;
        stream.read_to_end(&mut answer).await
    };
    Ok(asked.await.is_ok() && answer.starts_with(b"HTTP/1.1 200"))
}

/// What systemd is to hearthd.
struct Manager {
    hearthd: PathBuf,
    port: TcpListener,
    ear: UnixDatagram,
    folder: Folder,
}

impl Manager {
    fn new(bench: &Bench) -> Result<Self> {
        let folder = Folder::make(&bench.program.scratch)?;
        let ear = UnixDatagram::bind(folder.path().join("notify")).context("listen to hearthd")?;
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).context("open a port")?;
        Ok(Self { hearthd: bench.program.hearthd.clone(), port, ear, folder })
    }

    fn door(&self) -> Result<SocketAddr> {
        Ok(self.port.local_addr()?)
    }

    /// Starts hearthd with the port, and waits until it says that it is ready.
    async fn start(&self) -> Result<Life> {
        let log = self.folder.path().join("log");
        let log = fs::File::options().create(true).append(true).open(log)?;
        let port = inherited(&self.port)?;
        let script = HAND_OVER.replace("PORT", &port.as_raw_fd().to_string());
        let mut command = Command::new("bash");
        command.args(["-c", &script]).arg(&self.hearthd);
        for name in ["HEARTH_PORT", "HEARTH_LISTEN", "HEARTH_CONFIG", "HEARTH_CONFIG_DIR"] {
            command.env_remove(name);
        }
        command
            .env("HEARTH_DATA", self.folder.path().join("data"))
            .env("NOTIFY_SOCKET", self.folder.path().join("notify"))
            .env("LISTEN_FDS", "1")
            .env("LISTEN_FDNAMES", "https")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log);
        let started_ns = clock::now_ns();
        let child = command.spawn().context("can't start hearthd through bash")?;
        let mut life = Life { child, ready_ns: 0 };
        match tokio::time::timeout(PATIENCE, self.hears_ready()).await {
            Ok(heard) => heard?,
            Err(_) => bail!("hearthd did not say READY=1:\n{}", self.log()),
        }
        life.ready_ns = clock::now_ns() - started_ns;
        Ok(life)
    }

    async fn hears_ready(&self) -> Result<()> {
        let mut bytes = [0; 4_096];
        loop {
            let length = self.ear.recv(&mut bytes).await?;
            if bytes[..length].starts_with(b"READY=1") {
                return Ok(());
            }
        }
    }

    fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }
}

/// The listener under another number, which a program that is started next gets as well.
fn inherited(listener: &TcpListener) -> Result<OwnedFd> {
    let number = fcntl_dupfd_cloexec(listener, NUMBER_MIN)?;
    fcntl_setfd(&number, FdFlags::empty())?;
    Ok(number)
}

/// A hearthd from its start to its end.
struct Life {
    child: Child,
    ready_ns: u64,
}

impl Life {
    /// Ends it in good order, and lets visitors come until it is gone.
    async fn stop(&mut self) -> Result<()> {
        kill_process(Pid::from_child(&self.child), Signal::TERM)?;
        let status = loop {
            match self.child.try_wait()? {
                Some(status) => break status,
                None => tokio::time::sleep(Duration::from_millis(1)).await,
            }
        };
        if !status.success() {
            bail!("hearthd ended with {status}");
        }
        Ok(())
    }
}

impl Drop for Life {
    fn drop(&mut self) {
        // Both fail only for a child that was waited for already.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// What tests and packages left in cargo's target folder.
fn kept(target: &Path) -> Result<Map<String, Value>> {
    let mut kept = Map::new();
    for name in ["power-cuts.json", "image.json"] {
        let path = target.join("tmp").join(name);
        if path.is_file() {
            let left: Map<String, Value> = serde_json::from_slice(&fs::read(&path)?)
                .with_context(|| format!("read {}", path.display()))?;
            kept.extend(left);
        }
    }
    let Ok(packages) = fs::read_dir(target.join("package")) else { return Ok(kept) };
    for entry in packages {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "deb") {
            kept.insert("package_bytes".to_owned(), fs::metadata(&path)?.len().into());
            let mut ask = Command::new("dpkg-deb");
            let said = ask.arg("--field").arg(&path).arg("Installed-Size").output();
            let kib = said.ok().and_then(|said| String::from_utf8(said.stdout).ok());
            if let Some(kib) = kib.and_then(|kib| kib.trim().parse::<u64>().ok()) {
                kept.insert("installed_bytes".to_owned(), (kib * 1_024).into());
            }
        }
    }
    Ok(kept)
}

/// What `systemd-analyze` says of a unit.
fn exposure(unit: &Path) -> Result<Option<f64>> {
    if !unit.is_file() {
        bail!("no unit at {}: run this in the repository, or name it", unit.display());
    }
    let mut analyze = Command::new("systemd-analyze");
    analyze.args(["security", "--offline=yes", "--no-pager"]).arg(unit);
    let Ok(said) = analyze.env("SYSTEMD_COLORS", "0").output() else { return Ok(None) };
    let said = String::from_utf8_lossy(&said.stdout).into_owned();
    let line = said.lines().find(|line| line.contains("exposure level"));
    let number = line.and_then(|line| line.split(':').nth(1)?.split_whitespace().next());
    number.map(|number| number.parse().context("an exposure is a number")).transpose()
}

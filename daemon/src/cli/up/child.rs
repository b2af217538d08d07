//! One program: started, watched, stopped.

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Instant;

use anyhow::Context as _;
use rustix::process::{Pid, Signal, kill_process};
use tokio::io::{AsyncBufReadExt, AsyncRead, BufReader};
use tokio::process::{Child, Command};
use tokio::sync::{mpsc, watch};

use super::restart::{Next, Restarts};
use super::{News, STOP_TIMEOUT};
use crate::machine::SUPERVISOR;

/// Longest log line that is kept whole, in bytes.
const LOG_LINE_BYTES_MAX: usize = 64 * 1024;

/// What all programs are to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Order {
    /// Run, and read the configuration again whenever the number grows.
    Run { reloads: u32 },
    /// Stop, for good.
    Stop,
}

impl Order {
    pub(super) fn reload(&mut self) {
        if let Self::Run { reloads } = self {
            *reloads += 1;
        }
    }
}

/// How to start a program.
pub(super) struct Spec {
    name: &'static str,
    file: PathBuf,
    arguments: Vec<OsString>,
}

impl Spec {
    /// The program of that name in the folder of this one.
    pub(super) fn find(name: &'static str, arguments: Vec<OsString>) -> anyhow::Result<Self> {
        let own = std::env::current_exe().context("find where Hearth is installed")?;
        let file = own.with_file_name(name);
        anyhow::ensure!(file.exists(), "{} is missing; install Hearth again", file.display());
        Ok(Self { name, file, arguments })
    }

    /// What it is called.
    pub(super) fn name(&self) -> &'static str {
        self.name
    }

    fn start(&self) -> std::io::Result<Child> {
        Command::new(&self.file)
            .args(&self.arguments)
            .env(SUPERVISOR, std::process::id().to_string())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            // A terminal sends its Ctrl-C to a whole group; the child is to get our signal only.
            .process_group(0)
            .kill_on_drop(true)
            .spawn()
    }
}

/// Keeps one program running until it is told to stop or should not be started again.
pub(super) async fn keep(spec: Spec, mut orders: watch::Receiver<Order>, news: mpsc::Sender<News>) {
    let mut restarts = Restarts::default();
    loop {
        let started = Instant::now();
        let ended = match spec.start() {
            Ok(child) => {
                if let Some(pid) = child.id() {
                    tell(&news, News::Started { program: spec.name, pid }).await;
                }
                run(&spec, child, &mut orders).await
            }
            Err(error) => {
                eprintln!("hearth: can't start {}: {error}", spec.name);
                Some(None)
            }
        };
        // None: it was told to stop, and did.
        let Some(code) = ended else {
            return;
        };
        match restarts.ended(started.elapsed(), code) {
            Next::GiveUp(code) => {
                return tell(&news, News::GaveUp { program: spec.name, code }).await;
            }
            Next::StartAfter(wait) => {
                eprintln!("hearth: {} ended; starting it again in {wait:?}", spec.name);
                tokio::select! {
                    () = tokio::time::sleep(wait) => {}
                    _ = orders.wait_for(|order| *order == Order::Stop) => return,
                }
            }
        }
    }
}

async fn tell(news: &mpsc::Sender<News>, what: News) {
    // Nobody listens any more once Hearth stops.
    drop(news.send(what).await);
}

/// Runs a child to its end. Gives its exit code, if it ended by itself and had one.
async fn run(
    spec: &Spec,
    mut child: Child,
    orders: &mut watch::Receiver<Order>,
) -> Option<Option<i32>> {
    let (out, err) = (child.stdout.take(), child.stderr.take());
    let logs = async {
        tokio::join!(forward(spec.name, out), forward(spec.name, err));
    };
    let watch = async {
        loop {
            tokio::select! {
                status = child.wait() => return Some(status.ok().and_then(|status| status.code())),
                order = orders.changed() => {
                    let order = order.map_or(Order::Stop, |()| *orders.borrow_and_update());
                    match order {
                        Order::Run { .. } => send(&child, Signal::HUP),
                        Order::Stop => {
                            stop(spec.name, &mut child).await;
                            return None;
                        }
                    }
                }
            }
        }
    };
    let (ended, ()) = tokio::join!(watch, logs);
    ended
}

async fn stop(name: &str, child: &mut Child) {
    send(child, Signal::TERM);
    if tokio::time::timeout(STOP_TIMEOUT, child.wait()).await.is_err() {
        eprintln!("hearth: {name} does not stop; killing it");
        if let Err(error) = child.kill().await {
            eprintln!("hearth: can't kill {name}: {error}");
        }
    }
}

fn send(child: &Child, signal: Signal) {
    let pid = child.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw);
    // A child without a number has been waited for already.
    if let Some(pid) = pid
        && let Err(error) = kill_process(pid, signal)
    {
        eprintln!("hearth: can't signal process {pid:?}: {error}");
    }
}

/// Passes a program's lines on, with its name in front, until it closes them.
async fn forward(name: &str, lines: Option<impl AsyncRead + Unpin>) {
    let Some(lines) = lines else {
        return;
    };
    let mut reader = BufReader::new(lines);
    let mut line = Vec::new();
    loop {
        let Ok(chunk) = reader.fill_buf().await else {
            return;
        };
        let is_end = chunk.is_empty();
        let newline = chunk.iter().position(|byte| *byte == b'\n');
        let length = newline.map_or(chunk.len(), |at| at + 1);
        line.extend_from_slice(&chunk[..length]);
        reader.consume(length);
        let is_whole = newline.is_some() || is_end || line.len() >= LOG_LINE_BYTES_MAX;
        if is_whole && !line.is_empty() {
            let text = String::from_utf8_lossy(&line);
            eprintln!("{name} | {}", text.trim_end_matches(['\n', '\r']));
            line.clear();
        }
        if is_end {
            return;
        }
    }
}

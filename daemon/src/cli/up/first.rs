//! The first process of a container: nothing but a parent.
//!
//! The kernel gives the first process of a PID namespace every orphan in it, and it must take in how
//! they ended, or they stay as zombies. `hearth up` can't do that beside its work, because whoever
//! waits for any child also takes the ends that the keepers of its own children wait for. So it starts
//! itself once more, passes signals on, takes in what ends, and ends as the other one did.

use std::io;
use std::os::unix::process::CommandExt as _;
use std::process::{Child, Command, ExitCode};

use anyhow::Context as _;
use rustix::io::Errno;
use rustix::process::{Pid, Signal, WaitOptions, WaitStatus, getpid, kill_process, wait};
use tokio::signal::unix::{SignalKind, signal};

/// What a shell adds to the number of the signal that ended a program.
const ENDED_BY_SIGNAL: i32 = 128;

/// Whether this is the first process of its namespace.
pub(super) fn is_this() -> bool {
    getpid().as_raw_nonzero().get() == 1
}

/// Runs this very command as a child, and gives its exit code.
pub(super) fn run() -> anyhow::Result<ExitCode> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(Box::pin(async {
        let mut terminate = signal(SignalKind::terminate())?;
        let mut interrupt = signal(SignalKind::interrupt())?;
        let mut hangup = signal(SignalKind::hangup())?;
        let mut ended = signal(SignalKind::child())?;
        let second = Pid::from_child(&start()?);
        loop {
            tokio::select! {
                _ = terminate.recv() => pass_on(second, Signal::TERM)?,
                _ = interrupt.recv() => pass_on(second, Signal::INT)?,
                _ = hangup.recv() => pass_on(second, Signal::HUP)?,
                _ = ended.recv() => {
                    if let Some(code) = take_in(second)? {
                        return Ok(code);
                    }
                }
            }
        }
    }))
}

fn start() -> anyhow::Result<Child> {
    let own = std::env::current_exe().context("find where Hearth is installed")?;
    Command::new(&own)
        .args(std::env::args_os().skip(1))
        // A terminal sends its Ctrl-C to a whole group; the child is to get ours only.
        .process_group(0)
        .spawn()
        .with_context(|| format!("start {}", own.display()))
}

/// A child that has ended is there until it was taken in, so its number can't mean another process.
fn pass_on(to: Pid, signal: Signal) -> io::Result<()> {
    Ok(kill_process(to, signal)?)
}

/// Takes in all that has ended; gives the exit code if `awaited` is among it.
fn take_in(awaited: Pid) -> io::Result<Option<ExitCode>> {
    loop {
        match wait(WaitOptions::NOHANG) {
            Ok(Some((pid, status))) if pid == awaited => return Ok(Some(code_of(status))),
            Ok(Some(_)) | Err(Errno::INTR) => {}
            Ok(None) | Err(Errno::CHILD) => return Ok(None),
            Err(error) => return Err(error.into()),
        }
    }
}

fn code_of(status: WaitStatus) -> ExitCode {
    let signal = status.terminating_signal().map(|signal| ENDED_BY_SIGNAL + signal);
    let code = status.exit_status().or(signal);
    ExitCode::from(code.and_then(|code| u8::try_from(code).ok()).unwrap_or(1))
}

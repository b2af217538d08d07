//! `hearth up`: starts hearthd and hearth-hwctl as children and keeps them running.
//!
//! hearth-hwctl takes no fan here: it watches the machine, or a simulated one where this one shows
//! nothing, and says which. Without it, or when it can't run, the office goes on.
//!
//! Their log lines are forwarded with a prefix, and signals reach them in order: SIGHUP goes to all,
//! SIGINT and SIGTERM stop them and then this, with exit code 0. What dies is started again after a
//! wait ([`restart`]). A child that outlives this process would hold the port and the data folder, so
//! each asks the kernel to be stopped when this dies ([`crate::machine::end_with_supervisor`]). As the
//! first process of a container it has one more, which takes orphans in ([`first`]).

mod child;
mod first;
mod restart;

use std::ffi::OsString;
use std::fs::DirBuilder;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::{mpsc, watch};

use super::Context;
use crate::admin::{Answer, Command, call};
use crate::args::Settings;
use crate::hardware::folder_in;
use crate::tasks::Tasks;

use child::{Order, Spec, keep};

/// Which machine is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
enum Machine {
    /// This one where it shows its temperature, else a simulated one
    #[default]
    Auto,
    /// A simulated one
    Simulated,
    /// None
    None,
}

/// Options of `hearth up`.
#[derive(Debug, clap::Args)]
pub(super) struct Up {
    /// Which machine to show the temperatures and fans of
    #[arg(long, env = "HEARTH_MACHINE", value_enum, default_value_t, value_name = "WHICH")]
    machine: Machine,
}

/// The program without which there is no Hearth.
const SERVER: &str = "hearthd";
/// The program that watches the machine.
const WATCHER: &str = "hearth-hwctl";

/// How long a program may take to stop before it is killed.
const STOP_TIMEOUT: Duration = Duration::from_secs(20);
/// How often the server is asked whether it is ready.
const READY_INTERVAL: Duration = Duration::from_millis(25);

/// What a child's keeper tells.
enum News {
    /// It was started, with this process number.
    Started { program: &'static str, pid: u32 },
    /// It ended for good, and if it is the server, Hearth with it.
    GaveUp { program: &'static str, code: u8 },
}

pub(super) fn run(up: &Up, context: &Context<'_>) -> anyhow::Result<ExitCode> {
    if first::is_this() {
        return first::run();
    }
    let data = context.settings.load()?.data;
    let socket = data.admin_socket();
    let programs = programs(context.settings, up.machine, &data.dir)?;
    // One thread is plenty, and the kernel ties children to the thread that started them.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(Box::pin(supervise(programs, socket)))
}

fn programs(settings: &Settings, machine: Machine, data: &Path) -> anyhow::Result<Vec<Spec>> {
    let mut programs = vec![Spec::find(SERVER, settings.to_arguments())?];
    let how = match machine {
        Machine::Auto => "--or-simulate",
        Machine::Simulated => "--simulate",
        Machine::None => return Ok(programs),
    };
    let run = folder_in(data);
    let mut arguments: Vec<OsString> = vec!["run".into(), how.into()];
    arguments.extend(["--run".into(), run.clone().into()]);
    arguments.extend(["--state".into(), run.join("state").into()]);
    let made = DirBuilder::new().recursive(true).mode(0o700).create(&run);
    match (Spec::find(WATCHER, arguments), made) {
        (Ok(watcher), Ok(())) => programs.push(watcher),
        (Err(_), _) => eprintln!("hearth: {WATCHER} is not installed, so no machine is shown"),
        (_, Err(error)) => {
            eprintln!("hearth: can't make {}: {error}; no machine is shown", run.display());
        }
    }
    Ok(programs)
}

async fn supervise(programs: Vec<Spec>, socket: PathBuf) -> anyhow::Result<ExitCode> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut hangup = signal(SignalKind::hangup())?;
    let tasks = Tasks::new();
    let (orders, _) = watch::channel(Order::Run { reloads: 0 });
    let (news, mut heard) = mpsc::channel(16);
    for program in programs {
        tasks.spawn(program.name(), keep(program, orders.subscribe(), news.clone()));
    }
    drop(news);
    let code = loop {
        tokio::select! {
            _ = terminate.recv() => break 0,
            _ = interrupt.recv() => break 0,
            _ = hangup.recv() => orders.send_modify(Order::reload),
            told = heard.recv() => match told {
                Some(News::Started { program: SERVER, pid }) => {
                    tasks.spawn("announce", announce(socket.clone(), pid, tasks.clone()));
                }
                Some(News::Started { .. }) => {}
                Some(News::GaveUp { program, code }) if program != SERVER => {
                    eprintln!("hearth: {program} can't run (exit code {code}); going on without it");
                }
                Some(News::GaveUp { program, code }) => {
                    eprintln!("hearth: {program} can't run (exit code {code}); giving up");
                    break code;
                }
                None => break 1,
            },
        }
    };
    tasks.stop();
    orders.send_replace(Order::Stop);
    // Keepers kill what does not stop, so this ends; the margin is for reading last log lines.
    tasks.drain(STOP_TIMEOUT + Duration::from_secs(5)).await;
    Ok(ExitCode::from(code))
}

/// Prints the one link a person needs, as soon as this very process answers.
async fn announce(socket: PathBuf, pid: u32, tasks: Tasks) {
    loop {
        tokio::select! {
            () = tokio::time::sleep(READY_INTERVAL) => {}
            () = tasks.stopping() => return,
        }
        let path = socket.clone();
        let asked = tasks.spawn_blocking(move || call(&path, &Command::Status {})).await;
        match asked {
            Ok(Ok(Answer::Status { pid: found, ready: true, url, setup_needed, .. }))
                if found == pid =>
            {
                // An office without an owner has its link in the log: a new one would make that
                // worthless.
                if !setup_needed {
                    eprintln!("\n  Hearth is ready: {url}\n");
                }
                return;
            }
            // Another process answers, or none does yet.
            Ok(_) => {}
            Err(_) => return,
        }
        if !Path::new(&format!("/proc/{pid}")).exists() {
            return;
        }
    }
}

//! `hearth up`: starts the programs of [`PROGRAMS`] as children and keeps them running.
//!
//! Their log lines are forwarded with a prefix, and signals reach them in order: SIGHUP goes to all,
//! SIGINT and SIGTERM stop them and then this, with exit code 0. What dies is started again after a
//! wait ([`restart`]). A child that outlives this process would hold the port and the data folder, so
//! each asks the kernel to be stopped when this dies ([`crate::machine::end_with_supervisor`]).

mod child;
mod restart;

use std::process::ExitCode;
use std::time::Duration;

use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::{mpsc, watch};

use super::Context;
use crate::admin::{Answer, Command, call};
use crate::args::Settings;
use crate::data_dir::admin_socket;
use crate::tasks::Tasks;

use child::{Order, keep};

/// One program of Hearth.
struct Program {
    /// Its file, beside that of this command.
    name: &'static str,
    /// Whether it takes the settings as arguments.
    settings: fn(&Settings) -> Vec<std::ffi::OsString>,
}

/// What makes up Hearth on this machine.
const PROGRAMS: [Program; 1] = [Program { name: "hearthd", settings: Settings::to_arguments }];

/// How long a program may take to stop before it is killed.
const STOP_TIMEOUT: Duration = Duration::from_secs(20);
/// How often the server is asked whether it is ready.
const READY_INTERVAL: Duration = Duration::from_millis(25);

/// What a child's keeper tells.
enum News {
    /// It was started, with this process number.
    Started { program: &'static str, pid: u32 },
    /// It ended for good, and Hearth with it.
    GaveUp { program: &'static str, code: u8 },
}

pub(super) fn run(context: &Context<'_>) -> anyhow::Result<ExitCode> {
    let socket = admin_socket(&context.settings.load()?.data.dir);
    // One thread is plenty, and the kernel ties children to the thread that started them.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(Box::pin(supervise(context.settings, socket)))
}

async fn supervise(settings: &Settings, socket: std::path::PathBuf) -> anyhow::Result<ExitCode> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut hangup = signal(SignalKind::hangup())?;
    let tasks = Tasks::new();
    let (orders, _) = watch::channel(Order::Run { reloads: 0 });
    let (news, mut heard) = mpsc::channel(16);
    for program in &PROGRAMS {
        let child = child::Spec::find(program.name, (program.settings)(settings))?;
        tasks.spawn(program.name, keep(child, orders.subscribe(), news.clone()));
    }
    drop(news);
    let code = loop {
        tokio::select! {
            _ = terminate.recv() => break 0,
            _ = interrupt.recv() => break 0,
            _ = hangup.recv() => orders.send_modify(Order::reload),
            told = heard.recv() => match told {
                Some(News::Started { program: "hearthd", pid }) => {
                    tasks.spawn("announce", announce(socket.clone(), pid, tasks.clone()));
                }
                Some(News::Started { .. }) => {}
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
async fn announce(socket: std::path::PathBuf, pid: u32, tasks: Tasks) {
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
        if !std::path::Path::new(&format!("/proc/{pid}")).exists() {
            return;
        }
    }
}

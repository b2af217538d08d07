//! hearth-hwctl: arguments, then one of its commands. See [`hearth_hwctl::run`].

use std::env;
use std::io::{self, Write as _};
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use anyhow::Context as _;
use clap::Parser as _;
use hearth_hwctl::args::{Args, Command, Run};
use hearth_hwctl::machine::MachineError;
use hearth_hwctl::run::{self, RunError};
use hearth_hwctl::supervisor::{Supervisor, end_with_parent, tick_max};
use hearth_hwctl::sysfs::Root;
use hearth_hwctl::sysfs::drive::GivenBack;
use hearth_hwctl::{intent, list, status};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};

/// Settings that can't work here: starting again would not help.
const EXIT_CODE_CONFIG: u8 = 78;
/// Starting again is all that is needed.
const EXIT_CODE_AGAIN: u8 = 75;

fn main() -> ExitCode {
    let args = Args::parse();
    let done = match &args.command {
        Command::Run(options) => run(&args, options),
        Command::Restore => restore(&args),
        Command::Status => print(status::read(&args.run), &args.run),
        Command::List => list(&args),
        Command::Ask { what } => print(intent::ask(&args.run, *what), &args.run),
    };
    let Err(error) = done else { return ExitCode::SUCCESS };
    eprintln!("hearth-hwctl: {error:#}");
    match error.downcast_ref() {
        Some(RunError::Machine(MachineError::CameBack { .. })) => ExitCode::from(EXIT_CODE_AGAIN),
        _ if run::is_of_settings(&error) => ExitCode::from(EXIT_CODE_CONFIG),
        _ => ExitCode::FAILURE,
    }
}

fn run(args: &Args, options: &Run) -> anyhow::Result<()> {
    end_with_parent()?;
    let mut supervisor = Supervisor::new(env::var_os("NOTIFY_SOCKET")).context("NOTIFY_SOCKET")?;
    let stop = Arc::new(AtomicBool::new(false));
    for signal in [SIGTERM, SIGINT] {
        signal_hook::flag::register(signal, Arc::clone(&stop))?;
    }
    // There is nothing to read again, and a terminal that closes is no reason to stop cooling.
    signal_hook::flag::register(SIGHUP, Arc::default())?;
    let mut settings = args.settings(options)?;
    if let Some(most) = tick_max(env::var_os("WATCHDOG_USEC")) {
        settings.tick = settings.tick.min(most);
    }
    Ok(run::run(&settings, &mut supervisor, &stop)?)
}

fn restore(args: &Args) -> anyhow::Result<()> {
    let done = run::restore(&Root::new(&args.root), &args.run)?;
    for (key, given) in &done {
        eprintln!("hearth-hwctl: {key}: {given:?}");
    }
    let failed = done.iter().any(|(_, given)| matches!(given, GivenBack::Failed(_)));
    anyhow::ensure!(!failed, "not everything could be given back");
    Ok(())
}

fn list(args: &Args) -> anyhow::Result<()> {
    let text = list::list(&Root::new(&args.root), &args.state)?;
    Ok(writeln!(io::stdout(), "{text}")?)
}

/// Prints what the running program said.
fn print(said: io::Result<String>, run: &Path) -> anyhow::Result<()> {
    let said =
        said.with_context(|| format!("nothing answers in {}: is it running?", run.display()))?;
    Ok(io::stdout().write_all(said.as_bytes())?)
}

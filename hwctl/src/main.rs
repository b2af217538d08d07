//! hearth-hwctl: arguments, then one of its commands. See [`hearth_hwctl::run`].

use std::env;
use std::io::{self, BufRead as _, BufReader, Write as _};
use std::os::unix::net::UnixStream;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use anyhow::Context as _;
use clap::Parser as _;
use hearth_hwctl::args::{Args, Command, Run};
use hearth_hwctl::run;
use hearth_hwctl::status;
use hearth_hwctl::supervisor::{Supervisor, tick_max};
use hearth_hwctl::sysfs::Root;
use hearth_hwctl::sysfs::discover::Inventory;
use hearth_hwctl::sysfs::drive::GivenBack;
use hearth_hwctl::sysfs::originals;
use signal_hook::consts::{SIGINT, SIGTERM};

/// Settings that can't work here: starting again would not help.
const EXIT_CODE_CONFIG: u8 = 78;

fn main() -> ExitCode {
    let args = Args::parse();
    let done = match &args.command {
        Command::Run(options) => run(&args, options),
        Command::Restore => restore(&args),
        Command::Status => show_status(&args),
        Command::List => list(&args),
    };
    let Err(error) = done else { return ExitCode::SUCCESS };
    eprintln!("hearth-hwctl: {error:#}");
    if run::is_of_settings(&error) { ExitCode::from(EXIT_CODE_CONFIG) } else { ExitCode::FAILURE }
}

fn run(args: &Args, options: &Run) -> anyhow::Result<()> {
    let mut supervisor = Supervisor::new(env::var_os("NOTIFY_SOCKET")).context("NOTIFY_SOCKET")?;
    let stop = Arc::new(AtomicBool::new(false));
    for signal in [SIGTERM, SIGINT] {
        signal_hook::flag::register(signal, Arc::clone(&stop))?;
    }
    let mut settings = args.settings(options)?;
    if let Some(most) = tick_max(env::var_os("WATCHDOG_USEC")) {
        settings.tick = settings.tick.min(most);
    }
    Ok(run::run(&settings, &mut supervisor, &stop)?)
}

fn restore(args: &Args) -> anyhow::Result<()> {
    let done = originals::restore(&Root::new(&args.root), &args.run)?;
    for (key, given) in &done {
        eprintln!("hearth-hwctl: {key}: {given:?}");
    }
    let failed = done.iter().any(|(_, given)| matches!(given, GivenBack::Failed(_)));
    anyhow::ensure!(!failed, "not every fan could be given back");
    Ok(())
}

fn show_status(args: &Args) -> anyhow::Result<()> {
    let path = args.run.join(status::SOCKET);
    let stream = UnixStream::connect(&path)
        .with_context(|| format!("nothing answers at {}: is it running?", path.display()))?;
    let mut line = String::new();
    BufReader::new(stream).read_line(&mut line)?;
    Ok(io::stdout().write_all(line.as_bytes())?)
}

fn list(args: &Args) -> anyhow::Result<()> {
    let inventory = Inventory::of(&Root::new(&args.root));
    let text = serde_json::to_string_pretty(&inventory)?;
    Ok(writeln!(io::stdout(), "{text}")?)
}

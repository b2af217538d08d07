//! hearthd: arguments, settings, log, then the server until a signal. See [`hearth_daemon::run`].

use std::process::ExitCode;

use anyhow::Context;
use clap::Parser;
use hearth_daemon::args::Args;
use hearth_daemon::config::{Config, EXIT_CODE_CONFIG};
use hearth_daemon::logging::{self, LoggingError};
use hearth_daemon::{machine, picture, run};
use hearth_store::OpenError;
use tokio::signal::unix::{SignalKind, signal};

fn main() -> ExitCode {
    let args = Args::parse();
    if let Some(media_type) = &args.picture {
        return picture::serve(media_type);
    }
    let config = match args.settings.load() {
        Ok(config) => config,
        Err(error) => return refuse(&error),
    };
    match logging::start(&config.log) {
        Ok(()) => {}
        Err(error @ LoggingError::Filter(_)) => return refuse(&error),
        Err(error) => return fail(&error.into()),
    }
    match start(config) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) if is_from_the_future(&error) => refuse(error.as_ref()),
        Err(error) => fail(&error),
    }
}

/// Trying again helps as little as with wrong settings.
fn is_from_the_future(error: &anyhow::Error) -> bool {
    matches!(error.downcast_ref(), Some(OpenError::FromTheFuture { .. }))
}

fn start(config: Config) -> anyhow::Result<()> {
    machine::raise_descriptor_limit(config.limits.connections_max);
    machine::end_with_supervisor().context("follow the supervisor")?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(Box::pin(async {
        // Unless somebody listens, this signal ends a process. Here it only ever means "reload",
        // whether or not there is anything to reload.
        let _reload = signal(SignalKind::hangup())?;
        run::run(config).await
    }))
}

/// Settings that can't be used: trying again would not help, which the exit code says.
fn refuse(error: &dyn std::error::Error) -> ExitCode {
    eprintln!("hearthd: {error}");
    ExitCode::from(EXIT_CODE_CONFIG)
}

fn fail(error: &anyhow::Error) -> ExitCode {
    eprintln!("hearthd: {error:#}");
    ExitCode::FAILURE
}

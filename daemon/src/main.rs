//! hearthd: arguments, settings, log, then the server until a signal. See [`hearth_daemon::run`].

use std::process::ExitCode;

use anyhow::Context;
use clap::Parser;
use hearth_daemon::args::Args;
use hearth_daemon::config::{Config, EXIT_CODE_CONFIG};
use hearth_daemon::logging::{self, LoggingError};
use hearth_daemon::service::Service;
use hearth_daemon::{machine, picture, run};
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
    let service = match Service::of_environment() {
        Ok(service) => service,
        Err(error) => return refuse(&error),
    };
    match start(config, service) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) if run::is_hopeless(&error) => refuse(error.as_ref()),
        Err(error) => fail(&error),
    }
}

fn start(config: Config, service: Service) -> anyhow::Result<()> {
    machine::raise_descriptor_limit(config.limits.connections_max);
    machine::end_with_supervisor().context("follow the supervisor")?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(Box::pin(async {
        // Unless somebody listens, this signal ends a process. Here it only ever means "reload",
        // whether or not there is anything to reload.
        let _reload = signal(SignalKind::hangup())?;
        run::run(config, service).await
    }))
}

/// What can't be used, settings or a database: trying again would not help, which the exit code says.
fn refuse(error: &dyn std::error::Error) -> ExitCode {
    eprintln!("hearthd: {error}");
    ExitCode::from(EXIT_CODE_CONFIG)
}

fn fail(error: &anyhow::Error) -> ExitCode {
    eprintln!("hearthd: {error:#}");
    ExitCode::FAILURE
}

//! `hearth update`: asks the running server, which asks root's side; `run` is root's side.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::{Args, Subcommand};
use hearth_wire::admin::{UpdateAct, UpdateState};

use super::{Context, unexpected};
use crate::admin::{Answer, Command};
use crate::clock::Clock;
use crate::config::{LogConfig, LogFormat};
use crate::logging;
use crate::update::FOLDER;
use crate::update::run::{Runner, make_folders};
use crate::update::tool::{PACKAGED, Tool};

#[derive(Debug, Subcommand)]
pub(super) enum Update {
    /// Say what is installed, what there is and how the last update ended
    Status,
    /// Look whether there is a newer version
    Check,
    /// Install the newer version
    Apply(Apply),
    /// Go back to the version before; what was written since may be lost
    Rollback,
    /// Do what was asked for; systemd runs this as root
    #[command(hide = true)]
    Run(Run),
}

#[derive(Debug, Args)]
pub(super) struct Apply {
    /// Wait for the quiet hours
    #[arg(long)]
    tonight: bool,
}

#[derive(Debug, Args)]
pub(super) struct Run {
    /// Where root keeps what it does
    #[arg(long, env = "HEARTH_UPDATE_FOLDER", default_value = FOLDER)]
    folder: PathBuf,
    /// The program that touches packages
    #[arg(long, env = "HEARTH_UPDATE_TOOL", default_value = PACKAGED)]
    tool: PathBuf,
}

pub(super) fn run(update: &Update, context: &Context<'_>) -> anyhow::Result<ExitCode> {
    let act = match update {
        Update::Run(run) => return perform(run, context),
        Update::Status => None,
        Update::Check => Some(UpdateAct::Check),
        Update::Apply(Apply { tonight: true }) => Some(UpdateAct::ApplyTonight),
        Update::Apply(Apply { tonight: false }) => Some(UpdateAct::Apply),
        Update::Rollback => Some(UpdateAct::Rollback),
    };
    let answer = context.ask(&Command::Update { act })?;
    let Answer::Update { state } = &answer else { return Err(unexpected()) };
    context.output.answer(&words(state), &answer)?;
    Ok(ExitCode::SUCCESS)
}

fn words(state: &UpdateState) -> String {
    let mut lines = vec![format!("Hearth {} is installed.", state.version)];
    if !state.possible {
        lines.push(
            "Nothing on this box installs updates: it was not installed from a package.".into(),
        );
    }
    if let Some(candidate) = &state.candidate {
        lines.push(format!("{candidate} is there. `hearth update apply` installs it."));
    }
    if let Some(running) = &state.running {
        lines.push(format!("An update from {} to {} is under way.", running.from, running.to));
    } else if state.asked {
        lines.push("It was asked for; `hearth update status` says how far it is.".into());
    }
    if state.tonight {
        lines.push("An update waits for the quiet hours.".into());
    }
    if let Some(last) = &state.last {
        let end = match last.outcome {
            hearth_wire::admin::UpdateOutcome::Done => "was installed",
            hearth_wire::admin::UpdateOutcome::WentBack => "did not work; the version before runs",
            hearth_wire::admin::UpdateOutcome::GivenUp => "was not installed",
            hearth_wire::admin::UpdateOutcome::Failed => "failed, and so did the way back",
        };
        lines.push(format!("The last update, from {} to {}: it {end}.", last.from, last.to));
        lines.extend(last.problem.clone());
    }
    lines.extend(state.problem.clone());
    lines.join("\n")
}

fn perform(run: &Run, context: &Context<'_>) -> anyhow::Result<ExitCode> {
    logging::start(&LogConfig { filter: "info".to_owned(), format: LogFormat::Text })?;
    let kept = make_folders(&run.folder)
        .with_context(|| format!("make the folder of updates {}", run.folder.display()))?;
    let runner = Runner {
        folder: run.folder.clone(),
        data: context.data_dir()?,
        tool: Tool { path: run.tool.clone(), kept },
        clock: Clock::system(),
    };
    runner.run().context("update")?;
    Ok(ExitCode::SUCCESS)
}

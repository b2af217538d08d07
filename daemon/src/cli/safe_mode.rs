//! `hearth safe-mode`

use std::process::ExitCode;

use clap::Subcommand;

use super::Context;
use crate::admin::Command;

#[derive(Debug, Subcommand)]
pub(super) enum SafeMode {
    /// Let everything run again
    Leave,
}

pub(super) fn run(SafeMode::Leave: &SafeMode, context: &Context<'_>) -> anyhow::Result<ExitCode> {
    let answer = context.ask(&Command::SafeModeLeave {})?;
    context.output.answer("Everything runs again.", &answer)?;
    Ok(ExitCode::SUCCESS)
}

//! `hearth files`

use std::process::ExitCode;

use clap::Subcommand;

use super::{Context, unexpected};
use crate::admin::{Answer, Command};

#[derive(Debug, Subcommand)]
pub(super) enum Files {
    /// Read every file again, put damaged ones back from a backup or aside
    Check,
}

pub(super) fn run(Files::Check: &Files, context: &Context<'_>) -> anyhow::Result<ExitCode> {
    let answer = context.ask(&Command::FilesCheck {})?;
    let Answer::FilesChecked { files, mended, lost } = &answer else {
        return Err(unexpected());
    };
    let text = format!(
        "{files} files were looked at: {mended} were put back from a backup, {lost} are damaged or \
         missing."
    );
    context.output.answer(&text, &answer)?;
    Ok(if *lost > 0 { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

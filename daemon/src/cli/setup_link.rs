//! `hearth setup-link`: a new code for the first owner, for when the old one has expired.

use std::process::ExitCode;

use super::{Context, unexpected};
use crate::admin::{Answer, Command};

pub(super) fn run(context: &Context<'_>) -> anyhow::Result<ExitCode> {
    let answer = context.ask(&Command::SetupLink {})?;
    let Answer::Link { url } = &answer else {
        return Err(unexpected());
    };
    context.output.answer(url, &answer)?;
    Ok(ExitCode::SUCCESS)
}

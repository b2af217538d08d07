//! `hearth status`

use std::process::ExitCode;

use super::{Context, unexpected};
use crate::admin::{Answer, Command};

pub(super) fn run(context: &Context<'_>) -> anyhow::Result<ExitCode> {
    let answer = context.ask(&Command::Status {})?;
    let Answer::Status { pid, version, ready, url, setup_needed } = &answer else {
        return Err(unexpected());
    };
    let state = if *ready { "ready" } else { "not ready yet" };
    let mut text = format!("Hearth {version} is {state} (process {pid}): {url}");
    if *setup_needed {
        text.push_str("\nThe office has no owner yet: `hearth setup-link` makes the link for one.");
    }
    context.output.answer(&text, &answer)?;
    Ok(ExitCode::SUCCESS)
}

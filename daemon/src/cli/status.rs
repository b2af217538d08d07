//! `hearth status`

use std::process::ExitCode;

use super::{Context, unexpected};
use crate::admin::{Answer, Command};

pub(super) fn run(context: &Context<'_>) -> anyhow::Result<ExitCode> {
    let answer = context.ask(&Command::Status {})?;
    let Answer::Status { pid, version, ready, url, setup_url } = &answer else {
        return Err(unexpected());
    };
    let state = if *ready { "ready" } else { "not ready yet" };
    let mut text = format!("Hearth {version} is {state} (process {pid}): {url}");
    if let Some(setup_url) = setup_url {
        text.push_str(&format!("\nThe office has no owner yet. Open {setup_url}"));
    }
    context.output.answer(&text, &answer)?;
    Ok(ExitCode::SUCCESS)
}

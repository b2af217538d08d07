//! `hearth status`

use std::process::ExitCode;

use super::{Context, unexpected};
use crate::admin::{Answer, Command};

pub(super) fn run(context: &Context<'_>) -> anyhow::Result<ExitCode> {
    let answer = context.ask(&Command::Status {})?;
    let Answer::Status { pid, version, ready, url, setup_needed, words, certificate } = &answer
    else {
        return Err(unexpected());
    };
    let state = if *ready { "ready" } else { "not ready yet" };
    let mut text = format!("Hearth {version} is {state} (process {pid}): {url}");
    if *setup_needed {
        text.push_str("\nThe office has no owner yet: `hearth setup-link` makes the link for one.");
    }
    if let Some(words) = words {
        text.push_str(&format!("\nThe words of its key: {words}"));
    }
    if let Some(print) = certificate {
        text.push_str(&format!("\nSHA-256 of its certificate: {print}"));
    }
    context.output.answer(&text, &answer)?;
    Ok(ExitCode::SUCCESS)
}

//! `hearth healthcheck`: the health check of a container image, which has no shell and no curl.
//!
//! It asks the admin socket, so it needs no port, no certificate and no name, and says the same as
//! `/readyz`.

use std::process::ExitCode;

use super::{Context, unexpected};
use crate::admin::{Answer, Command};

pub(super) fn run(context: &Context<'_>) -> anyhow::Result<ExitCode> {
    let answer = context.ask(&Command::Status {})?;
    let Answer::Status { ready, .. } = &answer else {
        return Err(unexpected());
    };
    let text = if *ready { "ready" } else { "not ready" };
    context.output.answer(text, &answer)?;
    Ok(if *ready { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

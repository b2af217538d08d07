//! `hearth sample`: fills the office with made-up people and talk, to look at or to load.

use std::io;
use std::process::ExitCode;

use clap::Args;

use super::output::Progress;
use super::{Context, unexpected};
use crate::admin::{Answer, Call, Command};

#[derive(Debug, Args)]
pub(super) struct Sample {
    /// How many messages
    #[arg(long, default_value_t = 400, value_parser = clap::value_parser!(u32).range(1..=10_000_000))]
    messages: u32,
}

pub(super) fn run(sample: &Sample, context: &Context<'_>) -> anyhow::Result<ExitCode> {
    let socket = context.admin_socket()?;
    let progress = Progress::new("Writing");
    let call = Call {
        progress: &mut |done, total| progress.set(done, total),
        record: &mut |_| Err(io::ErrorKind::InvalidData.into()),
    };
    let answer = call.send(&socket, &Command::Sample { messages: sample.messages })?;
    drop(progress);
    let Answer::Done {} = &answer else {
        return Err(unexpected());
    };
    let text = format!("{} messages by made-up people are in the office.", sample.messages);
    context.output.answer(&text, &answer)?;
    Ok(ExitCode::SUCCESS)
}

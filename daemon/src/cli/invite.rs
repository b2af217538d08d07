//! `hearth invite`

use std::process::ExitCode;

use clap::Args;

use super::user::OfficeRole;
use super::{Context, unexpected};
use crate::admin::{Answer, Command};

const DAY_S: u64 = 24 * 60 * 60;

#[derive(Debug, Args)]
pub(super) struct Invite {
    /// What the invited become
    #[arg(long, value_enum, default_value = "member")]
    role: OfficeRole,
    /// How many people may use the link
    #[arg(long, default_value_t = 1, value_name = "PEOPLE")]
    uses: u32,
    /// How long the link works, in days
    #[arg(long, default_value_t = 7, value_parser = clap::value_parser!(u64).range(1..=30))]
    days: u64,
}

pub(super) fn run(invite: &Invite, context: &Context<'_>) -> anyhow::Result<ExitCode> {
    let command = Command::Invite {
        role: invite.role.into(),
        uses_max: invite.uses,
        expires_in_s: invite.days * DAY_S,
    };
    let answer = context.ask(&command)?;
    let Answer::Link { url } = &answer else {
        return Err(unexpected());
    };
    context.output.answer(url, &answer)?;
    Ok(ExitCode::SUCCESS)
}

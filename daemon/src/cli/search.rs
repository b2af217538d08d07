//! `hearth search`

use std::process::ExitCode;

use clap::Subcommand;

use super::{Context, unexpected};
use crate::admin::{Answer, Command};

#[derive(Debug, Subcommand)]
pub(super) enum Search {
    /// Say how far the index is
    Status,
    /// Throw the index away and build it anew, while people chat
    Rebuild,
}

pub(super) fn run(search: &Search, context: &Context<'_>) -> anyhow::Result<ExitCode> {
    let command = match search {
        Search::Status => Command::SearchStatus {},
        Search::Rebuild => Command::SearchRebuild {},
    };
    let answer = context.ask(&command)?;
    let text = match &answer {
        Answer::Search { upto, head } if upto >= head => {
            format!("The search index holds everything ({head} entries of the log).")
        }
        Answer::Search { upto, head } => {
            format!("The search index is being built: {upto} of {head} entries of the log.")
        }
        Answer::Done {} => {
            "The search index is built anew. People can go on; `hearth search status` says how far it is."
                .to_owned()
        }
        _ => return Err(unexpected()),
    };
    context.output.answer(&text, &answer)?;
    Ok(ExitCode::SUCCESS)
}

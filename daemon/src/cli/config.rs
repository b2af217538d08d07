//! `hearth config`: whether the settings are right, and which ones are made.
//!
//! It reads what a start would read, and starts nothing. A mistake ends it with exit code 78.

use std::process::ExitCode;

use clap::Subcommand;
use serde::Serialize;

use super::Context;
use crate::config::Sources;

#[derive(Debug, Subcommand)]
pub(super) enum Config {
    /// Say whether the settings can be used
    Check,
    /// Print every setting that is made, and where
    Show,
}

#[derive(Debug, Serialize)]
struct Checked {
    files: usize,
}

#[derive(Debug, Serialize)]
struct Shown {
    key: String,
    value: String,
    place: String,
}

pub(super) fn run(config: &Config, context: &Context<'_>) -> anyhow::Result<ExitCode> {
    let (file, folder) = context.settings.files();
    let sources = Sources::read(file.as_deref(), folder.as_deref())?;
    context.settings.load()?;
    match config {
        Config::Check => {
            let files = sources.count();
            let text = format!("The settings can be used ({files} files).");
            context.output.answer(&text, &Checked { files })?;
        }
        Config::Show => {
            let shown: Vec<Shown> = sources
                .settings()
                .into_iter()
                .map(|made| Shown {
                    key: made.key,
                    value: made.value,
                    place: made.place.to_string(),
                })
                .collect();
            let line = |made: &Shown| format!("{} = {}  # {}", made.key, made.value, made.place);
            let text = match shown.as_slice() {
                [] => "Nothing is set: everything has its default.".to_owned(),
                made => made.iter().map(line).collect::<Vec<_>>().join("\n"),
            };
            context.output.answer(&text, &shown)?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

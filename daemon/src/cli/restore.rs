//! `hearth restore <file>`: puts a backup in the place of the database.
//!
//! The server must be stopped, which the folder's lock proves. The backup is verified first; what was
//! there stays beside it. Everybody signs in again afterwards, because who was signed in when the
//! backup was made may have been shut out since.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use hearth_store::backup;
use serde::Serialize;

use super::Context;
use crate::clock::Clock;
use crate::data_dir::DataDir;

#[derive(Debug, Args)]
pub(super) struct Restore {
    /// The backup
    file: PathBuf,
}

#[derive(Debug, Serialize)]
struct Restored {
    restored: PathBuf,
    last_seq: u64,
    size_bytes: u64,
}

pub(super) fn run(restore: &Restore, context: &Context<'_>) -> anyhow::Result<ExitCode> {
    let data = DataDir::open(&context.data_dir()?)?;
    let database = data.database();
    let verified = backup::restore(&restore.file, &database, Clock::system().now())?;
    let text = format!(
        "{} is in place and verified; start Hearth again. What was there before is beside it, as \
         *.before-restore.",
        restore.file.display()
    );
    let restored = Restored {
        restored: database,
        last_seq: verified.head.0,
        size_bytes: verified.size_bytes,
    };
    context.output.answer(&text, &restored)?;
    Ok(ExitCode::SUCCESS)
}

//! `hearth backup <file>`: the running server writes the copy, so that it is consistent. Files that
//! people shared go to the folder `<file>.files`.

use std::io;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::Args;

use super::output::{Progress, files_copied};
use super::{Context, unexpected};
use crate::admin::{Answer, Call, Command};

#[derive(Debug, Args)]
pub(super) struct Backup {
    /// Where to write it; it must not exist yet
    file: PathBuf,
}

pub(super) fn run(backup: &Backup, context: &Context<'_>) -> anyhow::Result<ExitCode> {
    // The server has another working directory.
    let file = std::path::absolute(&backup.file).context("find the file's place")?;
    anyhow::ensure!(!file.exists(), "{} exists already; choose another name", file.display());
    let socket = context.admin_socket()?;
    let progress = Progress::new("Backing up");
    let call = Call {
        progress: &mut |done, total| progress.set(done, total),
        record: &mut |_| Err(io::ErrorKind::InvalidData.into()),
    };
    let answer = call.send(&socket, &Command::Backup { file })?;
    drop(progress);
    let Answer::BackedUp { file, size_bytes, files } = &answer else {
        return Err(unexpected());
    };
    let mut text = format!("{} holds everything until now ({size_bytes} bytes).", file.display());
    text.push_str(&files_copied(files));
    context.output.answer(&text, &answer)?;
    Ok(ExitCode::SUCCESS)
}

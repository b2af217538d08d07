//! `hearth backup`: an encrypted and verified backup at every destination that is set, or with a file a
//! plain copy in that place. The running server makes either, so that it is consistent. Files that
//! people shared go beside a plain copy, to the folder `<file>.files`.

use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context as _;
use clap::Args;
use hearth_wire::vault::{BackupStanding, BackupVault};

use super::output::{Progress, files_copied};
use super::{Context, unexpected};
use crate::admin::{Answer, Call, Command};

#[derive(Debug, Args)]
pub(super) struct Backup {
    /// Write a copy that is not encrypted to this file; it must not exist yet
    file: Option<PathBuf>,
}

pub(super) fn run(backup: &Backup, context: &Context<'_>) -> anyhow::Result<ExitCode> {
    match &backup.file {
        Some(file) => copy(file, context),
        None => round(context, &Command::BackUpNow {}, "Backing up and checking"),
    }
}

fn copy(file: &Path, context: &Context<'_>) -> anyhow::Result<ExitCode> {
    // The server has another working directory.
    let file = std::path::absolute(file).context("find the file's place")?;
    anyhow::ensure!(!file.exists(), "{} exists already; choose another name", file.display());
    let answer = asked(context, &Command::Backup { file }, "Backing up")?;
    let Answer::BackedUp { file, size_bytes, files } = &answer else {
        return Err(unexpected());
    };
    let mut text = format!("{} holds everything until now ({size_bytes} bytes).", file.display());
    text.push_str(&files_copied(files));
    context.output.answer(&text, &answer)?;
    Ok(ExitCode::SUCCESS)
}

fn asked(context: &Context<'_>, command: &Command, what: &'static str) -> anyhow::Result<Answer> {
    let socket = context.admin_socket()?;
    let progress = Progress::new(what);
    let call = Call {
        progress: &mut |done, total| progress.set(done, total),
        record: &mut |_| Err(io::ErrorKind::InvalidData.into()),
    };
    Ok(call.send(&socket, command)?)
}

/// Has the server do something at every destination; the exit code is 1 when one failed.
pub(super) fn round(
    context: &Context<'_>,
    command: &Command,
    what: &'static str,
) -> anyhow::Result<ExitCode> {
    let Answer::Vault { vault } = asked(context, command, what)? else {
        return Err(unexpected());
    };
    let lines: Vec<String> = vault.standings.iter().map(|one| in_words(one, &vault)).collect();
    context.output.answer(&lines.join("\n"), &vault)?;
    let failed = vault.standings.iter().any(|standing| standing.fault.is_some());
    Ok(if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

fn in_words(standing: &BackupStanding, vault: &BackupVault) -> String {
    let BackupStanding { id, fault, detail, count, size_bytes, .. } = standing;
    let run = vault.history.iter().find(|run| run.destination == *id);
    match fault {
        None => {
            let name = run.map_or("", |run| run.name.as_str());
            format!("{id}: {name} is there and was checked ({count} backups, {size_bytes} bytes).")
        }
        Some(fault) => format!("{id}: {fault:?}: {detail}"),
    }
}

/// `hearth backup-key`.
pub(super) fn show_key(context: &Context<'_>) -> anyhow::Result<ExitCode> {
    let answer = context.ask(&Command::BackupKey {})?;
    let Answer::BackupKey { secret } = &answer else { return Err(unexpected()) };
    context.output.answer(secret, &answer)?;
    Ok(ExitCode::SUCCESS)
}

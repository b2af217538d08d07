//! `hearth purge-data`: deletes everything that the office has written.
//!
//! A package never does this, whatever way it is removed. The server must be stopped, which the
//! folder's lock proves, and the folder must be one of Hearth's, which its database proves. The folder
//! itself stays, as it belongs to the package.

use std::fs;
use std::io::{self, BufRead, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context as _;
use clap::Args;
use serde::Serialize;

use super::Context;
use super::language::Language;
use crate::data_dir::{DATABASE, DataDir};

#[derive(Debug, Args)]
pub(super) struct PurgeData {
    /// Don't ask
    #[arg(long)]
    yes: bool,
}

#[derive(Debug, Serialize)]
struct Purged {
    purged: Option<PathBuf>,
}

pub(super) fn run(purge: &PurgeData, context: &Context<'_>) -> anyhow::Result<ExitCode> {
    let folder = context.data_dir()?;
    if !folder.join(DATABASE).exists() {
        let text = format!("There is no data of Hearth in {}.", folder.display());
        context.output.answer(&text, &Purged { purged: None })?;
        return Ok(ExitCode::SUCCESS);
    }
    let data = DataDir::open(&folder)?;
    let language = Language::of_environment();
    if !purge.yes && !wanted(data.path(), language)? {
        anyhow::bail!(language.of("nothing was deleted", "没有删除任何内容"));
    }
    empty(data.path()).with_context(|| format!("not all of {} is deleted", folder.display()))?;
    let text = format!("All data of Hearth in {} is deleted.", data.path().display());
    context.output.answer(&text, &Purged { purged: Some(data.path().to_owned()) })?;
    Ok(ExitCode::SUCCESS)
}

/// Asks once. Where nobody can answer, the option has to say it.
fn wanted(folder: &Path, language: Language) -> anyhow::Result<bool> {
    anyhow::ensure!(
        io::stdin().is_terminal(),
        "{}",
        language.of(
            "nothing was deleted: without a terminal, say `hearth purge-data --yes`",
            "没有删除任何内容：没有终端时请使用 `hearth purge-data --yes`"
        )
    );
    let words = language.of(
        "will be deleted for good: all messages, files, accounts, settings and keys of the office.\n\
         Backups in other places stay. There is no way back.\n\nType \"delete\" to go on: ",
        "将被永久删除：办公室的所有消息、文件、账号、设置和密钥。\n\
         其他位置的备份会保留。此操作无法撤销。\n\n输入“删除”以继续：",
    );
    let mut screen = io::stderr();
    write!(screen, "{}\n{words}", folder.display())?;
    screen.flush()?;
    let mut answer = String::new();
    io::stdin().lock().read_line(&mut answer)?;
    Ok(matches!(answer.trim(), "delete" | "删除"))
}

/// The database goes last, so that what was begun can be begun again.
fn empty(folder: &Path) -> io::Result<()> {
    let entries: Vec<fs::DirEntry> = fs::read_dir(folder)?.collect::<io::Result<_>>()?;
    let (last, first): (Vec<_>, Vec<_>) =
        entries.iter().partition(|entry| entry.file_name() == DATABASE);
    for entry in first.into_iter().chain(last) {
        // A link is removed, and never followed.
        if entry.file_type()?.is_dir() {
            fs::remove_dir_all(entry.path())?;
        } else {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_removed_and_not_followed() {
        let scratch = tempfile::tempdir().unwrap();
        let (folder, other) = (scratch.path().join("data"), scratch.path().join("other"));
        fs::create_dir_all(folder.join("blobs/ab")).unwrap();
        fs::create_dir(&other).unwrap();
        fs::write(other.join("kept"), "").unwrap();
        fs::write(folder.join(DATABASE), "").unwrap();
        std::os::unix::fs::symlink(&other, folder.join("backups")).unwrap();
        empty(&folder).unwrap();
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 0);
        assert!(other.join("kept").exists());
    }
}

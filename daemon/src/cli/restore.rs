//! `hearth restore <file>`: puts a backup in the place of the database.
//!
//! The server must be stopped, which the folder's lock proves. What was there is moved aside and
//! never deleted. A crash in between leaves the old files aside and the new one beside its place:
//! running the command again finishes it.

use std::fs::{self, DirBuilder, File};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, ensure};
use clap::Args;
use serde::Serialize;

use super::Context;
use super::output::Progress;
use crate::clock::Clock;
use crate::data_dir::{DATABASE, DataDir};

/// What every SQLite database begins with.
const MAGIC: &[u8; 16] = b"SQLite format 3\0";

#[derive(Debug, Args)]
pub(super) struct Restore {
    /// The backup
    file: PathBuf,
}

#[derive(Debug, Serialize)]
struct Restored {
    restored: PathBuf,
    kept_aside: Option<PathBuf>,
}

pub(super) fn run(restore: &Restore, context: &Context<'_>) -> anyhow::Result<ExitCode> {
    let data = DataDir::open(&context.data_dir()?)?;
    let progress = Progress::new("Restoring");
    let restored = put_back(&data, &restore.file, &mut |done, total| progress.set(done, total))?;
    drop(progress);
    let mut text = format!("{} is in place; start Hearth again.", restore.file.display());
    if let Some(aside) = &restored.kept_aside {
        text.push_str(&format!(" What was there before is in {}.", aside.display()));
    }
    context.output.answer(&text, &restored)?;
    Ok(ExitCode::SUCCESS)
}

fn put_back(
    data: &DataDir,
    backup: &Path,
    progress: &mut dyn FnMut(u64, u64),
) -> anyhow::Result<Restored> {
    let named = || format!("read the backup {}", backup.display());
    let mut source = File::open(backup).with_context(named)?;
    let total = source.metadata().with_context(named)?.len();
    let mut magic = [0; 16];
    let is_database = source.read_exact(&mut magic).is_ok() && &magic == MAGIC;
    ensure!(is_database, "{} is not a backup of Hearth", backup.display());

    // The copy is complete and on the disk before anything is moved.
    let incoming = data.path().join("restore.new");
    let doing = || format!("copy the backup to {}", incoming.display());
    let mut copy = fs::OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&incoming)
        .with_context(doing)?;
    copy.write_all(&magic).with_context(doing)?;
    copy_all(&mut source, &mut copy, &mut |done| progress(done, total)).with_context(doing)?;
    copy.sync_all().with_context(doing)?;

    let kept_aside = move_aside(data).context("keep the present database aside")?;
    fs::rename(&incoming, data.database()).with_context(doing)?;
    File::open(data.path()).and_then(|folder| folder.sync_all()).with_context(doing)?;
    Ok(Restored { restored: data.database(), kept_aside })
}

fn copy_all(
    source: &mut impl Read,
    copy: &mut impl Write,
    progress: &mut dyn FnMut(u64),
) -> io::Result<()> {
    let mut buffer = vec![0; 1 << 20];
    let mut done = MAGIC.len() as u64;
    loop {
        let length = source.read(&mut buffer)?;
        if length == 0 {
            return Ok(());
        }
        copy.write_all(&buffer[..length])?;
        done += length as u64;
        progress(done);
    }
}

/// Moves the database and the files beside it to a folder of their own, if there is one.
fn move_aside(data: &DataDir) -> io::Result<Option<PathBuf>> {
    let of_database = |name: &str| name.strip_prefix(DATABASE).is_some_and(is_side_file);
    let mut names = Vec::new();
    for entry in fs::read_dir(data.path())? {
        let name = entry?.file_name();
        if name.to_str().is_some_and(of_database) {
            names.push(name);
        }
    }
    if names.is_empty() {
        return Ok(None);
    }
    let aside = data.path().join(format!("before-restore-{}", Clock::system().now().as_ms()));
    DirBuilder::new().mode(0o700).create(&aside)?;
    // The write-ahead log first: without it the database is older, but never torn.
    names.sort_by_key(|name| std::cmp::Reverse(name.len()));
    for name in names {
        fs::rename(data.path().join(&name), aside.join(&name))?;
    }
    Ok(Some(aside))
}

/// The database itself, its write-ahead log, or its shared memory.
fn is_side_file(rest: &str) -> bool {
    matches!(rest, "" | "-wal" | "-shm")
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Sample {
        _scratch: tempfile::TempDir,
        data: DataDir,
        backup: PathBuf,
    }

    fn sample(content: &[u8]) -> Sample {
        let scratch = tempfile::tempdir().unwrap();
        let data = DataDir::open(&scratch.path().join("data")).unwrap();
        let backup = scratch.path().join("backup");
        fs::write(&backup, content).unwrap();
        Sample { _scratch: scratch, data, backup }
    }

    #[test]
    fn the_old_data_is_kept_aside() {
        let new = [MAGIC.as_slice(), &[7; 3_000_000]].concat();
        let sample = sample(&new);
        fs::write(sample.data.database(), "old").unwrap();
        fs::write(sample.data.path().join("hearth.db-wal"), "old log").unwrap();
        let mut last = (0, 0);
        let restored = put_back(&sample.data, &sample.backup, &mut |d, t| last = (d, t)).unwrap();
        assert_eq!(fs::read(sample.data.database()).unwrap(), new);
        assert_eq!(last, (new.len() as u64, new.len() as u64));
        let aside = restored.kept_aside.unwrap();
        assert_eq!(fs::read(aside.join("hearth.db")).unwrap(), b"old");
        assert_eq!(fs::read(aside.join("hearth.db-wal")).unwrap(), b"old log");
        assert!(!sample.data.path().join("hearth.db-wal").exists());
    }

    #[test]
    fn an_empty_folder_can_be_filled() {
        let sample = sample(MAGIC);
        let restored = put_back(&sample.data, &sample.backup, &mut |_, _| {}).unwrap();
        assert!(restored.kept_aside.is_none() && sample.data.database().exists());
    }

    #[test]
    fn what_is_no_backup_changes_nothing() {
        let sample = sample(b"hello");
        fs::write(sample.data.database(), "old").unwrap();
        let refused = put_back(&sample.data, &sample.backup, &mut |_, _| {}).unwrap_err();
        assert!(refused.to_string().contains("is not a backup"));
        let missing = sample.backup.with_extension("gone");
        assert!(put_back(&sample.data, &missing, &mut |_, _| {}).is_err());
        assert_eq!(fs::read(sample.data.database()).unwrap(), b"old");
    }
}

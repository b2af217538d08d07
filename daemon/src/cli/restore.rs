//! `hearth restore <file>`: puts a backup in the place of the database.
//!
//! The server must be stopped, which the folder's lock proves. The store checks every page and the
//! chain of the log before anything changes, gives the box a new life, so that sequence numbers used
//! twice can be told apart, and keeps what was there beside it, until the next restore.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context as _;
use clap::Args;
use hearth_domain::id::Seq;
use hearth_store::file::copy;
use hearth_store::{Blobs, backup};
use serde::Serialize;

use super::Context;
use super::output::{Progress, files_copied};
use crate::admin::FilesCopied;
use crate::clock::Clock;
use crate::data_dir::DataDir;
use crate::machine;

#[derive(Debug, Args)]
pub(super) struct Restore {
    /// The backup
    file: PathBuf,
}

#[derive(Debug, Serialize)]
struct Restored {
    restored: PathBuf,
    kept_aside: Option<PathBuf>,
    files: FilesCopied,
    head: Seq,
    size_bytes: u64,
}

pub(super) fn run(restore: &Restore, context: &Context<'_>) -> anyhow::Result<ExitCode> {
    machine::keep_files_private();
    let data = DataDir::open(&context.data_dir()?)?;
    let progress = Progress::new("Checking and restoring");
    let restored = put_back(&data, &restore.file, &Clock::system())?;
    drop(progress);
    let mut text = format!("{} is in place; start Hearth again.", restore.file.display());
    text.push_str(" Everybody signs in anew.");
    text.push_str(&files_copied(&restored.files));
    if let Some(aside) = &restored.kept_aside {
        text.push_str(&format!(" What was there before is in {}.", aside.display()));
    }
    context.output.answer(&text, &restored)?;
    Ok(ExitCode::SUCCESS)
}

fn put_back(data: &DataDir, file: &Path, clock: &Clock) -> anyhow::Result<Restored> {
    let failed = || format!("restore {}; nothing was changed", file.display());
    // Files first: a database never names what is not there yet. Those that are there stay.
    backup::verify(file).with_context(failed)?;
    let folder = Blobs::beside(&data.database()).folder();
    let files = copy::copy_blobs(file, (&copy::beside_backup(file), &folder), |_, _| {});
    let files = files.with_context(failed)?;
    let verified = backup::restore(file, &data.database(), clock.now()).with_context(failed)?;
    let aside = data.database().with_added_extension("before-restore");
    Ok(Restored {
        restored: data.database(),
        kept_aside: aside.exists().then_some(aside),
        files: FilesCopied {
            folder,
            files: files.blobs,
            size_bytes: files.size_bytes,
            broken: files.broken,
        },
        head: verified.head,
        size_bytes: verified.size_bytes,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use hearth_store::{Store, StoreOptions};
    use std::fs;

    struct Sample {
        scratch: tempfile::TempDir,
        data: DataDir,
        clock: Clock,
    }

    impl Sample {
        fn new() -> Self {
            let scratch = tempfile::tempdir().unwrap();
            machine::keep_files_private();
            let data = DataDir::open(&scratch.path().join("data")).unwrap();
            Self { scratch, data, clock: Clock::system() }
        }

        fn open(&self) -> Store {
            let random = crate::ids::random();
            let options = StoreOptions::new(self.data.database(), self.clock.now(), random);
            Store::open(&options).unwrap()
        }
    }

    #[tokio::test]
    async fn a_backup_comes_back_in_a_new_life() {
        let sample = Sample::new();
        let file = sample.scratch.path().join("backup");
        let store = sample.open();
        let before = store.origin();
        store.backup_to(file.clone(), |_| {}).await.unwrap();
        store.close().await;
        let restored = put_back(&sample.data, &file, &sample.clock).unwrap();
        assert!(restored.kept_aside.is_some_and(|aside| aside.exists()));
        let store = sample.open();
        assert_eq!(store.origin().node, before.node);
        assert!(store.origin().incarnation > before.incarnation);
        store.close().await;
    }

    #[tokio::test]
    async fn what_is_no_backup_changes_nothing() {
        let sample = Sample::new();
        sample.open().close().await;
        let content = fs::read(sample.data.database()).unwrap();
        let file = sample.scratch.path().join("backup");
        assert!(put_back(&sample.data, &file, &sample.clock).is_err(), "a missing file");
        fs::write(&file, "hello").unwrap();
        let refused = put_back(&sample.data, &file, &sample.clock).unwrap_err();
        assert!(refused.to_string().contains("nothing was changed"), "{refused}");
        assert_eq!(fs::read(sample.data.database()).unwrap(), content);
    }
}

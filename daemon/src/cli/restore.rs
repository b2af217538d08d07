//! `hearth restore <from>`: puts a backup in the place of the database: the latest encrypted one of a
//! folder, or a plain copy.
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
use super::source::{self, Opening};
use crate::admin::FilesCopied;
use crate::clock::Clock;
use crate::data_dir::DataDir;
use crate::machine;
use crate::vault::place::Place;
use crate::vault::{Watch, fetch, keeper};

/// How often the bar moves.
const SHOWN_EVERY: std::time::Duration = std::time::Duration::from_millis(100);

#[derive(Debug, Args)]
pub(super) struct Restore {
    /// A folder of encrypted backups, or the file of a plain copy
    from: PathBuf,
    #[command(flatten)]
    opening: Opening,
}

#[derive(Debug, Serialize)]
struct Restored {
    from: String,
    restored: PathBuf,
    kept_aside: Option<PathBuf>,
    files: FilesCopied,
    head: Seq,
    size_bytes: u64,
}

pub(super) fn run(restore: &Restore, context: &Context<'_>) -> anyhow::Result<ExitCode> {
    machine::keep_files_private();
    let data = DataDir::open(&context.data_dir()?)?;
    let restored = match source::place(&restore.from)? {
        None => {
            let _progress = Progress::new("Checking and restoring");
            put_back(&data, &restore.from, &Clock::system())?
        }
        Some(place) => fetch_back(&data, restore, &*place, &Clock::system())?,
    };
    let mut text = format!("{} is in place; start Hearth again.", restored.from);
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
        from: file.display().to_string(),
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

fn fetch_back(
    data: &DataDir,
    restore: &Restore,
    place: &dyn Place,
    clock: &Clock,
) -> anyhow::Result<Restored> {
    let failed = || format!("restore from {}; nothing was changed", restore.from.display());
    let key = restore.opening.open(place, &data.vault().join(keeper::KEY)).with_context(failed)?;
    let list = fetch::find(place, restore.opening.backup.as_deref()).with_context(failed)?;
    let progress = Progress::new("Fetching, checking and restoring");
    let watch = Watch::default();
    let fetched = std::thread::scope(|scope| {
        let work =
            scope.spawn(|| fetch::restore((place, &key), &list, data, (clock.now(), &watch)));
        while !work.is_finished() {
            let now = watch.now();
            progress.set(now.done, now.total);
            std::thread::sleep(SHOWN_EVERY);
        }
        work.join()
    });
    drop(progress);
    let fetched = fetched.map_err(|_| anyhow::anyhow!("the restore panicked"))?;
    let fetch::Restored { manifest, verified, broken, .. } = fetched.with_context(failed)?;
    let aside = data.database().with_added_extension("before-restore");
    Ok(Restored {
        from: list,
        restored: data.database(),
        kept_aside: aside.exists().then_some(aside),
        files: FilesCopied {
            folder: Blobs::beside(&data.database()).folder(),
            files: manifest.files.len() as u64,
            size_bytes: manifest.files_bytes(),
            broken,
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

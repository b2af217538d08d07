//! Copies of everything, made while people chat: the database, and beside it the files it names.

use std::path::PathBuf;

use hearth_store::backup::{BackupError, Progress};
use hearth_store::file::copy::{self, Copied};

use crate::app::App;

/// Pages of the database have this size.
const PAGE_BYTES: u64 = 4_096;

/// What was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// Size of the database, in bytes.
    pub database_bytes: u64,
    /// The files beside it.
    pub files: Copied,
}

/// Writes a backup to `file` and the folder `<file>.files`. The database is one moment's; the files it
/// names stay for a day after the last message that carries them went, so all of them are there.
/// `progress` hears of bytes: done, and in all, first of the database and then of the files.
///
/// # Errors
/// [`BackupError`]. A file that is damaged is no error: it is named, and the rest is copied.
pub async fn write<P>(app: &App, file: PathBuf, progress: P) -> Result<Written, BackupError>
where
    P: Fn(u64, u64) + Clone + Send + 'static,
{
    let told = progress.clone();
    let pages = move |now: Progress| {
        told(u64::from(now.pages_done) * PAGE_BYTES, u64::from(now.pages_total) * PAGE_BYTES);
    };
    let verified = app.store.backup_to(file.clone(), pages).await?;
    let folder = copy::beside_backup(&file);
    let files = app.store.copy_blobs_to(Some(file), folder, progress).await?;
    Ok(Written { database_bytes: verified.size_bytes, files })
}

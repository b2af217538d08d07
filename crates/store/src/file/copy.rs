//! Blobs beside a backup, and the way back.
//!
//! A backup of the database names its blobs; they lie in the folder `<backup>.files`, each under its
//! digest as in the data folder. Every one is hashed while it is copied. One that is broken or missing
//! is named and left out, and the others are copied all the same.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use hearth_domain::file::BlobHash;
use rusqlite::{Connection, OpenFlags};

use super::blobs::{digest, make_folder, path_in};
use crate::backup::BackupError;
use crate::error::OpenError;
use crate::{Store, files, journal};

/// Bytes read at once.
const READ_BYTES: usize = 1 << 20;

/// What was copied.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Copied {
    /// Blobs that are whole at their new place.
    pub blobs: u64,
    /// Their size.
    pub size_bytes: u64,
    /// Blobs that are missing, or don't hold what their name says.
    pub broken: Vec<BlobHash>,
}

/// The folder of blobs that belongs to a backup.
#[must_use]
pub fn beside_backup(backup: &Path) -> PathBuf {
    files::beside(backup, "files")
}

impl Store {
    /// Copies the blobs that a database names (the backup that was just written, or this one) from
    /// where the store keeps them to a folder. `progress` hears of bytes: done, and in all.
    ///
    /// # Errors
    /// [`BackupError`] when the database can't be read or the folder can't be written.
    pub async fn copy_blobs_to(
        &self,
        database: Option<PathBuf>,
        folder: PathBuf,
        progress: impl FnMut(u64, u64) + Send + 'static,
    ) -> Result<Copied, BackupError> {
        let database = database.unwrap_or_else(|| self.path().to_owned());
        let from = self.blobs().folder();
        let copying = move || copy_blobs(&database, (&from, &folder), progress);
        tokio::task::spawn_blocking(copying).await.unwrap_or(Err(BackupError::Interrupted))
    }
}

/// Copies the blobs that a database names from one folder to another. What is there and whole stays.
///
/// # Errors
/// [`BackupError`] when the database can't be read or the folder can't be written.
pub fn copy_blobs(
    database: &Path,
    (from, to): (&Path, &Path),
    mut progress: impl FnMut(u64, u64),
) -> Result<Copied, BackupError> {
    let named = named_by(database)?;
    let total: u64 = named.iter().map(|(_, size)| size).sum();
    let mut copied = Copied::default();
    let mut done = 0;
    for (hash, size) in named {
        let failed =
            |source| BackupError::File { doing: "copying", path: path_in(to, hash), source };
        if copy(hash, (from, to)).map_err(failed)? {
            copied.blobs += 1;
            copied.size_bytes += size;
        } else {
            let message_id = journal::FILE_BROKEN;
            tracing::warn!(message_id, blob = %hash, "a file is missing or damaged");
            copied.broken.push(hash);
        }
        done += size;
        progress(done, total);
    }
    Ok(copied)
}

/// Hashes the blobs that a database names in a folder; gives how many are whole, and the others.
///
/// # Errors
/// [`BackupError`] when the database can't be read.
pub fn check_blobs(database: &Path, folder: &Path) -> Result<(u64, Vec<BlobHash>), BackupError> {
    let (mut whole, mut broken) = (0, Vec::new());
    for (hash, _) in named_by(database)? {
        let found = File::open(path_in(folder, hash)).and_then(digest);
        if found.is_ok_and(|found| found == hash) {
            whole += 1;
        } else {
            broken.push(hash);
        }
    }
    Ok((whole, broken))
}

/// The blobs that a database names, in order of their digests, with their sizes.
///
/// # Errors
/// [`BackupError`] when it can't be read.
pub fn named_by(database: &Path) -> Result<Vec<(BlobHash, u64)>, BackupError> {
    const NAMED: &str = "SELECT hash, size FROM blobs WHERE unused_since IS NULL ORDER BY hash";
    let of = |source| BackupError::from(OpenError::of(database, source));
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let conn = Connection::open_with_flags(database, flags).map_err(of)?;
    if !conn.table_exists(None, "blobs").map_err(of)? {
        // It was written before there were files.
        return Ok(Vec::new());
    }
    let mut statement = conn.prepare(NAMED).map_err(of)?;
    let rows = statement
        .query_map([], |row| Ok((BlobHash(row.get(0)?), row.get::<_, i64>(1)?.cast_unsigned())));
    rows.and_then(Iterator::collect).map_err(of)
}

/// Copies one blob; whether it is whole at its new place. Only failures of the target are errors.
fn copy(hash: BlobHash, (from, to): (&Path, &Path)) -> io::Result<bool> {
    let target = path_in(to, hash);
    if File::open(&target).and_then(digest).is_ok_and(|found| found == hash) {
        return Ok(true);
    }
    let Ok(mut source) = File::open(path_in(from, hash)) else { return Ok(false) };
    if let Some(folder) = target.parent() {
        make_folder(folder)?;
    }
    let partial = files::beside(&target, "partial");
    let mut options = OpenOptions::new();
    let mut copy = options.write(true).create(true).truncate(true).mode(0o600).open(&partial)?;
    let mut hasher = blake3::Hasher::new();
    let mut buffer = vec![0; READ_BYTES];
    loop {
        match source.read(&mut buffer) {
            Ok(0) => break,
            Ok(read) => {
                hasher.update(&buffer[..read]);
                copy.write_all(&buffer[..read])?;
            }
            // What was read until here can't have the right digest.
            Err(_) => break,
        }
    }
    if BlobHash(*hasher.finalize().as_bytes()) != hash {
        std::fs::remove_file(&partial)?;
        return Ok(false);
    }
    copy.sync_all()?;
    std::fs::rename(&partial, &target)?;
    files::sync_folder(&target)?;
    Ok(true)
}

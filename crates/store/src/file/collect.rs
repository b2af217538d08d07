//! Taking away what nothing refers to any more, a while after it was so.
//!
//! The wait lets a download end and a backup that runs read what its snapshot names. Rows go first,
//! in one write; the blobs after it was durable. Hold [`super::Blobs::collecting`] meanwhile.

use std::io;
use std::path::Path;
use std::time::SystemTime;

use hearth_domain::file::BlobHash;
use hearth_domain::id::FileId;
use hearth_domain::time::Timestamp;
use rusqlite::params;

use super::Blobs;
use super::rows::release;
use crate::column::time_in;
use crate::error::DbError;
use crate::tx::{ReadTx, WriteTx};

/// Forgets blobs that nothing refers to since before `before`, at most `limit`, and says which: their
/// files can be taken away once this is durable.
///
/// # Errors
/// [`DbError`] when a statement fails.
pub fn forget_unused(
    tx: &mut WriteTx<'_>,
    before: Timestamp,
    limit: u32,
) -> Result<Vec<BlobHash>, DbError> {
    const UNUSED: &str = "SELECT hash FROM blobs WHERE unused_since < ?1 LIMIT ?2";
    const MADE_OF: &str = "SELECT hash FROM renditions WHERE source = ?1";
    let hash = |row: &rusqlite::Row<'_>| row.get(0).map(BlobHash);
    let unused = tx.rows(UNUSED, params![time_in(before), limit], hash)?;
    for gone in &unused {
        tx.execute("DELETE FROM blobs WHERE hash = ?1", [gone.0])?;
        let made = tx.rows(MADE_OF, [gone.0], hash)?;
        tx.execute("DELETE FROM renditions WHERE source = ?1", [gone.0])?;
        for form in made {
            release(tx, form)?;
        }
    }
    Ok(unused)
}

/// Forgets uploads that ended before now, at most `limit`, and says which: their partial files can be
/// taken away.
///
/// # Errors
/// [`DbError`] when a statement fails.
pub fn forget_expired(tx: &mut WriteTx<'_>, limit: u32) -> Result<Vec<FileId>, DbError> {
    const EXPIRED: &str = "SELECT id FROM uploads WHERE expires_at < ?1 LIMIT ?2";
    let now = time_in(tx.now());
    let ended = tx.rows(EXPIRED, params![now, limit], |row| row.get(0).map(FileId::from_bytes))?;
    for id in &ended {
        tx.execute("DELETE FROM uploads WHERE id = ?1", [id.as_bytes()])?;
    }
    Ok(ended)
}

/// Blobs on disk that are older than `before` and so must have a row if anything refers to them.
///
/// # Errors
/// As the operating system says.
pub fn old_blobs(blobs: &Blobs, before: SystemTime) -> io::Result<Vec<BlobHash>> {
    let mut found = Vec::new();
    for folder in names_in(&blobs.folder())? {
        let path = blobs.folder().join(&folder);
        for name in names_in(&path)? {
            let hash = format!("{folder}{name}").parse();
            if let (Ok(hash), true) = (hash, is_older(&path.join(&name), before)?) {
                found.push(hash);
            }
        }
    }
    Ok(found)
}

/// Partial files on disk that are older than `before`.
///
/// # Errors
/// As the operating system says.
pub fn old_partials(blobs: &Blobs, before: SystemTime) -> io::Result<Vec<String>> {
    let folder = blobs.partials();
    let mut found = Vec::new();
    for name in names_in(&folder)? {
        if is_older(&folder.join(&name), before)? {
            found.push(name);
        }
    }
    Ok(found)
}

/// Those of these blobs that no row knows.
///
/// # Errors
/// [`DbError`] when a statement fails.
pub fn unknown_blobs(tx: &ReadTx<'_>, found: &[BlobHash]) -> Result<Vec<BlobHash>, DbError> {
    const KNOWN: &str = "SELECT 1 FROM blobs WHERE hash = ?1";
    let mut unknown = Vec::new();
    for hash in found {
        if !tx.exists(KNOWN, [hash.0])? {
            unknown.push(*hash);
        }
    }
    Ok(unknown)
}

/// Those of these partial files that belong to no upload.
///
/// # Errors
/// [`DbError`] when a statement fails.
pub fn unknown_partials(tx: &ReadTx<'_>, found: Vec<String>) -> Result<Vec<String>, DbError> {
    const KNOWN: &str = "SELECT 1 FROM uploads WHERE id = ?1";
    let mut unknown = Vec::new();
    for name in found {
        let known = match name.parse::<FileId>() {
            Ok(id) => tx.exists(KNOWN, [id.as_bytes()])?,
            Err(_) => false,
        };
        if !known {
            unknown.push(name);
        }
    }
    Ok(unknown)
}

fn names_in(folder: &Path) -> io::Result<Vec<String>> {
    let entries = match std::fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries?,
    };
    let name = |entry: io::Result<std::fs::DirEntry>| {
        entry.map(|entry| entry.file_name().to_string_lossy().into_owned())
    };
    entries.map(name).collect()
}

fn is_older(path: &Path, before: SystemTime) -> io::Result<bool> {
    match path.metadata().and_then(|found| found.modified()) {
        // It was taken away meanwhile.
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        modified => Ok(modified? < before),
    }
}

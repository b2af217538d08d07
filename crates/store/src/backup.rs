//! Backups made while people chat, and the way back.
//!
//! A backup is one SQLite file, and the files it names in a folder beside it ([`crate::file::copy`]). It is complete before it has its name: it is written beside it, put
//! on the disk, opened and verified (every page, and the chain of the log), then renamed. A restored
//! box starts a new life (incarnation), so that places in the log which were used after the backup are
//! never mistaken for the new ones.

use std::path::{Path, PathBuf};

use hearth_domain::id::{OriginSeq, Seq};
use hearth_domain::time::Timestamp;
use rusqlite::backup::{Backup, StepResult};
use rusqlite::{Connection, OpenFlags, OptionalExtension, params};
use serde::Serialize;
use serde_json::value::RawValue;

use crate::error::{DbError, Failure, OpenError};
use crate::log::{self, VerifyError};
use crate::migrate::{self, MIGRATIONS};
use crate::tx::ReadTx;
use crate::{Store, files, open};

/// Pages copied between two reports of progress: 4 MiB.
const PAGES_AT_ONCE: i32 = 1_024;

/// How far a backup is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Pages of 4,096 bytes that are copied.
    pub pages_done: u32,
    /// Pages in all.
    pub pages_total: u32,
}

/// What a verified backup holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verified {
    /// The last event in it.
    pub head: Seq,
    /// Its size.
    pub size_bytes: u64,
}

/// Why there is no backup, or why one was not restored. What was there before is untouched.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// A file could not be opened as a database of this product and version.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// A statement failed.
    #[error("{doing} {} failed", path.display())]
    Database {
        /// What was being done.
        doing: &'static str,
        /// With which file.
        path: PathBuf,
        /// Why.
        #[source]
        source: rusqlite::Error,
    },
    /// A file operation failed.
    #[error("{doing} {} failed", path.display())]
    File {
        /// What was being done.
        doing: &'static str,
        /// With which file.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The log in the backup is not what was written.
    #[error("the backup's log does not verify")]
    Log(#[from] VerifyError),
    /// There is a file of that name already; a backup never replaces one.
    #[error("{} exists already", path.display())]
    Exists {
        /// The file.
        path: PathBuf,
    },
    /// The thread that made the backup ended.
    #[error("the backup was interrupted")]
    Interrupted,
    /// Whoever asked for it ended it.
    #[error("the backup was ended")]
    Ended,
}

impl BackupError {
    /// Whether there was no room for it.
    #[must_use]
    pub fn is_disk_full(&self) -> bool {
        match self {
            Self::Database { source, .. } => Failure::of(source) == Some(Failure::DiskFull),
            Self::File { source, .. } => source.kind() == std::io::ErrorKind::StorageFull,
            Self::Open(OpenError::DiskFull { .. }) => true,
            _ => false,
        }
    }
}

fn database<'p>(
    doing: &'static str,
    path: &'p Path,
) -> impl FnOnce(rusqlite::Error) -> BackupError + use<'p> {
    move |source| BackupError::Database { doing, path: path.to_owned(), source }
}

fn file<'p>(
    doing: &'static str,
    path: &'p Path,
) -> impl FnOnce(std::io::Error) -> BackupError + use<'p> {
    move |source| BackupError::File { doing, path: path.to_owned(), source }
}

impl Store {
    /// Copies the database to `target` as it is at one moment, while writes go on, and verifies
    /// the copy. `progress` is called every 4 MiB, on another thread.
    ///
    /// # Errors
    /// [`BackupError`]; `target` then does not exist.
    pub async fn backup_to(
        &self,
        target: PathBuf,
        progress: impl FnMut(Progress) + Send + 'static,
    ) -> Result<Verified, BackupError> {
        let source = self.path().to_owned();
        let copying = tokio::task::spawn_blocking(move || copy(&source, &target, progress));
        copying.await.unwrap_or(Err(BackupError::Interrupted))
    }
}

fn copy(
    source: &Path,
    target: &Path,
    mut progress: impl FnMut(Progress),
) -> Result<Verified, BackupError> {
    if target.exists() {
        return Err(BackupError::Exists { path: target.to_owned() });
    }
    let partial = files::beside(target, "partial");
    files::remove_if_there(&partial).map_err(file("removing", &partial))?;
    // It holds every message, and may be written where others have accounts.
    files::make_private(&partial).map_err(file("writing", &partial))?;
    let told = |now| {
        progress(now);
        true
    };
    let copied = copy_pages(source, &partial, Pace::Lasting, told)
        .map_err(database("copying", source))
        .and_then(|()| files::sync(&partial).map_err(file("writing", &partial)))
        .and_then(|()| verify(&partial));
    match copied {
        Ok(verified) => {
            std::fs::rename(&partial, target).map_err(file("naming", target))?;
            files::sync_folder(target).map_err(file("writing", target))?;
            Ok(verified)
        }
        Err(error) => {
            files::remove_if_there(&partial).map_err(file("removing", &partial))?;
            Err(error)
        }
    }
}

/// Copies a database as it is at one moment to `target`, while others write to it, and neither puts the
/// copy on the disk nor checks it: it is for somebody who encrypts it, writes it elsewhere, checks what
/// arrived and throws it away. `go_on` is asked every 4 MiB, on this thread.
///
/// # Errors
/// [`BackupError`], and [`BackupError::Ended`] when `go_on` said no; `target` then does not exist.
pub fn snapshot(
    source: &Path,
    target: &Path,
    mut go_on: impl FnMut(Progress) -> bool,
) -> Result<(), BackupError> {
    files::remove_if_there(target).map_err(file("removing", target))?;
    files::make_private(target).map_err(file("writing", target))?;
    let mut ended = false;
    let copied = copy_pages(source, target, Pace::Fleeting, |now| {
        ended = !go_on(now);
        !ended
    });
    if copied.is_err() || ended {
        files::remove_if_there(target).map_err(file("removing", target))?;
    }
    copied.map_err(database("copying", source))?;
    if ended { Err(BackupError::Ended) } else { Ok(()) }
}

/// Whether a copy must survive a power loss.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Pace {
    Lasting,
    Fleeting,
}

/// One snapshot is held over the whole copy, so that writes never make it start over. It ends early
/// when `go_on` says no.
fn copy_pages(
    source: &Path,
    target: &Path,
    pace: Pace,
    mut go_on: impl FnMut(Progress) -> bool,
) -> rusqlite::Result<()> {
    let from = open::reading_connection(source)?;
    from.execute_batch("BEGIN; SELECT count(*) FROM box")?;
    let mut to = Connection::open(target)?;
    if pace == Pace::Fleeting {
        // A sync of hundreds of megabytes holds up those of the people who write.
        to.execute_batch("PRAGMA synchronous = OFF")?;
    }
    {
        let backup = Backup::new(&from, &mut to)?;
        while backup.step(PAGES_AT_ONCE)? != StepResult::Done {
            let now = backup.progress();
            let total = now.pagecount.unsigned_abs();
            let done = total.saturating_sub(now.remaining.unsigned_abs());
            if !go_on(Progress { pages_done: done, pages_total: total }) {
                return Ok(());
            }
        }
    }
    // A backup is one file: no write-ahead log belongs to it.
    to.query_row("PRAGMA journal_mode = DELETE", [], |_| Ok(()))?;
    to.execute_batch("UPDATE box SET closed = 1")?;
    to.close().map_err(|(_, error)| error)
}

/// Checks every page of a backup, its schema, and the chain of its log. Changes nothing.
///
/// # Errors
/// [`BackupError`], by what is wrong with it.
pub fn verify(path: &Path) -> Result<Verified, BackupError> {
    let of = |source| BackupError::from(OpenError::of(path, source));
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let conn = Connection::open_with_flags(path, flags).map_err(of)?;
    let corrupt =
        |detail: String| BackupError::from(OpenError::Corrupt { path: path.to_owned(), detail });
    if migrate::refuse_the_future(&conn, path, MIGRATIONS)? == 0 {
        return Err(corrupt("not a database of Hearth".to_owned()));
    }
    let found = conn.query_row("PRAGMA integrity_check(1)", [], |row| row.get::<_, String>(0));
    match found.map_err(of)?.as_str() {
        "ok" => {}
        detail => return Err(corrupt(detail.to_owned())),
    }
    let tx = ReadTx::new(&conn);
    log::verify(&tx, Seq(0))?;
    let head = tx.head().map_err(VerifyError::from)?;
    let size_bytes = std::fs::metadata(path).map_err(file("reading", path))?.len();
    Ok(Verified { head, size_bytes })
}

/// Puts a verified backup in the place of a database that no process has open. What was there stays
/// beside it as `<into>.before-restore`. A power loss leaves the old one or the new one.
///
/// # Errors
/// [`BackupError`]; the database in place is then the old one.
pub fn restore(from: &Path, into: &Path, now: Timestamp) -> Result<Verified, BackupError> {
    let lock = open::lock(into)?;
    let verified = verify(from)?;
    let fresh = files::beside(into, "restoring");
    files::remove_if_there(&fresh).map_err(file("removing", &fresh))?;
    std::fs::copy(from, &fresh).map_err(file("copying", from))?;
    put_in_place(&fresh, into, now)?;
    drop(lock);
    Ok(verified)
}

/// The same with a file that was verified already, lies on the same disk and is nobody else's: it
/// becomes the database.
///
/// # Errors
/// [`BackupError`]; the database in place is then the old one.
pub fn restore_verified(from: &Path, into: &Path, now: Timestamp) -> Result<(), BackupError> {
    let lock = open::lock(into)?;
    put_in_place(from, into, now)?;
    drop(lock);
    Ok(())
}

fn put_in_place(fresh: &Path, into: &Path, now: Timestamp) -> Result<(), BackupError> {
    let previous = settle_previous(into);
    start_new_life(fresh, previous, now).map_err(database("preparing", fresh))?;
    files::sync(fresh).map_err(file("writing", fresh))?;
    set_aside(into)?;
    std::fs::rename(fresh, into).map_err(file("naming", into))?;
    files::sync_folder(into).map_err(file("writing", into))
}

/// Whether two databases end with the same event. One of them may be of a newer schema, so only the
/// log is looked at.
///
/// # Errors
/// [`BackupError`] when one can't be read.
pub fn same_end(one: &Path, other: &Path) -> Result<bool, BackupError> {
    let end = |path: &Path| {
        let of = |source| BackupError::from(OpenError::of(path, source));
        let conn = open::reading_connection(path).map_err(of)?;
        let tx = ReadTx::new(&conn);
        let head = tx.head().map_err(VerifyError::from)?;
        Ok::<_, BackupError>((head, log::payload_hash(&tx, head).map_err(VerifyError::from)?))
    };
    Ok(end(one)? == end(other)?)
}

/// Puts the copy from before a migration in the place of a migrated database that nobody used. The box
/// goes on in the same life: whoever is signed in stays so. What was there stays beside it as after
/// [`restore`].
///
/// # Errors
/// [`BackupError`]; the database in place is then the migrated one.
pub fn undo_migration(copy: &Path, into: &Path) -> Result<Verified, BackupError> {
    let lock = open::lock(into)?;
    let verified = verify(copy)?;
    let fresh = files::beside(into, "restoring");
    files::remove_if_there(&fresh).map_err(file("removing", &fresh))?;
    std::fs::copy(copy, &fresh).map_err(file("copying", copy))?;
    settle_previous(into);
    files::sync(&fresh).map_err(file("writing", &fresh))?;
    set_aside(into)?;
    std::fs::rename(&fresh, into).map_err(file("naming", into))?;
    files::sync_folder(into).map_err(file("writing", into))?;
    drop(lock);
    Ok(verified)
}

/// Empties the old write-ahead log into the old database, if that still works, and says which life
/// it was in.
fn settle_previous(into: &Path) -> u32 {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let settle = || {
        let conn = Connection::open_with_flags(into, flags)?;
        conn.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?;
        let life = "SELECT max(incarnation) FROM origins";
        conn.query_row(life, [], |row| row.get::<_, Option<u32>>(0)).optional()
    };
    match settle() {
        Ok(life) => life.flatten().unwrap_or(0),
        Err(error) => {
            tracing::warn!(%error, "the database to be replaced can't be read");
            0
        }
    }
}

/// The old files keep their content under other names; the database itself keeps its name until the
/// new one takes it.
fn set_aside(into: &Path) -> Result<(), BackupError> {
    let kept = files::beside(into, "before-restore");
    files::remove_if_there(&kept).map_err(file("removing", &kept))?;
    if into.exists() {
        std::fs::hard_link(into, &kept).map_err(file("keeping", into))?;
    }
    for suffix in ["wal", "shm"] {
        let (old, new) = (files::companion(into, suffix), files::companion(&kept, suffix));
        files::remove_if_there(&new).map_err(file("removing", &new))?;
        match std::fs::rename(&old, &new) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                return Err(file("keeping", &old)(error));
            }
            _ => {}
        }
    }
    Ok(())
}

/// Gives the box an incarnation that none of its lives had: higher than those known here, and than
/// any other restore's, because it is at least the time in seconds.
fn start_new_life(path: &Path, previous: u32, now: Timestamp) -> rusqlite::Result<()> {
    let mut conn = Connection::open(path)?;
    let tx = conn.transaction()?;
    let known: u32 = tx.query_row("SELECT max(incarnation) FROM origins", [], |row| row.get(0))?;
    let clock = u32::try_from(now.as_ms() / 1_000).unwrap_or(0);
    let life = known.max(previous).saturating_add(1).max(clock);
    tx.execute(
        "INSERT INTO origins (node, incarnation)
         SELECT o.node, ?1 FROM box b JOIN origins o ON o.id = b.origin",
        params![life],
    )?;
    tx.execute("UPDATE box SET origin = last_insert_rowid(), closed = 1", [])?;
    // Whoever was signed in when the backup was made may have been shut out since.
    tx.execute("DELETE FROM sessions", [])?;
    // An old backup has no such links yet.
    let links = "SELECT 1 FROM sqlite_schema WHERE name = 'password_links'";
    if tx.prepare(links)?.exists([])? {
        tx.execute("DELETE FROM password_links", [])?;
    }
    tx.commit()?;
    conn.close().map_err(|(_, error)| error)
}

/// One line of an export.
#[derive(Serialize)]
struct Line<'a> {
    seq: Seq,
    at: Timestamp,
    origin: hearth_domain::id::NodeId,
    incarnation: hearth_domain::id::Incarnation,
    origin_seq: OriginSeq,
    hlc: hearth_domain::time::Hlc,
    actor: hearth_domain::id::UserId,
    scope: hearth_domain::event::Scope,
    event: Option<&'a RawValue>,
}

/// The log after `cursor` as JSON, one line per event without its line end, at most `limit`, and the
/// cursor for the next call. An erased payload is `null`.
///
/// # Errors
/// [`DbError`] when the statement fails.
pub fn export_after(
    tx: &ReadTx<'_>,
    cursor: Seq,
    limit: usize,
) -> Result<(Vec<String>, Seq), DbError> {
    let entries = log::stored_after(tx, cursor, limit)?;
    let last = entries.last().map_or(cursor, |entry| entry.seq);
    let line = |entry: &log::Stored| {
        let header = &entry.header;
        let line = Line {
            seq: entry.seq,
            at: entry.at,
            origin: header.origin,
            incarnation: header.incarnation,
            origin_seq: header.origin_seq,
            hlc: header.hlc,
            actor: header.actor,
            scope: header.scope,
            event: entry.payload.as_deref().map(serde_json::from_str).transpose()?,
        };
        serde_json::to_string(&line).map_err(DbError::from)
    };
    Ok((entries.iter().map(line).collect::<Result<_, _>>()?, last))
}

//! The file of a follower: whose log it follows, and how far it got.

use std::path::Path;
use std::time::Duration;

use hearth_domain::id::{Incarnation, NodeId, Seq};
use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags, OptionalExtension, Transaction, params};

use super::{CHECKED_BYTES_MAX, Projection, Trouble};
use crate::column::{seq, seq_in};
use crate::open::Origin;
use crate::tx::ReadTx;
use crate::{files, journal, log};

/// How long to wait for a reader, of which there is none in WAL mode.
const LOCK_WAIT: Duration = Duration::from_secs(2);
/// Pages after which the write-ahead log is copied back: 8 MiB.
const CHECKPOINT_PAGES: i64 = 2_000;
const WAL_KEPT_BYTES: i64 = 8 << 20;

const CURSOR: &str = "
CREATE TABLE cursor (
  only_row    INTEGER PRIMARY KEY CHECK (only_row = 1),
  node        BLOB NOT NULL,
  incarnation INTEGER NOT NULL,
  upto        INTEGER NOT NULL,
  -- Of the entry at `upto`: the same place in another log has another one.
  hash        BLOB
) STRICT;";

/// Opens the file, or makes it where there is none that follows this log. One that is doubtful is
/// checked first. A damaged one is an error: who asked removes it and asks again.
pub(super) fn open<P: Projection>(
    path: &Path,
    origin: Origin,
    (log, is_doubtful): (&ReadTx<'_>, bool),
) -> Result<(Connection, Seq), Trouble> {
    if path.exists() {
        if let Some((conn, upto)) = reuse::<P>(path, origin, log)? {
            let is_small =
                std::fs::metadata(path).is_ok_and(|file| file.len() <= CHECKED_BYTES_MAX);
            if is_doubtful && is_small {
                check(&conn)?;
            }
            return Ok((conn, upto));
        }
        let (message_id, follower) = (journal::PROJECTION_REBUILT, P::NAME);
        tracing::info!(message_id, follower, "does not fit to the log; building anew");
        remove(path)?;
    }
    let conn = connect(path)?;
    let version = P::VERSION;
    conn.execute_batch(&format!(
        "BEGIN IMMEDIATE; {CURSOR} {} PRAGMA user_version = {version}; COMMIT",
        P::SCHEMA
    ))?;
    conn.execute(
        "INSERT INTO cursor (only_row, node, incarnation, upto) VALUES (1, ?1, ?2, 0)",
        params![origin.node.as_bytes(), origin.incarnation.0],
    )?;
    Ok((conn, Seq(0)))
}

/// Looks at every page.
fn check(conn: &Connection) -> Result<(), Trouble> {
    let found: String = conn.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
    if found == "ok" { Ok(()) } else { Err(Trouble::Damaged) }
}

/// Opens a file that is there; nothing if it does not fit.
fn reuse<P: Projection>(
    path: &Path,
    origin: Origin,
    log: &ReadTx<'_>,
) -> Result<Option<(Connection, Seq)>, Trouble> {
    let conn = connect(path)?;
    let version: i64 = conn.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    if version != P::VERSION {
        return Ok(None);
    }
    let cursor = conn
        .query_row("SELECT node, incarnation, upto, hash FROM cursor", [], |row| {
            let node = NodeId::from_bytes(row.get(0)?);
            let hash: Option<[u8; 32]> = row.get(3)?;
            Ok((Origin { node, incarnation: Incarnation(row.get(1)?) }, seq(row, 2)?, hash))
        })
        .optional()?;
    let Some((followed, upto, hash)) = cursor else { return Ok(None) };
    let fits = followed == origin && hash == log::payload_hash(log, upto)?;
    Ok(fits.then_some((conn, upto)))
}

fn connect(path: &Path) -> rusqlite::Result<Connection> {
    let conn = Connection::open_with_flags(
        path,
        OpenFlags::SQLITE_OPEN_READ_WRITE
            | OpenFlags::SQLITE_OPEN_CREATE
            | OpenFlags::SQLITE_OPEN_NO_MUTEX,
    )?;
    conn.busy_timeout(LOCK_WAIT)?;
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    rusqlite::vtab::array::load_module(&conn)?;
    conn.query_row("PRAGMA journal_mode = WAL", [], |_| Ok(()))?;
    // A power cut may take the last batches, never the order of what is left: the cursor goes with
    // them, and they are read again.
    conn.pragma_update(None, "synchronous", "NORMAL")?;
    conn.pragma_update(None, "wal_autocheckpoint", CHECKPOINT_PAGES)?;
    conn.pragma_update(None, "journal_size_limit", WAL_KEPT_BYTES)?;
    conn.pragma_update(None, "cache_size", -4_096)?;
    conn.pragma_update(None, "cell_size_check", true)?;
    conn.pragma_update(None, "trusted_schema", false)?;
    conn.pragma_update(None, "temp_store", "MEMORY")?;
    Ok(conn)
}

/// Moves the cursor, in the transaction of what was applied.
pub(super) fn advance(
    tx: &Transaction<'_>,
    upto: Seq,
    hash: Option<[u8; 32]>,
) -> rusqlite::Result<()> {
    let sql = "UPDATE cursor SET upto = ?1, hash = ?2";
    tx.prepare_cached(sql)?.execute(params![seq_in(upto), hash]).map(drop)
}

/// Removes the file and what SQLite puts beside it.
pub(super) fn remove(path: &Path) -> std::io::Result<()> {
    files::remove_if_there(&files::companion(path, "wal"))?;
    files::remove_if_there(&files::companion(path, "shm"))?;
    files::remove_if_there(path)
}

/// Leaves the file tidy.
pub(super) fn finish(conn: &Connection) {
    if let Err(error) = conn.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)") {
        tracing::debug!(%error, "a follower's log was not copied back");
    }
}

//! Opening a database: what is checked, what is set, and who this box is.
//!
//! Memory of an idle store is a few hundred kilobytes: the writer's page cache may grow to 4 MiB, a
//! reader's to 1 MiB, and readers are opened when first needed.

use std::fs::{File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};
use std::time::Duration;

use hearth_domain::id::{Incarnation, NodeId, RandomBytes};
use hearth_domain::time::Timestamp;
use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags, OptionalExtension, params};

use crate::error::OpenError;
use crate::files;
use crate::migrate::{self, MIGRATIONS};
use crate::shared::Check;

/// SQLite 3.51.3, the first without the WAL-reset bug.
const SQLITE_VERSION_MIN: i32 = 3_051_003;
/// Statements a connection keeps prepared. There are fewer than this in the whole crate.
const STATEMENTS_CACHED_MAX: usize = 256;
/// How long a connection waits for a lock. Nothing should ever hold one this long.
const LOCK_WAIT: Duration = Duration::from_secs(5);
/// The WAL is cut back to this size whenever it starts over.
const WAL_KEPT_BYTES: i64 = 16 << 20;
/// After an unclean stop, a database up to this size is checked before it is used; a larger one
/// is checked in the background meanwhile. Checking takes about 2 ms per megabyte.
pub(crate) const CHECKED_AT_OPEN_BYTES_MAX: u64 = 32 << 20;

/// How to open a store.
#[derive(Clone, Debug)]
pub struct StoreOptions {
    /// The database file. Its folder must exist.
    pub path: PathBuf,
    /// Connections that read at the same time.
    pub reader_count: usize,
    /// Writes that may wait for the writer; further callers wait for a place.
    pub queue_jobs_max: usize,
    /// The time now, for the identity of a new box.
    pub now: Timestamp,
    /// Random bytes, for the identity of a new box.
    pub random: RandomBytes,
}

impl StoreOptions {
    /// Options for a database with four readers and room for 1,024 waiting writes.
    #[must_use]
    pub fn new(path: impl Into<PathBuf>, now: Timestamp, random: RandomBytes) -> Self {
        Self { path: path.into(), reader_count: 4, queue_jobs_max: 1_024, now, random }
    }
}

/// Whose log this is: a box, in one of its lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Origin {
    /// The box.
    pub node: NodeId,
    /// Its life.
    pub incarnation: Incarnation,
}

/// What opening gives to the threads.
pub(crate) struct Opened {
    pub(crate) conn: Connection,
    /// Keeps other processes out for as long as it is open.
    pub(crate) lock: File,
    pub(crate) origin: Origin,
    /// The row of `origins`.
    pub(crate) origin_id: i64,
    /// What is known of the file after an unclean stop.
    pub(crate) check: Check,
}

/// Opens, checks, migrates and marks as in use.
pub(crate) fn open(options: &StoreOptions) -> Result<Opened, OpenError> {
    if rusqlite::version_number() < SQLITE_VERSION_MIN {
        return Err(OpenError::SqliteTooOld { found: rusqlite::version() });
    }
    let path = options.path.as_path();
    let of = |source| OpenError::of(path, source);
    let lock = lock(path)?;
    let mut conn = writing_connection(path).map_err(of)?;
    let found = migrate::refuse_the_future(&conn, path, MIGRATIONS)?;
    conn.query_row("PRAGMA journal_mode = WAL", [], |_| Ok(())).map_err(of)?;
    let clean = found == 0 || was_closed(&conn).map_err(of)?;
    metrics::gauge!("hearth_store_unclean_start").set(f64::from(u8::from(!clean)));
    let small = std::fs::metadata(path).is_ok_and(|file| file.len() <= CHECKED_AT_OPEN_BYTES_MAX);
    if !clean && small {
        quick_check(&conn, path)?;
    }
    migrate::migrate(&mut conn, path, MIGRATIONS)?;
    let (origin_id, origin) = identity(&mut conn, options).map_err(of)?;
    let check = match (clean, small) {
        (true, _) => Check::Clean,
        (false, true) => Check::Sound,
        (false, false) => Check::Running,
    };
    Ok(Opened { conn, lock, origin, origin_id, check })
}

/// The schema of a database that no process has open; nothing where there is none.
///
/// # Errors
/// [`OpenError`]
pub fn schema_of(path: &Path) -> Result<Option<u32>, OpenError> {
    if !path.exists() {
        return Ok(None);
    }
    let found = reading_connection(path).and_then(|conn| migrate::version(&conn));
    found.map(Some).map_err(|source| OpenError::of(path, source))
}

/// Where the copy lies that was made before the first migration away from a schema.
#[must_use]
pub fn copy_of_schema(path: &Path, schema: u32) -> PathBuf {
    migrate::snapshot_path(path, schema)
}

/// Keeps a second process out: two writers would number the log twice.
pub(crate) fn lock(path: &Path) -> Result<File, OpenError> {
    let lock_path = files::beside(path, "lock");
    let opened = OpenOptions::new().create(true).truncate(false).write(true).open(&lock_path);
    let file = opened.map_err(|source| OpenError::ReadOnly {
        path: path.to_owned(),
        source: Some(Box::new(source)),
    })?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(OpenError::InUse { path: path.to_owned() }),
        Err(TryLockError::Error(source)) => {
            Err(OpenError::File { doing: "locking", path: lock_path, source })
        }
    }
}

fn writing_connection(path: &Path) -> rusqlite::Result<Connection> {
    let conn = Connection::open_with_flags(
        path,
        OpenFlags::SQLITE_OPEN_READ_WRITE
            | OpenFlags::SQLITE_OPEN_CREATE
            | OpenFlags::SQLITE_OPEN_NO_MUTEX,
    )?;
    configure(&conn)?;
    conn.pragma_update(None, "synchronous", "FULL")?;
    conn.pragma_update(None, "wal_autocheckpoint", 0)?;
    conn.pragma_update(None, "journal_size_limit", WAL_KEPT_BYTES)?;
    conn.pragma_update(None, "cache_size", -4_096)?;
    conn.pragma_update(None, "secure_delete", "FAST")?;
    Ok(conn)
}

/// A connection that can only read.
pub(crate) fn reading_connection(path: &Path) -> rusqlite::Result<Connection> {
    let conn = Connection::open_with_flags(
        path,
        OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX,
    )?;
    configure(&conn)?;
    conn.pragma_update(None, "cache_size", -1_024)?;
    conn.pragma_update(None, "query_only", true)?;
    Ok(conn)
}

/// A connection for the checkpointer, which waits for nobody.
pub(crate) fn checkpointing_connection(path: &Path) -> rusqlite::Result<Connection> {
    let conn = writing_connection(path)?;
    conn.pragma_update(None, "cache_size", -64)?;
    conn.busy_timeout(Duration::from_millis(20))?;
    Ok(conn)
}

fn configure(conn: &Connection) -> rusqlite::Result<()> {
    conn.busy_timeout(LOCK_WAIT)?;
    conn.set_prepared_statement_cache_capacity(STATEMENTS_CACHED_MAX);
    // Plans don't depend on bound values, so a prepared statement is never planned again.
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    // Only the checkpointer copies the log, and never after a failure.
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
    rusqlite::vtab::array::load_module(conn)?;
    conn.pragma_update(None, "foreign_keys", true)?;
    conn.pragma_update(None, "trusted_schema", false)?;
    conn.pragma_update(None, "cell_size_check", true)?;
    conn.pragma_update(None, "mmap_size", 0)?;
    conn.pragma_update(None, "temp_store", "MEMORY")
}

fn was_closed(conn: &Connection) -> rusqlite::Result<bool> {
    let closed = conn.query_row("SELECT closed FROM box", [], |row| row.get(0)).optional()?;
    Ok(closed.unwrap_or(true))
}

/// Says what is wrong with the file, if anything is.
pub(crate) fn quick_check(conn: &Connection, path: &Path) -> Result<(), OpenError> {
    let found = conn.query_row("PRAGMA quick_check(1)", [], |row| row.get::<_, String>(0));
    match found.map_err(|source| OpenError::of(path, source))?.as_str() {
        "ok" => Ok(()),
        detail => Err(OpenError::Corrupt { path: path.to_owned(), detail: detail.to_owned() }),
    }
}

/// Reads who this box is, or decides it on the first start, and marks the database as in use.
fn identity(conn: &mut Connection, options: &StoreOptions) -> rusqlite::Result<(i64, Origin)> {
    let tx = conn.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
    if !tx.prepare("SELECT 1 FROM box")?.exists([])? {
        let node = NodeId::new(options.now, options.random);
        tx.execute(
            "INSERT INTO origins (id, node, incarnation) VALUES (1, ?1, 1)",
            [node.as_bytes()],
        )?;
        tx.execute("INSERT INTO box (only_row, origin, closed) VALUES (1, 1, 0)", [])?;
    }
    tx.execute("UPDATE box SET closed = 0", [])?;
    let found = tx.query_row(
        "SELECT o.id, o.node, o.incarnation FROM box b JOIN origins o ON o.id = b.origin",
        params![],
        |row| {
            let node = NodeId::from_bytes(row.get(1)?);
            Ok((row.get(0)?, Origin { node, incarnation: Incarnation(row.get(2)?) }))
        },
    )?;
    tx.commit()?;
    Ok(found)
}

/// Marks the database as closed in good order.
pub(crate) fn mark_closed(conn: &Connection) -> rusqlite::Result<()> {
    conn.execute_batch("PRAGMA optimize; UPDATE box SET closed = 1")
}

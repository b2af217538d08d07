//! How large the database is, how it grew, and what takes the room.

use hearth_domain::permit::CanManage;
use rusqlite::params;

use crate::column::int;
use crate::error::DbError;
use crate::tx::{ReadTx, WriteTx};

/// Days of which the size is kept: two years.
const DAYS_KEPT_MAX: u64 = 730;
/// Measuring reads every page, so a larger database is not measured: 1 GiB of pages.
const MEASURED_PAGES_MAX: u64 = 262_144;

/// How large the office was on a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Day {
    /// Days since 1970.
    pub day: u64,
    /// The database, in bytes.
    pub database_bytes: u64,
    /// All files, in bytes.
    pub files_bytes: u64,
    /// Messages ever written.
    pub messages: u64,
}

/// Notes how large the database is on a day; the last note of a day counts.
///
/// # Errors
/// [`DbError`] when a statement fails.
pub fn note_day(tx: &mut WriteTx<'_>, day: u64, database_bytes: u64) -> Result<(), DbError> {
    const NOTE: &str = "
        INSERT INTO sizes (day, database_bytes, files_bytes, messages)
        VALUES (?1, ?2, (SELECT coalesce(sum(size), 0) FROM blobs), (SELECT count(*) FROM messages))
        ON CONFLICT (day) DO UPDATE
        SET database_bytes = excluded.database_bytes, files_bytes = excluded.files_bytes,
          messages = excluded.messages";
    tx.execute(NOTE, params![int(day), int(database_bytes)])?;
    let oldest = int(day.saturating_sub(DAYS_KEPT_MAX));
    tx.execute("DELETE FROM sizes WHERE day < ?1", [oldest]).map(drop)
}

/// The last days of which the size is known, in order.
///
/// # Errors
/// [`DbError`] when the statement fails.
pub fn days(tx: &ReadTx<'_>, _: &CanManage, count: u32) -> Result<Vec<Day>, DbError> {
    const DAYS: &str = "
        SELECT day, database_bytes, files_bytes, messages FROM sizes ORDER BY day DESC LIMIT ?1";
    let mut days = tx.rows(DAYS, [count], |row| {
        let number = |column| row.get::<_, i64>(column).map(i64::cast_unsigned);
        Ok(Day {
            day: number(0)?,
            database_bytes: number(1)?,
            files_bytes: number(2)?,
            messages: number(3)?,
        })
    })?;
    days.reverse();
    Ok(days)
}

/// What the files take that a backup copies: those that something still refers to.
///
/// # Errors
/// [`DbError`] when the statement fails.
pub fn kept_files_bytes(tx: &ReadTx<'_>) -> Result<u64, DbError> {
    tx.number("SELECT sum(size) FROM blobs WHERE unused_since IS NULL", [])
}

/// What files take that go by themselves: nothing refers to them, or they have not come whole.
///
/// # Errors
/// [`DbError`] when the statement fails.
pub fn leaving_files_bytes(tx: &ReadTx<'_>) -> Result<u64, DbError> {
    const LEAVING: &str = "
        SELECT (SELECT coalesce(sum(size), 0) FROM blobs WHERE unused_since IS NOT NULL)
          + (SELECT coalesce(sum(received), 0) FROM uploads)";
    tx.number(LEAVING, [])
}

/// The tables with their indexes, the largest first; nothing for a database too large to measure.
///
/// # Errors
/// [`DbError`] when a statement fails.
pub fn parts(tx: &ReadTx<'_>, _: &CanManage) -> Result<Vec<(String, u64)>, DbError> {
    const PARTS: &str = "
        SELECT coalesce(s.tbl_name, d.name) AS part, sum(d.pgsize) AS bytes
        FROM dbstat d LEFT JOIN sqlite_schema s ON s.name = d.name
        WHERE d.aggregate = 1 GROUP BY part ORDER BY bytes DESC";
    if tx.number("PRAGMA page_count", [])? > MEASURED_PAGES_MAX {
        return Ok(Vec::new());
    }
    tx.rows(PARTS, [], |row| Ok((row.get(0)?, row.get::<_, i64>(1)?.cast_unsigned())))
}

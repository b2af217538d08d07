//! How much room files take, and whose they are.

use hearth_domain::file::Attachment;
use hearth_domain::id::UserId;
use hearth_domain::permit::Permit;

use crate::column::record;
use crate::error::DbError;
use crate::tx::ReadTx;

/// How many of the largest are named.
const LARGEST_MAX: u32 = 20;

/// What files take.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Storage {
    /// All blobs, each once.
    pub blobs_bytes: u64,
    /// How many.
    pub blobs: u64,
    /// Of these, what nothing refers to any more and will go by itself.
    pub unused_bytes: u64,
    /// What was announced and is on its way.
    pub uploading_bytes: u64,
    /// The database, without its write-ahead log.
    pub database_bytes: u64,
    /// The largest files, largest first.
    pub largest: Vec<(UserId, Attachment)>,
    /// Who shares most, most first: bytes and files. The same content of two people counts for both.
    pub people: Vec<(UserId, u64, u64)>,
}

/// Sums up what files take. It walks over every blob and file, so only an admin's page asks.
///
/// # Errors
/// [`DbError`] when a statement fails.
pub fn storage(tx: &ReadTx<'_>, _permit: &Permit) -> Result<Storage, DbError> {
    const LARGEST: &str = "SELECT owner, record FROM files ORDER BY size DESC LIMIT ?1";
    const PEOPLE: &str = "
        SELECT owner, sum(size), count(*) FROM files GROUP BY owner ORDER BY 2 DESC LIMIT ?1";
    const DATABASE: &str =
        "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()";
    const UNUSED: &str = "SELECT sum(size) FROM blobs WHERE unused_since IS NOT NULL";
    let people = tx.rows(PEOPLE, [LARGEST_MAX], |row| {
        let number = |column| row.get::<_, i64>(column).map(i64::cast_unsigned);
        Ok((UserId::from_bytes(row.get(0)?), number(1)?, number(2)?))
    })?;
    Ok(Storage {
        blobs_bytes: tx.number("SELECT sum(size) FROM blobs", [])?,
        blobs: tx.number("SELECT count(*) FROM blobs", [])?,
        unused_bytes: tx.number(UNUSED, [])?,
        uploading_bytes: tx.number("SELECT sum(received) FROM uploads", [])?,
        database_bytes: tx.number(DATABASE, [])?,
        largest: tx.rows(LARGEST, [LARGEST_MAX], |row| {
            Ok((UserId::from_bytes(row.get(0)?), record(row, 1)?))
        })?,
        people,
    })
}

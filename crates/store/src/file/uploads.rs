//! Files on their way: what was announced, and how much of it is certainly on the disk.

use hearth_domain::file::FileName;
use hearth_domain::id::{FileId, UserId};
use hearth_domain::time::Timestamp;
use rusqlite::{Row, params};

use crate::column::{int, text, time, time_in};
use crate::error::DbError;
use crate::tx::{ReadTx, WriteTx};

/// A file on its way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Upload {
    /// What it is and will be known by.
    pub id: FileId,
    /// Whose it is.
    pub owner: UserId,
    /// What it is called.
    pub name: FileName,
    /// What its device says it is.
    pub declared: String,
    /// How large it will be.
    pub size_bytes: u64,
    /// How much of it is certainly on the disk.
    pub received_bytes: u64,
    /// When it is given up.
    pub expires_at: Timestamp,
}

fn upload(row: &Row<'_>) -> rusqlite::Result<Upload> {
    Ok(Upload {
        id: FileId::from_bytes(row.get(0)?),
        owner: UserId::from_bytes(row.get(1)?),
        name: text(row, 2)?,
        declared: row.get(3)?,
        size_bytes: row.get::<_, i64>(4)?.cast_unsigned(),
        received_bytes: row.get::<_, i64>(5)?.cast_unsigned(),
        expires_at: time(row, 6)?,
    })
}

/// Remembers an upload that begins.
///
/// # Errors
/// [`DbError`] when the statement fails.
pub fn create(tx: &mut WriteTx<'_>, upload: &Upload) -> Result<(), DbError> {
    tx.execute(
        "INSERT INTO uploads (id, owner, name, declared, size, received, expires_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        params![
            upload.id.as_bytes(),
            upload.owner.as_bytes(),
            upload.name.as_str(),
            upload.declared,
            int(upload.size_bytes),
            int(upload.received_bytes),
            time_in(upload.expires_at),
        ],
    )?;
    Ok(())
}

const FIND: &str = "
    SELECT id, owner, name, declared, size, received, expires_at FROM uploads
    WHERE id = ?1 AND owner = ?2";

/// Somebody's own upload.
///
/// # Errors
/// [`DbError`] when the statement fails.
pub fn find(tx: &ReadTx<'_>, owner: UserId, id: FileId) -> Result<Option<Upload>, DbError> {
    tx.first(FIND, [id.as_bytes(), owner.as_bytes()], upload)
}

/// Remembers how much is on the disk, and puts the end off.
///
/// # Errors
/// [`DbError`] when the statement fails.
pub fn advance(
    tx: &mut WriteTx<'_>,
    id: FileId,
    received_bytes: u64,
    expires_at: Timestamp,
) -> Result<(), DbError> {
    const ADVANCE: &str = "UPDATE uploads SET received = ?2, expires_at = ?3 WHERE id = ?1";
    tx.execute(ADVANCE, params![id.as_bytes(), int(received_bytes), time_in(expires_at)])?;
    Ok(())
}

/// Forgets an upload; whether there was one.
///
/// # Errors
/// [`DbError`] when the statement fails.
pub fn remove(tx: &mut WriteTx<'_>, id: FileId) -> Result<bool, DbError> {
    Ok(tx.execute("DELETE FROM uploads WHERE id = ?1", [id.as_bytes()])? > 0)
}

/// What is on its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pending {
    /// Somebody's uploads, and their files that hang on nothing.
    pub of_person: usize,
    /// Everybody's uploads.
    pub of_office: usize,
    /// Bytes that are announced and still to come.
    pub bytes: u64,
}

/// Counts what is on its way.
///
/// # Errors
/// [`DbError`] when a statement fails.
pub fn pending(tx: &ReadTx<'_>, owner: UserId) -> Result<Pending, DbError> {
    const MINE: &str = "
        SELECT (SELECT count(*) FROM uploads WHERE owner = ?1)
             + (SELECT count(*) FROM files WHERE owner = ?1 AND carrier = 0)";
    const ALL: &str = "SELECT count(*) FROM uploads";
    const BYTES: &str = "SELECT sum(size - received) FROM uploads";
    let count = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
    Ok(Pending {
        of_person: count(tx.number(MINE, [owner.as_bytes()])?),
        of_office: count(tx.number(ALL, [])?),
        bytes: tx.number(BYTES, [])?,
    })
}

/// Statements that run often; see `crate::plans`.
#[cfg(test)]
pub(crate) const HOT: &[&str] = &[FIND];

//! What refers to which blob: files on messages, avatars, files not used yet, and smaller pictures.

use hearth_domain::file::{Attachment, BlobHash, Carrier, Held, MediaType};
use hearth_domain::id::{ChannelId, FileId, MessageId, UserId};
use hearth_domain::limits::FILES_PER_MESSAGE_MAX;
use hearth_domain::permit::CanOpen;
use hearth_domain::time::Timestamp;
use rusqlite::{Row, params};

use crate::column::{int, record, text, time_in, unknown};
use crate::error::DbError;
use crate::tx::{ReadTx, WriteTx};

/// A smaller form of a picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// For lists.
    Thumbnail,
    /// For a screen.
    Preview,
}

const fn form_in(form: Form) -> u8 {
    match form {
        Form::Thumbnail => 0,
        Form::Preview => 1,
    }
}

/// A blob that was made of another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rendition {
    /// Which form.
    pub form: Form,
    /// Its blob.
    pub hash: BlobHash,
    /// Its size.
    pub size_bytes: u64,
    /// Its type.
    pub media_type: MediaType,
}

/// A blob to serve.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Content {
    /// The file it belongs to.
    pub file: Attachment,
    /// The blob.
    pub hash: BlobHash,
    /// Its type.
    pub media_type: MediaType,
}

/// Puts a file that was uploaded into the books, with what was made of it. The blobs are on the disk.
///
/// # Errors
/// [`DbError`] when a statement fails.
pub fn insert(
    tx: &mut WriteTx<'_>,
    owner: UserId,
    file: &Attachment,
    renditions: &[Rendition],
) -> Result<(), DbError> {
    const RENDITION: &str = "
        INSERT INTO renditions (source, form, hash, media_type) VALUES (?1, ?2, ?3, ?4)
        ON CONFLICT DO NOTHING";
    const INSERT: &str = "
        INSERT INTO files (id, owner, hash, size, carrier, created_at, record)
        VALUES (?1, ?2, ?3, ?4, 0, ?5, ?6)";
    know(tx, file.blob, file.size_bytes)?;
    for made in renditions {
        let media_type = made.media_type.as_str();
        let row = params![file.blob.0, form_in(made.form), made.hash.0, media_type];
        // The first form that was made of a picture stays; what is not referred to is collected.
        know(tx, made.hash, made.size_bytes)?;
        if tx.execute(RENDITION, row)? == 0 {
            release(tx, made.hash)?;
        }
    }
    tx.execute(
        INSERT,
        params![
            file.id.as_bytes(),
            owner.as_bytes(),
            file.blob.0,
            int(file.size_bytes),
            time_in(tx.now()),
            serde_json::to_string(file)?,
        ],
    )?;
    Ok(())
}

fn know(tx: &mut WriteTx<'_>, hash: BlobHash, size_bytes: u64) -> Result<(), DbError> {
    tx.execute(
        "INSERT INTO blobs (hash, size) VALUES (?1, ?2)
         ON CONFLICT (hash) DO UPDATE SET size = excluded.size, unused_since = NULL",
        params![hash.0, int(size_bytes)],
    )?;
    Ok(())
}

const RELEASE: &str = "
    UPDATE blobs SET unused_since = ?2 WHERE hash = ?1
      AND NOT EXISTS (SELECT 1 FROM files WHERE hash = ?1)
      AND NOT EXISTS (SELECT 1 FROM renditions WHERE hash = ?1)";

/// Notes that one reference less is there: the last one starts the wait for the collector.
pub(crate) fn release(tx: &mut WriteTx<'_>, hash: BlobHash) -> Result<(), DbError> {
    let now = time_in(tx.now());
    tx.execute(RELEASE, params![hash.0, now])?;
    Ok(())
}

const HELD: &str = "
    SELECT f.record, f.owner, f.carrier, m.channel
    FROM files f LEFT JOIN messages m ON m.id = f.message WHERE f.id = ?1";

fn held(row: &Row<'_>) -> rusqlite::Result<Held> {
    let carrier = match row.get::<_, u8>(2)? {
        0 => Carrier::Nothing,
        1 => Carrier::Message(ChannelId::from_bytes(row.get(3)?)),
        2 => Carrier::Avatar,
        other => return Err(unknown(2, other)),
    };
    Ok(Held { file: record(row, 0)?, owner: UserId::from_bytes(row.get(1)?), carrier })
}

/// A file as rules need to know it; it shows nothing of its content.
///
/// # Errors
/// [`DbError`] when the statement fails.
pub fn find(tx: &ReadTx<'_>, file: FileId) -> Result<Option<Held>, DbError> {
    tx.first(HELD, [file.as_bytes()], held)
}

/// Those of these files that exist. Only as many as a message may carry are looked for.
///
/// # Errors
/// [`DbError`] when a statement fails.
pub fn find_all(tx: &ReadTx<'_>, files: &[FileId]) -> Result<Vec<Held>, DbError> {
    let files = files.iter().take(FILES_PER_MESSAGE_MAX);
    files.filter_map(|file| find(tx, *file).transpose()).collect()
}

const CONTENT: &str = "SELECT record FROM files WHERE id = ?1";
const FORM: &str = "
    SELECT r.hash, r.media_type FROM files f JOIN renditions r ON r.source = f.hash
    WHERE f.id = ?1 AND r.form = ?2";

/// Where the content of a file is, or a smaller form of it; nothing where there is no such form.
///
/// # Errors
/// [`DbError`] when a statement fails.
pub fn content(
    tx: &ReadTx<'_>,
    permit: &CanOpen,
    form: Option<Form>,
) -> Result<Option<Content>, DbError> {
    let id = permit.file();
    let Some(file) = tx.first(CONTENT, [id.as_bytes()], |row| record::<Attachment>(row, 0))? else {
        return Ok(None);
    };
    let Some(form) = form else {
        let (hash, media_type) = (file.blob, file.media_type.clone());
        return Ok(Some(Content { file, hash, media_type }));
    };
    let made = tx.first(FORM, params![id.as_bytes(), form_in(form)], |row| {
        Ok((BlobHash(row.get(0)?), text(row, 1)?))
    })?;
    Ok(made.map(|(hash, media_type)| Content { file, hash, media_type }))
}

/// Hangs files on a message. Those of another box are put into the books with it.
pub(crate) fn carry(
    tx: &mut WriteTx<'_>,
    (owner, message): (UserId, MessageId),
    files: &[Attachment],
) -> Result<(), DbError> {
    for file in files {
        tx.execute(
            "INSERT INTO files (id, owner, hash, size, carrier, message, created_at, record)
             VALUES (?1, ?2, ?3, ?4, 1, ?5, ?6, ?7)
             ON CONFLICT (id) DO UPDATE SET carrier = 1, message = excluded.message",
            params![
                file.id.as_bytes(),
                owner.as_bytes(),
                file.blob.0,
                int(file.size_bytes),
                message.as_bytes(),
                time_in(tx.now()),
                serde_json::to_string(file)?,
            ],
        )?;
    }
    Ok(())
}

/// Takes files out of the books.
pub(crate) fn drop_all(tx: &mut WriteTx<'_>, files: &[Attachment]) -> Result<(), DbError> {
    for file in files {
        tx.execute("DELETE FROM files WHERE id = ?1", [file.id.as_bytes()])?;
        release(tx, file.blob)?;
    }
    Ok(())
}

/// Hangs a file on its owner's profile and takes the one that hung there out of the books.
pub(crate) fn wear(
    tx: &mut WriteTx<'_>,
    owner: UserId,
    file: Option<FileId>,
) -> Result<(), DbError> {
    const WORN: &str = "SELECT record FROM files WHERE owner = ?1 AND carrier = 2 AND id IS NOT ?2";
    let worn = file.as_ref().map(FileId::as_bytes);
    let before = tx.rows(WORN, params![owner.as_bytes(), worn], |row| record(row, 0))?;
    drop_all(tx, &before)?;
    if let Some(file) = worn {
        const WEAR: &str = "UPDATE files SET carrier = 2 WHERE id = ?1 AND carrier = 0";
        tx.execute(WEAR, [file])?;
    }
    Ok(())
}

/// The contents that something refers to, in order of their digests, after `after`.
///
/// # Errors
/// [`DbError`] when the statement fails.
pub fn blobs_after(
    tx: &ReadTx<'_>,
    after: Option<BlobHash>,
    limit: u32,
) -> Result<Vec<BlobHash>, DbError> {
    const AFTER: &str = "
        SELECT hash FROM blobs WHERE hash > ?1 AND unused_since IS NULL ORDER BY hash LIMIT ?2";
    // No digest is shorter than the first.
    let after = after.map_or(Vec::new(), |hash| hash.0.to_vec());
    tx.rows(AFTER, params![after, limit], |row| Ok(BlobHash(row.get(0)?)))
}

/// Takes a file out of the books that hangs on nothing; whether there was one of this person's.
///
/// # Errors
/// [`DbError`] when a statement fails.
pub fn discard(tx: &mut WriteTx<'_>, owner: UserId, file: FileId) -> Result<bool, DbError> {
    let idle = |held: &Held| held.owner == owner && held.carrier == Carrier::Nothing;
    match find(tx, file)?.filter(idle) {
        Some(held) => drop_all(tx, &[held.file]).map(|()| true),
        None => Ok(false),
    }
}

/// Takes files out of the books that were uploaded before `before` and never used, at most `limit`;
/// says how many.
///
/// # Errors
/// [`DbError`] when a statement fails.
pub fn discard_idle(tx: &mut WriteTx<'_>, before: Timestamp, limit: u32) -> Result<usize, DbError> {
    const IDLE: &str = "
        SELECT record FROM files WHERE carrier = 0 AND created_at < ?1 LIMIT ?2";
    let idle: Vec<Attachment> =
        tx.rows(IDLE, params![time_in(before), limit], |row| record(row, 0))?;
    drop_all(tx, &idle)?;
    Ok(idle.len())
}

/// Statements that run often; see `crate::plans`.
#[cfg(test)]
pub(crate) const HOT: &[&str] = &[HELD, CONTENT, FORM, RELEASE];

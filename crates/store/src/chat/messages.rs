//! How events change messages, and what is known of one message.
//!
//! Whatever the order of arrival: a message is inserted if absent, the latest edit wins, a tombstone
//! beats all edits, and reactions and pins are registers of their own. What arrives before its
//! message waits in `early`.

use hearth_domain::decide::message::MessageHead;
use hearth_domain::event::Posted;
use hearth_domain::file::Attachment;
use hearth_domain::id::{ChannelId, MessageId, Seq, UserId};
use hearth_domain::log::StampBytes;
use hearth_domain::model::Mentions;
use hearth_domain::text::{Emoji, MessageText};
use hearth_domain::time::Timestamp;
use rusqlite::{Row, params};

use super::cards;
use super::mentions::{self, Addressing};
use super::threads;
use crate::column::{record_or_default, seq, seq_in, time, time_in};
use crate::commit::Place;
use crate::error::DbError;
use crate::file::rows;
use crate::tx::{ReadTx, WriteTx};

/// The stamp of a message's first text: older than any edit.
const FIRST: StampBytes = [0; 36];

pub(crate) fn optional_id(row: &Row<'_>, column: usize) -> rusqlite::Result<Option<MessageId>> {
    Ok(row.get::<_, Option<[u8; 16]>>(column)?.map(MessageId::from_bytes))
}

/// Most messages carry nothing, and take no room for it.
fn attachments_in(files: &[Attachment]) -> Result<Option<String>, DbError> {
    if files.is_empty() { Ok(None) } else { Ok(Some(serde_json::to_string(files)?)) }
}

pub(crate) fn post(tx: &mut WriteTx<'_>, place: &Place, posted: &Posted) -> Result<(), DbError> {
    let inserted = tx.execute(
        "INSERT INTO messages (seq, id, channel, root, author, created_at, mentions, text,
                               files, guise)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10) ON CONFLICT (id) DO NOTHING",
        params![
            seq_in(place.seq),
            posted.message.as_bytes(),
            posted.channel.as_bytes(),
            posted.root.as_ref().map(MessageId::as_bytes),
            place.actor.as_bytes(),
            time_in(place.at),
            mentions::encode(&posted.mentions)?,
            posted.text.as_str(),
            attachments_in(&posted.files)?,
            posted.guise.as_ref().map(serde_json::to_string).transpose()?,
        ],
    )?;
    if inserted == 0 {
        return Ok(());
    }
    let addressing = Addressing {
        channel: posted.channel,
        seq: place.seq,
        author: place.actor,
        in_thread: posted.root.is_some(),
    };
    mentions::insert(tx, &addressing, &posted.mentions)?;
    rows::carry(tx, (place.actor, posted.message), &posted.files)?;
    if let Some(root) = posted.root {
        threads::take_part(tx, &addressing, root, &posted.mentions)?;
    }
    catch_up(tx, posted.message)
}

/// What a stored message is, as far as changing it needs to know.
struct Present {
    addressing: Addressing,
    written_at: Timestamp,
    edit_stamp: Option<Vec<u8>>,
    mentions: Mentions,
    files: Vec<Attachment>,
    /// Nothing once deleted.
    text: Option<String>,
}

const PRESENT: &str = "
        SELECT channel, seq, author, root IS NOT NULL, coalesce(edited_at, created_at),
               edit_stamp, mentions, text, files
        FROM messages WHERE id = ?1";

fn present(tx: &ReadTx<'_>, message: MessageId) -> Result<Option<Present>, DbError> {
    tx.first(PRESENT, [message.as_bytes()], |row| {
        Ok(Present {
            addressing: Addressing {
                channel: ChannelId::from_bytes(row.get(0)?),
                seq: seq(row, 1)?,
                author: UserId::from_bytes(row.get(2)?),
                in_thread: row.get(3)?,
            },
            written_at: time(row, 4)?,
            edit_stamp: row.get(5)?,
            mentions: record_or_default(row, 6)?,
            text: row.get(7)?,
            files: record_or_default(row, 8)?,
        })
    })
}

/// A text that somebody gave to a message.
struct Edit {
    stamp: StampBytes,
    at: Timestamp,
    mentions: Mentions,
    text: String,
}

pub(crate) fn edit(
    tx: &mut WriteTx<'_>,
    place: &Place,
    message: MessageId,
    (text, mentions): (&MessageText, &Mentions),
) -> Result<(), DbError> {
    let edit = Edit {
        stamp: place.stamp.to_bytes(),
        at: place.at,
        mentions: mentions.clone(),
        text: text.as_str().to_owned(),
    };
    match present(tx, message)? {
        Some(present) => apply_edit(tx, message, present, edit),
        None => keep_early_edit(tx, message, &edit),
    }
}

fn apply_edit(
    tx: &mut WriteTx<'_>,
    message: MessageId,
    present: Present,
    edit: Edit,
) -> Result<(), DbError> {
    let Some(text) = present.text else { return Ok(()) };
    let stamp = present.edit_stamp.unwrap_or_else(|| FIRST.to_vec());
    if edit.stamp.as_slice() <= stamp.as_slice() {
        return revise(tx, message, &edit.stamp, (edit.at, &edit.text));
    }
    revise(tx, message, &stamp, (present.written_at, &text))?;
    tx.execute(
        "UPDATE messages SET edited_at = ?2, edit_stamp = ?3, mentions = ?4, text = ?5
         WHERE id = ?1",
        params![
            message.as_bytes(),
            time_in(edit.at),
            edit.stamp,
            mentions::encode(&edit.mentions)?,
            edit.text,
        ],
    )?;
    mentions::remove(tx, &present.addressing, &present.mentions)?;
    mentions::insert(tx, &present.addressing, &edit.mentions)
}

fn revise(
    tx: &mut WriteTx<'_>,
    message: MessageId,
    stamp: &[u8],
    (written_at, text): (Timestamp, &str),
) -> Result<(), DbError> {
    tx.execute(
        "INSERT OR IGNORE INTO revisions (message, stamp, written_at, text)
         VALUES (?1, ?2, ?3, ?4)",
        params![message.as_bytes(), stamp, time_in(written_at), text],
    )?;
    Ok(())
}

fn keep_early_edit(tx: &mut WriteTx<'_>, message: MessageId, edit: &Edit) -> Result<(), DbError> {
    tx.execute(
        "INSERT INTO early (message, stamp, edited_at, mentions, text)
         VALUES (?1, ?2, ?3, ?4, ?5)
         ON CONFLICT (message) DO UPDATE SET stamp = excluded.stamp,
           edited_at = excluded.edited_at, mentions = excluded.mentions, text = excluded.text
         WHERE stamp IS NULL OR excluded.stamp > stamp",
        params![
            message.as_bytes(),
            edit.stamp,
            time_in(edit.at),
            mentions::encode(&edit.mentions)?,
            edit.text,
        ],
    )?;
    Ok(())
}

/// Applies what arrived before the message did.
fn catch_up(tx: &mut WriteTx<'_>, message: MessageId) -> Result<(), DbError> {
    const EARLY: &str = "
        SELECT stamp, edited_at, mentions, text, deleted_at FROM early WHERE message = ?1";
    let early = tx.first(EARLY, [message.as_bytes()], |row| {
        let edit = match row.get::<_, Option<StampBytes>>(0)? {
            Some(stamp) => Some(Edit {
                stamp,
                at: time(row, 1)?,
                mentions: record_or_default(row, 2)?,
                text: row.get(3)?,
            }),
            None => None,
        };
        Ok((edit, crate::column::time_opt(row, 4)?))
    })?;
    let Some((edit, deleted_at)) = early else { return Ok(()) };
    if let (Some(edit), Some(present)) = (edit, present(tx, message)?) {
        apply_edit(tx, message, present, edit)?;
    }
    if let Some(at) = deleted_at {
        bury(tx, message, at)?;
    }
    tx.execute("DELETE FROM early WHERE message = ?1", [message.as_bytes()])?;
    Ok(())
}

pub(crate) fn delete(
    tx: &mut WriteTx<'_>,
    place: &Place,
    message: MessageId,
) -> Result<(), DbError> {
    if bury(tx, message, place.at)? {
        return Ok(());
    }
    tx.execute(
        "INSERT INTO early (message, deleted_at) VALUES (?1, ?2)
         ON CONFLICT (message) DO UPDATE SET deleted_at = excluded.deleted_at
         WHERE deleted_at IS NULL",
        params![message.as_bytes(), time_in(place.at)],
    )?;
    Ok(())
}

/// Takes a message's texts away; whether there was such a message.
fn bury(tx: &mut WriteTx<'_>, message: MessageId, at: Timestamp) -> Result<bool, DbError> {
    let Some(present) = present(tx, message)? else { return Ok(false) };
    mentions::remove(tx, &present.addressing, &present.mentions)?;
    rows::drop_all(tx, &present.files)?;
    tx.execute(
        "UPDATE messages SET deleted_at = ?2, mentions = NULL, text = NULL, files = NULL
         WHERE id = ?1 AND deleted_at IS NULL",
        params![message.as_bytes(), time_in(at)],
    )?;
    tx.execute("DELETE FROM revisions WHERE message = ?1", [message.as_bytes()])?;
    cards::bury(tx, message)?;
    Ok(true)
}

pub(crate) fn react(
    tx: &mut WriteTx<'_>,
    place: &Place,
    message: MessageId,
    (emoji, on): (&Emoji, bool),
) -> Result<(), DbError> {
    tx.execute(
        "INSERT INTO reactions (message, emoji, user, present, seq, stamp)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6)
         ON CONFLICT (message, emoji, user) DO UPDATE SET present = excluded.present,
           seq = excluded.seq, stamp = excluded.stamp
         WHERE excluded.stamp > stamp",
        params![
            message.as_bytes(),
            emoji.as_str(),
            place.actor.as_bytes(),
            on,
            seq_in(place.seq),
            place.stamp.to_bytes(),
        ],
    )?;
    Ok(())
}

pub(crate) fn pin(
    tx: &mut WriteTx<'_>,
    place: &Place,
    (message, channel): (MessageId, ChannelId),
    on: bool,
) -> Result<(), DbError> {
    tx.execute(
        "INSERT INTO pins (message, channel, pinned, at, stamp) VALUES (?1, ?2, ?3, ?4, ?5)
         ON CONFLICT (message) DO UPDATE SET pinned = excluded.pinned, at = excluded.at,
           stamp = excluded.stamp
         WHERE excluded.stamp > stamp",
        params![
            message.as_bytes(),
            channel.as_bytes(),
            on,
            time_in(place.at),
            place.stamp.to_bytes(),
        ],
    )?;
    Ok(())
}

const LOCATE: &str = "
        SELECT channel, root, author, deleted_at IS NOT NULL, files IS NOT NULL
        FROM messages WHERE id = ?1";

/// Where a message is and whether it still stands, so that the caller can ask for a permit;
/// nothing for an unknown one.
///
/// # Errors
/// [`DbError`] when the statement fails.
pub fn locate(tx: &ReadTx<'_>, message: MessageId) -> Result<Option<MessageHead>, DbError> {
    tx.first(LOCATE, [message.as_bytes()], |row| {
        Ok(MessageHead {
            id: message,
            channel: ChannelId::from_bytes(row.get(0)?),
            root: optional_id(row, 1)?,
            author: UserId::from_bytes(row.get(2)?),
            deleted: row.get(3)?,
            has_files: row.get(4)?,
        })
    })
}

/// Whom a message addresses as it stands; nobody for an unknown or deleted one.
///
/// # Errors
/// [`DbError`] when the statement fails.
pub fn mentions_of(tx: &ReadTx<'_>, message: MessageId) -> Result<Mentions, DbError> {
    const MENTIONS: &str = "SELECT mentions FROM messages WHERE id = ?1";
    let found = tx.first(MENTIONS, [message.as_bytes()], |row| record_or_default(row, 0))?;
    Ok(found.unwrap_or_default())
}

/// The place of a message in the log.
///
/// # Errors
/// [`DbError`] when the statement fails.
pub fn seq_of(tx: &ReadTx<'_>, message: MessageId) -> Result<Option<Seq>, DbError> {
    const SEQ: &str = "SELECT seq FROM messages WHERE id = ?1";
    tx.first(SEQ, [message.as_bytes()], |row| seq(row, 0))
}

/// Statements that run often; see `crate::plans`.
#[cfg(test)]
pub(crate) const HOT: &[&str] = &[PRESENT, LOCATE];

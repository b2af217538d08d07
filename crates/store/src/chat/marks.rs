//! What people keep for themselves: followed threads, read markers, notify levels, drafts.

use hearth_domain::id::{ChannelId, MessageId, Seq, UserId};
use hearth_domain::model::{Draft, NotifyLevel};
use rusqlite::params;

use crate::column::{notify as notify_level, notify_in, seq_in, text};
use crate::commit::Place;
use crate::error::DbError;
use crate::tx::{ReadTx, WriteTx};

/// A thread's id, or nothing for the conversation itself.
fn root_in(root: Option<&MessageId>) -> &[u8] {
    root.map_or(&[], |root| root.as_bytes())
}

pub(crate) fn follow(
    tx: &mut WriteTx<'_>,
    place: &Place,
    (root, channel): (MessageId, ChannelId),
    on: bool,
) -> Result<(), DbError> {
    tx.execute(
        "INSERT INTO follows (user, root, channel, following, stamp) VALUES (?1, ?2, ?3, ?4, ?5)
         ON CONFLICT (user, root) DO UPDATE SET following = excluded.following,
           stamp = excluded.stamp
         WHERE stamp IS NULL OR excluded.stamp > stamp",
        params![
            place.actor.as_bytes(),
            root.as_bytes(),
            channel.as_bytes(),
            on,
            place.stamp.to_bytes(),
        ],
    )?;
    Ok(())
}

pub(crate) fn read(
    tx: &mut WriteTx<'_>,
    place: &Place,
    (channel, root): (ChannelId, Option<MessageId>),
    upto: Seq,
) -> Result<(), DbError> {
    tx.execute(
        "INSERT INTO reads (user, channel, root, upto, stamp) VALUES (?1, ?2, ?3, ?4, ?5)
         ON CONFLICT (user, channel, root) DO UPDATE SET upto = excluded.upto,
           stamp = excluded.stamp
         WHERE excluded.stamp > stamp",
        params![
            place.actor.as_bytes(),
            channel.as_bytes(),
            root_in(root.as_ref()),
            seq_in(upto),
            place.stamp.to_bytes(),
        ],
    )?;
    Ok(())
}

pub(crate) fn notify(
    tx: &mut WriteTx<'_>,
    place: &Place,
    channel: ChannelId,
    level: NotifyLevel,
) -> Result<(), DbError> {
    tx.execute(
        "INSERT INTO notify_levels (user, channel, level, stamp) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (user, channel) DO UPDATE SET level = excluded.level,
           stamp = excluded.stamp
         WHERE excluded.stamp > stamp",
        params![
            place.actor.as_bytes(),
            channel.as_bytes(),
            notify_in(level),
            place.stamp.to_bytes(),
        ],
    )?;
    Ok(())
}

pub(crate) fn draft(tx: &mut WriteTx<'_>, place: &Place, draft: &Draft) -> Result<(), DbError> {
    tx.execute(
        "INSERT INTO drafts (user, channel, root, text, stamp) VALUES (?1, ?2, ?3, ?4, ?5)
         ON CONFLICT (user, channel, root) DO UPDATE SET text = excluded.text,
           stamp = excluded.stamp
         WHERE excluded.stamp > stamp",
        params![
            place.actor.as_bytes(),
            draft.channel.as_bytes(),
            root_in(draft.root.as_ref()),
            draft.text.as_str(),
            place.stamp.to_bytes(),
        ],
    )?;
    Ok(())
}

/// How far somebody has read a conversation, or one thread of it; zero if nothing of it.
///
/// # Errors
/// [`DbError`] when the statement fails.
pub fn read_upto(
    tx: &ReadTx<'_>,
    user: UserId,
    channel: ChannelId,
    root: Option<MessageId>,
) -> Result<Seq, DbError> {
    const UPTO: &str = "
        SELECT upto FROM reads WHERE user = ?1 AND channel = ?2 AND root = ?3";
    let key = params![user.as_bytes(), channel.as_bytes(), root_in(root.as_ref())];
    tx.number(UPTO, key).map(Seq)
}

/// What a channel may interrupt somebody for.
///
/// # Errors
/// [`DbError`] when the statement fails.
pub fn notify_of(
    tx: &ReadTx<'_>,
    user: UserId,
    channel: ChannelId,
) -> Result<NotifyLevel, DbError> {
    const LEVEL: &str = "SELECT level FROM notify_levels WHERE user = ?1 AND channel = ?2";
    let key = [user.as_bytes(), channel.as_bytes()];
    Ok(tx.first(LEVEL, key, |row| notify_level(row, 0))?.unwrap_or_default())
}

/// What somebody began to write, in conversations they are still in.
///
/// # Errors
/// [`DbError`] when the statement fails.
pub fn drafts(tx: &ReadTx<'_>, user: UserId) -> Result<Vec<Draft>, DbError> {
    const DRAFTS: &str = "
        SELECT d.channel, d.root, d.text
        FROM drafts d JOIN members m ON m.channel = d.channel AND m.user = d.user
        WHERE d.user = ?1 AND d.text <> '' AND m.role IS NOT NULL";
    tx.rows(DRAFTS, [user.as_bytes()], |row| {
        let root = row.get_ref(1)?.as_blob()?;
        Ok(Draft {
            channel: ChannelId::from_bytes(row.get(0)?),
            root: <[u8; 16]>::try_from(root).ok().map(MessageId::from_bytes),
            text: text(row, 2)?,
        })
    })
}

/// Whether somebody has an unsent text at this place.
///
/// # Errors
/// [`DbError`] when the statement fails.
pub fn has_draft(
    tx: &ReadTx<'_>,
    user: UserId,
    channel: ChannelId,
    root: Option<MessageId>,
) -> Result<bool, DbError> {
    const DRAFT: &str = "
        SELECT 1 FROM drafts WHERE user = ?1 AND channel = ?2 AND root = ?3 AND text <> ''";
    tx.exists(DRAFT, params![user.as_bytes(), channel.as_bytes(), root_in(root.as_ref())])
}

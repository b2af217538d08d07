//! Messages as they are shown: a channel's history, a thread's answers, pins, single messages.
//!
//! A page costs one query for its messages and one each for reactions, pins, threads and
//! cards, whatever
//! its size. Pages are keyed by `seq`, so what is posted meanwhile never shifts them.

use std::collections::HashMap;

use hearth_domain::id::{ChannelId, MessageId, Seq, UserId};
use hearth_domain::model::{Message, MessagePage, Reaction, Revision};
use hearth_domain::permit::CanRead;
use hearth_domain::text::Emoji;
use hearth_domain::time::Timestamp;
use rusqlite::{Row, params};

use super::array;
use super::cards;
use super::messages::optional_id;
use super::threads;
use crate::column::{record_opt, record_or_default, seq, seq_in, text, time, time_opt, unreadable};
use crate::error::DbError;
use crate::tx::ReadTx;

/// Which part of a history.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Around {
    /// The latest messages.
    Latest,
    /// The latest messages before this one.
    Before(Seq),
    /// The earliest messages after this one.
    After(Seq),
    /// As many on both sides of this place, the message there included.
    Place(Seq),
}

/// A page to read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PageAsk {
    /// Which part.
    pub around: Around,
    /// How many messages at most.
    pub limit: u32,
}

macro_rules! messages_where {
    ($rest:literal) => {
        concat!(
            "SELECT seq, id, channel, root, author, created_at, edited_at, deleted_at, mentions, ",
            "text, files, guise FROM messages WHERE ",
            $rest
        )
    };
}

/// The two directions in which a list of messages is read.
pub(super) struct Directions {
    pub(super) down: &'static str,
    pub(super) up: &'static str,
}

const IN_CHANNEL: Directions = Directions {
    down: messages_where!("channel = ?1 AND root IS NULL AND seq < ?2 ORDER BY seq DESC LIMIT ?3"),
    up: messages_where!("channel = ?1 AND root IS NULL AND seq > ?2 ORDER BY seq LIMIT ?3"),
};
const IN_THREAD: Directions = Directions {
    down: messages_where!("root = ?1 AND seq < ?2 ORDER BY seq DESC LIMIT ?3"),
    up: messages_where!("root = ?1 AND seq > ?2 ORDER BY seq LIMIT ?3"),
};

fn message(row: &Row<'_>) -> rusqlite::Result<Message> {
    let text: Option<String> = row.get(9)?;
    let text = text.map(TryFrom::try_from).transpose();
    Ok(Message {
        seq: seq(row, 0)?,
        id: MessageId::from_bytes(row.get(1)?),
        channel: ChannelId::from_bytes(row.get(2)?),
        root: optional_id(row, 3)?,
        author: UserId::from_bytes(row.get(4)?),
        created_at: time(row, 5)?,
        edited_at: time_opt(row, 6)?,
        deleted_at: time_opt(row, 7)?,
        mentions: record_or_default(row, 8)?,
        text: text.map_err(|source| unreadable(9, source))?,
        files: record_or_default(row, 10)?,
        guise: record_opt(row, 11)?,
        cards: Vec::new(),
        pinned_at: None,
        reactions: Vec::new(),
        thread: None,
    })
}

/// A page of a channel's own messages; answers in threads are not among them.
///
/// # Errors
/// [`DbError`] when a statement fails.
pub fn history(tx: &ReadTx<'_>, permit: &CanRead, ask: PageAsk) -> Result<MessagePage, DbError> {
    page(tx, &IN_CHANNEL, permit.channel().as_bytes(), ask)
}

/// A page of the answers to `root`. A root in another channel has none.
///
/// # Errors
/// [`DbError`] when a statement fails.
pub fn answers(
    tx: &ReadTx<'_>,
    permit: &CanRead,
    root: MessageId,
    ask: PageAsk,
) -> Result<MessagePage, DbError> {
    const HERE: &str = "SELECT 1 FROM messages WHERE id = ?1 AND channel = ?2";
    if !tx.exists(HERE, [root.as_bytes(), permit.channel().as_bytes()])? {
        return Ok(MessagePage::default());
    }
    page(tx, &IN_THREAD, root.as_bytes(), ask)
}

fn page(
    tx: &ReadTx<'_>,
    directions: &Directions,
    key: &[u8; 16],
    ask: PageAsk,
) -> Result<MessagePage, DbError> {
    let limit = i64::from(ask.limit);
    let read = |sql, from: i64, limit: i64| {
        let mut messages = tx.rows(sql, params![key, from, limit + 1], message)?;
        let more = i64::try_from(messages.len()).unwrap_or(i64::MAX) > limit;
        messages.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
        Ok::<_, DbError>((messages, more))
    };
    let (before, upto) = match ask.around {
        Around::Latest => (Some(i64::MAX), None),
        Around::Before(place) => (Some(seq_in(place)), None),
        Around::After(place) => (None, Some(seq_in(place))),
        Around::Place(place) => (Some(seq_in(place)), Some(seq_in(place) - 1)),
    };
    let half = if before.is_some() && upto.is_some() { limit / 2 } else { limit };
    let mut page = MessagePage::default();
    if let Some(before) = before {
        (page.messages, page.more_before) = read(directions.down, before, half)?;
        page.messages.reverse();
    }
    if let Some(after) = upto {
        let (later, more) =
            read(directions.up, after, limit - if before.is_some() { half } else { 0 })?;
        page.messages.extend(later);
        page.more_after = more;
    }
    match ask.around {
        Around::Before(place) => {
            let newer = tx.exists(directions.up, params![key, seq_in(place) - 1, 1])?;
            page.more_after = newer;
        }
        Around::After(place) => {
            let older = tx.exists(directions.down, params![key, seq_in(place) + 1, 1])?;
            page.more_before = older;
        }
        Around::Latest | Around::Place(_) => {}
    }
    complete(tx, &mut page.messages)?;
    Ok(page)
}

const ONE: &str = messages_where!("id = ?1 AND channel = ?2");

/// One message of the channel.
///
/// # Errors
/// [`DbError`] when a statement fails.
pub fn one(tx: &ReadTx<'_>, permit: &CanRead, id: MessageId) -> Result<Option<Message>, DbError> {
    let channel = permit.channel();
    let key = [id.as_bytes(), channel.as_bytes()];
    let mut found: Vec<Message> = tx.first(ONE, key, message)?.into_iter().collect();
    complete(tx, &mut found)?;
    Ok(found.pop())
}

const NAMED: &str = messages_where!(
    "id IN (SELECT value FROM rarray(?1)) AND channel IN (SELECT value FROM rarray(?2))"
);

/// Those of these messages that stand in channels there is leave to read, in no certain order.
///
/// # Errors
/// [`DbError`] when a statement fails.
pub fn named(
    tx: &ReadTx<'_>,
    permits: &[CanRead],
    ids: &[MessageId],
) -> Result<Vec<Message>, DbError> {
    let channels: Vec<ChannelId> = permits.iter().map(CanRead::channel).collect();
    let ids = array(ids.iter().map(MessageId::as_bytes));
    let channels = array(channels.iter().map(ChannelId::as_bytes));
    let mut messages = tx.rows(NAMED, params![ids, channels], message)?;
    complete(tx, &mut messages)?;
    Ok(messages)
}

const PINS: &str = "
        SELECT m.seq, m.id, m.channel, m.root, m.author, m.created_at, m.edited_at,
               m.deleted_at, m.mentions, m.text, m.files, m.guise
        FROM pins p JOIN messages m ON m.id = p.message
        WHERE p.channel = ?1 AND p.pinned = 1 AND m.channel = ?1 AND m.deleted_at IS NULL
        ORDER BY p.at DESC, p.message DESC";

/// The channel's pinned messages, the last pinned first.
///
/// # Errors
/// [`DbError`] when a statement fails.
pub fn pins(tx: &ReadTx<'_>, permit: &CanRead) -> Result<Vec<Message>, DbError> {
    let mut messages = tx.rows(PINS, [permit.channel().as_bytes()], message)?;
    complete(tx, &mut messages)?;
    Ok(messages)
}

const REVISIONS: &str = "
        SELECT r.text, r.written_at FROM messages m JOIN revisions r ON r.message = m.id
        WHERE m.id = ?1 AND m.channel = ?2 AND m.deleted_at IS NULL ORDER BY r.stamp";

/// Earlier texts of a message of the channel, oldest first; the present one is not among them. A
/// deleted message has none.
///
/// # Errors
/// [`DbError`] when the statement fails.
pub fn revisions(
    tx: &ReadTx<'_>,
    permit: &CanRead,
    id: MessageId,
) -> Result<Vec<Revision>, DbError> {
    tx.rows(REVISIONS, [id.as_bytes(), permit.channel().as_bytes()], |row| {
        Ok(Revision { text: text(row, 0)?, written_at: time(row, 1)? })
    })
}

/// Adds reactions, pins, threads and cards to messages.
fn complete(tx: &ReadTx<'_>, messages: &mut [Message]) -> Result<(), DbError> {
    if messages.is_empty() {
        return Ok(());
    }
    let places: HashMap<MessageId, usize> =
        messages.iter().enumerate().map(|(place, message)| (message.id, place)).collect();
    let ids = array(messages.iter().map(|message| message.id.as_bytes()));
    for (id, emoji, user) in reactions(tx, &ids)? {
        let Some(message) = places.get(&id).and_then(|place| messages.get_mut(*place)) else {
            continue;
        };
        match message.reactions.iter_mut().find(|reaction| reaction.emoji == emoji) {
            Some(reaction) => reaction.users.push(user),
            None => message.reactions.push(Reaction { emoji, users: vec![user] }),
        }
    }
    for (id, at) in pinned(tx, &ids)? {
        if let Some(message) = places.get(&id).and_then(|place| messages.get_mut(*place)) {
            message.pinned_at = Some(at);
        }
    }
    for (id, thread) in threads::summaries(tx, &ids)? {
        if let Some(message) = places.get(&id).and_then(|place| messages.get_mut(*place)) {
            message.thread = Some(thread);
        }
    }
    for (id, shown) in cards::shown(tx, &ids)? {
        if let Some(message) = places.get(&id).and_then(|place| messages.get_mut(*place)) {
            message.cards = shown;
        }
    }
    for message in messages.iter_mut().filter(|message| message.deleted_at.is_some()) {
        message.reactions.clear();
        message.pinned_at = None;
        message.cards.clear();
    }
    Ok(())
}

type Ids = std::rc::Rc<Vec<rusqlite::types::Value>>;

const REACTIONS: &str = "
        SELECT message, emoji, user FROM reactions
        WHERE message IN (SELECT value FROM rarray(?1)) AND present = 1 ORDER BY seq";

fn reactions(tx: &ReadTx<'_>, ids: &Ids) -> Result<Vec<(MessageId, Emoji, UserId)>, DbError> {
    tx.rows(REACTIONS, [ids], |row| {
        let user = UserId::from_bytes(row.get(2)?);
        Ok((MessageId::from_bytes(row.get(0)?), text(row, 1)?, user))
    })
}

const PINNED: &str = "
        SELECT message, at FROM pins
        WHERE message IN (SELECT value FROM rarray(?1)) AND pinned = 1";

fn pinned(tx: &ReadTx<'_>, ids: &Ids) -> Result<Vec<(MessageId, Timestamp)>, DbError> {
    tx.rows(PINNED, [ids], |row| Ok((MessageId::from_bytes(row.get(0)?), time(row, 1)?)))
}

/// Statements that run often; see `crate::plans`.
#[cfg(test)]
pub(crate) const HOT: &[&str] = &[
    IN_CHANNEL.down,
    IN_CHANNEL.up,
    IN_THREAD.down,
    IN_THREAD.up,
    ONE,
    NAMED,
    PINS,
    REVISIONS,
    REACTIONS,
    PINNED,
];

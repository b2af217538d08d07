//! Threads: their summaries, who follows them, and which have unread answers.
//!
//! Who wrote the first message, answered, or was named in a thread follows it until they choose not
//! to; a choice is never overruled.

use std::collections::HashMap;
use std::rc::Rc;

use hearth_domain::id::{ChannelId, MessageId, Seq, UserId};
use hearth_domain::model::{Mentions, ThreadState, ThreadSummary};
use rusqlite::params;
use rusqlite::types::Value;

use super::mentions::Addressing;
use super::unread::UNREAD_MAX;
use crate::column::{count, seq, seq_in, time};
use crate::error::DbError;
use crate::tx::{ReadTx, WriteTx};

/// People a summary names.
const PEOPLE_SHOWN_MAX: usize = 5;

/// Makes the author of an answer, the author of the root, and whom it names, follow the thread.
pub(crate) fn take_part(
    tx: &mut WriteTx<'_>,
    answer: &Addressing,
    root: MessageId,
    mentions: &Mentions,
) -> Result<(), DbError> {
    const TAKE_PART: &str = "
        INSERT OR IGNORE INTO follows (user, root, channel, following) VALUES (?1, ?2, ?3, 1)";
    const ROOT_AUTHOR: &str = "SELECT author FROM messages WHERE id = ?1";
    let author = tx.first(ROOT_AUTHOR, [root.as_bytes()], |row| row.get(0))?;
    let people = mentions.users.iter().copied().chain([answer.author]);
    for user in people.chain(author.map(UserId::from_bytes)) {
        let key = params![user.as_bytes(), root.as_bytes(), answer.channel.as_bytes()];
        tx.execute(TAKE_PART, key)?;
    }
    Ok(())
}

const SUMMARIES: &str = "
        SELECT root, author, count(*), max(seq) AS latest, created_at FROM messages
        WHERE root IN (SELECT value FROM rarray(?1)) AND root IS NOT NULL AND deleted_at IS NULL
        GROUP BY root, author ORDER BY latest DESC";

/// The summaries of those messages that have answers.
pub(super) fn summaries(
    tx: &ReadTx<'_>,
    ids: &Rc<Vec<Value>>,
) -> Result<HashMap<MessageId, ThreadSummary>, DbError> {
    // Latest writer first; SQLite takes created_at from the row that has the maximum.
    let rows = tx.rows(SUMMARIES, [ids], |row| {
        let root = MessageId::from_bytes(row.get(0)?);
        Ok((root, UserId::from_bytes(row.get(1)?), count(row, 2)?, time(row, 4)?))
    })?;
    let mut summaries: HashMap<MessageId, ThreadSummary> = HashMap::new();
    for (root, author, replies, at) in rows {
        let summary = summaries.entry(root).or_insert_with(|| ThreadSummary {
            replies: 0,
            last_reply_at: at,
            people: Vec::new(),
        });
        summary.replies += replies;
        if summary.people.len() < PEOPLE_SHOWN_MAX {
            summary.people.push(author);
        }
    }
    Ok(summaries)
}

/// Whether somebody follows a thread.
///
/// # Errors
/// [`DbError`] when the statement fails.
pub fn follows(tx: &ReadTx<'_>, user: UserId, root: MessageId) -> Result<bool, DbError> {
    const FOLLOWS: &str = "
        SELECT 1 FROM follows WHERE user = ?1 AND root = ?2 AND following = 1";
    tx.exists(FOLLOWS, [user.as_bytes(), root.as_bytes()])
}

const FOLLOWERS: &str = "SELECT user FROM follows WHERE root = ?1 AND following = 1";

/// Everybody who follows a thread.
///
/// # Errors
/// [`DbError`] when the statement fails.
pub fn followers(tx: &ReadTx<'_>, root: MessageId) -> Result<Vec<UserId>, DbError> {
    tx.rows(FOLLOWERS, [root.as_bytes()], |row| Ok(UserId::from_bytes(row.get(0)?)))
}

const UNREAD: &str = "
        SELECT * FROM (
          SELECT f.root, f.channel, coalesce(r.upto, 0),
            (SELECT count(*) FROM (
               SELECT 1 FROM messages a
               WHERE a.root = f.root AND a.seq > coalesce(r.upto, 0) AND a.author <> ?1
                 AND a.deleted_at IS NULL LIMIT ?2)) AS unread
          FROM follows f
          JOIN members m ON m.channel = f.channel AND m.user = f.user AND m.role IS NOT NULL
          LEFT JOIN reads r ON r.user = f.user AND r.channel = f.channel AND r.root = f.root
          WHERE f.user = ?1 AND f.following = 1)
        WHERE unread > 0";

/// The threads somebody follows that have answers they have not read, in conversations they are
/// in.
///
/// # Errors
/// [`DbError`] when the statement fails.
pub fn unread(tx: &ReadTx<'_>, user: UserId) -> Result<Vec<ThreadState>, DbError> {
    tx.rows(UNREAD, params![user.as_bytes(), UNREAD_MAX], |row| {
        Ok(ThreadState {
            root: MessageId::from_bytes(row.get(0)?),
            channel: ChannelId::from_bytes(row.get(1)?),
            read_upto: seq(row, 2)?,
            unread: count(row, 3)?,
        })
    })
}

/// Which followed threads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FollowedAsk {
    /// Those with unread answers, or those without.
    pub unread: bool,
    /// Those whose last answer is before this one; all if absent.
    pub before: Option<Seq>,
    /// How many at most.
    pub limit: usize,
}

/// A followed thread by the names of its messages. Their content needs leave to read the channel:
/// [`super::history::named`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Followed {
    /// Its place for the reader.
    pub state: ThreadState,
    /// Its last answer that was not deleted.
    pub last: MessageId,
    /// Where that stands; pages are keyed by it.
    pub last_seq: Seq,
}

const FOLLOWED: &str = "
        SELECT t.root, t.channel, t.upto, t.unread, l.id, l.seq FROM (
          SELECT f.root, f.channel, coalesce(r.upto, 0) AS upto,
            (SELECT z.seq FROM messages z WHERE z.root = f.root AND z.deleted_at IS NULL
             ORDER BY z.seq DESC LIMIT 1) AS last,
            (SELECT count(*) FROM (
               SELECT 1 FROM messages a
               WHERE a.root = f.root AND a.seq > coalesce(r.upto, 0) AND a.author <> ?1
                 AND a.deleted_at IS NULL LIMIT ?2)) AS unread
          FROM follows f
          JOIN members m ON m.channel = f.channel AND m.user = f.user AND m.role IS NOT NULL
          LEFT JOIN reads r ON r.user = f.user AND r.channel = f.channel AND r.root = f.root
          WHERE f.user = ?1 AND f.following = 1) t
        JOIN messages l ON l.seq = t.last
        WHERE t.last < ?3 AND (t.unread > 0) = ?4
        ORDER BY t.last DESC LIMIT ?5";

/// Threads somebody follows, the latest answer first, in conversations they are in. What it costs
/// grows with the number of threads they follow: two steps in an index each.
///
/// # Errors
/// [`DbError`] when the statement fails.
pub fn followed(tx: &ReadTx<'_>, user: UserId, ask: FollowedAsk) -> Result<Vec<Followed>, DbError> {
    let before = ask.before.map_or(i64::MAX, seq_in);
    let limit = i64::try_from(ask.limit).unwrap_or(i64::MAX);
    let key = params![user.as_bytes(), UNREAD_MAX, before, ask.unread, limit];
    tx.rows(FOLLOWED, key, |row| {
        let state = ThreadState {
            root: MessageId::from_bytes(row.get(0)?),
            channel: ChannelId::from_bytes(row.get(1)?),
            read_upto: seq(row, 2)?,
            unread: count(row, 3)?,
        };
        Ok(Followed { state, last: MessageId::from_bytes(row.get(4)?), last_seq: seq(row, 5)? })
    })
}

/// Statements that run often; see `crate::plans`.
#[cfg(test)]
pub(crate) const HOT: &[&str] = &[SUMMARIES, FOLLOWERS, UNREAD, FOLLOWED];

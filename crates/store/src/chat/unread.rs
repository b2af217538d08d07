//! Somebody's place in each conversation: how far they read, what is new, what addresses them.
//!
//! Counting reads index entries only and stops at 100, because nobody acts on the difference between
//! 99+ and 999+: what it costs depends on how many conversations somebody is in, and hardly on what
//! is unread in them. The worst case is somebody who read nothing: 500 channels with 100 unread each
//! are 50,000 entries (`examples/million.rs` measures it). One's own messages and deleted ones are
//! not counted, nor answers in threads.

use std::collections::HashMap;

use hearth_domain::id::{ChannelId, Seq, UserId};
use hearth_domain::model::{ChannelKind, ChannelState, Mentions};
use hearth_domain::permit::CanRead;
use rusqlite::{Row, params};

use crate::column::{
    channel_kind_in, channel_role, count, notify, record, record_or_default, seq, seq_in, time_opt,
};
use crate::error::DbError;
use crate::tx::ReadTx;

/// Counting stops here: more than this many is "many".
pub(crate) const UNREAD_MAX: u32 = 100;

macro_rules! states {
    ($one:literal) => {
        concat!(
            "
    WITH s AS MATERIALIZED (
      SELECT m.channel, m.role, c.record, coalesce(r.upto, 0) AS upto,
        coalesce(n.level, 1) AS level,
        coalesce((SELECT max(h.seq) FROM messages h
                  WHERE h.channel = m.channel AND h.root IS NULL), 0) AS last
      FROM members m
      JOIN channels c ON c.id = m.channel
      LEFT JOIN reads r ON r.user = ?1 AND r.channel = m.channel AND r.root = x''
      LEFT JOIN notify_levels n ON n.user = ?1 AND n.channel = m.channel
      WHERE m.user = ?1 AND m.role IS NOT NULL",
            $one,
            ")
    SELECT s.record, s.role, s.upto, s.level, s.last, l.created_at,
      (SELECT count(*) FROM members o WHERE o.channel = s.channel AND o.role IS NOT NULL),
      (SELECT count(*) FROM (
         SELECT 1 FROM messages u
         WHERE u.channel = s.channel AND u.root IS NULL AND u.seq > s.upto AND u.author <> ?1
           AND u.deleted_at IS NULL LIMIT ?2)),
      (SELECT count(*) FROM (
         SELECT a.seq FROM mentions a
         WHERE a.user = ?1 AND a.channel = s.channel AND a.seq > s.upto AND a.author <> ?1
           AND a.in_thread = 0
         UNION
         SELECT a.seq FROM mentions a
         WHERE a.user = zeroblob(16) AND a.channel = s.channel AND a.seq > s.upto
           AND a.author <> ?1 AND a.in_thread = 0
         LIMIT ?2))
    FROM s LEFT JOIN messages l ON l.seq = s.last"
        )
    };
}

fn state(row: &Row<'_>) -> rusqlite::Result<ChannelState> {
    Ok(ChannelState {
        channel: record(row, 0)?,
        role: channel_role(row, 1)?,
        read_upto: seq(row, 2)?,
        notify: notify(row, 3)?,
        last_seq: seq(row, 4)?,
        last_at: time_opt(row, 5)?,
        member_count: count(row, 6)?,
        unread: count(row, 7)?,
        mentions: count(row, 8)?,
        people: Vec::new(),
    })
}

const STATES: &str = states!("");

/// Every conversation somebody is in, and their place there.
///
/// # Errors
/// [`DbError`] when a statement fails.
pub fn channel_states(tx: &ReadTx<'_>, user: UserId) -> Result<Vec<ChannelState>, DbError> {
    let mut states = tx.rows(STATES, params![user.as_bytes(), UNREAD_MAX], state)?;
    let mut people = people_of_direct(tx, user)?;
    for state in &mut states {
        if let Some(people) = people.remove(&state.channel.id) {
            state.people = people;
        }
    }
    Ok(states)
}

const STATE: &str = states!(" AND m.channel = ?3");

/// One conversation and somebody's place there; nothing if they are not in it.
///
/// # Errors
/// [`DbError`] when a statement fails.
pub fn channel_state(
    tx: &ReadTx<'_>,
    user: UserId,
    channel: ChannelId,
) -> Result<Option<ChannelState>, DbError> {
    let key = params![user.as_bytes(), UNREAD_MAX, channel.as_bytes()];
    let Some(mut state) = tx.first(STATE, key, state)? else { return Ok(None) };
    if state.channel.is_direct() {
        let members = super::members::of_channel(tx, channel)?;
        state.people = members.into_iter().map(|member| member.user).collect();
    }
    Ok(Some(state))
}

/// The words of an unread message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Words {
    /// What was written.
    pub text: String,
    /// Whom it addresses.
    pub mentions: Mentions,
}

const WORDS: &str = "
    SELECT text, mentions FROM messages
    WHERE channel = ?1 AND root IS NULL AND seq > ?2 AND author <> ?3 AND deleted_at IS NULL
    ORDER BY seq DESC LIMIT ?4";

/// The words of a conversation's messages that somebody has not read, the latest `limit`.
///
/// # Errors
/// [`DbError`] when the statement fails.
pub fn words(
    tx: &ReadTx<'_>,
    permit: &CanRead,
    (reader, upto): (UserId, Seq),
    limit: u32,
) -> Result<Vec<Words>, DbError> {
    let channel = permit.channel();
    let key = params![channel.as_bytes(), seq_in(upto), reader.as_bytes(), limit];
    tx.rows(WORDS, key, |row| Ok(Words { text: row.get(0)?, mentions: record_or_default(row, 1)? }))
}

const PEOPLE: &str = "
        SELECT o.channel, o.user
        FROM members m
        JOIN channels c ON c.id = m.channel AND c.kind IN (?2, ?3)
        JOIN members o ON o.channel = m.channel AND o.role IS NOT NULL
        WHERE m.user = ?1 AND m.role IS NOT NULL";

fn people_of_direct(
    tx: &ReadTx<'_>,
    user: UserId,
) -> Result<HashMap<ChannelId, Vec<UserId>>, DbError> {
    let direct = channel_kind_in(ChannelKind::Direct);
    let group = channel_kind_in(ChannelKind::Group);
    let rows = tx.rows(PEOPLE, params![user.as_bytes(), direct, group], |row| {
        Ok((ChannelId::from_bytes(row.get(0)?), UserId::from_bytes(row.get(1)?)))
    })?;
    let mut people: HashMap<ChannelId, Vec<UserId>> = HashMap::new();
    for (channel, person) in rows {
        people.entry(channel).or_default().push(person);
    }
    Ok(people)
}

/// Statements that run often; see `crate::plans`.
#[cfg(test)]
pub(crate) const HOT: &[&str] = &[STATES, STATE, WORDS, PEOPLE];

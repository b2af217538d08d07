//! The log as it is read: by receivers with a cursor, by backups and by `hearth doctor`.

use std::collections::{HashMap, HashSet};

use hearth_domain::event::{Event, EventKind, Scope};
use hearth_domain::id::{ChannelId, Incarnation, NodeId, OriginSeq, Seq, UserId};
use hearth_domain::log::{Chain, Header, PayloadHash, decode_scope};
use hearth_domain::model::Role;
use hearth_domain::time::{Hlc, Timestamp};
use rusqlite::{Row, params};

use crate::chat::{members, people};
use crate::column::{int, seq, seq_in, time, unreadable};
use crate::error::DbError;
use crate::tx::ReadTx;

/// Entries looked at for one page of [`visible_after`], whether shown or not.
const LOOKED_AT_MAX: i64 = 20_000;
/// Entries a chain check reads at a time.
const VERIFIED_AT_ONCE: usize = 2_000;
/// The kind that its subject sees though they are no longer in the channel.
const MEMBER_REMOVED: EventKind = EventKind(42);

const AFTER: &str = "
    SELECT seq, at, actor, scope, scope_id, kind, payload
    FROM log WHERE seq > ?1 ORDER BY seq LIMIT ?2";
const HEADERS_AFTER: &str = "
    SELECT l.seq, o.node, o.incarnation, l.origin_seq, l.prev, l.hlc, l.actor, l.scope,
           l.scope_id, l.kind, l.version, l.payload_hash, l.at, l.payload
    FROM log l JOIN origins o ON o.id = l.origin
    WHERE l.seq > ?1 ORDER BY l.seq LIMIT ?2";
pub(crate) const LAST_OF_ORIGIN: &str = "
    SELECT l.seq, o.node, o.incarnation, l.origin_seq, l.prev, l.hlc, l.actor, l.scope,
           l.scope_id, l.kind, l.version, l.payload_hash, l.at, l.payload
    FROM log l JOIN origins o ON o.id = l.origin
    WHERE l.origin = ?1 ORDER BY l.origin_seq DESC LIMIT 1";

/// An entry as a receiver gets it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its place in this box's log.
    pub seq: Seq,
    /// When it was committed here.
    pub at: Timestamp,
    /// Who caused it.
    pub actor: UserId,
    /// Who may see it; nothing for a scope this build does not know.
    pub scope: Option<Scope>,
    /// What kind of event; may be one this build does not know.
    pub kind: EventKind,
    /// The event as JSON; nothing once erased.
    pub payload: Option<String>,
}

fn entry(row: &Row<'_>) -> rusqlite::Result<Entry> {
    Ok(Entry {
        seq: seq(row, 0)?,
        at: time(row, 1)?,
        actor: UserId::from_bytes(row.get(2)?),
        scope: scope(row, 3)?,
        kind: EventKind(row.get(5)?),
        payload: row.get(6)?,
    })
}

fn scope(row: &Row<'_>, column: usize) -> rusqlite::Result<Option<Scope>> {
    Ok(decode_scope(row.get(column)?, row.get(column + 1)?))
}

/// A part of the log.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Page {
    /// The entries, in order.
    pub entries: Vec<Entry>,
    /// How far was looked: the cursor for the next page.
    pub upto: Seq,
    /// Whether the end of the log was reached.
    pub complete: bool,
}

/// Everything after `cursor`, whoever may see it, at most `limit` entries. For receivers that belong
/// to the box: the uplink, exports, indexes.
///
/// # Errors
/// [`DbError`] when the statement fails.
pub fn after(tx: &ReadTx<'_>, cursor: Seq, limit: usize) -> Result<Page, DbError> {
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let entries = tx.rows(AFTER, params![seq_in(cursor), limit], entry)?;
    let upto = entries.last().map_or(cursor, |entry| entry.seq);
    Ok(Page { upto, complete: upto >= tx.head()?, entries })
}

const PAYLOAD_HASH: &str = "SELECT payload_hash FROM log WHERE seq = ?1";

/// What the entry at a place hashes to; nothing where there is none.
pub(crate) fn payload_hash(tx: &ReadTx<'_>, at: Seq) -> Result<Option<[u8; 32]>, DbError> {
    tx.first(PAYLOAD_HASH, [seq_in(at)], |row| row.get(0))
}

/// Who looks at the log, and what they may see of it now.
struct Viewer {
    user: UserId,
    role: Role,
    channels: HashSet<ChannelId>,
}

impl Viewer {
    fn sees(&self, scope: Scope) -> bool {
        match scope {
            Scope::Office => true,
            Scope::Members => self.role >= Role::Member,
            Scope::Channel(channel) => self.channels.contains(&channel),
            Scope::User(user) => user == self.user,
        }
    }
}

/// What one person may see of the log after `cursor`, at most `limit` entries, by what they are a
/// member of now. Their own removal from a channel is shown too. Somebody without an account sees
/// nothing.
///
/// At most 20,000 entries are looked at; the page's `upto` says where to go on.
///
/// # Errors
/// [`DbError`] when a statement fails.
pub fn visible_after(
    tx: &ReadTx<'_>,
    user: UserId,
    cursor: Seq,
    limit: usize,
) -> Result<Page, DbError> {
    let Some(actor) = people::actor(tx, user)? else {
        return Ok(Page { upto: cursor, complete: true, entries: Vec::new() });
    };
    let channels = members::memberships(tx, user)?.into_iter().collect();
    let viewer = Viewer { user, role: actor.role, channels };
    let mut page = Page { upto: cursor, ..Page::default() };
    let mut scan = || {
        let mut statement = tx.conn().prepare_cached(AFTER)?;
        let mut rows = statement.query(params![seq_in(cursor), LOOKED_AT_MAX])?;
        while page.entries.len() < limit
            && let Some(row) = rows.next()?
        {
            page.upto = seq(row, 0)?;
            if shown(row, &viewer)? {
                page.entries.push(entry(row)?);
            }
        }
        Ok(())
    };
    scan().map_err(|source| tx.failed(AFTER, source))?;
    page.complete = page.upto >= tx.head()?;
    Ok(page)
}

fn shown(row: &Row<'_>, viewer: &Viewer) -> rusqlite::Result<bool> {
    let Some(scope) = scope(row, 3)? else { return Ok(false) };
    if viewer.sees(scope) {
        return Ok(true);
    }
    if EventKind(row.get(5)?) != MEMBER_REMOVED {
        return Ok(false);
    }
    let Some(payload) = row.get_ref(6)?.as_str_or_null()? else { return Ok(false) };
    let event = serde_json::from_str(payload).map_err(|source| unreadable(6, source))?;
    Ok(matches!(event, Event::MemberRemoved { user, .. } if user == viewer.user))
}

/// An entry with all that its chain covers.
pub(crate) struct Stored {
    pub(crate) seq: Seq,
    pub(crate) at: Timestamp,
    pub(crate) header: Header,
    pub(crate) payload: Option<String>,
}

pub(crate) fn stored(row: &Row<'_>) -> rusqlite::Result<Stored> {
    let unknown = || unreadable(7, std::io::Error::other("a scope of a newer version"));
    let header = Header {
        origin: NodeId::from_bytes(row.get(1)?),
        incarnation: Incarnation(row.get(2)?),
        origin_seq: OriginSeq(seq(row, 3)?.0),
        prev: Chain(row.get(4)?),
        hlc: Hlc(seq(row, 5)?.0),
        actor: UserId::from_bytes(row.get(6)?),
        scope: scope(row, 7)?.ok_or_else(unknown)?,
        kind: EventKind(row.get(9)?),
        version: row.get(10)?,
        payload_hash: PayloadHash(row.get(11)?),
    };
    Ok(Stored { seq: seq(row, 0)?, at: time(row, 12)?, header, payload: row.get(13)? })
}

pub(crate) fn stored_after(
    tx: &ReadTx<'_>,
    cursor: Seq,
    limit: usize,
) -> Result<Vec<Stored>, DbError> {
    let limit = int(u64::try_from(limit).unwrap_or(u64::MAX >> 1));
    tx.rows(HEADERS_AFTER, params![seq_in(cursor), limit], stored)
}

/// Why the log is not what was written.
#[derive(Debug, thiserror::Error)]
pub enum VerifyError {
    /// An entry could not be read.
    #[error(transparent)]
    Database(#[from] DbError),
    /// An entry does not fit to the one before it.
    #[error("the log is broken at {seq}: {what}")]
    Broken {
        /// Where.
        seq: Seq,
        /// What is wrong.
        what: &'static str,
    },
}

/// Recomputes the chain of every origin after `from`, and says how many entries were checked. An
/// erased payload is fine; one that was changed is not.
///
/// # Errors
/// [`VerifyError::Broken`] at the first entry that was changed, lost or put in between.
pub fn verify(tx: &ReadTx<'_>, from: Seq) -> Result<u64, VerifyError> {
    let mut ends: HashMap<(NodeId, Incarnation), (OriginSeq, Chain)> = HashMap::new();
    let mut last = from;
    let mut checked = 0;
    loop {
        let entries = stored_after(tx, last, VERIFIED_AT_ONCE)?;
        if entries.is_empty() {
            return Ok(checked);
        }
        for Stored { seq, header, payload, .. } in entries {
            let broken = |what| Err(VerifyError::Broken { seq, what });
            if seq != last.next() {
                return broken("a place in the log is empty");
            }
            let end = ends.get(&(header.origin, header.incarnation));
            let first = from == Seq(0) && header.origin_seq == OriginSeq(1);
            match end {
                Some((place, _)) if header.origin_seq.0 != place.0 + 1 => {
                    return broken("a place in the origin's log is empty");
                }
                Some((_, chain)) if header.prev != *chain => return broken("the chain is cut"),
                None if first && header.prev != Chain::default() => {
                    return broken("the chain does not start at the beginning");
                }
                None if from == Seq(0) && !first => {
                    return broken("the beginning of the origin's log is missing");
                }
                _ => {}
            }
            let matches = |text: &String| PayloadHash::of(text.as_bytes()) == header.payload_hash;
            if !payload.as_ref().is_none_or(matches) {
                return broken("the payload was changed");
            }
            let origin = (header.origin, header.incarnation);
            ends.insert(origin, (header.origin_seq, header.chain()));
            last = seq;
            checked += 1;
        }
    }
}

/// Statements that run often; see `crate::plans`.
#[cfg(test)]
pub(crate) const HOT: &[&str] = &[AFTER, HEADERS_AFTER, LAST_OF_ORIGIN, PAYLOAD_HASH];

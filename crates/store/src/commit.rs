//! The only function that appends to the log.
//!
//! In one transaction an event gets its places (arrival and origin), its clock reading and its
//! link in the chain, becomes a row of `log`, and changes the projections. Numbers are taken from
//! the transaction's own tail and given back when it is undone, so the log has no holes.

use std::sync::Arc;

use hearth_domain::event::{Decided, Event, Scope};
use hearth_domain::id::{OriginSeq, Seq, UserId};
use hearth_domain::log::{Chain, Header, PAYLOAD_VERSION, PayloadHash, Stamp, encode_scope};
use hearth_domain::time::{Hlc, Timestamp};
use rusqlite::{Connection, OptionalExtension, params};

use crate::chat::project;
use crate::column::{int, seq_in, time_in};
use crate::error::DbError;
use crate::log;
use crate::open::Origin;
use crate::tx::WriteTx;

/// An event that is part of the log. It is durable once the write that made it returned, and is
/// handed to the subscriber only then.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Committed {
    /// Its place in this box's log.
    pub seq: Seq,
    /// When it was committed.
    pub at: Timestamp,
    /// Who may see it.
    pub scope: Scope,
    /// Who caused it.
    pub actor: UserId,
    /// What happened.
    pub event: Event,
    /// The event as JSON, encoded once: what the log stores and what sockets send.
    pub payload: Arc<str>,
}

/// The ends that the next event is joined to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Ends {
    pub(crate) seq: Seq,
    pub(crate) origin_seq: OriginSeq,
    pub(crate) hlc: Hlc,
    pub(crate) chain: Chain,
}

/// What the writer keeps between transactions.
#[derive(Debug)]
pub(crate) struct Tail {
    pub(crate) origin: Origin,
    pub(crate) origin_id: i64,
    pub(crate) ends: Ends,
    json: Vec<u8>,
}

impl Tail {
    /// Reads the ends from the log.
    pub(crate) fn read(
        conn: &Connection,
        origin_id: i64,
        origin: Origin,
    ) -> rusqlite::Result<Self> {
        let seq: Option<i64> = conn.query_row("SELECT max(seq) FROM log", [], |row| row.get(0))?;
        let hlc: Option<i64> = conn.query_row(
            "SELECT max((SELECT hlc FROM log l WHERE l.origin = o.id ORDER BY origin_seq DESC LIMIT 1))
             FROM origins o",
            [],
            |row| row.get(0),
        )?;
        let last = conn
            .query_row(log::LAST_OF_ORIGIN, [origin_id], |row| Ok(log::stored(row)?.header))
            .optional()?;
        let ends = Ends {
            seq: Seq(seq.map_or(0, i64::cast_unsigned)),
            origin_seq: last.map_or(OriginSeq(0), |header| header.origin_seq),
            hlc: Hlc(hlc.map_or(0, i64::cast_unsigned)),
            chain: last.map_or(Chain::default(), |header| header.chain()),
        };
        Ok(Self { origin, origin_id, ends, json: Vec::with_capacity(1_024) })
    }
}

/// An event's places, as projections need them.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place {
    pub(crate) seq: Seq,
    pub(crate) at: Timestamp,
    pub(crate) actor: UserId,
    pub(crate) stamp: Stamp,
}

impl WriteTx<'_> {
    /// Appends an event and applies it, at the time given with this write.
    ///
    /// # Errors
    /// [`DbError`] when a statement fails; the whole write is then undone.
    pub fn commit(&mut self, decided: Decided) -> Result<Arc<Committed>, DbError> {
        self.commit_at(decided, self.now())
    }

    /// Appends an event that is to look as if it happened at `at`: for imports and samples. The
    /// log's own order and clock still only move forward.
    ///
    /// # Errors
    /// As [`WriteTx::commit`].
    pub fn commit_at(
        &mut self,
        decided: Decided,
        at: Timestamp,
    ) -> Result<Arc<Committed>, DbError> {
        let Decided { actor, scope, event } = decided;
        let mut json = std::mem::take(&mut self.tail.json);
        json.clear();
        let encoded = serde_json::to_writer(&mut json, &event).map_err(DbError::from);
        let text = std::str::from_utf8(&json).unwrap_or_default();
        let payload: Arc<str> = text.into();
        self.tail.json = json;
        encoded?;

        let header = self.next_header((actor, scope), &event, payload.as_bytes(), at);
        let seq = self.tail.ends.seq.next();
        self.insert(seq, at, &header, &payload)?;
        let chain = header.chain();
        self.tail.ends = Ends { seq, origin_seq: header.origin_seq, hlc: header.hlc, chain };
        let place = Place { seq, at, actor, stamp: header.stamp() };
        project::apply(self, &place, &event)?;
        let committed = Arc::new(Committed { seq, at, scope, actor, event, payload });
        self.commits.push(Arc::clone(&committed));
        Ok(committed)
    }

    fn next_header(
        &self,
        (actor, scope): (UserId, Scope),
        event: &Event,
        payload: &[u8],
        at: Timestamp,
    ) -> Header {
        let Tail { origin, ends, .. } = &*self.tail;
        Header {
            origin: origin.node,
            incarnation: origin.incarnation,
            origin_seq: OriginSeq(ends.origin_seq.0 + 1),
            prev: ends.chain,
            hlc: ends.hlc.tick(at),
            actor,
            scope,
            kind: event.kind(),
            version: PAYLOAD_VERSION,
            payload_hash: PayloadHash::of(payload),
        }
    }

    fn insert(
        &mut self,
        seq: Seq,
        at: Timestamp,
        header: &Header,
        payload: &str,
    ) -> Result<(), DbError> {
        let (scope, scope_id) = encode_scope(header.scope);
        let origin = self.tail.origin_id;
        self.execute(
            "INSERT INTO log (seq, origin, origin_seq, prev, hlc, at, actor, scope, scope_id,
                              kind, version, payload_hash, payload)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)",
            params![
                seq_in(seq),
                origin,
                int(header.origin_seq.0),
                header.prev.0,
                int(header.hlc.0),
                time_in(at),
                header.actor.as_bytes(),
                scope,
                scope_id,
                header.kind.0,
                header.version,
                header.payload_hash.0,
                payload,
            ],
        )?;
        Ok(())
    }
}

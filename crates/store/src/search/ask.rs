//! Proposes messages for a query, newest first, in bounded steps.

use std::collections::HashMap;
use std::rc::Rc;
use std::time::Instant;

use hearth_domain::id::{ChannelId, MessageId, Seq, UserId};
use hearth_domain::permit::Readable;
use rusqlite::types::Value;
use rusqlite::{Connection, params};

use super::index::SPAN_PLACES;
use super::words::{self, quoted};
use super::{Ask, Hit, SEARCH_TIME_MAX, contents};
use crate::column::{int, record_or_default, seq, seq_in, time, time_in, time_opt};
use crate::error::DbError;
use crate::file::Blobs;
use crate::follower::is_damage;
use crate::tx::ReadTx;

/// Places of the log that are searched between two looks at the clock.
const STRETCH_PLACES: u64 = 1_000_000;
/// Where a person can read at most one in so many messages, their channels are looked up as words.
const RARE_SHARE: i64 = 8;
/// Channels that are looked up as words.
const CHANNELS_ASKED_MAX: usize = 64;

/// Where hits come from.
pub(super) struct From<'s, 'c> {
    pub(super) tx: &'s ReadTx<'c>,
    pub(super) index: Option<&'s Connection>,
    pub(super) blobs: &'s Blobs,
}

/// Messages that fit as far as the index knows, and may be read, newest first.
pub struct Hits<'s, 'c> {
    tx: &'s ReadTx<'c>,
    index: Option<&'s Connection>,
    blobs: &'s Blobs,
    readable: &'s Readable,
    ask: &'s Ask,
    plan: Plan,
    /// Everything at or above this place was looked at.
    below: Seq,
    begun: Instant,
    damaged: bool,
}

/// How the index is asked.
#[derive(Default)]
struct Plan {
    expression: String,
    /// The channels that may be read, by their numbers in the index.
    channels: HashMap<i64, ChannelId>,
    /// The lowest place that can fit.
    lowest: Seq,
}

impl<'s, 'c> Hits<'s, 'c> {
    pub(super) fn new(
        From { tx, index, blobs }: From<'s, 'c>,
        (readable, ask): (&'s Readable, &'s Ask),
    ) -> Result<Self, DbError> {
        let below = ask.below.unwrap_or(Seq(u64::MAX >> 1));
        let plan = Plan::default();
        let begun = Instant::now();
        let damaged = false;
        let mut hits = Self { tx, index, blobs, readable, ask, plan, below, begun, damaged };
        if let Some(index) = index {
            let planned = hits.plan(index);
            hits.checked(planned)?;
        }
        Ok(hits)
    }

    /// The next messages, about `limit` of them or fewer; none when there are no more, or when the
    /// time for one search is over.
    ///
    /// # Errors
    /// [`DbError`] when a statement fails.
    pub fn next(&mut self, limit: usize) -> Result<Vec<Hit>, DbError> {
        let Some(index) = self.index else { return Ok(Vec::new()) };
        while !self.is_over() && !self.is_late() {
            let proposed = self.propose(index, limit);
            let proposed = self.checked(proposed)?;
            if !proposed.is_empty() {
                return self.read(&proposed);
            }
        }
        Ok(Vec::new())
    }

    /// Where another search goes on; nothing when all was looked at.
    #[must_use]
    pub fn rest(&self) -> Option<Seq> {
        (!self.is_over()).then_some(self.below)
    }

    /// Whether the time for one search is over.
    #[must_use]
    pub fn is_late(&self) -> bool {
        self.begun.elapsed() > SEARCH_TIME_MAX
    }

    /// The texts in the files of a message that may be read, each with the place of its file. They
    /// are read as they are asked for.
    pub fn texts<'h>(&'h self, hit: &'h Hit) -> impl Iterator<Item = (usize, String)> + 'h {
        // The index has told the operator already.
        let failed = |blob, error| tracing::debug!(%blob, %error, "a file can't be searched");
        contents::texts(self.blobs, &hit.files, failed)
    }

    pub(super) const fn met_damage(&self) -> bool {
        self.damaged
    }

    fn is_over(&self) -> bool {
        self.index.is_none() || self.plan.channels.is_empty() || self.below <= self.plan.lowest
    }

    /// Makes a damaged index an empty one: it is built anew, and people go on.
    fn checked<T: Default>(&mut self, done: Result<T, DbError>) -> Result<T, DbError> {
        match done {
            Err(DbError::Statement { source, .. }) if is_damage(&source) => {
                self.damaged = true;
                self.index = None;
                Ok(T::default())
            }
            done => done,
        }
    }

    fn plan(&mut self, index: &Connection) -> Result<(), DbError> {
        const CHANNELS: &str = "SELECT number, id, docs FROM channels";
        let (mut all, mut mine) = (0, 0);
        let mut channels = HashMap::new();
        rows(index, CHANNELS, [], |row| {
            let (number, id, docs): (i64, _, i64) = (row.get(0)?, row.get(1)?, row.get(2)?);
            let id = ChannelId::from_bytes(id);
            all += docs;
            if self.readable.has(id) {
                mine += docs;
                channels.insert(number, id);
            }
            Ok(())
        })?;
        let rare = mine.saturating_mul(RARE_SHARE) <= all && channels.len() <= CHANNELS_ASKED_MAX;
        let numbers = channels.keys().filter(|_| rare).copied();
        self.plan.expression = expression(self.ask, numbers);
        self.plan.channels = channels;
        self.bound(index)
    }

    /// Passes over the parts of the log that are too old or too new.
    fn bound(&mut self, index: &Connection) -> Result<(), DbError> {
        const EARLY_ENOUGH: &str = "SELECT max(span) FROM spans WHERE at_min < ?1";
        const LATE_ENOUGH: &str = "SELECT min(span) FROM spans WHERE at_max >= ?1";
        let span = |sql, at| {
            let found = rows(index, sql, [time_in(at)], |row| row.get::<_, Option<i64>>(0))?;
            Ok::<_, DbError>(found.into_iter().flatten().next().map(i64::cast_unsigned))
        };
        if let Some(before) = self.ask.before {
            let end = span(EARLY_ENOUGH, before)?.map_or(0, |span| (span + 1) * SPAN_PLACES);
            self.below = self.below.min(Seq(end));
        }
        if let Some(since) = self.ask.since {
            self.plan.lowest = match span(LATE_ENOUGH, since)? {
                Some(span) => Seq(span * SPAN_PLACES),
                None => self.below,
            };
        }
        const LAST: &str = "SELECT max(seq) FROM docs";
        let last = rows(index, LAST, [], |row| row.get::<_, Option<i64>>(0))?;
        let last = last.into_iter().flatten().next().map_or(0, i64::cast_unsigned);
        self.below = self.below.min(Seq(last + 1));
        Ok(())
    }

    /// Places of messages that fit, from one stretch of the log.
    fn propose(&mut self, index: &Connection, limit: usize) -> Result<Vec<Seq>, DbError> {
        const FITTING: &str = "
            SELECT w.rowid, d.channel, d.at FROM words w CROSS JOIN docs d ON d.seq = w.rowid
            WHERE words MATCH ?1 AND w.rowid < ?2 AND w.rowid >= ?3 ORDER BY w.rowid DESC";
        let start = self.below.0.saturating_sub(STRETCH_PLACES).max(self.plan.lowest.0);
        let key = params![self.plan.expression, seq_in(self.below), int(start)];
        let mut proposed = Vec::new();
        let mut look = || -> rusqlite::Result<bool> {
            let mut statement = index.prepare_cached(FITTING)?;
            let mut found = statement.query(key)?;
            let mut looked_at: u32 = 0;
            while let Some(row) = found.next()? {
                let (place, channel) = (seq(row, 0)?, row.get(1)?);
                let at = time(row, 2)?;
                self.below = place;
                let in_time = self.ask.since.is_none_or(|since| at >= since)
                    && self.ask.before.is_none_or(|before| at < before);
                if in_time && self.plan.channels.contains_key(&channel) {
                    proposed.push(place);
                }
                looked_at += 1;
                let tired =
                    looked_at.is_multiple_of(1_024) && self.begun.elapsed() > SEARCH_TIME_MAX;
                if proposed.len() >= limit || tired {
                    return Ok(false);
                }
            }
            Ok(true)
        };
        let through = look().map_err(|source| DbError::Statement { sql: FITTING, source })?;
        if through {
            self.below = Seq(start);
        }
        Ok(proposed)
    }

    /// The messages at these places as they are now, unless they may not be read.
    fn read(&self, places: &[Seq]) -> Result<Vec<Hit>, DbError> {
        let wanted =
            Rc::new(places.iter().map(|seq| Value::Integer(seq_in(*seq))).collect::<Vec<_>>());
        let hits = self.tx.rows(AT_PLACES, [wanted], |row| {
            let root: Option<[u8; 16]> = row.get(3)?;
            Ok(Hit {
                seq: seq(row, 0)?,
                id: MessageId::from_bytes(row.get(1)?),
                channel: ChannelId::from_bytes(row.get(2)?),
                root: root.map(MessageId::from_bytes),
                author: UserId::from_bytes(row.get(4)?),
                created_at: time(row, 5)?,
                edited_at: time_opt(row, 6)?,
                text: row.get(7)?,
                files: record_or_default(row, 8)?,
            })
        })?;
        Ok(hits.into_iter().filter(|hit| self.readable.has(hit.channel)).collect())
    }
}

const AT_PLACES: &str = "
    SELECT seq, id, channel, root, author, created_at, edited_at, text, files
    FROM messages
    WHERE seq IN (SELECT value FROM rarray(?1)) AND text IS NOT NULL ORDER BY seq DESC";

/// A query of FTS5. `channels` are the only ones looked into; all are where there are none.
fn expression(ask: &Ask, channels: impl Iterator<Item = i64>) -> String {
    let mut wanted: Vec<String> = Vec::new();
    let mut unwanted: Vec<String> = Vec::new();
    for term in &ask.terms {
        if term.negated {
            unwanted.extend(words::unwanted(term));
        } else {
            wanted.push(words::wanted(term));
        }
    }
    for of in &ask.traits {
        let token = quoted(&words::of_trait(of.what));
        if of.negated { unwanted.push(token) } else { wanted.push(token) }
    }
    let mut authors = Vec::new();
    for author in &ask.from {
        let token = quoted(&words::of_author(author.what));
        if author.negated { unwanted.push(token) } else { authors.push(token) }
    }
    let channels: Vec<String> = channels.map(|number| quoted(&words::of_channel(number))).collect();
    for one_of in [authors, channels] {
        if !one_of.is_empty() {
            wanted.push(format!("({})", one_of.join(" OR ")));
        }
    }
    if wanted.is_empty() {
        wanted.push(quoted(&words::any()));
    }
    let wanted = wanted.join(" AND ");
    match unwanted.is_empty() {
        true => wanted,
        false => format!("({wanted}) NOT ({})", unwanted.join(" OR ")),
    }
}

fn rows<T>(
    conn: &Connection,
    sql: &'static str,
    params: impl rusqlite::Params,
    read: impl FnMut(&rusqlite::Row<'_>) -> rusqlite::Result<T>,
) -> Result<Vec<T>, DbError> {
    let run = || conn.prepare_cached(sql)?.query_map(params, read)?.collect::<Result<Vec<T>, _>>();
    run().map_err(|source| DbError::Statement { sql, source })
}

/// Statements that run often; see `crate::plans`.
#[cfg(test)]
pub(crate) const HOT: &[&str] = &[AT_PLACES];

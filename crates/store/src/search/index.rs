//! The projection: which messages a part of the log concerns, and what the index holds of each.
//!
//! A message is indexed with the names of its files and the text in them. It is always indexed as it is in the snapshot that the part was read from, so repeating a
//! part, or meeting an edit before its message, changes nothing. Messages are written in the order
//! of their places, which is what FTS5 is fast at.

use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;

use hearth_domain::event::{Event, EventKind};
use hearth_domain::file::{Attachment, FileKind};
use hearth_domain::id::{ChannelId, MessageId, Seq, UserId};
use hearth_domain::search::Trait;
use hearth_domain::time::Timestamp;
use rusqlite::types::Value;
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::{contents, words};
use crate::column::{record_or_default, seq, seq_in, time, time_in};
use crate::error::DbError;
use crate::file::Blobs;
use crate::follower::{Projection, Trouble};
use crate::log::Entry;
use crate::tx::ReadTx;

const POSTED: EventKind = EventKind(50);
/// Places in one span: the smallest part of the index that a date can pass over.
pub(super) const SPAN_PLACES: u64 = 4_096;

/// The index of messages.
pub(super) struct Index {
    /// What was built before this thread began.
    built: Seq,
    /// The end of the first snapshot that it read.
    known: Option<Seq>,
    blobs: Blobs,
    channels: HashMap<ChannelId, i64>,
    tokens: String,
}

/// A message as the index sees it.
struct Doc {
    channel: ChannelId,
    author: UserId,
    created_at: Timestamp,
    traits: Vec<Trait>,
    /// Nothing once deleted.
    text: Option<String>,
    files: Vec<Attachment>,
}

impl Projection for Index {
    const NAME: &'static str = "search";
    const VERSION: i64 = 2;
    const SCHEMA: &'static str = "
        -- Contentless: the index can't give a text back. Without positions it is smaller and faster;
        -- whether words stand in a row is decided on the text.
        CREATE VIRTUAL TABLE words USING fts5 (
          tokens, content = '', contentless_delete = 1, detail = none, tokenize = 'ascii'
        );
        -- Every message in the index: what a query is filtered by.
        CREATE TABLE docs (
          seq     INTEGER PRIMARY KEY,
          channel INTEGER NOT NULL,
          at      INTEGER NOT NULL
        ) STRICT;
        CREATE TABLE channels (
          number INTEGER PRIMARY KEY,
          id     BLOB NOT NULL UNIQUE,
          docs   INTEGER NOT NULL DEFAULT 0
        ) STRICT;
        -- When the messages of each 4,096 places were written.
        CREATE TABLE spans (
          span   INTEGER PRIMARY KEY,
          at_min INTEGER NOT NULL,
          at_max INTEGER NOT NULL
        ) STRICT;";

    fn apply(
        &mut self,
        part: &[Entry],
        now: &ReadTx<'_>,
        file: &Connection,
    ) -> Result<(), Trouble> {
        let known = match self.known {
            Some(known) => known,
            None => *self.known.insert(now.head()?),
        };
        for (seq, doc) in self.concerned(part, known, now)? {
            self.put(seq, &doc, file)?;
        }
        Ok(())
    }
}

impl Index {
    /// Begins with a file that is built up to a place.
    pub(super) fn begin(built: Seq, blobs: Blobs) -> Self {
        Self { built, known: None, blobs, channels: HashMap::new(), tokens: String::new() }
    }

    /// The messages that a part of the log says something about, by their places.
    fn concerned(
        &self,
        part: &[Entry],
        known: Seq,
        now: &ReadTx<'_>,
    ) -> Result<BTreeMap<Seq, Doc>, DbError> {
        let mut docs = BTreeMap::new();
        let mut changed: Vec<MessageId> = Vec::new();
        let mut posted: Option<(Seq, Seq)> = None;
        for entry in part {
            if entry.kind == POSTED {
                let first = posted.map_or(entry.seq, |(first, _)| first);
                posted = Some((first, entry.seq));
            } else if let Some(message) = entry.payload.as_deref().and_then(changes) {
                changed.push(message);
            }
        }
        if let Some((first, last)) = posted {
            let read = now.rows(POSTED_BETWEEN, params![seq_in(first), seq_in(last)], doc)?;
            for (seq, root, doc) in read {
                changed.extend(root);
                docs.insert(seq, doc);
            }
        }
        changed.sort_unstable();
        changed.dedup();
        let ids: Vec<Value> =
            changed.iter().map(|id| Value::Blob(id.as_bytes().to_vec())).collect();
        let last = part.last().map_or(Seq(0), |entry| entry.seq);
        for (seq, _, doc) in now.rows(BY_ID, [Rc::new(ids)], doc)? {
            // While the index is built anew, a message was read when all this had happened.
            let seen = seq > self.built && seq <= last && last <= known;
            if !seen {
                docs.insert(seq, doc);
            }
        }
        Ok(docs)
    }

    fn put(&mut self, seq: Seq, doc: &Doc, file: &Connection) -> rusqlite::Result<()> {
        let channel = self.channel(doc.channel, file)?;
        let Some(text) = &doc.text else { return remove(seq, file) };
        let mut tokens = std::mem::take(&mut self.tokens);
        tokens.clear();
        tokens.push_str(&words::any());
        for token in [words::of_channel(channel), words::of_author(doc.author)]
            .into_iter()
            .chain(doc.traits.iter().map(|of| words::of_trait(*of)))
        {
            tokens.push(' ');
            tokens.push_str(&token);
        }
        words::write(text, &mut tokens);
        for file in &doc.files {
            words::write(file.name.as_str(), &mut tokens);
        }
        let failed = |blob, error| tracing::warn!(%blob, %error, "a file can't be searched");
        for (_, text) in contents::texts(&self.blobs, &doc.files, failed) {
            words::write(&text, &mut tokens);
        }
        file.prepare_cached("INSERT OR REPLACE INTO words (rowid, tokens) VALUES (?1, ?2)")?
            .execute(params![seq_in(seq), tokens])?;
        self.tokens = tokens;
        let at = time_in(doc.created_at);
        let fresh = file
            .prepare_cached("INSERT OR IGNORE INTO docs (seq, channel, at) VALUES (?1, ?2, ?3)")?
            .execute(params![seq_in(seq), channel, at])?;
        if fresh > 0 {
            file.prepare_cached("UPDATE channels SET docs = docs + 1 WHERE number = ?1")?
                .execute([channel])?;
            file.prepare_cached(
                "INSERT INTO spans (span, at_min, at_max) VALUES (?1, ?2, ?2)
                 ON CONFLICT (span) DO UPDATE SET at_min = min(at_min, excluded.at_min),
                   at_max = max(at_max, excluded.at_max)",
            )?
            .execute(params![seq_in(Seq(seq.0 / SPAN_PLACES)), at])?;
        }
        Ok(())
    }

    /// The number of a channel in the index.
    fn channel(&mut self, id: ChannelId, file: &Connection) -> rusqlite::Result<i64> {
        if let Some(number) = self.channels.get(&id) {
            return Ok(*number);
        }
        file.prepare_cached("INSERT OR IGNORE INTO channels (id) VALUES (?1)")?
            .execute([id.as_bytes()])?;
        let number = file
            .prepare_cached("SELECT number FROM channels WHERE id = ?1")?
            .query_row([id.as_bytes()], |row| row.get(0))?;
        self.channels.insert(id, number);
        Ok(number)
    }
}

fn remove(seq: Seq, file: &Connection) -> rusqlite::Result<()> {
    let channel: Option<i64> = file
        .prepare_cached("DELETE FROM docs WHERE seq = ?1 RETURNING channel")?
        .query_row([seq_in(seq)], |row| row.get(0))
        .optional()?;
    if let Some(channel) = channel {
        file.prepare_cached("DELETE FROM words WHERE rowid = ?1")?.execute([seq_in(seq)])?;
        file.prepare_cached("UPDATE channels SET docs = docs - 1 WHERE number = ?1")?
            .execute([channel])?;
    }
    Ok(())
}

/// The message that an event changes for the index, if it does.
fn changes(payload: &str) -> Option<MessageId> {
    // An event of a kind that this build does not know changes nothing that it knows.
    match serde_json::from_str(payload).ok()? {
        Event::MessageEdited { message, .. }
        | Event::MessageDeleted { message, .. }
        | Event::ReactionSet { message, .. }
        | Event::PinSet { message, .. } => Some(message),
        _ => None,
    }
}

macro_rules! docs_where {
    ($rest:literal) => {
        concat!(
            "SELECT m.seq, m.root, m.channel, m.author, m.created_at, m.edited_at IS NOT NULL,
               EXISTS (SELECT 1 FROM reactions r WHERE r.message = m.id AND r.present = 1),
               EXISTS (SELECT 1 FROM pins p WHERE p.message = m.id AND p.pinned = 1),
               EXISTS (SELECT 1 FROM messages a WHERE a.root = m.id),
               m.text, m.files
             FROM messages m WHERE ",
            $rest
        )
    };
}

const POSTED_BETWEEN: &str = docs_where!("m.seq BETWEEN ?1 AND ?2 ORDER BY m.seq");
const BY_ID: &str = docs_where!("m.id IN (SELECT value FROM rarray(?1))");

fn doc(row: &Row<'_>) -> rusqlite::Result<(Seq, Option<MessageId>, Doc)> {
    let root: Option<[u8; 16]> = row.get(1)?;
    let text: Option<String> = row.get(9)?;
    let files: Vec<Attachment> = record_or_default(row, 10)?;
    let mut traits: Vec<Trait> = text.as_deref().map(written).unwrap_or_default();
    let seen = [
        (row.get(5)?, Trait::Edited),
        (row.get(6)?, Trait::Reaction),
        (row.get(7)?, Trait::Pinned),
        (root.is_some() || row.get(8)?, Trait::Thread),
        (!files.is_empty(), Trait::File),
        (files.iter().any(|file| file.kind == FileKind::Picture), Trait::Image),
    ];
    traits.extend(seen.into_iter().filter(|(there, _)| *there).map(|(_, of)| of));
    let doc = Doc {
        channel: ChannelId::from_bytes(row.get(2)?),
        author: UserId::from_bytes(row.get(3)?),
        created_at: time(row, 4)?,
        traits,
        text,
        files,
    };
    Ok((seq(row, 0)?, root.map(MessageId::from_bytes), doc))
}

/// What a text has in it.
fn written(text: &str) -> Vec<Trait> {
    let link = ["http://", "https://", "www."].iter().any(|start| text.contains(start));
    let traits = [(link, Trait::Link), (text.contains('`'), Trait::Code)];
    traits.into_iter().filter(|(there, _)| *there).map(|(_, of)| of).collect()
}

/// Statements that run often; see `crate::plans`.
#[cfg(test)]
pub(crate) const HOT: &[&str] = &[POSTED_BETWEEN, BY_ID];

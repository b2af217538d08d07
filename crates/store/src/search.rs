//! Full-text search: an index of all messages that follows the log.
//!
//! The index lies in a file of its own (`search.db`) and is built by a [follower](crate::follower),
//! so sending a message never waits for it; what was just written is found a moment later. It holds
//! no text: for each message the words, single Chinese characters and pairs of neighbouring ones in
//! it, in the names of its files and in the text in them, who wrote it, where, and what it has. A phrase becomes the pairs it is made of, and whether
//! they really stand in a row is decided on the message itself ([`Hits::next`] returns it as it is
//! now), so nothing is ever shown that was edited away, deleted, or is out of the asker's reach.
//!
//! Messages are proposed newest first and only as many as asked for, so that a word in every
//! message costs no more than a rare one. See ADR 0012 for the figures.

mod ask;
mod contents;
mod index;
mod words;

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use hearth_domain::file::Attachment;
use hearth_domain::id::{ChannelId, MessageId, Seq, UserId};
use hearth_domain::permit::Readable;
use hearth_domain::search::{Sign, Term, Trait};
use hearth_domain::time::Timestamp;
use rusqlite::Connection;

use crate::Store;
use crate::error::DbError;
use crate::follower::{Follower, Line, is_damage};
use crate::open;
use crate::tx::ReadTx;

pub use ask::Hits;

#[cfg(test)]
pub(crate) use {ask::HOT as HOT_ASK, index::HOT as HOT_INDEX};

/// Searches that keep a connection to the index.
const IDLE_CONNECTIONS_MAX: usize = 2;
/// How long one search may look before it says how far it came.
pub const SEARCH_TIME_MAX: Duration = Duration::from_millis(100);

/// What to propose. Everything that is set has to be true of a message.
#[derive(Clone, Debug, Default)]
pub struct Ask {
    /// Words and phrases.
    pub terms: Vec<Term>,
    /// Who wrote it: one of those that are not negated.
    pub from: Vec<Sign<UserId>>,
    /// What it has or is.
    pub traits: Vec<Sign<Trait>>,
    /// Written at this time or later.
    pub since: Option<Timestamp>,
    /// Written before this time.
    pub before: Option<Timestamp>,
    /// Only messages before this place; all if absent.
    pub below: Option<Seq>,
}

/// A message that the index proposed, as it is now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hit {
    /// Its place.
    pub seq: Seq,
    /// Which.
    pub id: MessageId,
    /// Its conversation, which the asker may read.
    pub channel: ChannelId,
    /// The thread it answers in.
    pub root: Option<MessageId>,
    /// Who wrote it.
    pub author: UserId,
    /// When.
    pub created_at: Timestamp,
    /// When its text last changed.
    pub edited_at: Option<Timestamp>,
    /// Markdown source.
    pub text: String,
    /// What hangs on it.
    pub files: Vec<Attachment>,
}

/// How far the index is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Built up to this place.
    pub upto: Seq,
    /// The end of the log.
    pub head: Seq,
}

impl Progress {
    /// Events that are not in the index yet.
    #[must_use]
    pub const fn behind(&self) -> u64 {
        self.head.0.saturating_sub(self.upto.0)
    }
}

/// The index and the thread that builds it. Clones are handles to the same one.
#[derive(Clone)]
pub struct Search {
    path: Arc<PathBuf>,
    store: Store,
    follower: Arc<Follower>,
    idle: Arc<Mutex<Idle>>,
}

/// Connections to the index, all to the same file.
#[derive(Default)]
struct Idle {
    file: u64,
    connections: Vec<Connection>,
}

impl Search {
    /// Starts to build or go on building the index in `path`, which is made if it is not there.
    ///
    /// # Errors
    /// When no thread can be started. Trouble with the file is met later, and repaired.
    pub fn start(store: &Store, path: impl Into<PathBuf>) -> std::io::Result<Self> {
        let search = Self::prepare(store, path);
        search.begin()?;
        Ok(search)
    }

    /// The index in `path`, which rests until [`Search::begin`]: nothing is found in it before.
    #[must_use]
    pub fn prepare(store: &Store, path: impl Into<PathBuf>) -> Self {
        let path: PathBuf = path.into();
        let with = (Arc::clone(&store.readers), Arc::clone(&store.shared));
        let blobs = store.blobs().clone();
        let begin = move |upto| index::Index::begin(upto, blobs.clone());
        let follower = Follower::prepare(path.clone(), store.origin, with, begin);
        Self {
            path: Arc::new(path),
            store: store.clone(),
            follower: Arc::new(follower),
            idle: Arc::default(),
        }
    }

    /// Starts to build; a second time changes nothing.
    ///
    /// # Errors
    /// When no thread can be started.
    pub fn begin(&self) -> std::io::Result<()> {
        self.follower.begin()
    }

    /// How often a damaged index was thrown away and built anew since this was made.
    #[must_use]
    pub fn repairs(&self) -> u64 {
        self.line().repairs()
    }

    /// How far the index is.
    #[must_use]
    pub fn progress(&self) -> Progress {
        Progress { upto: self.line().upto(), head: self.store.head() }
    }

    /// Throws the index away and builds it anew, while everything else goes on.
    pub fn rebuild(&self) {
        self.line().ask_for_another();
    }

    /// Stops building. Call it before the store is closed.
    pub fn close(&self) {
        self.follower.close();
    }

    fn line(&self) -> &Line {
        self.follower.line()
    }

    /// Looks for messages among those that may be read. `tx` is the snapshot in which that was
    /// found out; the messages are read from it too. While the index is being made there is
    /// nothing to be found, see [`Search::progress`].
    ///
    /// # Errors
    /// What `work` returned, or [`DbError`] when a statement fails. An index that turns out to be
    /// damaged is built anew.
    pub fn look<T, E: From<DbError>>(
        &self,
        tx: &ReadTx<'_>,
        (readable, ask): (&Readable, &Ask),
        work: impl FnOnce(&mut Hits<'_, '_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let (conn, file) = self.take();
        let from = ask::From { tx, index: conn.as_ref(), blobs: self.store.blobs() };
        let done = Hits::new(from, (readable, ask)).map_err(E::from).and_then(|mut hits| {
            let done = work(&mut hits);
            if hits.met_damage() {
                self.line().report_damage();
            }
            done
        });
        if let Some(conn) = conn {
            self.put_back(conn, file);
        }
        done
    }

    /// A connection to the present file; nothing while there is none.
    fn take(&self) -> (Option<Connection>, u64) {
        let file = self.line().file();
        {
            let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
            if idle.file != file {
                *idle = Idle { file, connections: Vec::new() };
            }
            if let Some(conn) = idle.connections.pop() {
                return (Some(conn), file);
            }
        }
        if file == 0 {
            return (None, file);
        }
        match open::reading_connection(&self.path) {
            Ok(conn) => (Some(conn), file),
            Err(error) => {
                if is_damage(&error) {
                    self.line().report_damage();
                }
                tracing::debug!(%error, "the search index can't be opened now");
                (None, file)
            }
        }
    }

    fn put_back(&self, conn: Connection, file: u64) {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        if idle.file == file && idle.connections.len() < IDLE_CONNECTIONS_MAX {
            idle.connections.push(conn);
        }
    }
}

//! Hearth's memory: SQLite in one file, one thread that writes, several connections that read.
//!
//! Promises, each with a test:
//!
//! - A write that returned `Ok` is on the disk (WAL, `synchronous=FULL`); one that returned `Err`
//!   left nothing behind.
//! - Everything that happens goes through [`WriteTx::commit`]: one transaction appends the event to
//!   the log and applies it to the tables that are read. `seq` has no holes.
//! - Events reach the one subscriber in order of `seq`, after they are durable and before the
//!   writer's caller hears of it.
//! - After a failed fsync nothing more is acknowledged; a full disk loses nothing and passes.
//!
//! This crate decides nothing: rules live in `hearth_domain::decide`, and a function that shows the
//! content of a channel asks for a proof of permission.

#![warn(missing_docs)]

mod checkpoint;
mod column;
mod files;
mod follower;
mod migrate;
#[cfg(test)]
mod plans;
mod priority;
mod reader;
mod shared;
mod tx;
mod writer;

pub mod account;
pub mod audit;
pub mod backup;
pub mod chat;
pub mod commit;
pub mod error;
pub mod file;
pub mod integrations;
pub mod journal;
pub mod log;
pub mod machine;
pub mod open;
pub mod pages;
pub mod search;
pub mod storage;

use std::sync::{Arc, Mutex, PoisonError};

use hearth_domain::id::Seq;
use hearth_domain::time::Timestamp;
use tokio::sync::{mpsc, oneshot, watch};

pub use commit::Committed;
pub use error::{DbError, Failure, OpenError, ReadError, WriteError};
pub use file::Blobs;
pub use open::{Origin, StoreOptions};
pub use priority::yield_to_others;
pub use shared::Check;
pub use tx::{ReadTx, WriteTx};

/// The schema of the database that this build knows: how many migrations it has.
pub const SCHEMA: u32 = migrate::KNOWN;

use checkpoint::{Checkpointer, Wal};
use commit::Tail;
use reader::Readers;
use shared::Shared;
use writer::{Gauges, Message, Pending, Writer};

/// Batches of events that may wait for the subscriber before the writer waits for it.
const COMMITS_QUEUE_BATCHES_MAX: usize = 64;

/// An open database. Clones are handles to the same one.
#[derive(Clone)]
pub struct Store {
    queue: mpsc::Sender<Message>,
    readers: Arc<Readers>,
    shared: Arc<Shared>,
    origin: Origin,
    blobs: Blobs,
    wal: Arc<Wal>,
    thread: Arc<Mutex<Option<std::thread::JoinHandle<()>>>>,
}

/// A write that has its place in the queue.
#[derive(Debug)]
pub struct Queued<T, E>(oneshot::Receiver<Result<T, WriteError<E>>>);

impl<T, E> Queued<T, E> {
    /// Waits until what the closure did is on the disk.
    ///
    /// # Errors
    /// As [`Store::write`].
    pub async fn done(self) -> Result<T, WriteError<E>> {
        self.0.await.unwrap_or(Err(WriteError::Unavailable))
    }
}

impl Store {
    /// Opens the database, or makes it: checks it after an unclean stop, migrates it, and starts
    /// the writer. Blocks for as long as the disk takes; call it before serving.
    ///
    /// # Errors
    /// [`OpenError`], by what the operator should do.
    pub fn open(options: &StoreOptions) -> Result<Self, OpenError> {
        let path = &options.path;
        let of = |source| OpenError::of(path, source);
        let mut opened = open::open(options)?;
        let tail = Tail::read(&opened.conn, opened.origin_id, opened.origin).map_err(of)?;
        let shared = Arc::new(Shared::new(tail.ends.seq));
        shared.note_check(opened.check);
        let checkpointer = Checkpointer::start(path, &mut opened.conn).map_err(of)?;
        let wal = checkpointer.wal();
        let (queue, jobs) = mpsc::channel(options.queue_jobs_max.max(1));
        let writer = Writer {
            conn: opened.conn,
            lock: opened.lock,
            tail,
            queue: jobs,
            shared: Arc::clone(&shared),
            checkpointer,
            gauges: Gauges::new(),
        };
        let failed = |source| OpenError::File { doing: "serving", path: path.clone(), source };
        let thread = std::thread::Builder::new()
            .name("hearth-writer".to_owned())
            .spawn(move || writer.run())
            .map_err(failed)?;
        if opened.check == Check::Running {
            check_in_background(path.clone(), Arc::clone(&shared)).map_err(failed)?;
        }
        let readers = Arc::new(Readers::new(path.clone(), options.reader_count));
        let thread = Arc::new(Mutex::new(Some(thread)));
        let (origin, blobs) = (opened.origin, Blobs::beside(path));
        Ok(Self { queue, readers, shared, origin, blobs, wal, thread })
    }

    /// Runs a closure in the transaction that writes, and returns when what it did is on the disk.
    /// `now` is the time its events get.
    ///
    /// The closure runs on the writer's thread, where everybody waits for it: no input or output,
    /// nothing slow. It may run beside others in one transaction and sees what they did.
    ///
    /// # Errors
    /// [`WriteError::Refused`] with what the closure returned; the other variants when the
    /// database refused. Nothing of the closure's work is kept in any of them.
    pub async fn write<T, E, F>(&self, now: Timestamp, work: F) -> Result<T, WriteError<E>>
    where
        F: FnOnce(&mut WriteTx<'_>) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: Send + 'static,
    {
        self.enqueue(now, work).await?.done().await
    }

    /// As [`Store::write`], but returns when the closure has its place in the writer's queue.
    /// Closures run in the order of their places.
    ///
    /// # Errors
    /// [`WriteError::Unavailable`] when the store is closed; others are told by [`Queued::done`].
    pub async fn enqueue<T, E, F>(
        &self,
        now: Timestamp,
        work: F,
    ) -> Result<Queued<T, E>, WriteError<E>>
    where
        F: FnOnce(&mut WriteTx<'_>) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        let job = Message::Job(Box::new(Pending::new(now, work, reply)));
        self.queue.send(job).await.map_err(|_| WriteError::Unavailable)?;
        Ok(Queued(answer))
    }

    /// Runs a closure on a consistent snapshot that holds every write acknowledged before.
    ///
    /// # Errors
    /// [`ReadError::Refused`] with what the closure returned, [`ReadError::Unavailable`] when the
    /// store is closed or the file can't be read.
    pub async fn read<T, E, F>(&self, work: F) -> Result<T, ReadError<E>>
    where
        F: FnOnce(&ReadTx<'_>) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: Send + 'static,
    {
        Arc::clone(&self.readers).read(work).await
    }

    /// The stream of everything committed from now on, in order, as one vector per commit. There
    /// is one subscriber: a second call returns nothing.
    ///
    /// The writer waits when 64 batches are not taken, so the receiver must not wait for a write.
    #[must_use]
    pub fn take_commits(&self) -> Option<mpsc::Receiver<Vec<Arc<Committed>>>> {
        let (sender, receiver) = mpsc::channel(COMMITS_QUEUE_BATCHES_MAX);
        self.shared.subscriber.set(sender).ok().map(|()| receiver)
    }

    /// Writes that wait for their turn.
    #[must_use]
    pub fn queue_jobs(&self) -> usize {
        self.queue.max_capacity() - self.queue.capacity()
    }

    /// What waits in the write-ahead log to be moved into the database, in bytes. It stays below
    /// some megabytes unless a reader holds it.
    #[must_use]
    pub fn wal_bytes(&self) -> u64 {
        self.wal.bytes()
    }

    /// What is known of the file after the process before did not close it.
    #[must_use]
    pub fn check(&self) -> Check {
        self.shared.check()
    }

    /// The last event that is durable.
    #[must_use]
    pub fn head(&self) -> Seq {
        *self.shared.head.borrow()
    }

    /// Follows [`Store::head`].
    #[must_use]
    pub fn watch_head(&self) -> watch::Receiver<Seq> {
        self.shared.head.subscribe()
    }

    /// Whose log this is.
    #[must_use]
    pub const fn origin(&self) -> Origin {
        self.origin
    }

    /// The folders that hold files.
    #[must_use]
    pub fn blobs(&self) -> &Blobs {
        &self.blobs
    }

    /// The database file.
    #[must_use]
    pub fn path(&self) -> &std::path::Path {
        self.readers.path()
    }

    /// Returns when the database has failed for good (it never does if all is well): the process
    /// should then end, and the next start checks the file.
    pub async fn failed(&self) -> Failure {
        let mut failed = self.shared.watch_failure();
        match failed.wait_for(Option::is_some).await {
            Ok(failure) => failure.unwrap_or(Failure::Broken),
            Err(_) => Failure::Broken,
        }
    }

    /// Lets the file grow to `pages` pages of 4,096 bytes and no further; beyond that, writes fail
    /// with [`WriteError::DiskFull`]. It can't be set below the present size, and ends with the
    /// process.
    ///
    /// # Errors
    /// [`WriteError`] when the store is not available.
    pub async fn limit_pages(&self, now: Timestamp, pages: u32) -> Result<(), WriteError<DbError>> {
        self.write(now, move |tx| tx.limit_pages(pages)).await
    }

    /// Finishes the writes that wait, marks the file as closed in good order and lets it go.
    pub async fn close(&self) {
        let (done, closed) = oneshot::channel();
        if self.queue.send(Message::Close(done)).await.is_ok() {
            // An error means that the writer is gone already.
            drop(closed.await);
        }
        self.readers.close();
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        if thread.is_some_and(|thread| thread.join().is_err()) {
            tracing::error!("the writer's thread panicked");
        }
    }
}

/// Checks a large file while it is in use, and fails the store if it is damaged.
fn check_in_background(path: std::path::PathBuf, shared: Arc<Shared>) -> std::io::Result<()> {
    let check = move || {
        let checked = open::reading_connection(&path)
            .map_err(|source| OpenError::of(&path, source))
            .and_then(|conn| open::quick_check(&conn, &path));
        match checked {
            Ok(()) => {
                shared.note_check(Check::Sound);
                let message_id = journal::DATABASE_SOUND;
                tracing::info!(message_id, "the database is sound after the unclean stop");
            }
            Err(error) => {
                let message_id = journal::DATABASE_DAMAGED;
                tracing::error!(message_id, %error, "the database is damaged");
                shared.fail(Failure::Broken);
            }
        }
    };
    std::thread::Builder::new().name("hearth-check".to_owned()).spawn(check).map(drop)
}

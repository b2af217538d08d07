//! Projections that run behind the log, in batches.
//!
//! What would make the writer slow is built by a follower: a thread with a database file of its own,
//! which reads the log after its cursor, a thousand entries at a time, and moves the cursor in the
//! transaction that holds their effect. It never holds a lock that the writer waits for, is
//! below all other threads, and rests as long as it worked, so that it takes at most half a core.
//!
//! Its file is worth nothing by itself: it can be made again from the log. A file that is missing,
//! damaged, of another version of the projection, or of another log (another box, another life, a
//! copy that was put back) is thrown away and built anew while everything else goes on. After an
//! unclean stop a file of up to [`CHECKED_BYTES_MAX`] is checked page by page before it is used again;
//! a reader that meets damage reports it at any time.
//!
//! `hearth_follower_behind_events{follower=…}` tells how far behind one is.

mod file;

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::thread::{JoinHandle, Thread};
use std::time::{Duration, Instant};

use hearth_domain::id::Seq;
use rusqlite::{Connection, ErrorCode};

use crate::error::{DbError, ReadError};
use crate::journal;
use crate::log::{self, Entry};
use crate::open::Origin;
use crate::priority::yield_to_others;
use crate::reader::Readers;
use crate::shared::{Check, Shared};
use crate::tx::ReadTx;

/// Entries of the log in one transaction: at a thousand, what each costs no longer falls.
const BATCH_ENTRIES_MAX: usize = 1_000;
/// How long a follower lets entries gather, so that a steady stream makes few transactions.
const GATHER: Duration = Duration::from_millis(100);
/// How long it waits after a failure.
const RETRY: Duration = Duration::from_secs(2);
/// The largest file that is checked after an unclean stop; it takes about 2 ms per megabyte.
pub(crate) const CHECKED_BYTES_MAX: u64 = 256 << 20;
/// How long it sleeps when nothing wakes it.
const IDLE: Duration = Duration::from_secs(60);

/// A projection that a follower builds.
pub(crate) trait Projection: Send + 'static {
    /// What its thread and its gauge are called.
    const NAME: &'static str;
    /// Another number than the file's makes a follower build it anew.
    const VERSION: i64;
    /// Makes the tables.
    const SCHEMA: &'static str;

    /// Applies a part of the log to the file. `now` is the snapshot that the part was read from:
    /// it may know more than the part tells.
    fn apply(&mut self, part: &[Entry], now: &ReadTx<'_>, file: &Connection)
    -> Result<(), Trouble>;
}

/// Why a follower could not go on.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Trouble {
    /// The log could not be read.
    #[error("the log can't be read")]
    Log(#[from] ReadError<DbError>),
    /// Its own file could not be read or written.
    #[error("the file can't be used")]
    File(#[from] rusqlite::Error),
    /// Its own file could not be removed.
    #[error("the file can't be removed")]
    Remove(#[from] std::io::Error),
    /// Somebody who read the file found it damaged.
    #[error("the file is damaged")]
    Damaged,
}

impl From<DbError> for Trouble {
    fn from(error: DbError) -> Self {
        Self::Log(ReadError::Refused(error))
    }
}

impl Trouble {
    /// Whether the file itself is to blame and has to go.
    fn is_damage(&self) -> bool {
        let Self::File(error) = self else { return matches!(self, Self::Damaged) };
        is_damage(error)
    }
}

/// Whether an error means that a file is damaged.
pub(crate) fn is_damage(error: &rusqlite::Error) -> bool {
    let code = error.sqlite_error_code();
    matches!(code, Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase))
}

/// What a follower's thread, its readers and the writer know of each other.
#[derive(Debug, Default)]
pub(crate) struct Line {
    upto: AtomicU64,
    /// Grows whenever the file becomes another one.
    file: AtomicU64,
    damaged: AtomicBool,
    /// Somebody wants it built anew, whatever it is like.
    unwanted: AtomicBool,
    /// How often a damaged file was thrown away.
    repairs: AtomicU64,
    asleep: AtomicBool,
    stopped: AtomicBool,
    thread: OnceLock<Thread>,
}

impl Line {
    /// Up to where the file is built.
    pub(crate) fn upto(&self) -> Seq {
        Seq(self.upto.load(Ordering::Acquire))
    }

    /// Which file it is: connections to an earlier one have to be given up.
    pub(crate) fn file(&self) -> u64 {
        self.file.load(Ordering::Acquire)
    }

    /// A reader found the file damaged: it is built anew.
    pub(crate) fn report_damage(&self) {
        self.damaged.store(true, Ordering::Release);
        self.wake();
    }

    /// Throws a file away that may be sound.
    pub(crate) fn ask_for_another(&self) {
        self.unwanted.store(true, Ordering::Release);
        self.report_damage();
    }

    /// How often a damaged file was thrown away and built anew.
    pub(crate) fn repairs(&self) -> u64 {
        self.repairs.load(Ordering::Relaxed)
    }

    /// Called by the writer after every commit: costs nothing while the follower is awake.
    pub(crate) fn wake(&self) {
        if self.asleep.swap(false, Ordering::SeqCst)
            && let Some(thread) = self.thread.get()
        {
            thread.unpark();
        }
    }

    /// Called by the follower before it looks for the last time and sleeps. The fence keeps the look
    /// behind the word on every processor.
    fn say_asleep(&self) {
        self.asleep.store(true, Ordering::SeqCst);
        std::sync::atomic::fence(Ordering::SeqCst);
    }

    /// Called by the follower's own thread, before it first sleeps.
    fn introduce(&self) {
        self.thread.get_or_init(std::thread::current);
    }
}

type Start = Box<dyn FnOnce() -> std::io::Result<JoinHandle<()>> + Send>;

/// A follower. Once begun, it stops with the store, or when this is closed.
pub(crate) struct Follower {
    line: Arc<Line>,
    waiting: Mutex<Option<Start>>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl Follower {
    /// One that builds `P` in the file at `path` once it is [begun](Self::begin). `project` makes a
    /// projection for a file that is built up to a place.
    pub(crate) fn prepare<P: Projection>(
        path: PathBuf,
        origin: Origin,
        (readers, shared): (Arc<Readers>, Arc<Shared>),
        project: impl Fn(Seq) -> P + Send + 'static,
    ) -> Self {
        let line = Arc::new(Line::default());
        shared.follow(Arc::clone(&line));
        let is_doubtful = AtomicBool::new(shared.check() != Check::Clean);
        let work = Work { path, origin, readers, shared, line: Arc::clone(&line), is_doubtful };
        let start: Start = Box::new(move || {
            std::thread::Builder::new()
                .name(format!("hearth-{}", P::NAME))
                .spawn(move || work.run(project))
        });
        Self { line, waiting: Mutex::new(Some(start)), thread: Mutex::default() }
    }

    /// Starts the thread; a second time changes nothing.
    pub(crate) fn begin(&self) -> std::io::Result<()> {
        let start = self.waiting.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(start) = start {
            *self.thread.lock().unwrap_or_else(PoisonError::into_inner) = Some(start()?);
        }
        Ok(())
    }

    pub(crate) const fn line(&self) -> &Arc<Line> {
        &self.line
    }

    /// Ends the thread, after the batch it is in.
    pub(crate) fn close(&self) {
        self.line.stopped.store(true, Ordering::Release);
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        let Some(thread) = thread else { return };
        thread.thread().unpark();
        if thread.join().is_err() {
            tracing::error!("a follower's thread panicked");
        }
    }
}

struct Work {
    path: PathBuf,
    origin: Origin,
    readers: Arc<Readers>,
    shared: Arc<Shared>,
    line: Arc<Line>,
    /// The file was in use when the process ended without a word.
    is_doubtful: AtomicBool,
}

impl Work {
    fn run<P: Projection>(&self, begin: impl Fn(Seq) -> P) {
        yield_to_others();
        self.line.introduce();
        let behind = metrics::gauge!("hearth_follower_behind_events", "follower" => P::NAME);
        while let Err(trouble) = self.follow(&begin, &behind) {
            if trouble.is_damage() {
                if !self.line.unwanted.swap(false, Ordering::AcqRel) {
                    self.line.repairs.fetch_add(1, Ordering::Relaxed);
                }
                let message_id = journal::PROJECTION_REBUILT;
                tracing::warn!(message_id, follower = P::NAME, error = %trouble, "building anew");
                if let Err(error) = file::remove(&self.path) {
                    tracing::warn!(follower = P::NAME, %error, "its file can't be removed");
                }
                self.rest(GATHER);
            } else {
                tracing::warn!(follower = P::NAME, error = ?trouble, "trying again in a moment");
                self.rest(RETRY);
            }
        }
    }

    fn is_over(&self) -> bool {
        self.line.stopped.load(Ordering::Acquire) || self.shared.closed.load(Ordering::Acquire)
    }

    fn head(&self) -> Seq {
        *self.shared.head.borrow()
    }

    /// Follows the log until told to stop.
    fn follow<P: Projection>(
        &self,
        begin: &impl Fn(Seq) -> P,
        behind: &metrics::Gauge,
    ) -> Result<(), Trouble> {
        if self.is_over() {
            return Ok(());
        }
        self.line.damaged.store(false, Ordering::Release);
        let is_doubtful = self.is_doubtful.swap(false, Ordering::Relaxed);
        let (mut conn, mut upto) = self.readers.run(|log| {
            Ok::<_, DbError>(file::open::<P>(&self.path, self.origin, (log, is_doubtful)))
        })??;
        let mut projection = begin(upto);
        self.line.upto.store(upto.0, Ordering::Release);
        self.line.file.fetch_add(1, Ordering::AcqRel);
        let started_behind = self.head().0.saturating_sub(upto.0) > BATCH_ENTRIES_MAX as u64;
        let mut catching_up = started_behind.then(Instant::now);
        while !self.is_over() {
            if self.line.damaged.load(Ordering::Acquire) {
                return Err(Trouble::Damaged);
            }
            let left = self.head().0.saturating_sub(upto.0);
            behind.set(f64::from(u32::try_from(left).unwrap_or(u32::MAX)));
            if left == 0 {
                if let Some(since) = catching_up.take() {
                    let took = since.elapsed();
                    tracing::info!(follower = P::NAME, %upto, ?took, "caught up with the log");
                }
                self.sleep(upto);
                continue;
            }
            let begun = Instant::now();
            upto = self.batch(&mut projection, &mut conn, upto)?;
            self.line.upto.store(upto.0, Ordering::Release);
            // Somebody else may want the core.
            self.rest(begun.elapsed());
        }
        file::finish(&conn);
        Ok(())
    }

    fn batch<P: Projection>(
        &self,
        projection: &mut P,
        conn: &mut Connection,
        upto: Seq,
    ) -> Result<Seq, Trouble> {
        let tx = conn.transaction()?;
        let applied = self.readers.run(|log| {
            let page = log::after(log, upto, BATCH_ENTRIES_MAX)?;
            let hash = log::payload_hash(log, page.upto)?;
            Ok::<_, DbError>((projection.apply(&page.entries, log, &tx), page.upto, hash))
        });
        let (applied, upto, hash) = applied?;
        applied?;
        file::advance(&tx, upto, hash)?;
        tx.commit()?;
        Ok(upto)
    }

    /// Sleeps until there is something after `upto`, and a little longer.
    fn sleep(&self, upto: Seq) {
        // In this order on both sides: say that one sleeps, then look; write, then wake.
        self.line.say_asleep();
        let woken = || self.head() > upto || self.line.damaged.load(Ordering::Acquire);
        while !woken() && !self.is_over() {
            std::thread::park_timeout(IDLE);
            self.line.say_asleep();
        }
        self.line.asleep.store(false, Ordering::SeqCst);
        self.rest(GATHER);
    }

    /// Does nothing for a while, unless told to stop.
    fn rest(&self, length: Duration) {
        let until = Instant::now() + length;
        while !self.is_over() {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return;
            }
            std::thread::park_timeout(left);
        }
    }
}

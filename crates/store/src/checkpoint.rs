//! Moves the write-ahead log into the database, away from the writer's path.
//!
//! Above 2,000 pages (8 MiB) a passive checkpoint copies what it can without stopping anybody.
//! Under unbroken load the log would still never start over, so above 4,000 pages (16 MiB) the
//! writer is held for the few milliseconds that the rest takes. After two quiet seconds the log
//! starts over. Its file keeps its blocks until the store is closed, because a sync that need not
//! record new ones is faster (measured at p90: 3 ms against 6 ms). A reader that stays too long only delays this: nobody
//! waits for it.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError, sync_channel};
use std::thread::JoinHandle;
use std::time::Duration;

use rusqlite::Connection;

use crate::{journal, open};

const PASSIVE_PAGES: u64 = 2_000;
const RESTART_PAGES: u64 = 4_000;
const QUIET: Duration = Duration::from_secs(2);
const PAGE_BYTES: f64 = 4_096.0;

/// What the write-ahead log is like, told by the writer.
#[derive(Default)]
pub(crate) struct Wal {
    pages: AtomicU64,
    writes: AtomicU64,
    /// The writer has woken the checkpointer and it has not yet looked.
    told: AtomicBool,
    failed: AtomicBool,
}

impl Wal {
    /// What waits in it to be moved into the database, in bytes.
    pub(crate) fn bytes(&self) -> u64 {
        self.pages.load(Ordering::Relaxed).saturating_mul(4_096)
    }
}

/// The writer's side of the checkpointer's thread.
pub(crate) struct Checkpointer {
    wal: Arc<Wal>,
    wake: Option<SyncSender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Checkpointer {
    /// Starts the thread. `writer` is the connection whose commits are counted.
    pub(crate) fn start(path: &Path, writer: &mut Connection) -> rusqlite::Result<Self> {
        let wal = Arc::new(Wal::default());
        let counted = Arc::clone(&wal);
        writer.wal_hook(Some(move |_: &mut rusqlite::hooks::Wal, pages: i32| {
            counted.pages.store(pages.unsigned_abs().into(), Ordering::Relaxed);
            counted.writes.fetch_add(1, Ordering::Relaxed);
            Ok(())
        }))?;
        let conn = open::checkpointing_connection(path)?;
        let (wake, woken) = sync_channel(1);
        let seen = Arc::clone(&wal);
        let thread = std::thread::Builder::new()
            .name("hearth-wal".to_owned())
            .stack_size(256 << 10)
            .spawn(move || run(&conn, &seen, &woken))
            .map_err(|_| rusqlite::Error::InvalidQuery)?;
        Ok(Self { wal, wake: Some(wake), thread: Some(thread) })
    }

    /// What it watches.
    pub(crate) fn wal(&self) -> Arc<Wal> {
        Arc::clone(&self.wal)
    }

    /// Called after every commit.
    pub(crate) fn wrote(&self) {
        if !self.wal.told.swap(true, Ordering::Relaxed)
            && let Some(wake) = &self.wake
        {
            match wake.try_send(()) {
                // Full: it is awake already.
                Ok(()) | Err(TrySendError::Full(())) => {}
                Err(TrySendError::Disconnected(())) => {
                    tracing::error!(
                        message_id = journal::CHECKPOINTER_ENDED,
                        "the checkpointer has ended: the write-ahead log only grows now"
                    );
                }
            }
        }
    }

    /// Cuts the log to nothing and ends the thread.
    pub(crate) fn finish(&mut self) {
        drop(self.wake.take());
        if self.thread.take().is_some_and(|thread| thread.join().is_err()) {
            tracing::error!("the checkpointer's thread panicked");
        }
    }

    /// Ends the thread without touching the files.
    pub(crate) fn stop(&mut self) {
        self.wal.failed.store(true, Ordering::Relaxed);
        self.finish();
    }
}

fn run(conn: &Connection, wal: &Wal, woken: &Receiver<()>) {
    let size = metrics::gauge!("hearth_store_wal_bytes");
    while woken.recv().is_ok() {
        let open = until_quiet(conn, wal, woken, &size);
        if wal.failed.load(Ordering::Relaxed) {
            return;
        }
        wal.pages.store(0, Ordering::Relaxed);
        checkpoint(conn, "PRAGMA wal_checkpoint(RESTART)");
        size.set(0.0);
        if !open {
            break;
        }
    }
    if !wal.failed.load(Ordering::Relaxed) {
        checkpoint(conn, "PRAGMA wal_checkpoint(TRUNCATE)");
    }
}

/// Keeps the log short while there are writes; whether the store is still open.
fn until_quiet(conn: &Connection, wal: &Wal, woken: &Receiver<()>, size: &metrics::Gauge) -> bool {
    let mut quiet_since = wal.writes.load(Ordering::Relaxed);
    let mut left = 0;
    loop {
        let pages = wal.pages.load(Ordering::Relaxed);
        size.set(f64::from(u32::try_from(pages).unwrap_or(u32::MAX)) * PAGE_BYTES);
        // What a passive checkpoint could not move stays, so measure growth since then.
        if pages < left {
            left = 0;
        }
        if pages.saturating_sub(left) > PASSIVE_PAGES && !wal.failed.load(Ordering::Relaxed) {
            checkpoint(conn, "PRAGMA wal_checkpoint(PASSIVE)");
            left = pages;
            if pages > RESTART_PAGES {
                checkpoint(conn, "PRAGMA wal_checkpoint(RESTART)");
            }
        }
        let wait = if pages > PASSIVE_PAGES / 2 { QUIET / 40 } else { QUIET / 4 };
        wal.told.store(false, Ordering::Relaxed);
        match woken.recv_timeout(wait) {
            Ok(()) => std::thread::sleep(Duration::from_millis(5)),
            Err(RecvTimeoutError::Timeout) => {
                let writes = wal.writes.load(Ordering::Relaxed);
                if writes == quiet_since {
                    return true;
                }
                quiet_since = writes;
            }
            Err(RecvTimeoutError::Disconnected) => return false,
        }
    }
}

fn checkpoint(conn: &Connection, sql: &'static str) {
    let run = || conn.prepare_cached(sql)?.query_row([], |row| row.get::<_, i64>(0));
    match run() {
        Ok(_) => {}
        Err(error) => {
            let message_id = journal::CHECKPOINT_FAILED;
            tracing::warn!(message_id, %error, sql, "a checkpoint failed; it is tried again");
        }
    }
}

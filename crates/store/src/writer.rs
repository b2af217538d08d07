//! The one thread that writes.
//!
//! It takes what waits in its queue (never waiting for more), runs it in one transaction, commits
//! once, and only then hands the events to the subscriber and answers the callers, in this order. One
//! fsync so serves up to 256 writes. Each write can be undone alone: the first by rolling the
//! transaction back, later ones by a savepoint that stands before their first change.

use std::fs::File;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Instant;

use hearth_domain::time::Timestamp;
use rusqlite::Connection;
use tokio::sync::{mpsc, oneshot};

use crate::checkpoint::Checkpointer;
use crate::commit::{Committed, Ends, Tail};
use crate::error::{Failure, WriteError};
use crate::journal;
use crate::open;
use crate::shared::Shared;
use crate::tx::{Undo, WriteTx};

/// Writes that share one commit.
pub(crate) const BATCH_JOBS_MAX: usize = 256;

/// What waits for the writer.
pub(crate) enum Message {
    Job(Box<dyn Job>),
    Close(oneshot::Sender<()>),
}

/// A write with its answer.
pub(crate) trait Job: Send {
    fn now(&self) -> Timestamp;
    /// Runs the closure; whether it agreed.
    fn run(&mut self, tx: &mut WriteTx<'_>) -> bool;
    /// Answers the caller.
    fn settle(self: Box<Self>, failure: Option<Failure>);
}

/// A closure that waits for its turn, then for the commit.
pub(crate) struct Pending<F, T, E> {
    now: Timestamp,
    work: Option<F>,
    result: Option<Result<T, E>>,
    reply: oneshot::Sender<Result<T, WriteError<E>>>,
}

impl<F, T, E> Pending<F, T, E> {
    pub(crate) const fn new(
        now: Timestamp,
        work: F,
        reply: oneshot::Sender<Result<T, WriteError<E>>>,
    ) -> Self {
        Self { now, work: Some(work), result: None, reply }
    }
}

impl<F, T, E> Job for Pending<F, T, E>
where
    F: FnOnce(&mut WriteTx<'_>) -> Result<T, E> + Send,
    T: Send,
    E: Send,
{
    fn now(&self) -> Timestamp {
        self.now
    }

    fn run(&mut self, tx: &mut WriteTx<'_>) -> bool {
        self.result = self.work.take().map(|work| work(tx));
        matches!(self.result, Some(Ok(_)))
    }

    fn settle(self: Box<Self>, failure: Option<Failure>) {
        let answer = match (failure, self.result) {
            (None, Some(result)) => result.map_err(WriteError::Refused),
            (Some(failure), _) => Err(failure.into()),
            (None, None) => Err(WriteError::Unavailable),
        };
        // A caller that went away does not need the answer; what it asked for is done.
        drop(self.reply.send(answer));
    }
}

/// The writer's thread and what only it may touch.
pub(crate) struct Writer {
    pub(crate) conn: Connection,
    pub(crate) lock: File,
    pub(crate) tail: Tail,
    pub(crate) queue: mpsc::Receiver<Message>,
    pub(crate) shared: Arc<Shared>,
    pub(crate) checkpointer: Checkpointer,
    pub(crate) gauges: Gauges,
}

/// What the writer tells the outside about itself.
pub(crate) struct Gauges {
    queue_jobs: metrics::Gauge,
    batch_jobs: metrics::Histogram,
    commit_seconds: metrics::Histogram,
}

impl Gauges {
    pub(crate) fn new() -> Self {
        Self {
            queue_jobs: metrics::gauge!("hearth_store_queue_jobs"),
            batch_jobs: metrics::histogram!("hearth_store_batch_jobs"),
            commit_seconds: metrics::histogram!("hearth_store_commit_seconds"),
        }
    }
}

/// What became of a transaction.
struct Batch {
    jobs: Vec<Box<dyn Job>>,
    commits: Vec<Arc<Committed>>,
    changed: bool,
    closing: Option<oneshot::Sender<()>>,
}

impl Writer {
    /// Works until the queue is closed or the database fails.
    pub(crate) fn run(mut self) {
        while let Some(message) = self.queue.blocking_recv() {
            let (closing, failure) = match message {
                Message::Close(done) => (Some(done), None),
                Message::Job(first) => self.batch(first),
            };
            if failure == Some(Failure::Broken) {
                return self.poison();
            }
            if let Some(done) = closing {
                self.close();
                if done.send(()).is_err() {
                    tracing::debug!("nobody waited for the end");
                }
                return;
            }
        }
        self.close();
    }

    fn batch(&mut self, first: Box<dyn Job>) -> (Option<oneshot::Sender<()>>, Option<Failure>) {
        self.gauges.queue_jobs.set(count(self.queue.len()));
        let before = self.tail.ends;
        let mut batch =
            Batch { jobs: Vec::new(), commits: Vec::new(), changed: false, closing: None };
        let outcome = self.transact(first, &mut batch);
        if let Err(failure) = outcome {
            self.abandon(before, failure);
            batch.commits.clear();
        }
        let Batch { jobs, commits, closing, .. } = batch;
        self.gauges.batch_jobs.record(count(jobs.len()));
        if !commits.is_empty() {
            // The head first: who is told of an event must find it when they look for the end.
            self.shared.head.send_replace(self.tail.ends.seq);
            if let Some(subscriber) = self.shared.subscriber.get() {
                // A subscriber that went away needs no events.
                drop(subscriber.blocking_send(commits));
            }
        }
        let failure = outcome.err();
        for job in jobs {
            job.settle(failure);
        }
        self.checkpointer.wrote();
        self.shared.wake_followers();
        (closing, failure)
    }

    fn transact(&mut self, first: Box<dyn Job>, batch: &mut Batch) -> Result<(), Failure> {
        let mut next = Some(first);
        let begun = statement(&self.conn, "BEGIN IMMEDIATE");
        while let Some(job) = next.take() {
            batch.jobs.push(job);
            if begun.is_ok() {
                self.job(batch)?;
            }
            if batch.jobs.len() < BATCH_JOBS_MAX {
                match self.queue.try_recv() {
                    Ok(Message::Job(job)) => next = Some(job),
                    Ok(Message::Close(done)) => batch.closing = Some(done),
                    Err(_) => {}
                }
            }
        }
        begun?;
        let started = Instant::now();
        statement(&self.conn, "COMMIT")?;
        self.gauges.commit_seconds.record(started.elapsed());
        Ok(())
    }

    /// Runs the last job of the batch, and undoes it if it said no.
    fn job(&mut self, batch: &mut Batch) -> Result<(), Failure> {
        let Some(job) = batch.jobs.last_mut() else { return Ok(()) };
        let ends = self.tail.ends;
        let committed = batch.commits.len();
        let undo = if batch.changed { Undo::Unmarked } else { Undo::Transaction };
        let tail = &mut self.tail;
        let mut tx = WriteTx::new(&self.conn, job.now(), tail, &mut batch.commits, undo);
        let agreed = job.run(&mut tx);
        let (undo, changed, failure) = (tx.undo, tx.changed, tx.failure());
        if let Some(failure) = failure {
            return Err(failure);
        }
        if self.conn.is_autocommit() {
            return Err(Failure::Broken);
        }
        if agreed {
            batch.changed |= changed;
            return match undo {
                Undo::Savepoint => statement(&self.conn, "RELEASE job"),
                _ => Ok(()),
            };
        }
        self.tail.ends = ends;
        batch.commits.truncate(committed);
        match undo {
            Undo::Savepoint => {
                statement(&self.conn, "ROLLBACK TO job")?;
                statement(&self.conn, "RELEASE job")
            }
            Undo::Transaction if changed => {
                statement(&self.conn, "ROLLBACK")?;
                statement(&self.conn, "BEGIN IMMEDIATE")
            }
            _ => Ok(()),
        }
    }

    fn abandon(&mut self, before: Ends, failure: Failure) {
        self.tail.ends = before;
        if !self.conn.is_autocommit()
            && let Err(also) = statement(&self.conn, "ROLLBACK")
        {
            tracing::error!(failure = %also, "a failed batch could not be rolled back");
        }
        tracing::error!(message_id = journal::WRITES_FAILED, %failure, "a batch of writes failed");
    }

    /// Nothing is acknowledged after a failure of the disk: what the file holds is unknown until it
    /// is checked at the next start.
    fn poison(mut self) {
        self.shared.fail(Failure::Broken);
        self.queue.close();
        while let Some(message) = self.queue.blocking_recv() {
            if let Message::Job(job) = message {
                job.settle(Some(Failure::Broken));
            }
        }
        self.checkpointer.stop();
    }

    fn close(mut self) {
        self.queue.close();
        while let Ok(Message::Job(job)) = self.queue.try_recv() {
            job.settle(Some(Failure::Locked));
        }
        if self.shared.failure().is_none()
            && let Err(error) = open::mark_closed(&self.conn)
        {
            tracing::warn!(%error, "the database could not be marked as closed");
        }
        self.checkpointer.finish();
        self.shared.closed.store(true, Ordering::Release);
        self.shared.wake_followers();
        drop(self.lock);
    }
}

fn statement(conn: &Connection, sql: &'static str) -> Result<(), Failure> {
    let run = || conn.prepare_cached(sql)?.execute([]);
    match run() {
        Ok(_) => Ok(()),
        Err(error) => {
            let failure = Failure::of(&error).unwrap_or(Failure::Broken);
            let message_id = journal::WRITES_FAILED;
            tracing::error!(message_id, %error, sql, "the writer's transaction failed");
            Err(failure)
        }
    }
}

/// A small count for a metric.
fn count(jobs: usize) -> f64 {
    u32::try_from(jobs).unwrap_or(u32::MAX).into()
}

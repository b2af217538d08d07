//! Every task of the process has one owner.
//!
//! [`Tasks`] starts them, tells them to stop and waits until the last has ended. A task that outlived
//! shutdown could write after the database was closed. The gauge `hearth_tasks` counts those alive by
//! name. Starting one costs an allocation of the future's size and nothing per poll.

use std::future::Future;
use std::time::Duration;

use futures_util::FutureExt;
use tokio::task::JoinHandle;
use tokio_util::sync::{CancellationToken, WaitForCancellationFuture};
use tokio_util::task::TaskTracker;

/// Owner of the process's tasks. Cheap to clone; all clones are one.
#[derive(Clone, Debug, Default)]
pub struct Tasks {
    tracker: TaskTracker,
    stop: CancellationToken,
}

/// How a drain ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Drained {
    /// Every task ended in time.
    All,
    /// This many still ran at the limit.
    Left(usize),
}

impl Tasks {
    /// An owner without tasks.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Starts a task. It must end soon after [`Tasks::stopping`] resolves.
    #[expect(clippy::disallowed_methods, reason = "this is the place that spawns")]
    pub fn spawn<F>(&self, name: &'static str, future: F) -> JoinHandle<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        let alive = Alive::new(name);
        // `map` holds the future once; an async block around it would hold it twice, and 18,000
        // sockets pay for every byte.
        tokio::spawn(self.tracker.track_future(future.map(move |output| {
            drop(alive);
            output
        })))
    }

    /// Runs what would block the reactor (hashing, files) on a thread of its own.
    pub fn spawn_blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> JoinHandle<T> {
        self.tracker.spawn_blocking(work)
    }

    /// Asks every task to stop.
    pub fn stop(&self) {
        self.stop.cancel();
    }

    /// Whether a stop was asked for.
    #[must_use]
    pub fn is_stopping(&self) -> bool {
        self.stop.is_cancelled()
    }

    /// Resolves when a stop is asked for.
    pub fn stopping(&self) -> WaitForCancellationFuture<'_> {
        self.stop.cancelled()
    }

    /// The signal itself, for a part that takes one.
    #[must_use]
    pub fn stop_signal(&self) -> CancellationToken {
        self.stop.clone()
    }

    /// Waits for the tasks to end, at most `limit`. Call [`Tasks::stop`] first.
    pub async fn drain(&self, limit: Duration) -> Drained {
        self.tracker.close();
        match tokio::time::timeout(limit, self.tracker.wait()).await {
            Ok(()) => Drained::All,
            Err(_) => Drained::Left(self.tracker.len()),
        }
    }
}

struct Alive(metrics::Gauge);

impl Alive {
    fn new(name: &'static str) -> Self {
        let gauge = metrics::gauge!("hearth_tasks", "name" => name);
        gauge.increment(1);
        Self(gauge)
    }
}

impl Drop for Alive {
    fn drop(&mut self) {
        self.0.decrement(1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_drain_waits_for_tasks_that_stop() {
        let tasks = Tasks::new();
        let inner = tasks.clone();
        tasks.spawn("test", async move { inner.stopping().await });
        assert_eq!(tasks.drain(Duration::from_millis(20)).await, Drained::Left(1));
        tasks.stop();
        assert_eq!(tasks.drain(Duration::from_secs(5)).await, Drained::All);
    }

    #[tokio::test]
    async fn blocking_work_is_waited_for_too() {
        let tasks = Tasks::new();
        let work = tasks.spawn_blocking(|| {
            std::thread::sleep(Duration::from_millis(20));
            7
        });
        assert_eq!(tasks.drain(Duration::from_secs(5)).await, Drained::All);
        assert_eq!(work.await.ok(), Some(7));
    }
}

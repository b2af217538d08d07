//! A load thread: one runtime, one thread, tasks that end when it is stopped.

use std::future::Future;
use std::thread::JoinHandle;

use anyhow::{Context, Result};
use tokio_util::sync::CancellationToken;

/// A running load thread. Dropping it stops and joins it.
#[derive(Debug)]
pub(crate) struct LoadThread<T> {
    thread: Option<JoinHandle<Result<T>>>,
    stop: CancellationToken,
}

impl<T: Send + 'static> LoadThread<T> {
    /// Starts a thread that runs what `work` makes. The work ends soon after the token it gets is
    /// cancelled.
    pub(crate) fn start<F, W>(name: &str, work: W) -> Result<Self>
    where
        F: Future<Output = Result<T>>,
        W: FnOnce(CancellationToken) -> F + Send + 'static,
    {
        let stop = CancellationToken::new();
        let inner = stop.clone();
        let run = move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                // The load is many sockets on few threads: see them all before waiting again.
                .event_interval(127)
                .build()?;
            runtime.block_on(work(inner))
        };
        let thread = std::thread::Builder::new().name(name.to_owned()).spawn(run)?;
        Ok(Self { thread: Some(thread), stop })
    }

    /// Whether the work has ended by itself.
    pub(crate) fn is_finished(&self) -> bool {
        self.thread.as_ref().is_none_or(JoinHandle::is_finished)
    }

    /// Stops the work and gives its result.
    pub(crate) fn stop(mut self) -> Result<T> {
        self.stop.cancel();
        let thread = self.thread.take().context("stopped before")?;
        thread.join().map_err(|_| anyhow::anyhow!("a load thread panicked"))?
    }
}

impl<T> Drop for LoadThread<T> {
    fn drop(&mut self) {
        self.stop.cancel();
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            crate::output::note("a load thread panicked");
        }
    }
}

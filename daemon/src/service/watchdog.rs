//! Signs of life for the service manager, which come from where the office's work is done.
//!
//! Three times within the manager's patience a job goes through the queue of the store's one writer,
//! joins whatever is written at that moment, and is answered after that was committed and synced, as
//! every message is. Only then the manager hears of it. So it ends a process whose reactor stands
//! still, whose writer hangs, or whose disk takes no more syncs, and not only one whose timer has
//! stopped. A job alone changes no row: an idle office does not keep its disk awake.
//!
//! A disk that is full or read-only answers, so it is alive; it is on the page of the office's health.
//! A store that failed ends the process by itself.

use std::time::Duration;

use hearth_store::{Store, WriteError};

use super::Manager;
use crate::clock::Clock;
use crate::tasks::Tasks;

/// Signs of life within the manager's patience.
const SIGNS: u32 = 3;

/// Gives signs of life until the tasks stop: the manager has another patience for the end.
pub async fn run(manager: Manager, store: Store, clock: Clock, tasks: Tasks) {
    let Some(patience) = manager.patience() else { return };
    loop {
        let passed = tokio::select! {
            passed = store.write(clock.now(), |_| Ok::<(), Nothing>(())) => passed,
            () = tasks.stopping() => return,
        };
        match passed {
            Ok(()) | Err(WriteError::DiskFull | WriteError::ReadOnly) => manager.alive(),
            Err(WriteError::Refused(never)) => match never {},
            Err(WriteError::Unavailable) => {
                tracing::warn!("the store takes no writes; the service manager is told nothing");
            }
        }
        if !rest(patience / SIGNS, &tasks).await {
            return;
        }
    }
}

/// A job that can't say no.
enum Nothing {}

async fn rest(time: Duration, tasks: &Tasks) -> bool {
    tokio::select! {
        () = tokio::time::sleep(time) => true,
        () = tasks.stopping() => false,
    }
}

//! A cursor over the log for what may follow a message, such as a notice or a card.
//!
//! Such work has no place in the transaction of the message, and none of it is worth making up for:
//! the cursor begins at the end of the log, and what it came too far behind with is left out and
//! counted.

use std::sync::Arc;
use std::time::Duration;

use hearth_domain::id::Seq;

use crate::actions::ActionError;
use crate::app::App;

/// Entries of the log for one look.
pub const PAGE: usize = 500;
/// Further behind than this, what lies between is left out.
const BEHIND_MAX: u64 = 5_000;

/// How far a look came.
pub struct Looked {
    /// Up to here.
    pub upto: Seq,
    /// Whether this was the end of the log.
    pub complete: bool,
}

/// What is done with the entries of the log.
pub trait Lookout: Send + 'static {
    /// How long entries gather before they are looked at: a flood is few looks.
    const GATHER: Duration;
    /// What a failed look means to people.
    const TROUBLE: &'static str;

    /// Looks at a page of entries after a place.
    fn look(
        &self,
        app: &App,
        after: Seq,
    ) -> impl Future<Output = Result<Looked, ActionError>> + Send;

    /// Counts entries that were left out.
    fn left_out(&self, entries: u64);
}

/// Looks at what is new until the tasks stop.
pub async fn follow<L: Lookout>(app: Arc<App>, lookout: L) {
    let mut cursor = app.store.head();
    let mut head = app.store.watch_head();
    let stop = app.tasks.stop_signal();
    loop {
        tokio::select! {
            biased;
            () = stop.cancelled() => return,
            changed = head.changed() => if changed.is_err() { return },
        }
        match catch_up(&app, &lookout, cursor).await {
            Ok(upto) => cursor = upto,
            Err(error) => {
                tracing::warn!(%error, "{}", L::TROUBLE);
                cursor = app.store.head();
            }
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(L::GATHER) => {}
        }
    }
}

/// Looks at everything after `cursor`; how far it came.
async fn catch_up<L: Lookout>(app: &App, lookout: &L, mut cursor: Seq) -> Result<Seq, ActionError> {
    loop {
        let head = app.store.head();
        let behind = head.0.saturating_sub(cursor.0);
        if behind > BEHIND_MAX {
            lookout.left_out(behind);
            return Ok(head);
        }
        let looked = lookout.look(app, cursor).await?;
        cursor = looked.upto;
        if looked.complete {
            return Ok(cursor);
        }
    }
}

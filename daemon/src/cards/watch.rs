//! A cursor over the log that looks for links in what people and programs write.

use std::sync::Arc;
use std::time::Duration;

use hearth_domain::event::{Event, EventKind, Posted};
use hearth_domain::id::Seq;
use hearth_domain::link::links;
use hearth_store::chat::people;
use hearth_store::log::Entry;
use hearth_store::{ReadTx, log};
use tokio::sync::mpsc;

use super::{Job, dropped};
use crate::actions::ActionError;
use crate::app::App;

/// How long events gather before they are looked at: a flood is few looks.
const GATHER: Duration = Duration::from_millis(200);
/// Entries of the log for one look.
const PAGE: usize = 500;
/// Further behind than this, what lies between gets no cards.
const BEHIND_MAX: u64 = 5_000;
const MESSAGE_POSTED: EventKind = EventKind(50);
const MESSAGE_EDITED: EventKind = EventKind(51);

/// Looks at new messages until the tasks stop.
pub(super) async fn run(app: Arc<App>, queue: mpsc::Sender<Job>) {
    let mut cursor = app.store.head();
    let mut head = app.store.watch_head();
    let stop = app.tasks.stop_signal();
    loop {
        tokio::select! {
            biased;
            () = stop.cancelled() => return,
            changed = head.changed() => if changed.is_err() { return },
        }
        match pass(&app, &queue, cursor).await {
            Ok(upto) => cursor = upto,
            Err(error) => {
                tracing::warn!(%error, "new links get no cards for the moment");
                cursor = app.store.head();
            }
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(GATHER) => {}
        }
    }
}

/// Looks at everything after `cursor`; how far it came.
async fn pass(app: &App, queue: &mpsc::Sender<Job>, cursor: Seq) -> Result<Seq, ActionError> {
    let mut cursor = cursor;
    loop {
        let head = app.store.head();
        let behind = head.0.saturating_sub(cursor.0);
        if behind > BEHIND_MAX {
            dropped("behind", behind);
            return Ok(head);
        }
        let seen = app.store.read(move |tx| look(tx, cursor)).await?;
        cursor = seen.upto;
        for job in seen.jobs {
            if queue.try_send(job).is_err() {
                dropped("queue", 1);
            }
        }
        if seen.complete {
            return Ok(cursor);
        }
    }
}

struct Seen {
    upto: Seq,
    complete: bool,
    jobs: Vec<Job>,
}

fn look(tx: &ReadTx<'_>, cursor: Seq) -> Result<Seen, ActionError> {
    if !people::office(tx)?.is_some_and(|office| office.link_cards) {
        let upto = tx.head()?;
        tracing::debug!(%upto, "link cards are off");
        return Ok(Seen { upto, complete: true, jobs: Vec::new() });
    }
    let page = log::after(tx, cursor, PAGE)?;
    let jobs = page.entries.iter().filter_map(job).collect();
    Ok(Seen { upto: page.upto, complete: page.complete, jobs })
}

/// The links of one entry, if it is a message with links.
fn job(entry: &Entry) -> Option<Job> {
    let writes = entry.kind == MESSAGE_POSTED || entry.kind == MESSAGE_EDITED;
    let json = entry.payload.as_deref().filter(|_| writes)?;
    // Most messages have none, and reading JSON costs more than this.
    if !json.contains("://") && !json.contains("www.") {
        return None;
    }
    // An event that a newer build wrote may not be readable here; the log keeps it.
    let (message, text) = match serde_json::from_str(json).ok()? {
        Event::MessagePosted(Posted { message, text, .. })
        | Event::MessageEdited { message, text, .. } => (message, text),
        _ => return None,
    };
    let links = links(&text);
    (!links.is_empty()).then_some(Job { message, links })
}

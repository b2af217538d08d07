//! A cursor over the log that looks for links in what people and programs write.

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
use crate::trail::{Looked, Lookout, PAGE};

const MESSAGE_POSTED: EventKind = EventKind(50);
const MESSAGE_EDITED: EventKind = EventKind(51);

/// Puts the links of new and changed messages into a queue.
pub(super) struct Links {
    pub(super) queue: mpsc::Sender<Job>,
}

impl Lookout for Links {
    const GATHER: Duration = Duration::from_millis(200);
    const TROUBLE: &'static str = "new links get no cards for the moment";

    async fn look(&self, app: &App, after: Seq) -> Result<Looked, ActionError> {
        let (looked, jobs) = app.store.read(move |tx| look(tx, after)).await?;
        for job in jobs {
            if self.queue.try_send(job).is_err() {
                dropped("queue", 1);
            }
        }
        Ok(looked)
    }

    fn left_out(&self, entries: u64) {
        dropped("behind", entries);
    }
}

fn look(tx: &ReadTx<'_>, after: Seq) -> Result<(Looked, Vec<Job>), ActionError> {
    if !people::office(tx)?.is_some_and(|office| office.link_cards) {
        let upto = tx.head()?;
        tracing::debug!(%upto, "link cards are off");
        return Ok((Looked { upto, complete: true }, Vec::new()));
    }
    let page = log::after(tx, after, PAGE)?;
    let jobs = page.entries.iter().filter_map(job).collect();
    Ok((Looked { upto: page.upto, complete: page.complete }, jobs))
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

//! Link cards: what the pages that people link to say of themselves.
//!
//! [`watch`] is one more cursor over the log. It finds the links of new and changed messages and puts
//! them into a queue of [`QUEUE`] places. [`look`] takes [`MESSAGES_AT_ONCE_MAX`] messages at a time,
//! asks for each page that is not remembered through the client that checks where requests go, reads
//! the page's head ([`page`]), remembers what it found or that it found nothing, and lets
//! `actions::card` put the cards under the message. Two who look for the same page share one look,
//! and no host is asked more often than [`hosts`] says. A browser never asks a foreign host.
//!
//! Nothing here is durable and nothing is tried again: what does not fit, does not answer or is
//! refused is a message without a card, until somebody writes the link again. With the operator's or
//! the office's switch off, no request leaves.

mod charset;
mod head;
mod hosts;
mod look;
mod page;
mod watch;

use std::sync::Arc;

use hearth_domain::id::MessageId;
use hearth_domain::link::LinkUrl;
use tokio::sync::mpsc;

use crate::app::App;
use crate::trail;

/// Messages that wait for their pages.
const QUEUE: usize = 256;
/// Messages whose pages are looked at; the client limits how many requests that makes.
const MESSAGES_AT_ONCE_MAX: usize = 32;

/// The links of one message.
struct Job {
    message: MessageId,
    links: Vec<LinkUrl>,
}

/// Starts both tasks, unless the operator wants no cards.
pub fn start(app: &Arc<App>) {
    if !app.premises.config.outbound.link_cards {
        return;
    }
    let (queue, jobs) = mpsc::channel(QUEUE);
    app.tasks.spawn("link cards", trail::follow(Arc::clone(app), watch::Links { queue }));
    app.tasks.spawn("linked pages", look::run(Arc::clone(app), jobs));
}

/// Counts links that nobody looks at.
fn dropped(why: &'static str, many: u64) {
    metrics::counter!("hearth_link_cards_dropped_total", "why" => why).increment(many);
}

//! Web push: waking a browser of somebody who is not at any of their devices.
//!
//! [`watch`] is one more cursor over the log. It looks at new messages a few times a second, decides
//! for each member with a subscription whether the message may interrupt them
//! (`hearth_domain::notify`), and puts what is to be sent into a queue of [`QUEUE`] places.
//! [`deliver`] encrypts for the browser (RFC 8291), signs for its push service (RFC 8292) and posts,
//! [`AT_ONCE_MAX`] at a time, through the client that checks where requests go. A notice is worth
//! little later and the unread count is kept elsewhere, so nothing here is durable: what does not fit
//! is dropped and counted, and a restart forgets what was under way.
//!
//! The push service learns when a browser is woken and by which box, never by whom or what for.

mod deliver;
mod encrypt;
mod vapid;
mod watch;

use std::sync::Arc;
use std::time::Duration;

use hearth_domain::id::ChannelId;
use hearth_store::account::push::Subscription;
use serde::Serialize;
use tokio::sync::mpsc;

pub use vapid::{BadKey, BoxKey};

use crate::app::App;
use crate::trail;

/// Notices that wait to be sent.
const QUEUE: usize = 512;
/// Requests to push services at the same time.
const AT_ONCE_MAX: usize = 8;
/// How long a push service keeps a notice for a browser that is not reachable: half a day.
const TTL: Duration = Duration::from_secs(12 * 3_600);

/// What a browser is told. The page's worker shows it as it is (`web/public/worker.js`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Words {
    /// The conversation, which newer words take over.
    pub channel: ChannelId,
    /// Where a click leads.
    pub path: String,
    /// Who wrote, and where.
    pub title: String,
    /// What was written, if it may be shown.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
}

/// Something to send to one browser.
struct Job {
    to: Subscription,
    words: Arc<Words>,
    urgent: bool,
    tries: u32,
}

/// Starts both tasks. `contact` is where a push service finds the operator of this box.
pub fn start(app: &Arc<App>, contact: String) {
    let (queue, jobs) = mpsc::channel(QUEUE);
    app.tasks.spawn("push", trail::follow(Arc::clone(app), watch::Wakes { queue }));
    app.tasks.spawn("push delivery", deliver::run(Arc::clone(app), jobs, contact));
}

/// Counts notices that were not sent.
fn dropped(why: &'static str, many: u64) {
    metrics::counter!("hearth_push_dropped_total", "why" => why).increment(many);
}

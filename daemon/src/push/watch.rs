//! A cursor over the log that looks for messages which may wake somebody.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use hearth_domain::event::{Event, EventKind, Posted};
use hearth_domain::id::{Seq, UserId};
use hearth_domain::model::{Channel, ChannelKind};
use hearth_domain::notify::{self, Arrival, Folded, Moment, Notices, Place, Reader, Reason};
use hearth_domain::permit;
use hearth_domain::time::Timestamp;
use hearth_store::account::push::{self, Subscription};
use hearth_store::chat::listeners::{Listener, listeners};
use hearth_store::chat::{channels, people};
use hearth_store::{ReadTx, log};
use tokio::sync::mpsc;

use super::{Job, QUEUE, Words, dropped};
use crate::actions::ActionError;
use crate::app::App;
use crate::trail::{Looked, Lookout, PAGE};
use crate::zone;

const MESSAGE_POSTED: EventKind = EventKind(50);

/// Finds out whom new messages wake, and lets it be done.
pub(super) struct Wakes {
    pub(super) queue: mpsc::Sender<Job>,
}

impl Lookout for Wakes {
    // Nobody feels it.
    const GATHER: Duration = Duration::from_millis(300);
    const TROUBLE: &'static str = "new messages wake nobody for the moment";

    async fn look(&self, app: &App, after: Seq) -> Result<Looked, ActionError> {
        let now = app.clock.now();
        let (looked, wakes) = app.store.read(move |tx| look(tx, after, now)).await?;
        if !wakes.is_empty() {
            wake(app, &self.queue, wakes).await;
        }
        Ok(looked)
    }

    /// A late notice is none.
    fn left_out(&self, entries: u64) {
        dropped("behind", entries);
    }
}

/// One message for one person, with all browsers of theirs.
struct Wake {
    user: UserId,
    reason: Reason,
    words: Arc<Words>,
    to: Vec<Subscription>,
}

fn look(tx: &ReadTx<'_>, after: Seq, now: Timestamp) -> Result<(Looked, Vec<Wake>), ActionError> {
    if !push::any(tx)? {
        return Ok((Looked { upto: tx.head()?, complete: true }, Vec::new()));
    }
    let page = log::after(tx, after, PAGE)?;
    let mut wakes = Vec::new();
    for entry in page.entries.iter().filter(|entry| entry.kind == MESSAGE_POSTED) {
        // An event that a newer build wrote may not be readable here; the log keeps it.
        let event = entry.payload.as_deref().and_then(|json| serde_json::from_str(json).ok());
        if let Some(Event::MessagePosted(posted)) = event
            && wakes.len() < QUEUE
        {
            wakes.extend(of_message(tx, entry.actor, &posted, now)?);
        }
    }
    Ok((Looked { upto: page.upto, complete: page.complete }, wakes))
}

fn of_message(
    tx: &ReadTx<'_>,
    author: UserId,
    posted: &Posted,
    now: Timestamp,
) -> Result<Vec<Wake>, ActionError> {
    let listeners = listeners(tx, posted.channel, posted.root)?;
    let text = Folded::new(posted.text.as_str());
    let arrival = Arrival { author, text: &text, root: posted.root, mentions: &posted.mentions };
    let mut wakes = Vec::new();
    for listener in listeners {
        let Some(channel) = readable(tx, listener.user, posted)? else { continue };
        let reader = reader(&channel, &listener);
        let Some(notice) = notify::decide(arrival, reader, moment(reader.notices, now)) else {
            continue;
        };
        let name = people::user(tx, author)?.map(|author| author.name.to_string());
        let words = words(name.unwrap_or_default(), &channel, posted, notice.preview);
        let to = push::of_user(tx, listener.user, now)?;
        let (user, reason) = (listener.user, notice.reason);
        wakes.push(Wake { user, reason, words: Arc::new(words), to });
    }
    Ok(wakes)
}

/// The conversation, if somebody may read it now.
fn readable(
    tx: &ReadTx<'_>,
    user: UserId,
    posted: &Posted,
) -> Result<Option<Channel>, ActionError> {
    let actor = people::actor(tx, user)?;
    let standing = channels::standing(tx, posted.channel, user)?;
    let (Some(actor), Some(standing)) = (actor, standing) else { return Ok(None) };
    Ok(permit::read(&actor, &standing).is_ok().then_some(standing.channel))
}

fn reader<'a>(channel: &Channel, listener: &'a Listener) -> Reader<'a> {
    Reader {
        user: listener.user,
        level: listener.level,
        place: if channel.is_direct() { Place::Direct } else { Place::Channel },
        follows: listener.follows,
        notices: &listener.preferences.notices,
    }
}

/// Now, by the clock of the person's quiet hours, if they have any.
fn moment(notices: &Notices, now: Timestamp) -> Moment {
    let zone = notices.quiet.as_ref().map(|quiet| &quiet.zone);
    Moment { at: now, local: zone::local(now, zone) }
}

fn words(author: String, channel: &Channel, posted: &Posted, preview: bool) -> Words {
    let title = match (&channel.name, channel.kind) {
        (Some(name), ChannelKind::Public | ChannelKind::Private) => format!("{author} · #{name}"),
        _ => author,
    };
    let (at, id) = posted.root.map_or(("m", posted.message), |root| ("t", root));
    Words {
        channel: posted.channel,
        path: format!("/c/{}/{at}/{id}", posted.channel),
        title,
        body: preview.then(|| notify::excerpt(posted.text.as_str())),
    }
}

/// Hands over what is for people who are at none of their devices.
async fn wake(app: &App, queue: &mpsc::Sender<Job>, wakes: Vec<Wake>) {
    let users: HashSet<UserId> = wakes.iter().map(|wake| wake.user).collect();
    let active = app.hub.active(users).await;
    for Wake { user, reason, words, to } in wakes {
        if active.contains(&user) {
            continue;
        }
        let urgent = reason.is_mention() || reason == Reason::Direct;
        for to in to {
            let job = Job { to, words: Arc::clone(&words), urgent, tries: 0 };
            if queue.try_send(job).is_err() {
                dropped("queue", 1);
            }
        }
    }
}

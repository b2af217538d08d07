//! Lists that reach across conversations: followed threads and saved messages.
//!
//! The store names what belongs on a page. The messages themselves are shown only with leave to read
//! each of their channels, asked for here in the same transaction.

use std::collections::{BTreeSet, HashMap};

use hearth_domain::id::{ChannelId, MessageId, UserId};
use hearth_domain::model::Message;
use hearth_domain::permit::{Actor, Ask, OfficeAct, permit};
use hearth_store::ReadTx;
use hearth_store::chat::threads::FollowedAsk;
use hearth_store::chat::{history, saved, threads};
use hearth_wire::inbox::{
    FollowedThread, FollowedThreads, SavedMessage, SavedMessages, SavedQuery, ThreadsQuery,
};
use hearth_wire::limits::{PAGE_LISTED_DEFAULT, PAGE_LISTED_MAX};

use super::read::may_read;
use super::{ActionError, ActionResult, look};
use crate::app::App;

fn limit(asked: Option<u32>) -> usize {
    let limit = asked.unwrap_or(PAGE_LISTED_DEFAULT).clamp(1, PAGE_LISTED_MAX);
    usize::try_from(limit).unwrap_or(usize::MAX)
}

/// Those of these messages that the actor may read, by their ids.
fn readable(
    tx: &ReadTx<'_>,
    actor: &Actor,
    wanted: &[(ChannelId, MessageId)],
) -> ActionResult<HashMap<MessageId, Message>> {
    let channels: BTreeSet<ChannelId> = wanted.iter().map(|(channel, _)| *channel).collect();
    let mut permits = Vec::with_capacity(channels.len());
    for channel in channels {
        match may_read(tx, actor, channel) {
            Ok(permit) => permits.push(permit),
            // Not for them, so not on the page.
            Err(ActionError::Denied(_)) => {}
            Err(error) => return Err(error),
        }
    }
    let ids: Vec<MessageId> = wanted.iter().map(|(_, message)| *message).collect();
    let messages = history::named(tx, &permits, &ids)?;
    Ok(messages.into_iter().map(|message| (message.id, message)).collect())
}

/// A page of the threads somebody follows.
///
/// # Errors
/// By permission, or when the store can't be used.
pub async fn threads(
    app: &App,
    user: UserId,
    query: ThreadsQuery,
) -> ActionResult<FollowedThreads> {
    let limit = limit(query.limit);
    look(app, user, move |tx, actor| {
        permit(actor, Ask::Office(OfficeAct::TakePart))?;
        // One more than fits, to know whether there is a next page.
        let ask = FollowedAsk { unread: query.unread, before: query.before, limit: limit + 1 };
        let mut found = threads::followed(tx, user, ask)?;
        let more = found.len() > limit;
        found.truncate(limit);
        let next = found.last().filter(|_| more).map(|thread| thread.last_seq);
        let wanted = found.iter().flat_map(|thread| {
            [(thread.state.channel, thread.state.root), (thread.state.channel, thread.last)]
        });
        let messages = readable(tx, actor, &wanted.collect::<Vec<_>>())?;
        let shown = found.iter().filter_map(|thread| {
            Some(FollowedThread {
                root: messages.get(&thread.state.root)?.clone(),
                last: messages.get(&thread.last)?.clone(),
                read_upto: thread.state.read_upto,
                unread: thread.state.unread,
            })
        });
        Ok(FollowedThreads { threads: shown.collect(), next })
    })
    .await
}

/// A page of the messages somebody saved.
///
/// # Errors
/// By permission, or when the store can't be used.
pub async fn saved(app: &App, user: UserId, query: SavedQuery) -> ActionResult<SavedMessages> {
    let limit = limit(query.limit);
    look(app, user, move |tx, actor| {
        permit(actor, Ask::Office(OfficeAct::TakePart))?;
        let mut found = saved::before(tx, user, query.before, limit + 1)?;
        let more = found.len() > limit;
        found.truncate(limit);
        let next = found.last().filter(|_| more).map(|saved| saved.seq);
        let wanted: Vec<_> = found.iter().map(|saved| (saved.channel, saved.message)).collect();
        let mut messages = readable(tx, actor, &wanted)?;
        let shown = found.iter().filter_map(|saved| {
            let message = messages.remove(&saved.message)?;
            Some(SavedMessage { message, saved_at: saved.at })
        });
        Ok(SavedMessages { saved: shown.collect(), next })
    })
    .await
}

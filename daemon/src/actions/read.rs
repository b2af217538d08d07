//! Reading. Whatever shows the content of a channel asks for the permission first and hands the proof
//! to the store.

use hearth_domain::denied::Denied;
use hearth_domain::event::Happened;
use hearth_domain::id::{ChannelId, MessageId, Seq, UserId};
use hearth_domain::limits::SAVED_PER_PERSON_MAX;
use hearth_domain::model::{ChannelState, Member, Message, MessagePage, Office, Revision, User};
use hearth_domain::permit::{self, Actor, Ask, CanRead, OfficeAct, permit as ask};
use hearth_domain::text::Name;
use hearth_store::chat::history::{self, Around, PageAsk};
use hearth_store::chat::{channels, marks, members, people, saved, threads, unread};
use hearth_store::{ReadTx, log};
use hearth_wire::limits::{PAGE_MESSAGES_DEFAULT, PAGE_MESSAGES_MAX, PROTOCOL_VERSION};
use hearth_wire::rest::{Bootstrap, ChannelListing, HistoryQuery, OfficeInfo, ThreadPage};

use super::message::find;
use super::{ActionError, ActionResult, keyword, look};
use crate::app::App;

/// What anybody may know before signing in.
///
/// # Errors
/// When the store can't be used.
pub async fn office_info(app: &App) -> ActionResult<OfficeInfo> {
    let seen =
        app.store.read(|tx| Ok::<_, ActionError>((people::office(tx)?, people::owners(tx)?)));
    let (office, owners) = seen.await.map_err(ActionError::from)?;
    Ok(OfficeInfo {
        name: office.map(|office| office.name.into()),
        setup_needed: owners == 0,
        version: env!("CARGO_PKG_VERSION").to_owned(),
        protocol: PROTOCOL_VERSION,
    })
}

/// Everything a page needs to show the office, at one place in the log.
///
/// # Errors
/// When the store can't be used.
pub async fn bootstrap(app: &App, user: UserId) -> ActionResult<Bootstrap> {
    let link_cards_allowed = app.premises.config.outbound.link_cards;
    look(app, user, move |tx, actor| {
        ask(actor, Ask::Office(OfficeAct::TakePart))?;
        let unnamed = || Name::parse("Hearth").map(|name| Office { name, link_cards: true });
        let office = people::office(tx)?.map_or_else(unnamed, Ok)?;
        let mut channels = unread::channel_states(tx, user)?;
        keyword::count(tx, actor, &mut channels)?;
        Ok(Bootstrap {
            seq: tx.head()?,
            office,
            link_cards_allowed,
            me: user,
            preferences: people::preferences(tx, user)?,
            users: people::users(tx)?,
            groups: people::groups(tx)?,
            channels,
            drafts: marks::drafts(tx, user)?,
            threads: threads::unread(tx, user)?,
            saved: saved::before(tx, user, None, SAVED_PER_PERSON_MAX)?
                .into_iter()
                .map(|saved| saved.message)
                .collect(),
        })
    })
    .await
}

/// Everybody with an account.
///
/// # Errors
/// When the store can't be used.
pub async fn users(app: &App, user: UserId) -> ActionResult<Vec<User>> {
    look(app, user, |tx, actor| {
        ask(actor, Ask::Office(OfficeAct::TakePart))?;
        Ok(people::users(tx)?)
    })
    .await
}

/// Public channels, the joined ones marked.
///
/// # Errors
/// By permission.
pub async fn directory(app: &App, user: UserId) -> ActionResult<Vec<ChannelListing>> {
    look(app, user, |tx, actor| {
        let permit = ask(actor, Ask::Office(OfficeAct::BrowseChannels))?;
        let listings = channels::directory(tx, &permit)?;
        let shown = listings.into_iter().map(|listing| ChannelListing {
            channel: listing.channel,
            member_count: listing.member_count,
            joined: listing.joined,
        });
        Ok(shown.collect())
    })
    .await
}

/// The proof that somebody may read a channel.
pub(super) fn may_read(
    tx: &ReadTx<'_>,
    actor: &Actor,
    channel: ChannelId,
) -> ActionResult<CanRead> {
    let standing = channels::standing(tx, channel, actor.id)?.ok_or(Denied::NotFound)?;
    Ok(permit::read(actor, &standing)?)
}

/// The same by one of the channel's messages.
fn may_read_message(tx: &ReadTx<'_>, actor: &Actor, message: MessageId) -> ActionResult<CanRead> {
    let (_, standing) = find(tx, actor.id, message)?;
    Ok(permit::read(actor, &standing)?)
}

/// One conversation and somebody's place in it.
///
/// # Errors
/// By permission, or when they are not in it.
pub async fn channel(app: &App, user: UserId, channel: ChannelId) -> ActionResult<ChannelState> {
    look(app, user, move |tx, actor| {
        may_read(tx, actor, channel)?;
        let mut state = unread::channel_state(tx, user, channel)?.ok_or(Denied::NotFound)?;
        keyword::count(tx, actor, std::slice::from_mut(&mut state))?;
        Ok(state)
    })
    .await
}

/// Who is in a channel.
///
/// # Errors
/// By permission.
pub async fn members(app: &App, user: UserId, channel: ChannelId) -> ActionResult<Vec<Member>> {
    look(app, user, move |tx, actor| Ok(members::list(tx, &may_read(tx, actor, channel)?)?)).await
}

fn page_ask(query: HistoryQuery) -> ActionResult<PageAsk> {
    let around = match (query.before, query.after, query.around) {
        (None, None, None) => Around::Latest,
        (Some(seq), None, None) => Around::Before(seq),
        (None, Some(seq), None) => Around::After(seq),
        (None, None, Some(seq)) => Around::Place(seq),
        _ => return Err(ActionError::Refused(hearth_domain::denied::Code::BadRequest)),
    };
    let limit = query.limit.unwrap_or(PAGE_MESSAGES_DEFAULT).clamp(1, PAGE_MESSAGES_MAX);
    Ok(PageAsk { around, limit })
}

/// A page of a channel's history.
///
/// # Errors
/// By permission, or when the query names two places.
pub async fn history(
    app: &App,
    user: UserId,
    channel: ChannelId,
    query: HistoryQuery,
) -> ActionResult<MessagePage> {
    let ask = page_ask(query)?;
    look(app, user, move |tx, actor| Ok(history::history(tx, &may_read(tx, actor, channel)?, ask)?))
        .await
}

/// The pinned messages of a channel.
///
/// # Errors
/// By permission.
pub async fn pins(app: &App, user: UserId, channel: ChannelId) -> ActionResult<Vec<Message>> {
    look(app, user, move |tx, actor| Ok(history::pins(tx, &may_read(tx, actor, channel)?)?)).await
}

/// One message.
///
/// # Errors
/// By permission.
pub async fn message(app: &App, user: UserId, message: MessageId) -> ActionResult<Message> {
    look(app, user, move |tx, actor| {
        let permit = may_read_message(tx, actor, message)?;
        Ok(history::one(tx, &permit, message)?.ok_or(Denied::NotFound)?)
    })
    .await
}

/// The texts a message had before.
///
/// # Errors
/// By permission.
pub async fn revisions(app: &App, user: UserId, message: MessageId) -> ActionResult<Vec<Revision>> {
    look(app, user, move |tx, actor| {
        let permit = may_read_message(tx, actor, message)?;
        Ok(history::revisions(tx, &permit, message)?)
    })
    .await
}

/// A thread: its first message and a page of answers.
///
/// # Errors
/// By permission, when the message is itself an answer, or the query names two places.
pub async fn thread(
    app: &App,
    user: UserId,
    message: MessageId,
    query: HistoryQuery,
) -> ActionResult<ThreadPage> {
    let ask = page_ask(query)?;
    look(app, user, move |tx, actor| {
        let permit = may_read_message(tx, actor, message)?;
        let root = history::one(tx, &permit, message)?.ok_or(Denied::NotFound)?;
        if root.root.is_some() {
            return Err(Denied::NotARoot.into());
        }
        Ok(ThreadPage {
            page: history::answers(tx, &permit, message, ask)?,
            following: threads::follows(tx, user, message)?,
            read_upto: marks::read_upto(tx, user, permit.channel(), Some(message))?,
            root,
        })
    })
    .await
}

/// One event of the log, if somebody may see it.
///
/// # Errors
/// When the store can't be used, or the event is of a kind this build does not know.
pub async fn event(app: &App, user: UserId, seq: Seq) -> ActionResult<Option<Happened>> {
    look(app, user, move |tx, actor| {
        let before = Seq(seq.0.saturating_sub(1));
        let page = log::visible_after(tx, actor.id, before, 1)?;
        let entry = page.entries.into_iter().find(|entry| entry.seq == seq);
        let Some(payload) = entry.as_ref().and_then(|entry| entry.payload.as_deref()) else {
            return Ok(None);
        };
        let event = serde_json::from_str(payload)
            .map_err(|_| ActionError::Defect("an event of ours that can't be read"))?;
        Ok(entry.map(|entry| Happened { seq, at: entry.at, actor: entry.actor, event }))
    })
    .await
}

//! Opening conversations, changing them, and who is in them.

use hearth_domain::audit::{Act, Deed, Subject};
use hearth_domain::decide::channel::{self, Archive, Change, Open, Person};
use hearth_domain::denied::Denied;
use hearth_domain::event::{Decided, Event, Happened};
use hearth_domain::id::{ChannelId, UserId};
use hearth_domain::limits::GROUP_DIRECT_PEOPLE_MAX;
use hearth_domain::model::{Channel, ChannelKind, ChannelRole};
use hearth_domain::permit::{Actor, Ask, OfficeAct, Standing, permit};
use hearth_domain::text::{Name, Topic};
use hearth_store::ReadTx;
use hearth_store::chat::{channels, members, people, views};
use hearth_wire::rest::{ChannelChange, NewChannel};

use super::audit::{Doer, change_audited, word};
use super::{ActionResult, actor, change as run, commit};
use crate::app::App;

/// Somebody's seat in a channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seat {
    /// Where.
    pub channel: ChannelId,
    /// Whose.
    pub user: UserId,
}

/// Everybody who was named; one who does not exist fails them all.
fn persons(tx: &ReadTx<'_>, users: &[UserId]) -> ActionResult<Vec<Person>> {
    let found = views::people(tx, users)?;
    let all = users.iter().all(|user| found.iter().any(|person| person.id == *user));
    if all { Ok(found) } else { Err(Denied::NotFound.into()) }
}

/// Opens a channel.
///
/// # Errors
/// By permission, when a text is refused, or the name is taken.
pub async fn open(app: &App, user: UserId, new: NewChannel) -> ActionResult<Vec<Happened>> {
    let name = Name::parse(&new.name)?;
    let topic = Topic::parse(&new.topic)?;
    let id = app.ids.make(ChannelId::new);
    let now = app.clock.now();
    run(app, user, move |tx, actor| {
        let taken = channels::name_taken(tx, &name, None)?;
        let people = persons(tx, &new.members)?;
        let NewChannel { kind, posting, reach, .. } = new;
        let open = Open { id, kind, name, topic, posting, reach, people };
        Ok(channel::open(actor, open, taken, now)?)
    })
    .await
}

/// A direct conversation that was found or opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Opened {
    /// Which.
    pub channel: ChannelId,
    /// Whether it did not exist before.
    pub is_new: bool,
}

/// Opens the direct conversation with exactly these people, or finds it.
///
/// # Errors
/// By permission, when somebody is disabled, or there are too many.
pub async fn open_direct(app: &App, user: UserId, users: Vec<UserId>) -> ActionResult<Opened> {
    if users.len() >= GROUP_DIRECT_PEOPLE_MAX {
        return Err(Denied::LimitReached { max: GROUP_DIRECT_PEOPLE_MAX }.into());
    }
    let id = app.ids.make(ChannelId::new);
    let now = app.clock.now();
    let opened = app.store.write(now, move |tx| {
        let actor = actor(tx, user)?;
        let mut everybody = users.clone();
        everybody.push(user);
        if let Some(channel) = channels::direct_of(tx, &everybody)? {
            return Ok(Opened { channel, is_new: false });
        }
        let people = persons(tx, &users)?;
        commit(tx, channel::open_direct(&actor, id, &people, now)?)?;
        Ok(Opened { channel: id, is_new: true })
    });
    Ok(opened.await?)
}

/// Changes a channel.
///
/// # Errors
/// By permission, when a text is refused, or the name is taken.
pub async fn change(
    app: &App,
    doer: &Doer,
    id: ChannelId,
    wanted: ChannelChange,
) -> ActionResult<Vec<Happened>> {
    let now = app.clock.now();
    let change = Change {
        name: wanted.name.as_deref().map(Name::parse).transpose()?,
        topic: wanted.topic.as_deref().map(Topic::parse).transpose()?,
        kind: wanted.kind,
        reveals_history: wanted.reveal_history,
        posting: wanted.posting,
        archive: wanted.archived.map(|yes| if yes { Archive::Archived } else { Archive::InUse }),
    };
    change_audited(app, doer, move |tx, actor| {
        let standing = channels::standing(tx, id, actor.id)?.ok_or(Denied::NotFound)?;
        let name = change.name.as_ref();
        let taken = name.map(|name| channels::name_taken(tx, name, Some(id))).transpose()?;
        let decided = channel::change(actor, &standing, change, taken.unwrap_or(false), now)?;
        let deed = deed(&standing.channel, &decided);
        Ok((decided, deed))
    })
    .await
}

/// What a change of settings is in the audit log. A topic is content, so that it is named and not
/// shown.
fn deed(before: &Channel, decided: &[Decided]) -> Deed {
    let after = decided.iter().rev().find_map(|decided| match &decided.event {
        Event::ChannelUpdated { channel } => Some(channel),
        _ => None,
    });
    let after = after.unwrap_or(before);
    let reveals = before.kind == ChannelKind::Private && after.kind == ChannelKind::Public;
    let act = if reveals { Act::ChannelRevealed } else { Act::ChannelChanged };
    let name = |channel: &Channel| channel.name.as_ref().map_or(String::new(), Name::to_string);
    let archived = |channel: &Channel| channel.archived_at.is_some();
    let deed = Deed::new(act, Subject::channel(before.id, &name(before)))
        .change("name", name(before), name(after))
        .change("kind", word(before.kind), word(after.kind))
        .change("posting", word(before.posting), word(after.posting))
        .change("archived", archived(before), archived(after));
    if before.topic == after.topic { deed } else { deed.fact("topic", "changed") }
}

/// Joins a public channel.
///
/// # Errors
/// By permission.
pub async fn join(app: &App, user: UserId, id: ChannelId) -> ActionResult<Vec<Happened>> {
    in_channel(app, user, id, |_, actor, standing| Ok(channel::join(actor, standing)?)).await
}

/// Leaves a channel.
///
/// # Errors
/// By permission.
pub async fn leave(app: &App, user: UserId, id: ChannelId) -> ActionResult<Vec<Happened>> {
    in_channel(app, user, id, move |tx, actor, standing| {
        Ok(channel::leave(actor, standing, members::others(tx, id, user)?)?)
    })
    .await
}

/// Adds somebody, or changes what they may do there.
///
/// # Errors
/// By permission, or when the person is disabled.
pub async fn set_member(
    app: &App,
    user: UserId,
    seat: Seat,
    role: ChannelRole,
) -> ActionResult<Vec<Happened>> {
    in_channel(app, user, seat.channel, move |tx, actor, standing| {
        let person = *persons(tx, &[seat.user])?.first().ok_or(Denied::NotFound)?;
        let seat = members::seat(tx, seat.channel, seat.user)?;
        Ok(channel::set_member(actor, standing, &person, seat, role)?)
    })
    .await
}

/// Removes somebody.
///
/// # Errors
/// By permission.
pub async fn remove_member(app: &App, user: UserId, seat: Seat) -> ActionResult<Vec<Happened>> {
    in_channel(app, user, seat.channel, move |tx, actor, standing| {
        let place = members::seat(tx, seat.channel, seat.user)?;
        Ok(channel::remove_member(actor, standing, seat.user, place)?)
    })
    .await
}

/// Names one of its members to run a private channel that nobody runs any more.
///
/// # Errors
/// By permission, when somebody runs it, or the person could not.
pub async fn rescue(app: &App, doer: &Doer, seat: Seat) -> ActionResult<()> {
    change_audited(app, doer, move |tx, actor| {
        // Asked first: who may not do this does not learn which channels there are.
        permit(actor, Ask::Office(OfficeAct::RescueChannel))?;
        let standing = channels::standing(tx, seat.channel, actor.id)?.ok_or(Denied::NotFound)?;
        let place = members::seat(tx, seat.channel, seat.user)?;
        place.role.ok_or(Denied::NotFound)?;
        let heir = *persons(tx, &[seat.user])?.first().ok_or(Denied::NotFound)?;
        let decided = channel::rescue(actor, &standing.channel, &heir, place)?;
        let user = people::user(tx, seat.user)?.ok_or(Denied::NotFound)?;
        let name = standing.channel.name.map(String::from).unwrap_or_default();
        let deed = Deed::new(Act::ChannelRescued, Subject::channel(seat.channel, &name));
        Ok((decided, deed.fact("manager", user.name)))
    })
    .await
    .map(drop)
}

async fn in_channel<W>(
    app: &App,
    user: UserId,
    id: ChannelId,
    work: W,
) -> ActionResult<Vec<Happened>>
where
    W: FnOnce(&ReadTx<'_>, &Actor, &Standing) -> ActionResult<Vec<Decided>> + Send + 'static,
{
    run(app, user, move |tx, actor| {
        let standing = channels::standing(tx, id, user)?.ok_or(Denied::NotFound)?;
        work(tx, actor, &standing)
    })
    .await
}

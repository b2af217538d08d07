//! Opening conversations, changing them, and who is in them.

use std::collections::BTreeSet;

use super::{Decision, NOTHING, one};
use crate::denied::Denied;
use crate::event::{Decided, Event, Scope};
use crate::id::{ChannelId, UserId};
use crate::limits::GROUP_DIRECT_PEOPLE_MAX;
use crate::model::{AccountState, Channel, ChannelKind, ChannelRole, Member, Posting, Reach, Role};
use crate::permit::{Actor, Ask, ChannelAct, OfficeAct, Standing, permit};
use crate::text::{Name, Topic};
use crate::time::Timestamp;

/// A channel to open.
#[derive(Clone, Debug)]
pub struct Open {
    /// Identity for it.
    pub id: ChannelId,
    /// Public or private.
    pub kind: ChannelKind,
    /// Its name.
    pub name: Name,
    /// What it is about.
    pub topic: Topic,
    /// Who may start a message.
    pub posting: Posting,
    /// Whether it leaves the box.
    pub reach: Reach,
    /// Who is in it besides the one who opens it.
    pub people: Vec<Person>,
}

/// Somebody to be put into a conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Person {
    /// Who.
    pub id: UserId,
    /// What they may do in the office.
    pub role: Role,
    /// Whether they may sign in.
    pub state: AccountState,
}

/// Who learns of a channel: everybody but guests if it is public, else its members.
#[must_use]
pub const fn audience(channel: &Channel) -> Scope {
    match channel.kind {
        ChannelKind::Public => Scope::Members,
        _ => Scope::Channel(channel.id),
    }
}

/// Decides a new channel; the one who opens it manages it.
///
/// # Errors
/// [`Denied`] by permission, when the name is taken, or somebody is disabled.
pub fn open(actor: &Actor, open: Open, name_taken: bool, now: Timestamp) -> Decision {
    let permit = permit(actor, Ask::Office(OfficeAct::OpenChannel))?;
    if !matches!(open.kind, ChannelKind::Public | ChannelKind::Private) {
        return Err(Denied::DirectIsFixed);
    }
    if name_taken {
        return Err(Denied::NameTaken);
    }
    let channel = Channel {
        id: open.id,
        kind: open.kind,
        name: Some(open.name),
        topic: open.topic,
        posting: open.posting,
        reach: open.reach,
        archived_at: None,
        created_by: permit.actor(),
        created_at: now,
    };
    let mut members = vec![Member { user: actor.id, role: ChannelRole::Manager }];
    members.extend(others(actor, &open.people)?);
    let mut decided = one(
        actor.id,
        audience(&channel),
        Event::ChannelCreated { channel: channel.clone(), members: members.clone() },
    )?;
    if channel.kind == ChannelKind::Public {
        tell_guests(actor, &channel, &open.people, &mut decided);
    }
    Ok(decided)
}

/// A public channel is announced to members only; the guests in it learn of it by being added.
fn tell_guests(actor: &Actor, channel: &Channel, people: &[Person], decided: &mut Vec<Decided>) {
    for guest in people.iter().filter(|p| p.role == Role::Guest) {
        let member = Member { user: guest.id, role: ChannelRole::Member };
        let event = Event::MemberAdded { channel: channel.id, member };
        let scope = Scope::Channel(channel.id);
        decided.push(Decided { actor: actor.id, scope, event });
    }
}

fn others(actor: &Actor, people: &[Person]) -> Result<Vec<Member>, Denied> {
    let mut members: Vec<Member> = Vec::with_capacity(people.len());
    let mut seen = BTreeSet::from([actor.id]);
    for person in people {
        if person.state != AccountState::Active {
            return Err(Denied::AccountDisabled);
        }
        if seen.insert(person.id) {
            members.push(Member { user: person.id, role: ChannelRole::Member });
        }
    }
    Ok(members)
}

/// Decides a direct conversation between the actor and up to eleven others; none means notes to
/// oneself. The caller has looked that no conversation with exactly these people exists.
///
/// # Errors
/// [`Denied`] by permission, when somebody is disabled, or there are too many.
pub fn open_direct(actor: &Actor, id: ChannelId, people: &[Person], now: Timestamp) -> Decision {
    permit(actor, Ask::Office(OfficeAct::OpenDirect))?;
    let mut members = vec![Member { user: actor.id, role: ChannelRole::Member }];
    members.extend(others(actor, people)?);
    if members.len() > GROUP_DIRECT_PEOPLE_MAX {
        return Err(Denied::LimitReached { max: GROUP_DIRECT_PEOPLE_MAX });
    }
    let kind = if members.len() > 2 { ChannelKind::Group } else { ChannelKind::Direct };
    let channel = Channel {
        id,
        kind,
        name: None,
        topic: Topic::empty(),
        posting: Posting::Everyone,
        reach: Reach::Local,
        archived_at: None,
        created_by: actor.id,
        created_at: now,
    };
    one(actor.id, Scope::Channel(id), Event::ChannelCreated { channel, members })
}

/// What shall change in a channel; what is absent stays.
#[derive(Clone, Debug, Default)]
pub struct Change {
    /// A new name.
    pub name: Option<Name>,
    /// A new topic.
    pub topic: Option<Topic>,
    /// Public or private.
    pub kind: Option<ChannelKind>,
    /// Who may start a message.
    pub posting: Option<Posting>,
    /// Archive or bring back.
    pub archive: Option<Archive>,
    /// Whether it is known that turning public shows the whole history to every member.
    pub reveals_history: bool,
}

/// Archive, or bring back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Archive {
    /// Nothing in it changes any more.
    Archived,
    /// It is as any other.
    InUse,
}

/// Decides a change of a channel. One that comes back from the archive may change in the same
/// step, and so may one that goes into it.
///
/// # Errors
/// [`Denied`] by permission, when the new name is taken, the kind can't be changed, or a private
/// channel would turn public without it being said that its history becomes visible.
pub fn change(
    actor: &Actor,
    standing: &Standing,
    change: Change,
    name_taken: bool,
    now: Timestamp,
) -> Decision {
    let mut channel = standing.channel.clone();
    if change.archive.is_some() {
        permit(actor, Ask::Channel(ChannelAct::Archive, standing))?;
    }
    if change.archive == Some(Archive::InUse) {
        channel.archived_at = None;
    }
    let brought_back = Standing { channel: channel.clone(), member: standing.member };
    let configures = change.name.is_some()
        || change.topic.is_some()
        || change.kind.is_some()
        || change.posting.is_some();
    if configures || change.archive.is_none() {
        permit(actor, Ask::Channel(ChannelAct::Configure, &brought_back))?;
    }
    if let Some(name) = change.name {
        if name_taken {
            return Err(Denied::NameTaken);
        }
        channel.name = Some(name);
    }
    if let Some(kind) = change.kind {
        if !matches!(kind, ChannelKind::Public | ChannelKind::Private) {
            return Err(Denied::DirectIsFixed);
        }
        let reveals = channel.kind == ChannelKind::Private && kind == ChannelKind::Public;
        if reveals && !change.reveals_history {
            return Err(Denied::RevealsHistory);
        }
        channel.kind = kind;
    }
    channel.topic = change.topic.unwrap_or(channel.topic);
    channel.posting = change.posting.unwrap_or(channel.posting);
    if change.archive == Some(Archive::Archived) {
        channel.archived_at = channel.archived_at.or(Some(now));
    }
    announce_change(actor, &standing.channel, channel)
}

/// A public channel's change goes to every member of the office and, as guests in it are not among
/// them, to the channel too; who gets both sees the same record twice. One that turns private tells
/// the office only that: its new name and topic are for the channel, whose event comes last and wins.
fn announce_change(actor: &Actor, before: &Channel, after: Channel) -> Decision {
    if *before == after {
        return NOTHING;
    }
    let for_the_office = match (before.kind, after.kind) {
        (_, ChannelKind::Public) => Some(after.clone()),
        (ChannelKind::Public, _) => {
            let (name, topic) = (before.name.clone(), before.topic.clone());
            Some(Channel { name, topic, ..after.clone() })
        }
        _ => None,
    };
    let told = |scope, channel| Decided {
        actor: actor.id,
        scope,
        event: Event::ChannelUpdated { channel },
    };
    let office = for_the_office.map(|channel| told(Scope::Members, channel));
    let id = after.id;
    Ok(office.into_iter().chain([told(Scope::Channel(id), after)]).collect())
}

/// Decides joining a public channel by oneself.
///
/// # Errors
/// [`Denied`] by permission.
pub fn join(actor: &Actor, standing: &Standing) -> Decision {
    let permit = permit(actor, Ask::Channel(ChannelAct::Join, standing))?;
    if standing.member.is_some() {
        return NOTHING;
    }
    let member = Member { user: permit.actor(), role: ChannelRole::Member };
    added(actor, standing, member)
}

/// Who else is in a channel.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Others {
    /// How many.
    pub people: usize,
    /// How many of them run it and can sign in.
    pub managers: usize,
}

/// Somebody's place in a channel, and who is there besides.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Seat {
    /// What they may do there; nothing for who is not in it.
    pub role: Option<ChannelRole>,
    /// Who else is in it.
    pub others: Others,
}

/// Where there are people, somebody runs the channel: the last one who does may not go before they
/// have named another. A channel without anybody else, or an archived one, needs nobody.
fn keep_a_manager(standing: &Standing, seat: Seat) -> Result<(), Denied> {
    let Seat { role, others } = seat;
    let is_last = role == Some(ChannelRole::Manager) && others.managers == 0 && others.people > 0;
    let needs_one = !standing.channel.is_direct() && standing.channel.archived_at.is_none();
    if is_last && needs_one { Err(Denied::LastManager) } else { Ok(()) }
}

/// Decides leaving a channel.
///
/// # Errors
/// [`Denied`] by permission, or when nobody would run it any more.
pub fn leave(actor: &Actor, standing: &Standing, others: Others) -> Decision {
    let permit = permit(actor, Ask::Channel(ChannelAct::Leave, standing))?;
    keep_a_manager(standing, Seat { role: standing.member, others })?;
    removed(actor, standing, permit.actor())
}

/// Decides adding somebody, or giving a member another role in the channel. Who is already as
/// wanted may be added again, so that a repeated request is answered like the first.
///
/// # Errors
/// [`Denied`] by permission, when a guest should manage, somebody disabled should gain, or nobody
/// would run the channel any more.
pub fn set_member(
    actor: &Actor,
    standing: &Standing,
    person: &Person,
    seat: Seat,
    wanted: ChannelRole,
) -> Decision {
    let present = seat.role;
    let act = match (present, wanted) {
        (None | Some(ChannelRole::Member), ChannelRole::Member) => ChannelAct::AddMember,
        _ => ChannelAct::ManageMembers,
    };
    permit(actor, Ask::Channel(act, standing))?;
    if person.role == Role::Guest && wanted == ChannelRole::Manager {
        return Err(Denied::Forbidden);
    }
    if person.state != AccountState::Active && Some(wanted) > present {
        return Err(Denied::AccountDisabled);
    }
    if wanted == ChannelRole::Member {
        keep_a_manager(standing, seat)?;
    }
    let member = Member { user: person.id, role: wanted };
    let channel = standing.channel.id;
    match present {
        None => added(actor, standing, member),
        Some(role) if role == wanted => NOTHING,
        Some(_) => one(actor.id, Scope::Channel(channel), Event::MemberUpdated { channel, member }),
    }
}

/// Decides who runs a private channel from now on that was left without anybody: one of its members.
/// Whoever decides it need not be in the channel, and is not let in; its people see the event.
///
/// # Errors
/// [`Denied`] by permission, when somebody runs the channel, or the person is not in it, is a guest or
/// can't sign in.
pub fn rescue(actor: &Actor, channel: &Channel, heir: &Person, seat: Seat) -> Decision {
    permit(actor, Ask::Office(OfficeAct::RescueChannel))?;
    let can_run = heir.state == AccountState::Active && heir.role > Role::Guest;
    let runs_it = seat.role == Some(ChannelRole::Manager) && can_run;
    // Whoever runs the office runs its public channels.
    if channel.kind != ChannelKind::Private || runs_it || seat.others.managers > 0 {
        return Err(Denied::ChannelIsRun);
    }
    match seat.role {
        None => Err(Denied::NotFound),
        Some(_) if heir.state != AccountState::Active => Err(Denied::AccountDisabled),
        Some(_) if !can_run => Err(Denied::Forbidden),
        Some(_) => {
            let member = Member { user: heir.id, role: ChannelRole::Manager };
            let event = Event::MemberUpdated { channel: channel.id, member };
            one(actor.id, Scope::Channel(channel.id), event)
        }
    }
}

fn added(actor: &Actor, standing: &Standing, member: Member) -> Decision {
    let channel = standing.channel.id;
    one(actor.id, Scope::Channel(channel), Event::MemberAdded { channel, member })
}

/// Decides removing somebody; oneself is leaving.
///
/// # Errors
/// [`Denied`] by permission, or when nobody would run the channel any more.
pub fn remove_member(actor: &Actor, standing: &Standing, user: UserId, seat: Seat) -> Decision {
    if user == actor.id {
        return leave(actor, standing, seat.others);
    }
    permit(actor, Ask::Channel(ChannelAct::ManageMembers, standing))?;
    if seat.role.is_none() {
        return NOTHING;
    }
    keep_a_manager(standing, seat)?;
    removed(actor, standing, user)
}

/// The channel learns of it, and so does the person: they no longer see the channel's own events.
fn removed(actor: &Actor, standing: &Standing, user: UserId) -> Decision {
    let channel = standing.channel.id;
    let event = Event::MemberRemoved { channel, user };
    let mut decided = one(actor.id, Scope::Channel(channel), event.clone())?;
    decided.extend(one(actor.id, Scope::User(user), event)?);
    Ok(decided)
}

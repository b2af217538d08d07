//! What must hold after every step, whoever tried whatever.

use hearth_domain::event::{Decided, Event, Posted, Scope};
use hearth_domain::id::{ChannelId, UserId};
use hearth_domain::limits;
use hearth_domain::model::{
    AccountState, Channel, ChannelKind, ChannelRole, Mentions, Posting, Role, WideMention,
};

use crate::world::{Step, What, World};

/// Where an event happened, if in a channel. A new kind of event has to be placed here.
fn channel_of(event: &Event) -> Option<ChannelId> {
    match event {
        Event::OfficeUpdated { .. }
        | Event::UserCreated { .. }
        | Event::UserUpdated { .. }
        | Event::PreferencesUpdated { .. }
        | Event::GroupUpdated { .. }
        | Event::GroupDeleted { .. } => None,
        Event::ChannelCreated { channel, .. } | Event::ChannelUpdated { channel } => {
            Some(channel.id)
        }
        Event::MessagePosted(Posted { channel, .. })
        | Event::MemberAdded { channel, .. }
        | Event::MemberUpdated { channel, .. }
        | Event::MemberRemoved { channel, .. }
        | Event::MessageEdited { channel, .. }
        | Event::MessageDeleted { channel, .. }
        | Event::ReactionSet { channel, .. }
        | Event::PinSet { channel, .. }
        | Event::CardsSet { channel, .. }
        | Event::ThreadFollowed { channel, .. }
        | Event::ReadMarked { channel, .. }
        | Event::SavedSet { channel, .. }
        | Event::NotifyUpdated { channel, .. } => Some(*channel),
        Event::DraftUpdated { draft } => Some(draft.channel),
    }
}

fn is_personal(event: &Event) -> bool {
    matches!(
        event,
        Event::PreferencesUpdated { .. }
            | Event::ThreadFollowed { .. }
            | Event::ReadMarked { .. }
            | Event::SavedSet { .. }
            | Event::NotifyUpdated { .. }
            | Event::DraftUpdated { .. }
    )
}

/// Checks what was decided against how things stood before.
pub(crate) fn check_decided(before: &World, step: &Step, actor: UserId, decided: &[Decided]) {
    let unsigned = matches!(step.what, What::Found | What::Invite { .. } | What::Operate { .. });
    for one in decided {
        assert!(unsigned || one.actor == actor, "in somebody else's name");
        let active = before.user(actor).state == AccountState::Active;
        assert!(active || matches!(step.what, What::Operate { .. }), "a disabled account acted");
        check_scope(before, one);
        if !unsigned {
            check_rank(before, one);
            check_guest(before, one);
        }
        if let Some(channel) = channel_of(&one.event).and_then(|id| before.channel(id)) {
            check_archived(one, channel);
            check_direct(&one.event, channel);
            check_membership(before, one, channel);
        }
        check_message(before, one);
    }
}

fn check_scope(before: &World, Decided { actor, scope, event }: &Decided) {
    if is_personal(event) {
        assert_eq!(*scope, Scope::User(*actor), "personal: {event:?}");
        return;
    }
    let Some(id) = channel_of(event) else {
        return assert_eq!(*scope, Scope::Office, "for everybody: {event:?}");
    };
    match (scope, event) {
        (Scope::Channel(scope), _) => assert_eq!(*scope, id),
        (Scope::User(to), Event::MemberRemoved { user, .. }) => assert_eq!(to, user),
        (Scope::Members, Event::ChannelCreated { channel, .. }) => {
            assert_eq!(channel.kind, ChannelKind::Public);
        }
        (Scope::Members, Event::ChannelUpdated { channel: after }) => {
            let before = before.channel(id).unwrap();
            let kept = (&after.name, &after.topic) == (&before.name, &before.topic);
            let turned_private = before.kind == ChannelKind::Public && kept;
            assert!(
                after.kind == ChannelKind::Public || turned_private,
                "told too many: {after:?}"
            );
        }
        _ => panic!("{event:?} has scope {scope:?}"),
    }
}

fn check_rank(before: &World, Decided { actor, event, .. }: &Decided) {
    let rank = before.user(*actor).role;
    match event {
        Event::UserUpdated { user } => {
            let was = before.user(user.id);
            let access_changed = (was.role, was.state) != (user.role, user.state);
            assert!(access_changed || user.id == *actor, "somebody else's profile");
            let above = was.role == Role::Owner && rank != Role::Owner;
            assert!(!access_changed || (rank >= Role::Admin && !above && user.role <= rank));
        }
        Event::OfficeUpdated { .. } | Event::GroupUpdated { .. } | Event::GroupDeleted { .. } => {
            assert!(rank >= Role::Admin);
        }
        Event::UserCreated { .. } => panic!("an account out of nothing"),
        _ => {}
    }
}

fn check_guest(before: &World, Decided { actor, event, .. }: &Decided) {
    let is_guest = |user: UserId| before.user(user).role == Role::Guest;
    let makes_manager = match event {
        Event::ChannelCreated { members, .. } => members.clone(),
        Event::MemberAdded { member, .. } | Event::MemberUpdated { member, .. } => vec![*member],
        _ => Vec::new(),
    };
    let manages = |m: &hearth_domain::model::Member| m.role == ChannelRole::Manager;
    assert!(!makes_manager.iter().any(|m| manages(m) && is_guest(m.user)), "a guest in charge");
    let grows = matches!(
        event,
        Event::ChannelCreated { .. }
            | Event::ChannelUpdated { .. }
            | Event::MemberAdded { .. }
            | Event::MemberUpdated { .. }
            | Event::PinSet { .. }
    );
    assert!(!(is_guest(*actor) && grows), "a guest did {event:?}");
}

fn check_archived(Decided { actor, event, .. }: &Decided, channel: &Channel) {
    if channel.archived_at.is_none() || is_personal(event) {
        return;
    }
    match event {
        Event::ChannelUpdated { channel: after } => {
            assert_eq!(after.archived_at, None, "changed while archived");
        }
        Event::MemberRemoved { user, .. } => assert_eq!(user, actor, "removed while archived"),
        _ => panic!("{event:?} in an archived channel"),
    }
}

fn check_direct(event: &Event, channel: &Channel) {
    let changes = matches!(
        event,
        Event::ChannelUpdated { .. }
            | Event::MemberAdded { .. }
            | Event::MemberUpdated { .. }
            | Event::MemberRemoved { .. }
    );
    assert!(!(channel.is_direct() && changes), "{event:?} in a direct conversation");
}

fn runs(before: &World, actor: UserId, channel: &Channel) -> bool {
    let rank = before.user(actor).role;
    let manages = before.role_in(channel.id, actor) == Some(ChannelRole::Manager);
    !channel.is_direct() && ((manages && rank > Role::Guest) || rank >= Role::Admin)
}

fn check_membership(before: &World, Decided { actor, event, .. }: &Decided, channel: &Channel) {
    let inside = before.role_in(channel.id, *actor).is_some();
    let runs = runs(before, *actor, channel);
    let open = channel.kind == ChannelKind::Public;
    match event {
        Event::MemberAdded { member, .. } => {
            let joins = open && member.user == *actor;
            let adds = inside && member.role == ChannelRole::Member;
            assert!(joins || adds || (runs && (inside || open)));
        }
        Event::MemberRemoved { user, .. } => assert!(user == actor || runs && (inside || open)),
        Event::MemberUpdated { .. } | Event::ChannelUpdated { .. } => {
            assert!(runs && (inside || open));
        }
        _ => assert!(inside, "{event:?} from outside"),
    }
}

fn check_mentions(before: &World, actor: UserId, channel: ChannelId, mentions: &Mentions) {
    let Mentions { users, groups, wide, here } = mentions;
    assert!(users.len() <= limits::MENTIONS_PER_MESSAGE_MAX);
    assert!(users.iter().all(|user| before.role_in(channel, *user).is_some()), "a stranger");
    assert!(!users.contains(&actor), "oneself");
    let mut once = users.clone();
    once.sort_unstable();
    once.dedup();
    assert_eq!(once.len(), users.len(), "somebody twice");
    assert!((1..groups.len()).all(|at| !groups[..at].contains(&groups[at])), "a group twice");
    assert!(wide.is_none() || before.user(actor).role > Role::Guest, "a guest called everybody");
    assert!(here.is_none() || *wide == Some(WideMention::Here), "nobody called who is here");
    let here = here.iter().flatten();
    assert!(here.clone().all(|user| before.role_in(channel, *user).is_some()), "a stranger");
    assert!(here.clone().all(|user| *user != actor), "oneself");
}

fn check_message(before: &World, Decided { actor, event, .. }: &Decided) {
    match event {
        Event::MessagePosted(posted) => {
            let channel = before.channel(posted.channel).unwrap();
            check_mentions(before, *actor, channel.id, &posted.mentions);
            assert!(before.message(posted.message).is_none(), "an id twice");
            if let Some(root) = posted.root.map(|root| before.message(root).unwrap()) {
                assert_eq!((root.channel, root.root, root.deleted), (channel.id, None, false));
            } else {
                let open = channel.posting == Posting::Everyone;
                assert!(open || runs(before, *actor, channel), "an announcement by anybody");
            }
        }
        Event::MessageEdited { message, channel, mentions, .. } => {
            let head = before.message(*message).unwrap();
            check_mentions(before, *actor, *channel, mentions);
            assert_eq!((head.author, head.channel, head.deleted), (*actor, *channel, false));
        }
        Event::MessageDeleted { message, channel, .. } => {
            let head = before.message(*message).unwrap();
            assert_eq!((head.channel, head.deleted), (*channel, false));
            let channel = before.channel(*channel).unwrap();
            assert!(head.author == *actor || runs(before, *actor, channel));
        }
        Event::CardsSet { message, channel, taken, .. } => {
            let head = before.message(*message).unwrap();
            assert!(head.channel == *channel && !head.deleted && *taken);
            let channel = before.channel(*channel).unwrap();
            assert!(head.author == *actor || runs(before, *actor, channel));
            assert!(!before.seen.messages[message].cards_taken(), "taken away twice");
        }
        Event::ReactionSet { message, channel, .. } | Event::PinSet { message, channel, .. } => {
            let head = before.message(*message).unwrap();
            assert_eq!((head.channel, head.deleted), (*channel, false));
        }
        Event::ThreadFollowed { root, channel, .. } => {
            let head = before.message(*root).unwrap();
            assert_eq!((head.channel, head.root), (*channel, None));
        }
        Event::SavedSet { message, channel, on } => {
            let head = before.message(*message).unwrap();
            assert_eq!(head.channel, *channel);
            assert!(!(*on && head.deleted), "a deleted message was saved");
        }
        _ => {}
    }
}

/// Checks how things stand after a step against how they stood before.
pub(crate) fn check_after(before: &World, step: &Step, after: &World) {
    assert!(after.owners() >= 1, "nobody owns the office");
    let on_purpose = matches!(step.what, What::Unread { .. });
    for (place, mark) in &before.seen.reads {
        let back = after.seen.reads[place].value() < mark.value();
        assert!(!back || on_purpose, "a read marker moved back by reading");
    }
    for (place, mark) in &after.seen.reads {
        let moved = before.seen.reads.get(place) != Some(mark);
        assert!(!moved || *mark.value() <= before.head, "read the future");
    }
    for user in after.users() {
        assert!(after.saved_by(user.id) <= limits::SAVED_PER_PERSON_MAX);
    }
    for (id, channel) in &after.seen.channels {
        let people = after.people_in(*id);
        if channel.value().is_direct() {
            assert!((1..=limits::GROUP_DIRECT_PEOPLE_MAX).contains(&people.len()));
            let was = before.channel(*id).map(|_| before.people_in(*id));
            assert!(was.is_none_or(|was| was == people), "a direct conversation lost its people");
        }
        assert!(after.pins_in(*id) <= limits::PINS_PER_CHANNEL_MAX);
    }
    for (id, state) in &after.seen.messages {
        assert!(state.posted.is_some(), "something on a message that nobody wrote");
        assert!(after.emoji_on(*id).len() <= limits::REACTIONS_PER_MESSAGE_MAX);
        let was_deleted = before.seen.messages.get(id).is_some_and(|state| state.deleted);
        assert!(state.deleted || !was_deleted, "a message came back");
    }
}

//! Whatever order events arrive in and however often: the same office.

use std::collections::{BTreeMap, BTreeSet};

use hearth_domain::card::Card;
use hearth_domain::event::{Event, Posted};
use hearth_domain::id::{ChannelId, GroupId, MessageId, Seq, UserId};
use hearth_domain::log::Stamp;
use hearth_domain::merge::{MessageState, Place, Projection, Register};
use hearth_domain::model::{
    Channel, ChannelRole, Draft, Group, Member, Mentions, NotifyLevel, Office, Preferences, User,
};
use hearth_domain::text::{Emoji, MessageText};
use proptest::prelude::*;

use crate::cast;
use crate::events::any_event;

#[derive(Clone, Debug)]
struct Entry {
    stamp: Stamp,
    actor: UserId,
    event: Event,
}

/// Entries of three boxes whose clocks often agree, so that the tie has to be broken.
fn entries() -> impl Strategy<Value = Vec<Entry>> {
    prop::collection::vec((0u64..4, 0u8..3, 0u8..3, any_event()), 0..40).prop_map(|raw| {
        let entry = |(at, (hlc, origin, actor, event))| Entry {
            stamp: cast::stamp(hlc, origin, at),
            actor: cast::user_id(actor),
            event,
        };
        raw.into_iter().enumerate().map(entry).collect()
    })
}

/// Entries, and an order in which each arrives twice.
fn arrivals() -> impl Strategy<Value = (Vec<Entry>, Vec<usize>)> {
    entries().prop_flat_map(|entries| {
        let twice: Vec<usize> = (0..entries.len()).chain(0..entries.len()).collect();
        (Just(entries), Just(twice).prop_shuffle())
    })
}

fn project<'a>(entries: impl IntoIterator<Item = &'a Entry>) -> Projection {
    let mut projection = Projection::default();
    for entry in entries {
        projection.apply(entry.stamp, entry.actor, &entry.event);
    }
    projection
}

/// An office without stamps: what one reader holds who gets everything once, in order.
#[derive(Debug, Default, PartialEq)]
struct Plain {
    office: Option<Office>,
    users: BTreeMap<UserId, User>,
    preferences: BTreeMap<UserId, Preferences>,
    groups: BTreeMap<GroupId, Group>,
    channels: BTreeMap<ChannelId, Channel>,
    members: BTreeMap<(ChannelId, UserId), ChannelRole>,
    posted: BTreeMap<MessageId, (UserId, Posted)>,
    edits: BTreeMap<MessageId, (MessageText, Mentions)>,
    deleted: BTreeSet<MessageId>,
    pinned: BTreeSet<MessageId>,
    cards: BTreeMap<MessageId, Vec<Card>>,
    robbed: BTreeSet<MessageId>,
    reactions: BTreeSet<(MessageId, UserId, Emoji)>,
    follows: BTreeMap<(UserId, MessageId), bool>,
    reads: BTreeMap<Place, Seq>,
    saved: BTreeSet<(UserId, MessageId)>,
    notify: BTreeMap<(UserId, ChannelId), NotifyLevel>,
    drafts: BTreeMap<Place, Draft>,
}

fn put<K: Ord>(set: &mut BTreeSet<K>, key: K, on: bool) {
    if on {
        set.insert(key);
    } else {
        set.remove(&key);
    }
}

impl Plain {
    fn of(entries: &[Entry]) -> Self {
        let mut entries = entries.to_vec();
        entries.sort_by_key(|entry| entry.stamp);
        let mut plain = Self::default();
        for Entry { actor, event, .. } in entries {
            plain.office(actor, &event);
            plain.channel(&event);
            plain.message(actor, event.clone());
            plain.person(actor, event);
        }
        let Self { cards, robbed, deleted, .. } = &mut plain;
        let gone = |id: &MessageId| robbed.contains(id) || deleted.contains(id);
        cards.retain(|id, cards| !cards.is_empty() && !gone(id));
        plain
    }

    fn office(&mut self, actor: UserId, event: &Event) {
        match event.clone() {
            Event::OfficeUpdated { office } => self.office = Some(office),
            Event::UserCreated { user } | Event::UserUpdated { user } => {
                self.users.insert(user.id, user);
            }
            Event::PreferencesUpdated { preferences } => {
                self.preferences.insert(actor, preferences);
            }
            Event::GroupUpdated { group } => {
                self.groups.insert(group.id, group);
            }
            Event::GroupDeleted { group } => {
                self.groups.remove(&group);
            }
            _ => {}
        }
    }

    fn channel(&mut self, event: &Event) {
        match event.clone() {
            Event::ChannelCreated { channel, members } => {
                // Of two places for one person in the same event the first counts.
                for Member { user, role } in members.into_iter().rev() {
                    self.members.insert((channel.id, user), role);
                }
                self.channels.insert(channel.id, channel);
            }
            Event::ChannelUpdated { channel } => {
                self.channels.insert(channel.id, channel);
            }
            Event::MemberAdded { channel, member } | Event::MemberUpdated { channel, member } => {
                self.members.insert((channel, member.user), member.role);
            }
            Event::MemberRemoved { channel, user } => {
                self.members.remove(&(channel, user));
            }
            _ => {}
        }
    }

    fn message(&mut self, actor: UserId, event: Event) {
        match event {
            Event::MessagePosted(posted) => {
                self.posted.entry(posted.message).or_insert((actor, posted));
            }
            Event::MessageEdited { message, text, mentions, .. } => {
                self.edits.insert(message, (text, mentions));
            }
            Event::MessageDeleted { message, .. } => {
                self.deleted.insert(message);
            }
            Event::ReactionSet { message, emoji, on, .. } => {
                put(&mut self.reactions, (message, actor, emoji), on);
            }
            Event::PinSet { message, on, .. } => put(&mut self.pinned, message, on),
            Event::CardsSet { message, cards, taken, .. } => {
                self.cards.insert(message, cards);
                self.robbed.extend(taken.then_some(message));
            }
            _ => {}
        }
    }

    fn person(&mut self, actor: UserId, event: Event) {
        match event {
            Event::ThreadFollowed { root, on, .. } => {
                self.follows.insert((actor, root), on);
            }
            Event::ReadMarked { channel, root, upto } => {
                self.reads.insert((actor, channel, root), upto);
            }
            Event::SavedSet { message, on, .. } => put(&mut self.saved, (actor, message), on),
            Event::NotifyUpdated { channel, level } => {
                self.notify.insert((actor, channel), level);
            }
            Event::DraftUpdated { draft } => {
                self.drafts.insert((actor, draft.channel, draft.root), draft);
            }
            _ => {}
        }
    }
}

fn values<K: Ord + Clone, T: Clone>(map: &BTreeMap<K, Register<T>>) -> BTreeMap<K, T> {
    map.iter().map(|(key, register)| (key.clone(), register.value().clone())).collect()
}

fn present<K: Ord + Clone, T: Clone>(map: &BTreeMap<K, Register<Option<T>>>) -> BTreeMap<K, T> {
    let kept = |(key, value): (K, Option<T>)| value.map(|value| (key, value));
    values(map).into_iter().filter_map(kept).collect()
}

fn where_so<K: Ord + Clone>(map: impl Iterator<Item = (K, bool)>) -> BTreeSet<K> {
    map.filter_map(|(key, on)| on.then_some(key)).collect()
}

impl From<&Projection> for Plain {
    fn from(seen: &Projection) -> Self {
        let messages = || seen.messages.iter();
        let reactions = messages().flat_map(|(id, state)| {
            let key = |((user, emoji), on)| ((*id, user, emoji), on);
            values(&state.reactions).into_iter().map(key)
        });
        let pin = |(id, state): (&MessageId, &MessageState)| {
            (*id, state.pin.as_ref().is_some_and(|pin| *pin.value()))
        };
        let cards = |(id, state): (&MessageId, &MessageState)| {
            (!state.cards().is_empty()).then(|| (*id, state.cards().to_vec()))
        };
        let edit = |(id, state): (&MessageId, &MessageState)| {
            state.edit.as_ref().map(|edit| (*id, edit.value().clone()))
        };
        let posted = |(id, state): (&MessageId, &MessageState)| {
            state.posted.clone().map(|posted| (*id, posted))
        };
        Self {
            office: values(&seen.office).remove(&()),
            users: values(&seen.users),
            preferences: values(&seen.preferences),
            groups: present(&seen.groups),
            channels: values(&seen.channels),
            members: present(&seen.members),
            posted: messages().filter_map(posted).collect(),
            edits: messages().filter_map(edit).collect(),
            deleted: where_so(messages().map(|(id, state)| (*id, state.deleted))),
            pinned: where_so(messages().map(pin)),
            cards: messages().filter_map(cards).collect(),
            robbed: where_so(messages().map(|(id, state)| (*id, state.cards_taken()))),
            reactions: where_so(reactions),
            follows: values(&seen.follows),
            reads: values(&seen.reads),
            saved: where_so(values(&seen.saved).into_iter()),
            notify: values(&seen.notify),
            drafts: values(&seen.drafts),
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn any_order_and_repetition_gives_the_same_office((entries, order) in arrivals()) {
        let once = project(&entries);
        prop_assert_eq!(&project(order.iter().map(|at| &entries[*at])), &once);
        let mut again = once.clone();
        for entry in &entries {
            again.apply(entry.stamp, entry.actor, &entry.event);
        }
        prop_assert_eq!(again, once);
    }

    #[test]
    fn the_office_is_what_the_stamps_say((entries, order) in arrivals()) {
        let projection = project(order.iter().map(|at| &entries[*at]));
        prop_assert_eq!(Plain::from(&projection), Plain::of(&entries));
    }

    #[test]
    fn nothing_brings_a_deleted_message_back((entries, order) in arrivals()) {
        let projection = project(order.iter().map(|at| &entries[*at]));
        for entry in &entries {
            if let Event::MessageDeleted { message, .. } = entry.event {
                prop_assert_eq!(projection.messages[&message].text(), None);
            }
        }
    }

    #[test]
    fn a_message_shows_its_latest_edit((entries, order) in arrivals()) {
        let projection = project(order.iter().map(|at| &entries[*at]));
        for state in projection.messages.values().filter(|state| !state.deleted) {
            let first = state.posted.as_ref().map(|(_, posted)| &posted.text);
            let edited = state.edit.as_ref().map(|edit| &edit.value().0);
            prop_assert_eq!(state.text(), first.map(|text| edited.unwrap_or(text)));
        }
    }
}

#[test]
fn a_stamp_orders_as_its_bytes_do() {
    let stamps = [
        cast::stamp(1, 9, 9),
        cast::stamp(2, 1, 300),
        cast::stamp(2, 2, 1),
        cast::stamp(2, 2, 256),
        cast::stamp(1 << 60, 0, 0),
    ];
    assert!(stamps.is_sorted());
    assert!(stamps.map(Stamp::to_bytes).is_sorted());
}

//! How events become a state, whatever order they arrive in.
//!
//! [`Projection::apply`] is idempotent and commutative: any permutation and any repetition of the
//! same events gives the same state. A record is a last-writer-wins register; a deleted message
//! stays deleted. The tables of the store follow the same rules.

use std::collections::BTreeMap;

use crate::card::Card;
use crate::event::{Event, Posted};
use crate::id::{ChannelId, GroupId, MessageId, Seq, UserId};
use crate::log::Stamp;
use crate::model::{
    Channel, ChannelRole, Draft, Group, Member, Mentions, NotifyLevel, Office, Preferences, User,
};
use crate::text::{Emoji, MessageText};

/// A value with the stamp of the write that won.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Register<T> {
    stamp: Stamp,
    value: T,
}

impl<T> Register<T> {
    /// The value that won.
    pub const fn value(&self) -> &T {
        &self.value
    }
}

type Registers<K, T> = BTreeMap<K, Register<T>>;

fn set<K: Ord, T>(map: &mut Registers<K, T>, key: K, stamp: Stamp, value: T) {
    match map.entry(key) {
        std::collections::btree_map::Entry::Vacant(vacant) => {
            vacant.insert(Register { stamp, value });
        }
        std::collections::btree_map::Entry::Occupied(mut occupied) => {
            if stamp > occupied.get().stamp {
                occupied.insert(Register { stamp, value });
            }
        }
    }
}

/// What is known of one message. Edits, reactions and the tombstone may arrive before the message.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MessageState {
    /// Who wrote it and what it was, once that arrived.
    pub posted: Option<(UserId, Posted)>,
    /// When it was written. Should two boxes ever claim one id, the earlier message has it.
    posted_at: Option<Stamp>,
    /// The latest edit.
    pub edit: Option<Register<(MessageText, Mentions)>>,
    /// Whether it was deleted.
    pub deleted: bool,
    /// Whether it is pinned.
    pub pin: Option<Register<bool>>,
    /// The cards under it.
    cards: Option<Register<Vec<Card>>>,
    /// Whether somebody took its cards away: that beats every card, older or newer.
    cards_taken: bool,
    /// Who put which emoji on it.
    pub reactions: Registers<(UserId, Emoji), bool>,
}

impl MessageState {
    /// The text as it stands: nothing before the message arrived or after it was deleted.
    #[must_use]
    pub fn text(&self) -> Option<&MessageText> {
        let (_, posted) = self.posted.as_ref()?;
        let edited = self.edit.as_ref().map(|edit| &edit.value.0);
        (!self.deleted).then(|| edited.unwrap_or(&posted.text))
    }

    /// Whether somebody took its cards away.
    #[must_use]
    pub const fn cards_taken(&self) -> bool {
        self.cards_taken
    }

    /// The cards as they stand: none after they were taken away or the message was deleted.
    #[must_use]
    pub fn cards(&self) -> &[Card] {
        let shown = self.cards.as_ref().filter(|_| !self.cards_taken && !self.deleted);
        shown.map_or(&[], |cards| cards.value.as_slice())
    }
}

/// A place that somebody keeps: in a conversation, or in one of its threads.
pub type Place = (UserId, ChannelId, Option<MessageId>);

/// An office in memory.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Projection {
    /// The office itself.
    pub office: Registers<(), Office>,
    /// Its people.
    pub users: Registers<UserId, User>,
    /// Their choices.
    pub preferences: Registers<UserId, Preferences>,
    /// Its groups; nothing where one was dissolved.
    pub groups: Registers<GroupId, Option<Group>>,
    /// Its conversations.
    pub channels: Registers<ChannelId, Channel>,
    /// Who is in them; nothing where somebody left.
    pub members: Registers<(ChannelId, UserId), Option<ChannelRole>>,
    /// Its messages.
    pub messages: BTreeMap<MessageId, MessageState>,
    /// Who chose to follow which thread, or not to.
    pub follows: Registers<(UserId, MessageId), bool>,
    /// How far everybody has read.
    pub reads: Registers<Place, Seq>,
    /// What everybody saved for later.
    pub saved: Registers<(UserId, MessageId), bool>,
    /// What channels may interrupt whom for.
    pub notify: Registers<(UserId, ChannelId), NotifyLevel>,
    /// Unsent texts.
    pub drafts: Registers<Place, Draft>,
}

impl Projection {
    /// Applies one event, caused by `actor` and ordered among concurrent writes by `stamp`.
    pub fn apply(&mut self, stamp: Stamp, actor: UserId, event: &Event) {
        match event {
            Event::OfficeUpdated { office } => set(&mut self.office, (), stamp, office.clone()),
            Event::UserCreated { user } | Event::UserUpdated { user } => {
                set(&mut self.users, user.id, stamp, user.clone());
            }
            Event::PreferencesUpdated { preferences } => {
                set(&mut self.preferences, actor, stamp, preferences.clone());
            }
            Event::GroupUpdated { group } => {
                set(&mut self.groups, group.id, stamp, Some(group.clone()));
            }
            Event::GroupDeleted { group } => set(&mut self.groups, *group, stamp, None),
            Event::ChannelCreated { .. }
            | Event::ChannelUpdated { .. }
            | Event::MemberAdded { .. }
            | Event::MemberUpdated { .. }
            | Event::MemberRemoved { .. } => self.apply_to_channel(stamp, event),
            Event::MessagePosted(_)
            | Event::MessageEdited { .. }
            | Event::MessageDeleted { .. }
            | Event::ReactionSet { .. }
            | Event::PinSet { .. }
            | Event::CardsSet { .. } => self.apply_to_message(stamp, actor, event),
            Event::ThreadFollowed { root, on, .. } => {
                set(&mut self.follows, (actor, *root), stamp, *on);
            }
            Event::ReadMarked { channel, root, upto } => {
                set(&mut self.reads, (actor, *channel, *root), stamp, *upto);
            }
            Event::SavedSet { message, on, .. } => {
                set(&mut self.saved, (actor, *message), stamp, *on);
            }
            Event::NotifyUpdated { channel, level } => {
                set(&mut self.notify, (actor, *channel), stamp, *level);
            }
            Event::DraftUpdated { draft } => {
                let place = (actor, draft.channel, draft.root);
                set(&mut self.drafts, place, stamp, draft.clone());
            }
        }
    }

    fn apply_to_channel(&mut self, stamp: Stamp, event: &Event) {
        match event {
            Event::ChannelCreated { channel, members } => {
                set(&mut self.channels, channel.id, stamp, channel.clone());
                for Member { user, role } in members {
                    set(&mut self.members, (channel.id, *user), stamp, Some(*role));
                }
            }
            Event::ChannelUpdated { channel } => {
                set(&mut self.channels, channel.id, stamp, channel.clone());
            }
            Event::MemberAdded { channel, member } | Event::MemberUpdated { channel, member } => {
                set(&mut self.members, (*channel, member.user), stamp, Some(member.role));
            }
            Event::MemberRemoved { channel, user } => {
                set(&mut self.members, (*channel, *user), stamp, None);
            }
            _ => {}
        }
    }

    fn apply_to_message(&mut self, stamp: Stamp, actor: UserId, event: &Event) {
        match event {
            Event::MessagePosted(posted) => {
                let state = self.messages.entry(posted.message).or_default();
                if state.posted_at.is_none_or(|at| stamp < at) {
                    state.posted = Some((actor, posted.clone()));
                    state.posted_at = Some(stamp);
                }
            }
            Event::MessageEdited { message, text, mentions, .. } => {
                let state = self.messages.entry(*message).or_default();
                if state.edit.as_ref().is_none_or(|edit| stamp > edit.stamp) {
                    let value = (text.clone(), mentions.clone());
                    state.edit = Some(Register { stamp, value });
                }
            }
            Event::MessageDeleted { message, .. } => {
                self.messages.entry(*message).or_default().deleted = true;
            }
            Event::ReactionSet { message, emoji, on, .. } => {
                let state = self.messages.entry(*message).or_default();
                set(&mut state.reactions, (actor, emoji.clone()), stamp, *on);
            }
            Event::PinSet { message, on, .. } => {
                let state = self.messages.entry(*message).or_default();
                if state.pin.as_ref().is_none_or(|pin| stamp > pin.stamp) {
                    state.pin = Some(Register { stamp, value: *on });
                }
            }
            Event::CardsSet { message, cards, taken, .. } => {
                let state = self.messages.entry(*message).or_default();
                state.cards_taken |= *taken;
                if state.cards.as_ref().is_none_or(|present| stamp > present.stamp) {
                    state.cards = Some(Register { stamp, value: cards.clone() });
                }
            }
            _ => {}
        }
    }
}

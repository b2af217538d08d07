//! The vocabulary of the log: everything that ever happens in an office.
//!
//! An event states what happened, in the past tense, with all that a reader needs to apply it. Records
//! of people, channels and groups travel whole and are last-writer-wins registers. A reader that
//! meets a kind it does not know stores and forwards it byte for byte.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::card::Card;
use crate::file::Attachment;
use crate::id::{ChannelId, GroupId, MessageId, Nonce, Seq, UserId};
use crate::model::{
    Channel, Draft, Group, Guise, Member, Mentions, NotifyLevel, Office, Preferences, User,
};
use crate::text::{Emoji, MessageText};
use crate::time::Timestamp;

/// Who may see an event, and where it may travel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(tag = "to", content = "id", rename_all = "lowercase")]
pub enum Scope {
    /// Everybody with an account, guests too.
    Office,
    /// Everybody but guests.
    Members,
    /// The members of one channel; with a shared channel it leaves the box.
    Channel(ChannelId),
    /// One person's own devices; it never leaves the box.
    User(UserId),
}

/// A new message, as its event carries it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Posted {
    /// The new message.
    pub message: MessageId,
    /// The conversation.
    pub channel: ChannelId,
    /// The thread it answers in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub root: Option<MessageId>,
    /// Markdown source; may be empty where there are files.
    pub text: MessageText,
    /// Whom it addresses.
    #[serde(default)]
    pub mentions: Mentions,
    /// What hangs on it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<Attachment>,
    /// As whom it appears, if a program said so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub guise: Option<Guise>,
    /// The sender's name for this send; their own page swaps its echo by it.
    pub nonce: Nonce,
}

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "kind")]
pub enum Event {
    /// The office was founded or renamed.
    #[serde(rename = "office.updated")]
    OfficeUpdated {
        /// As it is now.
        office: Office,
    },
    /// Somebody got an account.
    #[serde(rename = "user.created")]
    UserCreated {
        /// As they are now.
        user: User,
    },
    /// Somebody's name, handle, role, state or status changed.
    #[serde(rename = "user.updated")]
    UserUpdated {
        /// As they are now.
        user: User,
    },
    /// Somebody chose a language, a theme, or what may interrupt them.
    #[serde(rename = "preferences.updated")]
    PreferencesUpdated {
        /// As they are now.
        preferences: Preferences,
    },
    /// A group was made or changed.
    #[serde(rename = "group.updated")]
    GroupUpdated {
        /// As it is now.
        group: Group,
    },
    /// A group was dissolved.
    #[serde(rename = "group.deleted")]
    GroupDeleted {
        /// Which.
        group: GroupId,
    },
    /// A conversation was opened.
    #[serde(rename = "channel.created")]
    ChannelCreated {
        /// As it is now.
        channel: Channel,
        /// Who is in it from the start.
        members: Vec<Member>,
    },
    /// A channel's name, topic, kind, posting rule or archive state changed.
    #[serde(rename = "channel.updated")]
    ChannelUpdated {
        /// As it is now.
        channel: Channel,
    },
    /// Somebody joined or was added.
    #[serde(rename = "member.added")]
    MemberAdded {
        /// Where.
        channel: ChannelId,
        /// Who, and what they may do there.
        member: Member,
    },
    /// A member became manager, or a manager member.
    #[serde(rename = "member.updated")]
    MemberUpdated {
        /// Where.
        channel: ChannelId,
        /// Who, and what they may do there now.
        member: Member,
    },
    /// Somebody left or was removed.
    #[serde(rename = "member.removed")]
    MemberRemoved {
        /// Where.
        channel: ChannelId,
        /// Who.
        user: UserId,
    },
    /// A message was written.
    #[serde(rename = "message.posted")]
    MessagePosted(Posted),
    /// A message got another text.
    #[serde(rename = "message.edited")]
    MessageEdited {
        /// Which.
        message: MessageId,
        /// Its conversation.
        channel: ChannelId,
        /// The text now.
        text: MessageText,
        /// Whom it addresses now.
        #[serde(default)]
        mentions: Mentions,
    },
    /// A message was deleted. Nothing brings it back: a tombstone beats every edit.
    #[serde(rename = "message.deleted")]
    MessageDeleted {
        /// Which.
        message: MessageId,
        /// Its conversation.
        channel: ChannelId,
        /// The thread it answered in, so that a count of answers is right without the message.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        root: Option<MessageId>,
    },
    /// Somebody put an emoji on a message, or took it off.
    #[serde(rename = "reaction.set")]
    ReactionSet {
        /// Which message.
        message: MessageId,
        /// Its conversation.
        channel: ChannelId,
        /// Which emoji.
        emoji: Emoji,
        /// Whether it is there now.
        on: bool,
    },
    /// A message was pinned or unpinned.
    #[serde(rename = "pin.set")]
    PinSet {
        /// Which message.
        message: MessageId,
        /// Its conversation.
        channel: ChannelId,
        /// Whether it is pinned now.
        on: bool,
    },
    /// The cards under a message changed: pages that it links to were looked at, a link went, or
    /// somebody took the cards away.
    #[serde(rename = "cards.set")]
    CardsSet {
        /// Which message.
        message: MessageId,
        /// Its conversation.
        channel: ChannelId,
        /// All cards now.
        cards: Vec<Card>,
        /// Whether they were taken away. None comes back after that.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        taken: bool,
    },
    /// Somebody follows a thread, or no longer does.
    #[serde(rename = "thread.followed")]
    ThreadFollowed {
        /// The thread's first message.
        root: MessageId,
        /// Its conversation.
        channel: ChannelId,
        /// Whether they follow it now.
        on: bool,
    },
    /// Somebody has read a conversation up to a place. It moves forward as they read, and back only
    /// when they say that something is unread again.
    #[serde(rename = "read.marked")]
    ReadMarked {
        /// Which conversation.
        channel: ChannelId,
        /// The thread, if this is about a thread and not the conversation's own messages.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        root: Option<MessageId>,
        /// The last message read, by its place in this box's log.
        upto: Seq,
    },
    /// Somebody chose what a channel may interrupt them for.
    #[serde(rename = "notify.updated")]
    NotifyUpdated {
        /// Which channel.
        channel: ChannelId,
        /// The choice now.
        level: NotifyLevel,
    },
    /// Somebody's unsent text changed.
    #[serde(rename = "draft.updated")]
    DraftUpdated {
        /// As it is now; an empty text means it is gone.
        draft: Draft,
    },
    /// Somebody saved a message for later, or no longer does.
    #[serde(rename = "saved.set")]
    SavedSet {
        /// Which message.
        message: MessageId,
        /// Its conversation.
        channel: ChannelId,
        /// Whether it is saved now.
        on: bool,
    },
}

impl Event {
    /// The kind as stored in the log's `kind` column.
    #[must_use]
    pub const fn kind(&self) -> EventKind {
        match self {
            Self::OfficeUpdated { .. } => EventKind(1),
            Self::UserCreated { .. } => EventKind(10),
            Self::UserUpdated { .. } => EventKind(11),
            Self::PreferencesUpdated { .. } => EventKind(12),
            Self::GroupUpdated { .. } => EventKind(20),
            Self::GroupDeleted { .. } => EventKind(21),
            Self::ChannelCreated { .. } => EventKind(30),
            Self::ChannelUpdated { .. } => EventKind(31),
            Self::MemberAdded { .. } => EventKind(40),
            Self::MemberUpdated { .. } => EventKind(41),
            Self::MemberRemoved { .. } => EventKind(42),
            Self::MessagePosted(_) => EventKind(50),
            Self::MessageEdited { .. } => EventKind(51),
            Self::MessageDeleted { .. } => EventKind(52),
            Self::ReactionSet { .. } => EventKind(60),
            Self::PinSet { .. } => EventKind(61),
            Self::ThreadFollowed { .. } => EventKind(70),
            Self::ReadMarked { .. } => EventKind(71),
            Self::NotifyUpdated { .. } => EventKind(72),
            Self::DraftUpdated { .. } => EventKind(73),
            Self::SavedSet { .. } => EventKind(74),
            Self::CardsSet { .. } => EventKind(76),
        }
    }

    /// Whether it changes who is in a conversation or what somebody may do.
    #[must_use]
    pub const fn changes_access(&self) -> bool {
        matches!(
            self,
            Self::UserCreated { .. }
                | Self::UserUpdated { .. }
                | Self::ChannelCreated { .. }
                | Self::ChannelUpdated { .. }
                | Self::MemberAdded { .. }
                | Self::MemberUpdated { .. }
                | Self::MemberRemoved { .. }
        )
    }
}

/// A kind as a number. Numbers are never reused; a gap leaves room for neighbours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct EventKind(pub u16);

/// An event that was decided and is about to be committed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decided {
    /// Who caused it.
    pub actor: UserId,
    /// Who may see it.
    pub scope: Scope,
    /// What happened.
    pub event: Event,
}

/// An event that has happened: what a client sees of a log entry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Happened {
    /// Its place in this box's log.
    pub seq: Seq,
    /// When it was committed.
    pub at: Timestamp,
    /// Who caused it.
    pub actor: UserId,
    /// What happened.
    pub event: Event,
}

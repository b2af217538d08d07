//! What the office looks like after its events: the records a client shows.
//!
//! None of them holds a secret. Passwords, tokens and codes live in types that can't be serialised.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::card::Card;
use crate::file::Attachment;
use crate::id::{ChannelId, FileId, GroupId, MessageId, Seq, UserId};
use crate::notify::Notices;
use crate::text::{DraftText, Emoji, Handle, MessageText, Name, StatusText, Topic};
use crate::time::Timestamp;

/// The office itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Office {
    /// What people call it.
    pub name: Name,
    /// Whether messages show cards of the pages that they link to.
    #[serde(default = "on")]
    pub link_cards: bool,
}

const fn on() -> bool {
    true
}

/// What a person may do in the office. Each role may do all that the ones below it may.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Sees only the channels somebody added them to.
    Guest,
    /// Joins public channels, opens channels and direct messages.
    Member,
    /// Runs the office: people, invites, every channel's settings.
    Admin,
    /// An admin whom only an owner can change.
    Owner,
}

/// Whether an account may be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum AccountState {
    /// It may.
    Active,
    /// It may not: no session, no token, no socket. What the person wrote stays.
    Disabled,
}

/// What somebody says they are doing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Status {
    /// Shown beside the name.
    pub emoji: Option<Emoji>,
    /// May be empty when there is an emoji.
    pub text: StatusText,
    /// When it ends by itself.
    pub until: Option<Timestamp>,
}

/// Who is behind an account.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum UserKind {
    /// A person, who signs in with a password.
    #[default]
    Person,
    /// A program, which shows a token. It never signs in, and is never an admin.
    Bot,
}

impl UserKind {
    /// Whether it is a person.
    #[must_use]
    pub const fn is_person(&self) -> bool {
        matches!(self, Self::Person)
    }
}

/// A person or bot of the office, as everybody may see them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct User {
    /// Never changes.
    pub id: UserId,
    /// Never changes.
    #[serde(default, skip_serializing_if = "UserKind::is_person")]
    pub kind: UserKind,
    /// What follows an @; unique in the office.
    pub handle: Handle,
    /// What is shown.
    pub name: Name,
    /// What they may do.
    pub role: Role,
    /// Whether they may sign in.
    pub state: AccountState,
    /// What they say they are doing.
    pub status: Option<Status>,
    /// The picture they are shown by.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub avatar: Option<FileId>,
    /// When the account was made.
    pub created_at: Timestamp,
}

/// The language somebody reads Hearth in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub enum Language {
    /// As the browser asks.
    #[default]
    #[serde(rename = "auto")]
    Auto,
    /// Simplified Chinese.
    #[serde(rename = "zh-CN")]
    ZhCn,
    /// English.
    #[serde(rename = "en")]
    En,
}

/// Day or night.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Theme {
    /// As the device does.
    #[default]
    System,
    /// Paper white.
    Light,
    /// Deep charcoal.
    Dark,
}

/// What somebody chose for themselves; nobody else sees it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Preferences {
    /// Language of the screen.
    #[serde(default)]
    pub language: Language,
    /// Theme of the screen.
    #[serde(default)]
    pub theme: Theme,
    /// What may interrupt them.
    #[serde(default)]
    pub notices: Notices,
}

/// A named set of people that can be mentioned together, as `@handle`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Group {
    /// Never changes.
    pub id: GroupId,
    /// What follows an @; unique among people and groups.
    pub handle: Handle,
    /// What is shown.
    pub name: Name,
    /// Who belongs to it.
    pub members: Vec<UserId>,
}

/// Who can find and enter a conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum ChannelKind {
    /// Every member of the office finds it and may join.
    Public,
    /// Only those who were added know of it.
    Private,
    /// Two people (or one, writing notes to themselves). Nobody is ever added.
    Direct,
    /// Three to twelve people. Nobody is ever added.
    Group,
}

/// Who may start a message in a channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Posting {
    /// Every member.
    Everyone,
    /// Only the channel's managers and the office's admins: an announcement channel. Others may
    /// react and reply in threads.
    Managers,
}

/// Whether a conversation leaves this box.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Reach {
    /// It never leaves the box, and decides for itself.
    Local,
    /// It is kept in step with other offices; the core decides who belongs to it.
    Shared,
}

/// A conversation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Channel {
    /// Never changes.
    pub id: ChannelId,
    /// Who can find and enter it; never changes between the named and the direct kinds.
    pub kind: ChannelKind,
    /// Its name; direct and group messages have none and are shown by their people.
    pub name: Option<Name>,
    /// What it is about.
    pub topic: Topic,
    /// Who may start a message.
    pub posting: Posting,
    /// Whether it leaves this box.
    pub reach: Reach,
    /// When it was archived: it can be read, but nothing in it changes.
    pub archived_at: Option<Timestamp>,
    /// Who opened it.
    pub created_by: UserId,
    /// When it was opened.
    pub created_at: Timestamp,
}

impl Channel {
    /// Whether it has a fixed set of people and no name.
    #[must_use]
    pub const fn is_direct(&self) -> bool {
        matches!(self.kind, ChannelKind::Direct | ChannelKind::Group)
    }
}

/// What a member may do in one channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum ChannelRole {
    /// Reads, writes, reacts.
    Member,
    /// Also names it, adds and removes people, archives it, removes messages.
    Manager,
}

/// Somebody's place in a channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Member {
    /// Who.
    pub user: UserId,
    /// What they may do there.
    pub role: ChannelRole,
}

/// Which messages of a channel call for attention.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum NotifyLevel {
    /// Every message.
    All,
    /// Mentions, and every message of a direct conversation.
    #[default]
    Mentions,
    /// None interrupts, but they count as unread, and mentions on the badge.
    Quiet,
    /// None: the channel is muted and does not count as unread.
    Nothing,
}

/// Whom a message addresses. Resolved when it is written: later renames change nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Mentions {
    /// People named one by one or through a group; at most 100.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub users: Vec<UserId>,
    /// Groups, as named in the text.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub groups: Vec<GroupId>,
    /// `@channel` or `@here`, which address many at once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wide: Option<WideMention>,
    /// The members who were online when `@here` was written, without its author; at most 500.
    /// Absent where there were more: then it addresses everybody.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub here: Option<Vec<UserId>>,
}

impl Mentions {
    /// Whether everybody in the channel is addressed.
    #[must_use]
    pub const fn everybody(&self) -> bool {
        match self.wide {
            Some(WideMention::Channel) => true,
            Some(WideMention::Here) => self.here.is_none(),
            None => false,
        }
    }

    /// Whether somebody is addressed, by name or with others.
    #[must_use]
    pub fn addresses(&self, user: UserId) -> bool {
        let here = self.here.as_ref().is_some_and(|here| here.contains(&user));
        self.everybody() || here || self.users.contains(&user)
    }
}

/// A mention of everybody.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum WideMention {
    /// `@channel`: every member.
    Channel,
    /// `@here`: every member who was online when it was written.
    Here,
}

/// One emoji on a message and who put it there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Reaction {
    /// The emoji.
    pub emoji: Emoji,
    /// Who reacted with it, in the order of reacting.
    pub users: Vec<UserId>,
}

/// As whom a program's message appears. The badge that says it is a program always stays.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Guise {
    /// Instead of the bot's own name.
    pub name: Name,
    /// Instead of its picture.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub emoji: Option<Emoji>,
}

/// A message as it stands now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Message {
    /// Never changes.
    pub id: MessageId,
    /// Where it stands in this box's log: order of the history, and what read markers compare with.
    pub seq: Seq,
    /// The conversation it is in.
    pub channel: ChannelId,
    /// The message whose thread it answers in.
    pub root: Option<MessageId>,
    /// Who wrote it.
    pub author: UserId,
    /// As whom it appears, if a program said so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub guise: Option<Guise>,
    /// When.
    pub created_at: Timestamp,
    /// Markdown source; absent once deleted, empty where files say it all.
    pub text: Option<MessageText>,
    /// What hangs on it; nothing once deleted.
    pub files: Vec<Attachment>,
    /// What pages that it links to say of themselves; nothing once deleted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cards: Vec<Card>,
    /// Whom it addresses.
    pub mentions: Mentions,
    /// When the text last changed.
    pub edited_at: Option<Timestamp>,
    /// When it was deleted: the place stays, so that a thread keeps its head.
    pub deleted_at: Option<Timestamp>,
    /// When it was pinned.
    pub pinned_at: Option<Timestamp>,
    /// Emoji on it.
    pub reactions: Vec<Reaction>,
    /// Its thread, if anybody answered.
    pub thread: Option<ThreadSummary>,
}

/// A thread as its head shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ThreadSummary {
    /// Answers that were not deleted.
    pub replies: u32,
    /// When the last one was written.
    pub last_reply_at: Timestamp,
    /// Up to five people who answered, latest first.
    pub people: Vec<UserId>,
}

/// An earlier text of an edited message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Revision {
    /// Markdown source.
    pub text: MessageText,
    /// When this text was written.
    pub written_at: Timestamp,
}

/// What somebody began to write and did not send; follows them from device to device.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Draft {
    /// The conversation it is for.
    pub channel: ChannelId,
    /// The thread it is for.
    pub root: Option<MessageId>,
    /// Markdown source; empty means the draft is gone.
    pub text: DraftText,
}

/// A conversation and somebody's place in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ChannelState {
    /// The conversation.
    pub channel: Channel,
    /// What this person may do in it.
    pub role: ChannelRole,
    /// Who is in it: everybody for direct conversations, else empty (ask for the members).
    pub people: Vec<UserId>,
    /// How many are in it.
    pub member_count: u32,
    /// The last message read.
    pub read_upto: Seq,
    /// The last message written, zero if none.
    pub last_seq: Seq,
    /// When the last message was written.
    pub last_at: Option<Timestamp>,
    /// Messages of others after the read marker, at most 100.
    pub unread: u32,
    /// Of these, how many mention this person.
    pub mentions: u32,
    /// What may interrupt them.
    pub notify: NotifyLevel,
}

/// A followed thread with unread answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ThreadState {
    /// Its first message.
    pub root: MessageId,
    /// Its conversation.
    pub channel: ChannelId,
    /// The last answer read.
    pub read_upto: Seq,
    /// Answers of others after that, at most 100.
    pub unread: u32,
}

/// A page of messages, oldest first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct MessagePage {
    /// The messages.
    pub messages: Vec<Message>,
    /// Whether there are older ones.
    pub more_before: bool,
    /// Whether there are newer ones.
    pub more_after: bool,
}

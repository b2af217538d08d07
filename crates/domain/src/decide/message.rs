//! Writing, changing and marking messages.

use super::{Decision, NOTHING, one};
use crate::denied::Denied;
use crate::event::{Event, Posted, Scope};
use crate::file::Attachment;
use crate::id::{ChannelId, GroupId, MessageId, Nonce, UserId};
use crate::limits::{
    HERE_PEOPLE_MAX, MENTIONS_PER_MESSAGE_MAX, PINS_PER_CHANNEL_MAX, REACTIONS_PER_MESSAGE_MAX,
};
use crate::mention::Addressed;
use crate::model::{Guise, Mentions, Role, WideMention};
use crate::permit::{Actor, Ask, ChannelAct, Permit, Standing, permit};
use crate::text::{Emoji, MessageText, TextError};

/// A message that exists, as far as rules need to know it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MessageHead {
    /// Which.
    pub id: MessageId,
    /// Its conversation.
    pub channel: ChannelId,
    /// The thread it answers in.
    pub root: Option<MessageId>,
    /// Who wrote it.
    pub author: UserId,
    /// Whether files hang on it.
    pub has_files: bool,
    /// Whether it was deleted.
    pub deleted: bool,
}

/// Somebody who is addressed and who is in the channel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// One person.
    User(UserId),
    /// A group, with those of its people who are in the channel.
    Group(GroupId, Vec<UserId>),
}

/// A message to write.
#[derive(Clone, Debug)]
pub struct Post {
    /// Identity for it.
    pub id: MessageId,
    /// The client's name for the send.
    pub nonce: Nonce,
    /// Markdown source.
    pub text: MessageText,
    /// Files of the writer's own; see [`super::file::attach`].
    pub files: Vec<Attachment>,
    /// The thread to answer in.
    pub root: Option<MessageId>,
    /// As whom it appears, if a program said so.
    pub guise: Option<Guise>,
}

/// Decides a new message. `root` is the message behind [`Post::root`], if it exists.
///
/// # Errors
/// [`Denied`] by permission, when the root is missing, elsewhere, deleted, or itself an answer, or
/// when there is neither text nor file.
pub fn post(
    actor: &Actor,
    standing: &Standing,
    root: Option<&MessageHead>,
    mentions: Mentions,
    post: Post,
) -> Decision {
    let permit = may_post(actor, standing, post.root, root)?;
    posted(permit, actor.id, mentions, standing.channel.id, post)
}

/// Decides what a program answers to a command that `asker` gave. The program need not be in the
/// conversation: whoever asked may write there, and asked for it.
///
/// # Errors
/// As [`post`], for the one who asked.
pub fn answer(
    (asker, program): (&Actor, UserId),
    standing: &Standing,
    root: Option<&MessageHead>,
    mentions: Mentions,
    post: Post,
) -> Decision {
    let permit = may_post(asker, standing, post.root, root)?;
    posted(permit, program, mentions, standing.channel.id, post)
}

fn may_post(
    actor: &Actor,
    standing: &Standing,
    id: Option<MessageId>,
    root: Option<&MessageHead>,
) -> Result<Permit, Denied> {
    let act = if id.is_some() { ChannelAct::Reply } else { ChannelAct::Post };
    let permit = permit(actor, Ask::Channel(act, standing))?;
    if let Some(id) = id {
        let root = root.filter(|root| root.id == id).ok_or(Denied::NotFound)?;
        belongs(root, standing)?;
        if root.root.is_some() {
            return Err(Denied::NotARoot);
        }
        if root.deleted {
            return Err(Denied::MessageDeleted);
        }
    }
    Ok(permit)
}

fn posted(
    permit: Permit,
    author: UserId,
    mentions: Mentions,
    channel: ChannelId,
    post: Post,
) -> Decision {
    let Post { id, nonce, text, files, root, guise } = post;
    says_something(&text, !files.is_empty())?;
    let posted = Posted { message: id, channel, root, text, mentions, files, guise, nonce };
    one(author, permit.scope(Scope::Office), Event::MessagePosted(posted))
}

/// What is known of those whom a text addresses.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reached {
    /// People and groups named in it.
    pub targets: Vec<Target>,
    /// Members of the channel who are online; asked for only where the text says `@here`.
    pub online: Vec<UserId>,
}

/// Turns who is addressed into whom to notify: guests can't address everybody, nobody is named
/// twice, and those named one by one come before a group's people, who may be too many.
#[must_use]
pub fn mentions(actor: &Actor, addressed: &Addressed, reached: Reached) -> Mentions {
    let Reached { targets, online } = reached;
    let mut mentions = Mentions::default();
    let mut through_groups = Vec::new();
    for target in targets {
        match target {
            Target::User(user) => mentions.users.push(user),
            Target::Group(group, people) if !mentions.groups.contains(&group) => {
                mentions.groups.push(group);
                through_groups.extend(people);
            }
            Target::Group(..) => {}
        }
    }
    mentions.users.append(&mut through_groups);
    let mut seen = std::collections::BTreeSet::new();
    mentions.users.retain(|user| *user != actor.id && seen.insert(*user));
    mentions.users.truncate(MENTIONS_PER_MESSAGE_MAX);
    mentions.wide = addressed.wide.filter(|_| actor.role >= Role::Member);
    if mentions.wide == Some(WideMention::Here) {
        mentions.here = here(actor, online);
    }
    mentions
}

/// The people behind an `@here`; nothing where they are too many to be listed.
fn here(actor: &Actor, mut online: Vec<UserId>) -> Option<Vec<UserId>> {
    online.sort_unstable();
    online.dedup();
    online.retain(|user| *user != actor.id);
    (online.len() <= HERE_PEOPLE_MAX).then_some(online)
}

/// Whom a changed text notifies. An `@here` that stays addresses the same people as before: who
/// came online since was not called.
#[must_use]
pub fn mentions_of_edit(before: &Mentions, mut now: Mentions) -> Mentions {
    if before.wide == Some(WideMention::Here) && now.wide == before.wide {
        now.here.clone_from(&before.here);
    }
    now
}

/// Decides a new text for a message.
///
/// # Errors
/// [`Denied`] by permission, when the message was deleted, or when nothing would be left of it.
pub fn edit(
    actor: &Actor,
    standing: &Standing,
    message: &MessageHead,
    text: MessageText,
    mentions: Mentions,
) -> Decision {
    let ask = Ask::Channel(ChannelAct::Edit { author: message.author }, standing);
    let permit = permit(actor, ask)?;
    belongs(message, standing)?;
    alive(message)?;
    says_something(&text, message.has_files)?;
    let event =
        Event::MessageEdited { message: message.id, channel: message.channel, text, mentions };
    one(permit.actor(), permit.scope(Scope::Office), event)
}

/// Decides the deletion of a message; deleting twice changes nothing.
///
/// # Errors
/// [`Denied`] by permission.
pub fn delete(actor: &Actor, standing: &Standing, message: &MessageHead) -> Decision {
    let ask = Ask::Channel(ChannelAct::Delete { author: message.author }, standing);
    let permit = permit(actor, ask)?;
    belongs(message, standing)?;
    if message.deleted {
        return NOTHING;
    }
    let event =
        Event::MessageDeleted { message: message.id, channel: message.channel, root: message.root };
    one(permit.actor(), permit.scope(Scope::Office), event)
}

/// What is known of one emoji on a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReactionView {
    /// Whether the actor already put it there.
    pub mine: bool,
    /// Whether anybody did.
    pub present: bool,
    /// How many different emoji are on the message.
    pub kinds: usize,
}

/// Decides a reaction: on or off.
///
/// # Errors
/// [`Denied`] by permission, when the message was deleted, or has 40 kinds of emoji already.
pub fn react(
    actor: &Actor,
    standing: &Standing,
    message: &MessageHead,
    view: ReactionView,
    (emoji, on): (Emoji, bool),
) -> Decision {
    let permit = permit(actor, Ask::Channel(ChannelAct::React, standing))?;
    belongs(message, standing)?;
    alive(message)?;
    if view.mine == on {
        return NOTHING;
    }
    if on && !view.present && view.kinds >= REACTIONS_PER_MESSAGE_MAX {
        return Err(Denied::LimitReached { max: REACTIONS_PER_MESSAGE_MAX });
    }
    let event = Event::ReactionSet { message: message.id, channel: message.channel, emoji, on };
    one(permit.actor(), permit.scope(Scope::Office), event)
}

/// What is known of a channel's pins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PinView {
    /// Whether this message is pinned.
    pub pinned: bool,
    /// How many are.
    pub count: usize,
}

/// Decides a pin: on or off.
///
/// # Errors
/// [`Denied`] by permission, when the message was deleted, or 100 are pinned already.
pub fn pin(
    actor: &Actor,
    standing: &Standing,
    message: &MessageHead,
    view: PinView,
    on: bool,
) -> Decision {
    let permit = permit(actor, Ask::Channel(ChannelAct::Pin, standing))?;
    belongs(message, standing)?;
    alive(message)?;
    if view.pinned == on {
        return NOTHING;
    }
    if on && view.count >= PINS_PER_CHANNEL_MAX {
        return Err(Denied::LimitReached { max: PINS_PER_CHANNEL_MAX });
    }
    let event = Event::PinSet { message: message.id, channel: message.channel, on };
    one(permit.actor(), permit.scope(Scope::Office), event)
}

/// A permit for one channel is none for another channel's messages.
pub(super) fn belongs(message: &MessageHead, standing: &Standing) -> Result<(), Denied> {
    if message.channel == standing.channel.id { Ok(()) } else { Err(Denied::NotFound) }
}

fn says_something(text: &MessageText, has_files: bool) -> Result<(), Denied> {
    if has_files || !text.is_blank() { Ok(()) } else { Err(Denied::Text(TextError::Empty)) }
}

pub(super) const fn alive(message: &MessageHead) -> Result<(), Denied> {
    if message.deleted { Err(Denied::MessageDeleted) } else { Ok(()) }
}

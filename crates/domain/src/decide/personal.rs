//! What somebody keeps for themselves: their place, their drafts, their choices. Seen by their own
//! devices only.

use super::message::{MessageHead, alive, belongs};
use super::{Decision, NOTHING, one};
use crate::denied::Denied;
use crate::event::{Event, Scope};
use crate::id::{MessageId, Seq};
use crate::limits::{KEYWORDS_MAX, SAVED_PER_PERSON_MAX};
use crate::model::{Draft, NotifyLevel, Preferences};
use crate::permit::{Actor, Ask, ChannelAct, OfficeAct, Standing, permit};

fn own(actor: &Actor, standing: &Standing, event: Event) -> Decision {
    let permit = permit(actor, Ask::Channel(ChannelAct::KeepPlace, standing))?;
    one(permit.actor(), Scope::User(actor.id), event)
}

/// A read marker to move.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mark {
    /// The thread, if it is about one.
    pub root: Option<MessageId>,
    /// How far was read.
    pub upto: Seq,
    /// The marker now.
    pub present: Seq,
    /// The end of the log: nobody has read the future.
    pub head: Seq,
}

/// Decides how far somebody has read. Reading never moves the marker back, whichever device is late,
/// and never past the end of the log.
///
/// # Errors
/// [`Denied`] by permission.
pub fn mark_read(actor: &Actor, standing: &Standing, mark: Mark) -> Decision {
    let upto = mark.upto.min(mark.head);
    if upto <= mark.present {
        permit(actor, Ask::Channel(ChannelAct::KeepPlace, standing))?;
        return NOTHING;
    }
    let channel = standing.channel.id;
    own(actor, standing, Event::ReadMarked { channel, root: mark.root, upto })
}

/// Decides that something is unread again: the marker goes back to just before it. Where the marker
/// already stands there or further back, nothing changes.
///
/// # Errors
/// [`Denied`] by permission.
pub fn mark_unread(actor: &Actor, standing: &Standing, mark: Mark) -> Decision {
    if mark.upto >= mark.present {
        permit(actor, Ask::Channel(ChannelAct::KeepPlace, standing))?;
        return NOTHING;
    }
    let channel = standing.channel.id;
    own(actor, standing, Event::ReadMarked { channel, root: mark.root, upto: mark.upto })
}

/// What is known of somebody's saved messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SavedView {
    /// Whether this message is among them.
    pub saved: bool,
    /// How many there are.
    pub count: usize,
}

/// Decides whether somebody keeps a message for later.
///
/// # Errors
/// [`Denied`] by permission, when the message was deleted, or 1,000 are saved already.
pub fn save(
    actor: &Actor,
    standing: &Standing,
    message: &MessageHead,
    view: SavedView,
    on: bool,
) -> Decision {
    permit(actor, Ask::Channel(ChannelAct::KeepPlace, standing))?;
    belongs(message, standing)?;
    if view.saved == on {
        return NOTHING;
    }
    if on {
        alive(message)?;
        if view.count >= SAVED_PER_PERSON_MAX {
            return Err(Denied::LimitReached { max: SAVED_PER_PERSON_MAX });
        }
    }
    own(actor, standing, Event::SavedSet { message: message.id, channel: message.channel, on })
}

/// Decides what a channel may interrupt for.
///
/// # Errors
/// [`Denied`] by permission.
pub fn notify(actor: &Actor, standing: &Standing, level: NotifyLevel) -> Decision {
    own(actor, standing, Event::NotifyUpdated { channel: standing.channel.id, level })
}

/// Decides whether somebody follows a thread.
///
/// # Errors
/// [`Denied`] by permission, when the message is elsewhere or not the head of a thread.
pub fn follow(actor: &Actor, standing: &Standing, root: &MessageHead, on: bool) -> Decision {
    permit(actor, Ask::Channel(ChannelAct::KeepPlace, standing))?;
    belongs(root, standing)?;
    if root.root.is_some() {
        return Err(Denied::NotARoot);
    }
    own(actor, standing, Event::ThreadFollowed { root: root.id, channel: root.channel, on })
}

/// Decides a draft; removing one that is not there changes nothing.
///
/// # Errors
/// [`Denied`] by permission, or when the draft is for another conversation.
pub fn draft(actor: &Actor, standing: &Standing, exists: bool, draft: Draft) -> Decision {
    permit(actor, Ask::Channel(ChannelAct::KeepPlace, standing))?;
    if draft.channel != standing.channel.id {
        return Err(Denied::NotFound);
    }
    if draft.text.is_empty() && !exists {
        return NOTHING;
    }
    own(actor, standing, Event::DraftUpdated { draft })
}

/// Decides language, theme and what may interrupt.
///
/// # Errors
/// [`Denied`] by permission, or with more keywords than there may be.
pub fn preferences(actor: &Actor, present: &Preferences, wanted: Preferences) -> Decision {
    let permit = permit(actor, Ask::Office(OfficeAct::TakePart))?;
    if wanted.notices.keywords.len() > KEYWORDS_MAX {
        return Err(Denied::LimitReached { max: KEYWORDS_MAX });
    }
    if *present == wanted {
        return NOTHING;
    }
    let event = Event::PreferencesUpdated { preferences: wanted };
    one(permit.actor(), Scope::User(actor.id), event)
}

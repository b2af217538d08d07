//! What may interrupt somebody: one rule for the box, which wakes sleeping devices, and for the page,
//! which has the same rule in `web/src/notify/decide.ts`. Both are held to the cases of
//! `tests/golden/notices.json`.
//!
//! Two questions are kept apart. [`calls`] says whether a message is *for* somebody, which counts on
//! their badge whatever the hour. [`decide`] says whether it may also interrupt them now. A keyword
//! counts as a mention, as people know it from other chats.

mod choice;
mod keyword;

pub use choice::{
    Badge, LocalTime, MinuteOfDay, Notices, QuietHours, Sound, Volume, Weekday, ZoneName,
};
pub use keyword::{Folded, Keyword};

use serde::{Deserialize, Serialize};
use unicode_segmentation::UnicodeSegmentation;

use crate::id::{MessageId, UserId};
use crate::model::{Mentions, NotifyLevel};
use crate::time::Timestamp;

/// A message as this rule sees it.
#[derive(Clone, Copy, Debug)]
pub struct Arrival<'a> {
    /// Who wrote it.
    pub author: UserId,
    /// Its words, folded once for all readers.
    pub text: &'a Folded,
    /// The thread it answers in.
    pub root: Option<MessageId>,
    /// Whom it addresses.
    pub mentions: &'a Mentions,
}

/// Somebody whom a message reaches.
#[derive(Clone, Copy, Debug)]
pub struct Reader<'a> {
    /// Who.
    pub user: UserId,
    /// What they chose for the conversation.
    pub level: NotifyLevel,
    /// Which kind of conversation it is.
    pub place: Place,
    /// Whether they follow the thread that it answers in.
    pub follows: bool,
    /// What they chose for all conversations.
    pub notices: &'a Notices,
}

/// Where a message was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Place {
    /// In a channel with a name.
    Channel,
    /// Among two or a few people.
    Direct,
}

/// Why a message is for somebody, the strongest reason first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Reason {
    /// It names them, or a group they are in.
    Mention,
    /// It addresses everybody.
    Everybody,
    /// It has one of their keywords.
    Keyword,
    /// It was written to them.
    Direct,
    /// It answers in a thread that they follow.
    Thread,
    /// They want every message of the channel.
    Every,
}

impl Reason {
    /// Whether it counts among the mentions of a conversation.
    #[must_use]
    pub const fn is_mention(self) -> bool {
        matches!(self, Self::Mention | Self::Everybody | Self::Keyword)
    }
}

/// The moment of a decision: on the world's clock, and on the clock of the person's quiet hours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    /// On the world's clock.
    pub at: Timestamp,
    /// On the person's.
    pub local: LocalTime,
}

/// An interruption that may happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Notice {
    /// Why.
    pub reason: Reason,
    /// Whether it may say what was written, or only who wrote where.
    pub preview: bool,
}

/// Longest excerpt, in graphemes.
const EXCERPT_GRAPHEMES_MAX: usize = 140;
/// What is looked at of a message for its excerpt, in characters.
const EXCERPT_READ_MAX: usize = 2_000;

/// The beginning of a message as one line, for a notification.
#[must_use]
pub fn excerpt(text: &str) -> String {
    let read: String = text.chars().take(EXCERPT_READ_MAX).collect();
    let line = read.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut ends = line.grapheme_indices(true).map(|(at, _)| at).skip(EXCERPT_GRAPHEMES_MAX - 1);
    match (ends.next(), ends.next()) {
        (Some(end), Some(_)) => format!("{}…", &line[..end]),
        _ => line,
    }
}

/// Why a message is for somebody, if it is. Muted conversations never are, nor one's own messages.
#[must_use]
pub fn calls(message: Arrival<'_>, reader: Reader<'_>) -> Option<Reason> {
    if message.author == reader.user || reader.level == NotifyLevel::Nothing {
        return None;
    }
    let mentions = message.mentions;
    let here = mentions.here.as_ref().is_some_and(|here| here.contains(&reader.user));
    let in_thread = message.root.is_some();
    if mentions.users.contains(&reader.user) {
        Some(Reason::Mention)
    } else if here || mentions.everybody() {
        Some(Reason::Everybody)
    } else if reader.notices.keywords.iter().any(|keyword| keyword.is_in(message.text)) {
        Some(Reason::Keyword)
    } else if reader.place == Place::Direct {
        Some(Reason::Direct)
    } else if in_thread && reader.follows {
        Some(Reason::Thread)
    } else if !in_thread && reader.level == NotifyLevel::All {
        Some(Reason::Every)
    } else {
        None
    }
}

/// Whether a message may interrupt somebody now.
#[must_use]
pub fn decide(message: Arrival<'_>, reader: Reader<'_>, now: Moment) -> Option<Notice> {
    let reason = calls(message, reader)?;
    let notices = reader.notices;
    let paused = notices.paused_until.is_some_and(|until| now.at < until);
    let quiet = notices.quiet.as_ref().is_some_and(|quiet| quiet.holds(now.local));
    if reader.level == NotifyLevel::Quiet || paused || quiet {
        return None;
    }
    Some(Notice { reason, preview: notices.preview })
}

//! What sets an outgoing webhook off, and what a delivery that failed leads to.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::event::Event;
use crate::id::{ChannelId, MessageId};
use crate::model::UserKind;
use crate::time::Timestamp;

/// The first wait before a delivery is tried again, in milliseconds; each further one is twice as
/// long.
pub const RETRY_MS_MIN: u64 = 2_000;
/// The longest wait, in milliseconds.
pub const RETRY_MS_MAX: u64 = 15 * 60 * 1_000;
/// How often one event is tried before it is given up: about an hour and a half.
pub const ATTEMPTS_MAX: u32 = 14;
/// How long every delivery must have failed until the webhook is switched off, in milliseconds:
/// three days.
pub const FAILING_MS_MAX: u64 = 3 * 24 * 3_600 * 1_000;

/// What an outgoing webhook may be told of.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema,
)]
pub enum HookEvent {
    /// A message was written.
    #[serde(rename = "message.posted")]
    Posted,
    /// A message got another text.
    #[serde(rename = "message.edited")]
    Edited,
    /// A message was deleted.
    #[serde(rename = "message.deleted")]
    Deleted,
    /// Somebody put an emoji on a message, or took it off.
    #[serde(rename = "reaction.set")]
    Reaction,
}

/// What an outgoing webhook wants to hear of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Filter {
    /// One channel; nothing for every channel its bot is in.
    pub channel: Option<ChannelId>,
    /// The first word of a message must be one of these; none lets every message through.
    pub words: Vec<String>,
    /// The kinds of events.
    pub events: Vec<HookEvent>,
}

/// What set a webhook off.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trigger {
    /// What happened.
    pub event: HookEvent,
    /// Where.
    pub channel: ChannelId,
    /// To which message.
    pub message: MessageId,
    /// In whose thread.
    pub root: Option<MessageId>,
    /// Its text now.
    pub text: Option<String>,
    /// The word that set it off.
    pub word: Option<String>,
    /// The emoji, and whether it is there now.
    pub emoji: Option<(String, bool)>,
}

impl Filter {
    /// What an event is to this webhook. What a program did sets nothing off: two that answer each
    /// other would never stop.
    #[must_use]
    pub fn trigger(&self, actor: UserKind, event: &Event) -> Option<Trigger> {
        if !actor.is_person() {
            return None;
        }
        let mut trigger = trigger_of(event)?;
        let here = self.channel.is_none_or(|channel| channel == trigger.channel);
        if !here || !self.events.contains(&trigger.event) {
            return None;
        }
        if !self.words.is_empty() {
            let first = trigger.text.as_deref()?.split_whitespace().next()?.to_lowercase();
            trigger.word =
                Some(self.words.iter().find(|word| word.to_lowercase() == first)?.clone());
        }
        Some(trigger)
    }
}

fn trigger_of(event: &Event) -> Option<Trigger> {
    let of = |event, channel: &ChannelId, message: &MessageId| Trigger {
        event,
        channel: *channel,
        message: *message,
        root: None,
        text: None,
        word: None,
        emoji: None,
    };
    Some(match event {
        Event::MessagePosted(posted) => Trigger {
            root: posted.root,
            text: Some(posted.text.as_str().to_owned()),
            ..of(HookEvent::Posted, &posted.channel, &posted.message)
        },
        Event::MessageEdited { message, channel, text, .. } => Trigger {
            text: Some(text.as_str().to_owned()),
            ..of(HookEvent::Edited, channel, message)
        },
        Event::MessageDeleted { message, channel, root } => {
            Trigger { root: *root, ..of(HookEvent::Deleted, channel, message) }
        }
        Event::ReactionSet { message, channel, emoji, on } => Trigger {
            emoji: Some((emoji.as_str().to_owned(), *on)),
            ..of(HookEvent::Reaction, channel, message)
        },
        _ => return None,
    })
}

/// What follows a delivery that failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Try the same again after this long.
    Again(Duration),
    /// Give this event up and go on with the next.
    GiveUp,
    /// Switch the webhook off and tell who made it.
    SwitchOff,
}

/// How a receiver refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// It said that it is gone for good.
    Gone,
    /// Anything else.
    Passing,
}

/// Decides after attempt number `attempt` (from 1) failed, when deliveries have failed without a
/// success since `failing_since`. `random` spreads the waits of many webhooks by a fifth either way.
#[must_use]
pub fn after_failure(
    failure: Failure,
    attempt: u32,
    failing_since: Timestamp,
    now: Timestamp,
    random: u8,
) -> Verdict {
    if failure == Failure::Gone || now.ms_since(failing_since) >= FAILING_MS_MAX {
        return Verdict::SwitchOff;
    }
    if attempt >= ATTEMPTS_MAX {
        return Verdict::GiveUp;
    }
    let doubled = RETRY_MS_MIN.saturating_mul(1 << attempt.saturating_sub(1).min(20));
    let wait_ms = doubled.min(RETRY_MS_MAX);
    let spread_ms = wait_ms * 2 / 5 * u64::from(random) / 255;
    Verdict::Again(Duration::from_millis(wait_ms - wait_ms / 5 + spread_ms))
}

/// What went wrong with a webhook or command, for the person who made it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "code", rename_all = "snake_case")]
pub enum HookProblem {
    /// The URL, or the one it redirects to, can't be used.
    BadUrl,
    /// It leads to an address that the configuration does not allow.
    AddressNotAllowed,
    /// The host's name is not found.
    NameNotFound,
    /// Nobody answers there.
    NoConnection,
    /// Its certificate is not acceptable.
    NoTrust,
    /// What it answered is not HTTP, or too long, or not of the form.
    BadAnswer,
    /// It took too long.
    TimedOut,
    /// Too many requests were under way here.
    Busy,
    /// It answered with a status that is no success.
    Status {
        /// The HTTP status.
        status: u16,
    },
    /// Its bot may not write there (any more), or the channel is archived or gone.
    NoPlace,
}

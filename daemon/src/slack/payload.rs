//! What a tool sends to a webhook, and what a receiver answers.

use hearth_domain::id::MessageId;
use hearth_domain::model::Guise;
use hearth_domain::text::{Emoji, MessageText, Name, TextError};
use serde_json::Value;
use unicode_segmentation::UnicodeSegmentation;
use url::form_urlencoded;

use super::blocks::{raw, to_parts};
use super::{attachments, emoji, mrkdwn};

/// Longest text that is looked at, in bytes; Slack cuts at 40,000 characters.
const TEXT_BYTES_MAX: usize = 40_000;
/// Attachments of one message, as at Slack.
const ATTACHMENTS_MAX: usize = 100;
/// Blocks of one message, as at Slack.
const BLOCKS_MAX: usize = 50;
/// Graphemes that a text too long for a message keeps.
const CUT_GRAPHEMES: usize = 9_900;
/// Bytes that it keeps.
const CUT_BYTES: usize = 39_000;

/// A message that a tool sends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Incoming {
    /// Markdown.
    pub text: MessageText,
    /// Whom it wants to appear as.
    pub name: Option<Name>,
    /// With which picture.
    pub emoji: Option<Emoji>,
    /// Where it wants to go, if not where the hook leads.
    pub place: Option<Place>,
    /// The message in whose thread it answers: Hearth's own id in `thread_ts`.
    pub thread: Option<MessageId>,
}

impl Incoming {
    /// As whom the message appears, if the tool said.
    #[must_use]
    pub fn guise(&self, default: &Name) -> Option<Guise> {
        if self.name.is_none() && self.emoji.is_none() {
            return None;
        }
        let name = self.name.clone().unwrap_or_else(|| default.clone());
        Some(Guise { name, emoji: self.emoji.clone() })
    }
}

/// Where a tool wants its message to go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// `#name`, or `name`.
    Channel(String),
    /// `@handle`: one person.
    Person(String),
}

/// Why nothing was posted, in Slack's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// Not JSON, or not of the form.
    #[error("invalid_payload")]
    InvalidPayload,
    /// Nothing to show.
    #[error("no_text")]
    NoText,
    /// More than 100.
    #[error("too_many_attachments")]
    TooManyAttachments,
    /// More than 50.
    #[error("invalid_blocks")]
    InvalidBlocks,
}

/// Reads what a tool posted: JSON, or a form whose `payload` is JSON.
///
/// # Errors
/// [`Refused`].
pub fn parse(content_type: &str, body: &[u8]) -> Result<Incoming, Refused> {
    let kind = content_type.split(';').next().unwrap_or_default().trim();
    let is_form = kind.eq_ignore_ascii_case("application/x-www-form-urlencoded");
    // curl calls everything a form unless it is told otherwise.
    let is_form = is_form && body.trim_ascii_start().first() != Some(&b'{');
    let payload: Value = if is_form {
        let field = form_urlencoded::parse(body).find(|(name, _)| name == "payload");
        let (_, json) = field.ok_or(Refused::InvalidPayload)?;
        serde_json::from_str(&json).map_err(|_| Refused::InvalidPayload)?
    } else {
        serde_json::from_slice(body).map_err(|_| Refused::InvalidPayload)?
    };
    read(&payload)
}

fn read(payload: &Value) -> Result<Incoming, Refused> {
    if !payload.is_object() {
        return Err(Refused::InvalidPayload);
    }
    let given = |key: &str| Some(raw(&payload[key])).filter(|text| !text.trim().is_empty());
    let icon = given("icon_emoji");
    let icon = icon.as_deref().map(|icon| icon.trim().trim_matches(':'));
    let icon = icon.and_then(|icon| Emoji::parse(emoji::named(icon).unwrap_or(icon)).ok());
    let place = given("channel").map(|place| match place.trim().strip_prefix('@') {
        Some(handle) => Place::Person(handle.to_owned()),
        None => Place::Channel(place.trim().trim_start_matches('#').to_owned()),
    });
    Ok(Incoming {
        text: text(payload)?,
        name: given("username").and_then(|name| name_of(&name)),
        emoji: icon,
        place,
        thread: given("thread_ts").and_then(|id| id.parse().ok()),
    })
}

/// All that a payload shows, as one message.
fn text(payload: &Value) -> Result<MessageText, Refused> {
    let list = |key: &str| payload[key].as_array().map(Vec::as_slice).unwrap_or_default();
    let (blocks, attached) = (list("blocks"), list("attachments"));
    if attached.len() > ATTACHMENTS_MAX {
        return Err(Refused::TooManyAttachments);
    }
    if blocks.len() > BLOCKS_MAX {
        return Err(Refused::InvalidBlocks);
    }
    let mut parts = to_parts(blocks);
    // Beside blocks, the text is for notifications only.
    if parts.is_empty() {
        let source = raw(&payload["text"]);
        let source = cut(&source, usize::MAX, TEXT_BYTES_MAX);
        let is_plain = payload["mrkdwn"] == false;
        parts.push(if is_plain { mrkdwn::plain(source) } else { mrkdwn::to_markdown(source) });
    }
    parts.extend(attached.iter().map(attachments::to_markdown_part));
    parts.retain(|part| !part.trim().is_empty());
    fitted(&parts.join("\n\n")).ok_or(Refused::NoText)
}

/// A message's text, without what a message may not have and cut where it is too long.
fn fitted(markdown: &str) -> Option<MessageText> {
    let clean: String = markdown
        .replace("\r\n", "\n")
        .chars()
        .filter(|c| !c.is_control() || matches!(c, '\n' | '\t'))
        .collect();
    match MessageText::parse(&clean) {
        Ok(text) => Some(text),
        Err(TextError::TooLong { .. }) => {
            let short = cut(&clean, CUT_GRAPHEMES, CUT_BYTES);
            // A block of code that was cut must not swallow the mark.
            let open = short.matches("```").count() % 2 == 1;
            let end = if open { "\n```\n…" } else { "…" };
            MessageText::parse(&format!("{short}{end}")).ok()
        }
        Err(_) => None,
    }
}

/// The start of a text, never through the middle of a letter.
fn cut(text: &str, graphemes_max: usize, bytes_max: usize) -> &str {
    if text.len() <= bytes_max && text.len() <= graphemes_max {
        return text;
    }
    let mut ends = text.grapheme_indices(true).map(|(at, grapheme)| at + grapheme.len());
    let mut end = 0;
    for _ in 0..graphemes_max {
        match ends.next().filter(|end| *end <= bytes_max) {
            Some(next) => end = next,
            None => break,
        }
    }
    &text[..end]
}

/// A name, without what could deceive and cut where it is too long.
fn name_of(raw: &str) -> Option<Name> {
    let decoded = raw.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&");
    let short = cut(decoded.trim(), hearth_domain::limits::NAME_GRAPHEMES_MAX, TEXT_BYTES_MAX);
    Name::parse(short).ok()
}

/// What a receiver answers to an outgoing webhook or a slash command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Nothing to show.
    Nothing,
    /// For everybody in the conversation.
    InChannel(Incoming),
    /// For the one who asked.
    Ephemeral(Incoming),
}

/// Reads an answer: JSON as a webhook takes it, with `response_type`; or plain text for the one who
/// asked.
///
/// # Errors
/// [`Refused`]; an empty answer is none.
pub fn answer(content_type: &str, body: &[u8]) -> Result<Answer, Refused> {
    if body.trim_ascii().is_empty() {
        return Ok(Answer::Nothing);
    }
    let is_json = content_type.to_ascii_lowercase().contains("json");
    let parsed: Option<Value> = match body.trim_ascii_start().first() {
        Some(b'{') => serde_json::from_slice(body).ok(),
        _ => None,
    };
    let payload = match parsed {
        Some(payload) => payload,
        None if is_json => return Err(Refused::InvalidPayload),
        None => {
            let text = std::str::from_utf8(body).map_err(|_| Refused::InvalidPayload)?;
            serde_json::json!({ "text": text })
        }
    };
    let incoming = match read(&payload) {
        Err(Refused::NoText) => return Ok(Answer::Nothing),
        other => other?,
    };
    if payload["response_type"] == "in_channel" {
        Ok(Answer::InChannel(incoming))
    } else {
        Ok(Answer::Ephemeral(incoming))
    }
}

/// A message that a receiver of an outgoing webhook answers with. Only JSON is one: most servers
/// answer something, and hardly any means it for people.
#[must_use]
pub fn reply(content_type: &str, body: &[u8]) -> Option<Incoming> {
    let is_json = content_type.to_ascii_lowercase().contains("json");
    let payload: Value = serde_json::from_slice(body).ok().filter(|_| is_json)?;
    read(&payload).ok()
}

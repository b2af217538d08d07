//! Slack's formats, as far as they map: what tools send to a webhook, and how Slack signs.
//!
//! Thousands of programs can talk to Slack's webhooks. They reach Hearth by another URL and notice
//! nothing. What they send becomes plain Markdown ([`parse`]): text in Slack's mrkdwn, blocks and
//! attachments. What has no counterpart (buttons, menus, layout) becomes a link or is left out; what
//! is malformed is refused with Slack's own word ([`Refused`]). Everything here is pure and linear in
//! the length of its input, and `serde_json` bounds how deep anything nests.

mod attachments;
mod blocks;
mod emoji;
mod mrkdwn;
mod payload;
mod signature;
#[cfg(test)]
mod tests;

pub use payload::{Answer, Incoming, Place, Refused, answer, parse, reply};
pub use signature::{Secret, sign};

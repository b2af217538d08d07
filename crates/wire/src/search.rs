//! Bodies of the search: `GET /api/v1/search`.

use hearth_domain::file::Attachment;
use hearth_domain::id::{ChannelId, MessageId, Seq, UserId};
use hearth_domain::model::Channel;
pub use hearth_domain::search::found::Fragment;
pub use hearth_domain::search::{Flaw, FlawKind, Operator};
use hearth_domain::time::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// What to find: `GET /search`.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct SearchQuery {
    /// Words, `"phrases"`, `-not`, and `from:`, `in:`, `before:`, `after:`, `on:`, `has:`, `is:`; at
    /// most 512 characters.
    pub q: String,
    /// The order; by relevance if absent.
    #[serde(default)]
    #[param(inline)]
    pub sort: SearchSort,
    /// How far the asker's clock is ahead of UTC, in minutes: where their days begin.
    #[serde(default)]
    pub utc_offset_min: i32,
    /// Only messages before this place, from `next` of the page before.
    pub below: Option<Seq>,
    /// Messages to pass over, from `next` of the page before.
    #[serde(default)]
    pub skip: u32,
    /// How many, 1 to 100; 30 if absent.
    pub limit: Option<u32>,
}

/// The order of what is found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum SearchSort {
    /// The best of the latest 500 that fit, then the best of the 500 before them.
    #[default]
    Relevance,
    /// The latest first.
    Newest,
}

/// What was found.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SearchPage {
    /// Messages that fit and that the asker may read, as they are now.
    pub hits: Vec<SearchHit>,
    /// The conversations they are in, also those that the asker has not joined.
    pub channels: Vec<Channel>,
    /// Where to go on; absent when all was looked at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<SearchNext>,
    /// What of the query means nothing; nothing is found then.
    pub flaws: Vec<Flaw>,
    /// Events that are not in the index yet: a handful while people write, many while it is built.
    pub behind: u64,
}

/// Where a search goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SearchNext {
    /// For `below`.
    pub below: Seq,
    /// For `skip`.
    pub skip: u32,
}

/// A message that was found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SearchHit {
    /// Which.
    pub message: MessageId,
    /// Its place.
    pub seq: Seq,
    /// Its conversation.
    pub channel: ChannelId,
    /// The thread it answers in.
    pub root: Option<MessageId>,
    /// Who wrote it.
    pub author: UserId,
    /// When.
    pub created_at: Timestamp,
    /// When its text last changed.
    pub edited_at: Option<Timestamp>,
    /// The part of its Markdown source where it was found. Each text is plain: make no markup of it.
    pub excerpt: Vec<Fragment>,
    /// What hangs on it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<FileHit>,
}

/// A file on a message that was found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct FileHit {
    /// The file.
    pub file: Attachment,
    /// Its name, with what was found in it.
    pub name: Vec<Fragment>,
    /// The part of the text in it where it was found; empty unless that is why the message was found.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub excerpt: Vec<Fragment>,
}

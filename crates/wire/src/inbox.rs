//! Bodies of the lists that reach across conversations: followed threads and saved messages.

use hearth_domain::id::Seq;
use hearth_domain::model::Message;
use hearth_domain::time::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// Which part of the followed threads: `GET /threads`.
#[derive(Clone, Copy, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ThreadsQuery {
    /// Those with unread answers, or those without.
    #[serde(default)]
    pub unread: bool,
    /// Threads whose last answer is before this one.
    pub before: Option<Seq>,
    /// How many, 1 to 50; 20 if absent.
    pub limit: Option<u32>,
}

/// A thread that somebody follows, with what it is about and how it ended.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct FollowedThread {
    /// Its first message.
    pub root: Message,
    /// Its last answer.
    pub last: Message,
    /// The last answer read.
    pub read_upto: Seq,
    /// Answers of others after that, at most 100.
    pub unread: u32,
}

/// A page of followed threads, the latest answer first: `GET /threads`.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct FollowedThreads {
    /// The threads.
    pub threads: Vec<FollowedThread>,
    /// Where the next page starts: its `before`; absent on the last one.
    pub next: Option<Seq>,
}

/// Which part of the saved messages: `GET /saved`.
#[derive(Clone, Copy, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct SavedQuery {
    /// What was saved before this place.
    pub before: Option<Seq>,
    /// How many, 1 to 50; 20 if absent.
    pub limit: Option<u32>,
}

/// A message that somebody saved.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SavedMessage {
    /// The message as it stands now.
    pub message: Message,
    /// When it was saved.
    pub saved_at: Timestamp,
}

/// A page of saved messages, the last saved first: `GET /saved`.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SavedMessages {
    /// The messages.
    pub saved: Vec<SavedMessage>,
    /// Where the next page starts: its `before`; absent on the last one.
    pub next: Option<Seq>,
}

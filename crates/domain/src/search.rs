//! Searching: what can be found in a text, what a query asks for, and where the two meet.
//!
//! Pure. The index (`hearth_store::search`) only proposes messages; whether a message matches is
//! decided here, on its text and its files as they are now ([`found::Lookout`]).

pub mod content;
pub mod dates;
pub mod fold;
pub mod found;
pub mod parse;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::time::Timestamp;

pub use parse::parse;

/// What somebody wants to find.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Query {
    /// Words and phrases: each has to be there, or must not be.
    pub terms: Vec<Term>,
    /// What else has to be true of a message.
    pub filters: Filters,
    /// What of the query was not understood. Such a query finds nothing.
    pub flaws: Vec<Flaw>,
}

/// Words that stand together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Term {
    /// The pieces, in order; never empty.
    pub pieces: Vec<fold::Piece>,
    /// Whether the last word may go on.
    pub open: bool,
    /// Whether it must not be there.
    pub negated: bool,
}

/// A condition, or that it must not hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sign<T> {
    /// The condition.
    pub what: T,
    /// Whether it must not hold.
    pub negated: bool,
}

/// What has to be true of a message besides its words.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filters {
    /// Who wrote it: one of those that are not negated.
    pub from: Vec<Sign<Named>>,
    /// Where: in one of those that are not negated.
    pub within: Vec<Sign<Named>>,
    /// What it has or is: all of them.
    pub traits: Vec<Sign<Trait>>,
    /// Written at this time or later.
    pub since: Option<Timestamp>,
    /// Written before this time.
    pub before: Option<Timestamp>,
}

/// Somebody or somewhere, as named in a query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Named {
    /// The one who asks.
    Me,
    /// A handle, a name, or a channel's name, without `@` or `#`.
    Name(String),
}

/// What a message has or is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Trait {
    /// A link.
    Link,
    /// A file.
    File,
    /// A picture.
    Image,
    /// Code, in a block or a span.
    Code,
    /// A reaction.
    Reaction,
    /// It is pinned.
    Pinned,
    /// It is in a thread: an answer, or a message that was answered.
    Thread,
    /// It was edited.
    Edited,
}

/// A part of a query that names a condition.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Operator {
    /// Who wrote it.
    From,
    /// In which conversation.
    In,
    /// Before a day.
    Before,
    /// After a day.
    After,
    /// On a day.
    On,
    /// What it has.
    Has,
    /// What it is.
    Is,
}

/// Why a part of a query means nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum FlawKind {
    /// Nothing follows the colon.
    Empty,
    /// It is no day.
    NotADay,
    /// It is none of the words that may follow.
    NotAChoice,
    /// Nobody, or no conversation that the asker can read, has this name.
    Unknown,
}

/// A part of a query that means nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
pub struct Flaw {
    /// Which part.
    pub operator: Operator,
    /// Why.
    pub kind: FlawKind,
}

impl Query {
    /// Whether it asks for nothing at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

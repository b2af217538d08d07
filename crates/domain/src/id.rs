//! Identities. Each is a UUIDv7 in a type of its own, so that a channel can never be passed for a user.
//!
//! The first 48 bits are the creation time, so ids sort by age and append at the right edge of an
//! index. Making one needs a time and ten random bytes, which the caller brings (RFC 9562, 5.7).

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::time::Timestamp;

/// Seventy-four of these eighty bits end up in an id.
pub type RandomBytes = [u8; 10];

macro_rules! ids {
    ($($(#[$doc:meta])+ $name:ident)+) => {$(
        $(#[$doc])+
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
        #[serde(transparent)]
        #[schema(value_type = String, format = "uuid")]
        pub struct $name(Uuid);

        impl $name {
            /// Makes a new id from the time of creation and random bytes.
            #[must_use]
            pub fn new(at: Timestamp, random: RandomBytes) -> Self {
                Self(uuid::Builder::from_unix_timestamp_millis(at.as_ms(), &random).into_uuid())
            }

            /// The sixteen bytes that are stored.
            #[must_use]
            pub const fn as_bytes(&self) -> &[u8; 16] {
                self.0.as_bytes()
            }

            /// The id behind sixteen stored bytes.
            #[must_use]
            pub const fn from_bytes(bytes: [u8; 16]) -> Self {
                Self(Uuid::from_bytes(bytes))
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }

        impl std::str::FromStr for $name {
            type Err = uuid::Error;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Uuid::try_parse(text).map(Self)
            }
        }
    )+};
}

ids! {
    /// A box that writes a log: one office's machine, or the core node.
    NodeId
    /// A person with an account.
    UserId
    /// A conversation: a channel, a direct message or a group direct message.
    ChannelId
    /// A message, also the identity of the thread it starts.
    MessageId
    /// A named set of people that can be mentioned together.
    GroupId
    /// An invitation link.
    InviteId
    /// A webhook, incoming or outgoing.
    HookId
    /// A slash command.
    CommandId
    /// One device that is signed in, or a bot's token.
    SessionId
    /// A file that somebody shared, or is about to.
    FileId
    /// A client's name for one send, so that a repeated send is recognised.
    Nonce
}

/// A place in this box's log in order of arrival; dense, from 1. Zero is "before everything".
///
/// This is what a client resumes from. It means nothing on another box: there a position is
/// (origin, [`OriginSeq`]).
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    ToSchema,
)]
#[serde(transparent)]
#[schema(value_type = u64)]
pub struct Seq(pub u64);

impl Seq {
    /// The place after this one.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0 + 1)
    }
}

impl std::fmt::Display for Seq {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

/// A place in one origin's own log; dense, from 1, within one [`Incarnation`].
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct OriginSeq(pub u64);

/// Which life of a node wrote an event. It grows when a box is reinstalled or restored from a
/// backup, so that reused sequence numbers can never be mistaken for the old ones.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Incarnation(pub u32);

//! Frames of the client socket, JSON text in both directions, tagged by `t`.

use hearth_domain::event::Event;
use hearth_domain::id::{ChannelId, FileId, MessageId, Nonce, Seq, SessionId, UserId};
use hearth_domain::model::Guise;
use hearth_domain::text::MessageText;
use hearth_domain::time::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::hardware::{HardwareAlarm, HardwareState, HardwareStatus};
use crate::problem::Problem;

/// What a client sends.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "t", rename_all = "snake_case", deny_unknown_fields)]
pub enum ClientFrame {
    /// Writes a message. Answered by `posted` or `refused` with the same nonce. Sending the same
    /// frame again is safe: the answer is the first one's.
    Post {
        /// The client's name for this send, a UUIDv7.
        nonce: Nonce,
        /// The conversation.
        channel: ChannelId,
        /// The thread to answer in.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        root: Option<MessageId>,
        /// Markdown source; may be empty where there are files.
        text: String,
        /// Files that were uploaded before, at most 20.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        files: Vec<FileId>,
    },
    /// Marks a conversation (or one thread of it) as read up to a message. Not answered: the
    /// `read.marked` event tells every device.
    Read {
        /// The conversation.
        channel: ChannelId,
        /// The thread, if it is about a thread.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        root: Option<MessageId>,
        /// The last message read.
        upto: Seq,
    },
    /// Says that the person is typing. Not answered; more than one in three seconds is ignored.
    Typing {
        /// The conversation.
        channel: ChannelId,
        /// The thread, if in one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        root: Option<MessageId>,
    },
    /// Says whether somebody sits in front of this device.
    Presence {
        /// Whether they do.
        state: DevicePresence,
    },
    /// Says whether this socket wants to be told how the machine is. Answered by `hardware` frames, the
    /// first at once.
    WatchHardware {
        /// Whether it does.
        on: bool,
    },
}

/// Whether somebody sits in front of a device.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum DevicePresence {
    /// The page was used lately.
    Active,
    /// It was not.
    Away,
}

/// Whether somebody can be reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum PresenceState {
    /// On at least one device that was used lately.
    Online,
    /// Connected, but not looking.
    Away,
    /// Not connected.
    Offline,
}

/// Somebody's presence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Presence {
    /// Who.
    pub user: UserId,
    /// How they can be reached.
    pub state: PresenceState,
}

/// What the server sends.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "t", rename_all = "snake_case")]
pub enum ServerFrame {
    /// The first frame of every socket.
    Hello {
        /// [`crate::limits::PROTOCOL_VERSION`].
        protocol: u32,
        /// Version of the program.
        version: String,
        /// Who is signed in.
        user: UserId,
        /// The session behind this socket.
        session: SessionId,
        /// The end of the log now; events up to here follow as a replay.
        head: Seq,
        /// How often the server pings.
        ping_interval_ms: u64,
    },
    /// The client is too far behind (or ahead: the box was restored): fetch the bootstrap again
    /// and go on from its `seq`. Live events follow from `head` on.
    Reset {
        /// Where live events start.
        head: Seq,
    },
    /// Something happened. Events come in order of `seq`, each once; numbers are skipped where
    /// an event is not for this person.
    Event {
        /// Its place in the log.
        seq: Seq,
        /// When.
        at: Timestamp,
        /// Who caused it.
        actor: UserId,
        /// What.
        event: Box<Event>,
    },
    /// A send is on disk.
    Posted {
        /// The client's name for the send.
        nonce: Nonce,
        /// The message.
        message: MessageId,
        /// Its place in the log.
        seq: Seq,
        /// When it was committed.
        at: Timestamp,
    },
    /// A frame was not carried out.
    Refused {
        /// The send it is about, if it was one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        nonce: Option<Nonce>,
        /// Why.
        problem: Box<Problem>,
    },
    /// Somebody is typing. Ends by itself after a few seconds.
    Typing {
        /// The conversation.
        channel: ChannelId,
        /// The thread, if in one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        root: Option<MessageId>,
        /// Who.
        user: UserId,
    },
    /// A program's answer for this person alone. It is in no history: who does not look misses it.
    Ephemeral {
        /// The conversation it belongs to.
        channel: ChannelId,
        /// The thread, if in one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        root: Option<MessageId>,
        /// The program.
        author: UserId,
        /// As whom it appears, if it said so.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        guise: Option<Guise>,
        /// Markdown source.
        text: MessageText,
        /// When.
        at: Timestamp,
    },
    /// Presence changed, or, after `hello`, everybody who is not offline.
    Presence {
        /// Who changed.
        people: Vec<Presence>,
    },
    /// How the machine is, about once a second, to sockets that asked for it. One that is slow gets the
    /// latest only.
    Hardware {
        /// Whether it is seen now.
        state: HardwareState,
        /// The last that was heard; null while absent.
        status: Option<Box<HardwareStatus>>,
        /// What somebody should look at, the worst first.
        alarms: Vec<HardwareAlarm>,
    },
    /// The server closes this socket for a reason that reconnecting does not mend, or at once
    /// before it restarts.
    Closing {
        /// Why.
        reason: ClosingReason,
    },
}

/// Why the server closes a socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ClosingReason {
    /// The session was revoked, or the account disabled: sign in again.
    SignedOut,
    /// The person's role changed: reconnect and fetch the bootstrap again.
    AccessChanged,
    /// The server is restarting: reconnect.
    Restart,
    /// The client sent frames faster than allowed, or frames that made no sense.
    Misbehaved,
}

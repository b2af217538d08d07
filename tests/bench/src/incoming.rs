//! What a load client understands of the server's frames.
//!
//! Events and acknowledgements come by the hundred thousand, so these two are told by how they
//! start; all others are parsed by their type. A fast answer that stops fitting falls back to the
//! type, so a change of the key order costs speed, not truth.

use hearth_wire::frame::ServerFrame;

use crate::mark::Ticket;

const EVENT: &[u8] = br#"{"t":"event","seq":"#;
const POSTED: &[u8] = br#"{"t":"posted","nonce":""#;
const UUID_CHARS: usize = 36;

/// A frame as far as a load client cares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Incoming<'a> {
    /// The socket is signed in; the log ends at `head`.
    Hello { head: u64 },
    /// Something happened; a mark may be in the bytes.
    Event { seq: u64, bytes: &'a [u8] },
    /// A post is on disk.
    Posted(Ticket),
    /// A post, or another frame, was refused; the bytes say why.
    Refused(&'a [u8]),
    /// The server gave the replay up.
    Reset { head: u64 },
    /// Presence, typing, closing: nothing that is counted.
    Other,
    /// Not a frame of the protocol.
    Unknown,
}

impl<'a> Incoming<'a> {
    /// Reads a text frame.
    pub(crate) fn read(bytes: &'a [u8]) -> Self {
        if let Some(seq) = bytes.strip_prefix(EVENT).and_then(leading_number) {
            return Self::Event { seq, bytes };
        }
        let nonce = bytes.strip_prefix(POSTED).and_then(|rest| rest.get(..UUID_CHARS));
        if let Some(ticket) = nonce.and_then(Ticket::of_nonce) {
            return Self::Posted(ticket);
        }
        match serde_json::from_slice(bytes) {
            Ok(ServerFrame::Hello { head, .. }) => Self::Hello { head: head.0 },
            Ok(ServerFrame::Event { seq, .. }) => Self::Event { seq: seq.0, bytes },
            Ok(ServerFrame::Posted { nonce, .. }) => {
                let ticket = Ticket::of_nonce(nonce.to_string().as_bytes());
                ticket.map_or(Self::Unknown, Self::Posted)
            }
            Ok(ServerFrame::Refused { .. }) => Self::Refused(bytes),
            Ok(ServerFrame::Reset { head }) => Self::Reset { head: head.0 },
            Ok(_) => Self::Other,
            Err(_) => Self::Unknown,
        }
    }
}

fn leading_number(bytes: &[u8]) -> Option<u64> {
    let digits = bytes.iter().take_while(|byte| byte.is_ascii_digit()).count();
    std::str::from_utf8(&bytes[..digits]).ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mark::{Mark, Poster};
    use hearth_domain::event::{Event, Posted};
    use hearth_domain::id::{ChannelId, MessageId, Seq, UserId};
    use hearth_domain::model::Mentions;
    use hearth_domain::text::MessageText;
    use hearth_domain::time::Timestamp;

    const TICKET: Ticket = Ticket { sender: 3, n: 9 };

    fn event(seq: u64) -> ServerFrame {
        let mark = Mark { ticket: TICKET, due_ns: 5 };
        let posted = Posted {
            guise: None,
            message: MessageId::from_bytes([1; 16]),
            channel: ChannelId::from_bytes([2; 16]),
            root: None,
            text: MessageText::parse(&mark.text(80)).unwrap(),
            mentions: Mentions::default(),
            files: Vec::new(),
            nonce: TICKET.nonce(1, 2),
        };
        ServerFrame::Event {
            seq: Seq(seq),
            at: Timestamp::from_ms(1),
            actor: UserId::from_bytes([3; 16]),
            event: Box::new(Event::MessagePosted(posted)),
        }
    }

    #[test]
    fn the_types_take_the_fast_path() {
        let bytes = serde_json::to_vec(&event(41)).unwrap();
        assert!(bytes.starts_with(EVENT), "events start with their number");
        assert_eq!(Incoming::read(&bytes), Incoming::Event { seq: 41, bytes: &bytes });
        assert_eq!(Mark::find(&bytes).map(|mark| mark.ticket), Some(TICKET));
        let posted = ServerFrame::Posted {
            nonce: TICKET.nonce(1, 2),
            message: MessageId::from_bytes([1; 16]),
            seq: Seq(41),
            at: Timestamp::from_ms(1),
        };
        let bytes = serde_json::to_vec(&posted).unwrap();
        assert!(bytes.starts_with(POSTED));
        assert_eq!(Incoming::read(&bytes), Incoming::Posted(TICKET));
    }

    #[test]
    fn another_order_of_keys_only_costs_time() {
        let text = serde_json::to_string(&event(41)).unwrap();
        let other = text.replacen(r#""t":"event","seq":41"#, r#""seq":41,"t":"event""#, 1);
        let bytes = other.as_bytes();
        assert_ne!(text, other);
        assert_eq!(Incoming::read(bytes), Incoming::Event { seq: 41, bytes });
    }

    #[test]
    fn rare_frames_are_read_by_their_type() {
        let hello = br#"{"t":"hello","protocol":1,"version":"0","user":"01890000-0000-7000-8000-000000000000","session":"01890000-0000-7000-8000-000000000000","head":7,"ping_interval_ms":1}"#;
        assert_eq!(Incoming::read(hello), Incoming::Hello { head: 7 });
        assert_eq!(Incoming::read(br#"{"t":"reset","head":8}"#), Incoming::Reset { head: 8 });
        assert_eq!(Incoming::read(br#"{"t":"presence","people":[]}"#), Incoming::Other);
        assert_eq!(Incoming::read(b"hello"), Incoming::Unknown);
    }

    #[test]
    fn a_post_is_a_frame_of_the_protocol() {
        let poster =
            Poster { channels: [ChannelId::from_bytes([2; 16])].into(), salt: 1, text_bytes: 100 };
        let mut bytes = Vec::new();
        poster.write(&mut bytes, Mark { ticket: TICKET, due_ns: 5 }, 1);
        let (payload, _) = crate::ws::unmask(&mut bytes).unwrap();
        let frame = serde_json::from_slice(&bytes[payload]).unwrap();
        assert!(matches!(frame, hearth_wire::frame::ClientFrame::Post { nonce, .. }
            if nonce == TICKET.nonce(1, 1)));
    }
}

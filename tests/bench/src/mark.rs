//! How a load client knows its messages again.
//!
//! Every message is the `n`th of a sender. Its nonce ends in both numbers, so an acknowledgement
//! needs no table, and its text starts with `hb.<sender>.<n>.<due>.`, so that a receiver, or the
//! history read afterwards, can tell which one it is and when it was due.

use std::sync::Arc;

use hearth_domain::id::{ChannelId, Nonce};
use hearth_domain::time::Timestamp;
use hearth_wire::frame::ClientFrame;

use crate::ws;

const PREFIX: &[u8] = b"hb.";

/// One message of one sender.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Ticket {
    pub(crate) sender: u16,
    pub(crate) n: u32,
}

impl Ticket {
    /// The nonce of this message, when it was first sent at `at_ms`.
    pub(crate) fn nonce(self, at_ms: u64, salt: u32) -> Nonce {
        let mut random = [0; 10];
        random[..4].copy_from_slice(&salt.to_be_bytes());
        random[4..6].copy_from_slice(&self.sender.to_be_bytes());
        random[6..].copy_from_slice(&self.n.to_be_bytes());
        Nonce::new(Timestamp::from_ms(at_ms), random)
    }

    /// The message behind a nonce as text.
    pub(crate) fn of_nonce(nonce: &[u8]) -> Option<Self> {
        let tail = nonce.get(nonce.len().checked_sub(12)?..)?;
        let number = u64::from_str_radix(std::str::from_utf8(tail).ok()?, 16).ok()?;
        let sender = u16::try_from(number >> 32).ok()?;
        Some(Self { sender, n: u32::try_from(number & u64::from(u32::MAX)).ok()? })
    }
}

/// What a message's text says about itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Mark {
    pub(crate) ticket: Ticket,
    /// When the schedule wanted it sent, in nanoseconds since boot.
    pub(crate) due_ns: u64,
}

impl Mark {
    /// The text of a message, filled up to a length in bytes.
    pub(crate) fn text(self, bytes: usize) -> String {
        let Self { ticket: Ticket { sender, n }, due_ns } = self;
        let mut text = format!("hb.{sender}.{n}.{due_ns}. ");
        let filling = "the quick brown fox jumps over the lazy dog ".chars().cycle();
        text.extend(filling.take(bytes.saturating_sub(text.len())));
        text.truncate(text.trim_end().len());
        text
    }

    /// The first mark in a text or a frame.
    pub(crate) fn find(bytes: &[u8]) -> Option<Self> {
        let mut from = 0;
        loop {
            let at = from + bytes[from..].iter().position(|byte| *byte == PREFIX[0])?;
            match bytes[at..].strip_prefix(PREFIX).and_then(Self::parse) {
                Some(mark) => return Some(mark),
                None => from = at + 1,
            }
        }
    }

    fn parse(bytes: &[u8]) -> Option<Self> {
        let (sender, rest) = number(bytes)?;
        let (n, rest) = number(rest)?;
        let (due_ns, _) = number(rest)?;
        let ticket = Ticket { sender: u16::try_from(sender).ok()?, n: u32::try_from(n).ok()? };
        Some(Self { ticket, due_ns })
    }
}

/// A number and what follows the dot after it.
fn number(bytes: &[u8]) -> Option<(u64, &[u8])> {
    let length =
        bytes.iter().take(21).position(|byte| *byte == b'.').filter(|length| *length > 0)?;
    let digits = std::str::from_utf8(&bytes[..length]).ok()?;
    Some((digits.parse().ok()?, &bytes[length + 1..]))
}

/// Writes posts as frames, to its channels in turn: the `n`th message goes to channel `n` modulo
/// their number.
#[derive(Clone, Debug)]
pub(crate) struct Poster {
    pub(crate) channels: Arc<[ChannelId]>,
    pub(crate) salt: u32,
    pub(crate) text_bytes: usize,
}

impl Poster {
    /// Appends the post of a marked message, whose nonce was made at `at_ms`.
    pub(crate) fn write(&self, out: &mut Vec<u8>, mark: Mark, at_ms: u64) {
        let turn = mark.ticket.n as usize % self.channels.len();
        let frame = ClientFrame::Post {
            nonce: mark.ticket.nonce(at_ms, self.salt),
            channel: self.channels[turn],
            root: None,
            text: mark.text(self.text_bytes),
            files: Vec::new(),
        };
        // A frame without maps or floats always serialises; an empty one would be refused loudly.
        let json = serde_json::to_vec(&frame).unwrap_or_default();
        ws::encode(out, ws::TEXT, &json, mark.ticket.n.to_be_bytes());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TICKET: Ticket = Ticket { sender: 65_535, n: 4_000_000_000 };

    #[test]
    fn a_nonce_gives_its_ticket_back() {
        let nonce = TICKET.nonce(1_790_000_000_000, 7).to_string();
        assert_eq!(Ticket::of_nonce(nonce.as_bytes()), Some(TICKET));
        assert_eq!(Ticket::of_nonce(b"short"), None);
    }

    #[test]
    fn a_text_gives_its_mark_back() {
        let mark = Mark { ticket: TICKET, due_ns: u64::MAX };
        let text = mark.text(200);
        assert!((190..=200).contains(&text.len()));
        let frame = format!(r#"{{"hb.":"hb.x","text":"{text}"}}"#);
        assert_eq!(Mark::find(frame.as_bytes()), Some(mark));
        assert_eq!(Mark::find(b"hb.1.2"), None);
    }
}

//! A log entry and the chain that makes a fork or a rollback visible.
//!
//! The chain covers the header and the payload's *hash*, never the payload, so that a payload can be
//! erased for good while the chain still verifies. Detail: docs/protocol.md, "The log".

use crate::event::{EventKind, Scope};
use crate::id::{Incarnation, NodeId, OriginSeq, UserId};
use crate::time::Hlc;

/// Version of the payload encoding this build writes.
pub const PAYLOAD_VERSION: u8 = 1;

/// The first half of a BLAKE3 digest: enough to name a prefix of one origin's log.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Chain(pub [u8; 16]);

/// The BLAKE3 digest of a payload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PayloadHash(pub [u8; 32]);

impl PayloadHash {
    /// The digest of an encoded payload.
    #[must_use]
    pub fn of(payload: &[u8]) -> Self {
        Self(*blake3::hash(payload).as_bytes())
    }
}

/// What is known of an entry without its payload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// The box that wrote it.
    pub origin: NodeId,
    /// In which of its lives.
    pub incarnation: Incarnation,
    /// Its place there; dense from 1.
    pub origin_seq: OriginSeq,
    /// The chain before it; zero for the first.
    pub prev: Chain,
    /// When, on the hybrid logical clock.
    pub hlc: Hlc,
    /// Who caused it.
    pub actor: UserId,
    /// Who may see it and where it may travel.
    pub scope: Scope,
    /// What kind of event.
    pub kind: EventKind,
    /// How the payload is encoded.
    pub version: u8,
    /// Digest of the payload.
    pub payload_hash: PayloadHash,
}

impl Header {
    /// The chain after this entry: `BLAKE3(header)[..16]`, all integers big-endian, in field order.
    #[must_use]
    pub fn chain(&self) -> Chain {
        let (scope_tag, scope_id) = encode_scope(self.scope);
        let mut hasher = blake3::Hasher::new();
        hasher.update(self.origin.as_bytes());
        hasher.update(&self.incarnation.0.to_be_bytes());
        hasher.update(&self.origin_seq.0.to_be_bytes());
        hasher.update(&self.prev.0);
        hasher.update(&self.hlc.0.to_be_bytes());
        hasher.update(self.actor.as_bytes());
        hasher.update(&[scope_tag]);
        hasher.update(&scope_id);
        hasher.update(&self.kind.0.to_be_bytes());
        hasher.update(&[self.version]);
        hasher.update(&self.payload_hash.0);
        let mut chain = [0; 16];
        chain.copy_from_slice(&hasher.finalize().as_bytes()[..16]);
        Chain(chain)
    }

    /// What orders concurrent writes of one register; the same on every box.
    #[must_use]
    pub const fn stamp(&self) -> Stamp {
        Stamp {
            hlc: self.hlc,
            origin: self.origin,
            incarnation: self.incarnation,
            origin_seq: self.origin_seq,
        }
    }
}

/// A scope as a stored tag and sixteen bytes (zero where the scope has no id).
#[must_use]
pub const fn encode_scope(scope: Scope) -> (u8, [u8; 16]) {
    match scope {
        Scope::Office => (0, [0; 16]),
        Scope::Members => (1, [0; 16]),
        Scope::Channel(id) => (2, *id.as_bytes()),
        Scope::User(id) => (3, *id.as_bytes()),
    }
}

/// The scope behind a stored tag, or nothing for a tag this build does not know.
#[must_use]
pub const fn decode_scope(tag: u8, id: [u8; 16]) -> Option<Scope> {
    match tag {
        0 => Some(Scope::Office),
        1 => Some(Scope::Members),
        2 => Some(Scope::Channel(crate::id::ChannelId::from_bytes(id))),
        3 => Some(Scope::User(UserId::from_bytes(id))),
        _ => None,
    }
}

/// A [`Stamp`] as it is stored.
pub type StampBytes = [u8; 36];

/// Orders two writes of one register: clock first, then the writer's identity, so never a tie.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Stamp {
    /// When.
    pub hlc: Hlc,
    /// Who wrote it.
    pub origin: NodeId,
    /// In which of their lives.
    pub incarnation: Incarnation,
    /// Where in their log.
    pub origin_seq: OriginSeq,
}

impl Stamp {
    /// Bytes that compare as the stamp does.
    #[must_use]
    pub fn to_bytes(self) -> StampBytes {
        let mut bytes = [0; 36];
        bytes[..8].copy_from_slice(&self.hlc.0.to_be_bytes());
        bytes[8..24].copy_from_slice(self.origin.as_bytes());
        bytes[24..28].copy_from_slice(&self.incarnation.0.to_be_bytes());
        bytes[28..].copy_from_slice(&self.origin_seq.0.to_be_bytes());
        bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::Timestamp;

    fn header() -> Header {
        Header {
            origin: NodeId::from_bytes([1; 16]),
            incarnation: Incarnation(1),
            origin_seq: OriginSeq(7),
            prev: Chain([9; 16]),
            hlc: Hlc::at(Timestamp::from_ms(1_790_000_000_000)),
            actor: UserId::from_bytes([2; 16]),
            scope: Scope::Office,
            kind: EventKind(50),
            version: PAYLOAD_VERSION,
            payload_hash: PayloadHash::of(b"payload"),
        }
    }

    #[test]
    fn the_chain_covers_every_field() {
        let base = header().chain();
        let changes: [fn(&mut Header); 10] = [
            |h| h.origin = NodeId::from_bytes([3; 16]),
            |h| h.incarnation = Incarnation(2),
            |h| h.origin_seq = OriginSeq(8),
            |h| h.prev = Chain([8; 16]),
            |h| h.hlc = Hlc(1),
            |h| h.actor = UserId::from_bytes([4; 16]),
            |h| h.scope = Scope::User(UserId::from_bytes([2; 16])),
            |h| h.kind = EventKind(51),
            |h| h.version = PAYLOAD_VERSION + 1,
            |h| h.payload_hash = PayloadHash::of(b"other"),
        ];
        for change in changes {
            let mut other = header();
            change(&mut other);
            assert_ne!(other.chain(), base);
        }
    }

    #[test]
    fn scopes_survive_storage() {
        for scope in [
            Scope::Office,
            Scope::Members,
            Scope::Channel(crate::id::ChannelId::from_bytes([5; 16])),
            Scope::User(UserId::from_bytes([6; 16])),
        ] {
            let (tag, id) = encode_scope(scope);
            assert_eq!(decode_scope(tag, id), Some(scope));
        }
        assert_eq!(decode_scope(200, [0; 16]), None);
    }
}

//! What never leaves the box and is never logged: passwords, sessions, invitations, setup codes.
//!
//! None of these types can be serialised. Tokens and codes are stored as digests, so a copy of the
//! database signs nobody in.

pub mod credentials;
pub mod invites;
pub mod password_links;
pub mod push;
pub mod sessions;
pub mod setup;

/// The digest of a token or code with 256 random bits. It tells nothing about them.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct TokenHash(pub [u8; 32]);

impl std::fmt::Debug for TokenHash {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("TokenHash(…)")
    }
}

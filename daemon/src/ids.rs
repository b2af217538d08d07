//! Randomness: ids of records, and the secrets that sessions and invitations are known by.
//!
//! A token has 256 bits from the operating system. What is stored is its SHA-256: enough for a
//! secret that can't be guessed, and fast enough to look up on every request. Passwords, which can be
//! guessed, are hashed in [`crate::password`].

use hearth_domain::id::RandomBytes;
use hearth_domain::time::Timestamp;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use crate::clock::Clock;

/// Bytes of a token.
pub const TOKEN_BYTES: usize = 32;
/// Characters of a token as it travels: base64url without padding.
pub const TOKEN_CHARS: usize = 43;

/// Random bytes from the operating system.
///
/// # Panics
///
/// When the operating system has none. Nothing that is served then could be trusted, so the process
/// ends; Linux does not let it happen once it has booted.
#[must_use]
pub fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    if let Err(error) = getrandom::fill(&mut bytes) {
        panic!("the operating system gave no random bytes: {error}");
    }
    bytes
}

/// Makes ids. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Ids {
    clock: Clock,
}

impl Ids {
    /// Ids that carry this clock's time.
    #[must_use]
    pub fn new(clock: Clock) -> Self {
        Self { clock }
    }

    /// A new id: `ids.make(MessageId::new)`.
    #[must_use]
    pub fn make<Id>(&self, new: impl FnOnce(Timestamp, RandomBytes) -> Id) -> Id {
        new(self.clock.now(), random())
    }
}

/// A secret that opens something. It is shown once, to the one it is for, and never logged.
#[derive(Clone, PartialEq, Eq)]
pub struct Token([u8; TOKEN_BYTES]);

/// What is kept of a [`Token`].
#[derive(Clone, Copy)]
pub struct TokenHash(pub [u8; 32]);

/// A text is not a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a token")]
pub struct NotAToken;

impl Token {
    /// A new one.
    #[must_use]
    pub fn generate() -> Self {
        Self(random())
    }

    /// One that was kept as it is.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; TOKEN_BYTES]) -> Self {
        Self(bytes)
    }

    /// The token behind its 43 characters.
    ///
    /// # Errors
    ///
    /// [`NotAToken`] for anything else.
    pub fn parse(text: &str) -> Result<Self, NotAToken> {
        if text.len() != TOKEN_CHARS {
            return Err(NotAToken);
        }
        let mut bytes = [0_u8; TOKEN_BYTES];
        let (mut bits, mut held, mut at) = (0_u32, 0_u32, 0);
        for letter in text.bytes() {
            let value = ALPHABET.iter().position(|c| *c == letter).ok_or(NotAToken)?;
            bits = (bits << 6) | u32::try_from(value).map_err(|_| NotAToken)?;
            held += 6;
            if held >= 8 {
                held -= 8;
                bytes[at] = u8::try_from((bits >> held) & 0xff).map_err(|_| NotAToken)?;
                at += 1;
            }
        }
        // The two bits left over must be zero, or one token would have four spellings.
        if bits & 0b11 != 0 { Err(NotAToken) } else { Ok(Self(bytes)) }
    }

    /// What to store, and what to look it up by.
    #[must_use]
    pub fn hash(&self) -> TokenHash {
        TokenHash(Sha256::digest(self.0).into())
    }

    /// The characters that travel.
    #[must_use]
    pub fn reveal(&self) -> String {
        base64url(&self.0)
    }
}

impl std::fmt::Debug for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Token(secret)")
    }
}

impl TokenHash {
    /// The hash of a secret that is no [`Token`], such as a setup code or a configured bearer.
    #[must_use]
    pub fn of(secret: &[u8]) -> Self {
        Self(Sha256::digest(secret).into())
    }
}

impl PartialEq for TokenHash {
    fn eq(&self, other: &Self) -> bool {
        // In constant time, although a hash that is nearly right helps nobody.
        self.0.ct_eq(&other.0).into()
    }
}

impl Eq for TokenHash {}

impl From<TokenHash> for hearth_store::account::TokenHash {
    fn from(hash: TokenHash) -> Self {
        Self(hash.0)
    }
}

impl std::hash::Hash for TokenHash {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}

impl std::fmt::Debug for TokenHash {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("TokenHash")
    }
}

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// Bytes as base64 with padding (RFC 4648, 4), as certificates travel in text.
#[must_use]
pub fn base64(bytes: &[u8]) -> String {
    let mut text = base64url(bytes).replace('-', "+").replace('_', "/");
    while !text.len().is_multiple_of(4) {
        text.push('=');
    }
    text
}

/// Bytes as base64url without padding (RFC 4648, 5).
#[must_use]
pub fn base64url(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let group = chunk.iter().fold(0_usize, |group, byte| (group << 8) | usize::from(*byte));
        let group = group << (8 * (3 - chunk.len()));
        for digit in 0..=chunk.len() {
            text.push(char::from(ALPHABET[(group >> (18 - 6 * digit)) & 63]));
        }
    }
    text
}

/// The bytes behind base64url without padding; nothing for any other text.
#[must_use]
pub fn from_base64url(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len() * 3 / 4);
    let (mut bits, mut held) = (0_usize, 0);
    for letter in text.bytes() {
        let value = ALPHABET.iter().position(|c| *c == letter)?;
        bits = (bits << 6 | value) & 0xffff;
        held += 6;
        if held >= 8 {
            held -= 8;
            bytes.push(u8::try_from((bits >> held) & 0xff).ok()?);
        }
    }
    // What is left over must be zero and less than a letter, or one value had several spellings.
    (held < 6 && bits & ((1 << held) - 1) == 0).then_some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use hearth_domain::id::MessageId;

    #[test]
    fn base64url_matches_the_standard() {
        for (bytes, text) in [
            (&b""[..], ""),
            (b"f", "Zg"),
            (b"fo", "Zm8"),
            (b"foo", "Zm9v"),
            (b"foobar", "Zm9vYmFy"),
            (&[0xfb, 0xff], "-_8"),
        ] {
            assert_eq!(base64url(bytes), text);
            assert_eq!(from_base64url(text).as_deref(), Some(bytes));
        }
    }

    #[test]
    fn a_token_survives_its_journey_in_one_spelling() {
        for _ in 0..100 {
            let token = Token::generate();
            let text = token.reveal();
            assert_eq!(text.len(), TOKEN_CHARS);
            assert_eq!(Token::parse(&text), Ok(token.clone()));
            assert_eq!(Token::parse(&text).map(|t| t.hash()), Ok(token.hash()));
        }
        let last_bit_set = "A".repeat(TOKEN_CHARS - 1) + "B";
        for bad in ["", "short", &"=".repeat(TOKEN_CHARS), &"é".repeat(20), &last_bit_set] {
            assert_eq!(Token::parse(bad), Err(NotAToken));
        }
    }

    #[test]
    fn debug_shows_no_secret() {
        let token = Token::generate();
        let shown = format!("{token:?} {:?}", token.hash());
        assert_eq!(shown, "Token(secret) TokenHash");
    }

    #[test]
    fn ids_differ_and_carry_their_time() {
        let (clock, _hands) = Clock::settable(Timestamp::from_ms(1_790_000_000_000));
        let ids = Ids::new(clock);
        let (a, b) = (ids.make(MessageId::new), ids.make(MessageId::new));
        assert_ne!(a, b);
        assert_eq!(a.as_bytes()[..6], b.as_bytes()[..6]);
    }
}

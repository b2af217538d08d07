//! The code that makes the first owner: short enough to type, long enough not to be guessed.
//!
//! Sixteen letters of Crockford's alphabet are 80 bits from the operating system; five tries in an
//! hour find one of 2^80 with nobody's luck. It has no I, L, O and U: what looks like them is read as
//! what was meant, in capitals or not, with or without the dashes between the groups of four.
//!
//! What is stored is an HMAC-SHA-256 of the box's public key under the code. A copy of the database on
//! a box with another key opens nothing, and from the stored value neither code nor key is found.

use std::fmt;

use ring::hmac;

use super::Identity;
use crate::ids::{TokenHash, random};

/// Crockford's base 32. The place of a letter is its five bits.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
/// Letters of a code: 80 bits.
const LETTERS: usize = 16;
/// Letters that stand together.
const GROUP: usize = 4;
/// Keeps these values apart from any other use of HMAC under a person's text.
const CONTEXT: &[u8] = b"hearth setup code 1\0";

/// A setup code. It is shown, and never stored.
#[derive(Clone, PartialEq, Eq)]
pub struct SetupCode([u8; LETTERS]);

impl SetupCode {
    /// A new one.
    #[must_use]
    pub fn generate() -> Self {
        Self(random::<LETTERS>().map(|byte| ALPHABET[usize::from(byte % 32)]))
    }

    /// What somebody typed; nothing where it can't be a code.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut letters = text.chars().filter(|letter| !letter.is_whitespace() && *letter != '-');
        let mut code = [0; LETTERS];
        for place in &mut code {
            let letter = match letters.next()?.to_ascii_uppercase() {
                'O' => b'0',
                'I' | 'L' => b'1',
                other => u8::try_from(other).ok().filter(|letter| ALPHABET.contains(letter))?,
            };
            *place = letter;
        }
        letters.next().is_none().then_some(Self(code))
    }

    /// What is stored of it, for the box with this key.
    #[must_use]
    pub fn bound_to(&self, identity: Option<&Identity>) -> TokenHash {
        let key = hmac::Key::new(hmac::HMAC_SHA256, &self.0);
        let mut context = hmac::Context::with_key(&key);
        context.update(CONTEXT);
        if let Some(identity) = identity {
            context.update(&identity.key_sha256);
        }
        let mut hash = [0; 32];
        hash.copy_from_slice(context.sign().as_ref());
        TokenHash(hash)
    }
}

impl fmt::Display for SetupCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, letter) in self.0.iter().enumerate() {
            if at > 0 && at % GROUP == 0 {
                f.write_str("-")?;
            }
            write!(f, "{}", char::from(*letter))?;
        }
        Ok(())
    }
}

impl fmt::Debug for SetupCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SetupCode(secret)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn identity(byte: u8) -> Identity {
        Identity::new(&[byte; 91], &[byte; 300])
    }

    #[test]
    fn a_code_is_read_as_it_was_meant() {
        let code = SetupCode::parse("0123-4567-89AB-CDEF").unwrap();
        assert_eq!(code.to_string(), "0123-4567-89AB-CDEF");
        for typed in ["0123456789abcdef", " OI23 4567 89ab cdef ", "ol23-4567-89AB-CDEF\n"] {
            assert_eq!(SetupCode::parse(typed), Some(code.clone()), "{typed}");
        }
        for nonsense in
            ["", "0123", "0123-4567-89AB-CDE", "0123-4567-89AB-CDEFG", "U123456789ABCDEF"]
        {
            assert_eq!(SetupCode::parse(nonsense), None, "{nonsense}");
        }
        assert_eq!(SetupCode::parse("〇123-4567-89AB-CDEF"), None);
        assert_eq!(format!("{code:?}"), "SetupCode(secret)");
    }

    #[test]
    fn codes_differ_and_use_every_letter() {
        let codes: Vec<String> = (0..200).map(|_| SetupCode::generate().to_string()).collect();
        let distinct: std::collections::HashSet<&String> = codes.iter().collect();
        assert_eq!(distinct.len(), codes.len());
        for letter in ALPHABET {
            assert!(codes.iter().any(|code| code.contains(char::from(*letter))));
        }
        for code in &codes {
            assert_eq!(SetupCode::parse(code).unwrap().to_string(), *code);
        }
    }

    #[test]
    fn a_code_fits_one_key_only() {
        let (code, other) = (SetupCode::generate(), SetupCode::generate());
        let here = code.bound_to(Some(&identity(1)));
        assert!(here == code.bound_to(Some(&identity(1))));
        assert!(here != code.bound_to(Some(&identity(2))));
        assert!(here != code.bound_to(None));
        assert!(here != other.bound_to(Some(&identity(1))));
    }
}

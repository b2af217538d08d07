//! By what a person knows this box again: its key, as six words and as a fingerprint.
//!
//! The key is the one that devices are told to trust: of the box's own authority, else of the
//! certificate in use. Six words carry 48 bits, which somebody who makes keys until six words fit
//! could search; so the words come from 65,536 rounds of PBKDF2, and each key that is tried costs as
//! much: 2^64 rounds for all of them. Systems show the SHA-256 of the certificate when it is
//! installed; that is given as well.

use std::num::NonZeroU32;
use std::sync::{Arc, OnceLock};

use ring::pbkdf2;
use sha2::{Digest, Sha256};

use super::words::WORDS;
use crate::ids::base64url;

/// How many words are shown and compared.
const WORDS_SHOWN: usize = 6;
const ROUNDS: NonZeroU32 = NonZeroU32::MIN.saturating_add(65_535);
const SALT: &[u8] = b"hearth key words 1";

/// What this box is known by. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Identity {
    /// SHA-256 of the public key (SubjectPublicKeyInfo, RFC 5280, 4.1.2.7).
    pub key_sha256: [u8; 32],
    /// SHA-256 of the certificate, which is what systems and browsers show.
    pub certificate_sha256: [u8; 32],
    numbers: Arc<OnceLock<[u8; WORDS_SHOWN]>>,
}

impl Identity {
    /// From a public key and the certificate with it, both as DER.
    #[must_use]
    pub fn new(public_key: &[u8], certificate: &[u8]) -> Self {
        Self {
            key_sha256: Sha256::digest(public_key).into(),
            certificate_sha256: Sha256::digest(certificate).into(),
            numbers: Arc::default(),
        }
    }

    /// The key's fingerprint as it travels in the setup link.
    #[must_use]
    pub fn key(&self) -> String {
        base64url(&self.key_sha256)
    }

    /// The places of the words, in order. The first time takes some ten milliseconds.
    #[must_use]
    pub fn numbers(&self) -> [u8; WORDS_SHOWN] {
        *self.numbers.get_or_init(|| {
            let mut out = [0; WORDS_SHOWN];
            pbkdf2::derive(pbkdf2::PBKDF2_HMAC_SHA256, ROUNDS, SALT, &self.key_sha256, &mut out);
            out
        })
    }

    /// The words.
    #[must_use]
    pub fn words(&self) -> [&'static str; WORDS_SHOWN] {
        self.numbers().map(|number| WORDS[usize::from(number)])
    }

    /// The words and their numbers on one line.
    #[must_use]
    pub fn spoken(&self) -> String {
        let numbers = self.numbers().map(|number| format!("{number:03}"));
        format!("{}  ({})", self.words().join(" "), numbers.join(" "))
    }

    /// The certificate's fingerprint as systems write it: pairs of digits with colons.
    #[must_use]
    pub fn certificate(&self) -> String {
        let pairs = self.certificate_sha256.iter().map(|byte| format!("{byte:02X}"));
        pairs.collect::<Vec<_>>().join(":")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_and_fingerprints_follow_the_key() {
        let known = Identity::new(b"a key", b"a certificate");
        assert_eq!(known.key(), base64url(&Sha256::digest(b"a key")));
        // Another build must show the same words: people have them on paper.
        assert_eq!(known.words().join(" "), "koala trumpet bronze shell teapot bamboo");
        assert_eq!(known.numbers().map(|n| WORDS[usize::from(n)]), known.words());
        assert!(known.certificate().starts_with("81:AC") && known.certificate().len() == 95);
        assert_ne!(Identity::new(b"b key", b"a certificate").words(), known.words());
        assert_eq!(Identity::new(b"a key", b"renewed").words(), known.words());
    }
}

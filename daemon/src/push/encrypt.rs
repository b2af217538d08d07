//! What is sent is for the browser only: message encryption for web push (RFC 8291), one record of
//! `aes128gcm` (RFC 8188). Each message has a key pair and a salt of its own. It is padded to a
//! multiple of [`PAD_TO`] bytes, so that its length says little.

use ring::aead::{AES_128_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use ring::agreement::{ECDH_P256, EphemeralPrivateKey, UnparsedPublicKey, agree_ephemeral};
use ring::hkdf::{HKDF_SHA256, KeyType, Prk, Salt};
use ring::rand::SystemRandom;

use crate::ids::random;

/// Longest plain text; a push service takes 4,096 bytes.
pub(super) const PLAIN_BYTES_MAX: usize = 3_000;
const PAD_TO: usize = 512;
const RECORD_BYTES: u32 = 4_096;
/// What ends the text of a last record; zeroes follow it (RFC 8188, 2).
const DELIMITER: u8 = 2;

/// It can't be encrypted: the browser's key is no point on the curve, or the text is too long.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("can't encrypt for this browser")]
pub(super) struct CantEncrypt;

impl From<ring::error::Unspecified> for CantEncrypt {
    fn from(_: ring::error::Unspecified) -> Self {
        Self
    }
}

/// What a browser gave to be written to.
#[derive(Clone, Copy)]
pub(super) struct Receiver<'a> {
    pub(super) key: &'a [u8; 65],
    pub(super) auth: &'a [u8; 16],
}

/// The body of a request to a push service.
pub(super) fn encrypt(to: Receiver<'_>, plain: &[u8]) -> Result<Vec<u8>, CantEncrypt> {
    let own = EphemeralPrivateKey::generate(&ECDH_P256, &SystemRandom::new())?;
    let public = own.compute_public_key()?;
    let sender: [u8; 65] = public.as_ref().try_into().map_err(|_| CantEncrypt)?;
    let padded = padded(plain)?;
    let peer = UnparsedPublicKey::new(&ECDH_P256, to.key);
    agree_ephemeral(own, &peer, |shared| seal(to, (shared, &sender), random(), padded))?
}

fn padded(plain: &[u8]) -> Result<Vec<u8>, CantEncrypt> {
    if plain.len() > PLAIN_BYTES_MAX {
        return Err(CantEncrypt);
    }
    let mut padded = plain.to_vec();
    padded.push(DELIMITER);
    padded.resize(padded.len().next_multiple_of(PAD_TO), 0);
    Ok(padded)
}

/// Everything after the agreement, which the example of the RFC can be put to.
fn seal(
    to: Receiver<'_>,
    (shared, sender): (&[u8], &[u8; 65]),
    salt: [u8; 16],
    mut text: Vec<u8>,
) -> Result<Vec<u8>, CantEncrypt> {
    let info = [b"WebPush: info\0".as_slice(), to.key, sender].concat();
    let both = Salt::new(HKDF_SHA256, to.auth).extract(shared);
    let material: [u8; 32] = expand(&both, &info)?;
    let keys = Salt::new(HKDF_SHA256, &salt).extract(&material);
    let key: [u8; 16] = expand(&keys, b"Content-Encoding: aes128gcm\0")?;
    let nonce: [u8; 12] = expand(&keys, b"Content-Encoding: nonce\0")?;
    let key = LessSafeKey::new(UnboundKey::new(&AES_128_GCM, &key)?);
    // The first and only record: its number changes nothing in the nonce.
    let nonce = Nonce::assume_unique_for_key(nonce);
    key.seal_in_place_append_tag(nonce, Aad::empty(), &mut text)?;
    let mut body = Vec::with_capacity(86 + text.len());
    body.extend_from_slice(&salt);
    body.extend_from_slice(&RECORD_BYTES.to_be_bytes());
    body.push(65);
    body.extend_from_slice(sender);
    body.append(&mut text);
    Ok(body)
}

struct Bytes(usize);

impl KeyType for Bytes {
    fn len(&self) -> usize {
        self.0
    }
}

fn expand<const N: usize>(from: &Prk, info: &[u8]) -> Result<[u8; N], CantEncrypt> {
    let mut out = [0; N];
    from.expand(&[info], Bytes(N))?.fill(&mut out)?;
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::{base64url, from_base64url};

    fn bytes<const N: usize>(text: &str) -> [u8; N] {
        from_base64url(text).unwrap().try_into().unwrap()
    }

    /// RFC 8291, section 5 and appendix A.
    #[test]
    fn the_example_of_the_rfc() {
        let key = bytes(
            "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
        );
        let auth = bytes("BTBZMqHH6r4Tts7J_aSIgg");
        let shared: [u8; 32] = bytes("kyrL1jIIOHEzg3sM2ZWRHDRB62YACZhhSlknJ672kSs");
        let sender = bytes(
            "BP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A8",
        );
        let text = [b"When I grow up, I want to be a watermelon".as_slice(), &[DELIMITER]].concat();
        let to = Receiver { key: &key, auth: &auth };
        let salt = bytes("DGv6ra1nlYgDCS1FRnbzlw");
        let body = seal(to, (&shared, &sender), salt, text).unwrap();
        assert_eq!(
            base64url(&body),
            "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27ml\
             mlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPT\
             pK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
        );
    }

    #[test]
    fn a_length_says_little_and_has_a_limit() {
        let own = EphemeralPrivateKey::generate(&ECDH_P256, &SystemRandom::new()).unwrap();
        let key: [u8; 65] = own.compute_public_key().unwrap().as_ref().try_into().unwrap();
        let to = Receiver { key: &key, auth: &[7; 16] };
        let length = |plain: usize| encrypt(to, &vec![b'x'; plain]).map(|body| body.len());
        assert_eq!(length(1), length(511));
        assert!(length(512).unwrap() > length(511).unwrap());
        assert!(length(PLAIN_BYTES_MAX).unwrap() <= 4_096);
        assert_eq!(length(PLAIN_BYTES_MAX + 1), Err(CantEncrypt));
    }

    #[test]
    fn a_key_that_is_no_point_is_refused() {
        let to = Receiver { key: &[4; 65], auth: &[0; 16] };
        assert_eq!(encrypt(to, b"hello"), Err(CantEncrypt));
    }
}

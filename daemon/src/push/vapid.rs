//! Who this box is to a push service (VAPID, RFC 8292): a key of its own, and a token signed with it
//! for each request, which names the service and ends soon.

use hearth_domain::time::Timestamp;
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};

use crate::ids::base64url;

/// How long a token is good for, in seconds; a service may refuse more than a day.
const TOKEN_S: u64 = 6 * 3_600;

/// A key can't be made or read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the key of this box towards push services is not usable")]
pub struct BadKey;

/// The box's key pair on P-256. The private half never leaves it.
pub struct BoxKey {
    pair: EcdsaKeyPair,
    random: SystemRandom,
}

impl BoxKey {
    /// A new private key, in PKCS#8.
    ///
    /// # Errors
    /// [`BadKey`] when the machine has no randomness.
    pub fn generate() -> Result<Vec<u8>, BadKey> {
        let algorithm = &ECDSA_P256_SHA256_FIXED_SIGNING;
        let made = EcdsaKeyPair::generate_pkcs8(algorithm, &SystemRandom::new());
        made.map(|pkcs8| pkcs8.as_ref().to_vec()).map_err(|_| BadKey)
    }

    /// The pair behind a private key.
    ///
    /// # Errors
    /// [`BadKey`] for anything else.
    pub fn read(pkcs8: &[u8]) -> Result<Self, BadKey> {
        let random = SystemRandom::new();
        let algorithm = &ECDSA_P256_SHA256_FIXED_SIGNING;
        let pair = EcdsaKeyPair::from_pkcs8(algorithm, pkcs8, &random).map_err(|_| BadKey)?;
        Ok(Self { pair, random })
    }

    /// The public key as browsers want it.
    #[must_use]
    pub fn public(&self) -> String {
        base64url(self.pair.public_key().as_ref())
    }

    /// The `authorization` header for one request to the push service at `origin`.
    ///
    /// # Errors
    /// [`BadKey`] when signing fails.
    pub fn authorization(
        &self,
        origin: &str,
        contact: &str,
        now: Timestamp,
    ) -> Result<String, BadKey> {
        let claims = serde_json::json!({
            "aud": origin,
            "exp": now.as_ms() / 1_000 + TOKEN_S,
            "sub": contact,
        });
        let head = base64url(br#"{"typ":"JWT","alg":"ES256"}"#);
        let signed = format!("{head}.{}", base64url(claims.to_string().as_bytes()));
        let signature = self.pair.sign(&self.random, signed.as_bytes()).map_err(|_| BadKey)?;
        let key = self.public();
        Ok(format!("vapid t={signed}.{}, k={key}", base64url(signature.as_ref())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::from_base64url;
    use ring::signature::{ECDSA_P256_SHA256_FIXED, UnparsedPublicKey};

    #[test]
    fn a_token_is_signed_by_the_key_it_names() {
        let key = BoxKey::read(&BoxKey::generate().unwrap()).unwrap();
        let now = Timestamp::from_ms(1_790_000_000_000);
        let header = key.authorization("https://push.example", "https://hearth.lan", now).unwrap();
        let (token, named) = header.strip_prefix("vapid t=").unwrap().split_once(", k=").unwrap();
        assert_eq!(named, key.public());
        let (signed, signature) = token.rsplit_once('.').unwrap();
        let point = from_base64url(named).unwrap();
        assert_eq!((point.len(), point[0]), (65, 4));
        UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point)
            .verify(signed.as_bytes(), &from_base64url(signature).unwrap())
            .unwrap();
        let claims = from_base64url(signed.split_once('.').unwrap().1).unwrap();
        let claims: serde_json::Value = serde_json::from_slice(&claims).unwrap();
        assert_eq!(claims["aud"], "https://push.example");
        assert_eq!(claims["exp"], 1_790_000_000 + TOKEN_S);
    }

    #[test]
    fn what_is_no_key_is_refused() {
        assert!(BoxKey::read(b"nothing").is_err());
    }
}

//! Gives every handshake the newest certificate.

use std::sync::{Arc, PoisonError, RwLock};

use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;

use crate::setup::Identity;

/// The certificate in use, which can be exchanged at any time.
#[derive(Debug)]
pub(super) struct Certificates(RwLock<Present>);

#[derive(Clone, Debug)]
struct Present {
    certified: Arc<CertifiedKey>,
    identity: Option<Identity>,
}

impl Present {
    fn new(certified: CertifiedKey) -> Self {
        let key = certified.key.public_key();
        let identity = key.zip(certified.cert.first());
        let identity = identity.map(|(key, certificate)| Identity::new(&key, certificate));
        Self { certified: Arc::new(certified), identity }
    }
}

impl Certificates {
    pub(super) fn new(certified: CertifiedKey) -> Self {
        Self(RwLock::new(Present::new(certified)))
    }

    fn look(&self) -> Present {
        self.0.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(super) fn present(&self) -> Arc<CertifiedKey> {
        self.look().certified
    }

    /// By what a person knows the certificate in use.
    pub(super) fn identity(&self) -> Option<Identity> {
        self.look().identity
    }

    pub(super) fn set(&self, certified: CertifiedKey) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Present::new(certified);
    }
}

impl ResolvesServerCert for Certificates {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.present())
    }
}

//! Gives every handshake the newest certificate for the name it asks for.

use std::sync::{Arc, Mutex, PoisonError, RwLock};

use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;

use crate::setup::Identity;

/// The certificates in use, which can be exchanged at any time.
#[derive(Debug)]
pub(super) struct Certificates {
    ground: RwLock<Present>,
    /// What a public authority issued, for its names only.
    issued: RwLock<Option<Issued>>,
    /// Why the last renewal failed.
    problem: Mutex<Option<String>>,
}

#[derive(Clone, Debug)]
struct Present {
    certified: Arc<CertifiedKey>,
    identity: Option<Identity>,
}

#[derive(Debug)]
struct Issued {
    names: Vec<String>,
    certified: Arc<CertifiedKey>,
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
        Self {
            ground: RwLock::new(Present::new(certified)),
            issued: RwLock::default(),
            problem: Mutex::default(),
        }
    }

    fn look(&self) -> Present {
        self.ground.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The one that the world is meant to see: from a public authority, else the other.
    pub(super) fn present(&self) -> Arc<CertifiedKey> {
        self.issued().unwrap_or_else(|| self.look().certified)
    }

    /// What a public authority issued.
    pub(super) fn issued(&self) -> Option<Arc<CertifiedKey>> {
        let issued = self.issued.read().unwrap_or_else(PoisonError::into_inner);
        issued.as_ref().map(|issued| Arc::clone(&issued.certified))
    }

    /// By what a person knows the certificate in use.
    pub(super) fn identity(&self) -> Option<Identity> {
        self.look().identity
    }

    pub(super) fn set(&self, certified: CertifiedKey) {
        *self.ground.write().unwrap_or_else(PoisonError::into_inner) = Present::new(certified);
    }

    /// Serves this under these names from now on.
    pub(super) fn issue(&self, names: &[String], certified: CertifiedKey) {
        let issued = Issued { names: names.to_vec(), certified: Arc::new(certified) };
        *self.issued.write().unwrap_or_else(PoisonError::into_inner) = Some(issued);
    }

    /// Notes how the last renewal went.
    pub(super) fn failed(&self, problem: Option<String>) {
        *self.problem.lock().unwrap_or_else(PoisonError::into_inner) = problem;
    }

    pub(super) fn problem(&self) -> Option<String> {
        self.problem.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn for_name(&self, name: Option<&str>) -> Arc<CertifiedKey> {
        let issued = self.issued.read().unwrap_or_else(PoisonError::into_inner);
        match (issued.as_ref(), name) {
            (Some(issued), Some(name)) if issued.names.iter().any(|own| covers(own, name)) => {
                Arc::clone(&issued.certified)
            }
            _ => self.look().certified,
        }
    }
}

impl ResolvesServerCert for Certificates {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.for_name(hello.server_name()))
    }
}

/// Whether a name, perhaps with a star for its first part, stands for another (RFC 6125, 6.4).
fn covers(own: &str, name: &str) -> bool {
    match own.strip_prefix("*.") {
        Some(zone) => name.split_once('.').is_some_and(|(_, rest)| rest.eq_ignore_ascii_case(zone)),
        None => own.eq_ignore_ascii_case(name),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_one_part() {
        assert!(covers("a.example", "A.Example") && !covers("a.example", "b.a.example"));
        assert!(covers("*.example.org", "chat.example.org"));
        assert!(
            !covers("*.example.org", "example.org") && !covers("*.example.org", "a.b.example.org")
        );
    }
}

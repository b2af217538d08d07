//! A certificate from two PEM files, which some other program renews.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::SystemTime;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::CertifiedKey;

use super::TlsError;

/// The two files, and when they were last read.
pub(super) struct Files {
    cert: PathBuf,
    key: PathBuf,
    seen: Mutex<[Option<SystemTime>; 2]>,
}

impl Files {
    pub(super) fn new(cert: &Path, key: &Path) -> Self {
        Self { cert: cert.to_owned(), key: key.to_owned(), seen: Mutex::default() }
    }

    pub(super) fn load(&self) -> Result<CertifiedKey, TlsError> {
        let changed = self.changed_at();
        let cert = read(&self.cert)?;
        let key = read(&self.key)?;
        let certified = certified(&self.cert, &cert, &self.key, &key)?;
        // Only what could be used counts as seen: a half-written pair is tried again.
        *self.seen.lock().unwrap_or_else(PoisonError::into_inner) = changed;
        Ok(certified)
    }

    pub(super) fn have_changed(&self) -> bool {
        *self.seen.lock().unwrap_or_else(PoisonError::into_inner) != self.changed_at()
    }

    fn changed_at(&self) -> [Option<SystemTime>; 2] {
        [&self.cert, &self.key].map(|path| fs::metadata(path).and_then(|m| m.modified()).ok())
    }
}

pub(super) fn read(path: &Path) -> Result<Vec<u8>, TlsError> {
    fs::read(path).map_err(|source| TlsError::File { path: path.to_owned(), source })
}

/// A chain and its key, checked against each other.
pub(super) fn certified(
    cert_path: &Path,
    cert: &[u8],
    key_path: &Path,
    key: &[u8],
) -> Result<CertifiedKey, TlsError> {
    let wrong = |path: &Path, reason: String| TlsError::Content { path: path.to_owned(), reason };
    let chain: Vec<CertificateDer<'static>> = CertificateDer::pem_slice_iter(cert)
        .collect::<Result<_, _>>()
        .map_err(|error| wrong(cert_path, format!("not a PEM certificate: {error}")))?;
    if chain.is_empty() {
        return Err(wrong(cert_path, "holds no certificate".to_owned()));
    }
    let key = PrivateKeyDer::from_pem_slice(key)
        .map_err(|error| wrong(key_path, format!("not a PEM private key: {error}")))?;
    let provider = rustls::crypto::ring::default_provider();
    CertifiedKey::from_der(chain, key, &provider)
        .map_err(|error| wrong(key_path, format!("does not fit the certificate: {error}")))
}

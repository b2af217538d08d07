//! A certificate for a name of one's own from a public authority (ACME, RFC 8555), without a door to
//! the internet: the name is proved by a record in its DNS (RFC 8555, 8.4), which a hook sets.
//!
//! It is ordered when there is none, when its names changed, and when a third of its life is left.
//! What fails is tried again after five minutes, then ten, up to twelve hours: authorities count
//! failures. Until there is one, and under every other name and address, the box's own authority
//! serves, so the office never waits for the internet.

mod client;
mod hook;
mod order;

use std::path::{Path, PathBuf};
use std::time::Duration;

use hearth_domain::time::Timestamp;
use rustls::sign::CertifiedKey;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::files::{certified, read};
use super::{TlsError, dates};
use crate::clock::EARLIEST;
use crate::config::AcmeConfig;
use crate::data_dir::write_private;
use crate::ids::base64url;

use hook::HookError;
use order::Ordered;

/// After the first failure.
const RETRY_MIN: Duration = Duration::from_secs(5 * 60);
/// However many there were.
const RETRY_MAX: Duration = Duration::from_secs(12 * 60 * 60);
const CERT: &str = "acme.pem";
const KEY: &str = "acme-key.pem";
const RECORD: &str = "acme.json";

/// Why no certificate was issued.
#[derive(Debug, thiserror::Error)]
pub(super) enum AcmeError {
    /// The authority refused, or could not be spoken to.
    #[error("the authority: {0}")]
    Authority(#[from] instant_acme::Error),
    /// The authority takes no proof by DNS for this name.
    #[error("the authority offers no proof by DNS for {0}")]
    NoDns(String),
    /// A name could not be proved, or the order went wrong.
    #[error("the order ended as {0}; is the record of _acme-challenge there for all to see?")]
    Order(String),
    /// The hook failed.
    #[error(transparent)]
    Hook(#[from] HookError),
    /// A request for a certificate can't be made.
    #[error("make a request: {0}")]
    Make(#[from] rcgen::Error),
    /// A file can't be kept.
    #[error(transparent)]
    Keep(#[from] Box<TlsError>),
}

/// What was ordered last.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Record {
    names: Vec<String>,
    directory: String,
}

/// The names of one's own, and what is kept for them.
pub(super) struct Acme {
    config: AcmeConfig,
    dir: PathBuf,
}

impl Acme {
    pub(super) fn new(config: &AcmeConfig, dir: &Path) -> Self {
        Self { config: config.clone(), dir: dir.to_owned() }
    }

    pub(super) fn names(&self) -> &[String] {
        &self.config.names
    }

    /// The certificate that was issued last, if it is for these names and can be used. One that has
    /// ended is used all the same: whoever goes on past the warning finds the office.
    pub(super) fn load(&self) -> Option<CertifiedKey> {
        let record = std::fs::read(self.dir.join(RECORD)).ok()?;
        let record: Record = serde_json::from_slice(&record).ok()?;
        if record != self.record() {
            return None;
        }
        let (cert, key) = (self.dir.join(CERT), self.dir.join(KEY));
        let loaded = read(&cert)
            .and_then(|chain| Ok((chain, read(&key)?)))
            .and_then(|(chain, secret)| certified(&cert, &chain, &key, &secret));
        loaded
            .inspect_err(|error| tracing::warn!(%error, "the issued certificate can't be used"))
            .ok()
    }

    /// Each authority has an account of its own.
    fn account(&self) -> PathBuf {
        let digest = Sha256::digest(self.config.directory.as_bytes());
        self.dir.join(format!("acme-account-{}.json", base64url(&digest[..6])))
    }

    fn record(&self) -> Record {
        let AcmeConfig { names, directory, .. } = &self.config;
        Record { names: names.clone(), directory: directory.clone() }
    }

    /// Whether a new one should be ordered, with this in use.
    pub(super) fn is_due(present: Option<&CertifiedKey>, now: Timestamp) -> bool {
        // Nobody believes a clock that stands in 1970, nor what it says of a certificate's age.
        if now < EARLIEST {
            return false;
        }
        let dates = present.and_then(|present| dates::of(present.cert.first()?));
        dates.is_none_or(|(begin, end)| end.ms_since(now) < end.ms_since(begin) / 3)
    }

    /// How long to wait after so many failures in a row.
    pub(super) fn patience(failures: u32) -> Duration {
        let doubled = 2_u32.saturating_pow(failures.saturating_sub(1));
        RETRY_MIN.saturating_mul(doubled).min(RETRY_MAX)
    }

    /// Orders a certificate, proves the names, and keeps what is issued.
    ///
    /// # Errors
    /// [`AcmeError`]; what is there stays.
    pub(super) async fn order(&self) -> Result<CertifiedKey, AcmeError> {
        let Ordered { chain, key } = order::order(&self.config, &self.account()).await?;
        let (cert_path, key_path) = (self.dir.join(CERT), self.dir.join(KEY));
        let certified = certified(&cert_path, chain.as_bytes(), &key_path, key.as_bytes());
        let certified = certified.map_err(Box::new)?;
        let keep = |path: &Path, content: &[u8]| {
            write_private(path, content)
                .map_err(|source| Box::new(TlsError::File { path: path.to_owned(), source }))
        };
        let record = serde_json::to_vec(&self.record()).unwrap_or_default();
        keep(&key_path, key.as_bytes())?;
        keep(&cert_path, chain.as_bytes())?;
        // Last: what is half written fits no record, and is ordered again.
        keep(&self.dir.join(RECORD), &record)?;
        Ok(certified)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patience_doubles_to_half_a_day() {
        let minutes = |failures| Acme::patience(failures).as_secs() / 60;
        assert_eq!([1, 2, 3, 4].map(minutes), [5, 10, 20, 40]);
        assert_eq!([9, 30, u32::MAX].map(minutes), [720, 720, 720]);
    }

    #[test]
    fn a_certificate_is_due_with_a_third_of_its_life_left() {
        let mut params = rcgen::CertificateParams::new(["a.example".to_owned()]).unwrap();
        params.not_before = rcgen::date_time_ymd(2027, 1, 1);
        params.not_after = rcgen::date_time_ymd(2027, 4, 1);
        let key = rcgen::KeyPair::generate().unwrap();
        let pem = params.self_signed(&key).unwrap().pem();
        let (at, secret) = (Path::new("cert"), key.serialize_pem());
        let present = certified(at, pem.as_bytes(), at, secret.as_bytes()).unwrap();
        // 2027-01-01 in milliseconds, and the days after it.
        let day = |days: u64| Timestamp::from_ms(1_798_761_600_000 + days * 86_400_000);
        assert!(!Acme::is_due(Some(&present), day(1)));
        assert!(!Acme::is_due(Some(&present), day(59)));
        assert!(Acme::is_due(Some(&present), day(61)));
        assert!(Acme::is_due(Some(&present), day(400)));
        assert!(Acme::is_due(None, day(1)));
        assert!(!Acme::is_due(None, Timestamp::from_ms(0)), "a clock in 1970 orders nothing");
    }
}

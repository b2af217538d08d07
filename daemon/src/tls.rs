//! TLS: where the certificate comes from, and how it stays fresh without a restart.
//!
//! `off` is plain HTTP. `files` reads a chain and a key and reads them again when they change.
//! `own-ca` is an authority on this box ([`own_ca`]) that devices are told to trust once. `acme` has a
//! public authority vouch for names of one's own ([`acme`]), and the own one for all others. In all of
//! them a new certificate serves the next handshake; open connections go on. TLS 1.2 and 1.3, by
//! ring; no early data, which could be replayed.

mod acme;
mod dates;
mod files;
mod own_ca;
mod resolver;
mod served;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use rustls::ServerConfig;

use crate::clock::Clock;
use crate::config::{AcmeConfig, TlsConfig, TlsMode};
use crate::http::problem::Chain;
use crate::journal;
use crate::machine;
use crate::tasks::Tasks;

use acme::Acme;
use files::Files;
use own_ca::OwnCa;
use resolver::Certificates;
pub use served::{Authority, Served};

/// How often certificates are looked after.
const REFRESH_INTERVAL: Duration = Duration::from_secs(60);

/// TLS can't be set up.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file can't be read or written.
    #[error("{}: {source}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A file holds something else than it should.
    #[error("{}: {reason}", path.display())]
    Content {
        /// Which.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// A certificate can't be made.
    #[error("make a certificate: {0}")]
    Make(#[from] rcgen::Error),
    /// The parts don't fit together.
    #[error("set up TLS: {0}")]
    Rustls(#[from] rustls::Error),
}

/// A source of certificates that are served and kept fresh.
pub struct Tls {
    source: Source,
    certificates: Arc<Certificates>,
    clock: Clock,
}

enum Source {
    Files(Files),
    OwnCa(Box<OwnCa>),
    Acme(Box<OwnCa>, Box<Acme>),
}

/// What a certificate must be good for.
#[derive(Clone, Debug)]
pub struct Names {
    /// The machine's name.
    pub hostname: String,
    /// Further names and addresses, as configured.
    pub hosts: Vec<String>,
}

impl Tls {
    /// Loads or makes the certificate; `None` when TLS is off. `dir` is for `own-ca` and `acme`.
    ///
    /// # Errors
    ///
    /// [`TlsError`], which names the file to blame.
    pub fn start(
        (config, acme): (&TlsConfig, &AcmeConfig),
        names: Names,
        dir: &Path,
        clock: &Clock,
    ) -> Result<Option<Self>, TlsError> {
        let own = |names| OwnCa::open(dir, names, clock.now()).map(Box::new);
        let source = match (config.mode, &config.cert, &config.key) {
            (TlsMode::OwnCa, ..) => Source::OwnCa(own(names)?),
            (TlsMode::Acme, ..) => Source::Acme(own(names)?, Box::new(Acme::new(acme, dir))),
            (TlsMode::Files, Some(cert), Some(key)) => Source::Files(Files::new(cert, key)),
            _ => return Ok(None),
        };
        let certified = match &source {
            Source::Files(files) => files.load()?,
            Source::OwnCa(ca) | Source::Acme(ca, _) => {
                ca.load(clock.now(), &machine::addresses())?
            }
        };
        let certificates = Arc::new(Certificates::new(certified));
        if let Source::Acme(_, acme) = &source
            && let Some(issued) = acme.load()
        {
            certificates.issue(acme.names(), issued);
        }
        Ok(Some(Self { source, certificates, clock: clock.clone() }))
    }

    /// The configuration of a listener.
    ///
    /// # Errors
    ///
    /// When the crypto library has none of the protocol versions.
    pub fn server_config(&self) -> Result<Arc<ServerConfig>, TlsError> {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let mut config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_cert_resolver(Arc::clone(&self.certificates) as _);
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        Ok(Arc::new(config))
    }

    /// What is known of the certificate in use, also after it was replaced.
    #[must_use]
    pub fn served(&self) -> Served {
        let authority = match &self.source {
            Source::Files(_) => None,
            Source::OwnCa(ca) | Source::Acme(ca, _) => Some(ca.authority()),
        };
        Served::new(Arc::clone(&self.certificates), authority)
    }

    /// Looks after the certificate until the tasks stop, each minute and whenever `reload` fires.
    /// A failure keeps the present one, is logged, and stands on the page of the office's health.
    pub async fn keep_fresh(self, reload: Arc<tokio::sync::Notify>, tasks: Tasks) {
        let mut orders = Orders::default();
        let mut forced = false;
        loop {
            match self.refresh(forced) {
                Ok(Freshness::Same) => {}
                Ok(Freshness::New) => {
                    tracing::info!(
                        message_id = journal::CERTIFICATE_NEW,
                        "a new certificate is in use"
                    );
                }
                Err(error) => {
                    let cause = Chain(&error).to_string();
                    let message_id = journal::CERTIFICATE_NOT_RENEWED;
                    tracing::error!(message_id, cause, "the certificate could not be renewed");
                    self.certificates.failed(Some(cause));
                }
            }
            if let Source::Acme(_, acme) = &self.source {
                self.order(acme, forced, &mut orders, &tasks).await;
            }
            forced = tokio::select! {
                () = tokio::time::sleep(REFRESH_INTERVAL) => false,
                () = reload.notified() => true,
                () = tasks.stopping() => return,
            };
        }
    }

    /// Orders a certificate from the public authority, if that is due and nothing failed lately.
    async fn order(&self, acme: &Acme, forced: bool, orders: &mut Orders, tasks: &Tasks) {
        let (now, since_start) = (self.clock.now(), self.clock.monotonic());
        let present = self.certificates.issued();
        if !Acme::is_due(present.as_deref(), now) || !(forced || orders.may_try(since_start)) {
            return;
        }
        // An order takes minutes, and a stop does not wait for it: the next start orders again.
        let ordered = tokio::select! {
            ordered = Box::pin(acme.order()) => ordered,
            () = tasks.stopping() => return,
        };
        match ordered {
            Ok(issued) => {
                self.certificates.issue(acme.names(), issued);
                self.certificates.failed(None);
                *orders = Orders::default();
                let message_id = journal::CERTIFICATE_NEW;
                tracing::info!(message_id, "a new certificate is in use");
            }
            Err(error) => {
                let cause = Chain(&error).to_string();
                let again_s = orders.failed(self.clock.monotonic()).as_secs();
                let message_id = journal::CERTIFICATE_NOT_RENEWED;
                tracing::error!(message_id, cause, again_s, "the certificate could not be renewed");
                self.certificates.failed(Some(cause));
            }
        }
    }

    fn refresh(&self, forced: bool) -> Result<Freshness, TlsError> {
        let certified = match &self.source {
            Source::Files(files) if forced || files.have_changed() => files.load()?,
            Source::OwnCa(ca) | Source::Acme(ca, _)
                if ca.is_due(self.clock.now(), &machine::addresses()) =>
            {
                ca.load(self.clock.now(), &machine::addresses())?
            }
            _ => return Ok(Freshness::Same),
        };
        self.certificates.set(certified);
        if !matches!(self.source, Source::Acme(..)) {
            self.certificates.failed(None);
        }
        Ok(Freshness::New)
    }
}

/// How orders went.
#[derive(Debug, Default)]
struct Orders {
    failures: u32,
    /// On the clock that never jumps.
    next_at: Duration,
}

impl Orders {
    fn may_try(&self, now: Duration) -> bool {
        now >= self.next_at
    }

    /// Notes a failure; how long to wait.
    fn failed(&mut self, now: Duration) -> Duration {
        self.failures = self.failures.saturating_add(1);
        let patience = Acme::patience(self.failures);
        self.next_at = now.saturating_add(patience);
        patience
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Freshness {
    Same,
    New,
}

#[cfg(test)]
mod tests;

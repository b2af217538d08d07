//! What is known of the certificate in use, for those who show it, watch it or build on it.

use std::sync::Arc;

use bytes::Bytes;
use hearth_domain::time::Timestamp;

use super::dates;
use super::resolver::Certificates;
use crate::checks::Certificate;
use crate::setup::Identity;

/// The box's own authority, as devices get to know it.
#[derive(Clone)]
pub struct Authority {
    /// Its certificate, as DER. It holds no secret.
    pub certificate: Bytes,
    /// By what a person knows it.
    pub identity: Identity,
}

/// Knows the certificate in use, also after it was replaced. Cheap to clone.
#[derive(Clone)]
pub struct Served {
    certificates: Arc<Certificates>,
    authority: Option<Authority>,
}

impl Served {
    pub(super) fn new(certificates: Arc<Certificates>, authority: Option<Authority>) -> Self {
        Self { certificates, authority }
    }

    /// From when until when it is good; nothing for one that can't be read.
    #[must_use]
    pub fn dates(&self) -> Option<(Timestamp, Timestamp)> {
        dates::of(self.certificates.present().cert.first()?)
    }

    /// How it stands, for the page of the office's health; nothing where it can't be read.
    #[must_use]
    pub fn standing(&self) -> Option<Certificate> {
        let (begins_at, ends_at) = self.dates()?;
        let authority = self.authority.as_ref().and_then(|own| dates::of(&own.certificate));
        Some(Certificate {
            begins_at,
            ends_at,
            authority_ends_at: authority.map(|(_, end)| end),
            problem: self.certificates.problem(),
        })
    }

    /// Whether a public authority vouches for the box's own names.
    #[must_use]
    pub fn is_public(&self) -> bool {
        self.certificates.issued().is_some()
    }

    /// The box's own authority, if it has one.
    #[must_use]
    pub fn authority(&self) -> Option<&Authority> {
        self.authority.as_ref()
    }

    /// By what a person knows the box: the authority that devices trust once, else the certificate
    /// in use. Nothing where its key can't be read.
    #[must_use]
    pub fn identity(&self) -> Option<Identity> {
        match &self.authority {
            Some(authority) => Some(authority.identity.clone()),
            None => self.certificates.identity(),
        }
    }
}

//! An authority that lives on this box, for offices without a name on the internet.
//!
//! The root may only speak for local names and private addresses (RFC 5280, 4.2.1.10): a device that
//! trusts it risks nothing on the internet, even if the box is stolen. It lasts ten years; the
//! certificate it signs lasts 397 days, the most that Apple's devices take, and is replaced at two
//! thirds of that, or when the box has got another name or address. All files are for their owner
//! only.
//!
//! A machine may start with a clock that stands in 1970. What is made then is dated as if it were the
//! earliest possible day, so that devices, whose clocks are right, take it; what is there is kept, and
//! looked at again when the clock has been set.

use std::fs::DirBuilder;
use std::net::IpAddr;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use hearth_domain::time::Timestamp;
use rcgen::{
    BasicConstraints, CertificateParams, CidrSubnet, DistinguishedName, DnType,
    ExtendedKeyUsagePurpose, GeneralSubtree, IsCa, Issuer, KeyPair, KeyUsagePurpose,
    NameConstraints, PublicKeyData as _, date_time_ymd,
};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::sign::CertifiedKey;
use serde::{Deserialize, Serialize};

use super::files::{certified, read};
use super::served::Authority;
use super::{Names, TlsError};
use crate::clock::EARLIEST;
use crate::data_dir::write_private;
use crate::setup::Identity;

const DAY_MS: u64 = 24 * 60 * 60 * 1_000;
/// How long the root lasts, in days.
const ROOT_DAYS: u64 = 3_650;
/// How long the box's certificate lasts, in days.
const LEAF_DAYS: u64 = 397;
/// Local top-level names besides the box's own (RFC 6762, RFC 8375, and the habits of routers).
const LOCAL_NAMES: [&str; 5] = ["localhost", "local", "home.arpa", "internal", "lan"];
/// Loopback, private, shared and link-local networks.
const LOCAL_NETWORKS: [(IpAddr, u8); 8] = [
    (IpAddr::V4(std::net::Ipv4Addr::new(127, 0, 0, 0)), 8),
    (IpAddr::V4(std::net::Ipv4Addr::new(10, 0, 0, 0)), 8),
    (IpAddr::V4(std::net::Ipv4Addr::new(172, 16, 0, 0)), 12),
    (IpAddr::V4(std::net::Ipv4Addr::new(192, 168, 0, 0)), 16),
    (IpAddr::V4(std::net::Ipv4Addr::new(100, 64, 0, 0)), 10),
    (IpAddr::V6(std::net::Ipv6Addr::LOCALHOST), 128),
    (IpAddr::V6(std::net::Ipv6Addr::new(0xfc00, 0, 0, 0, 0, 0, 0, 0)), 7),
    (IpAddr::V6(std::net::Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, 0)), 10),
];

/// The authority and what it last signed.
pub(super) struct OwnCa {
    dir: PathBuf,
    names: Names,
    root: Root,
    key: KeyPair,
    certificate: CertificateDer<'static>,
}

/// What the root was made with: it can't be read from its certificate without a parser.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Root {
    subject: String,
    permitted: Vec<String>,
}

/// What the present certificate was made with.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Leaf {
    issued_at: Timestamp,
    names: Vec<String>,
}

impl Leaf {
    fn is_old(&self, now: Timestamp) -> bool {
        // One from the future was made while the clock was wrong. A clock that is wrong now tells
        // nothing of age.
        now >= EARLIEST
            && (now.ms_since(self.issued_at) >= LEAF_DAYS * DAY_MS / 3 * 2
                || self.issued_at > now.plus_ms(DAY_MS))
    }
}

impl OwnCa {
    /// Opens the authority in `dir`, or makes it.
    pub(super) fn open(dir: &Path, names: Names, now: Timestamp) -> Result<Self, TlsError> {
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(dir)
            .map_err(|source| TlsError::File { path: dir.to_owned(), source })?;
        if !dir.join("ca.json").exists() {
            make_root(dir, &names, now.max(EARLIEST))?;
        }
        let root: Root = read_json(&dir.join("ca.json"))?;
        let key_path = dir.join("ca-key.pem");
        let key_text = String::from_utf8_lossy(&read(&key_path)?).into_owned();
        let key = KeyPair::from_pem(&key_text).map_err(|error| TlsError::Content {
            path: key_path,
            reason: format!("not a private key: {error}"),
        })?;
        let path = dir.join("ca.pem");
        let certificate = CertificateDer::from_pem_slice(&read(&path)?)
            .map_err(|error| TlsError::Content { path, reason: error.to_string() })?;
        Ok(Self { dir: dir.to_owned(), names, root, key, certificate })
    }

    /// The root, as devices get to know it.
    pub(super) fn authority(&self) -> Authority {
        let public_key = self.key.subject_public_key_info();
        let identity = Identity::new(&public_key, &self.certificate);
        Authority { certificate: self.certificate.to_vec().into(), identity }
    }

    /// Whether there should be a new certificate.
    pub(super) fn is_due(&self, now: Timestamp, addresses: &[IpAddr]) -> bool {
        match self.last() {
            Ok(leaf) => leaf.names != self.leaf_names(addresses) || leaf.is_old(now),
            Err(_) => true,
        }
    }

    fn last(&self) -> Result<Leaf, TlsError> {
        read_json(&self.dir.join("leaf.json"))
    }

    /// The day that is written on what is made now.
    fn dated(&self, now: Timestamp) -> Timestamp {
        match self.last() {
            // A clock that was lost goes on from the last day that is known.
            Ok(last) if now < EARLIEST => last.issued_at.max(EARLIEST),
            _ => now.max(EARLIEST),
        }
    }

    /// The present certificate, or a new one where that is due.
    pub(super) fn load(
        &self,
        now: Timestamp,
        addresses: &[IpAddr],
    ) -> Result<CertifiedKey, TlsError> {
        let (cert, key) = (self.dir.join("leaf.pem"), self.dir.join("leaf-key.pem"));
        if !self.is_due(now, addresses)
            && let Ok(present) = read(&cert).and_then(|c| Ok((c, read(&key)?)))
            && let Ok(certified) = certified(&cert, &present.0, &key, &present.1)
        {
            return Ok(certified);
        }
        self.issue(now, addresses)?;
        certified(&cert, &read(&cert)?, &key, &read(&key)?)
    }

    fn issue(&self, now: Timestamp, addresses: &[IpAddr]) -> Result<(), TlsError> {
        let names = self.leaf_names(addresses);
        let now = self.dated(now);
        let mut params = CertificateParams::new(names.clone())?;
        params.distinguished_name = subject(&self.names.hostname);
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        params.use_authority_key_identifier_extension = true;
        // A device whose clock is a little behind must not refuse it.
        let epoch = date_time_ymd(1970, 1, 1);
        params.not_before = epoch + Duration::from_millis(now.as_ms().saturating_sub(DAY_MS));
        params.not_after = epoch + Duration::from_millis(now.as_ms() + (LEAF_DAYS - 1) * DAY_MS);
        let key = KeyPair::generate()?;
        let issuer = Issuer::new(root_params(&self.root), &self.key);
        let leaf = params.signed_by(&key, &issuer)?;
        self.write("leaf-key.pem", key.serialize_pem().as_bytes())?;
        let chain = leaf.pem();
        self.write("leaf.pem", chain.as_bytes())?;
        // Last, so that a crash in between makes another one.
        let record = Leaf { issued_at: now, names };
        self.write("leaf.json", &to_json(&record))
    }

    fn write(&self, name: &str, content: &[u8]) -> Result<(), TlsError> {
        write(&self.dir, name, content)
    }

    /// What the certificate is for, without what the root may not speak for.
    fn leaf_names(&self, addresses: &[IpAddr]) -> Vec<String> {
        let mut names = own_names(&self.names);
        names.extend(["127.0.0.1".to_owned(), "::1".to_owned()]);
        names.extend(addresses.iter().map(ToString::to_string));
        names.retain(|name| match name.parse::<IpAddr>() {
            Ok(address) => is_local(address),
            Err(_) => self.root.permitted.iter().any(|zone| is_below(name, zone)),
        });
        names.sort();
        names.dedup();
        names
    }
}

fn own_names(names: &Names) -> Vec<String> {
    let host = names.hostname.as_str();
    let short = host.split('.').next().unwrap_or(host);
    let mut own = vec!["localhost".to_owned()];
    if !short.is_empty() {
        own.extend([host.to_owned(), short.to_owned(), format!("{short}.local")]);
    }
    own.extend(names.hosts.iter().map(|name| name.trim_end_matches('.').to_ascii_lowercase()));
    // Whatever an operator calls a machine, a certificate only takes ASCII.
    own.retain(|name| name.is_ascii() && !name.is_empty());
    own
}

fn is_below(name: &str, zone: &str) -> bool {
    name == zone || name.strip_suffix(zone).is_some_and(|head| head.ends_with('.'))
}

fn is_local(address: IpAddr) -> bool {
    LOCAL_NETWORKS.iter().any(|(network, bits)| {
        let network = format!("{network}/{bits}").parse::<crate::config::Network>();
        network.is_ok_and(|network| network.contains(address))
    })
}

fn make_root(dir: &Path, names: &Names, now: Timestamp) -> Result<(), TlsError> {
    let mut permitted: Vec<String> = LOCAL_NAMES.map(str::to_owned).to_vec();
    permitted.extend(own_names(names).into_iter().filter(|name| name.parse::<IpAddr>().is_err()));
    permitted.dedup();
    let box_name = if names.hostname.is_empty() { "this box" } else { &names.hostname };
    let root = Root { subject: format!("Hearth on {box_name}"), permitted };
    let mut params = root_params(&root);
    let epoch = date_time_ymd(1970, 1, 1);
    params.not_before = epoch + Duration::from_millis(now.as_ms().saturating_sub(DAY_MS));
    params.not_after = epoch + Duration::from_millis(now.as_ms() + ROOT_DAYS * DAY_MS);
    let key = KeyPair::generate()?;
    let certificate = params.self_signed(&key)?;
    write(dir, "ca-key.pem", key.serialize_pem().as_bytes())?;
    write(dir, "ca.pem", certificate.pem().as_bytes())?;
    write(dir, "ca.json", &to_json(&root))
}

fn root_params(root: &Root) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = subject(&root.subject);
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    let networks = LOCAL_NETWORKS.iter().map(|(address, bits)| {
        GeneralSubtree::IpAddress(CidrSubnet::from_addr_prefix(*address, *bits))
    });
    let names = root.permitted.iter().cloned().map(GeneralSubtree::DnsName);
    params.name_constraints = Some(NameConstraints {
        permitted_subtrees: names.chain(networks).collect(),
        excluded_subtrees: Vec::new(),
    });
    params
}

fn subject(name: &str) -> DistinguishedName {
    let mut subject = DistinguishedName::new();
    subject.push(DnType::CommonName, name);
    subject
}

fn write(dir: &Path, name: &str, content: &[u8]) -> Result<(), TlsError> {
    let path = dir.join(name);
    write_private(&path, content).map_err(|source| TlsError::File { path, source })
}

fn read_json<T: for<'de> Deserialize<'de>>(path: &Path) -> Result<T, TlsError> {
    serde_json::from_slice(&read(path)?)
        .map_err(|error| TlsError::Content { path: path.to_owned(), reason: error.to_string() })
}

fn to_json(record: &impl Serialize) -> Vec<u8> {
    // Strings and numbers always serialise.
    serde_json::to_vec_pretty(record).unwrap_or_default()
}

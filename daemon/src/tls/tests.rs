//! Certificates, seen by a client that trusts only the box's own authority.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::time::Duration;

use hearth_domain::time::Timestamp;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use super::*;
use crate::http::serve::{Door, bind, serve};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

fn names(hosts: &[&str]) -> Names {
    let hosts = hosts.iter().map(|host| (*host).to_owned()).collect();
    Names { hostname: "box".to_owned(), hosts }
}

fn own_ca() -> TlsConfig {
    TlsConfig { mode: TlsMode::OwnCa, ..TlsConfig::default() }
}

/// Asks a server over TLS, as `name`, and gives the start of the answer.
async fn ask(tls: &Tls, root: &[u8], name: &str) -> std::io::Result<String> {
    let tasks = Tasks::new();
    let listener = bind(([127, 0, 0, 1], 0).into()).unwrap();
    let address = listener.local_addr().unwrap();
    let door = Door {
        tls: Some(tls.server_config().unwrap()),
        trusted_proxies: Arc::new([]),
        connections_max: 9,
    };
    let scheme =
        |client: crate::http::client::Client| async move { format!("{:?}", client.scheme) };
    let router = axum::Router::new().route("/", axum::routing::get(scheme));
    tasks.spawn("serve", serve(listener, router, door, tasks.clone()));
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from(root.to_vec())).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let client = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let stream = TcpStream::connect(address).await?;
    let name = ServerName::try_from(name.to_owned()).unwrap();
    let mut stream = TlsConnector::from(Arc::new(client)).connect(name, stream).await?;
    stream.write_all(b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n").await?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await?;
    tasks.stop();
    Ok(answer)
}

#[tokio::test]
async fn a_client_that_trusts_the_box_reaches_it_by_every_local_name() {
    let scratch = tempfile::tempdir().unwrap();
    let tls = Tls::start(
        (&own_ca(), &AcmeConfig::default()),
        names(&["chat.office.example"]),
        scratch.path(),
        &Clock::system(),
    )
    .unwrap()
    .unwrap();
    let root = tls.served().authority().unwrap().certificate.clone();
    for name in ["localhost", "box", "box.local", "127.0.0.1", "::1", "chat.office.example"] {
        let answer = ask(&tls, &root, name).await.unwrap();
        assert!(answer.starts_with("HTTP/1.1 200") && answer.ends_with("Https"), "{answer}");
    }
    assert!(ask(&tls, &root, "elsewhere.example").await.is_err());
    for entry in fs::read_dir(scratch.path()).unwrap() {
        let mode = entry.unwrap().metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}

#[tokio::test]
async fn the_root_may_not_speak_for_names_that_came_later() {
    let scratch = tempfile::tempdir().unwrap();
    let start = |hosts: &[&str]| {
        Tls::start(
            (&own_ca(), &AcmeConfig::default()),
            names(hosts),
            scratch.path(),
            &Clock::system(),
        )
        .unwrap()
        .unwrap()
    };
    let first = start(&[]).served().authority().unwrap().certificate.clone();
    let later = start(&["bank.example"]);
    assert_eq!(later.served().authority().unwrap().certificate.clone(), first);
    assert!(ask(&later, &first, "bank.example").await.is_err());
    assert!(ask(&later, &first, "localhost").await.is_ok());
}

#[tokio::test]
async fn a_certificate_is_kept_until_two_thirds_of_its_life() {
    let scratch = tempfile::tempdir().unwrap();
    let (clock, hands) = Clock::settable(Timestamp::from_ms(1_790_000_000_000));
    let leaf = || fs::read(scratch.path().join("leaf.pem")).unwrap();
    let tls = Tls::start((&own_ca(), &AcmeConfig::default()), names(&[]), scratch.path(), &clock)
        .unwrap()
        .unwrap();
    let first = leaf();
    hands.advance(DAY * 260);
    assert_eq!(tls.refresh(true).unwrap(), Freshness::Same);
    assert_eq!(leaf(), first);
    hands.advance(DAY * 6);
    assert_eq!(tls.refresh(false).unwrap(), Freshness::New);
    assert_ne!(leaf(), first);
    assert_eq!(tls.refresh(false).unwrap(), Freshness::Same);
    // A lost key makes a new pair instead of a server that can't start.
    fs::remove_file(scratch.path().join("leaf-key.pem")).unwrap();
    assert!(
        Tls::start((&own_ca(), &AcmeConfig::default()), names(&[]), scratch.path(), &clock).is_ok()
    );
}

#[tokio::test]
async fn a_clock_in_1970_makes_what_devices_take_and_breaks_nothing_that_is_there() {
    let scratch = tempfile::tempdir().unwrap();
    let (clock, hands) = Clock::settable(Timestamp::from_ms(40_000));
    let leaf = || fs::read(scratch.path().join("leaf.pem")).unwrap();
    let start = || {
        Tls::start((&own_ca(), &AcmeConfig::default()), names(&[]), scratch.path(), &clock)
            .unwrap()
            .unwrap()
    };
    let tls = start();
    let (begin, end) = tls.served().dates().unwrap();
    let earliest = crate::clock::EARLIEST;
    assert!(begin <= earliest && end > earliest.plus_ms(300 * 24 * 3_600 * 1_000), "{end:?}");
    let first = leaf();
    // Set right, it is replaced if it is old by then; a lost clock keeps what there is.
    hands.jump_to(Timestamp::from_ms(1_798_000_000_000));
    assert_eq!(tls.refresh(false).unwrap(), Freshness::New);
    let second = leaf();
    assert_ne!(second, first);
    hands.jump_to(Timestamp::from_ms(40_000));
    assert_eq!(tls.refresh(true).unwrap(), Freshness::Same);
    let tls = start();
    assert_eq!((tls.refresh(true).unwrap(), leaf()), (Freshness::Same, second));
    // A new name needs a new one all the same, and its dates go on from the last.
    let hosts = names(&["chat.local"]);
    let later = Tls::start((&own_ca(), &AcmeConfig::default()), hosts, scratch.path(), &clock)
        .unwrap()
        .unwrap();
    let (begin, _) = later.served().dates().unwrap();
    assert!(begin > Timestamp::from_ms(1_797_000_000_000), "{begin:?}");
}

#[tokio::test]
async fn files_are_read_again_when_they_change() {
    let scratch = tempfile::tempdir().unwrap();
    let (ca, other) = (scratch.path().join("ca"), scratch.path().join("other"));
    let make = |dir: &Path| {
        Tls::start((&own_ca(), &AcmeConfig::default()), names(&[]), dir, &Clock::system())
            .unwrap()
            .unwrap()
    };
    let (ca_tls, other_tls) = (make(&ca), make(&other));
    let (cert, key) = (scratch.path().join("cert.pem"), scratch.path().join("key.pem"));
    let install = |from: &Path| {
        fs::copy(from.join("leaf.pem"), &cert).unwrap();
        fs::copy(from.join("leaf-key.pem"), &key).unwrap();
    };
    install(&ca);
    let config =
        TlsConfig { mode: TlsMode::Files, cert: Some(cert.clone()), key: Some(key.clone()) };
    let tls = Tls::start((&config, &AcmeConfig::default()), names(&[]), &ca, &Clock::system())
        .unwrap()
        .unwrap();
    assert!(
        ask(&tls, &ca_tls.served().authority().unwrap().certificate.clone(), "localhost")
            .await
            .is_ok()
    );
    assert_eq!(tls.refresh(false).unwrap(), Freshness::Same);
    fs::copy(other.join("leaf.pem"), &cert).unwrap();
    let refused = tls.refresh(true).unwrap_err().to_string();
    assert!(refused.contains("key.pem: does not fit"), "{refused}");
    assert!(
        ask(&tls, &ca_tls.served().authority().unwrap().certificate.clone(), "localhost")
            .await
            .is_ok()
    );
    install(&other);
    assert_eq!(tls.refresh(false).unwrap(), Freshness::New);
    assert!(
        ask(&tls, &other_tls.served().authority().unwrap().certificate.clone(), "localhost")
            .await
            .is_ok()
    );
}

#[test]
fn files_that_are_no_certificates_are_named() {
    let scratch = tempfile::tempdir().unwrap();
    let cert = scratch.path().join("cert.pem");
    let config = TlsConfig {
        mode: TlsMode::Files,
        cert: Some(cert.clone()),
        key: Some(scratch.path().join("key.pem")),
    };
    let start = || {
        let started = Tls::start(
            (&config, &AcmeConfig::default()),
            names(&[]),
            scratch.path(),
            &Clock::system(),
        );
        started.err().unwrap().to_string()
    };
    assert!(start().contains("cert.pem: No such file"));
    fs::write(&cert, "hello").unwrap();
    fs::write(scratch.path().join("key.pem"), "hello").unwrap();
    assert!(start().contains("cert.pem: holds no certificate"));
}

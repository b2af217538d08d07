//! The door in the clear, and what the box's authority may speak for.

use std::path::Path;
use std::process::Command;

use rcgen::{CertificateParams, DistinguishedName, DnType, Issuer, KeyPair};
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::ServerCertVerifier as _;
use rustls::pki_types::UnixTime;
use serde_json::json;

use super::*;
use crate::support::Call;

/// Where the door in the clear is.
async fn clear_door(office: &Guarded) -> SocketAddr {
    let told = "the way to the secure door is shown address=";
    office.hearthd.logged(|line| line.split_once(told)?.1.trim().parse().ok()).await
}

#[tokio::test]
async fn the_door_in_the_clear_shows_the_way_and_takes_no_secret() {
    let folder = tempfile::tempdir().unwrap();
    let further = "[server]\nhttp_listen = \"127.0.0.1:0\"\n";
    let office = Guarded::own_ca_with(folder.path(), further).await;
    let door = clear_door(&office).await;
    let get = async |path: &str, language: &str| {
        Call::new("GET", path).header("accept-language", language).send(door).await
    };
    let secure = format!("href=\"https://127.0.0.1:{}/\"", office.address.port());
    for path in ["/", "/setup", "/signin", "/c/1", "/trust"] {
        for (language, title) in [("en", "Trust this box"), ("zh-CN,zh;q=0.9", "信任这台服务器")]
        {
            let page = get(path, language).await;
            let text = String::from_utf8(page.bytes.to_vec()).unwrap();
            assert_eq!((page.status, page.header("cache-control")), (200, "no-store"), "{path}");
            assert!(text.contains(title) && text.contains(&secure), "{path}: {text}");
            assert!(!text.contains("<form") && !text.contains("<script"), "{text}");
        }
    }
    let der = get("/ca.crt", "en").await;
    assert_eq!(der.bytes, office.trusted.as_ref());
    assert_eq!(der.header("content-type"), "application/x-x509-ca-cert");
    let pem = get("/ca.pem", "en").await.bytes;
    assert_eq!(CertificateDer::from_pem_slice(&pem).unwrap(), office.trusted);
    let profile = get("/hearth.mobileconfig", "en").await;
    assert_eq!(profile.header("content-type"), "application/x-apple-aspen-config");

    let secret = json!({"handle": "olga", "password": PASSWORD});
    for (method, path, status) in [
        ("POST", "/api/v1/sessions", 405),
        ("POST", "/api/v1/setup", 405),
        ("POST", "/", 405),
        ("GET", "/api/v1/office", 404),
        ("GET", "/api/v1/socket", 404),
        ("GET", "/hooks/incoming", 404),
    ] {
        let call = Call::new(method, path).same_origin();
        let call = if method == "POST" { call.json(&secret) } else { call };
        let answer = call.send(door).await;
        assert_eq!(answer.status, status, "{method} {path}");
        assert!(answer.headers.get("set-cookie").is_none(), "{method} {path}");
    }
    let rebound = Call::new("GET", "/").header("host", "evil.example").send(door).await;
    assert_eq!(rebound.status, 421);
}

#[tokio::test]
async fn the_same_page_stands_behind_the_secure_door() {
    let folder = tempfile::tempdir().unwrap();
    let office = Guarded::own_ca(folder.path()).await;
    let page = async |path: &str| {
        let mut request = office.request("GET", "", &Value::Null);
        *request.uri_mut() =
            format!("https://localhost:{}{path}", office.address.port()).parse().unwrap();
        let answer = office.http2(request).await;
        assert_eq!(answer.status(), 200, "{path}");
        String::from_utf8(answer.body().to_vec()).unwrap()
    };
    assert!(page("/trust/en").await.contains("Trust this box"));
    assert!(page("/trust/zh-CN").await.contains("信任这台服务器"));
    let trust = json_of(&office.http2(office.request("GET", "/trust", &Value::Null)).await);
    let (text, print) = (page("/trust").await, trust["certificate"].as_str().unwrap());
    assert!(text.contains(print) && !text.contains("class=\"go\""), "{text}");
    assert_eq!(trust["own_authority"], true);
}

/// A certificate for any name, signed with the authority's key by a thief.
fn forged(folder: &Path, name: &str) -> rcgen::Certificate {
    let tls = folder.join("data/tls");
    let text = |file: &str| fs::read_to_string(tls.join(file)).unwrap();
    let record: Value = serde_json::from_str(&text("ca.json")).unwrap();
    let mut root = CertificateParams::default();
    root.distinguished_name = DistinguishedName::new();
    root.distinguished_name.push(DnType::CommonName, record["subject"].as_str().unwrap());
    let issuer = Issuer::new(root, KeyPair::from_pem(&text("ca-key.pem")).unwrap());
    let mut leaf = CertificateParams::new([name.to_owned()]).unwrap();
    leaf.distinguished_name = DistinguishedName::new();
    leaf.signed_by(&KeyPair::generate().unwrap(), &issuer).unwrap()
}

#[tokio::test]
async fn whoever_steals_the_authoritys_key_can_sign_for_nothing_on_the_internet() {
    let folder = tempfile::tempdir().unwrap();
    let office = Guarded::own_ca(folder.path()).await;
    let mut roots = RootCertStore::empty();
    roots.add(office.trusted.clone()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let verifier =
        WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider).build().unwrap();
    let root = folder.path().join("data/tls/ca.pem");
    for (name, good) in [
        ("printer.local", true),
        ("192.168.7.7", true),
        ("bank.example", false),
        ("local.bank.example", false),
        ("203.0.113.7", false),
    ] {
        let leaf = forged(folder.path(), name);
        let server = ServerName::try_from(name).unwrap();
        let verified = verifier.verify_server_cert(leaf.der(), &[], &server, &[], UnixTime::now());
        assert_eq!(verified.is_ok(), good, "{name}: {verified:?}");
        let file = folder.path().join("leaf.pem");
        fs::write(&file, leaf.pem()).unwrap();
        let openssl =
            Command::new("openssl").arg("verify").arg("-CAfile").args([&root, &file]).output();
        let openssl = openssl.expect("openssl, which scripts/setup installs for tests");
        assert_eq!(openssl.status.success(), good, "{name}: {openssl:?}");
        let why = String::from_utf8_lossy(&openssl.stderr).into_owned();
        assert!(good || why.contains("permitted subtree violation"), "{name}: {why}");
    }
}

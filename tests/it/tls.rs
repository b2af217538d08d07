//! TLS from end to end: a real hearthd with either kind of certificate, and clients that speak HTTP/1.1,
//! HTTP/2 and WebSocket over it and trust only what they were given.

mod acme;
mod first_start;
mod trust;

use std::fs;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::StreamExt;
use http_body_util::{BodyExt, Full};
use hyper::{Request, Response};
use hyper_util::rt::{TokioExecutor, TokioIo};
use rustix::process::Signal;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_tungstenite::client_async;
use tokio_tungstenite::tungstenite::handshake::client::generate_key;

use crate::support::{Hearthd, Launch, Wire, setup_code, soon};

const PASSWORD: &str = "a long way down the stream";

/// A hearthd that speaks TLS, with what its clients trust.
struct Guarded {
    hearthd: Hearthd,
    address: SocketAddr,
    trusted: CertificateDer<'static>,
}

async fn start(folder: &Path, config: &str) -> Hearthd {
    let file = folder.join("hearthd.toml");
    fs::write(&file, config).unwrap();
    let hearthd = Launch::in_folder(&folder.join("data")).config(file).start();
    hearthd.ready().await;
    hearthd
}

impl Guarded {
    async fn own_ca(folder: &Path) -> Self {
        Self::own_ca_with(folder, "").await
    }

    /// With further lines of the configuration.
    async fn own_ca_with(folder: &Path, further: &str) -> Self {
        let hearthd = start(folder, &format!("[tls]\nmode = \"own-ca\"\n{further}")).await;
        let address = hearthd.ready().await;
        let trusted = CertificateDer::from_pem_file(folder.join("data/tls/ca.pem")).unwrap();
        Self { hearthd, address, trusted }
    }

    async fn files(folder: &Path) -> Self {
        let trusted = certificate(folder);
        let config = format!(
            "[tls]\nmode = \"files\"\ncert = \"{0}/cert.pem\"\nkey = \"{0}/key.pem\"\n",
            folder.display()
        );
        let hearthd = start(folder, &config).await;
        let address = hearthd.ready().await;
        Self { hearthd, address, trusted }
    }

    /// A connection over which these protocols are offered, and what the server made of it.
    async fn connect(&self, offered: &[&str]) -> std::io::Result<TlsStream<TcpStream>> {
        self.connect_to("localhost", offered).await
    }

    /// The same, under a name.
    async fn connect_to(
        &self,
        name: &'static str,
        offered: &[&str],
    ) -> std::io::Result<TlsStream<TcpStream>> {
        let mut roots = RootCertStore::empty();
        roots.add(self.trusted.clone()).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let mut config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        config.alpn_protocols = offered.iter().map(|name| name.as_bytes().to_vec()).collect();
        let stream = TcpStream::connect(self.address).await?;
        let name = ServerName::try_from(name).unwrap();
        soon("the TLS handshake", TlsConnector::from(Arc::new(config)).connect(name, stream)).await
    }

    fn request(&self, method: &str, path: &str, body: &Value) -> Request<Full<Bytes>> {
        let uri = format!("https://localhost:{}/api/v1{path}", self.address.port());
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let request = Request::builder().method(method).uri(uri);
        let request = request.header("sec-fetch-site", "same-origin");
        request.header("content-type", "application/json").body(Full::new(body.into())).unwrap()
    }

    /// Founds the office over HTTP/2; gives the answer with its cookie.
    async fn found(&self) -> Response<Bytes> {
        let setup = json!({
            "code": setup_code(&self.hearthd).await, "office": "Locked House",
            "name": "Olga Owner", "handle": "olga", "password": PASSWORD,
        });
        self.http2(self.request("POST", "/setup", &setup)).await
    }

    /// One request over HTTP/2, which the server must choose.
    async fn http2(&self, request: Request<Full<Bytes>>) -> Response<Bytes> {
        let stream = self.connect(&["h2", "http/1.1"]).await.unwrap();
        assert_eq!(stream.get_ref().1.alpn_protocol(), Some(b"h2".as_slice()));
        let io = TokioIo::new(stream);
        let handshake = hyper::client::conn::http2::handshake(TokioExecutor::new(), io);
        let (mut sender, connection) = handshake.await.unwrap();
        let answer = async move { whole(sender.send_request(request).await.unwrap()).await };
        let (answer, _) = soon("an answer", futures_util::future::join(answer, connection)).await;
        answer
    }

    /// One request over HTTP/1.1, the only protocol that is offered.
    async fn http1(&self, request: Request<Full<Bytes>>) -> Response<Bytes> {
        let stream = self.connect(&["http/1.1"]).await.unwrap();
        assert_eq!(stream.get_ref().1.alpn_protocol(), Some(b"http/1.1".as_slice()));
        let (parts, body) = request.into_parts();
        let mut request = Request::from_parts(parts, body);
        let host = format!("localhost:{}", self.address.port());
        request.headers_mut().insert("host", host.parse().unwrap());
        let handshake = hyper::client::conn::http1::handshake(TokioIo::new(stream));
        let (mut sender, connection) = handshake.await.unwrap();
        let answer = async move { whole(sender.send_request(request).await.unwrap()).await };
        let (answer, _) = soon("an answer", futures_util::future::join(answer, connection)).await;
        answer
    }

    /// The first frame of a socket.
    async fn hello(&self, token: &str) -> Value {
        let stream = self.connect(&["http/1.1"]).await.unwrap();
        let host = format!("localhost:{}", self.address.port());
        let request = Request::builder()
            .uri(format!("wss://{host}/api/v1/socket"))
            .header("host", &host)
            .header("origin", format!("https://{host}"))
            .header("connection", "Upgrade")
            .header("upgrade", "websocket")
            .header("sec-websocket-version", "13")
            .header("sec-websocket-key", generate_key())
            .header("cookie", format!("__Host-hearth_session={token}"))
            .body(())
            .unwrap();
        let handshake = Box::pin(client_async(request, stream));
        let (mut socket, _) = soon("the socket", handshake).await.unwrap();
        let frame = soon("the first frame", socket.next()).await.unwrap().unwrap();
        serde_json::from_str(frame.to_text().unwrap()).unwrap()
    }
}

async fn whole(response: Response<hyper::body::Incoming>) -> Response<Bytes> {
    let (parts, body) = response.into_parts();
    Response::from_parts(parts, body.collect().await.unwrap().to_bytes())
}

fn json_of(response: &Response<Bytes>) -> Value {
    serde_json::from_slice(response.body()).unwrap()
}

/// The token in the cookie that only HTTPS gets.
fn token(response: &Response<Bytes>) -> String {
    let cookie = response.headers()["set-cookie"].to_str().unwrap();
    let token = cookie.strip_prefix("__Host-hearth_session=").expect("the cookie of TLS");
    assert!(cookie.contains("; Secure") && cookie.contains("; HttpOnly"), "{cookie}");
    token.split(';').next().unwrap().to_owned()
}

/// A new certificate for localhost in `cert.pem` and `key.pem`, which vouches for itself.
fn certificate(folder: &Path) -> CertificateDer<'static> {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    fs::write(folder.join("cert.pem"), made.cert.pem()).unwrap();
    fs::write(folder.join("key.pem"), made.signing_key.serialize_pem()).unwrap();
    made.cert.der().clone()
}

#[tokio::test]
async fn an_office_lives_over_http_2_http_1_and_a_socket_with_the_boxes_own_authority() {
    let folder = tempfile::tempdir().unwrap();
    let mut office = Guarded::own_ca(folder.path()).await;
    let founded = office.found().await;
    assert_eq!(founded.status(), 201, "{founded:?}");
    assert_eq!(founded.version(), hyper::Version::HTTP_2);
    let token = token(&founded);

    let mut request = office.request("GET", "/bootstrap", &Value::Null);
    request
        .headers_mut()
        .insert("cookie", format!("__Host-hearth_session={token}").parse().unwrap());
    let bootstrap = office.http1(request).await;
    assert_eq!(
        (bootstrap.status(), bootstrap.version()),
        (200.try_into().unwrap(), hyper::Version::HTTP_11)
    );
    assert_eq!(json_of(&bootstrap)["office"]["name"], "Locked House");
    assert_eq!(office.hello(&token).await["t"], "hello");

    // The cookie of the clear text is not one over TLS.
    let mut request = office.request("GET", "/bootstrap", &Value::Null);
    request.headers_mut().insert("cookie", format!("hearth_session={token}").parse().unwrap());
    assert_eq!(office.http2(request).await.status(), 401);
    assert_eq!(office.hearthd.stop().await, 0);
}

#[tokio::test]
async fn whoever_does_not_trust_or_does_not_speak_tls_gets_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let office = Guarded::own_ca(folder.path()).await;
    let stranger = Guarded {
        hearthd: office.hearthd,
        address: office.address,
        trusted: certificate(folder.path()),
    };
    assert!(stranger.connect(&["h2"]).await.is_err(), "an unknown authority is refused");
    let mut clear = Wire::open(office.address).await;
    clear.send("GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n").await;
    assert!(!clear.rest().await.contains("200 OK"));
    // A protocol that nobody speaks is no reason to guess.
    let known = Guarded { trusted: office.trusted, ..stranger };
    assert!(known.connect(&["spdy/3"]).await.is_err());
    assert!(known.connect(&["http/1.1"]).await.is_ok(), "others are served meanwhile");
}

#[tokio::test]
async fn a_certificate_in_files_is_served_and_replaced_without_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let mut office = Guarded::files(folder.path()).await;
    let token = token(&office.found().await);
    assert_eq!(office.hello(&token).await["t"], "hello");

    let old = std::mem::replace(&mut office.trusted, certificate(folder.path()));
    assert!(office.connect(&["h2"]).await.is_err(), "the new one is not read yet");
    office.hearthd.signal(Signal::HUP);
    let renewed = |line: &str| line.contains("a new certificate is in use").then_some(());
    office.hearthd.logged(renewed).await;
    let info = office.http2(office.request("GET", "/office", &Value::Null)).await;
    assert_eq!(json_of(&info)["name"], "Locked House");
    let outdated = Guarded { trusted: old, ..office };
    assert!(outdated.connect(&["h2"]).await.is_err(), "the old one is gone");
}

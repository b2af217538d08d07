//! Web push against a push service on this machine: what it receives can be read by the browser it
//! is for and by nobody else, and what it answers is obeyed.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::{Arc, Mutex};

use hearth_domain::id::SessionId;
use ring::aead::{AES_128_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use ring::agreement::{ECDH_P256, EphemeralPrivateKey, UnparsedPublicKey, agree_ephemeral};
use ring::hkdf::{HKDF_SHA256, KeyType, Salt};
use ring::rand::SystemRandom;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio_rustls::TlsAcceptor;

use crate::support::{Office, Person, Settings, soon};

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

fn base64url(bytes: &[u8]) -> String {
    let digits = |chunk: &[u8]| {
        let bits = chunk.iter().fold(0_u32, |bits, byte| (bits << 8) | u32::from(*byte));
        let bits = bits << (8 * (3 - chunk.len()));
        let digit = move |at: usize| char::from(ALPHABET[(bits >> (18 - 6 * at)) as usize & 63]);
        (0..=chunk.len()).map(digit).collect::<String>()
    };
    bytes.chunks(3).map(digits).collect()
}

/// A browser's half of a subscription. Its private key opens one message.
struct Browser {
    private: EphemeralPrivateKey,
    public: Vec<u8>,
    auth: [u8; 16],
}

struct Bytes(usize);

impl KeyType for Bytes {
    fn len(&self) -> usize {
        self.0
    }
}

impl Browser {
    fn new() -> Self {
        let private = EphemeralPrivateKey::generate(&ECDH_P256, &SystemRandom::new()).unwrap();
        let public = private.compute_public_key().unwrap().as_ref().to_vec();
        Self { private, public, auth: *b"sixteen secrets!" }
    }

    fn subscription(&self, endpoint: &str) -> Value {
        let (key, auth) = (base64url(&self.public), base64url(&self.auth));
        json!({ "endpoint": endpoint, "p256dh": key, "auth": auth })
    }

    /// RFC 8291, from the browser's side.
    fn open(self, body: &[u8]) -> Value {
        let (salt, rest) = body.split_at(16);
        let (head, rest) = rest.split_at(5);
        assert_eq!(head, [0, 0, 16, 0, 65], "one record of at most 4,096 bytes, a key of 65");
        let (sender, text) = rest.split_at(65);
        let peer = UnparsedPublicKey::new(&ECDH_P256, sender.to_vec());
        let info = [b"WebPush: info\0".as_slice(), &self.public, sender].concat();
        let material =
            agree_ephemeral(self.private, &peer, |shared| expand::<32>(&self.auth, shared, &info));
        let material = material.unwrap();
        let key: [u8; 16] = expand(salt, &material, b"Content-Encoding: aes128gcm\0");
        let nonce: [u8; 12] = expand(salt, &material, b"Content-Encoding: nonce\0");
        let key = LessSafeKey::new(UnboundKey::new(&AES_128_GCM, &key).unwrap());
        let mut text = text.to_vec();
        let nonce = Nonce::assume_unique_for_key(nonce);
        let plain = key.open_in_place(nonce, Aad::empty(), &mut text).unwrap();
        let end = plain.iter().rposition(|byte| *byte != 0).expect("a delimiter");
        assert_eq!(plain[end], 2, "the delimiter of a last record");
        serde_json::from_slice(&plain[..end]).unwrap()
    }
}

fn expand<const N: usize>(salt: &[u8], secret: &[u8], info: &[u8]) -> [u8; N] {
    let mut out = [0; N];
    let key = Salt::new(HKDF_SHA256, salt).extract(secret);
    key.expand(&[info], Bytes(N)).unwrap().fill(&mut out).unwrap();
    out
}

/// What a push service received.
#[derive(Debug)]
struct Delivery {
    path: String,
    head: String,
    body: Vec<u8>,
}

impl Delivery {
    fn header(&self, name: &str) -> String {
        let line = self.head.lines().find(|line| {
            line.split_once(':').is_some_and(|(key, _)| key.eq_ignore_ascii_case(name))
        });
        line.and_then(|line| line.split_once(':')).map_or("", |(_, v)| v.trim()).to_owned()
    }
}

/// A push service that answers as it is told, and then 201.
struct Service {
    address: SocketAddr,
    received: mpsc::Receiver<Delivery>,
    answers: Arc<Mutex<VecDeque<&'static str>>>,
}

const CREATED: &str = "201 Created";

impl Service {
    /// Starts it with a certificate of its own authority, which is written to `authority`.
    async fn start(authority: &Path) -> Self {
        let names = vec!["localhost".to_owned()];
        let made = rcgen::generate_simple_self_signed(names).unwrap();
        std::fs::write(authority, made.cert.pem()).unwrap();
        let key = rustls::pki_types::PrivateKeyDer::Pkcs8(made.signing_key.serialize_der().into());
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = rustls::ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![made.cert.der().clone()], key)
            .unwrap();
        let tls = TlsAcceptor::from(Arc::new(config));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (heard, received) = mpsc::channel(1_024);
        let answers: Arc<Mutex<VecDeque<&'static str>>> = Arc::default();
        let told = Arc::clone(&answers);
        #[expect(clippy::disallowed_methods, reason = "it ends with the test's runtime")]
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let answer = told.lock().unwrap().pop_front().unwrap_or(CREATED);
                let Ok(mut stream) = tls.accept(stream).await else { continue };
                let Some(delivery) = receive(&mut stream).await else { continue };
                let reply = format!("HTTP/1.1 {answer}\r\ncontent-length: 0\r\n\r\n");
                if stream.write_all(reply.as_bytes()).await.is_ok() {
                    let _ = stream.shutdown().await;
                }
                if heard.send(delivery).await.is_err() {
                    return;
                }
            }
        });
        Self { address, received, answers }
    }

    fn answer(&self, answers: &[&'static str]) {
        self.answers.lock().unwrap().extend(answers);
    }

    fn endpoint(&self, name: &str) -> String {
        format!("https://localhost:{}/{name}", self.address.port())
    }

    async fn next(&mut self) -> Delivery {
        soon("a delivery", self.received.recv()).await.expect("the service runs")
    }
}

async fn receive(stream: &mut (impl AsyncReadExt + Unpin)) -> Option<Delivery> {
    let mut bytes = Vec::new();
    let head_end = loop {
        let mut part = [0; 4_096];
        let read = stream.read(&mut part).await.ok().filter(|read| *read > 0)?;
        bytes.extend_from_slice(&part[..read]);
        if let Some(at) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            break at;
        }
    };
    let head = String::from_utf8_lossy(&bytes[..head_end]).into_owned();
    let length = head.to_lowercase().split("content-length: ").nth(1)?.lines().next()?.parse();
    let length: usize = length.ok()?;
    let mut body = bytes.split_off(head_end + 4);
    while body.len() < length {
        let mut part = [0; 4_096];
        let read = stream.read(&mut part).await.ok().filter(|read| *read > 0)?;
        body.extend_from_slice(&part[..read]);
    }
    let path = head.split(' ').nth(1)?.to_owned();
    Some(Delivery { path, head, body })
}

/// An office whose box may reach a push service on this machine, and that service.
async fn office() -> (Office, Service) {
    let folder = tempfile::tempdir().unwrap();
    let authority = folder.keep().join("authority.pem");
    let service = Service::start(&authority).await;
    let environment = vec![("SSL_CERT_FILE".to_owned(), authority.display().to_string())];
    let config = "[outbound]\nallow = [\"localhost\"]\n".to_owned();
    let settings = Settings { config, environment, ..Settings::default() };
    (Office::open_with(settings).await, service)
}

async fn subscribe(person: &Person, endpoint: &str) -> Browser {
    let browser = Browser::new();
    person.put("/push", &browser.subscription(endpoint)).await.ok();
    browser
}

async fn forgotten(person: &Person) {
    while person.get("/push").await.ok()["subscribed"] != false {
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn a_sleeping_browser_is_told_what_only_it_can_read() {
    let (office, mut service) = office().await;
    let lin = office.person("lin", "member").await;
    let browser = subscribe(&lin, &service.endpoint("lin")).await;
    let said = office.owner.say(&office.lobby, "@lin 预算 **today**?").await;
    let delivery = service.next().await;
    assert_eq!(delivery.path, "/lin");
    assert_eq!(delivery.header("content-encoding"), "aes128gcm");
    assert_eq!(delivery.header("ttl"), "43200");
    assert_eq!(delivery.header("urgency"), "high");
    assert_eq!(delivery.header("topic").len(), 32);
    let whole = format!("{delivery:?}");
    assert!(!whole.contains(&lin.id) && !whole.contains(&office.lobby), "nothing is told");
    let vapid = delivery.header("authorization");
    let key = lin.get("/push").await.ok()["key"].as_str().unwrap().to_owned();
    assert!(vapid.starts_with("vapid t=") && vapid.ends_with(&format!(", k={key}")), "{vapid}");
    let words = browser.open(&delivery.body);
    assert_eq!(words["title"], "Olga Owner · #lobby");
    assert_eq!(words["body"], "@lin 预算 **today**?");
    assert_eq!(words["path"], format!("/c/{}/m/{}", office.lobby, said.id));
}

#[tokio::test]
async fn who_is_there_or_wants_quiet_is_not_woken() {
    let (office, mut service) = office().await;
    let lin = office.person("lin", "member").await;
    let mo = office.person("mo", "member").await;
    subscribe(&lin, &service.endpoint("lin")).await;
    let browser = subscribe(&mo, &service.endpoint("mo")).await;
    let at_a_desk = lin.socket().await;
    office.owner.say(&office.lobby, "@lin is at a desk").await;
    office.owner.say(&office.lobby, "nobody in particular").await;
    let later = 4_102_444_800_000_u64;
    mo.patch("/me", &json!({"notices": {"paused_until": later}})).await.ok();
    office.owner.say(&office.lobby, "@mo sleeps").await;
    mo.patch("/me", &json!({"notices": {"preview": false}})).await.ok();
    office.owner.say(&office.lobby, "@mo is awake").await;
    let delivery = service.next().await;
    let words = browser.open(&delivery.body);
    assert_eq!((delivery.path.as_str(), words.get("body")), ("/mo", None), "the last one only");
    drop(at_a_desk);
}

#[tokio::test]
async fn an_expired_endpoint_is_forgotten_and_a_busy_service_asked_again() {
    let (office, mut service) = office().await;
    let lin = office.person("lin", "member").await;
    subscribe(&lin, &service.endpoint("gone")).await;
    service.answer(&["410 Gone"]);
    office.owner.say(&office.lobby, "@lin one").await;
    assert_eq!(service.next().await.path, "/gone");
    soon("it is forgotten", forgotten(&lin)).await;
    let browser = subscribe(&lin, &service.endpoint("busy")).await;
    service.answer(&[
        "429 Too Many Requests\r\nretry-after: 0",
        "503 Service Unavailable\r\nretry-after: 0",
    ]);
    office.owner.say(&office.lobby, "@lin two").await;
    for _ in 0..2 {
        assert_eq!(service.next().await.path, "/busy");
    }
    assert_eq!(browser.open(&service.next().await.body)["body"], "@lin two");
}

#[tokio::test]
async fn a_subscription_ends_with_its_session_and_belongs_to_one() {
    let (office, mut service) = office().await;
    let lin = office.person("lin", "member").await;
    let phone = lin.sign_in_again().await;
    subscribe(&phone, &service.endpoint("shared")).await;
    let mo = office.person("mo", "member").await;
    let browser = subscribe(&mo, &service.endpoint("shared")).await;
    assert_eq!(phone.get("/push").await.ok()["subscribed"], false, "the browser is Mo's now");
    subscribe(&phone, &service.endpoint("phone")).await;
    let session: SessionId = phone.session.parse().unwrap();
    lin.delete(&format!("/sessions/{session}")).await.ok();
    office.owner.say(&office.lobby, "@lin and @mo").await;
    let delivery = service.next().await;
    assert_eq!(delivery.path, "/shared", "nothing goes to a device that was signed out");
    assert_eq!(browser.open(&delivery.body)["body"], "@lin and @mo");
}

#[tokio::test]
async fn a_flood_is_bounded_and_sends_nothing_twice() {
    const MANY: usize = 40;
    let (office, mut service) = office().await;
    let lin = office.person("lin", "member").await;
    subscribe(&lin, &service.endpoint("lin")).await;
    let alone = office.owner.direct(&[&lin]).await;
    for n in 0..MANY {
        office.owner.say(&alone, &format!("{n}")).await;
    }
    let mut topics = std::collections::BTreeSet::new();
    for _ in 0..MANY {
        topics.insert(service.next().await.header("topic"));
    }
    assert_eq!(topics.len(), 1, "one conversation is one place at the service");
    lin.delete("/push").await.ok();
    office.owner.say(&alone, "nobody listens").await;
    let metrics = office.call(crate::support::Call::new("GET", "/metrics")).await;
    let metrics = String::from_utf8_lossy(&metrics.bytes).into_owned();
    assert!(metrics.contains(&format!("hearth_push_sent_total {MANY}")), "{metrics}");
}

#[tokio::test]
async fn what_is_no_place_to_push_to_is_refused() {
    let office = Office::open().await;
    let good = Browser::new();
    let with = |key: &str, value: &str| {
        let mut body = good.subscription("https://push.example.net/a");
        body[key] = json!(value);
        body
    };
    for wrong in [
        with("endpoint", "http://push.example.net/a"),
        with("endpoint", "https://user:pass@push.example.net/a"),
        with("endpoint", "file:///etc/passwd"),
        with("endpoint", &format!("https://push.example.net/{}", "a".repeat(3_000))),
        with("p256dh", "AAAA"),
        with("auth", "not base64url!"),
    ] {
        office.owner.put("/push", &wrong).await.refused(400, "bad_request");
    }
    // A private address passes the form; nothing is ever sent there, and it is forgotten.
    let inside = good.subscription("https://127.0.0.1:8443/a");
    let lin = office.person("lin", "member").await;
    lin.put("/push", &inside).await.ok();
    office.owner.say(&office.lobby, "@lin").await;
    soon("it is forgotten", forgotten(&lin)).await;
}

//! Names of one's own, against an authority that is real but for its root: Debian's pebble, with its
//! name server, whose records the hook sets.

use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use super::*;

const NAME: &str = "chat.example.org";
/// Everything here is several programs on a machine that may be busy.
const PATIENCE: Duration = Duration::from_secs(120);

/// A program that ends with the test.
struct Running(Child);

impl Running {
    fn start(program: &str, configure: impl FnOnce(&mut Command) -> &mut Command) -> Self {
        let mut command = Command::new(program);
        configure(&mut command).stdout(Stdio::null()).stderr(Stdio::null()).stdin(Stdio::null());
        let child = command.spawn();
        Self(child.unwrap_or_else(|e| panic!("{program}, which scripts/setup test installs: {e}")))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

/// Waits for what several programs have to do.
async fn eventually<T>(what: &str, mut look: impl AsyncFnMut() -> Option<T>) -> T {
    let looking = async {
        loop {
            if let Some(found) = look().await {
                return found;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    };
    let found = tokio::time::timeout(PATIENCE, looking).await;
    found.unwrap_or_else(|_| panic!("{what}: not within {PATIENCE:?}"))
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

fn curl(arguments: &[&str]) -> Option<Vec<u8>> {
    let output = Command::new("curl").args(["-sSfk", "--max-time", "10"]).args(arguments).output();
    output.ok().filter(|output| output.status.success()).map(|output| output.stdout)
}

/// pebble, its name server, and the hook that an operator would write.
struct Authority {
    folder: PathBuf,
    directory: String,
    management: u16,
    hook: PathBuf,
    _pebble: Running,
    _names: Running,
}

impl Authority {
    async fn start(folder: &Path, valid_s: u32) -> Self {
        certificate(folder);
        let [port, management, names, records] = [(); 4].map(|()| free_port());
        let listen = |port: u16| format!("127.0.0.1:{port}");
        let config = json!({"pebble": {
            "listenAddress": listen(port), "managementListenAddress": listen(management),
            "certificate": folder.join("cert.pem"), "privateKey": folder.join("key.pem"),
            "httpPort": 1, "tlsPort": 1, "ocspResponderURL": "",
            "externalAccountBindingRequired": false, "certificateValidityPeriod": valid_s,
        }});
        let file = folder.join("pebble.json");
        fs::write(&file, config.to_string()).unwrap();
        let server = Running::start("pebble-challtestsrv", |command| {
            command.args(["-dns01", &listen(names), "-management", &listen(records)]).args([
                "-http01",
                "",
                "-https01",
                "",
                "-tlsalpn01",
                "",
            ])
        });
        let pebble = Running::start("pebble", |command| {
            command
                .arg("-config")
                .arg(&file)
                .args(["-strict", "-dnsserver", &listen(names)])
                .env("PEBBLE_VA_NOSLEEP", "1")
                .env("PEBBLE_AUTHZREUSE", "0")
        });
        let authority = Self {
            folder: folder.to_owned(),
            directory: format!("https://localhost:{port}/dir"),
            management,
            hook: hook(folder, records),
            _pebble: pebble,
            _names: server,
        };
        eventually("pebble", async || curl(&[&authority.directory])).await;
        let record = r#"{"host":"probe.","value":"here"}"#;
        let set = format!("http://127.0.0.1:{records}/set-txt");
        eventually("its name server", async || curl(&["-d", record, &set])).await;
        authority
    }

    fn config(&self) -> String {
        format!(
            "[tls]\nmode = \"acme\"\n[acme]\nnames = [\"{NAME}\"]\ndirectory = \"{}\"\n\
             root = \"{}\"\nhook = \"{}\"\nsettle_s = 0\n",
            self.directory,
            self.folder.join("cert.pem").display(),
            self.hook.display()
        )
    }

    /// The root that only its certificates end in; it is made anew with each start.
    fn root(&self) -> CertificateDer<'static> {
        let pem = curl(&[&format!("https://localhost:{}/roots/0", self.management)]).unwrap();
        CertificateDer::from_pem_slice(&pem).unwrap()
    }
}

/// What an operator writes for their provider: this one's takes JSON over HTTP.
fn hook(folder: &Path, records: u16) -> PathBuf {
    let (path, told) = (folder.join("dns-hook"), folder.join("told"));
    let text = format!(
        "#!/bin/sh\nset -e\necho \"$1 $2\" >> {}\ncase \"$1\" in\n\
         present) exec curl -sSf -d \"{{\\\"host\\\":\\\"$2.\\\",\\\"value\\\":\\\"$3\\\"}}\" \
         http://127.0.0.1:{records}/set-txt ;;\n\
         remove) exec curl -sSf -d \"{{\\\"host\\\":\\\"$2.\\\"}}\" \
         http://127.0.0.1:{records}/clear-txt ;;\nesac\n",
        told.display()
    );
    fs::write(&path, text).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o700)).unwrap();
    path
}

async fn office(folder: &Path, config: &str) -> Guarded {
    let hearthd = start(folder, config).await;
    let address = hearthd.ready().await;
    let trusted = CertificateDer::from_pem_file(folder.join("data/tls/ca.pem")).unwrap();
    Guarded { hearthd, address, trusted }
}

async fn issued(folder: &Path, besides: &[u8]) -> Vec<u8> {
    let file = folder.join("data/tls/acme.pem");
    let fresh = async || fs::read(&file).ok().filter(|chain| chain != besides);
    eventually("a certificate", fresh).await
}

#[tokio::test]
async fn a_public_authority_vouches_for_the_name_and_the_boxs_own_for_the_rest() {
    let folder = tempfile::tempdir().unwrap();
    let authority = Authority::start(folder.path(), 7_776_000).await;
    let mut office = office(folder.path(), &authority.config()).await;
    issued(folder.path(), b"").await;
    let own = std::mem::replace(&mut office.trusted, authority.root());
    eventually("the issued certificate", async || office.connect_to(NAME, &["h2"]).await.ok())
        .await;
    let elsewhere = office.connect_to("localhost", &["h2"]).await;
    assert!(elsewhere.is_err(), "the public authority knows nothing of this name");
    office.trusted = own;
    assert!(office.connect_to("localhost", &["h2"]).await.is_ok());
    assert!(office.connect_to(NAME, &["h2"]).await.is_err());

    let record = format!("_acme-challenge.{NAME}");
    let told = fs::read_to_string(folder.path().join("told")).unwrap();
    assert_eq!(told, format!("present {record}\nremove {record}\n"));
    for entry in fs::read_dir(folder.path().join("data/tls")).unwrap() {
        let mode = entry.unwrap().metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    let trust = json_of(&office.http2(office.request("GET", "/trust", &Value::Null)).await);
    assert_eq!(trust["own_authority"], false, "{trust}");
    assert_eq!(office.hearthd.stop().await, 0);

    // The next start has it at once, and orders no other.
    let mut again = self::office(folder.path(), &authority.config()).await;
    again.trusted = authority.root();
    assert!(again.connect_to(NAME, &["h2"]).await.is_ok());
    assert_eq!(fs::read_to_string(folder.path().join("told")).unwrap(), told);
}

#[tokio::test]
async fn a_certificate_is_renewed_in_time_without_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let authority = Authority::start(folder.path(), 6).await;
    let office = office(folder.path(), &authority.config()).await;
    let first = issued(folder.path(), b"").await;
    let file = folder.path().join("data/tls/acme.pem");
    // Two thirds of six seconds have to pass; a signal has it looked at without waiting a minute.
    eventually("the next certificate", async || {
        office.hearthd.signal(Signal::HUP);
        tokio::time::sleep(Duration::from_millis(400)).await;
        fs::read(&file).ok().filter(|chain| *chain != first)
    })
    .await;
    let told = fs::read_to_string(folder.path().join("told")).unwrap();
    assert!(told.matches("present").count() >= 2, "{told}");
}

#[tokio::test]
async fn without_the_internet_the_box_serves_and_says_what_is_wrong() {
    let folder = tempfile::tempdir().unwrap();
    certificate(folder.path());
    let hook = hook(folder.path(), free_port());
    let config = format!(
        "[tls]\nmode = \"acme\"\n[acme]\nnames = [\"{NAME}\"]\nhook = \"{}\"\n\
         directory = \"https://127.0.0.1:{}/dir\"\n",
        hook.display(),
        free_port()
    );
    let office = office(folder.path(), &config).await;
    let said = |line: &str| line.contains("could not be renewed").then(|| line.to_owned());
    let line = office.hearthd.logged(said).await;
    assert!(line.contains("again_s") && line.contains("300"), "{line}");
    assert!(office.connect_to("localhost", &["h2"]).await.is_ok());
    assert!(!folder.path().join("data/tls/acme.pem").exists());
    assert!(!folder.path().join("told").exists(), "no record without an order");
}

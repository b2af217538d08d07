//! What the journal is told, and what `journalctl -x` says of it.
//!
//! The journal is a socket of the test's own, put where the journal's is in a mount namespace of
//! hearthd's own; standard error is named in `JOURNAL_STREAM`, as systemd does.

use std::collections::BTreeMap;
use std::os::unix::net::UnixDatagram;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::json;

use super::packaged;
use crate::support::{Call, Hearthd, Launch};

/// Starts `$2` with the folder `$1` where the journal's socket is.
const IN_A_JOURNAL: &str = r#"
mkdir -p /run/systemd/journal && mount --bind "$1" /run/systemd/journal || exit 9
JOURNAL_STREAM="$(stat -L -c %d:%i /proc/self/fd/2)" && export JOURNAL_STREAM
exec "$2"
"#;
/// Longest wait for an entry.
const PATIENCE: Duration = Duration::from_secs(60);

type Entry = BTreeMap<String, String>;

fn catalog() -> String {
    std::fs::read_to_string(packaged("catalog/hearth.catalog")).expect("read the catalogue")
}

/// The id of the entry with that subject.
fn id_of(subject: &str) -> String {
    let catalog = catalog();
    let entry = catalog.split("\n-- ").find(|entry| entry.contains(&format!("Subject: {subject}")));
    entry.expect("the catalogue has it").lines().next().expect("an id").to_owned()
}

/// The fields of an entry in the journal's own protocol: `NAME=text`, or the name, a length in eight
/// bytes, and the text.
fn fields(mut datagram: &[u8]) -> Entry {
    let mut entry = Entry::new();
    while let Some(end) = datagram.iter().position(|byte| *byte == b'\n') {
        let line = String::from_utf8_lossy(&datagram[..end]).into_owned();
        datagram = &datagram[end + 1..];
        let (name, text) = match line.split_once('=') {
            Some((name, text)) => (name.to_owned(), text.to_owned()),
            None => {
                let (length, rest) = datagram.split_first_chunk().expect("a length");
                let length = usize::try_from(u64::from_le_bytes(*length)).expect("a small one");
                let text = String::from_utf8_lossy(&rest[..length]).into_owned();
                datagram = &rest[length + 1..];
                (line, text)
            }
        };
        entry.insert(name, text);
    }
    entry
}

struct Journal {
    socket: UnixDatagram,
    heard: Vec<Entry>,
}

impl Journal {
    /// A journal in a folder; nothing where namespaces are not permitted, which is said aloud.
    fn open(folder: &Path) -> Option<Self> {
        let allowed = Command::new("unshare").args(["--mount", "true"]).status();
        if !allowed.is_ok_and(|status| status.success()) {
            println!("SKIPPED: this needs the right to make a mount namespace (run it as root)");
            return None;
        }
        std::fs::create_dir(folder).expect("make the journal's folder");
        let socket = UnixDatagram::bind(folder.join("socket")).expect("bind the journal's socket");
        socket.set_read_timeout(Some(Duration::from_millis(500))).expect("a socket");
        Some(Self { socket, heard: Vec::new() })
    }

    /// Waits for the entry with the id that the catalogue gives to `subject`.
    fn entry(&mut self, subject: &str, hearthd: &Hearthd) -> Entry {
        let (id, begun) = (id_of(subject), Instant::now());
        let mut datagram = vec![0; 65_536];
        loop {
            let heard = self.heard.iter().find(|entry| entry.get("MESSAGE_ID") == Some(&id));
            if let Some(entry) = heard {
                return entry.clone();
            }
            let (log, heard) = (hearthd.log(), &self.heard);
            assert!(begun.elapsed() < PATIENCE, "no `{subject}` among {heard:#?}\n{log}");
            if let Ok(length) = self.socket.recv(&mut datagram) {
                self.heard.push(fields(&datagram[..length]));
            }
        }
    }
}

#[test]
fn the_journal_gets_fields_and_ids() {
    let scratch = tempfile::tempdir().unwrap();
    let folder = scratch.path().join("journal");
    let Some(mut journal) = Journal::open(&folder) else { return };
    let mut launch = Launch::in_folder(&scratch.path().join("data"));
    let folder = folder.to_str().unwrap();
    launch.wrapper =
        ["unshare", "--mount", "sh", "-c", IN_A_JOURNAL, "sh", folder].map(str::to_owned).to_vec();
    let hearthd = launch.start();

    let link = journal.entry("The office has no owner yet", &hearthd);
    let link = link["MESSAGE"].split_once("/setup#code=").expect("a link").0.to_owned();
    let ready = journal.entry("Hearth takes work", &hearthd);
    let field = |name: &str| ready.get(name).map(String::as_str);
    assert_eq!(field("MESSAGE"), Some("Hearth is ready"));
    assert_eq!(field("SYSLOG_IDENTIFIER"), Some("hearthd"));
    assert_eq!(field("PRIORITY"), Some("5"), "{ready:?}");
    assert!(link.ends_with(ready["ADDRESS"].rsplit_once(':').unwrap().1), "{link} {ready:?}");
    assert_eq!(hearthd.log(), "", "nothing is said twice");

    let address = ready["ADDRESS"].parse().expect("an address");
    let wrong = json!({"handle": "nobody", "password": "swordfish and more", "token": "bearer"});
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let call = Call::new("POST", "/api/v1/sessions").same_origin().json(&wrong);
    let reply = runtime.block_on(call.send(address));
    assert!((400..500).contains(&reply.status), "{reply:?}");
    let failed = journal.entry("A sign-in failed", &hearthd);
    assert_eq!(failed.get("ADDRESS").map(String::as_str), Some("127.0.0.1"));
    assert_eq!(failed.get("PRIORITY").map(String::as_str), Some("4"));
    assert!(!format!("{:?}", journal.heard).contains("swordfish"));

    hearthd.signal(rustix::process::Signal::TERM);
    journal.entry("Hearth stops", &hearthd);
}

#[tokio::test]
async fn programs_that_ask_for_json_get_the_id_too() {
    let scratch = tempfile::tempdir().unwrap();
    let config = scratch.path().join("hearthd.toml");
    std::fs::write(&config, "[log]\nformat = \"json\"\n").unwrap();
    let launch = Launch::in_folder(&scratch.path().join("data")).config(config);
    let hearthd = launch.start();
    let line = hearthd.logged(|line| line.contains("Hearth is ready").then(|| line.to_owned()));
    let line: serde_json::Value = serde_json::from_str(&line.await).unwrap();
    assert_eq!(line["message_id"], id_of("Hearth takes work"));
}

/// What `journalctl` says for a folder that stands for the system's root.
fn journalctl(root: &Path, words: &[&str]) -> String {
    let mut journalctl = Command::new("journalctl");
    journalctl.arg(format!("--root={}", root.display())).args(words).env("SYSTEMD_COLORS", "0");
    let done = journalctl.output().expect("run journalctl: scripts/setup test installs it");
    let complaint = String::from_utf8_lossy(&done.stderr).into_owned();
    assert!(done.status.success() && complaint.is_empty(), "{words:?}: {complaint}");
    String::from_utf8(done.stdout).expect("UTF-8")
}

#[test]
fn journalctl_reads_the_catalogue() {
    let scratch = tempfile::tempdir().unwrap();
    let root = scratch.path();
    for folder in ["usr/lib/systemd/catalog", "var/lib/systemd/catalog"] {
        std::fs::create_dir_all(root.join(folder)).unwrap();
    }
    let installed = root.join("usr/lib/systemd/catalog/hearth.catalog");
    std::fs::copy(packaged("catalog/hearth.catalog"), installed).unwrap();
    journalctl(root, &["--update-catalog"]);
    let entries = catalog().matches("\n-- ").count();
    let listed = journalctl(root, &["--list-catalog"]);
    // Both languages of an event are one line.
    assert_eq!(listed.lines().count() * 2, entries, "{listed}");
    let shown = journalctl(root, &["--dump-catalog", &id_of("Hearth takes work")]);
    assert!(shown.contains("Hearth is ready at @ADDRESS@"), "{shown}");
}

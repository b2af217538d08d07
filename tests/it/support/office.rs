//! An office: a hearthd with an owner.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use serde_json::json;
use tempfile::TempDir;

use super::{Call, Hearthd, Launch, Person, Record, Reply};

/// Settings of an office besides the defaults.
#[derive(Clone, Debug, Default)]
pub(crate) struct Settings {
    /// Further lines of its configuration file; not the table `[log]`.
    pub(crate) config: String,
    /// A data folder that outlives it, else one of its own.
    pub(crate) data: Option<PathBuf>,
    /// Variables of its environment.
    pub(crate) environment: Vec<(String, String)>,
}

/// What all clients of an office share.
#[derive(Debug)]
pub(crate) struct Door {
    address: Mutex<SocketAddr>,
    pub(crate) record: Record,
}

impl Door {
    /// Of a hearthd that no office here has started.
    pub(crate) fn at(address: SocketAddr) -> Arc<Self> {
        Arc::new(Self { address: Mutex::new(address), record: Record::default() })
    }

    /// From now on it is elsewhere.
    pub(crate) fn moved(&self, address: SocketAddr) {
        *self.address.lock().unwrap() = address;
    }

    pub(crate) fn address(&self) -> SocketAddr {
        *self.address.lock().unwrap()
    }
}

/// A running office. See [`super`] for what happens when it is dropped.
#[derive(Debug)]
pub(crate) struct Office {
    pub(crate) hearthd: Hearthd,
    pub(crate) launch: Launch,
    pub(crate) owner: Person,
    /// The public channel that every member is in.
    pub(crate) lobby: String,
    pub(crate) door: Arc<Door>,
    /// Logs of processes that have ended.
    ended: String,
    expected: Vec<&'static str>,
    scratch: TempDir,
}

impl Office {
    /// A founded office with nobody but its owner, `@olga`.
    pub(crate) async fn open() -> Self {
        Self::open_with(Settings::default()).await
    }

    pub(crate) async fn open_with(settings: Settings) -> Self {
        let scratch = tempfile::tempdir().expect("a folder for the test");
        let config = scratch.path().join("hearthd.toml");
        let text = format!("[log]\nfilter = \"debug\"\n{}\n", settings.config);
        std::fs::write(&config, text).expect("write the configuration");
        let data = settings.data.unwrap_or_else(|| scratch.path().join("data"));
        let mut launch = Launch::in_folder(&data).config(config);
        launch.environment = settings.environment;
        let hearthd = launch.start();
        let address = hearthd.ready().await;
        let door = Door::at(address);
        let code = setup_code(&hearthd).await;
        let owner = Person::found(&door, &code).await;
        let bootstrap = owner.get("/bootstrap").await.ok();
        let lobby = bootstrap["channels"][0]["channel"]["id"].as_str().expect("a lobby").to_owned();
        let (ended, expected) = (String::new(), Vec::new());
        Self { hearthd, launch, owner, lobby, door, ended, expected, scratch }
    }

    /// Somebody who accepted an invitation to be a `guest`, `member`, `admin` or `owner`.
    pub(crate) async fn person(&self, handle: &str, role: &str) -> Person {
        let wanted = json!({"role": role, "uses_max": 1, "expires_in_s": 600});
        let invite = self.owner.post("/invites", &wanted).await.ok();
        let token = invite["url"].as_str().and_then(|url| url.split_once('#')).expect("a link").1;
        Person::accept(&self.door, token, handle).await
    }

    /// A channel that the owner opens with these people.
    pub(crate) async fn channel(&self, kind: &str, name: &str, people: &[&Person]) -> String {
        let members: Vec<&str> = people.iter().map(|person| person.id.as_str()).collect();
        let wanted = json!({"kind": kind, "name": name, "members": members});
        let events = self.owner.post("/channels", &wanted).await.events();
        events[0]["event"]["channel"]["id"].as_str().expect("a channel").to_owned()
    }

    /// A request of nobody in particular.
    pub(crate) async fn call(&self, call: Call) -> Reply {
        call.send(self.address()).await
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.door.address()
    }

    /// The folder with everything of this office.
    pub(crate) fn data(&self) -> &Path {
        &self.launch.data
    }

    /// A folder for the test's own files.
    pub(crate) fn scratch(&self) -> &Path {
        self.scratch.path()
    }

    /// Stops it in good order and starts it again.
    pub(crate) async fn restart(&mut self) {
        assert_eq!(self.stop().await, 0, "{}", self.hearthd.log());
        self.start().await;
    }

    /// Stops it in good order; gives the exit code.
    pub(crate) async fn stop(&mut self) -> i32 {
        self.hearthd.stop().await
    }

    /// Kills it without warning and starts it again.
    pub(crate) async fn kill_9(&mut self) {
        self.hearthd.kill();
        self.start().await;
    }

    /// Starts it again after it has ended, perhaps at another address.
    pub(crate) async fn start(&mut self) {
        self.ended.push_str(&self.hearthd.log());
        self.hearthd = self.launch.start();
        self.door.moved(self.hearthd.ready().await);
    }

    /// Lines of failures with this text are what the test is about.
    pub(crate) fn expect_errors(&mut self, about: &'static str) {
        self.expected.push(about);
    }

    /// The log until now, of all processes.
    pub(crate) fn log(&self) -> String {
        format!("{}{}", self.ended, self.hearthd.log())
    }
}

impl Drop for Office {
    fn drop(&mut self) {
        self.hearthd.kill();
        let log = self.log();
        let is_failure = |line: &&str| line.contains(" ERROR ") || line.contains("panicked at");
        let expected = |line: &str| self.expected.iter().any(|about| line.contains(about));
        let failures: Vec<&str> =
            log.lines().filter(is_failure).filter(|line| !expected(line)).collect();
        let leaked = self.door.record.leaked_into(&log);
        if std::thread::panicking() {
            let lines: Vec<&str> = log.lines().collect();
            println!("the end of the log:\n{}", lines[lines.len().saturating_sub(40)..].join("\n"));
            return;
        }
        assert!(failures.is_empty(), "the log has failures:\n{}", failures.join("\n"));
        assert!(leaked.is_empty(), "the log has private texts: {leaked:?}");
    }
}

/// The code of the link that hearthd prints on the first run.
pub(crate) async fn setup_code(hearthd: &Hearthd) -> String {
    let code = |line: &str| {
        let after = line.split_once("/setup#code=")?.1.trim();
        Some(after.split('&').next().unwrap_or(after).to_owned())
    };
    hearthd.logged(code).await
}

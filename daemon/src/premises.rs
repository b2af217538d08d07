//! What the office stands on, for those who look after it: the data folder, how the process was
//! started, the certificate, and the backups that are made from the page.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use hearth_domain::denied::Code;
use hearth_domain::time::Timestamp;

use crate::clock::Clock;
use crate::config::Config;
use crate::data_dir::{DATABASE, SEARCH_INDEX};
use crate::http::health::Ready;
use crate::setup::{Console, Identity};
use crate::tls::Served;
use crate::vault::keeper::Keeper;

/// What is known of the machine and of this run of the process.
pub struct Premises {
    /// What the operator set.
    pub config: Config,
    /// The data folder.
    pub data: PathBuf,
    /// Whether Hearth takes work.
    pub ready: Ready,
    /// When this run began, on the clock that never jumps.
    pub started: Duration,
    /// The backups made from the page.
    pub backups: Arc<Backups>,
    /// What the machine's own screen shows while there is no owner.
    pub console: Console,
    /// The backups that the box makes by itself.
    pub vault: Arc<Keeper>,
    url: OnceLock<String>,
    served: OnceLock<Served>,
}

impl Premises {
    /// What is known before the doors open.
    #[must_use]
    pub fn new(config: Config, data: PathBuf, clock: &Clock, vault: Keeper) -> Self {
        Self {
            console: Console::new(config.server.issue_file.clone()),
            config,
            backups: Arc::new(Backups::new(data.join("backups"))),
            data,
            vault: Arc::new(vault),
            ready: Ready::default(),
            started: clock.monotonic(),
            url: OnceLock::new(),
            served: OnceLock::new(),
        }
    }

    /// Says where the office is reached and with which certificate. The first word counts.
    pub fn opened(&self, url: &str, served: Option<Served>) {
        self.url.get_or_init(|| url.to_owned());
        if let Some(served) = served {
            self.served.get_or_init(|| served);
        }
    }

    /// Where the office is reached; empty before the doors are open.
    #[must_use]
    pub fn url(&self) -> &str {
        self.url.get().map_or("", String::as_str)
    }

    /// The certificate in use; nothing without TLS.
    #[must_use]
    pub fn served(&self) -> Option<&Served> {
        self.served.get()
    }

    /// By what a person knows this box; nothing without TLS.
    #[must_use]
    pub fn identity(&self) -> Option<Identity> {
        self.served.get().and_then(Served::identity)
    }

    /// When the certificate in use ends; nothing without TLS.
    #[must_use]
    pub fn certificate_ends_at(&self) -> Option<Timestamp> {
        self.served.get().and_then(Served::dates).map(|(_, end)| end)
    }

    /// Size of the database with what waits to be written into it, in bytes.
    #[must_use]
    pub fn database_bytes(&self) -> u64 {
        self.size_with_log(DATABASE)
    }

    /// Size of the search index in the same way, in bytes.
    #[must_use]
    pub fn search_bytes(&self) -> u64 {
        self.size_with_log(SEARCH_INDEX)
    }

    fn size_with_log(&self, name: &str) -> u64 {
        let size =
            |name: &str| std::fs::metadata(self.data.join(name)).map_or(0, |file| file.len());
        size(name) + size(&format!("{name}-wal"))
    }

    /// Free bytes and all bytes of the disk of the data folder.
    ///
    /// # Errors
    /// As the operating system says.
    pub fn disk(&self) -> std::io::Result<(u64, u64)> {
        let stat = rustix::fs::statvfs(&self.data)?;
        let bytes = |blocks: u64| blocks.saturating_mul(stat.f_frsize);
        Ok((bytes(stat.f_bavail), bytes(stat.f_blocks)))
    }
}

/// The one backup that may be in the making, and how the last one ended.
pub struct Backups {
    /// Where they lie.
    pub folder: PathBuf,
    state: Mutex<State>,
}

#[derive(Clone, Debug, Default)]
struct State {
    running: Option<(u64, u64)>,
    failed: Option<Code>,
}

/// How far a backup is, and how the last one ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Steps done and steps in all, of the one in the making.
    pub running: Option<(u64, u64)>,
    /// Why the last one was not made.
    pub failed: Option<Code>,
}

impl Backups {
    fn new(folder: PathBuf) -> Self {
        Self { folder, state: Mutex::default() }
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How far it is.
    #[must_use]
    pub fn standing(&self) -> Standing {
        let State { running, failed } = self.state().clone();
        Standing { running, failed }
    }

    /// Says how far the one in the making is.
    pub fn progress(&self, done: u64, total: u64) {
        let mut state = self.state();
        if state.running.is_some() {
            state.running = Some((done, total));
        }
    }

    /// Takes the one place; nobody gets it twice.
    pub fn begin(self: &Arc<Self>) -> Option<Making> {
        let mut state = self.state();
        if state.running.is_some() {
            return None;
        }
        *state = State { running: Some((0, 0)), failed: None };
        Some(Making { backups: Arc::clone(self), failed: Some(Code::Unavailable) })
    }
}

/// The place of the backup in the making. It is given back however the making ends; one that did not
/// say that it was done has failed.
pub struct Making {
    backups: Arc<Backups>,
    failed: Option<Code>,
}

impl Making {
    /// Where the making says how far it is.
    #[must_use]
    pub fn watch(&self) -> Arc<Backups> {
        Arc::clone(&self.backups)
    }

    /// It ended.
    pub fn ended(mut self, failed: Option<Code>) {
        self.failed = failed;
    }
}

impl Drop for Making {
    fn drop(&mut self) {
        *self.backups.state() = State { running: None, failed: self.failed };
    }
}

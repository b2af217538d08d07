//! What is known between backups: the settings, the key, how each destination is, and what happened.
//!
//! Everything lies in `<data>/vault`: `key.txt`, `settings.json`, `state.json`, `scratch/` for copies
//! that are thrown away, and `box/` for backups that stay on the box. A file that can't be read any more
//! is set aside and said aloud: chat goes on without backups, but backups never go on in silence.

mod ledger;

use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use hearth_domain::notify::ZoneName;
use hearth_domain::time::Timestamp;
use hearth_wire::vault::{
    BackupDestination, BackupFault, BackupKeyState, BackupPlace, BackupRun, BackupSettings,
    BackupStanding, BackupVault,
};
use tokio::sync::Notify;

use self::ledger::Ledger;
use super::key::{Key, PASSPHRASE_CHARS_MIN};
use super::place::public_key;
use super::schedule::{self, Past};
use super::settings::{self, secret_of, with_secrets, without_secrets};
use super::watch::Watch;
use super::write::Made;
use super::{SettingsRefused, check_settings};
use crate::credentials::{self, Credential};
use crate::data_dir::write_private;
use crate::zone;

pub use ledger::Known;

/// The key, in the folder.
pub const KEY: &str = "key.txt";
/// The settings, in the folder.
pub const SETTINGS: &str = "settings.json";
const STATE: &str = "state.json";
const SCRATCH: &str = "scratch";
/// Every file is read back this often.
pub const ALL_READ_EVERY_MS: u64 = 7 * 24 * 3_600_000;

/// What somebody asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// A backup, to these destinations.
    Backup(Vec<String>),
    /// The latest backup of these destinations, read back whole.
    Verify(Vec<String>),
}

/// See the module.
pub struct Keeper {
    folder: PathBuf,
    key: Key,
    passphrase: Option<String>,
    inner: Mutex<Inner>,
    /// Rung when somebody asked for something.
    pub rung: Notify,
    finished: tokio::sync::watch::Sender<u64>,
}

struct Inner {
    settings: BackupSettings,
    ledger: Ledger,
    running: Option<Watch>,
    wanted: Option<Wanted>,
    waits_for_quiet: bool,
}

impl Keeper {
    /// Opens the folder, and makes a key where there is none yet.
    ///
    /// # Errors
    /// When the folder can't be made or written.
    pub fn open(folder: &Path, now: Timestamp) -> io::Result<Self> {
        hearth_store::file::blobs::make_folder(folder)?;
        let scratch = folder.join(SCRATCH);
        match std::fs::remove_dir_all(&scratch) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let path = folder.join(KEY);
        let key = Key::open_or_make(&path);
        let key = key.or_else(|error| set_aside(&path, &error, Key::open_or_make))?;
        let path = folder.join(SETTINGS);
        let read = settings::read(&path);
        let settings = read.or_else(|error| set_aside(&path, &error, |_| Ok(None)))?;
        let path = folder.join(STATE);
        let ledger = Ledger::read(&path, now);
        let ledger = ledger.or_else(|error| set_aside(&path, &error, |_| Ok(Ledger::new(now))))?;
        let keeper = Self {
            folder: folder.to_owned(),
            key,
            passphrase: passphrase(),
            inner: Mutex::new(Inner {
                settings: settings.unwrap_or_else(settings::standard),
                ledger,
                running: None,
                wanted: None,
                waits_for_quiet: false,
            }),
            rung: Notify::new(),
            finished: tokio::sync::watch::Sender::new(0),
        };
        keeper.inner().ledger.close_interrupted(&folder.join(STATE))?;
        Ok(keeper)
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The key.
    #[must_use]
    pub const fn key(&self) -> &Key {
        &self.key
    }

    /// The passphrase, if the box has a usable one.
    #[must_use]
    pub fn passphrase(&self) -> Option<&str> {
        self.passphrase.as_deref()
    }

    /// Where copies lie that are thrown away.
    #[must_use]
    pub fn scratch(&self) -> PathBuf {
        self.folder.join(SCRATCH)
    }

    /// Where backups lie that stay on the box.
    #[must_use]
    pub fn own_place(&self) -> PathBuf {
        self.folder.join("box")
    }

    /// The settings, with their secrets.
    #[must_use]
    pub fn settings(&self) -> BackupSettings {
        self.inner().settings.clone()
    }

    /// Changes the settings; gives those before and after, without secrets.
    ///
    /// # Errors
    /// [`SettingsRefused`], or when they can't be written.
    pub fn configure(
        &self,
        wanted: BackupSettings,
    ) -> Result<(BackupSettings, BackupSettings), ConfigureError> {
        check_settings(&wanted)?;
        let mut inner = self.inner();
        let settings = with_secrets(wanted, &inner.settings);
        let text = serde_json::to_vec_pretty(&settings).map_err(io::Error::from)?;
        write_private(&self.folder.join(SETTINGS), &text)?;
        let before = std::mem::replace(&mut inner.settings, settings);
        let after = inner.settings.clone();
        inner.ledger.forget_others(&before, &after);
        inner.ledger.write(&self.folder.join(STATE))?;
        Ok((without_secrets(&before), without_secrets(&after)))
    }

    /// Asks for something; whoever comes first is heard.
    pub fn ask(&self, wanted: Wanted) {
        let mut inner = self.inner();
        if inner.running.is_none() && inner.wanted.is_none() {
            inner.wanted = Some(wanted);
            self.rung.notify_one();
        }
    }

    /// Whether something is being made or asked for.
    #[must_use]
    pub fn is_busy(&self) -> bool {
        let inner = self.inner();
        inner.running.is_some() || inner.wanted.is_some()
    }

    /// Counts up whenever what was asked for, or was due, is done.
    #[must_use]
    pub fn rounds(&self) -> tokio::sync::watch::Receiver<u64> {
        self.finished.subscribe()
    }

    /// Ends the backup in the making; whether there was one.
    #[must_use]
    pub fn cancel(&self) -> bool {
        let mut inner = self.inner();
        let asked = inner.wanted.take().is_some();
        let running = inner.running.as_ref().map(Watch::cancel).is_some();
        asked || running
    }

    /// Takes what is to be done now, if something is, and the place of whoever does it.
    #[must_use]
    pub fn begin(&self, (now, is_quiet): (Timestamp, bool), watch: &Watch) -> Option<Wanted> {
        let mut inner = self.inner();
        let wanted = inner.wanted.take().or_else(|| inner.due((now, is_quiet)))?;
        inner.running = Some(watch.clone());
        Some(wanted)
    }

    /// Gives the place back.
    pub fn ended(&self) {
        self.inner().running = None;
        self.finished.send_modify(|rounds| *rounds += 1);
    }

    /// A destination, and what is known of it.
    #[must_use]
    pub fn destination(&self, id: &str) -> Option<(BackupDestination, Known)> {
        let inner = self.inner();
        let found = inner.settings.destinations.iter().find(|destination| destination.id == id);
        found.map(|destination| (destination.clone(), inner.ledger.known(id)))
    }

    /// Notes that a backup is begun, so that an end in the middle shows.
    ///
    /// # Errors
    /// When it can't be written.
    pub fn note_begun(&self, id: &str, at: Timestamp) -> io::Result<()> {
        let mut inner = self.inner();
        inner.ledger.begun = Some((at, id.to_owned()));
        inner.ledger.write(&self.folder.join(STATE))
    }

    /// Notes that what was begun ended without a word.
    ///
    /// # Errors
    /// When it can't be written.
    pub fn note_interrupted(&self) -> io::Result<()> {
        self.inner().ledger.close_interrupted(&self.folder.join(STATE))
    }

    /// Notes how a backup went.
    ///
    /// # Errors
    /// When it can't be written.
    pub fn note(&self, run: BackupRun, made: Option<(&Made, bool)>) -> io::Result<()> {
        let mark = self.passphrase.as_deref().map(|passphrase| self.key.mark_of(passphrase));
        let mut inner = self.inner();
        inner.ledger.note(run, made, mark);
        inner.ledger.write(&self.folder.join(STATE))
    }

    /// Keeps the fingerprint that a destination showed first.
    ///
    /// # Errors
    /// When it can't be written.
    pub fn pin(&self, id: &str, fingerprint: &str) -> io::Result<()> {
        let mut inner = self.inner();
        let before = inner.settings.clone();
        for destination in inner.settings.destinations.iter_mut().filter(|one| one.id == id) {
            if let BackupPlace::Sftp { host_key, .. } = &mut destination.place
                && host_key.is_empty()
            {
                fingerprint.clone_into(host_key);
            }
        }
        if inner.settings == before {
            return Ok(());
        }
        let text = serde_json::to_vec_pretty(&inner.settings).map_err(io::Error::from)?;
        write_private(&self.folder.join(SETTINGS), &text)
    }

    /// Notes that an owner has the key, if these are its last characters.
    ///
    /// # Errors
    /// When it can't be written.
    pub fn save_key(&self, ending: &str, now: Timestamp) -> io::Result<bool> {
        let ending = ending.trim().to_uppercase();
        if ending.len() != ENDING_CHARS || !self.key.secret().ends_with(&ending) {
            return Ok(false);
        }
        let mut inner = self.inner();
        inner.ledger.key_saved_at = Some(now);
        inner.ledger.write(&self.folder.join(STATE))?;
        Ok(true)
    }

    /// Everything, as it may be shown.
    #[must_use]
    pub fn view(&self, now: Timestamp) -> BackupVault {
        let inner = self.inner();
        let zone = zone::of_machine();
        let standings: Vec<BackupStanding> = inner.standings();
        let plan = schedule::around(&inner.settings, now, &zone);
        let has_some = !inner.settings.destinations.is_empty();
        BackupVault {
            settings: without_secrets(&inner.settings),
            verified_at: standings.iter().filter_map(|standing| standing.verified_at).max(),
            standings,
            running: inner.running.as_ref().map(Watch::now),
            history: inner.ledger.history.clone(),
            next_at: plan.map(|(_, next)| next).filter(|_| has_some),
            waits_for_quiet: inner.waits_for_quiet,
            key: BackupKeyState {
                recipient: self.key.recipient(),
                saved_at: inner.ledger.key_saved_at,
                ssh_key: public_key(&self.key.ssh_seed()),
                has_passphrase: self.passphrase.is_some(),
            },
            zone: zone.to_string(),
        }
    }
}

/// Characters that prove that a key was saved.
const ENDING_CHARS: usize = 6;

/// Settings that were not taken over.
#[derive(Debug, thiserror::Error)]
pub enum ConfigureError {
    /// They can't be used.
    #[error(transparent)]
    Refused(#[from] SettingsRefused),
    /// They can't be written.
    #[error("the settings can't be written")]
    Write(#[from] io::Error),
}

impl Inner {
    fn due(&mut self, (now, is_quiet): (Timestamp, bool)) -> Option<Wanted> {
        let zone: ZoneName = zone::of_machine();
        let plan = schedule::around(&self.settings, now, &zone);
        self.waits_for_quiet = false;
        let mut ids = Vec::new();
        for destination in &self.settings.destinations {
            let standing = self.ledger.standing(&destination.id);
            let past = Past {
                tried_at: standing.tried_at,
                verified_at: standing.verified_at,
                // What somebody ended is not begun again before its next time.
                failed: standing.fault.is_some_and(|fault| fault != BackupFault::Cancelled),
                since: self.ledger.since,
            };
            let (due, waits) = schedule::due(plan, &past, (now, is_quiet));
            self.waits_for_quiet |= waits;
            if due {
                ids.push(destination.id.clone());
            }
        }
        (!ids.is_empty()).then_some(Wanted::Backup(ids))
    }

    fn standings(&self) -> Vec<BackupStanding> {
        let standing = |destination: &BackupDestination| {
            let mut place = destination.place.clone();
            let has_secret = secret_of(&mut place).is_some_and(|secret| !secret.is_empty());
            let id = destination.id.clone();
            BackupStanding { id, has_secret, ..self.ledger.standing(&destination.id) }
        };
        self.settings.destinations.iter().map(standing).collect()
    }
}

/// Keeps a file that can't be used under another name, and goes on with another one.
fn set_aside<T>(
    path: &Path,
    error: &io::Error,
    anew: impl FnOnce(&Path) -> io::Result<T>,
) -> io::Result<T> {
    if error.kind() != io::ErrorKind::InvalidData {
        return Err(io::Error::new(error.kind(), error.to_string()));
    }
    let aside = path.with_added_extension("damaged");
    tracing::error!(%error, kept = %aside.display(), "a file of the backups is damaged and set aside");
    std::fs::rename(path, &aside)?;
    anew(path)
}

fn passphrase() -> Option<String> {
    let secret = credentials::secret(None, Credential::BackupPassphrase).unwrap_or_else(|error| {
        tracing::error!(%error, "the passphrase of the backups can't be read");
        None
    });
    let secret = secret?;
    let text = secret.reveal();
    if text.chars().count() < PASSPHRASE_CHARS_MIN {
        tracing::error!("the passphrase of the backups is shorter than 12 characters: not used");
        return None;
    }
    Some(text.to_owned())
}

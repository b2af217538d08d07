//! Backups that the box makes by itself: when, where to, under which key, and how they went.
//!
//! They are encrypted before they leave the process, and each counts only once it was read back from
//! where it went and checked.

use hearth_domain::notify::MinuteOfDay;
use hearth_domain::time::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// How often a backup is made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum BackupEvery {
    /// Only when somebody asks for one.
    Off,
    /// Every hour.
    Hour,
    /// Every day.
    #[default]
    Day,
}

/// How many are kept. The latest one always is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BackupKept {
    /// The latest one of each of so many hours, at most 48.
    pub hours: u8,
    /// The latest one of each of so many days, at most 60.
    pub days: u8,
    /// The latest one of each of so many weeks, at most 104.
    pub weeks: u8,
}

impl Default for BackupKept {
    fn default() -> Self {
        Self { hours: 0, days: 7, weeks: 4 }
    }
}

/// Where backups go.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "kind", rename_all = "lowercase", deny_unknown_fields)]
pub enum BackupPlace {
    /// A folder in the data folder: it helps against mistakes, not against a dead disk.
    Box {},
    /// A folder of the box that is there: another disk, or a share that is mounted.
    Folder {
        /// Its absolute path.
        path: String,
    },
    /// A disk that comes and goes, mounted by the system.
    Usb {
        /// The label of its file system.
        label: String,
    },
    /// Storage that speaks S3.
    S3 {
        /// Its address: `https://…`, or `http://…` on the office's own network.
        endpoint: String,
        /// Its region, as it is signed for.
        region: String,
        /// The bucket; it must exist.
        bucket: String,
        /// What every name in the bucket begins with; may be empty.
        prefix: String,
        /// Whether the bucket is part of the path instead of the host name.
        path_style: bool,
        /// The name of the key.
        access_key: String,
        /// The secret. Never shown; an empty one leaves the one that is known.
        #[serde(default)]
        secret_key: String,
    },
    /// A folder of another machine, over SSH.
    Sftp {
        /// Its name or address.
        host: String,
        /// Its port.
        port: u16,
        /// The account there.
        user: String,
        /// The folder there; it must exist.
        path: String,
        /// The fingerprint of its key (`SHA256:…`). Left empty, the first one that is seen is kept.
        #[serde(default)]
        host_key: String,
        /// The password. Never shown; an empty one leaves the one that is known.
        #[serde(default)]
        password: String,
    },
}

/// A destination.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BackupDestination {
    /// What it is known by: 1 to 40 small letters, digits and hyphens, chosen once.
    pub id: String,
    /// What people call it.
    pub name: String,
    /// Where it is.
    pub place: BackupPlace,
}

/// What those who run the office may set: `PUT /admin/vault`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BackupSettings {
    /// How often.
    pub every: BackupEvery,
    /// At which minute of the day, on the clock of the box; by the hour, its minutes count.
    pub at: MinuteOfDay,
    /// How many are kept at each destination.
    pub kept: BackupKept,
    /// Where they go, at most 8.
    pub destinations: Vec<BackupDestination>,
}

/// Why a backup was not made, or does not count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum BackupFault {
    /// The destination is not there: not plugged in, not mounted, or it went away.
    Gone,
    /// Something else is at that place than when backups were last written there.
    Changed,
    /// Backups of another office, or under another key, are there.
    NotOurs,
    /// It is full.
    Full,
    /// There is too little room on the box itself.
    NoRoom,
    /// It can't be written.
    ReadOnly,
    /// It can't be reached.
    Unreachable,
    /// It does not accept the key or password, or its own key is another one.
    Refused,
    /// What was read back is not what was written, or the database in it is damaged.
    Damaged,
    /// Somebody ended it.
    Cancelled,
    /// Hearth ended meanwhile.
    Interrupted,
    /// Something else; the log has more.
    Other,
}

/// What is being done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum BackupStep {
    /// The database is copied.
    #[default]
    Copying,
    /// Files, and then the database, are encrypted and written.
    Writing,
    /// It is read back and checked.
    Checking,
    /// What is too old is taken away.
    Tidying,
}

/// The backup in the making.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct BackupRunning {
    /// The id of the destination.
    pub destination: String,
    /// What is being done.
    pub step: BackupStep,
    /// Bytes done of this step.
    pub done: u64,
    /// Bytes of this step; 0 before it is known.
    pub total: u64,
}

/// How a backup went.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct BackupRun {
    /// When it began.
    pub at: Timestamp,
    /// The id of the destination.
    pub destination: String,
    /// Why it failed; nothing when it was made and verified.
    pub fault: Option<BackupFault>,
    /// More about that, for whoever looks for the cause.
    pub detail: String,
    /// Its name at the destination; empty when there is none.
    pub name: String,
    /// Bytes that were written.
    pub written_bytes: u64,
    /// How long it took.
    pub took_ms: u64,
    /// Shared files that are damaged on the box and so are not in it.
    pub broken_files: u64,
    /// How often the same happened in a row.
    pub times: u32,
}

/// How a destination is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct BackupStanding {
    /// Its id.
    pub id: String,
    /// When the latest backup that was read back and checked was made.
    pub verified_at: Option<Timestamp>,
    /// When every file there was last read back.
    pub all_read_at: Option<Timestamp>,
    /// Why the last attempt failed.
    pub fault: Option<BackupFault>,
    /// More about that.
    pub detail: String,
    /// When somebody last tried.
    pub tried_at: Option<Timestamp>,
    /// Backups there, as far as is known.
    pub count: u64,
    /// Their size there, as far as is known.
    pub size_bytes: u64,
    /// Whether a secret is known for it.
    pub has_secret: bool,
}

/// The key that backups are encrypted to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct BackupKeyState {
    /// Its public half: `age1…`.
    pub recipient: String,
    /// When an owner said that they saved it.
    pub saved_at: Option<Timestamp>,
    /// What other machines let this box in by: a line for their `authorized_keys`.
    pub ssh_key: String,
    /// Whether a passphrase opens it as well.
    pub has_passphrase: bool,
}

/// Everything about these backups: `GET /admin/vault`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct BackupVault {
    /// What is set, without its secrets.
    pub settings: BackupSettings,
    /// Each destination's standing, in the same order.
    pub standings: Vec<BackupStanding>,
    /// The one in the making.
    pub running: Option<BackupRunning>,
    /// The last ones, the latest first.
    pub history: Vec<BackupRun>,
    /// When the latest backup that was read back and checked was made.
    pub verified_at: Option<Timestamp>,
    /// When the next one is due.
    pub next_at: Option<Timestamp>,
    /// Whether the next one waits for the end of the machine's quiet hours.
    pub waits_for_quiet: bool,
    /// The key.
    pub key: BackupKeyState,
    /// The time zone of the box.
    pub zone: String,
}

/// The key itself: `POST /admin/vault/key`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct BackupKey {
    /// `AGE-SECRET-KEY-1…`: with it, anybody reads every backup; without it, nobody does.
    pub secret: String,
}

/// Proof that a key was saved: `PUT /admin/vault/key`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BackupKeySaved {
    /// Its last six characters.
    pub ending: String,
}

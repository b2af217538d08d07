//! Bodies of the pages of those who run the office. Nothing in them is a secret, but links that are
//! shown once.

use hearth_domain::audit::{Change, Hand, Subject};
use hearth_domain::denied::Code;
use hearth_domain::id::UserId;
use hearth_domain::model::Channel;
use hearth_domain::text::NewPassword;
use hearth_domain::time::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::problem::Sentence;

/// Which part of the audit log: `GET /admin/audit`, `GET /admin/audit.csv`.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct AuditQuery {
    /// Entries before this number.
    pub before: Option<u64>,
    /// Of one area: the part of an act's code before its dot.
    pub area: Option<String>,
    /// Done by this person.
    pub by: Option<UserId>,
    /// How many, 1 to 200; 50 if absent. The CSV has all of them.
    pub limit: Option<u32>,
}

/// One entry of the audit log.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AuditEntry {
    /// Its number; later ones have higher numbers.
    pub id: u64,
    /// When.
    pub at: Timestamp,
    /// Who.
    pub by: Hand,
    /// From where; empty at the box itself.
    pub address: String,
    /// What was done: `user.role`, `backup.made`, …
    pub act: String,
    /// About what.
    pub subject: Subject,
    /// What is otherwise now.
    pub changes: Vec<Change>,
}

/// A page of the audit log, the latest first: `GET /admin/audit`.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AuditPage {
    /// The entries.
    pub entries: Vec<AuditEntry>,
    /// Whether there are earlier ones.
    pub more: bool,
}

/// A backup that is complete.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Backup {
    /// Its file in the folder of backups.
    pub name: String,
    /// Its size.
    pub size_bytes: u64,
    /// When it was made.
    pub made_at: Timestamp,
}

/// How far a backup is.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct BackupProgress {
    /// Steps done.
    pub done: u64,
    /// Steps in all; 0 before it is known.
    pub total: u64,
}

/// The backups that were made from the page: `GET /admin/backups`, `POST /admin/backups`.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct BackupState {
    /// The one in the making.
    pub running: Option<BackupProgress>,
    /// Why the last one was not made: the code of a problem.
    pub failed: Option<Code>,
    /// The complete ones, the latest first.
    pub backups: Vec<Backup>,
    /// How many are kept; the oldest goes when there is one more.
    pub kept_max: usize,
    /// Where they lie on the box.
    pub folder: String,
}

/// How grave a finding is. Later ones are graver.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// All is well.
    Good,
    /// Hearth did something by itself; nobody needs to do anything.
    Note,
    /// It works, but not for long or not well.
    Warning,
    /// It does not work.
    Bad,
}

impl Severity {
    /// Each, from the least grave.
    pub const ALL: [Self; 4] = [Self::Good, Self::Note, Self::Warning, Self::Bad];

    /// As it is written in JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Note => "note",
            Self::Warning => "warning",
            Self::Bad => "bad",
        }
    }
}

/// One thing that was found out about what Hearth stands on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Finding {
    /// What it is about: `disk`, `database`, `clock`, … It never changes and is there once.
    pub code: String,
    /// How grave it is.
    pub severity: Severity,
    /// What was found.
    pub text: Sentence,
    /// What to do; nothing where nothing need be done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remedy: Option<Sentence>,
    /// Since when it is as grave as this; not known while Hearth does not run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<Timestamp>,
}

impl Finding {
    /// A finding that needs nothing to be done.
    #[must_use]
    pub fn new(code: &str, severity: Severity, text: Sentence) -> Self {
        Self { code: code.to_owned(), severity, text, remedy: None, since: None }
    }

    /// The same with what to do.
    #[must_use]
    pub fn with_remedy(self, remedy: Sentence) -> Self {
        Self { remedy: Some(remedy), ..self }
    }
}

/// How the office and its machine are: `GET /health`.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct HealthReport {
    /// The gravest of the findings.
    pub severity: Severity,
    /// All of them: what is checked, in a fixed order, then what parts of Hearth told by themselves.
    pub findings: Vec<Finding>,
    /// The program's version.
    pub version: String,
    /// How long it has run, in seconds.
    pub uptime_s: u64,
    /// Open sockets.
    pub sockets: u64,
    /// Writes that wait for the disk.
    pub queue_jobs: u64,
    /// Events in the log.
    pub log_head: u64,
}

/// What can be asked of updates.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum UpdateAct {
    /// Look whether there is a newer version.
    Check,
    /// Install it now.
    Apply,
    /// Install it in the coming night.
    ApplyTonight,
    /// Don't.
    NotTonight,
    /// Go back to the version before. What was written since may be lost.
    Rollback,
}

impl UpdateAct {
    /// As it is written in JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Check => "check",
            Self::Apply => "apply",
            Self::ApplyTonight => "apply_tonight",
            Self::NotTonight => "not_tonight",
            Self::Rollback => "rollback",
        }
    }
}

/// Asks for it: `POST /admin/update`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdateOrder {
    /// What.
    pub act: UpdateAct,
}

/// How an update ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum UpdateOutcome {
    /// The wanted version runs.
    Done,
    /// The wanted version did not work; the one before runs and nothing was lost.
    WentBack,
    /// Nothing was changed.
    GivenUp,
    /// Neither version starts.
    Failed,
}

/// The last update.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct UpdateEnd {
    /// The version before.
    pub from: String,
    /// The wanted version.
    pub to: String,
    /// How it ended.
    pub outcome: UpdateOutcome,
    /// Why not as wanted, in the words of the program that failed.
    pub problem: Option<String>,
    /// When.
    pub at: Timestamp,
}

/// The update under way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct UpdateRunning {
    /// The version before.
    pub from: String,
    /// The wanted version.
    pub to: String,
    /// The wanted one did not work, and the one before is put back.
    pub going_back: bool,
}

/// How it is with updates: `GET /admin/update`, `POST /admin/update`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct UpdateState {
    /// The version that runs.
    pub version: String,
    /// Whether anything on this box can install updates.
    pub possible: bool,
    /// A newer version in the repository.
    pub candidate: Option<String>,
    /// The version before, to which one can go back.
    pub previous: Option<String>,
    /// When the repository was last asked.
    pub checked_at: Option<Timestamp>,
    /// Why it could not be asked.
    pub problem: Option<String>,
    /// Something was asked for and not begun yet.
    pub asked: bool,
    /// The newer version is installed in the coming quiet hours.
    pub tonight: bool,
    /// Newer versions are installed in the quiet hours without being asked for.
    pub automatic: bool,
    /// The hour at which the quiet hours begin, on the clock of the box.
    pub quiet_from: u8,
    /// The hour at which they end.
    pub quiet_to: u8,
    /// The one under way.
    pub running: Option<UpdateRunning>,
    /// The last one.
    pub last: Option<UpdateEnd>,
}

/// How large things are: `GET /admin/storage`.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct StorageReport {
    /// The database with what waits to be written into it.
    pub database_bytes: u64,
    /// All files that were shared, each once.
    pub files_bytes: u64,
    /// Files that go by themselves: nothing refers to them any more, or they never came whole.
    pub leaving_bytes: u64,
    /// The search index, which can be made anew.
    pub search_bytes: u64,
    /// All backups made from the page.
    pub backup_bytes: u64,
    /// Free on the disk of the data folder.
    pub disk_free_bytes: u64,
    /// The whole disk.
    pub disk_bytes: u64,
    /// Where the data folder is on the box.
    pub folder: String,
    /// The size at the end of each day that is known, the latest last, at most 90.
    pub days: Vec<DaySize>,
    /// What takes room in the database, the largest first, the smallest together as `other`; empty
    /// where measuring it would take too long.
    pub parts: Vec<PartSize>,
}

/// How large the office was on a day.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DaySize {
    /// The start of the day, in UTC.
    pub day: Timestamp,
    /// The database.
    pub database_bytes: u64,
    /// All files that were shared.
    pub files_bytes: u64,
    /// Messages ever written.
    pub messages: u64,
}

/// How much room a part of the database takes.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PartSize {
    /// The table.
    pub name: String,
    /// With its indexes.
    pub size_bytes: u64,
}

/// When somebody was last here: `GET /admin/people`.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PersonSeen {
    /// Who.
    pub user: UserId,
    /// When, to the minute.
    pub seen_at: Timestamp,
    /// Devices on which they are signed in.
    pub devices: u32,
}

/// A link by which somebody chooses a new password: `POST /users/{user}/reset`. It is shown this once.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct ResetLink {
    /// The link to hand over.
    pub url: String,
    /// The same as a QR code, an SVG document.
    pub qr_svg: String,
    /// Until when it works.
    pub expires_at: Timestamp,
}

/// Who a link is for: `GET /resets/{token}`.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ResetPreview {
    /// The office's name.
    pub office: String,
    /// The person's name.
    pub name: String,
    /// Their handle.
    pub handle: String,
}

/// Chooses the new password and signs in: `POST /resets/{token}`.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewOwnPassword {
    /// 8 characters or more.
    pub password: NewPassword,
}

/// A channel as those who run the office see it: never its content, and of a private one that they
/// are not in, never its topic: `GET /admin/channels`.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ChannelOverview {
    /// The channel.
    pub channel: Channel,
    /// Who runs it.
    pub managers: Vec<UserId>,
    /// How many are in it.
    pub member_count: u32,
    /// Messages in it, without answers in threads.
    pub message_count: u64,
    /// When the last of them was written.
    pub last_at: Option<Timestamp>,
    /// Whether the one who looks is in it.
    pub joined: bool,
    /// Whether it is private and nobody who runs it can sign in.
    pub orphaned: bool,
    /// Who of its people could run it; only of one that nobody runs, and for owners only.
    pub heirs: Vec<UserId>,
}

/// Names who runs a private channel that nobody runs: `PUT /admin/channels/{channel}/manager`.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewManager {
    /// One of its people.
    pub user: UserId,
}

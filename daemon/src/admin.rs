//! The operator's way in: a Unix socket in the data folder that only its owner and root may use.
//!
//! Whoever can read the data folder owns the office anyway, so this needs no password, and it is how
//! an owner who lost theirs gets back in. One connection carries one command: a line of JSON there,
//! lines of JSON back ([`Line`]), the last of which is the answer or a problem. At most eight
//! commands run at a time; a command is at most 64 KiB and must arrive within ten seconds.

mod client;
mod operator;
mod socket;

use std::future::Future;
use std::path::PathBuf;

use hearth_domain::file::BlobHash;
use hearth_domain::model::{Role, User};
use hearth_domain::text::{Handle, Name};
use hearth_wire::admin::{UpdateAct, UpdateState};
use hearth_wire::hardware::{HardwareAct, HardwareProfile, HardwareReport};
use hearth_wire::problem::Problem;
use hearth_wire::vault::BackupVault;
use serde::{Deserialize, Serialize};

pub use client::{Call, CallError, call};
pub use operator::Operator;
pub use socket::{ListenError, listen, serve};

use crate::checks::Live;
use crate::http::problem::ApiError;
use crate::setup::Welcome;

/// What an operator can ask for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "command", rename_all = "snake_case", deny_unknown_fields)]
pub enum Command {
    /// How the running process is: [`Answer::Status`].
    Status {},
    /// Everybody with an account: [`Answer::Users`].
    UserList {},
    /// Adds somebody, with a new password: [`Answer::Password`].
    UserAdd {
        /// What follows an @.
        handle: Handle,
        /// What is shown.
        name: Name,
        /// What they may do.
        role: Role,
    },
    /// Gives somebody a new password and signs them out everywhere: [`Answer::Password`].
    UserReset {
        /// Who.
        handle: Handle,
    },
    /// Switches an account off, and its sessions and sockets with it: [`Answer::Done`].
    UserDisable {
        /// Who.
        handle: Handle,
    },
    /// Switches an account on again: [`Answer::Done`].
    UserEnable {
        /// Who.
        handle: Handle,
    },
    /// Makes an invitation link: [`Answer::Link`].
    Invite {
        /// What the invited become.
        role: Role,
        /// How many people may use it.
        uses_max: u32,
        /// How long it works, in seconds.
        expires_in_s: u64,
    },
    /// Writes a consistent copy of everything, with progress: [`Answer::BackedUp`].
    Backup {
        /// An absolute path that does not exist yet.
        file: PathBuf,
    },
    /// Makes a backup at every destination, with progress: [`Answer::Vault`].
    BackUpNow {},
    /// Reads the latest backup of every destination back, with progress: [`Answer::Vault`].
    VerifyBackups {},
    /// The key of the backups: [`Answer::BackupKey`].
    BackupKey {},
    /// What only the running process knows about its health: [`Answer::Doctor`].
    Doctor {},
    /// How the machine is: [`Answer::Machine`].
    Machine {},
    /// Chooses how much noise is welcome: [`Answer::Done`].
    MachineProfile {
        /// The profile.
        profile: HardwareProfile,
    },
    /// Has the machine's fan measured or tested, or ends that: [`Answer::Done`].
    MachineAct {
        /// What.
        act: HardwareAct,
    },
    /// Asks for a look, an update or the way back, or only how it is: [`Answer::Update`].
    Update {
        /// What; nothing changes nothing.
        act: Option<UpdateAct>,
    },
    /// Ends safe mode, so that everything runs again: [`Answer::Done`].
    SafeModeLeave {},
    /// Hashes every file and mends or puts aside what is damaged: [`Answer::FilesChecked`].
    FilesCheck {},
    /// A new code for the first owner: [`Answer::Welcome`].
    SetupLink {},
    /// Fills the office with made-up people and talk, with progress: [`Answer::Done`].
    Sample {
        /// How many messages.
        messages: u32,
    },
    /// How far the search index is: [`Answer::Search`].
    SearchStatus {},
    /// Throws the search index away and builds it anew: [`Answer::Done`].
    SearchRebuild {},
    /// Everything as lines of JSON, as [`Line::Record`]s, then [`Answer::Exported`].
    Export {
        /// An absolute path for the content of files; without one only messages are exported.
        #[serde(default)]
        files: Option<PathBuf>,
    },
}

/// What a command gives.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "answer", rename_all = "snake_case")]
pub enum Answer {
    /// It was done.
    Done {},
    /// How the process is.
    Status {
        /// Its process number.
        pid: u32,
        /// Its version.
        version: String,
        /// Whether it takes work.
        ready: bool,
        /// Where to open it on this machine.
        url: String,
        /// Whether the first owner is still to come.
        setup_needed: bool,
        /// The six words of the box's key, with their numbers; nothing without TLS.
        #[serde(default)]
        words: Option<String>,
        /// SHA-256 of the certificate with that key; nothing without TLS.
        #[serde(default)]
        certificate: Option<String>,
    },
    /// Everybody with an account.
    Users {
        /// In order of handle.
        users: Vec<User>,
    },
    /// A new password, shown this once.
    Password {
        /// Whose.
        handle: Handle,
        /// The password.
        password: String,
    },
    /// How far the search index is.
    Search {
        /// Places of the log that it holds.
        upto: u64,
        /// Places of the log.
        head: u64,
    },
    /// How it is with updates.
    Update {
        /// All of it.
        state: Box<UpdateState>,
    },
    /// Every file was hashed.
    FilesChecked {
        /// Contents that were looked at.
        files: u64,
        /// Contents that were put back from a backup.
        mended: u64,
        /// Contents that are damaged or missing.
        lost: u64,
    },
    /// A link to hand over, shown this once.
    Link {
        /// The link.
        url: String,
    },
    /// How the first owner gets in, shown this once.
    Welcome(Welcome),
    /// A backup was written and verified.
    BackedUp {
        /// Where.
        file: PathBuf,
        /// How large the database in it is.
        size_bytes: u64,
        /// The files beside it.
        files: FilesCopied,
    },
    /// How the backups are.
    Vault {
        /// All of it.
        vault: Box<BackupVault>,
    },
    /// The key of the backups.
    BackupKey {
        /// `AGE-SECRET-KEY-1…`.
        secret: String,
    },
    /// Everything was exported.
    Exported {
        /// The files, if they were asked for.
        files: Option<FilesCopied>,
    },
    /// How the machine is.
    Machine {
        /// All of it.
        report: Box<HardwareReport>,
    },
    /// What the process knows about its health.
    Doctor {
        /// All of it.
        live: Box<Live>,
    },
}

/// Files that were copied with something.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FilesCopied {
    /// The folder they are in.
    pub folder: PathBuf,
    /// How many different contents.
    pub files: u64,
    /// Their size.
    pub size_bytes: u64,
    /// Contents that are missing or damaged, by their digests.
    pub broken: Vec<BlobHash>,
}

/// One line of a reply.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Line {
    /// How far long work is.
    Progress {
        /// Steps done.
        done: u64,
        /// Steps in all.
        total: u64,
    },
    /// One record of many.
    Record(serde_json::Value),
    /// The last line: it was done.
    Ok(Answer),
    /// The last line: it was not.
    Problem(Problem),
}

/// Performs commands. The program wires it to its actions.
pub trait AdminActions: Send + Sync + 'static {
    /// Performs one command. It is cancelled (dropped) when the operator hangs up.
    fn perform(
        &self,
        command: Command,
        report: Report,
    ) -> impl Future<Output = Result<Answer, ApiError>> + Send;
}

/// Lines that may wait for a slow operator; then the work waits.
const REPORT_LINES_MAX: usize = 64;

/// Where long work reports its progress and its records.
#[derive(Clone, Debug)]
pub struct Report(tokio::sync::mpsc::Sender<Line>);

impl Report {
    /// Says how far the work is. Progress that nobody reads in time is skipped.
    pub fn progress(&self, done: u64, total: u64) {
        // A full or closed queue only means that nobody watches.
        drop(self.0.try_send(Line::Progress { done, total }));
    }

    /// Sends one record, and waits for its turn.
    ///
    /// # Errors
    ///
    /// When the operator has hung up.
    pub async fn record(&self, record: serde_json::Value) -> Result<(), ApiError> {
        let sent = self.0.send(Line::Record(record)).await;
        sent.map_err(|_| ApiError::bad_request("the operator hung up"))
    }
}

#[cfg(test)]
mod tests;

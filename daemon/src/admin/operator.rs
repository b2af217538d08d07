//! What the operator's commands do. They come through the data folder, so they may do what an owner
//! may; the office still keeps its last owner.

use std::path::PathBuf;
use std::sync::Arc;

use hearth_domain::audit::{Act, Deed, Subject};
use hearth_domain::denied::{Code, Denied};
use hearth_domain::id::{Seq, UserId};
use hearth_domain::model::{AccountState, Role};
use hearth_domain::text::{Handle, NewPassword};
use hearth_store::ReadTx;
use hearth_store::backup::{self, BackupError};
use hearth_store::chat::people;
use hearth_store::file::copy::{self, Copied};
use hearth_wire::hardware::HardwareChange;
use hearth_wire::rest::{NewInvite, UserChange};

use super::{AdminActions, Answer, Command, FilesCopied, Report};
use crate::actions::account::Changing;
use crate::actions::audit::{self, Doer, by_operator};
use crate::actions::backup::Written;
use crate::actions::{
    self, ActionError, ActionResult, account, hardware, invite, office, setup, update,
};
use crate::app::App;
use crate::healing::scrub::{self, Looked};
use crate::http::problem::{ApiError, ApiResult};
use crate::ids::{base64url, random};
use crate::setup::Identity;
use crate::vault::keeper::Wanted;

/// Random bytes of a password that Hearth makes: 96 bits, 16 characters.
const PASSWORD_BYTES: usize = 12;
/// How often an operator who waits for a backup hears of it.
const PROGRESS_EVERY: std::time::Duration = std::time::Duration::from_millis(250);
/// Log entries exported in one read.
const EXPORT_PAGE: usize = 1_000;

/// Carries commands out.
pub struct Operator {
    app: Arc<App>,
}

impl AdminActions for Operator {
    async fn perform(&self, command: Command, report: Report) -> Result<Answer, ApiError> {
        match command {
            Command::Status {} => self.status().await,
            Command::UserList {} => self.users().await,
            Command::UserAdd { handle, name, role } => {
                let password = new_password();
                let names = (name.as_str(), handle.as_str());
                account::add_user(&self.app, names, parsed(&password)?, role).await?;
                Ok(Answer::Password { handle, password })
            }
            Command::UserReset { handle } => {
                let user = self.find(&handle).await?;
                let password = new_password();
                let how = Changing::Reset(by_operator());
                account::set_password(&self.app, user, parsed(&password)?, how).await?;
                Ok(Answer::Password { handle, password })
            }
            Command::UserDisable { handle } => self.switch(&handle, AccountState::Disabled).await,
            Command::UserEnable { handle } => self.switch(&handle, AccountState::Active).await,
            Command::Invite { role, uses_max, expires_in_s } => {
                let new = NewInvite { role, uses_max, expires_in_s, channels: Vec::new() };
                let doer = Doer::operator(self.owner().await?);
                let link = invite::create(&self.app, &doer, new, self.url()).await?;
                Ok(Answer::Link { url: link.url })
            }
            Command::Backup { file } => self.backup(file, report).await,
            Command::BackUpNow {} => self.vault(Wanted::Backup, report).await,
            Command::VerifyBackups {} => self.vault(Wanted::Verify, report).await,
            Command::BackupKey {} => self.backup_key().await,
            Command::SetupLink {} => {
                let welcome = setup::link(&self.app, self.url()).await?;
                let welcome = welcome.ok_or(Code::AlreadySetUp)?;
                self.note(Act::SetupLink, "").await?;
                Ok(Answer::Welcome(welcome))
            }
            Command::Sample { messages } => {
                let messages = usize::try_from(messages).unwrap_or(usize::MAX);
                let told = |done, total| report.progress(done, total);
                actions::sample::fill(&self.app, messages, told).await?;
                Ok(Answer::Done {})
            }
            Command::Export { files } => self.export(files, report).await,
            other => self.look_after(other).await,
        }
    }
}

fn not_copied(error: BackupError) -> ApiError {
    ApiError::new(Code::Unavailable).with_detail(error.to_string()).because(error)
}

fn copied(folder: PathBuf, files: Copied) -> FilesCopied {
    let Copied { blobs, size_bytes, broken } = files;
    FilesCopied { folder, files: blobs, size_bytes, broken }
}

fn new_password() -> String {
    base64url(&random::<PASSWORD_BYTES>())
}

fn parsed(password: &str) -> ApiResult<NewPassword> {
    NewPassword::parse(password.to_owned()).map_err(ApiError::internal)
}

impl Operator {
    /// An operator for the running process.
    #[must_use]
    pub const fn new(app: Arc<App>) -> Self {
        Self { app }
    }

    fn url(&self) -> &str {
        self.app.premises.url()
    }

    /// What is about the box and not about its people.
    async fn look_after(&self, command: Command) -> ApiResult<Answer> {
        match command {
            Command::Doctor {} => self.doctor().await,
            Command::Machine {} => {
                let report = Box::new(self.app.hardware.report(&self.app.clock));
                Ok(Answer::Machine { report })
            }
            Command::MachineProfile { profile } => {
                let doer = Doer::operator(self.owner().await?);
                let change = HardwareChange { profile: Some(profile), ..HardwareChange::default() };
                hardware::configure(&self.app, &doer, change).await?;
                Ok(Answer::Done {})
            }
            Command::MachineAct { act } => {
                let doer = Doer::operator(self.owner().await?);
                hardware::act(&self.app, &doer, act).await?;
                Ok(Answer::Done {})
            }
            Command::Update { act: None } => {
                let state = Box::new(update::present(&self.app).await?);
                Ok(Answer::Update { state })
            }
            Command::Update { act: Some(act) } => {
                let doer = Doer::operator(self.owner().await?);
                let state = Box::new(update::order(&self.app, &doer, act).await?);
                Ok(Answer::Update { state })
            }
            Command::SafeModeLeave {} => {
                self.app.safe_mode.leave();
                Ok(Answer::Done {})
            }
            Command::FilesCheck {} => {
                let Looked { blobs: files, mended, lost } = scrub::look_at_all(&self.app).await?;
                Ok(Answer::FilesChecked { files, mended, lost })
            }
            Command::SearchStatus {} => {
                let progress = self.app.search.progress();
                Ok(Answer::Search { upto: progress.upto.0, head: progress.head.0 })
            }
            Command::SearchRebuild {} => {
                self.app.search.rebuild();
                Ok(Answer::Done {})
            }
            _ => Err(ApiError::bad_request("no such command")),
        }
    }

    async fn status(&self) -> ApiResult<Answer> {
        let info = actions::read::office_info(&self.app).await?;
        let identity = self.app.premises.identity();
        Ok(Answer::Status {
            pid: std::process::id(),
            version: info.version,
            ready: self.app.premises.ready.is_ready(),
            url: self.url().to_owned(),
            setup_needed: info.setup_needed,
            words: identity.as_ref().map(Identity::spoken),
            certificate: identity.as_ref().map(Identity::certificate),
        })
    }

    async fn users(&self) -> ApiResult<Answer> {
        let users = self.look(|tx| Ok(people::users(tx)?)).await;
        let mut users = users?;
        users.sort_by(|a, b| a.handle.cmp(&b.handle));
        Ok(Answer::Users { users })
    }

    async fn find(&self, handle: &Handle) -> ActionResult<UserId> {
        let handle = handle.clone();
        let found = self.look(move |tx| Ok(people::user_by_handle(tx, &handle)?)).await?;
        found.map(|user| user.id).ok_or(Denied::NotFound.into())
    }

    /// The owner in whose name an invitation is made.
    async fn owner(&self) -> ActionResult<UserId> {
        let users = self.look(|tx| Ok(people::users(tx)?)).await?;
        let owner = users
            .iter()
            .find(|user| user.role == Role::Owner && user.state == AccountState::Active);
        owner.map(|user| user.id).ok_or(ActionError::Refused(Code::SetupNeeded))
    }

    async fn look<T, W>(&self, work: W) -> ActionResult<T>
    where
        W: FnOnce(&ReadTx<'_>) -> ActionResult<T> + Send + 'static,
        T: Send + 'static,
    {
        Ok(self.app.store.read(work).await?)
    }

    /// Notes what the operator did with the office itself.
    async fn note(&self, act: Act, name: &str) -> ActionResult<()> {
        let subject =
            if name.is_empty() { Subject::default() } else { Subject::new("file", "", name) };
        audit::note(&self.app, by_operator(), Deed::new(act, subject)).await
    }

    async fn switch(&self, handle: &Handle, state: AccountState) -> ApiResult<Answer> {
        let owner = self.owner().await?;
        let user = self.find(handle).await?;
        let change = UserChange { role: None, state: Some(state) };
        office::change_account(&self.app, &Doer::operator(owner), user, change).await?;
        Ok(Answer::Done {})
    }

    async fn backup(&self, file: PathBuf, report: Report) -> ApiResult<Answer> {
        let told = move |done, total| report.progress(done, total);
        let written = actions::backup::write(&self.app, file.clone(), told).await;
        let Written { database_bytes: size_bytes, files } = written.map_err(not_copied)?;
        let files = copied(copy::beside_backup(&file), files);
        self.note(Act::BackupMade, &file.display().to_string()).await?;
        Ok(Answer::BackedUp { file, size_bytes, files })
    }

    async fn backup_key(&self) -> ApiResult<Answer> {
        self.note(Act::BackupKeyShown, "").await?;
        let secret = self.app.premises.vault.key().secret().to_owned();
        Ok(Answer::BackupKey { secret })
    }

    /// Asks for something of the backups, and waits until it is done. It goes on when the operator
    /// hangs up.
    async fn vault(&self, wanted: fn(Vec<String>) -> Wanted, report: Report) -> ApiResult<Answer> {
        let keeper = &self.app.premises.vault;
        let ids: Vec<String> =
            keeper.settings().destinations.into_iter().map(|destination| destination.id).collect();
        if ids.is_empty() {
            return Err(ApiError::bad_request("no destination is set: see the page Backup"));
        }
        let mut rounds = keeper.rounds();
        let mut asked = false;
        while !asked || keeper.is_busy() {
            if !keeper.is_busy() {
                rounds.mark_unchanged();
                keeper.ask(wanted(ids.clone()));
                asked = true;
            }
            tokio::select! {
                // The keeper lives as long as the process.
                _ = rounds.changed() => {}
                () = tokio::time::sleep(PROGRESS_EVERY) => {}
            }
            let running = keeper.view(self.app.clock.now()).running;
            let (done, total) = running.map_or((0, 0), |running| (running.done, running.total));
            report.progress(done, total);
        }
        Ok(Answer::Vault { vault: Box::new(keeper.view(self.app.clock.now())) })
    }

    async fn doctor(&self) -> ApiResult<Answer> {
        Ok(Answer::Doctor { live: Box::new(actions::health::live(&self.app).await) })
    }

    /// Every entry of the log in order, as it is stored. Secrets are not in the log.
    async fn export(&self, files: Option<PathBuf>, report: Report) -> ApiResult<Answer> {
        self.note(Act::OfficeExported, "").await?;
        let mut cursor = Seq::default();
        loop {
            let page = move |tx: &ReadTx<'_>| Ok(backup::export_after(tx, cursor, EXPORT_PAGE)?);
            let (lines, upto) = self.look(page).await?;
            for line in &lines {
                let record = serde_json::from_str(line).map_err(ApiError::internal)?;
                report.record(record).await?;
            }
            report.progress(upto.0, self.app.store.head().0);
            if upto == cursor {
                break;
            }
            cursor = upto;
        }
        let Some(folder) = files else { return Ok(Answer::Exported { files: None }) };
        let told = move |done, total| report.progress(done, total);
        let written = self.app.store.copy_blobs_to(None, folder.clone(), told).await;
        let files = Some(copied(folder, written.map_err(not_copied)?));
        Ok(Answer::Exported { files })
    }
}

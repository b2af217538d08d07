//! Backups from the page: made while people chat, a bounded number kept, taken away by owners only.
//!
//! One is made at a time, in `<data>/backups`, named by its day and second in UTC: a database, and beside
//! it the folder of the files it names, as `hearth backup` writes them. It is made in a folder of its own
//! and gets its name once it is complete and verified; what an earlier process left there is removed
//! before. The oldest go when there are more than [`KEPT_MAX`]. A backup never takes the room that the
//! office needs to go on writing. What is taken away is one archive with both.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use hearth_domain::audit::{Act, Deed, Subject};
use hearth_domain::denied::{Code, Denied};
use hearth_domain::id::UserId;
use hearth_domain::permit::{self, Ask, OfficeAct, permit};
use hearth_domain::time::Timestamp;
use hearth_store::backup::BackupError;
use hearth_store::file::copy;
use hearth_store::storage;
use hearth_wire::admin::{Backup, BackupProgress, BackupState};
use tokio::fs;

use super::audit::{Doer, note};
use super::backup::{self, Written};
use super::{ActionError, ActionResult, look};
use crate::app::App;
use crate::calendar;
use crate::journal;
use crate::premises::Making;
use crate::tar::Member;

/// Backups kept; the oldest goes when another one is complete.
pub const KEPT_MAX: usize = 7;
/// Room that is left to the office, in bytes: 500 MB.
const SPARE_BYTES_MIN: u64 = 500_000_000;
/// What every name begins and ends with.
const NAME: (&str, &str) = ("hearth-", ".db");
/// The folder in which one is made.
const MAKING: &str = "making";

/// What there is, the latest first, and how far the one in the making is.
///
/// # Errors
/// By permission, or when the folder can't be read.
pub async fn state(app: &App, user: UserId) -> ActionResult<BackupState> {
    look(app, user, |_, actor| Ok(permit::manage(actor).map(drop)?)).await?;
    present(app).await
}

async fn present(app: &App) -> ActionResult<BackupState> {
    // In this order: with none in the making, what is listed is what the last one left.
    let standing = app.premises.backups.standing();
    let backups = listed(&app.premises.backups.folder).await?;
    Ok(BackupState {
        running: standing.running.map(|(done, total)| BackupProgress { done, total }),
        failed: standing.failed,
        backups,
        kept_max: KEPT_MAX,
        folder: app.premises.backups.folder.display().to_string(),
    })
}

/// Starts a backup, or says how far the one in the making is.
///
/// # Errors
/// By permission, or when there is too little room.
pub async fn start(app: &Arc<App>, doer: &Doer) -> ActionResult<BackupState> {
    look(app, doer.user, |_, actor| Ok(permit::manage(actor).map(drop)?)).await?;
    let (free, _) = app.premises.disk().map_err(|error| unreadable(&error))?;
    let files = look(app, doer.user, |tx, _| Ok(storage::kept_files_bytes(tx)?)).await?;
    let needed = app.premises.database_bytes().saturating_add(files);
    if free < needed.saturating_add(SPARE_BYTES_MIN) {
        return Err(ActionError::Refused(Code::NoRoomForBackup));
    }
    if let Some(making) = app.premises.backups.begin() {
        let (app, doer) = (Arc::clone(app), doer.clone());
        let tasks = app.tasks.clone();
        tasks.spawn("backup", async move { make(&app, &doer, making).await });
    }
    present(app).await
}

async fn make(app: &App, doer: &Doer, making: Making) {
    let made = write(app, &making).await;
    let outcome = match made {
        Ok((name, written)) => finish(app, doer, &name, &written).await,
        Err(error) => {
            let cause = std::error::Error::source(&error).map(ToString::to_string);
            tracing::warn!(message_id = journal::BACKUP_FAILED, %error, cause, "a backup was not made");
            Err(if error.is_disk_full() { Code::DiskFull } else { Code::Unavailable })
        }
    };
    making.ended(outcome.err());
}

async fn write(app: &App, making: &Making) -> Result<(String, Written), BackupError> {
    let folder = &app.premises.backups.folder;
    let workshop = folder.join(MAKING);
    let failed = |source| BackupError::File { doing: "preparing", path: folder.clone(), source };
    remove_folder(&workshop).await.map_err(failed)?;
    let mut maker = fs::DirBuilder::new();
    maker.recursive(true).mode(0o700).create(&workshop).await.map_err(failed)?;
    let name = name_at(app.clock.now());
    let target = workshop.join(&name);
    let watch = making.watch();
    let told = move |done, total| watch.progress(done, total);
    let written = backup::write(app, target.clone(), told).await;
    let named = match &written {
        Ok(_) => give_name(&target, &folder.join(&name)).await.map_err(failed),
        Err(_) => Ok(()),
    };
    remove_folder(&workshop).await.map_err(failed)?;
    named?;
    Ok((name, written?))
}

/// The files first: a database that has its name is complete.
async fn give_name(made: &Path, named: &Path) -> std::io::Result<()> {
    match fs::rename(copy::beside_backup(made), copy::beside_backup(named)).await {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    fs::rename(made, named).await?;
    let Some(folder) = named.parent() else { return Ok(()) };
    fs::File::open(folder).await?.sync_all().await
}

/// Notes the backup, and lets the oldest go.
async fn finish(app: &App, doer: &Doer, name: &str, written: &Written) -> Result<(), Code> {
    let subject = Subject::new("backup", name, name);
    let bytes = written.database_bytes + written.files.size_bytes;
    let deed = Deed::new(Act::BackupMade, subject).fact("size", bytes).change(
        "broken",
        0,
        written.files.broken.len(),
    );
    let folder = &app.premises.backups.folder;
    let tidied = async {
        note(app, doer.by.clone(), deed).await?;
        for old in listed(folder).await?.into_iter().skip(KEPT_MAX) {
            remove(&folder.join(old.name)).await.map_err(|error| unreadable(&error))?;
        }
        ActionResult::Ok(())
    };
    tidied.await.map_err(|error| {
        tracing::warn!(%error, "a backup was made, but not everything after it was done");
        Code::Unavailable
    })
}

/// Removes a backup: the database first, so that what is left by a power loss is no backup.
async fn remove(backup: &Path) -> std::io::Result<()> {
    fs::remove_file(backup).await?;
    remove_folder(&copy::beside_backup(backup)).await
}

async fn remove_folder(folder: &Path) -> std::io::Result<()> {
    match fs::remove_dir_all(folder).await {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// The complete backups of a folder, the latest first; none if there is no folder yet.
async fn listed(folder: &Path) -> ActionResult<Vec<Backup>> {
    let mut found = Vec::new();
    let mut entries = match fs::read_dir(folder).await {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(found),
        opened => opened.map_err(|error| unreadable(&error))?,
    };
    while let Some(entry) = entries.next_entry().await.map_err(|error| unreadable(&error))? {
        let name = entry.file_name().to_string_lossy().into_owned();
        let Some(made_at) = time_of(&name) else { continue };
        // It may have been deleted since the folder was read.
        let Ok(file) = entry.metadata().await else { continue };
        let beside = members(&copy::beside_backup(&entry.path()), "").await;
        let files: u64 = beside.iter().map(|member| member.size_bytes).sum();
        found.push(Backup { name, size_bytes: file.len() + files, made_at });
    }
    found.sort_unstable_by(|a, b| b.name.cmp(&a.name));
    Ok(found)
}

fn unreadable(error: &std::io::Error) -> ActionError {
    tracing::warn!(%error, "the folder of backups can't be used");
    ActionError::Unavailable
}

/// When the last one was made.
pub async fn last_made_at(folder: &Path) -> Option<Timestamp> {
    let listed = listed(folder).await.ok()?;
    listed.first().map(|backup| backup.made_at)
}

/// `hearth-20261124-150405.db`.
fn name_at(at: Timestamp) -> String {
    let digits: String = calendar::utc(at).chars().filter(char::is_ascii_digit).collect();
    let (day, time) = digits.split_at(8.min(digits.len()));
    format!("{}{day}-{time}{}", NAME.0, NAME.1)
}

/// The time in a name; nothing for any other name, so that no path leads out of the folder.
fn time_of(name: &str) -> Option<Timestamp> {
    let middle = name.strip_prefix(NAME.0)?.strip_suffix(NAME.1)?;
    let (day, time) = middle.split_once('-')?;
    let is_number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if day.len() != 8 || time.len() != 6 || !is_number(day) || !is_number(time) {
        return None;
    }
    let number = |text: &str| text.parse::<u64>().ok();
    let (hour, minute, second) = (number(&time[..2])?, number(&time[2..4])?, number(&time[4..])?);
    calendar::timestamp(calendar::Moment {
        year: number(&day[..4])?,
        month: number(&day[4..6])?,
        day: number(&day[6..])?,
        second: hour * 3_600 + minute * 60 + second,
    })
}

/// A backup to be taken away.
#[derive(Debug)]
pub struct Taken {
    /// What is in the archive, the database first.
    pub members: Vec<Member>,
    /// What the archive is called.
    pub name: String,
}

/// Lists what an owner takes away.
///
/// # Errors
/// By permission, or when there is no such backup.
pub async fn take(app: &App, doer: &Doer, name: &str) -> ActionResult<Taken> {
    let path = place(app, doer.user, name).await?;
    let size_bytes = fs::metadata(&path).await.map_err(|error| missing(&error))?.len();
    let beside = copy::beside_backup(&path);
    let mut all = vec![Member { name: name.to_owned(), path, size_bytes }];
    all.extend(members(&beside, &format!("{name}.files/")).await);
    let deed = Deed::new(Act::BackupDownloaded, Subject::new("backup", name, name));
    note(app, doer.by.clone(), deed).await?;
    let archive = name.strip_suffix(NAME.1).unwrap_or(name);
    Ok(Taken { members: all, name: format!("{archive}.tar") })
}

/// The files beside a backup: `<two digits>/<the rest>`. One that goes meanwhile is left out.
async fn members(folder: &Path, prefix: &str) -> Vec<Member> {
    let mut found = Vec::new();
    let Ok(mut shelves) = fs::read_dir(folder).await else { return found };
    while let Ok(Some(shelf)) = shelves.next_entry().await {
        let shelf_name = shelf.file_name().to_string_lossy().into_owned();
        let Ok(mut entries) = fs::read_dir(shelf.path()).await else { continue };
        while let Ok(Some(entry)) = entries.next_entry().await {
            let Ok(file) = entry.metadata().await else { continue };
            let name = format!("{prefix}{shelf_name}/{}", entry.file_name().to_string_lossy());
            found.push(Member { name, path: entry.path(), size_bytes: file.len() });
        }
    }
    found.sort_unstable_by(|a, b| a.name.cmp(&b.name));
    found
}

/// Deletes a backup.
///
/// # Errors
/// By permission, or when there is no such backup.
pub async fn delete(app: &App, doer: &Doer, name: &str) -> ActionResult<()> {
    let path = place(app, doer.user, name).await?;
    fs::metadata(&path).await.map_err(|error| missing(&error))?;
    // Noted first: a deed that can't be noted is not done.
    let deed = Deed::new(Act::BackupDeleted, Subject::new("backup", name, name));
    note(app, doer.by.clone(), deed).await?;
    remove(&path).await.map_err(|error| missing(&error))
}

async fn place(app: &App, user: UserId, name: &str) -> ActionResult<PathBuf> {
    look(app, user, |_, actor| Ok(permit(actor, Ask::Office(OfficeAct::TakeBackup)).map(drop)?))
        .await?;
    time_of(name).ok_or(Denied::NotFound)?;
    Ok(app.premises.backups.folder.join(name))
}

fn missing(error: &std::io::Error) -> ActionError {
    if error.kind() == std::io::ErrorKind::NotFound {
        return Denied::NotFound.into();
    }
    unreadable(error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_says_when_and_nothing_else_is_a_name() {
        let at = Timestamp::from_ms(1_795_523_045_000);
        assert_eq!(name_at(at), "hearth-20261124-122405.db");
        assert_eq!(time_of(&name_at(at)), Some(at));
        for other in [
            "",
            "hearth.db",
            "hearth-20261124-122405.db.partial",
            "../hearth-20261124-122405.db",
            "hearth-20261124-122405/../x.db",
            "hearth-2026112a-122405.db",
            "hearth-20261124-12240５.db",
            "hearth-00000000-000000.db",
        ] {
            assert_eq!(time_of(other), None, "{other}");
        }
    }
}

//! Backups that the box makes by itself: what is set, asked for, ended and shown.
//!
//! Admins see how they are and may ask for one. Where they go and the key decide who can read all that
//! anybody ever wrote, so those are the owners'.

pub mod rounds;

use std::sync::Arc;

use hearth_domain::audit::{Act, Deed, Subject};
use hearth_domain::denied::Denied;
use hearth_domain::id::UserId;
use hearth_domain::permit::{self, Ask, OfficeAct, permit};
use hearth_wire::vault::{
    BackupDestination, BackupKey, BackupKeySaved, BackupPlace, BackupSettings, BackupVault,
};

use super::audit::{Doer, note, word};
use super::{ActionError, ActionResult, look};
use crate::app::App;
use crate::vault::keeper::{ConfigureError, Wanted};

async fn manages(app: &App, user: UserId) -> ActionResult<()> {
    look(app, user, |_, actor| Ok(permit::manage(actor).map(drop)?)).await
}

async fn owns(app: &App, user: UserId) -> ActionResult<()> {
    look(app, user, |_, actor| Ok(permit(actor, Ask::Office(OfficeAct::TakeBackup)).map(drop)?))
        .await
}

/// Everything about them.
///
/// # Errors
/// By permission.
pub async fn state(app: &App, user: UserId) -> ActionResult<BackupVault> {
    manages(app, user).await?;
    Ok(app.premises.vault.view(app.clock.now()))
}

/// Changes when they are made and where they go.
///
/// # Errors
/// By permission, or when a setting can't be used.
pub async fn configure(
    app: &Arc<App>,
    doer: &Doer,
    wanted: BackupSettings,
) -> ActionResult<BackupVault> {
    owns(app, doer.user).await?;
    let keeper = Arc::clone(&app.premises.vault);
    let work = app.tasks.spawn_blocking(move || keeper.configure(wanted));
    let done = work.await.map_err(|_| ActionError::Defect("settings of backups panicked"))?;
    let (before, after) = done.map_err(|error| match error {
        ConfigureError::Refused(refused) => ActionError::BackupSettings(refused),
        ConfigureError::Write(error) => unwritable(&error),
    })?;
    let deed = deed(&before, &after);
    if !deed.changes.is_empty() {
        note(app, doer.by.clone(), deed).await?;
    }
    Ok(app.premises.vault.view(app.clock.now()))
}

fn unwritable(error: &std::io::Error) -> ActionError {
    tracing::warn!(%error, "what backups need can't be written");
    if error.kind() == std::io::ErrorKind::StorageFull {
        return ActionError::DiskFull;
    }
    ActionError::Unavailable
}

fn deed(before: &BackupSettings, after: &BackupSettings) -> Deed {
    let kept = |settings: &BackupSettings| {
        let kept = settings.kept;
        format!("{}/{}/{}", kept.hours, kept.days, kept.weeks)
    };
    let at = |settings: &BackupSettings| {
        let minute = u16::from(settings.at);
        format!("{:02}:{:02}", minute / 60, minute % 60)
    };
    let places = |settings: &BackupSettings| {
        let places: Vec<String> = settings.destinations.iter().map(in_words).collect();
        places.join(", ")
    };
    Deed::new(Act::BackupChanged, Subject::default())
        .change("every", word(before.every), word(after.every))
        .change("at", at(before), at(after))
        .change("kept", kept(before), kept(after))
        .change("destinations", places(before), places(after))
}

/// Where it is, without any secret.
fn in_words(destination: &BackupDestination) -> String {
    match &destination.place {
        BackupPlace::Box {} => "box".to_owned(),
        BackupPlace::Folder { path } => path.clone(),
        BackupPlace::Usb { label } => format!("usb:{label}"),
        BackupPlace::S3 { endpoint, bucket, prefix, .. } => format!("{endpoint} {bucket}/{prefix}"),
        BackupPlace::Sftp { host, user, path, .. } => format!("sftp://{user}@{host}/{path}"),
    }
}

fn all(app: &App) -> Vec<String> {
    app.premises.vault.settings().destinations.into_iter().map(|one| one.id).collect()
}

/// Asks for a backup to every destination, now.
///
/// # Errors
/// By permission, or when there is no destination.
pub async fn start(app: &App, doer: &Doer) -> ActionResult<BackupVault> {
    manages(app, doer.user).await?;
    let ids = all(app);
    if ids.is_empty() {
        return Err(Denied::NotFound.into());
    }
    app.premises.vault.ask(Wanted::Backup(ids));
    Ok(app.premises.vault.view(app.clock.now()))
}

/// Asks that the latest backup of every destination is read back whole, now.
///
/// # Errors
/// By permission, or when there is no destination.
pub async fn verify(app: &App, doer: &Doer) -> ActionResult<()> {
    manages(app, doer.user).await?;
    let ids = all(app);
    if ids.is_empty() {
        return Err(Denied::NotFound.into());
    }
    app.premises.vault.ask(Wanted::Verify(ids));
    Ok(())
}

/// Ends the backup in the making.
///
/// # Errors
/// By permission, or when there is none.
pub async fn cancel(app: &App, doer: &Doer) -> ActionResult<()> {
    manages(app, doer.user).await?;
    if !app.premises.vault.cancel() {
        return Err(Denied::NotFound.into());
    }
    note(app, doer.by.clone(), Deed::new(Act::BackupCancelled, Subject::default())).await
}

/// Shows the key.
///
/// # Errors
/// By permission.
pub async fn show_key(app: &App, doer: &Doer) -> ActionResult<BackupKey> {
    owns(app, doer.user).await?;
    // Noted first: a deed that can't be noted is not done.
    note(app, doer.by.clone(), Deed::new(Act::BackupKeyShown, Subject::default())).await?;
    Ok(BackupKey { secret: app.premises.vault.key().secret().to_owned() })
}

/// Takes somebody's word that they saved the key, which they prove with its last characters.
///
/// # Errors
/// By permission, or when these are others.
pub async fn key_saved(
    app: &App,
    doer: &Doer,
    proof: &BackupKeySaved,
) -> ActionResult<BackupVault> {
    owns(app, doer.user).await?;
    let now = app.clock.now();
    let saved = app.premises.vault.save_key(&proof.ending, now);
    if !saved.map_err(|error| unwritable(&error))? {
        return Err(ActionError::NotTheKey);
    }
    note(app, doer.by.clone(), Deed::new(Act::BackupKeySaved, Subject::default())).await?;
    Ok(app.premises.vault.view(now))
}

//! Taking files away that nobody needs any more: uploads that were given up, files that hang on
//! nothing, blobs that nothing refers to, and what a crash left behind.

use std::time::{Duration, UNIX_EPOCH};

use hearth_domain::file::BlobHash;
use hearth_domain::id::FileId;
use hearth_domain::time::Timestamp;
use hearth_store::Blobs;
use hearth_store::file::{collect, rows};

use super::ActionError;
use super::upload::UPLOAD_MS_MAX;
use crate::app::App;
use crate::files::FilesError;

/// How long a blob stays after the last reference went, and how old a file must be to count as left
/// behind, in milliseconds: a day. Downloads and backups that began before have long ended then.
pub const GRACE_MS: u64 = 24 * 3_600 * 1_000;
/// How many are taken away in one write, so that nobody waits long.
const AT_ONCE: u32 = 200;

/// Takes away all there is to take away now.
///
/// # Errors
/// When the store or the disk can't be used; the rest is for the next time.
pub async fn collect(app: &App) -> Result<(), ActionError> {
    let now = app.clock.now();
    let before = |ms| Timestamp::from_ms(now.as_ms().saturating_sub(ms));
    while !expire_uploads(app, now).await?.is_empty() {}
    let idle = before(UPLOAD_MS_MAX);
    let discard = || {
        app.store
            .write(now, move |tx| rows::discard_idle(tx, idle, AT_ONCE).map_err(ActionError::from))
    };
    while discard().await? > 0 {}
    while !forget_blobs(app, now, before(GRACE_MS)).await?.is_empty() {}
    left_behind(app).await
}

async fn expire_uploads(app: &App, now: Timestamp) -> Result<Vec<FileId>, ActionError> {
    let forget =
        app.store.write(now, |tx| collect::forget_expired(tx, AT_ONCE).map_err(ActionError::from));
    let ended = forget.await?;
    for id in &ended {
        app.files.forget(*id);
        app.files.tidy(*id).await?;
    }
    Ok(ended)
}

async fn forget_blobs(
    app: &App,
    now: Timestamp,
    before: Timestamp,
) -> Result<Vec<BlobHash>, ActionError> {
    let alone = app.files.blobs().collecting().await;
    let forget = app.store.write(now, move |tx| {
        collect::forget_unused(tx, before, AT_ONCE).map_err(ActionError::from)
    });
    let gone = forget.await?;
    let (blobs, hashes) = (app.files.blobs().clone(), gone.clone());
    on_disk(app, move || hashes.iter().try_for_each(|hash| blobs.remove(*hash))).await?;
    drop(alone);
    Ok(gone)
}

/// What a crash left: files that are old enough to have a row, and have none.
async fn left_behind(app: &App) -> Result<(), ActionError> {
    let now_ms = app.clock.now().as_ms();
    let before = UNIX_EPOCH + Duration::from_millis(now_ms.saturating_sub(GRACE_MS));
    let blobs = app.files.blobs().clone();
    let old = {
        let blobs = blobs.clone();
        let find = move || {
            Ok((collect::old_blobs(&blobs, before)?, collect::old_partials(&blobs, before)?))
        };
        on_disk(app, find).await?
    };
    let (old_blobs, old_partials) = old;
    let read = app.store.read(move |tx| {
        Ok::<_, ActionError>((
            collect::unknown_blobs(tx, &old_blobs)?,
            collect::unknown_partials(tx, old_partials)?,
        ))
    });
    let (suspects, partials) = read.await?;
    if !partials.is_empty() {
        let folder = blobs.partials();
        on_disk(app, move || {
            partials.iter().try_for_each(|name| std::fs::remove_file(folder.join(name)))
        })
        .await?;
    }
    remove_unknown(app, &blobs, suspects).await
}

/// Looks again while nothing can come: a file that was left behind may have been uploaded anew.
async fn remove_unknown(
    app: &App,
    blobs: &Blobs,
    suspects: Vec<BlobHash>,
) -> Result<(), ActionError> {
    for some in suspects.chunks(AT_ONCE as usize) {
        let alone = blobs.collecting().await;
        let some = some.to_vec();
        let unknown = app
            .store
            .read(move |tx| collect::unknown_blobs(tx, &some).map_err(ActionError::from))
            .await?;
        let blobs = blobs.clone();
        on_disk(app, move || unknown.iter().try_for_each(|hash| blobs.remove(*hash))).await?;
        drop(alone);
    }
    Ok(())
}

async fn on_disk<T: Send + 'static>(
    app: &App,
    work: impl FnOnce() -> std::io::Result<T> + Send + 'static,
) -> Result<T, ActionError> {
    let done = app.tasks.spawn_blocking(work).await;
    let done = done.map_err(|_| ActionError::Unavailable)?;
    Ok(done.map_err(FilesError::from)?)
}

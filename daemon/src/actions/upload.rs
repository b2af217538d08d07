//! A file on its way in: announced, received in as many pieces as it takes, and completed.

use bytes::Bytes;
use futures_util::Stream;
use hearth_domain::denied::{Code, Denied};
use hearth_domain::file::{Attachment, FileName};
use hearth_domain::id::{FileId, UserId};
use hearth_domain::limits::{MEDIA_TYPE_BYTES_MAX, UPLOADS_MAX, UPLOADS_PER_PERSON_MAX};
use hearth_domain::permit::{Ask, OfficeAct, permit};
use hearth_domain::time::Timestamp;
use hearth_store::ReadTx;
use hearth_store::file::rows;
use hearth_store::file::uploads::{self, Upload};
use hearth_wire::rest::{NewUpload, UploadState};

use super::{ActionError, ActionResult, actor, look};
use crate::app::App;
use crate::files::{FilesError, Seat};

/// How long an upload waits for its next piece, in milliseconds: a long weekend and some.
pub const UPLOAD_MS_MAX: u64 = 7 * 24 * 3_600 * 1_000;

impl From<FilesError> for ActionError {
    fn from(error: FilesError) -> Self {
        match error {
            FilesError::DiskFull => Self::DiskFull,
            FilesError::TooMuch => Self::Refused(Code::TooLarge),
            FilesError::Interrupted => Self::Unavailable,
            FilesError::Io(_) => Self::Files(error),
        }
    }
}

fn count(outcome: &'static str) {
    metrics::counter!("hearth_uploads_total", "outcome" => outcome).increment(1);
}

fn state(upload: &Upload, received_bytes: u64) -> UploadState {
    UploadState {
        id: upload.id,
        name: upload.name.clone(),
        size_bytes: upload.size_bytes,
        received_bytes,
        expires_at: upload.expires_at,
    }
}

/// Announces a file.
///
/// # Errors
/// When it is too large, when too many are on their way, or when the disk has no room for it.
pub async fn create(app: &App, user: UserId, new: NewUpload) -> ActionResult<UploadState> {
    let size_bytes = new.size_bytes;
    if size_bytes > app.files.size_bytes_max() {
        return Err(ActionError::FileTooLarge { size_bytes_max: app.files.size_bytes_max() });
    }
    let now = app.clock.now();
    let declared: String = new.media_type.chars().take(MEDIA_TYPE_BYTES_MAX).collect();
    let upload = Upload {
        id: app.ids.make(FileId::new),
        owner: user,
        name: FileName::parse(&new.name)?,
        declared: declared.to_ascii_lowercase(),
        size_bytes,
        received_bytes: 0,
        expires_at: now.plus_ms(UPLOAD_MS_MAX),
    };
    let answer = state(&upload, 0);
    let room_bytes = app.files.room_bytes().map_err(FilesError::from)?;
    let done = app.store.write(now, move |tx| {
        let actor = actor(tx, user)?;
        permit(&actor, Ask::Office(OfficeAct::UseFiles))?;
        let pending = uploads::pending(tx, user)?;
        for (count, max) in
            [(pending.of_person, UPLOADS_PER_PERSON_MAX), (pending.of_office, UPLOADS_MAX)]
        {
            if count >= max {
                return Err(Denied::LimitReached { max }.into());
            }
        }
        if pending.bytes.saturating_add(size_bytes) > room_bytes {
            return Err(ActionError::DiskFull);
        }
        Ok(uploads::create(tx, &upload)?)
    });
    done.await?;
    count("announced");
    Ok(answer)
}

fn own(tx: &ReadTx<'_>, user: UserId, id: FileId) -> ActionResult<Upload> {
    Ok(uploads::find(tx, user, id)?.ok_or(Denied::NotFound)?)
}

/// Somebody's own upload, with the right to change it.
async fn sit_down(app: &App, user: UserId, id: FileId) -> ActionResult<(Upload, Seat)> {
    let find = move || {
        look(app, user, move |tx, actor| {
            permit(actor, Ask::Office(OfficeAct::UseFiles))?;
            own(tx, user, id)
        })
    };
    let upload = find().await?;
    let seat = app.files.sit_down(&upload).await?;
    // It may have ended while this one waited.
    match find().await {
        Ok(upload) => Ok((upload, seat)),
        Err(error) => {
            app.files.forget(id);
            Err(error)
        }
    }
}

/// How far an upload is. Who still sends to it is stopped: this is asked after a break.
///
/// # Errors
/// When it is not theirs, or ended.
pub async fn show(app: &App, user: UserId, id: FileId) -> ActionResult<UploadState> {
    let (upload, seat) = sit_down(app, user, id).await?;
    Ok(state(&upload, seat.offset()))
}

/// Receives a piece of a file at `offset`.
///
/// # Errors
/// When the upload is not theirs or stands elsewhere; when the disk is full.
pub async fn append<S, E>(
    app: &App,
    (user, id): (UserId, FileId),
    offset: u64,
    body: S,
) -> ActionResult<UploadState>
where
    S: Stream<Item = Result<Bytes, E>> + Unpin,
{
    let (mut upload, mut seat) = sit_down(app, user, id).await?;
    if offset != seat.offset() {
        return Err(ActionError::WrongOffset { at: seat.offset() });
    }
    let received = app.files.receive(&mut seat, &upload, body).await?;
    metrics::counter!("hearth_upload_bytes_total").increment(received.saturating_sub(offset));
    let now = app.clock.now();
    upload.expires_at = now.plus_ms(UPLOAD_MS_MAX);
    advance(app, &upload, received, now).await?;
    Ok(state(&upload, received))
}

async fn advance(app: &App, upload: &Upload, received: u64, now: Timestamp) -> ActionResult<()> {
    let (id, expires_at) = (upload.id, upload.expires_at);
    let done = app.store.write(now, move |tx| {
        uploads::advance(tx, id, received, expires_at).map_err(ActionError::from)
    });
    Ok(done.await?)
}

/// Makes a file of an upload that came whole. Asking again gives the same file.
///
/// # Errors
/// When it is not theirs, when something is still to come, or when the disk is full.
pub async fn complete(app: &App, user: UserId, id: FileId) -> ActionResult<Attachment> {
    if let Some(file) = completed(app, user, id).await? {
        return Ok(file);
    }
    let (upload, mut seat) = match sit_down(app, user, id).await {
        Ok(seated) => seated,
        // Another request may have completed it meanwhile.
        Err(error) => return completed(app, user, id).await?.ok_or(error),
    };
    if seat.offset() != upload.size_bytes {
        return Err(ActionError::WrongOffset { at: seat.offset() });
    }
    let settling = app.files.blobs().settle().await;
    let settled = app.files.settle(&seat, &upload).await?;
    let file = settled.file.clone();
    let done = app.store.write(app.clock.now(), move |tx| {
        rows::insert(tx, user, &settled.file, &settled.renditions)?;
        uploads::remove(tx, id)?;
        Ok::<_, ActionError>(())
    });
    let done = done.await;
    // The partial file has become the blob, or waits beside it: whatever was known of it is not so.
    seat.leave();
    drop(settling);
    done?;
    count("completed");
    app.files.forget(id);
    app.files.tidy(id).await?;
    Ok(file)
}

async fn completed(app: &App, user: UserId, id: FileId) -> ActionResult<Option<Attachment>> {
    look(app, user, move |tx, actor| {
        permit(actor, Ask::Office(OfficeAct::UseFiles))?;
        Ok(rows::find(tx, id)?.filter(|held| held.owner == user).map(|held| held.file))
    })
    .await
}

/// Gives an upload up, or a file that hangs on nothing yet.
///
/// # Errors
/// When it is not theirs, or hangs on something.
pub async fn cancel(app: &App, user: UserId, id: FileId) -> ActionResult<()> {
    let seat = match sit_down(app, user, id).await {
        Ok((_, seat)) => Some(seat),
        Err(ActionError::Denied(Denied::NotFound)) => None,
        Err(error) => return Err(error),
    };
    let on_its_way = seat.is_some();
    let done = app.store.write(app.clock.now(), move |tx| {
        let gone = if on_its_way { uploads::remove(tx, id)? } else { rows::discard(tx, user, id)? };
        if gone { Ok::<_, ActionError>(()) } else { Err(Denied::NotFound.into()) }
    });
    done.await?;
    if on_its_way {
        count("cancelled");
    }
    app.files.forget(id);
    app.files.tidy(id).await?;
    drop(seat);
    Ok(())
}

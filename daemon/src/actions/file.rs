//! Files that are there: opening them, wearing one as an avatar, and what they take.

use hearth_domain::decide::file;
use hearth_domain::denied::Denied;
use hearth_domain::event::Happened;
use hearth_domain::file::Carrier;
use hearth_domain::id::{FileId, UserId};
use hearth_domain::permit::{Actor, Ask, CanOpen, OfficeAct, open as may_open, permit};
use hearth_store::ReadTx;
use hearth_store::chat::{channels, people};
use hearth_store::file::rows::{self, Content, Form};
use hearth_store::file::storage;
use hearth_wire::rest::{LargeFile, PersonStorage, StorageSummary};

use super::{ActionResult, change, look};
use crate::app::App;
use crate::files::{self, FilesError};

/// The proof that somebody may open a file.
fn can_open(tx: &ReadTx<'_>, actor: &Actor, id: FileId) -> ActionResult<CanOpen> {
    let held = rows::find(tx, id)?.ok_or(Denied::NotFound)?;
    let standing = match held.carrier {
        Carrier::Message(channel) => channels::standing(tx, channel, actor.id)?,
        Carrier::Nothing | Carrier::Avatar => None,
    };
    Ok(may_open(actor, &held, standing.as_ref())?)
}

/// Where the content of a file is, or of a smaller form of it. A picture that needs no smaller form is
/// its own.
///
/// # Errors
/// By permission, or when a file that is no picture is asked for a form.
pub async fn content(
    app: &App,
    user: UserId,
    id: FileId,
    form: Option<Form>,
) -> ActionResult<Content> {
    look(app, user, move |tx, actor| {
        let proof = can_open(tx, actor, id)?;
        if let Some(made) = rows::content(tx, &proof, form)? {
            return Ok(made);
        }
        let whole = rows::content(tx, &proof, None)?.filter(|whole| whole.file.pixels.is_some());
        Ok(whole.ok_or(Denied::NotFound)?)
    })
    .await
}

/// Shows a picture as one's face, or none.
///
/// # Errors
/// When it is no picture of theirs that hangs on nothing.
pub async fn wear(app: &App, user: UserId, picture: Option<FileId>) -> ActionResult<Vec<Happened>> {
    change(app, user, move |tx, actor| {
        let present = people::user(tx, user)?.ok_or(Denied::NotFound)?;
        let held = match picture {
            Some(id) => Some(rows::find(tx, id)?.ok_or(Denied::NotFound)?),
            None => None,
        };
        Ok(file::avatar(actor, &present, held)?)
    })
    .await
}

/// What the office's files and messages take of the disk.
///
/// # Errors
/// By permission.
pub async fn storage(app: &App, user: UserId) -> ActionResult<StorageSummary> {
    let sums = look(app, user, |tx, actor| {
        let proof = permit(actor, Ask::Office(OfficeAct::Manage))?;
        Ok(storage::storage(tx, &proof)?)
    });
    let sums = sums.await?;
    let largest = sums.largest.into_iter().map(|(owner, file)| LargeFile {
        id: file.id,
        name: file.name,
        size_bytes: file.size_bytes,
        owner,
    });
    let people =
        sums.people.into_iter().map(|(user, bytes, files)| PersonStorage { user, bytes, files });
    Ok(StorageSummary {
        blobs_bytes: sums.blobs_bytes,
        blobs: sums.blobs,
        unused_bytes: sums.unused_bytes,
        uploading_bytes: sums.uploading_bytes,
        database_bytes: sums.database_bytes,
        disk_free_bytes: files::free_bytes(app.files.blobs()).map_err(FilesError::from)?,
        file_bytes_max: app.files.size_bytes_max(),
        largest: largest.collect(),
        people: people.collect(),
    })
}

//! A file that came whole: what it is, what is made of it, and its place among the blobs.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use hearth_domain::file::{Attachment, BlobHash, FileKind, MediaType, Pixels};
use hearth_domain::sniff::{SNIFF_BYTES, Sniffed, sniff};
use hearth_store::Blobs;
use hearth_store::file::rows::{Form, Rendition};
use hearth_store::file::uploads::Upload;

use super::{Files, FilesError, Seat, done};
use crate::picture::{self, PICTURE_BYTES_MAX, WorkerError, Written};

/// A file whose blobs are on the disk and that has no row yet.
#[derive(Debug)]
pub struct Settled {
    /// What will be said of it.
    pub file: Attachment,
    /// What was made of it.
    pub renditions: Vec<Rendition>,
}

/// Files of one upload that await their places.
struct Ready {
    media_type: MediaType,
    kind: FileKind,
    hash: BlobHash,
    size_bytes: u64,
    pixels: Option<Pixels>,
    content: PathBuf,
    made: Vec<(PathBuf, Rendition)>,
}

impl Files {
    /// Finds out what a whole file is, cleans it if it is a picture, and gives everything its place
    /// among the blobs. Hold [`Blobs::settle`] until its row is there.
    ///
    /// # Errors
    /// [`FilesError`]; the upload is then as it was.
    pub async fn settle(&self, seat: &Seat, upload: &Upload) -> Result<Settled, FilesError> {
        let hash = seat.hash().ok_or(FilesError::Interrupted)?;
        let (blobs, upload) = (self.blobs.clone(), upload.clone());
        let sniffed = {
            let (path, upload) = (blobs.partial(upload.id), upload.clone());
            self.blocking(move || Ok(look(&path, &upload)?)).await?
        };
        let place = if sniffed.kind == FileKind::Picture {
            let place = Arc::clone(&self.pictures).acquire_owned().await;
            Some(place.map_err(|_| FilesError::Interrupted)?)
        } else {
            None
        };
        let prepare = {
            let (blobs, upload) = (blobs.clone(), upload.clone());
            move || {
                let ready = prepare(&blobs, &upload, sniffed, hash)?;
                drop(place);
                Ok(ready)
            }
        };
        let ready = self.blocking(prepare).await?;
        // In line with all other syncs: fifty files that end at once would have the disk to themselves.
        done(self.syncs.begin(move || Ok(adopt(&blobs, &upload, ready)?)).await).await
    }
}

fn look(path: &Path, upload: &Upload) -> io::Result<Sniffed> {
    let mut head = Vec::with_capacity(SNIFF_BYTES);
    match File::open(path) {
        Ok(file) => file.take(SNIFF_BYTES as u64).read_to_end(&mut head)?,
        Err(error) if upload.size_bytes == 0 && error.kind() == io::ErrorKind::NotFound => 0,
        Err(error) => return Err(error),
    };
    Ok(sniff(&head, &upload.name, &upload.declared))
}

fn prepare(
    blobs: &Blobs,
    upload: &Upload,
    sniffed: Sniffed,
    hash: BlobHash,
) -> Result<Ready, FilesError> {
    let partial = blobs.partial(upload.id);
    let Sniffed { media_type, kind } = sniffed;
    let plain = |media_type, kind| Ready {
        media_type,
        kind,
        hash,
        size_bytes: upload.size_bytes,
        pixels: None,
        content: partial.clone(),
        made: Vec::new(),
    };
    if kind != FileKind::Picture {
        return Ok(plain(media_type, kind));
    }
    if upload.size_bytes > PICTURE_BYTES_MAX {
        return Ok(plain(MediaType::BYTES, FileKind::Other));
    }
    match picture::make(&partial, &media_type, &partial) {
        Ok(made) => {
            let forms = [(Form::Preview, "preview", made.preview)].into_iter().chain([(
                Form::Thumbnail,
                "thumbnail",
                made.thumbnail,
            )]);
            let made_of = forms.filter_map(|(form, name, written)| {
                written.map(|written| (partial.with_extension(name), rendition(form, written)))
            });
            Ok(Ready {
                hash: made.clean.hash,
                size_bytes: made.clean.size_bytes,
                pixels: Some(made.pixels),
                content: partial.with_extension("clean"),
                made: made_of.collect(),
                ..plain(media_type, kind)
            })
        }
        Err(WorkerError::Io(error)) => Err(error.into()),
        // What can't be decoded is not shown; it can still be taken away as it is.
        Err(WorkerError::Refused) => {
            tracing::debug!(upload = %upload.id, "a picture can't be shown");
            Ok(plain(MediaType::BYTES, FileKind::Other))
        }
    }
}

fn rendition(form: Form, written: Written) -> Rendition {
    let Written { hash, size_bytes, media_type } = written;
    Rendition { form, hash, size_bytes, media_type }
}

fn adopt(blobs: &Blobs, upload: &Upload, ready: Ready) -> io::Result<Settled> {
    if upload.size_bytes == 0 {
        // Nothing was ever received, so there is no file yet.
        blobs.open_partial(upload.id)?;
    }
    for (path, rendition) in &ready.made {
        blobs.adopt(path, rendition.hash)?;
    }
    blobs.adopt(&ready.content, ready.hash)?;
    let file = Attachment {
        id: upload.id,
        name: upload.name.clone(),
        size_bytes: ready.size_bytes,
        media_type: ready.media_type,
        kind: ready.kind,
        blob: ready.hash,
        pixels: ready.pixels,
    };
    let renditions = ready.made.into_iter().map(|(_, rendition)| rendition).collect();
    Ok(Settled { file, renditions })
}

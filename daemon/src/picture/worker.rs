//! Both ends of the process that decodes: what it does, and how hearthd asks it.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Child, Command, ExitCode, Stdio};

use hearth_domain::file::{BlobHash, MediaType, Pixels};

use super::{Encoded, Heading, PICTURE_BYTES_MAX, Part, Picture, PictureError, jail, render};

/// Where this program is, also when an upgrade has put another in its place.
const THIS_PROGRAM: &str = "/proc/self/exe";
/// Longest first line of the answer, in bytes.
const HEADING_BYTES_MAX: u64 = 4_096;
const COPY_BYTES: usize = 256 << 10;

/// The process itself: reads a picture, writes what it made of it.
#[must_use]
pub fn serve(media_type: &str) -> ExitCode {
    match jail::lock().map_err(PictureError::from).and_then(|()| work(media_type)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}

fn work(media_type: &str) -> Result<(), PictureError> {
    let mut bytes = Vec::new();
    io::stdin().lock().take(PICTURE_BYTES_MAX + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > PICTURE_BYTES_MAX {
        return Err(PictureError::TooLarge);
    }
    let Picture { pixels, clean, preview, thumbnail } = render(&bytes, media_type)?;
    let part = |made: &Encoded| Part {
        media_type: made.media_type.to_owned(),
        bytes: made.bytes.len() as u64,
    };
    let heading = Heading {
        pixels,
        clean_bytes: clean.len() as u64,
        preview: preview.as_ref().map(part),
        thumbnail: thumbnail.as_ref().map(part),
    };
    let mut out = io::stdout().lock();
    serde_json::to_writer(&mut out, &heading).map_err(io::Error::from)?;
    out.write_all(b"\n")?;
    out.write_all(&clean)?;
    for made in [preview, thumbnail].into_iter().flatten() {
        out.write_all(&made.bytes)?;
    }
    Ok(out.flush()?)
}

/// What came back of a picture. The files are not on the disk for certain yet.
#[derive(Debug)]
pub struct Made {
    /// How large it is, upright.
    pub pixels: Pixels,
    /// The picture itself, cleaned.
    pub clean: Written,
    /// A form that fits a screen.
    pub preview: Option<Written>,
    /// A form for lists.
    pub thumbnail: Option<Written>,
}

/// A file that was written.
#[derive(Debug)]
pub struct Written {
    /// Digest of its content.
    pub hash: BlobHash,
    /// Its size.
    pub size_bytes: u64,
    /// Its type.
    pub media_type: MediaType,
}

/// Why nothing came back.
#[derive(Debug, thiserror::Error)]
pub enum WorkerError {
    /// It is no picture that can be shown.
    #[error("the picture was refused")]
    Refused,
    /// The process could not be started, or what it made could not be written.
    #[error("the picture could not be worked on")]
    Io(#[from] io::Error),
}

/// Has a picture worked on, and writes what comes back to `into` with these extensions: `clean`,
/// `preview`, `thumbnail`. Blocks for up to a few seconds.
///
/// # Errors
/// [`WorkerError`]; files may be left at the three places.
pub fn make(picture: &Path, media_type: &MediaType, into: &Path) -> Result<Made, WorkerError> {
    let mut child = Command::new(THIS_PROGRAM)
        .args(["--picture", media_type.as_str()])
        .env_clear()
        .current_dir("/")
        .stdin(Stdio::from(File::open(picture)?))
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()?;
    let received = receive(&mut child, media_type, into);
    if received.is_err() {
        // It may still be writing what nobody reads.
        child.kill()?;
    }
    let status = child.wait()?;
    match received {
        Ok(made) if status.success() => Ok(made),
        Err(error @ WorkerError::Io(_)) if status.success() => Err(error),
        Err(WorkerError::Io(error)) if error.kind() == io::ErrorKind::StorageFull => {
            Err(error.into())
        }
        _ => Err(WorkerError::Refused),
    }
}

fn receive(child: &mut Child, media_type: &MediaType, into: &Path) -> Result<Made, WorkerError> {
    let out = child.stdout.take().ok_or(WorkerError::Refused)?;
    let mut out = BufReader::with_capacity(COPY_BYTES, out);
    let mut line = String::new();
    out.by_ref().take(HEADING_BYTES_MAX).read_line(&mut line)?;
    let heading: Heading = serde_json::from_str(&line).map_err(|_| WorkerError::Refused)?;
    let clean = Part { media_type: media_type.as_str().to_owned(), bytes: heading.clean_bytes };
    let mut part = |name: &str, part: &Part| write(&mut out, &into.with_extension(name), part);
    Ok(Made {
        pixels: heading.pixels,
        clean: part("clean", &clean)?,
        preview: heading.preview.map(|made| part("preview", &made)).transpose()?,
        thumbnail: heading.thumbnail.map(|made| part("thumbnail", &made)).transpose()?,
    })
}

fn write(out: &mut impl BufRead, path: &Path, part: &Part) -> Result<Written, WorkerError> {
    let media_type = MediaType::parse(&part.media_type).map_err(|_| WorkerError::Refused)?;
    if part.bytes == 0 || part.bytes > PICTURE_BYTES_MAX {
        return Err(WorkerError::Refused);
    }
    let mut file = File::create(path)?;
    let mut hasher = blake3::Hasher::new();
    let mut left = part.bytes;
    while left > 0 {
        let bytes = out.fill_buf()?;
        let taken = bytes.len().min(usize::try_from(left).unwrap_or(usize::MAX));
        if taken == 0 {
            return Err(WorkerError::Refused);
        }
        hasher.update(&bytes[..taken]);
        file.write_all(&bytes[..taken])?;
        out.consume(taken);
        left -= taken as u64;
    }
    let hash = BlobHash(*hasher.finalize().as_bytes());
    Ok(Written { hash, size_bytes: part.bytes, media_type })
}

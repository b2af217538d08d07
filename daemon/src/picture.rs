//! Pictures that strangers made: cleaned of what their cameras wrote into them, and made smaller.
//!
//! Decoders are where hostile files do harm, so they run in a process of their own: `hearthd --picture
//! <type>` reads one picture from its standard input, writes what it made of it to its output, and has
//! nothing else: no environment, little memory, little time, a low priority, and seventeen calls to the
//! kernel (`jail`), none of which opens, connects or starts anything. If it dies, the file is not shown as a picture, and that is all.
//!
//! - At most [`PICTURE_BYTES_MAX`] and [`PIXELS_MAX`], which is known before a pixel is decoded.
//! - [`MEMORY_BYTES_MAX`] of address space and [`CPU_S_MAX`] of processor time, kept by the kernel.
//! - What comes back: the picture itself without metadata, but with its colour profile and the way it
//!   is turned; a preview that fits a screen, if the picture is larger; a thumbnail for lists.

mod gif;
mod jail;
mod jpeg;
mod orientation;
mod png;
mod scale;
mod webp;
mod worker;

use hearth_domain::file::Pixels;
use image::ImageFormat;
use serde::{Deserialize, Serialize};

pub use worker::{Made, WorkerError, Written, make, serve};

/// Largest picture that is looked at, in bytes; a larger one is a file like any other.
pub const PICTURE_BYTES_MAX: u64 = 32 << 20;
/// Most pixels of a picture.
pub const PIXELS_MAX: u64 = 64_000_000;
/// Most bytes its pixels may take once decoded.
pub const DECODED_BYTES_MAX: u64 = 256 << 20;
/// Address space of the process that decodes.
pub const MEMORY_BYTES_MAX: u64 = 1 << 30;
/// Processor time of the process that decodes, in seconds.
pub const CPU_S_MAX: u64 = 20;
/// Longer side of a thumbnail, in pixels: twice what a list shows, for sharp screens.
pub const THUMBNAIL_EDGE: u32 = 800;
/// Longer side of a preview, in pixels.
pub const PREVIEW_EDGE: u32 = 2_400;

/// Why a file is not shown as a picture.
#[derive(Debug, thiserror::Error)]
pub enum PictureError {
    /// It is larger than what is looked at.
    #[error("the picture is too large")]
    TooLarge,
    /// Its parts don't follow one another as its format says.
    #[error("the picture is malformed")]
    Malformed,
    /// The decoder refused it.
    #[error("the picture can't be decoded")]
    Decode(#[from] image::ImageError),
    /// Input or output failed.
    #[error("the picture could not be passed on")]
    Io(#[from] std::io::Error),
}

/// A picture and what was made of it.
#[derive(Debug)]
pub struct Picture {
    /// How large it is, upright.
    pub pixels: Pixels,
    /// The picture itself, cleaned.
    pub clean: Vec<u8>,
    /// A form that fits a screen, if the picture does not.
    pub preview: Option<Encoded>,
    /// A form for lists, if the picture is too large for one.
    pub thumbnail: Option<Encoded>,
}

/// A picture as bytes.
#[derive(Debug)]
pub struct Encoded {
    /// Its type.
    pub media_type: &'static str,
    /// Its content.
    pub bytes: Vec<u8>,
}

/// What the process writes first: the lengths of what follows, in this order.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Heading {
    pixels: Pixels,
    clean_bytes: u64,
    preview: Option<Part>,
    thumbnail: Option<Part>,
}

#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Part {
    media_type: String,
    bytes: u64,
}

/// The format behind a media type.
fn format_of(media_type: &str) -> Option<ImageFormat> {
    match media_type {
        "image/jpeg" => Some(ImageFormat::Jpeg),
        "image/png" => Some(ImageFormat::Png),
        "image/gif" => Some(ImageFormat::Gif),
        "image/webp" => Some(ImageFormat::WebP),
        _ => None,
    }
}

/// Takes metadata out without touching a pixel: positions, cameras, names, embedded thumbnails, and
/// whatever follows the picture's end. The colour profile stays, and the way the picture is turned.
fn strip(bytes: &[u8], format: ImageFormat) -> Result<Vec<u8>, PictureError> {
    let clean = match format {
        ImageFormat::Jpeg => jpeg::strip(bytes),
        ImageFormat::Png => png::strip(bytes),
        ImageFormat::WebP => webp::strip(bytes),
        ImageFormat::Gif => gif::strip(bytes),
        _ => None,
    };
    clean.ok_or(PictureError::Malformed)
}

/// Makes all there is to make of a picture. Slow, and only for the process that decodes.
///
/// # Errors
/// [`PictureError`]
pub fn render(bytes: &[u8], media_type: &str) -> Result<Picture, PictureError> {
    let format = format_of(media_type).ok_or(PictureError::Malformed)?;
    let clean = strip(bytes, format)?;
    let scaled = scale::scale(&clean, format)?;
    Ok(Picture {
        pixels: scaled.pixels,
        clean,
        preview: scaled.preview,
        thumbnail: scaled.thumbnail,
    })
}

#[cfg(test)]
mod tests;

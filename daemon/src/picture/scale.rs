//! Decoding, turning upright, and making smaller.

use std::io::Cursor;

use hearth_domain::file::Pixels;
use image::codecs::jpeg::JpegEncoder;
use image::codecs::webp::WebPEncoder;
use image::{DynamicImage, ImageDecoder, ImageEncoder, ImageFormat, ImageReader, Limits};

use super::{DECODED_BYTES_MAX, Encoded, PIXELS_MAX, PREVIEW_EDGE, PictureError, THUMBNAIL_EDGE};

const PREVIEW_QUALITY: u8 = 85;
const THUMBNAIL_QUALITY: u8 = 80;
/// A picture that fits the thumbnail's edge and is smaller than this is its own thumbnail.
const SMALL_BYTES_MAX: usize = 200_000;

pub(super) struct Scaled {
    pub(super) pixels: Pixels,
    pub(super) preview: Option<Encoded>,
    pub(super) thumbnail: Option<Encoded>,
}

pub(super) fn scale(bytes: &[u8], format: ImageFormat) -> Result<Scaled, PictureError> {
    let (picture, profile) = decode(bytes, format)?;
    let pixels = Pixels { width: picture.width(), height: picture.height() };
    let edge = pixels.width.max(pixels.height);
    let encoder = Encoder { profile };
    // A moving picture is shown as it is; only its place in a list stands still.
    let shrinks = edge > PREVIEW_EDGE && format != ImageFormat::Gif;
    let smaller = shrinks.then(|| picture.thumbnail(PREVIEW_EDGE, PREVIEW_EDGE));
    let preview = smaller.as_ref().map(|made| encoder.encode(made, PREVIEW_QUALITY)).transpose()?;
    let is_small = edge <= THUMBNAIL_EDGE && bytes.len() <= SMALL_BYTES_MAX;
    let thumbnail = if is_small && format != ImageFormat::Gif {
        None
    } else {
        let from = smaller.as_ref().unwrap_or(&picture);
        let made = from.thumbnail(THUMBNAIL_EDGE.min(edge), THUMBNAIL_EDGE.min(edge));
        Some(encoder.encode(&made, THUMBNAIL_QUALITY)?)
    };
    Ok(Scaled { pixels, preview, thumbnail })
}

/// The picture, upright, and its colour profile. Its size is known before its pixels are.
fn decode(
    bytes: &[u8],
    format: ImageFormat,
) -> Result<(DynamicImage, Option<Vec<u8>>), PictureError> {
    let mut limits = Limits::default();
    limits.max_alloc = Some(DECODED_BYTES_MAX);
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    reader.limits(limits);
    let mut decoder = reader.into_decoder()?;
    let (width, height) = decoder.dimensions();
    let pixels = u64::from(width) * u64::from(height);
    if pixels > PIXELS_MAX || decoder.total_bytes() > DECODED_BYTES_MAX {
        return Err(PictureError::TooLarge);
    }
    let orientation = decoder.orientation()?;
    // A profile for printing inks says nothing of the colours that were decoded.
    let of_a_screen = |profile: &Vec<u8>| profile.get(16..20) == Some(b"RGB ");
    let profile = decoder.icc_profile()?.filter(of_a_screen);
    let mut picture = DynamicImage::from_decoder(decoder)?;
    picture.apply_orientation(orientation);
    Ok((picture, profile))
}

struct Encoder {
    profile: Option<Vec<u8>>,
}

impl Encoder {
    /// As JPEG, or without loss as WebP where something shows through.
    fn encode(&self, picture: &DynamicImage, quality: u8) -> Result<Encoded, PictureError> {
        let mut bytes = Vec::new();
        if shows_through(picture) {
            let mut encoder = WebPEncoder::new_lossless(&mut bytes);
            self.colour(&mut encoder);
            let pixels = picture.to_rgba8();
            encoder.write_image(
                &pixels,
                pixels.width(),
                pixels.height(),
                image::ExtendedColorType::Rgba8,
            )?;
            return Ok(Encoded { media_type: "image/webp", bytes });
        }
        let mut encoder = JpegEncoder::new_with_quality(&mut bytes, quality);
        self.colour(&mut encoder);
        encoder.encode_image(&picture.to_rgb8())?;
        Ok(Encoded { media_type: "image/jpeg", bytes })
    }

    fn colour(&self, encoder: &mut impl ImageEncoder) {
        if let Some(profile) = &self.profile {
            // An encoder without profiles makes colours a little paler, no more.
            drop(encoder.set_icc_profile(profile.clone()));
        }
    }
}

fn shows_through(picture: &DynamicImage) -> bool {
    picture.color().has_alpha() && picture.to_rgba8().pixels().any(|pixel| pixel.0[3] < u8::MAX)
}

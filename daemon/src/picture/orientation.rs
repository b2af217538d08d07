//! The one thing that is kept of what a camera wrote: which way is up.

use image::metadata::Orientation;

/// The orientation in an EXIF block (a TIFF file of its own), and whether it says anything.
pub(super) fn of(exif: &[u8]) -> Option<Orientation> {
    Orientation::from_exif_chunk(exif).filter(|found| *found != Orientation::NoTransforms)
}

/// An EXIF block that says this and nothing else: one directory with one entry (TIFF 6.0; tag 0x0112
/// is a short).
pub(super) fn block(orientation: Orientation) -> [u8; 26] {
    let mut block = *b"MM\0\x2a\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\0\0\0\0\0\0\0";
    block[19] = orientation.to_exif();
    block
}

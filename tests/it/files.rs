//! Files from end to end: sent in pieces, kept whole, shown safely, opened by those who may, and gone
//! when they should be.

mod access;
mod archive;
mod crash;
mod disk;
mod hostile;
mod pictures;
mod serving;
mod upload;

use image::{DynamicImage, ImageFormat, Rgb, RgbImage};

/// A PNG of this size, made here: nothing of anybody's hangs in the repository.
pub(crate) fn picture(width: u32, height: u32) -> Vec<u8> {
    encoded(width, height, ImageFormat::Png)
}

/// A picture whose left half is red and whose right half is blue.
fn encoded(width: u32, height: u32, format: ImageFormat) -> Vec<u8> {
    let halves = RgbImage::from_fn(width, height, |x, _| {
        if x < width / 2 { Rgb([200, 60, 20]) } else { Rgb([20, 60, 200]) }
    });
    let mut bytes = std::io::Cursor::new(Vec::new());
    DynamicImage::ImageRgb8(halves).write_to(&mut bytes, format).expect("encode a picture");
    bytes.into_inner()
}

/// Bytes that look like nothing and differ from place to place.
pub(crate) fn noise(size: usize) -> Vec<u8> {
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()[3]
    };
    std::iter::once(0).chain(std::iter::repeat_with(&mut next)).take(size).collect()
}

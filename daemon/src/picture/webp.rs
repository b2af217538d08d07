//! WebP (RFC 9649): chunks of name, length and data in a RIFF file, padded to even lengths.

use super::orientation;

const KEPT: [&[u8; 4]; 7] = [b"VP8 ", b"VP8L", b"VP8X", b"ALPH", b"ANIM", b"ANMF", b"ICCP"];
const FLAG_EXIF: u8 = 0x08;
const FLAG_XMP: u8 = 0x04;

pub(super) fn strip(bytes: &[u8]) -> Option<Vec<u8>> {
    let size = bytes.strip_prefix(b"RIFF")?.first_chunk().map(|size| u32::from_le_bytes(*size))?;
    let end = usize::try_from(size).ok()?.checked_add(8)?.min(bytes.len());
    let mut rest = bytes.get(8..end)?.strip_prefix(b"WEBP")?;
    let mut clean = Vec::with_capacity(bytes.len());
    clean.extend(b"RIFF\0\0\0\0WEBP");
    let (mut flags, mut turn) = (None, None);
    while let Some(head) = rest.first_chunk::<8>() {
        let name = &head[..4];
        let length = u32::from_le_bytes([head[4], head[5], head[6], head[7]]);
        let whole = usize::try_from(length).ok()?.checked_add(8)?;
        let chunk = rest.get(..whole)?;
        let padded = whole.checked_add(whole % 2)?;
        rest = rest.get(padded..).unwrap_or_default();
        if KEPT.iter().any(|kept| *kept == name) {
            if name == b"VP8X" {
                flags = flags.or(Some(clean.len() + 8));
            }
            clean.extend(chunk);
            clean.extend(std::iter::repeat_n(0, padded - whole));
        } else if name == b"EXIF" {
            let exif = chunk.get(8..).unwrap_or_default();
            // Some writers put JPEG's heading before the block.
            turn = turn.or(orientation::of(exif.strip_prefix(b"Exif\0\0").unwrap_or(exif)));
        }
    }
    if let Some(flags) = flags.and_then(|at| clean.get_mut(at)) {
        *flags &= !(FLAG_EXIF | FLAG_XMP);
        if let Some(turn) = turn {
            *flags |= FLAG_EXIF;
            clean.extend(b"EXIF\x1a\0\0\0");
            clean.extend(orientation::block(turn));
        }
    }
    let size = u32::try_from(clean.len() - 8).ok()?;
    clean[4..8].copy_from_slice(&size.to_le_bytes());
    (clean.len() > 12).then_some(clean)
}

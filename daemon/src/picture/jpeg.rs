//! JPEG (ITU T.81): segments behind markers, and scans of entropy-coded data between them.

use super::orientation;

const MARK: u8 = 0xff;
const START: u8 = 0xd8;
const END: u8 = 0xd9;
const SCAN: u8 = 0xda;
const APP0: u8 = 0xe0;
const APP1: u8 = 0xe1;
const APP2: u8 = 0xe2;
const APP14: u8 = 0xee;
const COMMENT: u8 = 0xfe;
/// Bytes of a JFIF segment before its thumbnail: length, name, version, units, densities.
const JFIF_BYTES: usize = 14;
/// Scans of one picture. Real ones have about ten; each costs a pass over all pixels.
const SCANS_MAX: usize = 100;

pub(super) fn strip(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut rest = bytes.strip_prefix(&[MARK, START])?;
    let mut clean = Vec::with_capacity(bytes.len());
    clean.extend([MARK, START]);
    let (mut scans, mut turned) = (0, false);
    while let Some((code, after)) = marker(rest) {
        rest = after;
        match code {
            END => break,
            0x01 | 0xd0..=0xd7 => clean.extend([MARK, code]),
            _ => {
                let length = usize::from(u16::from_be_bytes(rest.first_chunk().copied()?));
                let segment = rest.get(..length).filter(|_| length >= 2)?;
                rest = &rest[length..];
                keep(&mut clean, code, segment, &mut turned);
            }
        }
        if code == SCAN {
            scans += 1;
            let length = scan_length(rest);
            clean.extend(&rest[..length]);
            rest = &rest[length..];
        }
        if scans > SCANS_MAX {
            return None;
        }
    }
    // Cameras that lost power leave pictures without an end, and browsers show them.
    clean.extend([MARK, END]);
    (scans > 0).then_some(clean)
}

/// The next marker, which any number of fill bytes may precede.
fn marker(bytes: &[u8]) -> Option<(u8, &[u8])> {
    let fill = bytes.iter().take_while(|byte| **byte == MARK).count();
    let code = *bytes.get(fill)?;
    (fill > 0 && code != 0).then(|| (code, &bytes[fill + 1..]))
}

/// How much of what follows is entropy-coded: up to a marker that is no restart.
fn scan_length(bytes: &[u8]) -> usize {
    let ends = |pair: &[u8]| pair[0] == MARK && !matches!(pair[1], 0 | MARK | 0xd0..=0xd7);
    bytes.windows(2).position(ends).unwrap_or(bytes.len())
}

/// Keeps what the picture needs to look right. `segment` begins with its length.
fn keep(clean: &mut Vec<u8>, code: u8, segment: &[u8], turned: &mut bool) {
    let body = &segment[2..];
    match code {
        APP0 if body.starts_with(b"JFIF\0") && segment.len() >= JFIF_BYTES + 2 => {
            // Without the thumbnail that may follow.
            clean.extend([MARK, APP0, 0, 16]);
            clean.extend(&segment[2..JFIF_BYTES]);
            clean.extend([0, 0]);
        }
        APP1 => {
            let exif = body.strip_prefix(b"Exif\0\0").filter(|_| !*turned);
            if let Some(turn) = exif.and_then(orientation::of) {
                *turned = true;
                clean.extend([MARK, APP1, 0, 34]);
                clean.extend(b"Exif\0\0");
                clean.extend(orientation::block(turn));
            }
        }
        APP2 if !body.starts_with(b"ICC_PROFILE\0") => {}
        APP14 if !body.starts_with(b"Adobe") => {}
        0xe0 | 0xe3..=0xed | 0xef | COMMENT => {}
        _ => {
            clean.extend([MARK, code]);
            clean.extend(segment);
        }
    }
}

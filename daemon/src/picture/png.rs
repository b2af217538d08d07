//! PNG (W3C, third edition): chunks of length, name, data and a checksum.

use super::orientation;

const SIGNATURE: &[u8] = b"\x89PNG\r\n\x1a\n";
/// Bytes of a chunk besides its data.
const FRAME_BYTES: usize = 12;

/// Chunks that change how the picture looks. Texts, times and private chunks are not among them.
const KEPT: [&[u8; 4]; 15] = [
    b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"iCCP", b"cICP",
    b"sBIT", b"bKGD", b"acTL", b"fcTL", b"fdAT",
];

pub(super) fn strip(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut rest = bytes.strip_prefix(SIGNATURE)?;
    let mut clean = Vec::with_capacity(bytes.len());
    clean.extend(SIGNATURE);
    while let Some(head) = rest.first_chunk::<8>() {
        let length = u32::from_be_bytes([head[0], head[1], head[2], head[3]]);
        let name = &head[4..];
        let whole = usize::try_from(length).ok()?.checked_add(FRAME_BYTES)?;
        let chunk = rest.get(..whole)?;
        rest = &rest[whole..];
        if KEPT.iter().any(|kept| *kept == name) {
            clean.extend(chunk);
        } else if name == b"eXIf"
            && let Some(turn) = orientation::of(&chunk[8..whole - 4])
        {
            clean.extend(chunk_of(b"eXIf", &orientation::block(turn)));
        }
        if name == b"IEND" {
            return Some(clean);
        }
    }
    None
}

fn chunk_of(name: &[u8; 4], data: &[u8]) -> Vec<u8> {
    let length = u32::try_from(data.len()).unwrap_or_default();
    let named = [name.as_slice(), data].concat();
    [length.to_be_bytes().as_slice(), &named, &checksum(&named).to_be_bytes()].concat()
}

/// CRC-32 as PNG has it (annex D). For a few bytes only, so bit by bit.
fn checksum(bytes: &[u8]) -> u32 {
    let step = |crc: u32| if crc & 1 == 1 { (crc >> 1) ^ 0xedb8_8320 } else { crc >> 1 };
    let byte = |crc: u32, byte: &u8| (0..8).fold(crc ^ u32::from(*byte), |crc, _| step(crc));
    !bytes.iter().fold(u32::MAX, byte)
}

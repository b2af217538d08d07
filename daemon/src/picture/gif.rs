//! GIF89a: a screen, then images and extensions, each in blocks of at most 255 bytes.

const EXTENSION: u8 = 0x21;
const IMAGE: u8 = 0x2c;
const TRAILER: u8 = 0x3b;
const CONTROL: u8 = 0xf9;
const APPLICATION: u8 = 0xff;
/// Signature and screen descriptor.
const HEAD_BYTES: usize = 13;
/// Separator and image descriptor.
const IMAGE_HEAD_BYTES: usize = 10;

pub(super) fn strip(bytes: &[u8]) -> Option<Vec<u8>> {
    let head = bytes.get(..HEAD_BYTES)?;
    let mut at = HEAD_BYTES + table_bytes(head[10]);
    let mut clean = bytes.get(..at)?.to_vec();
    let mut images = 0;
    loop {
        let start = at;
        match bytes.get(at) {
            Some(&EXTENSION) => {
                let label = *bytes.get(at + 1)?;
                at = blocks_end(bytes, at + 2)?;
                let name = bytes.get(start + 3..start + 14);
                let loops = matches!(name, Some(b"NETSCAPE2.0" | b"ANIMEXTS1.0"));
                if label == CONTROL || (label == APPLICATION && loops) {
                    clean.extend(&bytes[start..at]);
                }
            }
            Some(&IMAGE) => {
                let head = bytes.get(at..at + IMAGE_HEAD_BYTES)?;
                // One more byte says how large the codes are.
                let data = at + IMAGE_HEAD_BYTES + table_bytes(head[9]) + 1;
                match blocks_end(bytes, data) {
                    Some(end) => at = end,
                    None if images > 0 => break,
                    None => return None,
                }
                clean.extend(&bytes[start..at]);
                images += 1;
            }
            _ => break,
        }
    }
    clean.push(TRAILER);
    (images > 0).then_some(clean)
}

/// Bytes of the colour table that these flags announce.
const fn table_bytes(flags: u8) -> usize {
    if flags & 0x80 == 0 { 0 } else { 3 << ((flags & 7) + 1) }
}

/// Behind the empty block that ends a run of blocks.
fn blocks_end(bytes: &[u8], mut at: usize) -> Option<usize> {
    loop {
        match usize::from(*bytes.get(at)?) {
            0 => return Some(at + 1),
            length => at += length + 1,
        }
    }
}

//! What a file is, by its first bytes. Who sent it may say anything.
//!
//! Three rules keep a browser from running what somebody uploaded. Only types on this short list are
//! ever shown inline ([`is_inline`]); none of them can hold a script that runs in our origin. Whatever
//! is not recognised is bytes to take away. And text is plain text, unless it begins like markup or is
//! named like something that runs: then it is bytes as well.

use crate::file::{FileKind, FileName, MediaType};

/// How many bytes from the start are looked at.
pub const SNIFF_BYTES: usize = 4_096;

/// What a file was found to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sniffed {
    /// Its type.
    pub media_type: MediaType,
    /// How it is shown. A picture is one only once it was decoded.
    pub kind: FileKind,
}

impl Sniffed {
    /// Bytes in which nothing was recognised.
    pub const BYTES: Self = Self { media_type: MediaType::BYTES, kind: FileKind::Other };

    const fn new(media_type: &'static str, kind: FileKind) -> Self {
        Self { media_type: MediaType::known(media_type), kind }
    }
}

/// Plain text; `charset` is part of it so that no browser guesses another.
pub const PLAIN_TEXT: &str = "text/plain";

const INLINE: [&str; 17] = [
    "image/jpeg",
    "image/png",
    "image/gif",
    "image/webp",
    "audio/mpeg",
    "audio/aac",
    "audio/flac",
    "audio/wav",
    "audio/ogg",
    "audio/mp4",
    "audio/webm",
    "video/mp4",
    "video/quicktime",
    "video/ogg",
    "video/webm",
    "application/pdf",
    PLAIN_TEXT,
];

/// Whether a browser may show this type inside a page of ours.
#[must_use]
pub fn is_inline(media_type: &MediaType) -> bool {
    INLINE.contains(&media_type.as_str())
}

/// Extensions of text that some program would run or render if it got the chance.
const RUNS: [&str; 24] = [
    "bat", "cmd", "css", "desktop", "hta", "htm", "html", "js", "jse", "mht", "mhtml", "mjs",
    "ps1", "reg", "shtml", "svg", "url", "vbs", "wsf", "xht", "xhtml", "xml", "xsl", "xslt",
];

/// Says what a file is. `head` are its first [`SNIFF_BYTES`], or all of it; `declared` only tells
/// sound from film where one container holds either.
#[must_use]
pub fn sniff(head: &[u8], name: &FileName, declared: &str) -> Sniffed {
    let found = picture(head).or_else(|| film(head, declared)).or_else(|| sound(head));
    let found = found.or_else(|| {
        head.starts_with(b"%PDF-").then(|| Sniffed::new("application/pdf", FileKind::Pdf))
    });
    found.unwrap_or_else(|| {
        let runs = RUNS.contains(&name.extension().as_str());
        if !runs && is_plain_text(head) {
            Sniffed::new(PLAIN_TEXT, FileKind::Text)
        } else {
            Sniffed::BYTES
        }
    })
}

fn picture(head: &[u8]) -> Option<Sniffed> {
    let media_type = match head {
        [0xff, 0xd8, 0xff, ..] => "image/jpeg",
        [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n', ..] => "image/png",
        [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] => "image/gif",
        _ if is_riff(head, b"WEBP") => "image/webp",
        _ => return None,
    };
    Some(Sniffed::new(media_type, FileKind::Picture))
}

fn is_riff(head: &[u8], form: &[u8; 4]) -> bool {
    head.starts_with(b"RIFF") && head.get(8..12) == Some(form)
}

fn film(head: &[u8], declared: &str) -> Option<Sniffed> {
    let is_sound = declared.starts_with("audio/");
    let either = |sound, film| {
        if is_sound {
            Sniffed::new(sound, FileKind::Audio)
        } else {
            Sniffed::new(film, FileKind::Video)
        }
    };
    if head.get(4..8) == Some(b"ftyp") {
        return match head.get(8..12)? {
            b"M4A " | b"M4B " => Some(Sniffed::new("audio/mp4", FileKind::Audio)),
            b"qt  " => Some(Sniffed::new("video/quicktime", FileKind::Video)),
            [b'i', b's', b'o', _]
            | [b'm', b'p', b'4', _]
            | [b'3', b'g', b'p', _]
            | b"avc1"
            | b"dash"
            | b"MSNV"
            | b"M4V " => Some(either("audio/mp4", "video/mp4")),
            _ => None,
        };
    }
    let start = &head[..head.len().min(64)];
    let holds = |word: &[u8]| start.windows(word.len()).any(|window| window == word);
    if start.starts_with(&[0x1a, 0x45, 0xdf, 0xa3]) && holds(b"webm") {
        return Some(either("audio/webm", "video/webm"));
    }
    if start.starts_with(b"OggS") {
        let is_film = holds(b"\x80theora");
        let (media_type, kind) =
            if is_film { ("video/ogg", FileKind::Video) } else { ("audio/ogg", FileKind::Audio) };
        return Some(Sniffed::new(media_type, kind));
    }
    None
}

fn sound(head: &[u8]) -> Option<Sniffed> {
    let media_type = match head {
        [b'I', b'D', b'3', ..] => "audio/mpeg",
        [b'f', b'L', b'a', b'C', ..] => "audio/flac",
        [0xff, 0xf1 | 0xf9, ..] => "audio/aac",
        // A frame of layer III with a bit rate and a sampling rate that exist (ISO 11172-3, 2.4.2.3).
        [0xff, b1, b2, ..]
            if b1 & 0xe6 == 0xe2 && !matches!(b2 >> 4, 0 | 0xf) && b2 & 0x0c != 0x0c =>
        {
            "audio/mpeg"
        }
        _ if is_riff(head, b"WAVE") => "audio/wav",
        _ => return None,
    };
    Some(Sniffed::new(media_type, FileKind::Audio))
}

/// Whether these are the first bytes of a text in UTF-8 that does not begin like markup.
fn is_plain_text(head: &[u8]) -> bool {
    let text = match std::str::from_utf8(head) {
        Ok(text) => text,
        // The cut may go through a character; anything else is not UTF-8.
        Err(error) if error.error_len().is_none() && head.len() >= SNIFF_BYTES => {
            std::str::from_utf8(&head[..error.valid_up_to()]).unwrap_or_default()
        }
        Err(_) => return false,
    };
    let strange = |c: char| c.is_control() && !matches!(c, '\n' | '\r' | '\t' | '\u{c}');
    let first = text.trim_start_matches(|c: char| c == '\u{feff}' || c.is_whitespace());
    !text.contains(strange) && !first.starts_with('<')
}

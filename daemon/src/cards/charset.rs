//! In which letters a page is written. Servers and pages are often wrong about it, so what is valid
//! UTF-8 is read as that; else what the server says, what the page says, and what Chinese pages that
//! say nothing are written in: the first in which every byte means something.

use std::borrow::Cow;

use encoding_rs::{Encoding, GB18030, UTF_8, WINDOWS_1252};

/// How far a page may be into itself when it says its letters, in bytes (WHATWG HTML, 13.2.3.2).
const PRESCAN_BYTES_MAX: usize = 1_024;
/// Longest name of an encoding, in bytes.
const LABEL_BYTES_MAX: usize = 40;

/// The text of a page's head. What means nothing becomes U+FFFD.
pub(super) fn decode<'p>(page: &'p [u8], content_type: &str) -> Cow<'p, str> {
    if let Some((encoding, _)) = Encoding::for_bom(page) {
        return encoding.decode(page).0;
    }
    let prescan = &page[..page.len().min(PRESCAN_BYTES_MAX)];
    // A page that could say in ASCII that it is UTF-16 is not (WHATWG HTML, 13.2.3.2).
    let says = named(prescan).map(|says| if says.is_ascii_compatible() { says } else { UTF_8 });
    let told = [named(content_type.as_bytes()), says].into_iter().flatten();
    // Text of another encoding is hardly ever valid UTF-8 by chance, unless it is all ASCII.
    let looks = (!page.is_ascii()).then_some(UTF_8);
    let in_order = looks.into_iter().chain(told.clone()).chain([UTF_8, GB18030]);
    let mut fitting = in_order
        .filter_map(|encoding| encoding.decode_without_bom_handling_and_without_replacement(page));
    fitting.next().unwrap_or_else(|| {
        let first = told.clone().next().unwrap_or(WINDOWS_1252);
        first.decode_without_bom_handling(page).0
    })
}

/// The encoding that stands behind the first `charset=`.
fn named(text: &[u8]) -> Option<&'static Encoding> {
    const SIGN: &[u8] = b"charset";
    let at = text.windows(SIGN.len()).position(|window| window.eq_ignore_ascii_case(SIGN))?;
    let rest = text[at + SIGN.len()..].trim_ascii_start().strip_prefix(b"=")?.trim_ascii_start();
    let rest = rest.strip_prefix(b"\"").or_else(|| rest.strip_prefix(b"'")).unwrap_or(rest);
    let ends =
        |byte: &u8| matches!(byte, b'"' | b'\'' | b';' | b'>' | b'/') || byte.is_ascii_whitespace();
    let length = rest.iter().position(ends).unwrap_or(rest.len());
    Encoding::for_label(&rest[..length.min(LABEL_BYTES_MAX)])
}

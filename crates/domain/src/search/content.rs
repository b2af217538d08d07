//! The text in a file, if there is any.
//!
//! What a file is called says nothing here: its bytes have to be a text, in UTF-8, in UTF-16 with its
//! mark, or in GBK where that is clear. Anything else has no text, whatever is in it. The text is only
//! searched and quoted, so it may be the source of a page or a script, which [`crate::sniff`] would
//! never let a browser show.

use encoding_rs::{Encoding, GB18030, UTF_16BE, UTF_16LE};

use crate::file::{Attachment, FileKind};

/// How many bytes from the start show whether a file can have text in it.
pub const HEAD_BYTES: usize = 4_096;
/// Longest character of an encoding read here, in bytes: what a cut can leave of one is less.
const CHARACTER_BYTES_MAX: usize = 4;
/// Of a hundred characters of two bytes, so many have to be everyday ones, or it is not GBK.
const EVERYDAY_PERCENT: usize = 90;

/// Whether a file may have text in it, by what is known without its content.
#[must_use]
pub const fn may_have_text(file: &Attachment) -> bool {
    matches!(file.kind, FileKind::Text | FileKind::Other) && file.size_bytes > 0
}

/// The text that these bytes are, the first of a file or all of it; nothing if they are none. `cut`
/// says that more follow, so that the last character may be torn.
#[must_use]
pub fn text_of(bytes: &[u8], cut: bool) -> Option<String> {
    let text = match bytes {
        [0xef, 0xbb, 0xbf, rest @ ..] => utf8(rest, cut),
        [0xff, 0xfe, rest @ ..] => decoded(UTF_16LE, rest, cut),
        [0xfe, 0xff, rest @ ..] => decoded(UTF_16BE, rest, cut),
        _ => utf8(bytes, cut).or_else(|| gbk(bytes, cut)),
    };
    text.filter(|text| !text.contains(is_strange))
}

/// Controls that no text has; escapes colour the lines of logs.
fn is_strange(c: char) -> bool {
    c.is_control() && !matches!(c, '\n' | '\r' | '\t' | '\u{c}' | '\u{1b}')
}

fn utf8(bytes: &[u8], cut: bool) -> Option<String> {
    let valid = match std::str::from_utf8(bytes) {
        Ok(text) => return Some(text.to_owned()),
        Err(error) if cut && error.error_len().is_none() => &bytes[..error.valid_up_to()],
        Err(_) => return None,
    };
    std::str::from_utf8(valid).ok().map(str::to_owned)
}

fn gbk(bytes: &[u8], cut: bool) -> Option<String> {
    is_clearly_gbk(bytes).then(|| decoded(GB18030, bytes, cut)).flatten()
}

/// Whether nearly all characters of two bytes are among those that GB 2312 calls everyday ones (its
/// rows 16 to 55), or its signs and full-width letters (rows 1 to 3). Texts of Latin alphabets, in
/// Big5 and in Japanese encodings are far from it.
fn is_clearly_gbk(bytes: &[u8]) -> bool {
    let (mut all, mut everyday, mut at) = (0, 0, 0);
    while let (Some(first), Some(second)) = (bytes.get(at), bytes.get(at + 1)) {
        if first.is_ascii() {
            at += 1;
            continue;
        }
        all += 1;
        let row = matches!(first, 0xb0..=0xd7 | 0xa1..=0xa3);
        everyday += usize::from(row && *second >= 0xa1);
        at += 2;
    }
    all > 0 && everyday * 100 >= all * EVERYDAY_PERCENT
}

fn decoded(encoding: &'static Encoding, bytes: &[u8], cut: bool) -> Option<String> {
    let torn_max = if cut { CHARACTER_BYTES_MAX.min(bytes.len()) } else { 1 };
    (0..torn_max).find_map(|torn| {
        let whole = &bytes[..bytes.len() - torn];
        let text = encoding.decode_without_bom_handling_and_without_replacement(whole)?;
        Some(text.into_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn gbk_of(text: &str) -> Vec<u8> {
        GB18030.encode(text).0.into_owned()
    }

    fn utf16(text: &str, mark: [u8; 2], unit: fn(u16) -> [u8; 2]) -> Vec<u8> {
        mark.into_iter().chain(text.encode_utf16().flat_map(unit)).collect()
    }

    const CHINESE: &str = "姓名,部门\r\n林晓雨,产品经理，十月预算：3000元\r\n";

    #[test]
    fn every_encoding_gives_the_same_text() {
        let mark = [b"\xef\xbb\xbf", CHINESE.as_bytes()].concat();
        for bytes in [
            CHINESE.as_bytes().to_vec(),
            mark,
            gbk_of(CHINESE),
            utf16(CHINESE, [0xff, 0xfe], u16::to_le_bytes),
            utf16(CHINESE, [0xfe, 0xff], u16::to_be_bytes),
        ] {
            assert_eq!(text_of(&bytes, false).as_deref(), Some(CHINESE), "{bytes:x?}");
        }
        assert_eq!(text_of(b"", false).as_deref(), Some(""));
        assert_eq!(
            text_of(b"\x1b[31merror\x1b[0m", false).as_deref(),
            Some("\x1b[31merror\x1b[0m")
        );
    }

    #[test]
    fn a_cut_takes_the_torn_character_and_no_more() {
        let mark = |text: &str| utf16(text, [0xff, 0xfe], u16::to_le_bytes);
        let encoders: [fn(&str) -> Vec<u8>; 3] = [|text| text.as_bytes().to_vec(), gbk_of, mark];
        for encode in encoders {
            let bytes = encode(CHINESE);
            for end in 8..bytes.len() {
                let text = text_of(&bytes[..end], true).unwrap();
                assert!(CHINESE.starts_with(&text), "{text:?}");
                assert!(end - encode(&text).len() < CHARACTER_BYTES_MAX, "{text:?}");
            }
        }
        assert_eq!(text_of(&CHINESE.as_bytes()[..CHINESE.len() - 3], false), None);
    }

    #[test]
    fn what_is_no_text_has_none() {
        let latin = b"M\xfcller wohnt in der Bahnhofstra\xdfe, gleich \xfcber dem Caf\xe9";
        let big5 = b"\xb9w\xba\xe2\xaa\xed\xa1A\xb3\xf8\xbb\xf9\xb3\xe6";
        let shift_jis = b"\x97\x5c\x8eZ\x82\xf0\x8cv\x8eZ\x82\xb7\x82\xe9";
        let utf32 = b"\xff\xfe\x00\x00a\x00\x00\x00";
        for bytes in [
            &b"PK\x03\x04\x14\x00\x06\x00"[..],
            b"\x7fELF\x02\x01\x01\x00",
            b"text, then \x00 nothing",
            b"\xff\xfe\x00\xd8a\x00",
            b"\xef\xbb\xbf\xff",
            b"\xff",
            latin,
            big5,
            shift_jis,
            utf32,
        ] {
            assert_eq!(text_of(bytes, false), None, "{bytes:x?}");
            assert!(text_of(bytes, true).is_none_or(|text| text.is_empty()), "{bytes:x?}");
        }
    }

    proptest! {
        #[test]
        fn a_text_has_no_strange_controls(bytes in proptest::collection::vec(any::<u8>(), 0..200), cut in any::<bool>()) {
            prop_assert!(text_of(&bytes, cut).is_none_or(|text| !text.contains(is_strange)));
        }

        #[test]
        fn a_cut_gives_a_beginning(text in "[a-z 的一是不了人我在有他预算\n]{1,60}", end in 1usize..60) {
            let bytes = gbk_of(&text);
            let end = end.min(bytes.len());
            // A few bytes may happen to be a text in UTF-8 as well.
            prop_assume!(utf8(&bytes[..end], true).is_none());
            if let Some(found) = text_of(&bytes[..end], true) {
                prop_assert!(text.starts_with(&found));
            }
        }
    }
}

//! What a text is made of, as far as it can be found.
//!
//! A piece is a word, or a single character of a script that is written without spaces (Chinese,
//! Japanese, Korean, Thai and the like, and emoji). Case, width and Latin diacritics are folded:
//! `Ｑ４` is `q4`, `Café` is `cafe`. Characters that show nothing are passed over, so they can't hide
//! a word. Texts and queries go through the same function, so what it makes equal is found.

use unicode_normalization::char::{decompose_compatible, is_combining_mark};

/// Longest word that is told apart, in characters; of a longer one the beginning counts.
pub const WORD_CHARS_MAX: usize = 64;

/// A piece of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    /// What it is compared by.
    pub folded: String,
    /// Where it starts in the text, in bytes.
    pub start: usize,
    /// Where it ends.
    pub end: usize,
    /// Whether it is one character that stands for itself.
    pub single: bool,
    /// Whether nothing visible lies between it and the piece before.
    pub joined: bool,
}

/// The pieces of a text, in order.
#[must_use]
pub fn pieces(text: &str) -> Vec<Piece> {
    let mut found = Cutter { pieces: Vec::with_capacity(text.len() / 4), word: None, gap: true };
    for (start, c) in text.char_indices() {
        let end = start + c.len_utf8();
        if c.is_ascii() {
            found.take(c.to_ascii_lowercase(), start, end);
        } else if is_whole(c) {
            found.take(c, start, end);
        } else if !is_ignored(c) {
            decompose_compatible(c, |part| {
                if !is_diacritic(part) {
                    part.to_lowercase().for_each(|c| found.take(c, start, end));
                }
            });
        }
    }
    found.end_word();
    found.pieces
}

struct Cutter {
    pieces: Vec<Piece>,
    /// The word that is being read, and how many characters of it were kept.
    word: Option<(Piece, usize)>,
    gap: bool,
}

impl Cutter {
    fn take(&mut self, c: char, start: usize, end: usize) {
        if is_ignored(c) || is_diacritic(c) {
            return;
        }
        if is_single(c) {
            self.end_word();
            let joined = !std::mem::take(&mut self.gap);
            self.pieces.push(Piece { folded: c.into(), start, end, single: true, joined });
        } else if c.is_alphanumeric() || is_combining_mark(c) {
            let joined = !std::mem::take(&mut self.gap);
            let fresh = Piece { folded: String::new(), start, end, single: false, joined };
            let (word, kept) = self.word.get_or_insert((fresh, 0));
            word.end = end;
            if *kept < WORD_CHARS_MAX {
                word.folded.push(c);
                *kept += 1;
            }
        } else {
            self.end_word();
            self.gap = true;
        }
    }

    fn end_word(&mut self) {
        if let Some((word, _)) = self.word.take() {
            self.pieces.push(word);
        }
    }
}

/// The same text with its case, width and diacritics folded and all else kept.
#[must_use]
pub fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    for c in text.chars().filter(|c| !is_ignored(*c)) {
        if is_whole(c) {
            folded.push(c);
        } else {
            decompose_compatible(c, |part| {
                if !is_diacritic(part) {
                    folded.extend(part.to_lowercase());
                }
            });
        }
    }
    folded
}

/// Scripts without spaces, and pictures. There, any character may begin a word.
const fn is_single(c: char) -> bool {
    matches!(c,
        '\u{0E00}'..='\u{0EFF}' | '\u{1000}'..='\u{109F}' | '\u{1780}'..='\u{17FF}'
        | '\u{2600}'..='\u{27BF}' | '\u{2B00}'..='\u{2BFF}' | '\u{2E80}'..='\u{2FDF}'
        | '\u{3005}'..='\u{3007}' | '\u{3021}'..='\u{3029}' | '\u{3041}'..='\u{30FA}'
        | '\u{30FC}'..='\u{312F}' | '\u{31A0}'..='\u{31BF}' | '\u{31F0}'..='\u{31FF}'
        | '\u{3400}'..='\u{4DBF}' | '\u{4E00}'..='\u{9FFF}' | '\u{AC00}'..='\u{D7A3}'
        | '\u{F900}'..='\u{FAFF}' | '\u{1F000}'..='\u{1F3FA}' | '\u{1F400}'..='\u{1FAFF}'
        | '\u{20000}'..='\u{3FFFF}')
}

/// Characters that must not be taken apart: syllables of Hangul and voiced kana.
const fn is_whole(c: char) -> bool {
    matches!(c, '\u{3041}'..='\u{30FF}' | '\u{4E00}'..='\u{9FFF}' | '\u{AC00}'..='\u{D7A3}')
}

/// Marks of Latin, Greek and Cyrillic letters; marks of other scripts carry meaning.
const fn is_diacritic(c: char) -> bool {
    matches!(c, '\u{0300}'..='\u{036F}' | '\u{1AB0}'..='\u{1AFF}' | '\u{1DC0}'..='\u{1DFF}'
        | '\u{20D0}'..='\u{20FF}')
}

/// What shows nothing, or only changes how its neighbour looks.
const fn is_ignored(c: char) -> bool {
    matches!(c, '\u{00AD}' | '\u{061C}' | '\u{180E}' | '\u{200B}'..='\u{200F}'
        | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{FE00}'..='\u{FE0F}'
        | '\u{FEFF}' | '\u{1F3FB}'..='\u{1F3FF}' | '\u{E0000}'..='\u{E01EF}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn folded(text: &str) -> Vec<String> {
        pieces(text).into_iter().map(|piece| piece.folded).collect()
    }

    #[test]
    fn both_languages_are_cut_where_they_can_be_found() {
        assert_eq!(folded("Q4预算v2.pdf"), ["q4", "预", "算", "v2", "pdf"]);
        assert_eq!(folded("snake_case don't"), ["snake", "case", "don", "t"]);
        assert_eq!(folded("早上好🔥ok"), ["早", "上", "好", "🔥", "ok"]);
        assert_eq!(folded("도쿄 がっこう"), ["도", "쿄", "が", "っ", "こ", "う"]);
    }

    #[test]
    fn case_width_and_diacritics_are_folded() {
        assert_eq!(folded("Ｑ４ ＢＵＤＧＥＴ"), ["q4", "budget"]);
        assert_eq!(folded("Café Ünïcode ﬁle İ"), ["cafe", "unicode", "file", "i"]);
        assert_eq!(fold("ＰＭ：３月"), "pm:3月");
    }

    #[test]
    fn what_shows_nothing_hides_nothing() {
        assert_eq!(
            folded("pass\u{200B}word \u{202E}预\u{2060}算\u{FE0F}"),
            ["password", "预", "算"]
        );
        assert!(pieces("预\u{200D}算")[1].joined && !pieces("预，算")[1].joined);
    }

    #[test]
    fn of_a_long_word_the_beginning_counts() {
        let word = "a".repeat(5_000);
        assert_eq!(pieces(&word)[0].folded.len(), WORD_CHARS_MAX);
        assert_eq!(pieces(&word)[0].end, 5_000);
    }

    proptest! {
        #[test]
        fn pieces_lie_in_the_text_in_order(text in "\\PC{0,80}") {
            let mut last = 0;
            for piece in pieces(&text) {
                prop_assert!(piece.start >= last && piece.end <= text.len());
                prop_assert!(text.get(piece.start..piece.end).is_some_and(|part| !part.is_empty()));
                prop_assert!(!piece.folded.is_empty());
                last = piece.start;
            }
        }

        #[test]
        fn folding_twice_is_folding_once(text in "\\PC{0,40}") {
            let once: Vec<String> = folded(&text);
            let again = folded(&once.join(" "));
            prop_assert_eq!(once, again);
        }
    }
}

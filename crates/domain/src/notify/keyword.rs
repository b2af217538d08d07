//! Words that somebody wants to hear of.
//!
//! A keyword of letters is found as a whole word: `plan` is not in "planet". Chinese, Japanese and
//! Korean write no spaces, so there a keyword is found anywhere: 预算 is in 十月预算表. What counts is
//! the character at each end, so `Q3预算` asks for a boundary before the Q and for none after 算. Case
//! makes no difference, nor do full-width forms.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::limits::KEYWORD_GRAPHEMES_MAX;
use crate::text::{TextError, single_line, texts};

texts! {
    /// A word or phrase that counts as a mention: one line, 1 to 40 graphemes.
    Keyword by parse
}

/// A text in the form in which keywords are looked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Folded(String);

impl Folded {
    /// Folds a text.
    #[must_use]
    pub fn new(text: &str) -> Self {
        Self(text.chars().flat_map(fold).collect())
    }
}

/// Full-width ASCII and the ideographic space become what they stand for; letters lose their case.
fn fold(c: char) -> impl Iterator<Item = char> {
    let narrow = match c {
        '\u{3000}' => ' ',
        '\u{FF01}'..='\u{FF5E}' => {
            char::from_u32(u32::from(c) - u32::from('\u{FF01}') + u32::from('!')).unwrap_or(c)
        }
        _ => c,
    };
    narrow.to_lowercase()
}

/// Whether a character is part of a word in a script that separates words.
fn joins(c: char) -> bool {
    c.is_alphanumeric() && !is_unspaced(c)
}

/// The blocks of Chinese, Japanese and Korean. Written as ranges so that the page has the same.
const fn is_unspaced(c: char) -> bool {
    matches!(c, '\u{2E80}'..='\u{9FFF}' | '\u{AC00}'..='\u{D7AF}' | '\u{F900}'..='\u{FAFF}'
        | '\u{20000}'..='\u{3FFFF}')
}

impl Keyword {
    /// Trims and checks a keyword.
    ///
    /// # Errors
    /// [`TextError`] when it is empty, too long or has a character that can't be seen.
    pub fn parse(raw: &str) -> Result<Self, TextError> {
        let text = single_line(raw, KEYWORD_GRAPHEMES_MAX)?;
        if text.is_empty() { Err(TextError::Empty) } else { Ok(Self(text)) }
    }

    /// Whether a text has it.
    #[must_use]
    pub fn is_in(&self, text: &Folded) -> bool {
        let Folded(wanted) = Folded::new(&self.0);
        let Folded(text) = text;
        let starts = wanted.chars().next().is_some_and(joins);
        let ends = wanted.chars().next_back().is_some_and(joins);
        text.match_indices(&wanted).any(|(at, found)| {
            let before = text[..at].chars().next_back().is_some_and(joins);
            let after = text[at + found.len()..].chars().next().is_some_and(joins);
            !(starts && before || ends && after)
        })
    }
}

//! Link cards: what a page that a message links to says of itself.
//!
//! The page is a stranger's. Its words are cut, made one line and cleaned of what controls or shows
//! nothing, and the card says which host they came from, whatever the page calls itself.

use serde::{Deserialize, Serialize};
use unicode_segmentation::UnicodeSegmentation;
use utoipa::ToSchema;

use crate::limits::{
    CARD_DESCRIPTION_GRAPHEMES_MAX, CARD_HOST_GRAPHEMES_MAX, CARD_SITE_GRAPHEMES_MAX,
    CARD_TITLE_GRAPHEMES_MAX,
};
use crate::link::LinkUrl;
use crate::text::{TextError, deceives, drop_idle, single_line};

/// What ends a line that was cut.
const ELLIPSIS: char = '…';

/// What is shown of a page under a message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Card {
    /// The address as it stands in the message.
    pub url: LinkUrl,
    /// The host that answered, after redirects.
    pub host: CardText,
    /// What the site calls itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub site: Option<CardText>,
    /// The page's title.
    pub title: CardText,
    /// What it says it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<CardText>,
}

/// What a page says of itself, in its own words.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PageWords {
    /// What the site calls itself.
    pub site: String,
    /// The page's title.
    pub title: String,
    /// What it says it is about.
    pub description: String,
}

/// A page as it is remembered, whichever message links to it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Page {
    host: CardText,
    site: Option<CardText>,
    title: CardText,
    description: Option<CardText>,
}

impl Page {
    /// Takes over what a page of `host` says; nothing where it has no title.
    #[must_use]
    pub fn new(host: &str, words: &PageWords) -> Option<Self> {
        let title = CardText::cut(&words.title, CARD_TITLE_GRAPHEMES_MAX)?;
        let host = CardText::cut(host, CARD_HOST_GRAPHEMES_MAX)?;
        let site = CardText::cut(&words.site, CARD_SITE_GRAPHEMES_MAX);
        let description = CardText::cut(&words.description, CARD_DESCRIPTION_GRAPHEMES_MAX);
        Some(Self {
            site: site.filter(|site| *site != host),
            description: description.filter(|description| *description != title),
            host,
            title,
        })
    }

    /// The card for a message that links to it by `url`.
    #[must_use]
    pub fn card(self, url: LinkUrl) -> Card {
        let Self { host, site, title, description } = self;
        Card { url, host, site, title, description }
    }
}

/// One line of a stranger's words, at most 300 graphemes, never empty.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(try_from = "String", into = "String")]
#[schema(value_type = String)]
pub struct CardText(String);

impl CardText {
    /// Makes one clean line of whatever a page says, and ends a longer one with `…`; nothing where
    /// nothing visible is left.
    #[must_use]
    pub fn cut(raw: &str, graphemes_max: usize) -> Option<Self> {
        // More than enough for any line of that length; a page may send megabytes.
        let bytes_max = graphemes_max.saturating_mul(8);
        let line = honest_line(raw, bytes_max + ELLIPSIS.len_utf8());
        let ends = line.grapheme_indices(true).map(|(at, grapheme)| at + grapheme.len());
        let ends: Vec<usize> = ends.take(graphemes_max + 1).collect();
        if ends.len() <= graphemes_max && line.len() <= bytes_max {
            return Self::parse(&line).ok();
        }
        let room = bytes_max - ELLIPSIS.len_utf8();
        let kept = ends.iter().take(graphemes_max - 1).rev().find(|end| **end <= room);
        let kept = line[..kept.copied().unwrap_or(0)].trim_end();
        Self::parse(&format!("{kept}{ELLIPSIS}")).ok()
    }

    /// Checks a line that comes from elsewhere.
    ///
    /// # Errors
    /// [`TextError`] when it is empty, too long or has a character that could deceive.
    pub fn parse(raw: &str) -> Result<Self, TextError> {
        let text = single_line(raw, CARD_DESCRIPTION_GRAPHEMES_MAX)?;
        if text.is_empty() { Err(TextError::Empty) } else { Ok(Self(text)) }
    }

    /// The line itself.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<CardText> for String {
    fn from(text: CardText) -> Self {
        text.0
    }
}

impl TryFrom<String> for CardText {
    type Error = TextError;

    fn try_from(raw: String) -> Result<Self, TextError> {
        Self::parse(&raw)
    }
}

/// The first characters of a stranger's text as one line, without those that deceive.
fn honest_line(raw: &str, bytes_max: usize) -> String {
    let mut line = String::new();
    let mut gap = false;
    for c in raw.chars() {
        if c.is_whitespace() {
            gap = !line.is_empty();
        } else if !deceives(c) {
            if std::mem::take(&mut gap) {
                line.push(' ');
            }
            if line.len() + c.len_utf8() > bytes_max {
                break;
            }
            line.push(c);
        }
    }
    drop_idle(&mut line);
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(raw: &str) -> Option<String> {
        CardText::cut(raw, 10).map(String::from)
    }

    #[test]
    fn a_strangers_words_become_one_clean_line() {
        assert_eq!(cut(" a\n\t b\u{2028}c ").as_deref(), Some("a b c"));
        assert_eq!(cut("a\u{202E}b\u{200B}c\u{0}d\u{FEFF}").as_deref(), Some("abcd"));
        assert_eq!(cut("a\u{FE0F}\u{200D}b👩‍👩‍👧‍👦").as_deref(), Some("ab👩👩👧👦"));
        for nothing in ["", " \n ", "\u{200B}\u{2800}", "\u{202E}"] {
            assert_eq!(cut(nothing), None, "{nothing:?}");
        }
    }

    #[test]
    fn what_is_too_long_is_cut_at_a_whole_character() {
        assert_eq!(cut("0123456789").as_deref(), Some("0123456789"));
        assert_eq!(cut("01234567890").as_deref(), Some("012345678…"));
        assert_eq!(cut("01234567 90x").as_deref(), Some("01234567…"));
        assert_eq!(cut(&"好".repeat(500_000)).as_deref(), Some("好好好好好好好好好…"));
        let stacked = format!("a{}b", "\u{301}".repeat(10_000));
        assert!(cut(&stacked).is_none_or(|text| text.len() <= 80));
    }

    #[test]
    fn a_page_without_a_title_is_no_card() {
        let words = |title: &str| PageWords { title: title.into(), ..PageWords::default() };
        assert!(Page::new("a.example", &words("\u{200B} ")).is_none());
        let page = Page::new("a.example", &words("Title")).unwrap();
        let card = page.card(LinkUrl::parse("https://a.example/x").unwrap());
        assert_eq!((card.title.as_str(), card.site), ("Title", None));
    }

    #[test]
    fn the_same_words_are_not_said_twice() {
        let words = PageWords {
            site: "a.example".into(),
            title: "Title".into(),
            description: " Title ".into(),
        };
        let page = Page::new("a.example", &words).unwrap();
        assert_eq!((page.site, page.description), (None, None));
    }
}

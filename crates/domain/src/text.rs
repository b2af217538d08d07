//! Texts that people wrote, parsed once at the door. A value of these types is always within limits.
//!
//! Names and handles refuse what could make one person look like another: control characters,
//! bidirectional controls and invisible characters (Unicode TR 36). Messages keep every script's marks,
//! because the page isolates each message's direction; they refuse control characters only.

use serde::{Deserialize, Serialize};
use unicode_segmentation::UnicodeSegmentation;
use utoipa::ToSchema;

use crate::limits;

/// Why a text was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TextError {
    /// Nothing is left after trimming.
    #[error("the text is empty")]
    Empty,
    /// More graphemes, characters or bytes than the limit.
    #[error("the text is longer than {max}")]
    TooLong {
        /// The limit that was passed, in the unit of that text.
        max: usize,
    },
    /// Fewer characters than the limit.
    #[error("the text is shorter than {min}")]
    TooShort {
        /// The limit that was not reached, in characters.
        min: usize,
    },
    /// A control, bidirectional or invisible character, or one that a handle may not have.
    #[error("the text has a character that is not allowed (U+{code_point:04X})")]
    Character {
        /// The first such character.
        code_point: u32,
    },
}

fn is_bidi_control(c: char) -> bool {
    matches!(c, '\u{061C}' | '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

/// Zero-width and other characters that show nothing. The zero-width joiner is not among them: it
/// builds emoji and Indic letters.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{00AD}' | '\u{034F}' | '\u{115F}' | '\u{1160}' | '\u{17B4}' | '\u{17B5}' | '\u{180E}'
        | '\u{200B}' | '\u{200C}' | '\u{2060}'..='\u{2064}' | '\u{206A}'..='\u{206F}' | '\u{3164}'
        | '\u{2800}' | '\u{FEFF}' | '\u{FFA0}' | '\u{FFF9}'..='\u{FFFB}'
        | '\u{1D173}'..='\u{1D17A}' | '\u{E0000}'..='\u{E007F}')
}

const JOINER: char = '\u{200D}';
const KEYCAP: char = '\u{20E3}';

fn is_variation(c: char) -> bool {
    matches!(c, '\u{FE00}'..='\u{FE0F}' | '\u{E0100}'..='\u{E01EF}')
}

/// Whether a joiner or a variation selector stands where it can change nothing, so that two names
/// would differ and look the same. Emoji, Indic and Han keep theirs where they are used.
fn is_idle(before: Option<char>, c: char, after: Option<char>) -> bool {
    if c != JOINER && !is_variation(c) {
        return false;
    }
    let Some(before) = before else { return true };
    let plain = before.is_ascii() || (before.is_alphanumeric() && before < '\u{0590}');
    let han = before.is_alphanumeric() && matches!(before, '\u{2E80}'..='\u{D7FF}' | '\u{20000}'..);
    match c {
        JOINER => {
            plain || han || before == JOINER || after.is_none_or(|c| c.is_ascii() || c == JOINER)
        }
        _ if after == Some(KEYCAP) => false,
        _ => plain || before.is_whitespace() || before == JOINER || is_variation(before),
    }
}

fn find_idle(text: &str) -> Option<char> {
    let mut before = None;
    let mut rest = text.chars();
    while let Some(c) = rest.next() {
        if is_idle(before, c, rest.clone().next()) {
            return Some(c);
        }
        before = Some(c);
    }
    None
}

fn within(text: &str, graphemes_max: usize, bytes_max: usize) -> Result<(), TextError> {
    // A grapheme has at least one byte, so most texts need no counting.
    let many = || text.graphemes(true).take(graphemes_max + 1).count() > graphemes_max;
    if text.len() > bytes_max || (text.len() > graphemes_max && many()) {
        return Err(TextError::TooLong { max: graphemes_max });
    }
    Ok(())
}

/// Whether a character controls something or shows nothing.
pub(crate) fn deceives(c: char) -> bool {
    let breaks_line = c.is_control() || matches!(c, '\u{2028}' | '\u{2029}');
    breaks_line || is_bidi_control(c) || is_invisible(c)
}

pub(crate) fn single_line(raw: &str, graphemes_max: usize) -> Result<String, TextError> {
    let text = raw.trim();
    within(text, graphemes_max, graphemes_max.saturating_mul(8))?;
    match text.chars().find(|c| deceives(*c)).or_else(|| find_idle(text)) {
        Some(c) => Err(TextError::Character { code_point: c.into() }),
        None => Ok(text.to_owned()),
    }
}

/// Takes the joiners and variation selectors out of a line in which one of them stands idle.
pub(crate) fn drop_idle(line: &mut String) {
    // Taking one away may leave its neighbour idle, so a line with a stray one keeps none.
    if find_idle(line).is_some() {
        line.retain(|c| c != JOINER && !is_variation(c));
    }
}

macro_rules! texts {
    ($($(#[$doc:meta])+ $name:ident by $parse:ident)+) => {$(
        $(#[$doc])+
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
        #[serde(try_from = "String", into = "String")]
        #[schema(value_type = String)]
        pub struct $name(String);

        impl $name {
            /// The text itself.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl From<$name> for String {
            fn from(text: $name) -> Self {
                text.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = TextError;

            fn try_from(raw: String) -> Result<Self, TextError> {
                Self::$parse(&raw)
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
            }
        }
    )+};
}

pub(crate) use texts;

texts! {
    /// The name of a person, office, channel or group: one line, 1 to 64 graphemes.
    Name by parse
    /// What follows an @: lower case letters of any script, digits, `.`, `_`, `-`; 1 to 32 characters.
    Handle by parse
    /// What a channel is about: one line, at most 250 graphemes, may be empty.
    Topic by parse
    /// A custom status: one line, at most 100 graphemes, may be empty.
    StatusText by parse
    /// A message as its author wrote it: Markdown source, at most 10,000 graphemes, and not blank
    /// unless files hang on it.
    MessageText by beside_files
    /// A draft: like a message, but may be empty.
    DraftText by parse
    /// One emoji: a single grapheme that is a picture.
    Emoji by parse
}

impl Name {
    /// Trims and checks a name.
    ///
    /// # Errors
    /// [`TextError`] when it is empty, too long or has a character that could deceive.
    pub fn parse(raw: &str) -> Result<Self, TextError> {
        let text = single_line(raw, limits::NAME_GRAPHEMES_MAX)?;
        if text.is_empty() { Err(TextError::Empty) } else { Ok(Self(text)) }
    }
}

impl Handle {
    /// Words that address many people and so can be nobody's handle.
    pub const RESERVED: [&'static str; 4] = ["channel", "here", "all", "everyone"];

    /// Trims, lower-cases and checks a handle.
    ///
    /// # Errors
    /// [`TextError`] when it is empty, too long, reserved (as a character error on its first
    /// letter) or has a character that a handle may not have.
    pub fn parse(raw: &str) -> Result<Self, TextError> {
        let text = raw.trim().to_lowercase();
        let first = text.chars().next().ok_or(TextError::Empty)?;
        if text.chars().count() > limits::HANDLE_CHARS_MAX {
            return Err(TextError::TooLong { max: limits::HANDLE_CHARS_MAX });
        }
        if let Some(c) = text.chars().find(|c| !Self::is_handle_char(*c)) {
            return Err(TextError::Character { code_point: c.into() });
        }
        if !first.is_alphanumeric() || Self::RESERVED.contains(&text.as_str()) {
            return Err(TextError::Character { code_point: first.into() });
        }
        Ok(Self(text))
    }

    /// Whether a handle may contain this character.
    #[must_use]
    pub fn is_handle_char(c: char) -> bool {
        (c.is_alphanumeric() || matches!(c, '.' | '_' | '-')) && !is_invisible(c)
    }
}

impl Topic {
    /// Trims and checks a topic.
    ///
    /// # Errors
    /// [`TextError`] when it is too long or has a character that could deceive.
    pub fn parse(raw: &str) -> Result<Self, TextError> {
        single_line(raw, limits::TOPIC_GRAPHEMES_MAX).map(Self)
    }

    /// No topic.
    #[must_use]
    pub const fn empty() -> Self {
        Self(String::new())
    }
}

impl StatusText {
    /// Trims and checks a status.
    ///
    /// # Errors
    /// [`TextError`] when it is too long or has a character that could deceive.
    pub fn parse(raw: &str) -> Result<Self, TextError> {
        single_line(raw, limits::STATUS_GRAPHEMES_MAX).map(Self)
    }
}

fn body(raw: &str) -> Result<String, TextError> {
    let text = raw.replace("\r\n", "\n");
    let text = text.trim_end();
    within(text, limits::MESSAGE_GRAPHEMES_MAX, limits::MESSAGE_BYTES_MAX)?;
    match text.chars().find(|c| c.is_control() && !matches!(c, '\n' | '\t')) {
        Some(c) => Err(TextError::Character { code_point: c.into() }),
        None => Ok(text.to_owned()),
    }
}

impl MessageText {
    /// Normalises line ends, drops white space at the end and checks a message.
    ///
    /// # Errors
    /// [`TextError`] when nothing visible is left, it is too long or has a control character.
    pub fn parse(raw: &str) -> Result<Self, TextError> {
        let text = Self::beside_files(raw)?;
        if text.is_blank() { Err(TextError::Empty) } else { Ok(text) }
    }

    /// The same for a message that has files, which may say it all.
    ///
    /// # Errors
    /// [`TextError`] when it is too long or has a control character.
    pub fn beside_files(raw: &str) -> Result<Self, TextError> {
        body(raw).map(Self)
    }

    /// Whether there is nothing to see.
    #[must_use]
    pub fn is_blank(&self) -> bool {
        let blank = |c: char| {
            c.is_whitespace()
                || c == JOINER
                || is_variation(c)
                || is_invisible(c)
                || is_bidi_control(c)
        };
        self.0.chars().all(blank)
    }
}

impl DraftText {
    /// Checks a draft as a message is checked, but lets it be empty.
    ///
    /// # Errors
    /// [`TextError`] when it is too long or has a control character.
    pub fn parse(raw: &str) -> Result<Self, TextError> {
        body(raw).map(Self)
    }

    /// Whether there is nothing to keep.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl Emoji {
    /// Checks one emoji.
    ///
    /// # Errors
    /// [`TextError`] when it is not exactly one grapheme, is too long, or is not a picture.
    pub fn parse(raw: &str) -> Result<Self, TextError> {
        let mut graphemes = raw.graphemes(true);
        let first = graphemes.next().ok_or(TextError::Empty)?;
        if graphemes.next().is_some() || first.len() > limits::EMOJI_BYTES_MAX {
            return Err(TextError::TooLong { max: 1 });
        }
        let stray = first.chars().find(|c| !Self::is_picture(*c) && !Self::joins_pictures(*c));
        let idle = || first.chars().next_back().filter(|c| *c == JOINER);
        let plain = || {
            let pictorial = first.chars().any(|c| Self::is_picture(c) || c == KEYCAP);
            first.chars().next().filter(|_| !pictorial)
        };
        match stray.or_else(idle).or_else(plain) {
            Some(c) => Err(TextError::Character { code_point: c.into() }),
            None => Ok(Self(first.to_owned())),
        }
    }

    /// The blocks that hold all of Unicode's pictographs, now and as they are planned.
    fn is_picture(c: char) -> bool {
        matches!(c, '\u{A9}' | '\u{AE}' | '\u{203C}' | '\u{2049}' | '\u{2122}' | '\u{2139}'
            | '\u{2190}'..='\u{21FF}' | '\u{2300}'..='\u{23FF}' | '\u{24C2}'
            | '\u{25A0}'..='\u{27BF}' | '\u{2900}'..='\u{297F}' | '\u{2B00}'..='\u{2BFF}'
            | '\u{3030}' | '\u{303D}' | '\u{3297}' | '\u{3299}' | '\u{1F000}'..='\u{1FAFF}')
    }

    /// Joiners, styles, keycaps and the letters of flags.
    fn joins_pictures(c: char) -> bool {
        matches!(c, JOINER | KEYCAP | '\u{FE0E}' | '\u{FE0F}' | '\u{E0020}'..='\u{E007F}'
            | '0'..='9' | '#' | '*')
    }
}

/// A password on its way to the hash. It can't be printed or serialised.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(try_from = "String")]
#[schema(value_type = String, format = "password")]
pub struct Password(String);

impl Password {
    /// Bounds the length only: whether it is the right one is for the hash to say.
    ///
    /// # Errors
    /// [`TextError`] when it has more than 1,024 bytes.
    pub fn parse(raw: String) -> Result<Self, TextError> {
        if raw.len() > limits::PASSWORD_BYTES_MAX {
            return Err(TextError::TooLong { max: limits::PASSWORD_BYTES_MAX });
        }
        Ok(Self(raw))
    }

    /// The password itself, for the hash function and nothing else.
    #[must_use]
    pub fn reveal(self) -> String {
        self.0
    }
}

impl TryFrom<String> for Password {
    type Error = TextError;

    fn try_from(raw: String) -> Result<Self, TextError> {
        Self::parse(raw)
    }
}

impl std::fmt::Debug for Password {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Password(…)")
    }
}

/// A password that somebody chooses, 8 characters or more. Any character helps.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(try_from = "String")]
#[schema(value_type = String, format = "password", min_length = 8)]
pub struct NewPassword(Password);

impl NewPassword {
    /// Checks the length.
    ///
    /// # Errors
    /// [`TextError`] when it has fewer than 8 characters or more than 1,024 bytes.
    pub fn parse(raw: String) -> Result<Self, TextError> {
        if raw.chars().count() < limits::PASSWORD_CHARS_MIN {
            return Err(TextError::TooShort { min: limits::PASSWORD_CHARS_MIN });
        }
        Password::parse(raw).map(Self)
    }

    /// The password itself, for the hash function and nothing else.
    #[must_use]
    pub fn reveal(self) -> String {
        self.0.reveal()
    }
}

impl TryFrom<String> for NewPassword {
    type Error = TextError;

    fn try_from(raw: String) -> Result<Self, TextError> {
        Self::parse(raw)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_refuse_what_could_deceive() {
        assert_eq!(Name::parse(" 周予安 ").unwrap().as_str(), "周予安");
        for hostile in [
            "a\u{202E}b",
            "a\u{200B}b",
            "a\nb",
            "a\u{2028}b",
            "a\u{0}b",
            "\u{3164}",
            "\u{2800}",
            "ann\u{FE0F}",
            "ann\u{200D}",
            "周\u{200D}予安",
            "\u{200D}",
            "🔥\u{200D}",
        ] {
            assert!(
                matches!(Name::parse(hostile), Err(TextError::Character { .. })),
                "{hostile:?}"
            );
        }
        assert_eq!(Name::parse("  "), Err(TextError::Empty));
        for good in ["👩‍👩‍👧‍👦 home", "1️⃣ first", "❤️‍🔥", "श्री", "ක්‍රි", "© me"]
        {
            assert_eq!(Name::parse(good).unwrap().as_str(), good);
        }
        assert!(Name::parse(&"好".repeat(64)).is_ok());
        assert_eq!(Name::parse(&"好".repeat(65)), Err(TextError::TooLong { max: 64 }));
        let stacked = format!("a{}", "\u{0301}".repeat(5_000));
        assert!(Name::parse(&stacked).is_err(), "one grapheme of ten kilobytes");
    }

    #[test]
    fn handles_are_lower_case_and_never_a_group_word() {
        assert_eq!(Handle::parse("Zhou.YuAn").unwrap().as_str(), "zhou.yuan");
        assert!(Handle::parse("林晓雨").is_ok());
        for bad in ["", "-dash", "a b", "here", "Channel", "a@b", &"x".repeat(33)] {
            assert!(Handle::parse(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn messages_keep_markdown_and_refuse_control_characters() {
        assert_eq!(MessageText::parse("a\r\n\tb  \n").unwrap().as_str(), "a\n\tb");
        assert_eq!(MessageText::parse("\u{200B} \n"), Err(TextError::Empty));
        assert_eq!(MessageText::parse("\u{FE0F}\u{2800}\u{200D}"), Err(TextError::Empty));
        assert!(MessageText::parse("a\u{7}").is_err());
        assert!(MessageText::parse("\u{202E}ok").is_ok(), "the page isolates direction");
        assert!(MessageText::parse(&"😀".repeat(10_000)).is_ok());
        assert!(MessageText::parse(&"😀".repeat(10_001)).is_err());
    }

    #[test]
    fn an_emoji_is_one_pictorial_grapheme() {
        for good in ["🔥", "👩‍👩‍👧‍👦", "👍🏽", "❤️", "❤️‍🔥", "🇨🇳", "1️⃣", "🏴󠁧󠁢󠁥󠁮󠁧󠁿"]
        {
            assert!(Emoji::parse(good).is_ok(), "{good}");
        }
        for bad in ["", "a", "1", "好", "🔥🔥", " ", "<", "，", "e\u{301}", "🔥\u{200D}"] {
            assert!(Emoji::parse(bad).is_err(), "{bad:?}");
        }
        for bad in ["\u{202E}", "\u{200B}", "\u{FE0F}", "\u{E000}", "🔥\u{301}", "\u{200D}"] {
            assert!(Emoji::parse(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn a_password_never_prints() {
        let password = Password::parse("correct horse".into()).unwrap();
        assert_eq!(format!("{password:?}"), "Password(…)");
        assert!(NewPassword::parse("short".into()).is_err());
    }
}

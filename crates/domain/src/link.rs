//! The web addresses that a message links to, as the page makes links of them: bare, in angle
//! brackets, or behind words; never in code.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::limits::{LINK_BYTES_MAX, LINKS_PER_MESSAGE_MAX};
use crate::prose::outside_code;
use crate::text::{MessageText, TextError, deceives};

/// The address of a web page: http or https, at most 2,048 bytes, without spaces or anything that
/// controls or shows nothing.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(try_from = "String", into = "String")]
#[schema(value_type = String)]
pub struct LinkUrl(String);

impl LinkUrl {
    /// Checks an address. Whether it leads anywhere is for others to say.
    ///
    /// # Errors
    /// [`TextError`] by what is wrong.
    pub fn parse(raw: &str) -> Result<Self, TextError> {
        if raw.len() > LINK_BYTES_MAX {
            return Err(TextError::TooLong { max: LINK_BYTES_MAX });
        }
        if let Some(c) = raw.chars().find(|c| !may_stand_in(*c)) {
            return Err(TextError::Character { code_point: c.into() });
        }
        match scheme(raw) {
            Some(length) if raw.len() > length => Ok(Self(raw.to_owned())),
            _ => Err(TextError::Empty),
        }
    }

    /// The address as it was written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<LinkUrl> for String {
    fn from(url: LinkUrl) -> Self {
        url.0
    }
}

impl TryFrom<String> for LinkUrl {
    type Error = TextError;

    fn try_from(raw: String) -> Result<Self, TextError> {
        Self::parse(&raw)
    }
}

fn may_stand_in(c: char) -> bool {
    !c.is_whitespace() && !deceives(c) && !matches!(c, '<' | '>' | '"')
}

/// Where a full-width sentence goes on after an address that nothing else ends.
fn ends_sentence(c: char) -> bool {
    matches!(
        c,
        '，' | '。'
            | '、'
            | '；'
            | '：'
            | '！'
            | '？'
            | '（'
            | '）'
            | '《'
            | '》'
            | '「'
            | '」'
            | '【'
            | '】'
            | '“'
            | '”'
            | '…'
    )
}

/// How many bytes of a text are the start of a web address.
fn scheme(text: &str) -> Option<usize> {
    let starts = |with: &str| text.get(..with.len()).is_some_and(|s| s.eq_ignore_ascii_case(with));
    ["https://", "http://"].into_iter().find(|with| starts(with)).map(str::len)
}

/// The first few addresses of a message, each once, in their order.
#[must_use]
pub fn links(text: &MessageText) -> Vec<LinkUrl> {
    let mut found: Vec<LinkUrl> = Vec::new();
    if !text.as_str().contains("://") && !text.as_str().contains("www.") {
        return found;
    }
    for prose in outside_code(text.as_str()) {
        let mut rest = prose;
        while let Some((url, after)) = next(rest) {
            rest = after;
            let Some(url) = url.filter(|url| !found.contains(url)) else { continue };
            found.push(url);
            if found.len() == LINKS_PER_MESSAGE_MAX {
                return found;
            }
        }
    }
    found
}

/// The next address, if what looks like one is one, and what stands after it.
fn next(prose: &str) -> Option<(Option<LinkUrl>, &str)> {
    let (at, scheme) = prose.char_indices().find_map(|(at, c)| {
        if !matches!(c, 'h' | 'H' | 'w') {
            return None;
        }
        let free = !prose[..at].ends_with(|c: char| c.is_ascii_alphanumeric());
        let bare = || (free && prose[at..].starts_with("www.")).then_some(0);
        scheme(&prose[at..]).or_else(bare).map(|scheme| (at, scheme))
    })?;
    let text = &prose[at..];
    let length = text.find(|c| !may_stand_in(c) || ends_sentence(c)).unwrap_or(text.len());
    // Words that look like an address and lead to another: only where they lead counts.
    let words = text[..length].find("](");
    let length = words.unwrap_or(length);
    let address = trimmed(&text[..length]);
    let named = address[scheme..].starts_with(|c: char| c.is_ascii_alphanumeric());
    let url = (words.is_none() && named).then(|| {
        let prefix = if scheme == 0 { "http://" } else { "" };
        LinkUrl::parse(&format!("{prefix}{address}")).ok()
    });
    Some((url.flatten(), &text[length.max(scheme).max(1)..]))
}

/// Without the punctuation of the sentence around it, and without a bracket that it did not open.
fn trimmed(address: &str) -> &str {
    let mut address = address;
    let mut opened = address.matches('(').count();
    let mut closed = address.matches(')').count();
    loop {
        let Some(last) = address.chars().next_back() else { return address };
        match last {
            ')' if closed > opened => closed -= 1,
            '(' => opened -= 1,
            '?' | '!' | '.' | ',' | ':' | ';' | '*' | '_' | '\'' | '~' | ']' => {}
            _ => return address,
        }
        address = &address[..address.len() - last.len_utf8()];
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<String> {
        let text = MessageText::parse(text).unwrap();
        links(&text).into_iter().map(String::from).collect()
    }

    #[test]
    fn addresses_are_found_where_the_page_links_them() {
        assert_eq!(found("see https://a.example/x?y=1#z."), ["https://a.example/x?y=1#z"]);
        assert_eq!(found("<HTTP://A.example/>"), ["HTTP://A.example/"]);
        assert_eq!(found("[words](https://a.example/b_(c))"), ["https://a.example/b_(c)"]);
        assert_eq!(found("(https://a.example)"), ["https://a.example"]);
        assert_eq!(found("**https://a.example**, more"), ["https://a.example"]);
        assert_eq!(found("www.a.example/b"), ["http://www.a.example/b"]);
        assert_eq!(found("请看https://a.example/路径，很好"), ["https://a.example/路径"]);
        assert_eq!(found("https://a.example。https://b.example！").len(), 2);
    }

    #[test]
    fn words_that_look_like_an_address_are_only_words() {
        assert_eq!(found("[https://a.example](https://b.example)"), ["https://b.example"]);
    }

    #[test]
    fn code_and_what_is_no_page_are_left_alone() {
        for none in [
            "`https://a.example`",
            "``https://a.example``",
            "```\nhttps://a.example\n```",
            "ftp://a.example mailto:a@b.example",
            "http:// and https://",
            "https://中文",
            "httpx://a",
            "awww.example",
            "javascript:alert(1)//http",
        ] {
            assert_eq!(found(none), [""; 0], "{none}");
        }
    }

    #[test]
    fn a_flood_gives_a_few_each_once() {
        let many: String = (0..400).map(|n| format!("https://a.example/{n} ")).collect();
        assert_eq!(found(&many).len(), LINKS_PER_MESSAGE_MAX);
        assert_eq!(found(&"https://a.example ".repeat(500)).len(), 1);
        assert_eq!(found(&"http://".repeat(1_400)).len(), 0);
        assert_eq!(found(&format!("https://a.example/{}", "a".repeat(2_048))).len(), 0);
        assert_eq!(found(&format!("https://a{}", ")".repeat(9_000))), ["https://a"]);
        assert_eq!(found(&"h".repeat(9_000)).len(), 0);
    }

    #[test]
    fn an_address_is_checked_when_it_comes_from_elsewhere() {
        for bad in ["", "https://", "javascript:alert(1)", "https://a b", "https://a\u{202E}b"] {
            assert!(LinkUrl::parse(bad).is_err(), "{bad:?}");
        }
    }
}

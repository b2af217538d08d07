//! The head of an HTML page, read by hand: its title and its `meta` elements.
//!
//! No document is built. One pass goes forward through at most [`HEAD_BYTES_MAX`] bytes and never
//! back, whatever is nested in it or left open, and ends at the page's body. An entity stands for one
//! or two characters and is not looked at again, so none can grow.

/// How much of a page is read, in bytes. Most heads have tens of kilobytes, some many times that.
const HEAD_BYTES_MAX: usize = 512 * 1_024;
/// `meta` elements that are kept; the first ones count.
const METAS_MAX: usize = 64;
/// Attributes of an element that are read.
const ATTRIBUTES_MAX: usize = 16;
/// Longest text that is taken over, in bytes; a card shows far less.
const TEXT_BYTES_MAX: usize = 4 * 1_024;
/// Longest entity, in bytes.
const ENTITY_BYTES_MAX: usize = 12;

/// Elements whose content is no HTML.
const RAW: [&str; 6] = ["script", "style", "textarea", "iframe", "noframes", "xmp"];

/// What a page's head says.
#[derive(Debug, Default)]
pub(super) struct Head<'p> {
    title: Option<&'p str>,
    metas: Vec<(&'p str, &'p str)>,
}

impl Head<'_> {
    /// The first `meta` of this name that says anything.
    pub(super) fn meta(&self, name: &str) -> Option<String> {
        let named = self.metas.iter().filter(|(known, _)| known.eq_ignore_ascii_case(name));
        named.map(|(_, content)| plain(content)).find(|content| !content.trim().is_empty())
    }

    /// The page's title; empty if it has none.
    pub(super) fn title(&self) -> String {
        self.title.map(plain).unwrap_or_default()
    }
}

/// The part of a page that is its head: up to its body, and no half tag at the end.
pub(super) fn bytes(page: &[u8]) -> &[u8] {
    let part = &page[..page.len().min(HEAD_BYTES_MAX)];
    let ends = |tag: &[u8]| part.windows(tag.len()).position(|at| at.eq_ignore_ascii_case(tag));
    if let Some(end) = [b"</head".as_slice(), b"<body"].into_iter().filter_map(ends).min() {
        return &part[..end];
    }
    if part.len() == page.len() {
        return part;
    }
    // Cut behind a tag: `>` is no part of a longer character in any encoding of the web.
    let end = part.iter().rposition(|byte| *byte == b'>').map_or(part.len(), |at| at + 1);
    &part[..end]
}

/// Reads a head.
pub(super) fn read(page: &str) -> Head<'_> {
    let mut head = Head::default();
    let mut rest = page;
    while let Some(at) = rest.find('<') {
        rest = &rest[at + 1..];
        if let Some(comment) = rest.strip_prefix("!--") {
            rest = after(comment, "-->");
        } else if rest.starts_with(|c: char| c.is_ascii_alphabetic()) {
            let (tag, inside) = Tag::read(rest);
            rest = inside;
            if tag.is("title") {
                let (text, behind) = until_end(rest, "title");
                head.title.get_or_insert(text);
                rest = behind;
            } else if tag.is("meta") {
                head.keep(&tag);
            } else if tag.is("body") {
                break;
            } else if let Some(name) = RAW.iter().find(|name| tag.is(name)) {
                (_, rest) = until_end(rest, name);
            }
        } else if rest.starts_with(['/', '!', '?']) {
            rest = after(rest, ">");
        }
    }
    head
}

impl<'p> Head<'p> {
    fn keep(&mut self, tag: &Tag<'p>) {
        let name = tag.attribute("property").or_else(|| tag.attribute("name"));
        if let (Some(name), Some(content)) = (name, tag.attribute("content"))
            && self.metas.len() < METAS_MAX
        {
            self.metas.push((name.trim(), content));
        }
    }
}

/// A start tag.
struct Tag<'p> {
    name: &'p str,
    attributes: Vec<(&'p str, &'p str)>,
}

impl<'p> Tag<'p> {
    /// Reads a tag from behind its `<`; what stands behind it is the second value.
    fn read(text: &'p str) -> (Self, &'p str) {
        let (name, mut rest) = split(text, |c| c.is_ascii_whitespace() || matches!(c, '/' | '>'));
        let mut attributes = Vec::new();
        loop {
            rest = rest.trim_start_matches(|c: char| c.is_ascii_whitespace() || c == '/');
            if rest.is_empty() {
                break;
            }
            if let Some(behind) = rest.strip_prefix('>') {
                rest = behind;
                break;
            }
            let (key, behind) = attribute_name(rest);
            let (value, behind) = attribute_value(behind);
            rest = behind;
            if attributes.len() < ATTRIBUTES_MAX {
                attributes.push((key, value));
            }
        }
        (Self { name, attributes }, rest)
    }

    fn is(&self, name: &str) -> bool {
        self.name.eq_ignore_ascii_case(name)
    }

    fn attribute(&self, name: &str) -> Option<&'p str> {
        let found = self.attributes.iter().find(|(key, _)| key.eq_ignore_ascii_case(name));
        found.map(|(_, value)| *value)
    }
}

/// The name of an attribute: never empty, so that every step goes forward.
fn attribute_name(text: &str) -> (&str, &str) {
    let first = text.chars().next().map_or(0, char::len_utf8);
    let ends = |c: char| c.is_ascii_whitespace() || matches!(c, '/' | '>' | '=');
    let length = text[first..].find(ends).map_or(text.len(), |at| first + at);
    text.split_at(length)
}

fn attribute_value(text: &str) -> (&str, &str) {
    let Some(value) = text.trim_start().strip_prefix('=') else { return ("", text) };
    let value = value.trim_start();
    match value.chars().next().filter(|c| matches!(c, '"' | '\'')) {
        Some(quote) => {
            let (inside, behind) = split(&value[1..], |c| c == quote);
            (inside, behind.get(1..).unwrap_or_default())
        }
        None => split(value, |c| c.is_ascii_whitespace() || c == '>'),
    }
}

/// Cuts a text before the first of these characters.
fn split(text: &str, ends: impl Fn(char) -> bool) -> (&str, &str) {
    text.split_at(text.find(ends).unwrap_or(text.len()))
}

fn after<'p>(text: &'p str, sign: &str) -> &'p str {
    text.split_once(sign).map_or("", |(_, behind)| behind)
}

/// What stands before the end tag of an element, and what behind its `<`.
fn until_end<'p>(text: &'p str, name: &str) -> (&'p str, &'p str) {
    let ends = |at: usize| {
        let tag = &text.as_bytes()[at + 2..];
        tag.get(..name.len()).is_some_and(|tag| tag.eq_ignore_ascii_case(name.as_bytes()))
    };
    let end = text.match_indices("</").map(|(at, _)| at).find(|at| ends(*at));
    end.map_or((text, ""), |at| (&text[..at], &text[at + 1..]))
}

/// A text with its entities as characters, as far as a card may show it.
fn plain(text: &str) -> String {
    let mut end = text.len().min(TEXT_BYTES_MAX);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let mut rest = &text[..end];
    let mut plain = String::with_capacity(rest.len());
    while let Some(at) = rest.find('&') {
        plain.push_str(&rest[..at]);
        rest = &rest[at..];
        let entity = rest.as_bytes().iter().take(ENTITY_BYTES_MAX).position(|byte| *byte == b';');
        match entity.and_then(|end| Some((character(&rest[1..end])?, end))) {
            Some((character, end)) => {
                plain.push(character);
                rest = &rest[end + 1..];
            }
            None => {
                plain.push('&');
                rest = &rest[1..];
            }
        }
    }
    plain.push_str(rest);
    plain
}

/// The character of an entity: by number, or one of those that stand in titles.
fn character(entity: &str) -> Option<char> {
    if let Some(number) = entity.strip_prefix('#') {
        let hex = number.strip_prefix(['x', 'X']);
        let code = match hex {
            Some(hex) => u32::from_str_radix(hex, 16),
            None => number.parse(),
        };
        return code.ok().and_then(char::from_u32);
    }
    NAMED.iter().find(|(name, _)| *name == entity).map(|(_, character)| *character)
}

const NAMED: [(&str, char); 28] = [
    ("amp", '&'),
    ("lt", '<'),
    ("gt", '>'),
    ("quot", '"'),
    ("apos", '\''),
    ("nbsp", ' '),
    ("ndash", '–'),
    ("mdash", '—'),
    ("hellip", '…'),
    ("middot", '·'),
    ("bull", '•'),
    ("laquo", '«'),
    ("raquo", '»'),
    ("lsquo", '‘'),
    ("rsquo", '’'),
    ("ldquo", '“'),
    ("rdquo", '”'),
    ("copy", '©'),
    ("reg", '®'),
    ("trade", '™'),
    ("times", '×'),
    ("deg", '°'),
    ("euro", '€'),
    ("eacute", 'é'),
    ("auml", 'ä'),
    ("ouml", 'ö'),
    ("uuml", 'ü'),
    ("szlig", 'ß'),
];

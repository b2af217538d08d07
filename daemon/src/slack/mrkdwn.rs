//! Slack's mrkdwn as Markdown.
//!
//! `*bold*` becomes `**bold**`, `~gone~` becomes `~~gone~~`, `<url|label>` a link, `<@name>` a
//! mention, `:tada:` the emoji; `&amp;`, `&lt;` and `&gt;` what they stand for. Code stays as it is. A
//! marker that nothing closes is a plain character. Each search for a closing marker that fails is
//! remembered to the end of its line, so that a hostile text costs no more than its length.

use super::emoji;

/// Slack's text as Markdown.
pub(super) fn to_markdown(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + text.len() / 8);
    Converter { out: &mut out, open_until: [usize::MAX; 3] }.run(text);
    out
}

/// Plain text as Markdown that shows it as it is.
pub(super) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut before = None;
    for (at, c) in text.char_indices() {
        let inside_word = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
        let after = text[at + c.len_utf8()..].chars().next();
        let special = match c {
            '\\' | '`' | '*' | '[' | ']' | '<' => true,
            '~' => before == Some('~') || after == Some('~'),
            // Names like deploy_prod stay findable.
            '_' => !(inside_word(before) && inside_word(after)),
            '#' | '>' | '-' | '+' | '=' => before.is_none_or(|c| c == '\n'),
            '&' => after.is_some_and(|c| c.is_alphabetic() || c == '#'),
            _ => false,
        };
        if special {
            out.push('\\');
        }
        out.push(c);
        before = Some(c);
    }
    out
}

/// Plain text of Slack: entities stand for characters, and nothing else means anything.
pub(super) fn plain(text: &str) -> String {
    emoji::shown(&escaped(&decoded(text)))
}

/// A Markdown link; only the text where the URL is none that a person could follow.
pub(super) fn link(label: &str, url: &str) -> String {
    let label = escaped(label.trim()).replace('\n', " ");
    match followable(url) {
        Some(url) if label.is_empty() => format!("<{url}>"),
        Some(url) => format!("[{label}]({url})"),
        None => label,
    }
}

/// A URL as it may stand in a Markdown link.
pub(super) fn followable(url: &str) -> Option<String> {
    let url = decoded(url.trim());
    let lower = url.get(..8.min(url.len())).unwrap_or_default().to_ascii_lowercase();
    let known = ["https://", "http://", "mailto:", "tel:"];
    if !known.iter().any(|scheme| lower.starts_with(scheme)) || url.chars().any(char::is_control) {
        return None;
    }
    let mut safe = String::with_capacity(url.len());
    for c in url.chars() {
        match c {
            ' ' => safe.push_str("%20"),
            '(' => safe.push_str("%28"),
            ')' => safe.push_str("%29"),
            '<' => safe.push_str("%3C"),
            '>' => safe.push_str("%3E"),
            '\\' => safe.push_str("%5C"),
            c => safe.push(c),
        }
    }
    Some(safe)
}

fn decoded(text: &str) -> String {
    text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
}

/// What can be closed, and so be left open.
#[derive(Clone, Copy)]
enum Marker {
    Bold,
    Strike,
    Code,
}

struct Converter<'a> {
    out: &'a mut String,
    /// For each marker how much text is left where a line ends in which nothing closes it.
    open_until: [usize; 3],
}

impl Converter<'_> {
    fn run(&mut self, text: &str) {
        let mut rest = text;
        while let Some(c) = rest.chars().next() {
            let taken = match c {
                '`' => self.code(rest),
                '<' => self.angle(rest),
                '&' => self.entity(rest),
                '*' => self.wrapped(rest, Marker::Bold, '*', "**"),
                '~' => self.wrapped(rest, Marker::Strike, '~', "~~"),
                ':' => self.emoji(rest),
                _ => None,
            };
            let taken = taken.unwrap_or_else(|| {
                if c == '<' {
                    self.out.push('\\');
                }
                self.out.push(c);
                c.len_utf8()
            });
            rest = &rest[taken..];
        }
    }

    /// Where `close` stands in `rest` on this line, by `fits`; remembers a search in vain.
    fn closing(
        &mut self,
        rest: &str,
        marker: Marker,
        close: char,
        fits: impl Fn(&str, usize) -> bool,
    ) -> Option<usize> {
        if rest.len() > self.open_until[marker as usize] {
            return None;
        }
        let end = rest.find('\n').unwrap_or(rest.len());
        let found = rest[..end].match_indices(close).map(|(at, _)| at).find(|at| fits(rest, *at));
        if found.is_none() {
            self.open_until[marker as usize] = rest.len() - end;
        }
        found
    }

    fn code(&mut self, rest: &str) -> Option<usize> {
        if let Some(block) = rest.strip_prefix("```") {
            let end = block.find("```")?;
            if !self.out.is_empty() && !self.out.ends_with('\n') {
                self.out.push('\n');
            }
            let code = decoded(block[..end].trim_matches('\n'));
            self.out.push_str("```\n");
            self.out.push_str(&code);
            self.out.push_str("\n```");
            if !block[end + 3..].starts_with('\n') {
                self.out.push('\n');
            }
            return Some(end + 6);
        }
        let end = self.closing(&rest[1..], Marker::Code, '`', |_, at| at > 0)?;
        self.out.push('`');
        self.out.push_str(&decoded(&rest[1..=end]));
        self.out.push('`');
        Some(end + 2)
    }

    fn angle(&mut self, rest: &str) -> Option<usize> {
        let end = rest[1..].find(['<', '>', '\n']).filter(|at| *at > 0)?;
        let inner = rest[1..].get(..end).filter(|_| rest[1 + end..].starts_with('>'))?;
        let (target, label) = match inner.split_once('|') {
            Some((target, label)) => (target, Some(label.trim()).filter(|l| !l.is_empty())),
            None => (inner, None),
        };
        let named = |sign: char, name: &str| {
            let name = label.unwrap_or(name);
            format!("{sign}{}", decoded(name.trim_start_matches(sign)))
        };
        let shown = if let Some(user) = target.strip_prefix('@') {
            named('@', user)
        } else if let Some(channel) = target.strip_prefix('#') {
            named('#', channel)
        } else if let Some(command) = target.strip_prefix('!') {
            match command.split('^').next().unwrap_or_default() {
                "channel" | "everyone" | "group" => "@channel".to_owned(),
                "here" => "@here".to_owned(),
                "subteam" => named('@', "group"),
                other => escaped(&decoded(label.unwrap_or(other))),
            }
        } else {
            let url = followable(target)?;
            match label {
                Some(label) => link(&decoded(label), target),
                None => format!("<{url}>"),
            }
        };
        self.out.push_str(&shown);
        Some(end + 2)
    }

    fn entity(&mut self, rest: &str) -> Option<usize> {
        for (entity, shown) in [("&lt;", "\\<"), ("&gt;", ">"), ("&amp;", "&")] {
            if let Some(after) = rest.strip_prefix(entity) {
                // Markdown knows entities of its own, which the writer did not mean.
                let starts_entity = |c: char| c.is_ascii_alphabetic() || c == '#';
                if shown == "&" && after.starts_with(starts_entity) {
                    self.out.push('\\');
                }
                self.out.push_str(shown);
                return Some(entity.len());
            }
        }
        None
    }

    fn wrapped(&mut self, rest: &str, marker: Marker, sign: char, markdown: &str) -> Option<usize> {
        let before = self.out.chars().next_back();
        let inner = &rest[sign.len_utf8()..];
        let opens = before.is_none_or(|c| !c.is_alphanumeric() && c != sign)
            && inner.chars().next().is_some_and(|c| !c.is_whitespace() && c != sign);
        if !opens {
            return None;
        }
        let end = self.closing(inner, marker, sign, |inner, at| {
            let before = inner[..at].chars().next_back();
            let after = inner[at + sign.len_utf8()..].chars().next();
            before.is_some_and(|c| !c.is_whitespace())
                && after.is_none_or(|c| !c.is_alphanumeric() && c != sign)
        })?;
        self.out.push_str(markdown);
        self.out.push_str(&to_markdown(&inner[..end]));
        self.out.push_str(markdown);
        Some(end + 2 * sign.len_utf8())
    }

    fn emoji(&mut self, rest: &str) -> Option<usize> {
        let (shown, taken) = emoji::at(rest)?;
        self.out.push_str(shown);
        Some(taken)
    }
}

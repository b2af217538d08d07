//! Reads a query: words, `"phrases"`, `-not`, `operator:value`.
//!
//! Every text is a query. What looks like an operator and is none (`https://…`, `10:30`) is words;
//! an operator whose value means nothing becomes a [`Flaw`]. Quotes, colons and minus signs may be
//! full-width, an open quote ends with the query, and operators have Chinese names.

use super::dates::{Today, days};
use super::fold::{fold, pieces};
use super::{Flaw, FlawKind, Named, Operator, Query, Sign, Term, Trait};
use crate::denied::Denied;
use crate::limits::{
    SEARCH_CONDITIONS_MAX, SEARCH_PIECES_MAX, SEARCH_QUERY_CHARS_MAX, SEARCH_TERMS_MAX,
};
use crate::text::TextError;

/// Shortest beginning of a word that finds the whole word, in characters.
const OPEN_CHARS_MIN: usize = 2;

const OPERATORS: [(&str, Operator); 26] = [
    ("from", Operator::From),
    ("by", Operator::From),
    ("来自", Operator::From),
    ("发自", Operator::From),
    ("发送人", Operator::From),
    ("in", Operator::In),
    ("在", Operator::In),
    ("频道", Operator::In),
    ("before", Operator::Before),
    ("之前", Operator::Before),
    ("早于", Operator::Before),
    ("after", Operator::After),
    ("之后", Operator::After),
    ("晚于", Operator::After),
    ("on", Operator::On),
    ("during", Operator::On),
    ("日期", Operator::On),
    ("当天", Operator::On),
    ("has", Operator::Has),
    ("含", Operator::Has),
    ("包含", Operator::Has),
    ("含有", Operator::Has),
    ("有", Operator::Has),
    ("is", Operator::Is),
    ("是", Operator::Is),
    ("属于", Operator::Is),
];

/// Reads a query as of `today`, which dates without a year and words like 昨天 refer to.
///
/// # Errors
/// [`Denied::Text`] when it is longer than the limit, [`Denied::LimitReached`] when it has too many
/// words or conditions.
pub fn parse(raw: &str, today: Today) -> Result<Query, Denied> {
    if raw.chars().nth(SEARCH_QUERY_CHARS_MAX).is_some() {
        return Err(TextError::TooLong { max: SEARCH_QUERY_CHARS_MAX }.into());
    }
    let mut reader = Reader { rest: raw, query: Query::default(), today };
    while reader.step() {}
    let Query { terms, filters, .. } = &reader.query;
    within(terms.len(), SEARCH_TERMS_MAX)?;
    within(terms.iter().map(|term| term.pieces.len()).sum(), SEARCH_PIECES_MAX)?;
    let conditions = filters.from.len() + filters.within.len() + filters.traits.len();
    within(conditions, SEARCH_CONDITIONS_MAX)?;
    Ok(reader.query)
}

const fn within(count: usize, max: usize) -> Result<(), Denied> {
    if count > max { Err(Denied::LimitReached { max }) } else { Ok(()) }
}

struct Reader<'a> {
    rest: &'a str,
    query: Query,
    today: Today,
}

impl<'a> Reader<'a> {
    /// Reads the next part; whether there was one.
    fn step(&mut self) -> bool {
        self.rest = self.rest.trim_start();
        if self.rest.is_empty() {
            return false;
        }
        let negated = self.minus();
        if let Some(phrase) = self.quoted() {
            self.term(phrase, (false, negated));
        } else if let Some(operator) = self.operator() {
            let value = self.value();
            self.condition(operator, value, negated);
        } else {
            let word = self.word();
            // A star asks for more; at the end of the query the writer may still be typing.
            let open = word.ends_with(['*', '＊']) || self.rest.is_empty();
            self.term(word, (open, negated));
        }
        true
    }

    fn minus(&mut self) -> bool {
        let after = self.rest.strip_prefix(['-', '－', '−']);
        let Some(after) = after.filter(|rest| !rest.starts_with(|c: char| c.is_whitespace()))
        else {
            return false;
        };
        self.rest = after;
        true
    }

    /// A quoted text at this place.
    fn quoted(&mut self) -> Option<&'a str> {
        let open = self.rest.chars().next()?;
        let close: &[char] = match open {
            '"' | '＂' => &['"', '＂'],
            // Chinese input methods close with either, and people with what is at hand.
            '“' | '”' | '„' => &['”', '“', '"'],
            '「' => &['」'],
            '『' => &['』'],
            '«' => &['»'],
            _ => return None,
        };
        let inside = &self.rest[open.len_utf8()..];
        let end = inside.find(close).unwrap_or(inside.len());
        self.rest = inside[end..].strip_prefix(close).unwrap_or_default();
        Some(&inside[..end])
    }

    fn operator(&mut self) -> Option<Operator> {
        let run = &self.rest[..self.run_end()];
        let (name, _) = run.split_once([':', '：'])?;
        let folded = fold(name);
        let operator = OPERATORS.iter().find(|(known, _)| *known == folded)?.1;
        let after = &self.rest[name.len()..];
        self.rest = after.strip_prefix([':', '：']).unwrap_or_default();
        Some(operator)
    }

    /// What follows an operator, also after spaces: people write `from: ann`.
    fn value(&mut self) -> &'a str {
        self.rest = self.rest.trim_start();
        match self.quoted() {
            Some(quoted) => quoted,
            None => self.word(),
        }
    }

    fn word(&mut self) -> &'a str {
        let (word, rest) = self.rest.split_at(self.run_end());
        self.rest = rest;
        word
    }

    /// Where the run of characters without a space or a quote ends; it has at least one.
    fn run_end(&self) -> usize {
        let ends = |c: char| {
            c.is_whitespace() || matches!(c, '"' | '＂' | '“' | '”' | '„' | '「' | '『' | '«')
        };
        let found = self.rest.char_indices().skip(1).find(|(_, c)| ends(*c));
        found.map_or(self.rest.len(), |(at, _)| at)
    }

    fn term(&mut self, text: &str, (open, negated): (bool, bool)) {
        let pieces = pieces(text);
        let Some(last) = pieces.last() else { return };
        let may_go_on = !last.single && last.folded.chars().count() >= OPEN_CHARS_MIN;
        self.query.terms.push(Term { open: open && may_go_on && !negated, negated, pieces });
    }

    fn condition(&mut self, operator: Operator, raw: &str, negated: bool) {
        let value = fold(raw.trim());
        let flaw = |kind| Flaw { operator, kind };
        if value.is_empty() {
            return self.query.flaws.push(flaw(FlawKind::Empty));
        }
        let filters = &mut self.query.filters;
        match operator {
            Operator::From => filters.from.push(Sign { what: named(&value, '@'), negated }),
            Operator::In => filters.within.push(Sign { what: named(&value, '#'), negated }),
            Operator::Has | Operator::Is => match chosen(operator, &value) {
                Some(Choice::Trait(what)) => filters.traits.push(Sign { what, negated }),
                Some(Choice::Mine) => filters.from.push(Sign { what: Named::Me, negated }),
                None => self.query.flaws.push(flaw(FlawKind::NotAChoice)),
            },
            Operator::Before | Operator::After | Operator::On => {
                let Some(span) = days(&value.replace(char::is_whitespace, ""), self.today) else {
                    return self.query.flaws.push(flaw(FlawKind::NotADay));
                };
                // "Not before a day" is from that day on, "not after" is up to it.
                let (since, before) = match (operator, negated) {
                    (Operator::Before, false) => (None, Some(span.start)),
                    (Operator::Before, true) => (Some(span.start), None),
                    (Operator::After, false) => (Some(span.end), None),
                    (Operator::After, true) => (None, Some(span.end)),
                    (_, false) => (Some(span.start), Some(span.end)),
                    (_, true) => return self.query.flaws.push(flaw(FlawKind::NotAChoice)),
                };
                filters.since = filters.since.max(since);
                filters.before = match (filters.before, before) {
                    (Some(one), Some(other)) => Some(one.min(other)),
                    (one, other) => one.or(other),
                };
            }
        }
    }
}

/// Somebody or somewhere, without the sign people put in front.
fn named(value: &str, sign: char) -> Named {
    let name = value.strip_prefix([sign, '@']).unwrap_or(value).trim();
    if matches!(name, "me" | "我" | "我自己" | "myself") && sign == '@' {
        Named::Me
    } else {
        Named::Name(name.to_owned())
    }
}

enum Choice {
    Trait(Trait),
    Mine,
}

fn chosen(operator: Operator, value: &str) -> Option<Choice> {
    let found = match value {
        "link" | "links" | "url" | "链接" | "网址" => Trait::Link,
        "file" | "files" | "attachment" | "文件" | "附件" => Trait::File,
        "image" | "images" | "picture" | "photo" | "图片" | "照片" | "图" => Trait::Image,
        "code" | "代码" => Trait::Code,
        "reaction" | "reactions" | "emoji" | "回应" | "表情" | "表态" => Trait::Reaction,
        "pin" | "pinned" | "置顶" | "已置顶" => Trait::Pinned,
        "thread" | "reply" | "话题" | "讨论串" | "回复" => Trait::Thread,
        "edited" | "已编辑" | "编辑过" => Trait::Edited,
        "mine" | "my" | "我的" if operator == Operator::Is => return Some(Choice::Mine),
        _ => return None,
    };
    Some(Choice::Trait(found))
}

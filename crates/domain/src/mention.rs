//! Who is addressed in a text: `@handle`, `@channel`, `@here`, also with a full-width `＠`.
//!
//! Code is skipped. An address that follows a letter or digit of ASCII is none (`a@b.com`), but one
//! that follows Chinese is, because Chinese has no spaces. For the same reason the end of a handle
//! is not always visible: "@林晓雨帮忙" may mean 林晓雨 or 林晓雨帮忙, and the longest existing handle
//! wins; [`candidates`] lists them.

use crate::limits::{HANDLE_CHARS_MAX, MENTIONS_PER_MESSAGE_MAX};
use crate::model::WideMention;
use crate::prose::outside_code;
use crate::text::{Handle, MessageText};

/// Handles that one message may make the writer look up, where everybody waits for it.
const LOOKUPS_MAX: usize = 400;

/// What a text addresses, before it is known who exists.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Addressed {
    /// For each `@`, the possible handles, longest first; at most 100 entries and 400 handles.
    pub handles: Vec<Vec<Handle>>,
    /// The widest of `@channel` and `@here`.
    pub wide: Option<WideMention>,
}

/// Finds who a message addresses.
#[must_use]
pub fn addressed(text: &MessageText) -> Addressed {
    let mut found = Addressed::default();
    let mut lookups = 0;
    if !text.as_str().contains(['@', '＠']) {
        return found;
    }
    for prose in outside_code(text.as_str()) {
        for run in runs(prose) {
            match first_word(run).to_lowercase().as_str() {
                "channel" | "all" | "everyone" => found.wide = Some(WideMention::Channel),
                "here" => found.wide = found.wide.or(Some(WideMention::Here)),
                _ if found.handles.len() < MENTIONS_PER_MESSAGE_MAX => {
                    let handles = candidates(run);
                    lookups += handles.len();
                    if !handles.is_empty() && lookups <= LOOKUPS_MAX {
                        found.handles.push(handles);
                    }
                }
                _ => {}
            }
        }
    }
    found
}

/// What stands before the first letter of another script, without the sentence's punctuation: in
/// "@channel大家好" nothing else ends the word.
fn first_word(run: &str) -> &str {
    let end = run.find(|c: char| !c.is_ascii()).unwrap_or(run.len());
    run[..end].trim_end_matches(['.', '_', '-'])
}

/// The handles that a run of characters after an `@` may begin with, longest first.
#[must_use]
pub fn candidates(run: &str) -> Vec<Handle> {
    let ends: Vec<usize> =
        run.char_indices().map(|(at, c)| at + c.len_utf8()).take(HANDLE_CHARS_MAX).collect();
    let mut handles: Vec<Handle> = Vec::new();
    for (index, &end) in ends.iter().enumerate().rev() {
        let whole = end == run.len();
        let unclear = |at: usize| run[at..].chars().next().is_some_and(|c| !c.is_ascii());
        let start_of_last = if index == 0 { 0 } else { ends[index - 1] };
        let next_is_punctuation = run[end..].starts_with(['.', '_', '-']);
        if whole || unclear(end) || unclear(start_of_last) || next_is_punctuation {
            let text = run[..end].trim_end_matches(['.', '_', '-']);
            if let Ok(handle) = Handle::parse(text)
                && handles.last() != Some(&handle)
            {
                handles.push(handle);
            }
        }
    }
    handles
}

/// The character runs that follow an address sign.
fn runs(prose: &str) -> impl Iterator<Item = &str> {
    prose.match_indices(['@', '＠']).filter_map(|(at, sign)| {
        let before = prose[..at].chars().next_back();
        if before.is_some_and(|c| c.is_ascii_alphanumeric()) {
            return None;
        }
        let rest = &prose[at + sign.len()..];
        let end = rest.find(|c: char| !Handle::is_handle_char(c)).unwrap_or(rest.len());
        (end > 0).then(|| &rest[..end])
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn first_choices(text: &str) -> Vec<String> {
        let text = MessageText::parse(text).unwrap();
        addressed(&text).handles.iter().map(|h| h[0].to_string()).collect()
    }

    #[test]
    fn addresses_are_found_in_both_languages() {
        assert_eq!(
            first_choices("Hi @Marcus.Weber, and ＠lin-xiaoyu!"),
            ["marcus.weber", "lin-xiaoyu"]
        );
        assert_eq!(first_choices("请@lin 看一下"), ["lin"]);
        assert_eq!(first_choices("thanks @marcus."), ["marcus"]);
    }

    #[test]
    fn a_chinese_handle_is_a_prefix_of_what_follows() {
        let handles = candidates("林晓雨帮忙");
        assert!(handles.iter().any(|h| h.as_str() == "林晓雨"));
        assert_eq!(handles[0].as_str(), "林晓雨帮忙");
        assert!(candidates("marcus帮忙").iter().any(|h| h.as_str() == "marcus"));
        assert!(!candidates("marcus").iter().any(|h| h.as_str() == "marc"));
    }

    #[test]
    fn mail_addresses_and_code_address_nobody() {
        assert!(first_choices("mail a@b.com").is_empty());
        assert!(first_choices("`@root` and\n```\n@also\n```").is_empty());
    }

    #[test]
    fn a_lonely_backtick_hides_nobody() {
        assert_eq!(first_choices("it`s for @marcus"), ["marcus"]);
        assert_eq!(first_choices("`@root` or ` @marcus"), ["marcus"]);
    }

    #[test]
    fn everybody_is_addressed_in_chinese_too() {
        let wide = |text: &str| addressed(&MessageText::parse(text).unwrap()).wide;
        assert_eq!(wide("@channel大家好"), Some(WideMention::Channel));
        assert_eq!(wide("请＠here，看一下"), Some(WideMention::Here));
        assert_eq!(wide("@hereford"), None);
        assert_eq!(wide("@大家"), None);
    }

    #[test]
    fn wide_mentions_are_kept_apart() {
        let text = MessageText::parse("@here and @channel").unwrap();
        assert_eq!(addressed(&text).wide, Some(WideMention::Channel));
        assert!(addressed(&text).handles.is_empty());
    }
}

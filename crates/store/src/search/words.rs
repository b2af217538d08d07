//! What stands in the index for a message, and what is looked up for a query.
//!
//! A token is a word, a single character of a script without spaces, a pair of such neighbours, or
//! a mark that begins with a character of the private-use area, which no text can contain here. The
//! index splits at spaces only, so what this module writes is what is there.

use hearth_domain::id::UserId;
use hearth_domain::search::fold::{Piece, pieces};
use hearth_domain::search::{Term, Trait};

/// Begins what is true of the whole message.
const MARK: char = '\u{E000}';
/// Begins the beginning of a word.
const BEGINNING: char = '\u{E001}';
/// Beginnings of words of these lengths have tokens of their own; a longer beginning is looked up
/// among the words themselves, of which then only few fit.
const BEGINNINGS_CHARS: [usize; 2] = [2, 3];

/// Is true of every message.
pub(super) fn any() -> String {
    format!("{MARK}any")
}

pub(super) fn of_channel(number: i64) -> String {
    format!("{MARK}c{number}")
}

pub(super) fn of_author(author: UserId) -> String {
    format!("{MARK}u{:032x}", u128::from_be_bytes(*author.as_bytes()))
}

pub(super) fn of_trait(of: Trait) -> String {
    let name = match of {
        Trait::Link => "link",
        Trait::File => "file",
        Trait::Image => "image",
        Trait::Code => "code",
        Trait::Reaction => "reaction",
        Trait::Pinned => "pinned",
        Trait::Thread => "thread",
        Trait::Edited => "edited",
    };
    format!("{MARK}{name}")
}

/// Appends the tokens of a text, each with a space before it.
pub(super) fn write(text: &str, out: &mut String) {
    let mut before: Option<Piece> = None;
    for piece in pieces(text) {
        out.push(' ');
        out.push_str(&piece.folded);
        if !piece.single {
            for length in BEGINNINGS_CHARS {
                if let Some(beginning) = beginning(&piece.folded, length) {
                    out.extend([' ', BEGINNING]);
                    out.push_str(beginning);
                }
            }
        } else if let Some(before) = before.filter(|before| is_pair(before, &piece)) {
            out.push(' ');
            out.push_str(&before.folded);
            out.push_str(&piece.folded);
        }
        before = Some(piece);
    }
}

fn is_pair(first: &Piece, second: &Piece) -> bool {
    first.single && second.single && second.joined
}

/// The first characters of a word that has as many.
fn beginning(word: &str, chars: usize) -> Option<&str> {
    let (last, c) = word.char_indices().nth(chars - 1)?;
    Some(&word[..last + c.len_utf8()])
}

/// What a message must have in the index to be proposed for a term, as an FTS5 expression.
pub(super) fn wanted(term: &Term) -> String {
    let mut tokens = Vec::with_capacity(term.pieces.len());
    let mut paired = false;
    for (at, piece) in term.pieces.iter().enumerate() {
        let next = term.pieces.get(at + 1).filter(|next| is_pair(piece, next));
        match next {
            Some(next) => tokens.push(quoted(&format!("{}{}", piece.folded, next.folded))),
            // The last of a row is in the pair before it.
            None if paired => {}
            None if term.open && at + 1 == term.pieces.len() => tokens.push(begun(&piece.folded)),
            None => tokens.push(quoted(&piece.folded)),
        }
        paired = next.is_some();
    }
    tokens.join(" AND ")
}

/// What excludes a message for sure; nothing where only its text can tell.
pub(super) fn unwanted(term: &Term) -> Option<String> {
    let row = [term.pieces.len() == 1, term.pieces.len() == 2 && is_row(&term.pieces)];
    row.contains(&true).then(|| wanted(term))
}

fn is_row(pieces: &[Piece]) -> bool {
    pieces.windows(2).all(|pair| is_pair(&pair[0], &pair[1]))
}

fn begun(word: &str) -> String {
    let chars = word.chars().count();
    if BEGINNINGS_CHARS.contains(&chars) {
        quoted(&format!("{BEGINNING}{word}"))
    } else {
        format!("{} *", quoted(word))
    }
}

/// A string of FTS5: nothing in it means anything but itself.
pub(super) fn quoted(token: &str) -> String {
    format!("\"{}\"", token.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use super::*;
    use hearth_domain::search::{dates::Today, parse};
    use hearth_domain::time::Timestamp;
    use proptest::prelude::*;

    const TODAY: Today = Today { now: Timestamp::from_ms(1_790_000_000_000), offset_min: 0 };

    fn tokens(text: &str) -> String {
        let mut out = String::new();
        write(text, &mut out);
        out.replace(BEGINNING, "^").trim_start().to_owned()
    }

    fn asked(query: &str) -> Vec<String> {
        let query = parse(query, TODAY).unwrap();
        query.terms.iter().map(|term| wanted(term).replace(BEGINNING, "^")).collect()
    }

    #[test]
    fn texts_and_queries_meet_in_the_same_tokens() {
        assert_eq!(tokens("看预算，好"), "看 预 看预 算 预算 好");
        assert_eq!(tokens("Q4预算 ok"), "q4 ^q4 预 算 预算 ok ^ok");
        assert_eq!(tokens("budget"), "budget ^bu ^bud");
        assert_eq!(
            asked("预 预算 具体情况 "),
            ["\"预\"", "\"预算\"", "\"具体\" AND \"体情\" AND \"情况\""]
        );
        assert_eq!(asked("Q4预算v2"), ["\"q4\" AND \"预算\" AND \"^v2\""]);
        assert_eq!(asked("bu* bud* budg* b*"), ["\"^bu\"", "\"^bud\"", "\"budg\" *", "\"b\""]);
        assert_eq!(asked("\"a b\" 预，算 "), ["\"a\" AND \"b\"", "\"预\" AND \"算\""]);
    }

    #[test]
    fn only_what_is_one_token_excludes_by_itself() {
        let excluded = |query: &str| unwanted(&parse(query, TODAY).unwrap().terms[0]);
        assert_eq!(excluded("-预算"), Some("\"预算\"".into()));
        assert_eq!(excluded("-lamp"), Some("\"lamp\"".into()));
        assert_eq!(excluded("-\"to be\""), None);
        assert_eq!(excluded("-预算表"), None);
    }

    proptest! {
        /// Whatever is asked for, FTS5 can read it, and it proposes the text it was taken from.
        #[test]
        fn every_query_can_be_asked(query in "[\"'()*:^{}+ANDORT -]{0,6}\\PC{0,24}", text in "\\PC{0,40}") {
            let conn = rusqlite::Connection::open_in_memory().unwrap();
            conn.execute_batch(<super::super::index::Index as crate::follower::Projection>::SCHEMA).unwrap();
            let mut own = String::new();
            write(&text, &mut own);
            conn.execute("INSERT INTO words (rowid, tokens) VALUES (1, ?1)", [&own]).unwrap();
            let count = |expression: &str| -> i64 {
                let sql = "SELECT count(*) FROM words WHERE words MATCH ?1";
                conn.query_row(sql, [expression], |row| row.get(0)).unwrap()
            };
            if let Ok(query) = parse(&query, TODAY) {
                for term in &query.terms {
                    count(&wanted(term));
                }
            }
            let itself = parse(&format!("「{}」", text.replace('」', " ")), TODAY).unwrap();
            for term in &itself.terms {
                prop_assert_eq!(count(&wanted(term)), 1);
            }
        }
    }
}

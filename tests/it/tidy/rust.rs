//! Just enough of Rust's grammar to tell code from comments and strings, and to read paths.
//!
//! It is a scanner, not a parser: macros are read as ordinary code, and a renamed crate
//! (`use tokio as t`) is seen where it is imported and not where it is used.

/// Rust source in two views of the same length and the same line breaks.
pub(super) struct Source {
    /// Comments and the content of strings are blank, and so are `#[cfg(test)]` modules.
    pub(super) code: String,
    /// Only comments are blank.
    pub(super) text: String,
}

/// The line, counted from 1, of a byte offset.
pub(super) fn line_at(text: &str, offset: usize) -> usize {
    text.as_bytes()[..offset].iter().filter(|byte| **byte == b'\n').count() + 1
}

pub(super) fn scan(source: &str) -> Source {
    let bytes = source.as_bytes();
    let (mut code, mut text) = (bytes.to_vec(), bytes.to_vec());
    let mut at = 0;
    while at < bytes.len() {
        let rest = &bytes[at..];
        if rest.starts_with(b"//") || rest.starts_with(b"/*") {
            let end = at + comment_length(rest);
            blank(&mut code[at..end]);
            blank(&mut text[at..end]);
            at = end;
        } else if let Some(length) = literal_length(rest, at.checked_sub(1).map(|i| bytes[i])) {
            blank(&mut code[at..at + length]);
            at += length;
        } else {
            at += 1;
        }
    }
    for (start, end) in test_modules(&code) {
        blank(&mut code[start..end]);
        blank(&mut text[start..end]);
    }
    let whole = |bytes| String::from_utf8(bytes).expect("only whole literals are blanked");
    Source { code: whole(code), text: whole(text) }
}

fn blank(bytes: &mut [u8]) {
    for byte in bytes.iter_mut().filter(|byte| **byte != b'\n') {
        *byte = b' ';
    }
}

fn comment_length(rest: &[u8]) -> usize {
    if rest.starts_with(b"//") {
        return rest.iter().position(|byte| *byte == b'\n').unwrap_or(rest.len());
    }
    let (mut depth, mut at) = (0_usize, 0);
    while at < rest.len() {
        if rest[at..].starts_with(b"/*") {
            depth += 1;
            at += 2;
        } else if rest[at..].starts_with(b"*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return at;
            }
        } else {
            at += 1;
        }
    }
    rest.len()
}

/// The length of the string or character literal that starts here, if one does.
fn literal_length(rest: &[u8], before: Option<u8>) -> Option<usize> {
    if before.is_some_and(is_ident) && rest[0] != b'"' {
        return None;
    }
    let prefix = rest.iter().take_while(|byte| matches!(byte, b'b' | b'c' | b'r')).count().min(2);
    let hashes = rest[prefix..].iter().take_while(|byte| **byte == b'#').count();
    let opens = rest.get(prefix + hashes) == Some(&b'"');
    if opens && rest[..prefix].contains(&b'r') {
        let close = [b"\"".as_slice(), &vec![b'#'; hashes]].concat();
        let body = prefix + hashes + 1;
        let end = rest[body..].windows(close.len()).position(|window| window == close);
        return Some(end.map_or(rest.len(), |end| body + end + close.len()));
    }
    match (opens && hashes == 0, rest[0]) {
        (true, _) => Some(quoted_length(rest, prefix, b'"')),
        // 'a' and '\n' are characters, 'a without a second quote is a lifetime.
        (false, b'\'') => {
            let next = String::from_utf8_lossy(&rest[1..rest.len().min(5)]);
            let width = next.chars().next().map_or(1, char::len_utf8);
            let is_char = rest.get(1) == Some(&b'\\') || rest.get(1 + width) == Some(&b'\'');
            is_char.then(|| quoted_length(rest, 0, b'\''))
        }
        _ => None,
    }
}

fn quoted_length(rest: &[u8], prefix: usize, quote: u8) -> usize {
    let mut at = prefix + 1;
    while at < rest.len() && rest[at] != quote {
        at += if rest[at] == b'\\' { 2 } else { 1 };
    }
    (at + 1).min(rest.len())
}

/// The spans of inline modules under `#[cfg(test)]`: the layer rules bind the program.
fn test_modules(code: &[u8]) -> Vec<(usize, usize)> {
    let code = String::from_utf8_lossy(code);
    let mut spans = Vec::new();
    for (start, marker) in code.match_indices("#[cfg(test)]") {
        let after = &code[start + marker.len()..];
        let Some(open) = after.find('{').filter(|open| {
            let head = &after[..*open];
            !head.contains(';') && head.split_whitespace().any(|word| word == "mod")
        }) else {
            continue;
        };
        let mut depth = 0_usize;
        let close = after[open..].char_indices().find_map(|(at, letter)| {
            match letter {
                '{' => depth += 1,
                '}' => depth -= 1,
                _ => {}
            }
            (depth == 0).then_some(open + at + 1)
        });
        spans.push((start, start + marker.len() + close.unwrap_or(after.len())));
    }
    spans
}

fn is_ident(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80
}

/// Every path of two or more segments in `code`, with its line; `use a::{b, c::d}` and paths in the
/// middle of code are read alike and give `a::b` and `a::c::d`.
pub(super) fn paths(code: &str) -> Vec<(usize, String)> {
    let mut reader = Reader { code: code.as_bytes(), at: 0, line: 1, found: Vec::new() };
    while reader.at < reader.code.len() {
        if is_ident(reader.code[reader.at]) {
            reader.path("");
        } else {
            reader.step();
        }
    }
    reader.found
}

struct Reader<'a> {
    code: &'a [u8],
    at: usize,
    line: usize,
    found: Vec<(usize, String)>,
}

impl Reader<'_> {
    fn step(&mut self) {
        if self.code[self.at] == b'\n' {
            self.line += 1;
        }
        self.at += 1;
    }

    fn space(&mut self) {
        while self.at < self.code.len() && self.code[self.at].is_ascii_whitespace() {
            self.step();
        }
    }

    fn ident(&mut self) -> String {
        let start = self.at;
        while self.at < self.code.len()
            && (is_ident(self.code[self.at]) || self.code[self.at] == b'*')
        {
            self.at += 1;
        }
        String::from_utf8_lossy(&self.code[start..self.at]).into_owned()
    }

    /// Reads one path behind `prefix`, and the whole tree if it ends in braces.
    fn path(&mut self, prefix: &str) {
        let mut path = prefix.to_owned();
        let line = self.line;
        loop {
            path.push_str(&self.ident());
            if !self.code[self.at..].starts_with(b"::") {
                break;
            }
            self.at += 2;
            path.push_str("::");
            self.space();
            match self.code.get(self.at) {
                Some(b'{') => return self.tree(&path),
                Some(byte) if is_ident(*byte) || *byte == b'*' => {}
                _ => break,
            }
        }
        let path = path.trim_end_matches("::");
        if path.contains("::") {
            self.found.push((line, path.to_owned()));
        }
    }

    fn tree(&mut self, prefix: &str) {
        self.step();
        loop {
            self.space();
            match self.code.get(self.at) {
                None => return,
                Some(b'}') => return self.step(),
                Some(byte) if is_ident(*byte) || *byte == b'*' => self.branch(prefix),
                Some(_) => self.step(),
            }
        }
    }

    /// One branch of a tree; what follows its path is at most `as name`.
    fn branch(&mut self, prefix: &str) {
        self.path(prefix);
        while self.code.get(self.at).is_some_and(|byte| !b",}".contains(byte)) {
            self.step();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_strings_and_lifetimes_are_told_apart() {
        let source = scan(concat!(
            "let a = \"x // y\"; // dbg!\n",
            "let b = r#\"say \"hi\" todo!\"#; /* a /* b */ c */ let c = '\"';\n",
            "fn d<'a>(x: &'a str) -> char { '中' }\n",
        ));
        assert!(!source.code.contains("dbg!") && !source.code.contains("todo!"));
        assert!(source.text.contains("x // y") && source.text.contains("todo!"));
        assert!(source.code.contains("let c =") && source.code.contains("x: &'a str"));
        assert!(!source.code.contains('中'));
        assert_eq!(source.code.lines().count(), 3);
    }

    #[test]
    fn test_modules_are_blank() {
        let source = scan("use a::b;\n#[cfg(test)]\nmod tests { fn x() { c::d() } }\nuse e::f;");
        assert_eq!(paths(&source.code), [(1, "a::b".to_owned()), (4, "e::f".to_owned())]);
    }

    #[test]
    fn use_trees_are_spelled_out() {
        let found = paths("use std::{fs, time::{self, Instant as I}};\nlet x = a::b::<C>(d::*);");
        let found: Vec<&str> = found.iter().map(|(_, path)| path.as_str()).collect();
        assert_eq!(found, ["std::fs", "std::time::self", "std::time::Instant", "a::b", "d::*"]);
    }
}

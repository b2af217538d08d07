//! Leftovers that must not be committed.
//!
//! Clippy knows some of these, but sees only the code that the present target and features build.

use super::{File, rust};

/// What is looked for. These and the samples below are the only places that may name it: as text.
const MACROS: [&str; 3] = ["todo!", "unimplemented!", "dbg!"];

fn check(file: &File) -> Vec<String> {
    if file.extension() != "rs" {
        return Vec::new();
    }
    let source = file.text().unwrap_or_default();
    let code = rust::scan(source).text;
    let blind = rust::scan(source).code;
    let mut findings = Vec::new();
    let mut report = |at: usize, what: &str| {
        findings.push(format!("{}:{}: {what}", file.path, rust::line_at(&blind, at)));
    };
    for name in MACROS {
        let whole = |at: &usize| !blind[..*at].ends_with(|c: char| c.is_alphanumeric() || c == '_');
        for at in blind.match_indices(name).map(|(at, _)| at).filter(whole) {
            report(at, &format!("`{name}` is for the desk, not for the repository"));
        }
    }
    for (at, _) in blind.match_indices("#[ignore]") {
        report(at, "`#[ignore]` without a reason: write `#[ignore = \"why\"]`");
    }
    for opening in ["#[allow(", "#![allow("] {
        for (at, _) in blind.match_indices(opening) {
            let end = code[at..].find(")]").map_or(code.len(), |end| at + end);
            if !code[at..end].contains("reason = \"") {
                report(at, "bare `allow`: write `#[expect(lint, reason = \"why\")]`");
            }
        }
    }
    findings
}

#[test]
fn nothing_is_left_over() {
    let findings: Vec<String> = super::files().iter().flat_map(check).collect();
    super::assert_none(&findings);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<String> {
        check(&File::sample("a.rs", text))
    }

    #[test]
    fn leftovers_are_found_with_their_line() {
        assert!(found("fn a() {\n    todo!()\n}")[0].starts_with("a.rs:2:"));
        assert_eq!(found("dbg!(unimplemented!())").len(), 2);
        assert_eq!(found("#[ignore]\nfn a() {}").len(), 1);
        assert_eq!(found("#![allow(dead_code)]\n#[allow(\n    unused\n)]").len(), 2);
    }

    #[test]
    fn reasons_comments_and_other_names_pass() {
        assert!(found("#[ignore = \"needs a fan\"]\n#[expect(unused, reason = \"r\")]").is_empty());
        assert!(found("#[allow(unused, reason = \"only on arm\")]").is_empty());
        assert!(found("// todo!\nlet a = \"dbg!\"; my_todo!()").is_empty());
    }
}

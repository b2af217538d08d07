//! A name says what lives there. These names say only that something does.

use super::{File, rust};

const FORBIDDEN: [&str; 8] =
    ["util", "utils", "common", "helpers", "misc", "manager", "managers", "handlers"];

fn check(file: &File) -> Vec<String> {
    let parts = file.path.split('/').filter(|part| {
        let stem = part.split('.').find(|stem| !stem.is_empty()).unwrap_or(part);
        FORBIDDEN.contains(&stem.to_ascii_lowercase().as_str())
    });
    let mut findings: Vec<String> = parts
        .map(|part| format!("{}: `{part}` says nothing about what it holds", file.path))
        .collect();
    if file.extension() == "rs" {
        let code = rust::scan(file.text().unwrap_or_default()).code;
        let words: Vec<&str> = code.split_whitespace().collect();
        let modules = words.windows(2).filter(|pair| pair[0] == "mod").map(|pair| pair[1]);
        findings.extend(
            modules
                .map(|name| name.trim_end_matches([';', '{']))
                .filter(|name| FORBIDDEN.contains(name))
                .map(|name| format!("{}: module `{name}` says nothing", file.path)),
        );
    }
    findings
}

#[test]
fn names_say_what_lives_there() {
    let findings: Vec<String> = super::files().iter().flat_map(check).collect();
    super::assert_none(&findings);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(path: &str, text: &str) -> usize {
        check(&File::sample(path, text)).len()
    }

    #[test]
    fn empty_names_are_found() {
        assert_eq!(found("crates/store/src/utils.rs", ""), 1);
        assert_eq!(found("web/src/common/Button.svelte", ""), 1);
        assert_eq!(found("web/src/Helpers.test.ts", ""), 1);
        assert_eq!(found("crates/store/src/lib.rs", "pub mod misc { }\nmod handlers;"), 2);
    }

    #[test]
    fn telling_names_pass() {
        assert_eq!(found("crates/store/src/utility_bill.rs", "mod uncommon;"), 0);
        assert_eq!(found("a/b.rs", "// mod util;\nconst A: &str = \" mod util; \";"), 0);
    }
}

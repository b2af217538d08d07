//! The browser app: no `any`, and both languages say the same things.
//!
//! eslint, stylelint and svelte-check hold the rest.

use std::collections::BTreeSet;

use super::File;

const LANGUAGES: [&str; 2] = ["web/src/i18n/zh-CN.json", "web/src/i18n/en.json"];
const ANY: [&str; 5] = [": any", "as any", "<any", ", any>", "| any"];

fn check_any(file: &File) -> Vec<String> {
    if !["svelte", "ts"].contains(&file.extension()) {
        return Vec::new();
    }
    let uses_any = |line: &str| {
        let trimmed = line.trim_start();
        let comment = ["//", "*", "/*", "<!--"].iter().any(|start| trimmed.starts_with(start));
        let code = line.split(" // ").next().unwrap_or_default();
        let whole = |at: usize, pattern: &str| {
            let before = code[..at].chars().next_back();
            let after = code[at + pattern.len()..].chars().next();
            let joined = |letter: Option<char>| letter.is_some_and(char::is_alphanumeric);
            !(joined(after) || pattern.starts_with('a') && joined(before))
        };
        let hit = |pattern: &&str| code.match_indices(*pattern).any(|(at, _)| whole(at, pattern));
        !comment && ANY.iter().any(hit)
    };
    let lines = file.text().unwrap_or_default().lines().enumerate();
    lines
        .filter(|(_, line)| uses_any(line))
        .map(|(index, line)| format!("{}:{}: `any`: {}", file.path, index + 1, line.trim()))
        .collect()
}

/// Every key of a language file, nested ones joined by dots.
fn keys(value: &serde_json::Value, prefix: &str, into: &mut BTreeSet<String>) {
    match value.as_object() {
        Some(object) => {
            for (key, value) in object {
                keys(value, &format!("{prefix}.{key}"), into);
            }
        }
        None => {
            into.insert(prefix.trim_start_matches('.').to_owned());
        }
    }
}

fn check_languages(files: &[File]) -> Vec<String> {
    let read = |path: &str| {
        let file = files.iter().find(|file| file.path == path)?;
        let mut found = BTreeSet::new();
        let value = serde_json::from_slice(&file.bytes).unwrap_or_default();
        keys(&value, "", &mut found);
        Some(found)
    };
    let [Some(first), Some(second)] = LANGUAGES.map(read) else {
        let one = files.iter().any(|file| LANGUAGES.contains(&file.path.as_str()));
        return if one { vec![format!("one of {LANGUAGES:?} is missing")] } else { Vec::new() };
    };
    let only = |a: &BTreeSet<String>, b: &BTreeSet<String>, path: &str| -> Vec<String> {
        a.difference(b).map(|key| format!("{path}: lacks `{key}`")).collect()
    };
    [only(&first, &second, LANGUAGES[1]), only(&second, &first, LANGUAGES[0])].concat()
}

#[test]
fn types_are_told() {
    let findings: Vec<String> = super::files().iter().flat_map(check_any).collect();
    super::assert_none(&findings);
}

#[test]
fn languages_say_the_same() {
    super::assert_none(&check_languages(&super::files()));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn any(line: &str) -> bool {
        !check_any(&File::sample("web/src/a.ts", line)).is_empty()
    }

    fn languages(zh: &str, en: &str) -> usize {
        let [first, second] = LANGUAGES;
        check_languages(&[File::sample(first, zh), File::sample(second, en)]).len()
    }

    #[test]
    fn any_is_found() {
        assert!(any("let a: any = 1") && any("f(b as any)") && any("Record<string, any>"));
        assert!(any("let a: any[] = []") && any("type A = B | any"));
        assert!(!any("let a: anything = 1") && !any("// note: any order") && !any("has any"));
        assert!(!any("let a = 1 // as any other"));
    }

    #[test]
    fn missing_keys_are_found() {
        assert_eq!(languages(r#"{"a": {"b": "x"}, "c": "y"}"#, r#"{"a": {"b": "x"}}"#), 1);
        assert_eq!(languages(r#"{"a.b": "x"}"#, r#"{"a": {"b": "x"}}"#), 0);
        assert_eq!(languages(r#"{"a": "x"}"#, "not json"), 2);
        assert_eq!(check_languages(&[File::sample(LANGUAGES[0], "{}")]).len(), 1);
        assert_eq!(check_languages(&[]).len(), 0);
    }
}

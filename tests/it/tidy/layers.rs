//! Who may use what: the table of docs/architecture.md, read from the paths in the code.
//!
//! Cargo.toml keeps most crates apart already. This keeps layers apart that share a crate, and
//! modules of `std` that Cargo cannot see.

use super::{File, rust};

/// One row of the table. `denied` and `excepted` are paths; each stands for all below it, and a
/// leading `::` stands for any path before it.
struct Layer {
    module: &'static str,
    denied: &'static [&'static str],
    excepted: &'static [&'static str],
    why: &'static str,
}

const LAYERS: [Layer; 10] = [
    Layer {
        module: "crates/domain/src",
        denied: &[
            "tokio",
            "rusqlite",
            "axum",
            "hyper",
            "quinn",
            "std::fs",
            "std::net",
            "std::process",
            "std::thread",
            "::SystemTime",
            "::Instant",
            "getrandom",
            "rand",
        ],
        excepted: &[],
        why: "the domain is pure: I/O, clock and randomness come in as arguments",
    },
    Layer {
        module: "crates/wire/src",
        denied: &["tokio", "rusqlite", "axum", "hyper", "std::fs", "std::net"],
        excepted: &[],
        why: "the wire turns bytes into frames and back, and does nothing else",
    },
    Layer {
        module: "crates/store/src",
        denied: &["axum", "hyper", "quinn", "hearth_wire", "tokio"],
        excepted: &["tokio::sync", "tokio::task::spawn_blocking"],
        why: "the store keeps and finds; it knows no network, and of the runtime only its channels",
    },
    Layer {
        module: "hwctl/src",
        denied: &["tokio", "axum", "hyper", "rusqlite", "std::net"],
        excepted: &[],
        why: "what keeps a machine from cooking has plain threads and no network",
    },
    Layer {
        module: "hwctl/src/control",
        denied: &["std::fs", "std::thread", "::SystemTime", "::Instant"],
        excepted: &[],
        why: "the controller is pure: readings and the time come in as arguments",
    },
    Layer {
        module: "hwctl/src/commission",
        denied: &["std::fs", "std::thread", "::SystemTime", "::Instant", "::sysfs"],
        excepted: &[],
        why: "commissioning is pure: it is shown what is seen and says what to try",
    },
    Layer {
        module: "hwctl/src/sysfs",
        denied: &["std::thread", "::SystemTime", "::Instant", "::control"],
        excepted: &[],
        why: "what touches /sys decides nothing, and is told the time",
    },
    Layer {
        module: "daemon/src/actions",
        denied: &["axum", "hyper", "tower", "tower_http", "rusqlite"],
        excepted: &[],
        why: "an action is the order of steps, whoever asks for it",
    },
    Layer {
        module: "daemon/src/http",
        denied: &["rusqlite", "::decide"],
        excepted: &[],
        why: "a handler decodes, authenticates, calls one action and encodes",
    },
    Layer {
        module: "daemon/src",
        denied: &["rusqlite"],
        excepted: &[],
        why: "SQL and its library live in crates/store",
    },
];

const SQL: [&str; 6] =
    ["SELECT ", "INSERT INTO ", "DELETE FROM ", "CREATE TABLE ", "PRAGMA ", "ALTER TABLE "];

/// Tests may look behind the walls to see whether they hold.
fn is_program(file: &File) -> bool {
    let test = file.name() == "tests.rs" || format!("/{}", file.path).contains("/tests/");
    file.extension() == "rs" && !test
}

fn matches(path: &str, pattern: &str) -> bool {
    let whole = |rest: &str| rest.is_empty() || rest.starts_with("::");
    match pattern.strip_prefix("::") {
        Some(name) => path.split("::").any(|segment| segment == name),
        None => path.strip_prefix(pattern).is_some_and(whole),
    }
}

fn check_paths(file: &File) -> Vec<String> {
    let mut findings = Vec::new();
    if !is_program(file) {
        return findings;
    }
    let code = rust::scan(file.text().unwrap_or_default()).code;
    let paths = rust::paths(&code);
    for layer in LAYERS.iter().filter(|layer| file.within(layer.module)) {
        for (line, path) in &paths {
            let denied = layer.denied.iter().any(|pattern| matches(path, pattern));
            if denied && !layer.excepted.iter().any(|pattern| matches(path, pattern)) {
                findings.push(format!("{}:{line}: `{path}`: {}", file.path, layer.why));
            }
        }
    }
    findings
}

fn check_sql(file: &File) -> Vec<String> {
    if !is_program(file) || file.within("crates/store") {
        return Vec::new();
    }
    let source = rust::scan(file.text().unwrap_or_default());
    // What stands in `text` and not in `code` is the content of a string.
    let in_string = |at: &usize| source.code.as_bytes()[*at] == b' ';
    let found = |sql: &&str| {
        let hit = source.text.match_indices(*sql).map(|(at, _)| at).find(in_string);
        hit.map(|at| {
            let line = rust::line_at(&source.text, at);
            format!("{}:{line}: `{}` outside crates/store", file.path, sql.trim_end())
        })
    };
    SQL.iter().filter_map(found).collect()
}

#[test]
fn layers_hold() {
    let findings: Vec<String> = super::files().iter().flat_map(check_paths).collect();
    super::assert_none(&findings);
}

#[test]
fn sql_lives_in_the_store() {
    let findings: Vec<String> = super::files().iter().flat_map(check_sql).collect();
    super::assert_none(&findings);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paths(path: &str, text: &str) -> usize {
        check_paths(&File::sample(path, text)).len()
    }

    fn sql(path: &str, text: &str) -> usize {
        check_sql(&File::sample(path, text)).len()
    }

    #[test]
    fn every_denied_path_is_found() {
        for layer in &LAYERS {
            for denied in layer.denied {
                let file = format!("{}/x.rs", layer.module);
                let code = format!("use {}::x;", denied.trim_start_matches("::"));
                assert!(paths(&file, &code) >= 1, "{file}: {code}");
            }
        }
    }

    #[test]
    fn nested_and_inline_paths_are_found() {
        assert_eq!(paths("crates/domain/src/a.rs", "use std::{fs, fmt};"), 1);
        assert_eq!(paths("crates/domain/src/a.rs", "fn a() { std::time::Instant::now(); }"), 1);
        assert_eq!(paths("crates/store/src/a.rs", "use tokio::{sync::oneshot, net};"), 1);
        assert_eq!(paths("daemon/src/http.rs", "use hearth_domain::{decide::post, ids};"), 1);
    }

    #[test]
    fn what_is_allowed_passes() {
        assert_eq!(paths("crates/domain/src/a.rs", "use std::time::Duration; use std::fmt;"), 0);
        assert_eq!(paths("crates/store/src/a.rs", "use std::fs; use tokio::sync::oneshot;"), 0);
        assert_eq!(paths("daemon/src/https.rs", "hearth_domain::decide::post()"), 0);
        assert_eq!(paths("crates/domain/tests/a.rs", "use std::fs::File;"), 0);
    }

    #[test]
    fn sql_is_found_outside_the_store() {
        assert_eq!(sql("daemon/src/a.rs", "let a = \"SELECT 1\";"), 1);
        assert_eq!(sql("tests/bench/src/a.rs", "let a = r\"INSERT INTO t\";"), 0);
        assert_eq!(sql("crates/wire/src/a.rs", "// SELECT is a word\nlet a = 1;"), 0);
        assert_eq!(sql("crates/store/src/a.rs", "let a = \"SELECT 1\";"), 0);
    }
}

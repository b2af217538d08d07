//! The rules of docs/style.md that no compiler, formatter or linter checks.
//!
//! Each rule is a pure function from files to findings, so that its own test can hand it a sample
//! that breaks it: a rule that cannot fail is no rule. Reading the tree happens here and nowhere
//! else, once per test, over the files git knows or would add.

mod bans;
mod layers;
mod links;
mod manifests;
mod names;
mod protocol;
mod rust;
mod sizes;
mod web;

use std::path::{Path, PathBuf};
use std::process::Command;

/// One file of the repository; `path` is relative to the root and uses `/`.
pub(crate) struct File {
    pub(crate) path: String,
    pub(crate) bytes: Vec<u8>,
}

impl File {
    /// The file as text, or nothing if it is binary.
    fn text(&self) -> Option<&str> {
        std::str::from_utf8(&self.bytes).ok().filter(|text| !text.contains('\0'))
    }

    fn name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or(&self.path)
    }

    fn extension(&self) -> &str {
        self.name().rsplit_once('.').map_or("", |(_, extension)| extension)
    }

    /// Whether the file is the module `module` or lies in its folder: `a/b.rs` and `a/b/c.rs` are
    /// both within `a/b`.
    fn within(&self, module: &str) -> bool {
        self.path
            .strip_prefix(module)
            .is_some_and(|rest| rest.is_empty() || rest == ".rs" || rest.starts_with('/'))
    }

    fn sample(path: &str, text: &str) -> Self {
        Self { path: path.to_owned(), bytes: text.as_bytes().to_vec() }
    }
}

/// The root of the repository.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// All files that are tracked, or that are new and not ignored.
fn files() -> Vec<File> {
    let output = Command::new("git")
        .args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"])
        .current_dir(root())
        .output()
        .expect("git must be installed");
    assert!(output.status.success(), "git ls-files: {}", String::from_utf8_lossy(&output.stderr));
    let mut paths: Vec<String> = String::from_utf8(output.stdout)
        .expect("file names are UTF-8")
        .split_terminator('\0')
        .map(str::to_owned)
        .collect();
    // A walk over nothing would find nothing, and every rule would pass.
    assert!(paths.iter().any(|path| path == "Cargo.toml"), "git lists no Cargo.toml");
    paths.sort();
    paths.dedup();
    // A file that was deleted but is still in the index cannot be read and breaks no rule.
    let read =
        |path: String| std::fs::read(root().join(&path)).ok().map(|bytes| File { path, bytes });
    paths.into_iter().filter_map(read).collect()
}

/// Fails with one line per finding.
fn assert_none(findings: &[String]) {
    assert!(findings.is_empty(), "{} findings:\n{}", findings.len(), findings.join("\n"));
}

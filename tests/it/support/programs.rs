//! Where the programs under test are.
//!
//! Cargo tells a test only of programs of its own package, so they are looked for beside the test's
//! own executable. When a source is newer than the last build that a test asked for, they are built
//! first, by one test at a time. `HEARTH_PROGRAMS` names a folder of programs to test instead: those
//! of a release or a package.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::time::SystemTime;

/// The path of `hearthd`, `hearth` or `hearth-hwctl`.
pub(crate) fn program(name: &str) -> PathBuf {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    let path = FOLDER.get_or_init(folder).join(name);
    assert!(path.is_file(), "no program at {}", path.display());
    path
}

fn folder() -> PathBuf {
    if let Some(given) = std::env::var_os("HEARTH_PROGRAMS") {
        return given.into();
    }
    let test = std::env::current_exe().expect("a test knows its own path");
    // <target>/<profile>/deps/it-<hash>
    let folder = test.ancestors().nth(2).expect("a test lies in <profile>/deps").to_owned();
    build(&folder);
    folder
}

/// Builds the programs unless that was done since the last change.
fn build(folder: &Path) {
    let stamp = folder.join(".hearth-tests-built");
    let lock = File::create(folder.join(".hearth-tests-lock")).expect("make the build's lock");
    lock.lock().expect("wait for the build of another test");
    let newest = newest_source();
    let built = fs::metadata(&stamp).and_then(|stamp| stamp.modified());
    let is_there =
        ["hearthd", "hearth", "hearth-hwctl"].iter().all(|name| folder.join(name).is_file());
    if is_there && built.is_ok_and(|built| built >= newest) {
        return;
    }
    let profile = match folder.file_name().and_then(|name| name.to_str()) {
        Some("debug") | None => "dev",
        Some(name) => name,
    };
    let mut cargo = Command::new(env!("CARGO"));
    // What cargo tells a test about its package would make build scripts that look at it run again.
    for (name, _) in std::env::vars_os() {
        let told = name.to_string_lossy();
        if told.starts_with("CARGO_PKG_") || told.starts_with("CARGO_MANIFEST_") {
            cargo.env_remove(&name);
        }
    }
    let done = cargo
        // All that `cargo nextest run --workspace` builds: for less, cargo would choose other features, and
        // build all libraries a second time.
        .args(["build", "--workspace", "--all-targets", "--profile", profile])
        .arg("--target-dir")
        .arg(folder.parent().expect("a profile lies in a target folder"))
        .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
        .status();
    assert!(done.is_ok_and(|status| status.success()), "the programs do not build");
    let file = File::create(&stamp).expect("note the build");
    // Sources changed during the build are newer than this, and are built by the next test.
    file.set_modified(newest).expect("note the build");
}

/// When anything that the programs are made of last changed.
fn newest_source() -> SystemTime {
    let root = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."));
    let sources = ["Cargo.lock", "Cargo.toml", "crates", "daemon", "hwctl", "web/dist"];
    let mut newest = SystemTime::UNIX_EPOCH;
    let mut waiting: Vec<PathBuf> = sources.iter().map(|source| root.join(source)).collect();
    while let Some(path) = waiting.pop() {
        let Ok(found) = fs::metadata(&path) else { continue };
        if found.is_dir() {
            let inside = fs::read_dir(&path).into_iter().flatten().flatten();
            waiting.extend(inside.map(|entry| entry.path()));
        } else {
            newest = newest.max(found.modified().unwrap_or(newest));
        }
    }
    newest
}

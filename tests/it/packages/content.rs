//! What is in the packages: in order as distributions want it, small, made of what is declared, and the
//! same bytes wherever they are made.

use std::collections::BTreeSet;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;
use tempfile::TempDir;

use super::{Packages, repository, said};

/// Everything that is installed, without what only a debugger reads: ADR 43.
const INSTALLED_BYTES_MAX: u64 = 25_000_000;
const PROGRAMS: [&str; 3] = ["hearth", "hearth-hwctl", "hearthd"];

/// The files of the package for Debian, and a folder with them.
fn unpacked(packages: &Packages) -> TempDir {
    let folder = tempfile::tempdir().expect("a folder for the files");
    said(Command::new("dpkg-deb").arg("--extract").arg(packages.deb()).arg(folder.path()));
    folder
}

#[test]
fn distributions_find_nothing_wrong() {
    let Some(packages) = Packages::find() else { return };
    let lintian = ["--allow-root", "--fail-on", "error,warning", "--tag-display-limit", "0"];
    said(Command::new("lintian").args(lintian).arg(packages.deb()));
    let settings = repository("packaging/rpmlint.toml");
    said(Command::new("rpmlint").args(["--strict", "-c"]).arg(settings).arg(packages.rpm()));
}

#[test]
fn both_hold_the_same_and_little() {
    let Some(packages) = Packages::find() else { return };
    let folder = unpacked(&packages);
    let (mut deb, mut bytes) = (BTreeSet::new(), 0);
    let mut waiting = vec![folder.path().to_owned()];
    while let Some(path) = waiting.pop() {
        let found = std::fs::symlink_metadata(&path).expect("look at a file");
        if found.is_dir() {
            let inside = std::fs::read_dir(&path).expect("look into a folder");
            waiting.extend(inside.map(|entry| entry.expect("a file").path()));
        } else {
            let inside = path.strip_prefix(folder.path()).expect("it is inside");
            deb.insert(format!("/{}", inside.display()));
            bytes += found.len();
        }
    }
    println!("installed: {bytes} bytes");
    assert!(bytes <= INSTALLED_BYTES_MAX, "{bytes} bytes are installed");
    let rpm =
        said(Command::new("rpm").args(["--query", "--list", "--package"]).arg(packages.rpm()));
    let rpm: BTreeSet<String> = rpm.lines().map(ToOwned::to_owned).collect();
    let only_deb: Vec<&String> = deb.difference(&rpm).collect();
    let only_rpm: Vec<&String> = rpm.difference(&deb).collect();
    let own = ["/usr/share/doc/hearth/changelog.Debian.gz", "/usr/share/lintian/overrides/hearth"];
    assert_eq!(only_deb, [own[0], own[1], "/usr/share/zsh/vendor-completions/_hearth"]);
    let own = "/usr/lib/systemd/system-preset/80-hearth.preset";
    assert_eq!(only_rpm, [own, "/usr/share/zsh/site-functions/_hearth"]);
}

#[test]
fn everything_has_its_place() {
    let Some(packages) = Packages::find() else { return };
    let folder = unpacked(&packages);
    for file in [
        "usr/lib/systemd/system/hearth.slice",
        "usr/lib/systemd/system/hearth-failure@.service",
        "usr/lib/systemd/system/hearthd-http.socket",
        "usr/lib/systemd/system/hearthd.service",
        "usr/lib/systemd/system/hearthd.socket",
        "usr/lib/sysctl.d/60-hearth.conf",
        "usr/lib/systemd/system/hearth-hwctl.service",
        "usr/lib/systemd/system/hearth-update.path",
        "usr/lib/systemd/system/hearth-update.service",
        "usr/libexec/hearth/hearth-packages",
        "usr/lib/sysusers.d/hearth.conf",
        "usr/lib/udev/rules.d/60-hearth-hwctl.rules",
        "usr/lib/systemd/catalog/hearth.catalog",
        "usr/share/hearth/alerts/hearth.rules.yml",
        "usr/share/hearth/dashboards/hearth-office.json",
        "usr/share/hearth/runbooks/down.md",
        "usr/share/hearth/hearthd.toml",
        "usr/share/hearth/hwctl.toml",
        "usr/share/man/man1/hearth.1.gz",
        "usr/share/man/man1/hearth-backup.1.gz",
        "usr/share/man/man1/hearth-hwctl.1.gz",
        "usr/share/man/man1/hearthd.1.gz",
        "usr/share/bash-completion/completions/hearth",
        "usr/share/fish/vendor_completions.d/hearth.fish",
        "usr/share/doc/hearth/copyright",
        "usr/share/doc/hearth/hearth.cdx.json",
    ] {
        assert!(folder.path().join(file).is_file(), "{file} is missing");
    }
    // What an admin writes is not of the package: an upgrade has nothing to ask.
    assert!(!folder.path().join("etc").exists());
    // Nothing tells where it was made.
    let hearthd = std::fs::read(folder.path().join("usr/bin/hearthd")).expect("read hearthd");
    for place in [repository(".").canonicalize().expect("our own folder"), home()] {
        let place = place.to_string_lossy().into_owned();
        let found = hearthd.windows(place.len()).any(|part| part == place.as_bytes());
        assert!(!found, "hearthd says that it was made in {place}");
    }
}

/// Where cargo keeps its sources.
fn home() -> PathBuf {
    let cargo = std::env::var_os("CARGO_HOME").map(PathBuf::from);
    let home = || std::env::var_os("HOME").map(|home| Path::new(&home).join(".cargo"));
    cargo.or_else(home).expect("cargo has a home")
}

/// What cargo-auditable left in a program: names and versions of crates.
fn built_from(program: &Path, scratch: &Path) -> BTreeSet<String> {
    let section = scratch.join("section");
    let dump = format!(".dep-v0={}", section.display());
    let nowhere = scratch.join("copy");
    said(Command::new("objcopy").args(["--dump-section", &dump]).arg(program).arg(&nowhere));
    let packed = std::fs::read(&section).expect("read the section");
    let mut text = String::new();
    let mut reader = flate2::read::ZlibDecoder::new(packed.as_slice());
    reader.read_to_string(&mut text).expect("unpack the section");
    let list: Value = serde_json::from_str(&text).expect("the section is JSON");
    let crates = list["packages"].as_array().expect("a list").iter();
    crates.map(|found| name(&found["name"], &found["version"])).collect()
}

fn name(name: &Value, version: &Value) -> String {
    format!("{} {}", name.as_str().expect("a name"), version.as_str().expect("a version"))
}

#[test]
fn the_programs_are_made_of_what_is_declared() {
    let Some(packages) = Packages::find() else { return };
    let folder = unpacked(&packages);
    let declared = folder.path().join("usr/share/doc/hearth/hearth.cdx.json");
    let declared = std::fs::read(declared).expect("read the list");
    let declared: Value = serde_json::from_slice(&declared).expect("the list is JSON");
    assert_eq!(declared["bomFormat"], "CycloneDX");
    let parts = declared["components"].as_array().expect("a list");
    let of = |kind: &str| -> BTreeSet<String> {
        let start = format!("pkg:{kind}/");
        let parts = parts.iter().filter(|part| part["purl"].as_str().unwrap().starts_with(&start));
        parts.map(|part| name(&part["name"], &part["version"])).collect()
    };
    let mut built = BTreeSet::new();
    for program in PROGRAMS {
        let path = folder.path().join("usr/bin").join(program);
        built.extend(built_from(&path, folder.path()));
    }
    assert!(built.len() > 100, "{built:?}");
    let declared = of("cargo");
    let missing: Vec<&String> = built.symmetric_difference(&declared).collect();
    assert!(missing.is_empty(), "in one of both only: {missing:?}");
    let app = of("npm");
    for part in ["svelte ", "marked ", "dompurify "] {
        assert!(app.iter().any(|found| found.starts_with(part)), "{part}is in the app: {app:?}");
    }
}

#[test]
fn another_folder_makes_the_same_bytes() {
    let Some(packages) = Packages::find() else { return };
    let programs = unpacked(&packages);
    let elsewhere = tempfile::tempdir().expect("another folder");
    let copy = "git ls-files -z | tar -c --null -T - | tar -x -C \"$1\"";
    let root = repository(".");
    said(Command::new("bash").args(["-c", copy, "bash"]).arg(elsewhere.path()).current_dir(&root));
    let built = ["--query", "--queryformat", "%{BUILDTIME}", "--package"];
    let built = said(Command::new("rpm").args(built).arg(packages.rpm()));
    let out = elsewhere.path().join("out");
    said(
        Command::new(elsewhere.path().join("scripts/package"))
            .args(["all", "--out"])
            .arg(&out)
            .arg("--programs")
            .arg(programs.path().join("usr/bin"))
            .env("SOURCE_DATE_EPOCH", built.trim())
            .env_remove("CARGO_TARGET_DIR"),
    );
    for first in [packages.deb(), packages.rpm()] {
        let second = out.join(first.file_name().expect("a package has a name"));
        let bytes = |path: &Path| std::fs::read(path).expect("read a package");
        let same = bytes(&first) == bytes(&second);
        assert!(same, "{} is other than a second one made of it", first.display());
    }
}

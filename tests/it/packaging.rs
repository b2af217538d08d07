//! What is installed with a package: systemd reads the units here, and runs them in `guest::service`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use crate::support::program;

fn packaging(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../packaging").join(path)
}

fn analyze(words: &[&str], unit: &Path) -> Output {
    let mut analyze = Command::new("systemd-analyze");
    let analyze = analyze.args(words).arg(unit).env("SYSTEMD_COLORS", "0");
    analyze.output().expect("run systemd-analyze: scripts/setup test installs it")
}

fn text(output: &Output) -> String {
    let all = [output.stdout.as_slice(), &output.stderr].concat();
    String::from_utf8_lossy(&all).into_owned()
}

/// Fails if a unit exposes more than `tenths`/10 of what it could.
fn exposes_at_most(tenths: u32, unit: &Path) {
    let threshold = format!("--threshold={tenths}");
    let found = analyze(&["security", "--offline=yes", "--no-pager", &threshold], unit);
    assert!(found.status.success(), "{}", text(&found));
    // A threshold that is below what it is must be noticed, or this shows nothing.
    let strict = analyze(&["security", "--offline=yes", "--no-pager", "--threshold=1"], unit);
    assert!(!strict.status.success(), "{}", text(&strict));
}

#[test]
fn what_drives_the_fan_is_exposed_little() {
    exposes_at_most(6, &packaging("systemd/hearth-hwctl.service"));
    exposes_at_most(7, &packaging("systemd/hearth-poweroff.service"));
}

#[test]
fn the_front_door_is_exposed_little() {
    exposes_at_most(12, &packaging("systemd/hearthd.service"));
}

#[test]
fn what_draws_the_prompt_is_exposed_little() {
    exposes_at_most(8, &packaging("systemd/hearth-issue.service"));
}

#[test]
fn as_root_it_is_exposed_a_little_more() {
    let folder = tempfile::tempdir().expect("make a folder");
    let unit = folder.path().join("hearth-hwctl.service");
    let drop_ins = folder.path().join("hearth-hwctl.service.d");
    fs::create_dir(&drop_ins).expect("make a folder");
    fs::copy(packaging("systemd/hearth-hwctl.service"), &unit).expect("copy the unit");
    let drop_in = drop_ins.join("root.conf");
    fs::copy(packaging("systemd/hearth-hwctl-root.conf"), drop_in).expect("copy the drop-in");
    exposes_at_most(10, &unit);
}

#[test]
fn systemd_finds_nothing_wrong_with_the_units() {
    let folder = tempfile::tempdir().expect("make a folder");
    for entry in fs::read_dir(packaging("systemd")).expect("there are units") {
        let path = entry.expect("a unit").path();
        let unit = fs::read_to_string(&path).expect("read a unit");
        // The programs are not installed here, but they are built.
        let installed = |line: &str| match line.split_once("=/usr/bin/hearth") {
            Some((key, rest)) => {
                let name = format!("hearth{}", rest.split(' ').next().unwrap_or_default());
                let built = program(&name).to_string_lossy().into_owned();
                line.replace(&format!("{key}=/usr/bin/{name}"), &format!("{key}={built}"))
            }
            None => line.to_owned(),
        };
        let unit = unit.lines().map(installed).collect::<Vec<_>>().join("\n");
        let name = path.file_name().expect("a unit has a name");
        fs::write(folder.path().join(name), unit).expect("write a unit");
    }
    for entry in fs::read_dir(folder.path()).expect("there are units") {
        let path = entry.expect("a unit").path();
        let unit = path.file_name().expect("a unit has a name").to_string_lossy().into_owned();
        // A drop-in is none by itself, and a template is one with an instance only.
        if unit.ends_with(".conf") || unit.contains('@') {
            continue;
        }
        let found = analyze(&["verify", "--man=no"], &path);
        assert!(found.status.success() && text(&found).is_empty(), "{unit}: {}", text(&found));
    }
    let broken = folder.path().join("broken.service");
    fs::write(&broken, "[Service]\nExecStart=/nowhere/x\nWatchdog=1\n").expect("write a unit");
    assert!(text(&analyze(&["verify", "--man=no"], &broken)).contains("Watchdog"));
}

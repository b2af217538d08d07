//! How the command talks: to people, to programs with `--json`, and to shells.

use crate::support::{Done, Office, hearth};

#[tokio::test]
async fn every_command_speaks_json() {
    let mut office = Office::open().await;
    let backup = office.scratch().join("backup");
    let data = office.data().to_owned();
    let backup = backup.to_str().unwrap().to_owned();
    let commands: [&[&str]; 8] = [
        &["status"],
        &["healthcheck"],
        &["user", "list"],
        &["invite"],
        &["backup", &backup],
        &["doctor"],
        &["search", "status"],
        &["search", "rebuild"],
    ];
    let run = |arguments: &[&str]| -> Done { hearth(&data, &[arguments, &["--json"]].concat()) };
    for arguments in commands {
        let done = run(arguments);
        assert!(done.json().is_object(), "{arguments:?}: {done:?}");
        assert_eq!(done.out.lines().count(), 1, "{arguments:?}: {done:?}");
        let bad_disk = arguments == ["doctor"] && done.json()["severity"] == "bad";
        assert!(done.code == Some(0) || bad_disk, "{arguments:?}: {done:?}");
    }
    let refused = run(&["setup-link"]);
    assert_eq!(
        (refused.code, &refused.json()["error"]["code"]),
        (Some(1), &"already_set_up".into())
    );
    office.stop().await;
    let asking: [&[&str]; 6] = [
        &["status"],
        &["healthcheck"],
        &["user", "list"],
        &["invite"],
        &["export"],
        &["setup-link"],
    ];
    for arguments in asking {
        let done = run(arguments);
        assert_eq!(done.code, Some(1), "{arguments:?}: {done:?}");
        let error = done.json()["error"].to_string();
        assert!(error.contains("not running") && error.contains("hearth up"), "{error}");
        let done = hearth(&data, arguments);
        assert!(done.out.is_empty() && done.err.contains("hearth up"), "{done:?}");
    }
}

#[tokio::test]
async fn the_doctor_knows_what_is_wrong() {
    let mut office = Office::open().await;
    let data = office.data().to_owned();
    let finding = |done: &Done, check: &str| {
        let findings = done.json()["findings"].as_array().expect("findings").clone();
        let found = findings.into_iter().find(|finding| finding["code"] == check);
        found.unwrap_or_else(|| panic!("no check {check}: {done:?}"))
    };
    let running = hearth(&data, &["doctor", "--json"]);
    assert_eq!(finding(&running, "server")["severity"], "good", "{running:?}");
    assert_eq!(finding(&running, "database")["severity"], "good", "{running:?}");
    assert_eq!(finding(&running, "permissions")["severity"], "good", "{running:?}");
    office.stop().await;
    let stopped = hearth(&data, &["doctor", "--json"]);
    assert_eq!(finding(&stopped, "server")["severity"], "warning", "{stopped:?}");
    std::fs::write(data.join("hearth.db"), "rubbish").unwrap();
    let damaged = hearth(&data, &["doctor", "--json"]);
    assert_eq!(damaged.code, Some(1), "{damaged:?}");
    let database = finding(&damaged, "database");
    assert_eq!(database["severity"], "bad", "{damaged:?}");
    assert!(database["remedy"]["en"].as_str().unwrap().contains("hearth restore"), "{database}");
}

#[test]
fn shells_and_manuals_know_the_command() {
    let scratch = tempfile::tempdir().unwrap();
    for shell in ["bash", "zsh", "fish"] {
        let done = hearth(scratch.path(), &["completions", shell]);
        assert!(done.ok().contains("restore"), "{shell}");
    }
    let man = scratch.path().join("man");
    hearth(scratch.path(), &["man", man.to_str().unwrap()]).ok();
    let page = std::fs::read_to_string(man.join("hearth.1")).unwrap();
    assert!(page.starts_with(".ie") || page.contains(".TH"), "{page}");
    for wrong in [&["nothing"][..], &["user"], &["restore"], &["--nothing"]] {
        assert_eq!(hearth(scratch.path(), wrong).code, Some(2), "{wrong:?}");
    }
    let version = hearth(scratch.path(), &["--version"]);
    assert!(version.ok().starts_with("hearth "), "{version:?}");
}

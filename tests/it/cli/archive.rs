//! `hearth backup`, `restore` and `export`.

use std::os::unix::fs::PermissionsExt;

use serde_json::{Value, json};

use crate::support::{Office, Settings, hearth};

#[tokio::test]
async fn a_backup_of_a_running_office_comes_back_elsewhere() {
    let office = Office::open().await;
    let lobby = office.lobby.clone();
    let lin = office.person("lin", "member").await;
    for number in 0..30 {
        office.owner.say(&lobby, &format!("something worth keeping {number}")).await;
    }
    let file = office.scratch().join("office.backup");
    let path = file.to_str().unwrap();
    let written = hearth(office.data(), &["backup", path, "--json"]);
    written.ok();
    assert_eq!(written.json()["file"], path);
    assert!(written.json()["size_bytes"].as_u64() > Some(4_096));
    let mode = std::fs::metadata(&file).unwrap().permissions().mode();
    assert_eq!(mode & 0o077, 0, "it holds the whole office: {mode:o}");
    let again = hearth(office.data(), &["backup", path]);
    assert_eq!(again.code, Some(1));
    assert!(again.err.contains("exists already"), "{again:?}");
    let said = office.owner.texts(&lobby).await;
    office.owner.say(&lobby, "written after the backup").await;

    let elsewhere = office.scratch().join("elsewhere");
    hearth(&elsewhere, &["restore", path]).ok();
    let mut other = crate::support::Launch::in_folder(&elsewhere);
    other.config.clone_from(&office.launch.config);
    let mut moved = office;
    moved.stop().await;
    moved.launch = other;
    moved.start().await;
    // The same people find the same messages. Their devices sign in again: a copy that somebody took
    // must not bring back a session that was revoked since.
    lin.get("/bootstrap").await.refused(401, "sign_in_needed");
    let lin = lin.sign_in_again().await;
    assert_eq!(lin.texts(&lobby).await, said);
    lin.say(&lobby, "life goes on over here").await;
}

#[tokio::test]
async fn a_restore_keeps_what_was_there_and_refuses_what_is_no_backup() {
    let scratch = tempfile::tempdir().unwrap();
    let data = scratch.path().join("data");
    let settings = Settings { data: Some(data.clone()), ..Settings::default() };
    let mut office = Office::open_with(settings).await;
    let lobby = office.lobby.clone();
    office.owner.say(&lobby, "the present state").await;
    let file = scratch.path().join("backup");
    hearth(&data, &["backup", file.to_str().unwrap()]).ok();
    // Not while the server runs.
    let running = hearth(&data, &["restore", file.to_str().unwrap()]);
    assert_eq!(running.code, Some(1), "{running:?}");
    office.stop().await;

    let nothing = scratch.path().join("nothing");
    std::fs::write(&nothing, "this is not a backup").unwrap();
    let cut = scratch.path().join("cut");
    let whole = std::fs::read(&file).unwrap();
    std::fs::write(&cut, &whole[..whole.len() / 2]).unwrap();
    for wrong in [&nothing, &cut, &scratch.path().join("missing")] {
        let refused = hearth(&data, &["restore", wrong.to_str().unwrap(), "--json"]);
        assert_eq!(refused.code, Some(1), "{refused:?}");
        assert!(refused.json()["error"].is_string(), "{refused:?}");
    }
    office.start().await;
    assert_eq!(office.owner.texts(&lobby).await, ["the present state"]);
    office.stop().await;
    let restored = hearth(&data, &["restore", file.to_str().unwrap(), "--json"]).json();
    let aside = restored["kept_aside"].as_str().expect("the earlier one").to_owned();
    assert!(std::path::Path::new(&aside).exists(), "{aside}");
    office.start().await;
    let olga = office.owner.sign_in_again().await;
    assert_eq!(olga.texts(&lobby).await, ["the present state"]);
}

#[tokio::test]
async fn an_export_is_lines_of_json_without_secrets() {
    let office = Office::open().await;
    let lobby = &office.lobby;
    for number in 0..10 {
        office.owner.say(lobby, &format!("for the archive {number}")).await;
    }
    let text = json!({"text": "for the archive, corrected"});
    let said = office.owner.say(lobby, "for the archive, wrong").await;
    office.owner.patch(&format!("/messages/{}", said.id), &text).await.ok();
    let export = hearth(office.data(), &["export"]);
    let lines: Vec<Value> =
        export.ok().lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let posted = export.out.matches("message.posted").count();
    assert_eq!(posted, 11, "{} lines", lines.len());
    assert!(export.out.contains("for the archive, corrected"));
    for secret in ["$argon2", office.owner.token(), &office.owner.password()] {
        assert!(!export.out.contains(secret), "{secret}");
    }
}

#[tokio::test]
async fn data_is_purged_only_when_told_and_stopped() {
    let mut office = Office::open().await;
    let data = office.data().to_owned();
    let running = hearth(&data, &["purge-data", "--yes"]);
    assert_eq!(running.code, Some(1), "{running:?}");
    office.stop().await;
    let unasked = hearth(&data, &["purge-data"]);
    assert_eq!(unasked.code, Some(1), "{unasked:?}");
    assert!(unasked.err.contains("--yes") && data.join("hearth.db").exists(), "{unasked:?}");
    let purged = hearth(&data, &["purge-data", "--yes", "--json"]).json();
    assert!(purged["purged"].is_string(), "{purged}");
    assert_eq!(std::fs::read_dir(&data).unwrap().count(), 0);
    // A folder that is not Hearth's is left alone.
    std::fs::write(data.join("thesis"), "years of work").unwrap();
    let foreign = hearth(&data, &["purge-data", "--yes", "--json"]).json();
    assert!(foreign["purged"].is_null() && data.join("thesis").exists(), "{foreign}");
}

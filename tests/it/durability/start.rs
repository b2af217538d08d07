//! Reasons not to start: each is a sentence, a code, and no harm done.

use std::fs;
use std::os::unix::fs::FileExt;
use std::path::Path;

use crate::support::{Launch, Office, Settings, hearth};

/// Starts in a folder where that must fail; gives the exit code and what was said.
async fn refusal(launch: &Launch) -> (Option<i32>, String) {
    let mut hearthd = launch.start();
    let status = hearthd.ended().await;
    (status.code(), hearthd.log())
}

/// An office with one message that was stopped in good order, in this folder.
async fn closed_office(data: &Path) {
    let settings = Settings { data: Some(data.to_owned()), ..Settings::default() };
    let mut office = Office::open_with(settings).await;
    office.owner.say(&office.lobby, "worth keeping for later").await;
    assert_eq!(office.stop().await, 0);
}

#[tokio::test]
async fn a_database_from_the_future_is_refused_untouched() {
    let scratch = tempfile::tempdir().unwrap();
    closed_office(scratch.path()).await;
    let file = scratch.path().join("hearth.db");
    let database = rusqlite::Connection::open(&file).unwrap();
    database.pragma_update(None, "user_version", 9_999).unwrap();
    // The version is in the file itself, not in the log beside it.
    database.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())).unwrap();
    drop(database);
    let before = fs::read(&file).unwrap();
    let (code, log) = refusal(&Launch::in_folder(scratch.path())).await;
    assert_eq!(code, Some(78), "{log}");
    assert!(log.contains("newer Hearth") && log.contains("9999"), "{log}");
    assert!(fs::read(&file).unwrap() == before, "the database was changed");
}

#[tokio::test]
async fn a_damaged_database_names_restore_and_restore_mends_it() {
    let scratch = tempfile::tempdir().unwrap();
    let data = scratch.path().join("data");
    let backup = scratch.path().join("backup");
    let settings = Settings { data: Some(data.clone()), ..Settings::default() };
    let mut office = Office::open_with(settings).await;
    let lobby = office.lobby.clone();
    office.owner.say(&lobby, "worth keeping for later").await;
    hearth(&data, &["backup", backup.to_str().unwrap()]).ok();
    office.stop().await;
    let file = data.join("hearth.db");
    let sound = fs::read(&file).unwrap();

    let garbage = [0xa5; 100];
    fs::write(&file, [&garbage, &sound[100..]].concat()).unwrap();
    let (code, log) = refusal(&Launch::in_folder(&data)).await;
    assert_eq!(code, Some(1), "{log}");
    assert!(log.contains("damaged") && log.contains("hearth restore"), "{log}");
    assert!(log.contains(file.to_str().unwrap()), "{log}");

    hearth(&data, &["restore", backup.to_str().unwrap()]).ok();
    office.start().await;
    let olga = office.owner.sign_in_again().await;
    assert_eq!(olga.texts(&lobby).await, ["worth keeping for later"]);
}

#[tokio::test]
async fn damage_inside_is_found_after_a_crash() {
    let scratch = tempfile::tempdir().unwrap();
    let settings = Settings { data: Some(scratch.path().to_owned()), ..Settings::default() };
    let mut office = Office::open_with(settings).await;
    for number in 0..50 {
        office.owner.say(&office.lobby, &format!("worth keeping {number}")).await;
    }
    // A restart moves all of it from the log into the file.
    office.restart().await;
    office.hearthd.kill();
    drop(office);
    let file = fs::OpenOptions::new().write(true).open(scratch.path().join("hearth.db")).unwrap();
    let pages = file.metadata().unwrap().len() / 4_096;
    for page in (pages / 4)..pages {
        file.write_all_at(&[0xa5; 512], page * 4_096).unwrap();
    }
    let (code, log) = refusal(&Launch::in_folder(scratch.path())).await;
    assert_eq!(code, Some(1), "{log}");
    assert!(log.contains("damaged") && log.contains("hearth restore"), "{log}");
}

#[tokio::test]
async fn a_port_in_use_is_named() {
    let scratch = tempfile::tempdir().unwrap();
    let other = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = other.local_addr().unwrap().to_string();
    let mut launch = Launch::in_folder(&scratch.path().join("data"));
    launch.listen.clone_from(&address);
    let (code, log) = refusal(&launch).await;
    assert_eq!(code, Some(1), "{log}");
    assert!(log.contains(&address) && log.contains("another program"), "{log}");
    assert!(log.contains("HEARTH_PORT"), "{log}");
    // Nothing is left that would keep the next start from working.
    launch.listen = "127.0.0.1:0".to_owned();
    launch.start().ready().await;
}

#[tokio::test]
async fn a_wrong_configuration_names_file_line_and_key() {
    let scratch = tempfile::tempdir().unwrap();
    let file = scratch.path().join("my.toml");
    let launch = Launch::in_folder(&scratch.path().join("data")).config(file.clone());
    for (text, said) in [
        ("[server]\nhots = []\n", "my.toml:2: hots: unknown field"),
        ("[server]\nlisten = 80\n", "my.toml:2: listen:"),
        ("\n\n[limits]\ndrain_s = \"long\"\n", "my.toml:4: drain_s:"),
        ("[sever]\n", "my.toml:1:"),
        ("[server\n", "my.toml:1:"),
        ("[server]\ntrusted_proxies = [\"everybody\"]\n", "my.toml:2: trusted_proxies:"),
        ("[log]\nfilter = \"info,hearth_store=loud\"\n", "log.filter"),
        ("[tls]\nmode = \"files\"\n", "tls.cert"),
    ] {
        fs::write(&file, text).unwrap();
        let (code, log) = refusal(&launch).await;
        assert_eq!(code, Some(78), "{text}: {log}");
        assert!(log.contains(said), "{text}: {log}");
    }
    fs::remove_file(&file).unwrap();
    let (code, log) = refusal(&launch).await;
    assert_eq!(code, Some(78), "{log}");
    assert!(log.contains("my.toml"), "{log}");
    let mut launch = Launch::in_folder(&scratch.path().join("data"));
    launch.listen = "somewhere".to_owned();
    let (code, log) = refusal(&launch).await;
    assert_eq!(code, Some(78), "{log}");
    assert!(log.contains("HEARTH_LISTEN"), "{log}");
    assert!(!scratch.path().join("data").exists(), "nothing is made before all is clear");
}

#[tokio::test]
async fn two_processes_do_not_share_a_folder() {
    let office = Office::open().await;
    let (code, log) = refusal(&Launch::in_folder(office.data())).await;
    assert_eq!(code, Some(1), "{log}");
    assert!(log.contains(&format!("process {}", office.hearthd.pid())), "{log}");
    office.owner.say(&office.lobby, "still the only one here").await;
    let restored = hearth(office.data(), &["restore", "/nothing/here"]);
    assert_eq!(restored.code, Some(1), "{restored:?}");
    assert!(restored.err.contains("process"), "{restored:?}");
}

//! From one box to another, and it is the same office.

use serde_json::{Value, json};

use super::{back_up, folder, held, idle, key_file, lists, restore, settings, to_folder, view};
use crate::support::{Launch, Office, Settings, hearth};

/// Everything an office knows: its log, and the content of its files.
fn whole(office: &Office, name: &str) -> (String, Vec<(String, Vec<u8>)>) {
    let folder = office.scratch().join(name);
    let export = hearth(office.data(), &["export", "--files", folder.to_str().unwrap()]);
    let mut files = Vec::new();
    for shelf in std::fs::read_dir(&folder).unwrap() {
        for file in std::fs::read_dir(shelf.unwrap().path()).unwrap() {
            let path = file.unwrap().path();
            let name = path.strip_prefix(&folder).unwrap().to_str().unwrap().to_owned();
            files.push((name, std::fs::read(path).unwrap()));
        }
    }
    files.sort();
    (export.ok().to_owned(), files)
}

#[tokio::test]
async fn a_new_box_is_the_same_office() {
    let mut office = Office::open().await;
    let (lobby, olga) = (office.lobby.clone(), office.owner.clone());
    let lin = office.person("lin", "member").await;
    for number in 0..20 {
        lin.say(&lobby, &format!("我们的第 {number} 条消息")).await;
    }
    let file = olga.upload("plan.bin", "", &crate::files::noise(90_000)).await;
    olga.share(&lobby, "the plan", &[&file]).await;
    let disk = to_folder(&office).await;
    let before = whole(&office, "before");
    let state = back_up(&olga).await;
    assert!(state["verified_at"].is_u64(), "{state}");
    assert_eq!(state["standings"][0]["count"], 1, "{state}");
    let text: Vec<u8> = held(&disk)
        .iter()
        .flat_map(|name| std::fs::read(disk.join("hearth-backup").join(name)).unwrap())
        .collect();
    let hidden = |part: &[u8]| !text.windows(part.len()).any(|window| window == part);
    assert!(hidden(b"SQLite format") && hidden("消息".as_bytes()), "all of it is encrypted");
    let digest = file["blob"].as_str().unwrap();
    assert!(held(&disk).iter().all(|name| !name.contains(&digest[2..20])), "names say nothing");

    lin.say(&lobby, "after the backup").await;
    let key = key_file(&office).await;
    office.stop().await;
    let elsewhere = office.scratch().join("elsewhere");
    let checked =
        hearth(&elsewhere, &["verify", disk.to_str().unwrap(), "--key", key.to_str().unwrap()]);
    assert!(checked.ok().contains("is good"), "{checked:?}");
    let restored = restore(&elsewhere, &disk, &key);
    restored.ok();
    assert_eq!(restored.json()["files"]["files"], 1, "{restored:?}");
    let mut launch = Launch::in_folder(&elsewhere);
    launch.config.clone_from(&office.launch.config);
    office.launch = launch;
    office.start().await;
    assert_eq!(whole(&office, "after"), before, "the log and every file");
    let lin = lin.sign_in_again().await;
    assert_eq!(lin.texts(&lobby).await.len(), 21);
    let olga = olga.sign_in_again().await;
    assert_eq!(olga.open(&file, "").await.bytes, crate::files::noise(90_000));
    // It goes on with its backups at the same place, under the same key.
    lin.say(&lobby, "life goes on").await;
    let state = back_up(&olga).await;
    assert!(state["standings"][0]["fault"].is_null(), "{state}");
    // Of a day, the latest is kept.
    assert!(!lists(&disk).is_empty());
}

#[tokio::test]
async fn what_is_there_is_not_written_again_and_what_nobody_needs_goes() {
    let office = Office::open().await;
    let (lobby, olga) = (&office.lobby, &office.owner);
    let disk = to_folder(&office).await;
    let file = olga.upload("one.bin", "", &crate::files::noise(50_000)).await;
    olga.share(lobby, "one", &[&file]).await;
    let first = back_up(olga).await;
    assert!(first["history"][0]["written_bytes"].as_u64() > Some(50_000), "{first}");
    let path = disk.join("hearth-backup");
    let list = lists(&disk).remove(0);
    let database = list.replace(".json.", ".db.");
    // As if they were from other days: nine weeks, and of this day's hours only the last counts.
    for day in 0..9 {
        for (from, part) in [(&list, "json"), (&database, "db")] {
            let name = format!("hearth-2020010{}-030000.{part}.zst.age", day + 1);
            std::fs::copy(path.join(from), path.join(name)).unwrap();
        }
    }
    for left in ["hearth-20200202-030000.db.zst.age", "key.partial", "files/zz.partial"] {
        std::fs::write(path.join(left), "left").unwrap();
    }
    let stray = path.join("files/ab");
    std::fs::create_dir_all(&stray).unwrap();
    std::fs::write(stray.join("cdef.age"), "nobody knows this one").unwrap();
    let file = olga.upload("two.bin", "", &crate::files::noise(60_000)).await;
    olga.share(lobby, "two", &[&file]).await;
    let second = back_up(olga).await;
    let written = |of: &Value| of["history"][0]["written_bytes"].as_u64().unwrap();
    // The second file is larger by 10,000 bytes; the first would be 50,000 more.
    assert!(written(&second) < written(&first) + 40_000, "only what is new: {second}");
    // Seven days: today and the last six of January. Four weeks: this one and two of January.
    let kept = lists(&disk);
    assert!(kept.len() <= 8 && kept.len() >= 7, "{kept:?}");
    assert!(!held(&disk).iter().any(|name| name.contains("partial")), "{:?}", held(&disk));
    assert!(!path.join("hearth-20200202-030000.db.zst.age").exists(), "it had no list");
    assert!(!stray.join("cdef.age").exists());
    let files = held(&disk).iter().filter(|name| name.starts_with("files/")).count();
    assert_eq!(files, 2, "{:?}", held(&disk));
}

#[tokio::test]
async fn one_that_was_missed_is_made_at_the_next_start() {
    let mut office = Office::open().await;
    to_folder(&office).await;
    office.stop().await;
    let path = office.data().join("vault/state.json");
    let text = std::fs::read_to_string(&path).unwrap();
    let mut state: serde_json::Value = serde_json::from_str(&text).unwrap();
    state["since"] = json!(1_700_000_000_000_u64);
    std::fs::write(&path, state.to_string()).unwrap();
    office.start().await;
    let state = idle(&office.owner, 1).await;
    assert!(state["verified_at"].is_u64() && state["next_at"].is_u64(), "{state}");
    let health = office.owner.get("/health").await.ok();
    let severity = |code: &str| {
        let findings = health["findings"].as_array().unwrap();
        findings.iter().find(|one| one["code"] == code).unwrap()["severity"].clone()
    };
    assert_eq!(severity("backup"), "good");
    assert_eq!(severity("backup_place"), "good");
    assert_eq!(severity("backup_key"), "warning");
    let metrics = office.call(crate::support::Call::new("GET", "/metrics")).await;
    let metrics = String::from_utf8(metrics.bytes.to_vec()).unwrap();
    let of = |series: &str| -> f64 {
        let value = metrics.lines().find_map(|line| line.strip_prefix(series)?.strip_prefix(' '));
        value.unwrap_or_else(|| panic!("{series}\n{metrics}")).parse().unwrap()
    };
    assert!(of("hearth_backups_total{outcome=\"verified\"}") >= 1.0, "{metrics}");
    assert!(of("hearth_backup_age_seconds").is_finite() && of("hearth_backup_bytes") > 0.0);
    assert_eq!(
        (of("hearth_backup_destinations_failing"), of("hearth_backup_key_saved")),
        (0.0, 0.0)
    );
}

#[tokio::test]
async fn a_passphrase_of_the_box_opens_them_elsewhere() {
    let scratch = tempfile::tempdir().unwrap();
    let (right, wrong) = (scratch.path().join("backup-passphrase"), scratch.path().join("wrong"));
    std::fs::write(&right, "correct horse battery\n").unwrap();
    std::fs::write(&wrong, "another horse battery\n").unwrap();
    let credentials = scratch.path().to_str().unwrap().to_owned();
    let environment = vec![("CREDENTIALS_DIRECTORY".to_owned(), credentials)];
    let office = Office::open_with(Settings { environment, ..Settings::default() }).await;
    office.owner.say(&office.lobby, "kept under a passphrase").await;
    let disk = to_folder(&office).await;
    back_up(&office.owner).await;
    assert!(view(&office.owner).await["key"]["has_passphrase"].as_bool().unwrap());
    assert!(held(&disk).contains(&"key.age".to_owned()));
    let elsewhere = office.scratch().join("elsewhere");
    let from = disk.to_str().unwrap();
    let asked = |file: &std::path::Path| {
        hearth(&elsewhere, &["restore", from, "--passphrase", file.to_str().unwrap()])
    };
    let refused = asked(&wrong);
    assert_eq!(refused.code, Some(1), "{refused:?}");
    assert!(refused.err.contains("does not fit"), "{refused:?}");
    let nothing = hearth(&elsewhere, &["restore", from]);
    assert!(nothing.err.contains("--key"), "{nothing:?}");
    asked(&right).ok();
}

#[tokio::test]
async fn the_command_makes_shows_and_checks_them() {
    let office = Office::open().await;
    let disk = to_folder(&office).await;
    let made = hearth(office.data(), &["backup"]);
    assert!(made.ok().contains("was checked"), "{made:?}");
    let checked = hearth(office.data(), &["verify", "--json"]);
    checked.ok();
    assert!(checked.json()["vault"].is_null() && checked.json()["verified_at"].is_u64());
    let key = hearth(office.data(), &["backup-key"]);
    assert!(key.ok().starts_with("AGE-SECRET-KEY-1"), "{key:?}");
    // On the box itself, the key of the data folder is enough.
    let checked = hearth(office.data(), &["verify", disk.to_str().unwrap()]);
    assert!(checked.ok().contains("is good"), "{checked:?}");
    std::fs::remove_dir_all(&disk).unwrap();
    let failed = hearth(office.data(), &["backup"]);
    assert_eq!(failed.code, Some(1), "{failed:?}");
    assert!(failed.out.contains("Gone"), "{failed:?}");
    office.owner.put("/admin/vault", &settings(&folder(&disk))).await.ok();
}

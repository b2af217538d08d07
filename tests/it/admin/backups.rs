//! Backups from the page: made while people chat, kept in number, taken away by owners only, and good
//! for what they are for.

use std::os::unix::fs::PermissionsExt;

use serde_json::{Value, json};

use crate::support::{Disk, Office, Person, Settings, hearth, soon};

/// Makes a backup and waits for its end; gives what is there then.
async fn back_up(person: &Person) -> Value {
    let started = person.post("/admin/backups", &json!({})).await;
    assert_eq!(started.status, 202, "{started:?}");
    let end = async {
        loop {
            let state = person.get("/admin/backups").await.ok();
            if state["running"].is_null() {
                return state;
            }
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
    };
    soon("the end of the backup", end).await
}

fn names(state: &Value) -> Vec<String> {
    let backups = state["backups"].as_array().unwrap();
    backups.iter().map(|backup| backup["name"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn a_backup_from_the_page_is_downloaded_and_put_back() {
    let mut office = Office::open().await;
    let admin = office.person("adam", "admin").await;
    office.owner.say(&office.lobby, "kept for later").await;
    let state = back_up(&admin).await;
    assert!(state["failed"].is_null(), "{state}");
    let [name] = &names(&state)[..] else { panic!("{state}") };

    admin.get(&format!("/admin/backups/{name}")).await.refused(403, "forbidden");
    admin.delete(&format!("/admin/backups/{name}")).await.refused(403, "forbidden");
    let file = office.owner.get(&format!("/admin/backups/{name}")).await;
    assert_eq!(file.status, 200);
    assert_eq!(file.header("content-length"), file.bytes.len().to_string());
    let archive = name.replace(".db", ".tar");
    assert!(file.header("content-disposition").contains(&archive), "{file:?}");
    let log = office.owner.get("/admin/audit?area=backup").await.ok();
    let acts: Vec<&str> =
        log["entries"].as_array().unwrap().iter().map(|e| e["act"].as_str().unwrap()).collect();
    assert_eq!(acts, ["backup.downloaded", "backup.made"]);

    // What the page tells to do, on the file as it was downloaded.
    let taken = office.scratch().join(&archive);
    std::fs::write(&taken, &file.bytes).unwrap();
    let mut tar = std::process::Command::new("tar");
    let unpacked = tar.arg("-xf").arg(&taken).current_dir(office.scratch()).status();
    assert!(unpacked.is_ok_and(|status| status.success()), "the archive can be unpacked");
    let taken = office.scratch().join(name);
    office.owner.say(&office.lobby, "after the backup").await;
    assert_eq!(office.stop().await, 0);
    let restored = hearth(office.data(), &["restore", taken.to_str().unwrap()]);
    assert!(restored.ok().contains("Everybody signs in anew"), "{restored:?}");
    office.start().await;
    let olga = office.owner.sign_in_again().await;
    assert_eq!(olga.texts(&office.lobby).await, ["kept for later"]);
}

#[tokio::test]
async fn names_that_are_none_of_ours_lead_nowhere() {
    let office = Office::open().await;
    let olga = &office.owner;
    back_up(olga).await;
    for name in [
        "hearth.db",
        "..%2fhearth.db",
        "%2e%2e%2f%2e%2e%2fetc%2fpasswd",
        "hearth-20200101-000000.db",
        "hearth-20200101-000000.db%00",
        "hearth-20200101-000000.db.partial",
        "%2fetc%2fpasswd",
    ] {
        let path = format!("/admin/backups/{name}");
        for method in ["GET", "DELETE"] {
            let outcome = olga.ask(method, &path, None).await.outcome();
            assert_eq!(outcome, "not_found", "{method} {name}");
        }
    }
    assert!(office.data().join("hearth.db").exists());
    let state = olga.get("/admin/backups").await.ok();
    let name = &names(&state)[0];
    olga.delete(&format!("/admin/backups/{name}")).await.ok();
    olga.delete(&format!("/admin/backups/{name}")).await.refused(404, "not_found");
    assert_eq!(names(&olga.get("/admin/backups").await.ok()), [""; 0]);
}

#[tokio::test]
async fn a_bounded_number_is_kept_and_what_was_half_written_goes() {
    let office = Office::open().await;
    let folder = office.data().join("backups");
    std::fs::create_dir(&folder).unwrap();
    for day in 1..=9 {
        std::fs::write(folder.join(format!("hearth-2020010{day}-000000.db")), "old").unwrap();
    }
    let half = folder.join("making");
    std::fs::create_dir(&half).unwrap();
    std::fs::write(half.join("hearth-20200109-000000.db.partial"), "half").unwrap();
    std::fs::write(folder.join("notes.txt"), "mine").unwrap();
    let state = back_up(&office.owner).await;
    let kept = names(&state);
    assert_eq!(kept.len(), 7, "{state}");
    assert!(kept[0].as_str() > "hearth-2026", "the new one is among them: {kept:?}");
    assert_eq!(kept[6], "hearth-20200104-000000.db");
    assert!(!half.exists());
    assert!(folder.join("notes.txt").exists(), "what is not ours stays");
}

#[tokio::test]
async fn a_disk_that_fills_leaves_no_half_backup_and_is_said() {
    let scratch = tempfile::tempdir().unwrap();
    let data = scratch.path().join("data");
    let backups = data.join("backups");
    // The check before it looks at the disk of the data folder; this one is smaller than it thinks.
    let Some(disk) = Disk::mount(&backups, 128) else { return };
    std::fs::set_permissions(&data, std::fs::Permissions::from_mode(0o700)).unwrap();
    let settings = Settings { data: Some(data), ..Settings::default() };
    let office = Office::open_with(settings).await;
    let olga = &office.owner;
    olga.say(&office.lobby, "before").await;
    let state = back_up(olga).await;
    assert_eq!((&state["failed"], names(&state).len()), (&json!("disk_full"), 0), "{state}");
    let left: Vec<_> = std::fs::read_dir(&backups).unwrap().collect();
    assert!(left.is_empty(), "{left:?}");
    let noted = olga.get("/admin/audit?area=backup").await.ok();
    assert_eq!(noted["entries"], json!([]), "what was not made is not noted");
    olga.say(&office.lobby, "the chat goes on").await;
    drop(office);
    drop(disk);
}

#[tokio::test]
async fn too_little_room_is_said_before_anything_is_written() {
    let scratch = tempfile::tempdir().unwrap();
    let data = scratch.path().join("data");
    let Some(disk) = Disk::mount(&data, 16 * 1_024) else { return };
    let settings = Settings { data: Some(data.clone()), ..Settings::default() };
    let office = Office::open_with(settings).await;
    let problem = office.owner.post("/admin/backups", &json!({})).await;
    let problem = problem.refused(507, "no_room_for_backup");
    assert!(problem["hint"]["zh-CN"].as_str().is_some_and(|hint| !hint.is_ascii()), "{problem}");
    assert!(!data.join("backups").join("making").exists());
    drop(office);
    drop(disk);
}

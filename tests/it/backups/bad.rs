//! What is damaged, foreign, full, gone or killed: it is said, and what was good stays good.

use std::path::Path;

use serde_json::{Value, json};

use super::{
    back_up, folder, held, idle, key_file, lists, restore, settings, to_folder, tried, until, view,
};
use crate::support::{Disk, Office, hearth};

/// Changes a byte near the end of a file, behind what says how it is encrypted.
fn rot(path: &Path) {
    let mut bytes = std::fs::read(path).unwrap();
    let place = bytes.len() - 5;
    bytes[place] ^= 1;
    std::fs::write(path, bytes).unwrap();
}

fn fault(state: &Value) -> &str {
    state["standings"][0]["fault"].as_str().unwrap_or("none")
}

#[tokio::test]
async fn what_is_damaged_is_found_and_changes_nothing() {
    let mut office = Office::open().await;
    let (lobby, olga) = (office.lobby.clone(), office.owner.clone());
    let file = olga.upload("kept.bin", "", &crate::files::noise(40_000)).await;
    olga.share(&lobby, "a file", &[&file]).await;
    let disk = to_folder(&office).await;
    back_up(&olga).await;
    let key = key_file(&office).await;
    let (root, key) = (disk.join("hearth-backup"), key.as_path());
    let list = lists(&disk).remove(0);
    let database = list.replace(".json.", ".db.");
    let shared = held(&disk).into_iter().find(|name| name.starts_with("files/")).unwrap();
    let elsewhere = office.scratch().join("elsewhere");
    let refused = |what: &str, said: &str| {
        let checked =
            hearth(&elsewhere, &["verify", disk.to_str().unwrap(), "--key", key.to_str().unwrap()]);
        assert_eq!(checked.code, Some(1), "{what}: {checked:?}");
        assert!(checked.err.contains(said), "{what}: {checked:?}");
    };
    for name in [&list, &database, &shared] {
        let (path, whole) = (root.join(name), std::fs::read(root.join(name)).unwrap());
        rot(&path);
        refused(name, "damaged");
        std::fs::write(&path, &whole[..whole.len() / 2]).unwrap();
        refused(name, "damaged");
        std::fs::write(&path, b"").unwrap();
        refused(name, "damaged");
        std::fs::write(&path, whole).unwrap();
    }
    std::fs::rename(root.join(&shared), root.join("aside")).unwrap();
    refused("a file that is missing", "missing");
    // A restore brings back everything else, and names it.
    let restored = restore(&elsewhere, &disk, key);
    restored.ok();
    assert_eq!(restored.json()["files"]["broken"].as_array().unwrap().len(), 1, "{restored:?}");
    std::fs::rename(root.join("aside"), root.join(&shared)).unwrap();
    // The database is no good: nothing changes.
    office.stop().await;
    rot(&root.join(&database));
    let before = std::fs::read(office.data().join("hearth.db")).unwrap();
    let done = restore(office.data(), &disk, key);
    assert_eq!(done.code, Some(1), "{done:?}");
    assert!(done.out.contains("nothing was changed"), "{done:?}");
    assert_eq!(std::fs::read(office.data().join("hearth.db")).unwrap(), before);
    // The box finds that an older one rots when it reads everything again.
    office.start().await;
    let checked = hearth(office.data(), &["verify", "--json"]);
    assert_eq!(checked.code, Some(1), "{checked:?}");
    assert_eq!(checked.json()["standings"][0]["fault"], "damaged", "{checked:?}");
    let other = back_up(&office.owner).await;
    assert_eq!(fault(&other), "none", "a new one is good: {other}");
}

#[tokio::test]
async fn another_key_another_office_and_a_newer_hearth_are_refused() {
    let office = Office::open().await;
    let disk = to_folder(&office).await;
    back_up(&office.owner).await;
    let other = Office::open().await;
    let key = key_file(&other).await;
    let elsewhere = office.scratch().join("elsewhere");
    let done = restore(&elsewhere, &disk, &key);
    assert_eq!(done.code, Some(1), "{done:?}");
    assert!(done.out.contains("does not fit"), "{done:?}");
    assert!(!elsewhere.join("hearth.db").exists());
    // Two offices that take each other's backups away would be worse than none.
    other.owner.put("/admin/vault", &settings(&folder(&disk))).await.ok();
    let state = back_up(&other.owner).await;
    assert_eq!(fault(&state), "not_ours", "{state}");
    assert_eq!(lists(&disk).len(), 1);
    let owner = disk.join("hearth-backup/hearth.vault");
    let text = std::fs::read_to_string(&owner).unwrap();
    std::fs::write(&owner, text.replace("\"format\":1", "\"format\":2")).unwrap();
    let state = back_up(&office.owner).await;
    assert_eq!(fault(&state), "other", "{state}");
    assert!(state["standings"][0]["detail"].as_str().unwrap().contains("newer"), "{state}");
    // What was there is there no more: another disk under the same name.
    std::fs::remove_dir_all(disk.join("hearth-backup")).unwrap();
    let state = back_up(&office.owner).await;
    assert_eq!(fault(&state), "changed", "{state}");
}

#[tokio::test]
async fn a_full_disk_keeps_what_it_has() {
    let scratch = tempfile::tempdir().unwrap();
    let path = scratch.path().join("small");
    let Some(disk) = Disk::mount(&path, 2_048) else { return };
    let office = Office::open().await;
    let olga = &office.owner;
    olga.put("/admin/vault", &settings(&folder(&path))).await.ok();
    let state = back_up(olga).await;
    assert_eq!(fault(&state), "none", "{state}");
    let before = held(&path);
    let file = olga.upload("large.bin", "", &crate::files::noise(4_000_000)).await;
    olga.share(&office.lobby, "too much", &[&file]).await;
    let state = back_up(olga).await;
    assert_eq!(fault(&state), "full", "{state}");
    assert_eq!(held(&path), before, "nothing half written, nothing lost");
    olga.say(&office.lobby, "the chat goes on").await;
    drop(office);
    drop(disk);
}

#[tokio::test]
async fn a_disk_that_is_pulled_out_is_noticed_and_comes_back() {
    let office = Office::open().await;
    let olga = &office.owner;
    let disk = to_folder(&office).await;
    back_up(olga).await;
    let gone = office.scratch().join("gone");
    let file = olga.upload("much.bin", "", &crate::files::noise(20_000_000)).await;
    olga.share(&office.lobby, "much", &[&file]).await;
    olga.post("/admin/vault/run", &json!({})).await;
    until("a backup that runs, or was made", async || {
        let state = view(olga).await;
        !state["running"].is_null() || tried(olga).await > 1
    })
    .await;
    // Pulled out: the folder where it was mounted stays, and is empty.
    std::fs::rename(&disk, &gone).unwrap();
    std::fs::create_dir(&disk).unwrap();
    let mut state = idle(olga, 2).await;
    if fault(&state) == "none" {
        // It was too quick: then the next one finds nothing.
        state = back_up(olga).await;
    }
    assert!(["gone", "changed"].contains(&fault(&state)), "{state}");
    let left: Vec<_> = walk(&disk);
    assert!(!left.iter().any(|name| name.contains(".db.") || name.contains(".json.")), "{left:?}");
    std::fs::remove_dir_all(&disk).unwrap();
    std::fs::rename(&gone, &disk).unwrap();
    let state = back_up(olga).await;
    assert_eq!(fault(&state), "none", "{state}");
    assert!(!held(&disk).iter().any(|name| name.contains("partial")), "{:?}", held(&disk));
}

fn walk(disk: &Path) -> Vec<String> {
    if disk.join("hearth-backup").exists() { held(disk) } else { Vec::new() }
}

#[tokio::test]
async fn killed_in_the_middle_it_says_so_and_starts_anew() {
    let mut office = Office::open().await;
    let disk = to_folder(&office).await;
    let olga = office.owner.clone();
    for round in 0_u32.. {
        let mut bytes = crate::files::noise(15_000_000);
        bytes.extend(round.to_le_bytes());
        let file = olga.upload("much.bin", "", &bytes).await;
        olga.share(&office.lobby, "much", &[&file]).await;
        let before = tried(&olga).await;
        olga.post("/admin/vault/run", &json!({})).await;
        until("a backup that runs, or was made", async || {
            let state = view(&olga).await;
            !state["running"].is_null() || tried(&olga).await > before
        })
        .await;
        office.kill_9().await;
        let state = view(&olga).await;
        let was = state["history"][0]["fault"].as_str().unwrap_or("none").to_owned();
        if was == "interrupted" {
            break;
        }
        assert!(round < 20, "it is never in the middle: {state}");
    }
    assert!(!office.data().join("vault/scratch/hearth.db").exists());
    let state = back_up(&olga).await;
    assert_eq!(fault(&state), "none", "{state}");
    assert!(!held(&disk).iter().any(|name| name.contains("partial")), "{:?}", held(&disk));
    let databases = held(&disk).iter().filter(|name| name.contains(".db.")).count();
    assert_eq!(databases, lists(&disk).len(), "none without its list");
}

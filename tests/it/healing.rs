//! What Hearth mends by itself, and how it stays useful where it can't.

use std::fs;

use hearth_domain::file::BlobHash;
use hearth_store::Blobs;
use serde_json::{Value, json};

use crate::support::{Disk, Office, Person, Settings, hearth, nonce, soon};

/// The finding with this code, as soon as it is as wanted.
async fn finding(person: &Person, code: &str, wanted: impl Fn(Option<&Value>) -> bool) -> Value {
    soon(code, async {
        loop {
            let report = person.get("/health").await.ok();
            let findings = report["findings"].as_array().unwrap();
            let found = findings.iter().find(|finding| finding["code"] == code);
            if wanted(found) {
                return found.cloned().unwrap_or_default();
            }
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
    })
    .await
}

/// Waits until a search finds as many messages.
async fn finds(person: &Person, query: &str, count: usize) {
    soon(query, async {
        loop {
            let found = person.get(&format!("/search?q={query}")).await.ok();
            if found["hits"].as_array().is_some_and(|hits| hits.len() == count) {
                return;
            }
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
    })
    .await;
}

#[tokio::test]
async fn a_damaged_search_index_is_built_anew_while_people_chat() {
    let mut office = Office::open().await;
    let (olga, lobby) = (office.owner.clone(), office.lobby.clone());
    for number in 0..40 {
        olga.say(&lobby, &format!("budget {number}")).await;
    }
    finds(&olga, "budget+7", 1).await;
    office.restart().await;
    finds(&olga, "budget+7", 1).await;
    // A power cut that garbles the index; the database is sound.
    office.hearthd.kill();
    let index = office.data().join("search.db");
    let mut bytes = fs::read(&index).unwrap();
    let length = bytes.len();
    bytes[4_096..length].fill(0xa5);
    fs::write(&index, bytes).unwrap();
    for suffix in ["search.db-wal", "search.db-shm"] {
        drop(fs::remove_file(office.data().join(suffix)));
    }
    office.start().await;
    olga.say(&lobby, "budget 40").await;
    finds(&olga, "budget+40", 1).await;
    finds(&olga, "budget+7", 1).await;
    let said = finding(&olga, "search", |found| found.unwrap()["severity"] == "note").await;
    assert!(said["text"]["en"].as_str().unwrap().contains("built anew"), "{said}");
    let stop = finding(&olga, "last-stop", |found| found.is_some()).await;
    assert_eq!(stop["severity"], "note", "{stop}");
    let doctor = hearth(office.data(), &["doctor", "--json"]).json();
    assert!(doctor["findings"].as_array().unwrap().iter().any(|one| one["code"] == "last-stop"));
}

#[tokio::test]
async fn repeated_crashes_leave_the_chat_alone_until_somebody_says_otherwise() {
    let config = "[healing]\ncrashes_max = 2\n".to_owned();
    let mut office = Office::open_with(Settings { config, ..Settings::default() }).await;
    let (olga, lobby) = (office.owner.clone(), office.lobby.clone());
    office.kill_9().await;
    olga.say(&lobby, "once is no reason").await;
    finds(&olga, "reason", 1).await;
    office.kill_9().await;
    let safe = finding(&olga, "safe-mode", |found| found.is_some()).await;
    assert_eq!(safe["severity"], "warning", "{safe}");
    assert!(safe["remedy"]["zh-CN"].as_str().unwrap().contains("安全模式"), "{safe}");
    let mut socket = olga.socket().await;
    socket.say(&lobby, "the chat goes on").await;
    finding(&olga, "search", |found| found.unwrap()["severity"] == "warning").await;
    let mia = office.person("mia", "member").await;
    mia.delete("/health/safe-mode").await.refused(403, "forbidden");
    assert_eq!(olga.delete("/health/safe-mode").await.status, 204);
    finding(&olga, "safe-mode", |found| found.is_none()).await;
    finds(&olga, "chat+goes+on", 1).await;
    // In good order it stays as it was left.
    office.restart().await;
    finding(&olga, "safe-mode", |found| found.is_none()).await;
}

#[tokio::test]
async fn a_full_disk_releases_its_reserve_so_that_somebody_can_tidy_up() {
    let scratch = tempfile::tempdir().unwrap();
    let data = scratch.path().join("data");
    let Some(disk) = Disk::mount(&data, 64 * 1_024) else { return };
    let settings = Settings { data: Some(data.clone()), ..Settings::default() };
    let mut office = Office::open_with(settings).await;
    office.expect_errors("DiskFull");
    office.expect_errors("disk is full");
    let (olga, lobby) = (office.owner.clone(), office.lobby.clone());
    let said = olga.say(&lobby, "large and old").await;
    soon("the reserve", async {
        while !data.join("reserve").exists() {
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
    })
    .await;
    disk.fill(128);
    let full = finding(&olga, "disk-reserve", |found| found.is_some()).await;
    assert_eq!(full["severity"], "bad", "{full}");
    assert!(!data.join("reserve").exists());
    let post = json!({"nonce": nonce(), "text": "one more"});
    let path = format!("/channels/{lobby}/messages");
    olga.post(&path, &post).await.refused(507, "disk_full");
    olga.announce("more.bin", 1_000, "").await.refused(507, "disk_full");
    assert_eq!(olga.texts(&lobby).await, ["large and old"], "reading goes on");
    let gone = olga.delete(&format!("/messages/{}", said.id)).await;
    assert!(gone.status < 300, "tidying up goes on: {gone:?}");
    disk.free();
    // At once, without waiting for the next look.
    olga.say(&lobby, "somebody tidied up").await;
    finding(&olga, "disk-reserve", |found| found.is_none()).await;
    soon("the reserve is back", async {
        while !data.join("reserve").exists() {
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
    })
    .await;
    drop(office);
    drop(disk);
}

#[tokio::test]
async fn a_damaged_file_is_put_aside_said_and_healed() {
    let office = Office::open().await;
    let (olga, lobby) = (office.owner.clone(), office.lobby.clone());
    let content = b"seven times measured, once cut".repeat(100);
    let file = olga.upload("plan.txt", "text/plain", &content).await;
    olga.share(&lobby, "the plan", &[&file]).await;
    let check = |lost: u64| {
        let done = hearth(office.data(), &["files", "check", "--json"]);
        assert_eq!(done.json()["lost"], lost, "{done:?}");
        done
    };
    assert_eq!(check(0).code, Some(0));
    let hash = BlobHash(*blake3::hash(&content).as_bytes());
    let blob = Blobs::beside(&office.data().join("hearth.db")).path(hash);
    // The same length, so only its content tells.
    let mut rotten = content.clone();
    rotten[1_000] ^= 1;
    fs::write(&blob, &rotten).unwrap();
    assert_eq!(check(1).code, Some(1));
    assert!(!blob.exists());
    let aside = office.data().join("quarantine").join(hash.to_string());
    assert_eq!(fs::read(aside).unwrap(), rotten, "whoever looks into it finds it");
    let problem = olga.open(&file, "").await.refused(410, "file_damaged");
    assert!(problem["title"]["zh-CN"].as_str().unwrap().contains("损坏"), "{problem}");
    let told = finding(&olga, "files", |found| found.is_some()).await;
    assert_eq!(told["severity"], "warning", "{told}");
    // Somebody has it still.
    olga.upload("plan again.txt", "text/plain", &content).await;
    assert_eq!(olga.open(&file, "").await.bytes, content);
    assert_eq!(check(0).code, Some(0));
    finding(&olga, "files", |found| found.is_none()).await;
    // One that is shorter is noticed by whoever opens it.
    fs::write(&blob, &content[..50]).unwrap();
    olga.open(&file, "").await.refused(410, "file_damaged");
    finding(&olga, "files", |found| found.is_some()).await;
    assert!(!blob.exists());
}

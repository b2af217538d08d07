//! What those who run the office may set, see and end.

use serde_json::json;

use super::{back_up, folder, idle, settings, to_folder, tried, view};
use crate::support::Office;

#[tokio::test]
async fn by_itself_a_box_keeps_backups_every_night() {
    let office = Office::open().await;
    let state = view(&office.owner).await;
    assert_eq!(state["settings"]["every"], "day");
    assert_eq!(state["settings"]["at"], 180);
    assert_eq!(state["settings"]["destinations"][0]["place"]["kind"], "box");
    assert!(state["next_at"].is_u64() && state["verified_at"].is_null(), "{state}");
    assert!(state["key"]["recipient"].as_str().unwrap().starts_with("age1"));
    let state = back_up(&office.owner).await;
    assert!(state["verified_at"].is_u64(), "{state}");
    assert!(office.data().join("vault/box/hearth.vault").exists());
}

#[tokio::test]
async fn the_key_is_shown_to_owners_and_known_to_be_saved_by_its_end() {
    let office = Office::open().await;
    let admin = office.person("adam", "admin").await;
    admin.post("/admin/vault/key", &json!({})).await.refused(403, "forbidden");
    admin.put("/admin/vault", &settings(&json!({"kind": "box"}))).await.refused(403, "forbidden");
    assert!(view(&admin).await["key"]["saved_at"].is_null());
    let shown = office.owner.post("/admin/vault/key", &json!({})).await;
    assert_eq!(shown.header("cache-control"), "no-store");
    let secret = shown.ok()["secret"].as_str().unwrap().to_owned();
    let saved = |ending: &str| json!({"ending": ending});
    let wrong = office.owner.put("/admin/vault/key", &saved("ZZZZZZ")).await;
    assert_eq!(wrong.status, 400, "{wrong:?}");
    let ending = &secret[secret.len() - 6..];
    let state = office.owner.put("/admin/vault/key", &saved(&ending.to_lowercase())).await.ok();
    assert!(state["key"]["saved_at"].is_u64(), "{state}");
    let noted = office.owner.get("/admin/audit?area=backup").await.ok();
    let acts: Vec<&str> = noted["entries"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["act"].as_str().unwrap())
        .collect();
    assert_eq!(acts, ["backup.key_saved", "backup.key_shown"]);
    assert!(!office.log().contains(&secret), "the key is in no log");
}

#[tokio::test]
async fn settings_are_checked_noted_and_keep_their_secrets() {
    let mut office = Office::open().await;
    let olga = office.owner.clone();
    let wrong = olga.put("/admin/vault", &settings(&json!({"kind": "folder", "path": "x"}))).await;
    assert_eq!(wrong.status, 400);
    let place = |secret: &str| {
        json!({"kind": "s3", "endpoint": "http://127.0.0.1:1", "region": "here",
            "bucket": "b", "prefix": "", "path_style": true, "access_key": "key",
            "secret_key": secret})
    };
    let state = olga.put("/admin/vault", &settings(&place("hush-hush-hush"))).await.ok();
    assert!(!state.to_string().contains("hush"), "{state}");
    assert_eq!(state["standings"][0]["has_secret"], true);
    let state = olga.put("/admin/vault", &settings(&place(""))).await.ok();
    assert_eq!(state["standings"][0]["has_secret"], true, "{state}");
    office.restart().await;
    assert_eq!(view(&olga).await["standings"][0]["has_secret"], true);
    let noted = olga.get("/admin/audit?area=backup").await.ok();
    assert!(!noted.to_string().contains("hush"), "{noted}");
    assert_eq!(noted["entries"].as_array().unwrap().len(), 1, "what changes nothing is not noted");
    assert!(!office.log().contains("hush"));
}

#[tokio::test]
async fn one_in_the_making_can_be_ended() {
    let office = Office::open().await;
    let olga = &office.owner;
    olga.delete("/admin/vault/run").await.refused(404, "not_found");
    to_folder(&office).await;
    for round in 0_u32.. {
        let mut bytes = crate::files::noise(15_000_000);
        bytes.extend(round.to_le_bytes());
        let file = olga.upload("much.bin", "", &bytes).await;
        olga.share(&office.lobby, "much", &[&file]).await;
        let before = tried(olga).await;
        olga.post("/admin/vault/run", &json!({})).await;
        let ended = olga.delete("/admin/vault/run").await.status == 204;
        if !ended {
            idle(olga, before + 1).await;
        } else if let Ok(state) = tokio::time::timeout(super::PATIENCE, settled(olga)).await
            && state["standings"][0]["fault"] == "cancelled"
        {
            break;
        }
        assert!(round < 20, "it can't be ended: {}", view(olga).await);
    }
    let state = back_up(olga).await;
    assert!(state["standings"][0]["fault"].is_null(), "{state}");
    let nowhere = folder(&office.scratch().join("nowhere"));
    olga.put("/admin/vault", &settings(&nowhere)).await.ok();
    let state = back_up(olga).await;
    assert_eq!(state["standings"][0]["fault"], "gone", "{state}");
}

/// What is shown once nothing is being made.
async fn settled(person: &crate::support::Person) -> serde_json::Value {
    loop {
        let state = view(person).await;
        if state["running"].is_null() {
            return state;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
}

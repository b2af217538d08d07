//! Who may open a file: whoever can read the message that carries it, and before that its owner.

use serde_json::json;

use super::picture;
use crate::support::{Call, Office};

#[tokio::test]
async fn a_file_is_its_owners_until_a_message_carries_it() {
    let office = Office::open().await;
    let olga = &office.owner;
    let lin = office.person("lin", "member").await;
    let file = olga.upload("draft.png", "image/png", &picture(60, 40)).await;
    for form in ["", "/download", "/thumbnail", "/preview"] {
        assert_eq!(olga.open(&file, form).await.status, 200, "{form}");
        lin.open(&file, form).await.refused(404, "not_found");
        let id = file["id"].as_str().unwrap();
        let nobody = Call::new("GET", &format!("/api/v1/files/{id}{form}"));
        office.call(nobody).await.refused(401, "sign_in_needed");
    }
    olga.share(&office.lobby, "", &[&file]).await;
    assert_eq!(lin.open(&file, "").await.status, 200);
}

#[tokio::test]
async fn leaving_takes_the_files_along() {
    let office = Office::open().await;
    let olga = &office.owner;
    let lin = office.person("lin", "member").await;
    let admin = office.person("adam", "admin").await;
    let guest = office.person("gus", "guest").await;
    let vault = office.channel("private", "vault", &[&lin]).await;
    let file = olga.upload("secret.txt", "", b"the combination").await;
    olga.share(&vault, "", &[&file]).await;
    assert_eq!(lin.open(&file, "").await.status, 200);
    admin.open(&file, "").await.refused(404, "not_found");
    guest.open(&file, "").await.refused(404, "not_found");
    lin.post(&format!("/channels/{vault}/leave"), &json!({})).await.ok();
    lin.open(&file, "").await.refused(404, "not_found");
    // Whoever uploaded it has left as well: it belongs to the message now.
    let room = office.channel("private", "room", &[&lin]).await;
    let hers = lin.upload("hers.txt", "", b"written by lin").await;
    lin.share(&room, "", &[&hers]).await;
    lin.post(&format!("/channels/{room}/leave"), &json!({})).await.ok();
    lin.open(&hers, "").await.refused(404, "not_found");
    assert_eq!(olga.open(&hers, "").await.status, 200);
}

#[tokio::test]
async fn a_public_channel_shows_its_files_to_members_and_not_to_guests() {
    let office = Office::open().await;
    let olga = &office.owner;
    let lin = office.person("lin", "member").await;
    let guest = office.person("gus", "guest").await;
    let garden = office.channel("public", "garden", &[]).await;
    let file = olga.upload("roses.txt", "", b"roses and tulips").await;
    olga.share(&garden, "", &[&file]).await;
    assert_eq!(lin.open(&file, "").await.status, 200);
    guest.open(&file, "").await.refused(404, "not_found");
}

#[tokio::test]
async fn what_was_deleted_is_gone_for_everybody() {
    let office = Office::open().await;
    let (olga, lobby) = (&office.owner, &office.lobby);
    let lin = office.person("lin", "member").await;
    let file = olga.upload("mistake.png", "image/png", &picture(60, 40)).await;
    let said = olga.share(lobby, "not for you", &[&file]).await;
    assert_eq!(lin.open(&file, "/thumbnail").await.status, 200);
    olga.delete(&format!("/messages/{}", said.id)).await.ok();
    for person in [&lin, olga] {
        for form in ["", "/download", "/thumbnail", "/preview"] {
            person.open(&file, form).await.refused(404, "not_found");
        }
        assert_eq!(person.message(&said.id).await["files"], json!([]));
    }
    let page = lin.get(&format!("/channels/{lobby}/messages")).await.ok();
    assert!(!page.to_string().contains("mistake.png"));
}

#[tokio::test]
async fn a_face_is_for_everybody_and_the_last_one_goes() {
    let office = Office::open().await;
    let olga = &office.owner;
    let guest = office.person("gus", "guest").await;
    let first = olga.upload("me.png", "image/png", &picture(64, 64)).await;
    let text = olga.upload("me.txt", "", b"this is me").await;
    let wear = |file: &serde_json::Value| json!({"file": file["id"]});
    olga.put("/me/avatar", &wear(&text)).await.refused(404, "not_found");
    guest.put("/me/avatar", &wear(&first)).await.refused(404, "not_found");
    olga.put("/me/avatar", &wear(&first)).await.ok();
    assert_eq!(guest.open(&first, "/thumbnail").await.status, 200);
    let users = guest.get("/users").await.ok();
    assert_eq!(users[0]["avatar"], first["id"]);
    // It is worn, so no message can carry it away.
    let path = format!("/channels/{}/messages", office.lobby);
    let body = json!({"nonce": crate::support::nonce(), "text": "", "files": [first["id"]]});
    olga.post(&path, &body).await.refused(404, "not_found");
    let second = olga.upload("me2.png", "image/png", &picture(32, 32)).await;
    olga.put("/me/avatar", &wear(&second)).await.ok();
    guest.open(&first, "").await.refused(404, "not_found");
    olga.put("/me/avatar", &json!({"file": null})).await.ok();
    guest.open(&second, "").await.refused(404, "not_found");
    assert!(guest.get("/users").await.ok()[0].get("avatar").is_none());
}

#[tokio::test]
async fn storage_is_for_admins_and_adds_up() {
    let office = Office::open().await;
    let olga = &office.owner;
    let lin = office.person("lin", "member").await;
    lin.get("/storage").await.refused(403, "forbidden");
    let before = olga.get("/storage").await.ok();
    assert_eq!((&before["blobs_bytes"], &before["blobs"]), (&json!(0), &json!(0)));
    for (person, name) in [(olga, "a.bin"), (&lin, "b.bin")] {
        // The same content twice is kept once.
        let file = person.upload(name, "", &[7; 10_000]).await;
        person.share(&office.lobby, "", &[&file]).await;
    }
    let large = lin.upload("large.bin", "", &super::noise(50_000)).await;
    lin.announce("pending.bin", 99, "").await.ok();
    let after = olga.get("/storage").await.ok();
    assert_eq!((&after["blobs_bytes"], &after["blobs"]), (&json!(60_000), &json!(2)));
    assert_eq!(after["largest"][0]["id"], large["id"]);
    assert_eq!(after["people"][0]["user"], lin.id);
    assert_eq!(after["people"][0]["bytes"], 60_000);
    assert!(after["disk_free_bytes"].as_u64() > Some(0));
    assert!(after["database_bytes"].as_u64() > Some(4_096));
}

//! Uploads: pieces, breaks, wrong offsets, limits.

use serde_json::json;

use super::noise;
use crate::support::{Office, Settings, soon};

#[tokio::test]
async fn a_file_comes_in_pieces_and_out_whole() {
    let office = Office::open().await;
    let olga = &office.owner;
    let content = noise(700_000);
    let upload = olga.announce("plan.bin", content.len(), "").await.ok();
    assert_eq!(upload["received_bytes"], 0);
    let id = upload["id"].as_str().unwrap();
    olga.complete(id).await.refused(409, "wrong_offset");
    let mut at = 0;
    for size in [1, 262_144, 299_999, 137_856] {
        let state = olga.append(id, at, &content[at..at + size]).await.ok();
        at += size;
        assert_eq!(state["received_bytes"], at);
    }
    assert_eq!(at, content.len());
    let file = olga.complete(id).await.ok();
    assert_eq!(file["size_bytes"], content.len());
    assert_eq!(file["kind"], "other");
    assert_eq!(olga.complete(id).await.ok(), file, "asking again gives the same file");
    let blob = blake3::hash(&content).to_hex();
    assert_eq!(file["blob"], blob.as_str());
    let said = olga.share(&office.lobby, "here it is", &[&file]).await;
    assert_eq!(olga.message(&said.id).await["files"], json!([file]));
    assert_eq!(olga.open(&file, "").await.bytes, content);
    let path = office.data().join("blobs").join(&blob[..2]).join(&blob[2..]);
    assert_eq!(std::fs::read(path).unwrap(), content);
    assert_eq!(std::fs::read_dir(office.data().join("uploads")).unwrap().count(), 0);
}

#[tokio::test]
async fn a_broken_upload_goes_on_where_it_stopped_also_after_a_restart() {
    let mut office = Office::open().await;
    let olga = office.owner.clone();
    let content = noise(500_000);
    let upload = olga.announce("long.bin", content.len(), "").await.ok();
    let id = upload["id"].as_str().unwrap().to_owned();
    olga.append(&id, 0, &content[..300_000]).await.ok();
    let path = format!("/uploads/{id}");
    let stands = soon("what was sent is kept", async {
        loop {
            // A link that breaks in the middle of a piece: the client announced more than it sends.
            let broken = olga.piece(&id, 300_000, &content[300_000..]).break_after(100_000);
            broken.send_and_vanish(olga.door.address()).await;
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
            // Asking ends whoever still sends: on a busy machine even before the first byte.
            let at = olga.get(&path).await.ok()["received_bytes"].as_u64().unwrap();
            if at > 300_000 {
                return usize::try_from(at).unwrap();
            }
        }
    })
    .await;
    assert!(stands <= 400_000);
    office.kill_9().await;
    let after = olga.get(&path).await.ok()["received_bytes"].as_u64().unwrap();
    assert_eq!(usize::try_from(after).unwrap(), stands, "it was on the disk");
    olga.append(&id, stands, &content[stands..]).await.ok();
    let file = olga.complete(&id).await.ok();
    assert_eq!(olga.open(&file, "").await.bytes, content);
}

#[tokio::test]
async fn pieces_that_do_not_fit_change_nothing() {
    let office = Office::open().await;
    let olga = &office.owner;
    let content = noise(1_000);
    let upload = olga.announce("a.bin", content.len(), "").await.ok();
    let id = upload["id"].as_str().unwrap();
    olga.append(id, 0, &content[..600]).await.ok();
    for offset in [0, 599, 601, 1_000, 999_999] {
        olga.append(id, offset, &content[..10]).await.refused(409, "wrong_offset");
    }
    // More than was announced: nothing of the piece is taken.
    olga.append(id, 600, &content[..401]).await.refused(413, "too_large");
    assert_eq!(olga.get(&format!("/uploads/{id}")).await.ok()["received_bytes"], 600);
    for offset in ["", "-1", "1e3", "600.0", "99999999999999999999999"] {
        let call = olga.piece(id, 600, &content[600..]).header("upload-offset", offset);
        olga.send(call).await.refused(400, "bad_request");
    }
    olga.append(id, 600, &content[600..]).await.ok();
    let file = olga.complete(id).await.ok();
    assert_eq!(olga.open(&file, "").await.bytes, content);
    // It ended; nothing can be added to a file.
    olga.append(id, 1_000, b"more").await.refused(404, "not_found");
}

#[tokio::test]
async fn an_upload_belongs_to_one_person_and_can_be_given_up() {
    let office = Office::open().await;
    let olga = &office.owner;
    let lin = office.person("lin", "member").await;
    let upload = olga.announce("mine.bin", 4, "").await.ok();
    let id = upload["id"].as_str().unwrap();
    let path = format!("/uploads/{id}");
    lin.get(&path).await.refused(404, "not_found");
    lin.append(id, 0, b"evil").await.refused(404, "not_found");
    lin.complete(id).await.refused(404, "not_found");
    lin.delete(&path).await.refused(404, "not_found");
    olga.append(id, 0, b"mine").await.ok();
    assert!(office.data().join("uploads").join(id).exists());
    assert_eq!(olga.delete(&path).await.status, 204);
    assert!(!office.data().join("uploads").join(id).exists());
    olga.get(&path).await.refused(404, "not_found");
    // A file that no message carries yet can be given up as well, and only by its owner.
    let file = olga.upload("whole.bin", "", b"whole").await;
    let path = format!("/uploads/{}", file["id"].as_str().unwrap());
    lin.delete(&path).await.refused(404, "not_found");
    assert_eq!(olga.delete(&path).await.status, 204);
    assert_eq!(olga.open(&file, "").await.status, 404);
    let posted = olga.upload("posted.bin", "", b"posted").await;
    olga.share(&office.lobby, "", &[&posted]).await;
    let path = format!("/uploads/{}", posted["id"].as_str().unwrap());
    olga.delete(&path).await.refused(404, "not_found");
}

#[tokio::test]
async fn there_are_only_so_many_and_only_so_large() {
    let config = "[files]\nsize_mb_max = 2\n".to_owned();
    let office = Office::open_with(Settings { config, ..Settings::default() }).await;
    let olga = &office.owner;
    let refused = olga.announce("huge.bin", (2 << 20) + 1, "").await;
    let problem = refused.refused(413, "file_too_large");
    assert_eq!(problem["detail"], "at most 2 MB");
    for number in 0..64 {
        olga.announce(&format!("{number}.bin"), 10, "").await.ok();
    }
    olga.announce("one.more", 10, "").await.refused(409, "limit_reached");
    let lin = office.person("lin", "member").await;
    lin.announce("another.person", 10, "").await.ok();
}

#[tokio::test]
async fn a_message_takes_files_of_its_writer_once() {
    let office = Office::open().await;
    let (olga, lobby) = (&office.owner, &office.lobby);
    let lin = office.person("lin", "member").await;
    let mine = olga.upload("mine.txt", "", b"some words").await;
    let hers = lin.upload("hers.txt", "", b"other words").await;
    let path = format!("/channels/{lobby}/messages");
    let post = |files: serde_json::Value| json!({"nonce": crate::support::nonce(), "text": "", "files": files});
    olga.post(&path, &post(json!([hers["id"]]))).await.refused(404, "not_found");
    olga.post(&path, &post(json!([mine["id"], mine["id"]]))).await.refused(404, "not_found");
    olga.post(&path, &post(json!(["0199aaaa-0000-7000-8000-000000000000"])))
        .await
        .refused(404, "not_found");
    olga.post(&path, &post(json!(vec![&mine["id"]; 21]))).await.refused(409, "limit_reached");
    olga.post(&path, &post(json!([]))).await.refused(422, "bad_text");
    let said = olga.share(lobby, "", &[&mine]).await;
    assert_eq!(olga.message(&said.id).await["text"], "");
    olga.post(&path, &post(json!([mine["id"]]))).await.refused(404, "not_found");
    // The text beside a file may go; the only text of a message may not.
    let edit = json!({"text": "now with words"});
    olga.patch(&format!("/messages/{}", said.id), &edit).await.ok();
    olga.patch(&format!("/messages/{}", said.id), &json!({"text": " "})).await.ok();
    let words = olga.say(lobby, "just words").await;
    let blank = json!({"text": " "});
    olga.patch(&format!("/messages/{}", words.id), &blank).await.refused(422, "bad_text");
}

#[tokio::test]
async fn an_empty_file_is_a_file() {
    let office = Office::open().await;
    let file = office.owner.upload("empty.txt", "text/plain", b"").await;
    office.owner.share(&office.lobby, "", &[&file]).await;
    let reply = office.owner.open(&file, "").await;
    assert_eq!((reply.status, reply.bytes.len()), (200, 0));
}

//! Names, sizes and identities that nobody sends by accident.

use serde_json::json;

use crate::support::{Call, Office, nonce};

#[tokio::test]
async fn names_lose_their_folders_and_their_tricks() {
    let office = Office::open().await;
    let olga = &office.owner;
    for (sent, kept) in [
        ("../../etc/passwd", "passwd"),
        ("C:\\Windows\\system32\\evil.exe", "evil.exe"),
        ("/", "file"),
        ("..", "file"),
        ("", "file"),
        ("\u{202e}gnp.exe", "gnp.exe"),
        ("line\r\nbreak.txt", "linebreak.txt"),
        ("nul\0byte.txt", "nulbyte.txt"),
        ("zero\u{200b}width.pdf", "zerowidth.pdf"),
        ("  预算 Q3.xlsx . ", "预算 Q3.xlsx"),
        ("\"; rm -rf \".txt", "\"; rm -rf \".txt"),
    ] {
        let state = olga.announce(sent, 1, "").await.ok();
        assert_eq!(state["name"], kept, "{sent:?}");
        let id = state["id"].as_str().unwrap();
        assert_eq!(olga.delete(&format!("/uploads/{id}")).await.status, 204);
    }
    let file = olga.upload("\"; rm -rf \".txt", "", b"words").await;
    let shown = olga.open(&file, "/download").await;
    let expected =
        "attachment; filename=\"__ rm -rf _.txt\"; filename*=UTF-8''%22%3B%20rm%20-rf%20%22.txt";
    assert_eq!(shown.header("content-disposition"), expected);
}

#[tokio::test]
async fn names_that_are_too_long_are_refused_and_never_cut() {
    let office = Office::open().await;
    let olga = &office.owner;
    olga.announce(&"好".repeat(255), 1, "").await.ok();
    olga.announce(&"好".repeat(256), 1, "").await.refused(422, "bad_text");
    olga.announce(&"a".repeat(100_000), 1, "").await.refused(422, "bad_text");
    // A megabyte does not even get that far.
    olga.announce(&"a".repeat(1 << 20), 1, "").await.refused(413, "too_large");
}

#[tokio::test]
async fn announcements_that_make_no_sense_are_refused() {
    let office = Office::open().await;
    let olga = &office.owner;
    for body in [
        json!({}),
        json!({"name": "a"}),
        json!({"name": "a", "size_bytes": -1}),
        json!({"name": "a", "size_bytes": 1.5}),
        json!({"name": "a", "size_bytes": "10"}),
        json!({"name": "a", "size_bytes": 1, "path": "/etc"}),
        json!({"name": 7, "size_bytes": 1}),
    ] {
        let call = olga.call("POST", "/uploads").json(&body);
        olga.send(call).await.refused(400, "bad_request");
    }
    let most = u64::MAX;
    let call = olga.call("POST", "/uploads").json(&json!({"name": "a", "size_bytes": most}));
    olga.send(call).await.refused(413, "file_too_large");
}

#[tokio::test]
async fn identities_of_nothing_open_nothing() {
    let office = Office::open().await;
    let olga = &office.owner;
    for path in ["/files/{}", "/files/{}/thumbnail", "/files/{}/download", "/uploads/{}"] {
        olga.get(&path.replace("{}", &nonce())).await.refused(404, "not_found");
        for id in ["..%2f..%2fhearth.db", "%00", "7"] {
            olga.get(&path.replace("{}", id)).await.refused(400, "bad_request");
        }
    }
    olga.append(&nonce(), 0, b"x").await.refused(404, "not_found");
    olga.complete(&nonce()).await.refused(404, "not_found");
}

#[tokio::test]
async fn another_site_uploads_nothing() {
    let office = Office::open().await;
    let olga = &office.owner;
    let upload = olga.announce("a.bin", 4, "").await.ok();
    let id = upload["id"].as_str().unwrap();
    let cross = olga.piece(id, 0, b"evil").header("sec-fetch-site", "cross-site");
    olga.send(cross).await.refused(403, "cross_site");
    let nobody = Call::new("PATCH", &format!("/api/v1/uploads/{id}")).same_origin();
    office.call(nobody.header("upload-offset", "0")).await.refused(401, "sign_in_needed");
    let packed = olga.piece(id, 0, b"evil").header("content-encoding", "gzip");
    olga.send(packed).await.refused(400, "bad_request");
    assert_eq!(olga.get(&format!("/uploads/{id}")).await.ok()["received_bytes"], 0);
}

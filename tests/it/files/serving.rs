//! What a browser is told about a file, and parts of files.

use super::{noise, picture};
use crate::support::{Office, Person, Reply};

async fn ask(person: &Person, file: &serde_json::Value, headers: &[(&str, &str)]) -> Reply {
    let mut call = person.call("GET", &format!("/files/{}", file["id"].as_str().unwrap()));
    for (name, value) in headers {
        call = call.header(name, value);
    }
    call.send(person.door.address()).await
}

#[tokio::test]
async fn a_part_of_a_file_can_be_had() {
    let office = Office::open().await;
    let olga = &office.owner;
    let content = noise(300_000);
    let file = olga.upload("film.bin", "", &content).await;
    let whole = ask(olga, &file, &[]).await;
    let tag = whole.header("etag").to_owned();
    assert_eq!(tag, format!("\"{}\"", blake3::hash(&content).to_hex()));
    assert_eq!(whole.header("accept-ranges"), "bytes");
    assert_eq!(whole.header("cache-control"), "private, max-age=31536000, immutable");
    for (range, first, last) in [
        ("bytes=0-0", 0, 0),
        ("bytes=1000-1999", 1_000, 1_999),
        ("bytes=299999-", 299_999, 299_999),
        ("bytes=-500", 299_500, 299_999),
        ("bytes=131000-400000", 131_000, 299_999),
    ] {
        let part = ask(olga, &file, &[("range", range)]).await;
        assert_eq!(part.status, 206, "{range}");
        assert_eq!(part.header("content-range"), format!("bytes {first}-{last}/300000"));
        assert_eq!(part.bytes, content[first..=last], "{range}");
    }
    let same = ask(olga, &file, &[("range", "bytes=0-9"), ("if-range", &tag)]).await;
    assert_eq!((same.status, same.bytes.len()), (206, 10));
    let other = ask(olga, &file, &[("range", "bytes=0-9"), ("if-range", "\"other\"")]).await;
    assert_eq!((other.status, other.bytes.len()), (200, 300_000));
    let known = ask(olga, &file, &[("if-none-match", &tag)]).await;
    assert_eq!((known.status, known.bytes.len()), (304, 0));
    for range in ["bytes=300000-", "bytes=900000-900001", "bytes=-0"] {
        let beyond = ask(olga, &file, &[("range", range)]).await;
        beyond.refused(416, "range_not_there");
        assert_eq!(beyond.header("content-range"), "bytes */300000");
    }
    let many = format!("bytes={}", vec!["0-1"; 1_000].join(","));
    for nonsense in ["bytes=5-2", "bytes=a-z", "rows=1-2", many.as_str()] {
        assert_eq!(ask(olga, &file, &[("range", nonsense)]).await.status, 200, "{nonsense:.20}");
    }
}

#[tokio::test]
async fn files_are_never_compressed_again() {
    let office = Office::open().await;
    let file = office.owner.upload("long.txt", "", &b"the same words ".repeat(1_000)).await;
    let reply = ask(&office.owner, &file, &[("accept-encoding", "gzip, br")]).await;
    assert_eq!(reply.header("content-encoding"), "");
    assert_eq!(reply.header("content-length"), "15000");
}

#[tokio::test]
async fn what_is_shown_is_harmless_and_all_else_is_saved() {
    let office = Office::open().await;
    let olga = &office.owner;
    let pdf = b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n".as_slice();
    let wave = [b"RIFF\x24\0\0\0WAVEfmt ".as_slice(), &[0; 24]].concat();
    let bytes = "application/octet-stream";
    let picture = picture(30, 20);
    let cases: [(&str, &[u8], &str, &str, &str); 12] = [
        ("a.png", &picture, "image/png", "picture", "inline"),
        ("notes.txt", "预算 and words\n".as_bytes(), "text/plain; charset=utf-8", "text", "inline"),
        ("plan.pdf", pdf, "application/pdf", "pdf", "inline"),
        ("call.wav", &wave, "audio/wav", "audio", "inline"),
        ("page.html", b"<!doctype html><script>alert(1)</script>", bytes, "other", "attachment"),
        ("words.html", b"no markup, but a browser would run it", bytes, "other", "attachment"),
        (
            "pic.svg",
            b"<svg xmlns='http://www.w3.org/2000/svg' onload='x()'/>",
            bytes,
            "other",
            "attachment",
        ),
        ("feed.xml", b"<?xml version='1.0'?><a/>", bytes, "other", "attachment"),
        ("run.js", b"alert(document.cookie)", bytes, "other", "attachment"),
        ("hidden.txt", b"  \xef\xbb\xbf<html><body onload=x()>", bytes, "other", "attachment"),
        ("a.zip", b"PK\x03\x04\0\0\0\0", bytes, "other", "attachment"),
        ("old.txt", b"\xd4\xa4\xcb\xe3 in another encoding", bytes, "other", "attachment"),
    ];
    for (name, content, media_type, kind, disposition) in cases {
        // Whatever the client says.
        let file = olga.upload(name, "text/html", content).await;
        assert_eq!(file["kind"], kind, "{name}");
        let reply = ask(olga, &file, &[]).await;
        assert_eq!(reply.header("content-type"), media_type, "{name}");
        let found = reply.header("content-disposition");
        assert!(found.starts_with(disposition), "{name}: {found}");
        assert_eq!(reply.header("x-content-type-options"), "nosniff");
        let policy = reply.header("content-security-policy");
        assert!(policy.contains("default-src 'none'"), "{name}: {policy}");
        assert!(!policy.contains("script-src") && !policy.contains("allow-scripts"), "{policy}");
        assert_eq!(policy.contains("sandbox"), kind != "pdf", "{name}: {policy}");
        let saved = olga.open(&file, "/download").await;
        assert!(saved.header("content-disposition").starts_with("attachment"), "{name}");
        assert!(saved.header("content-security-policy").contains("sandbox"), "{name}");
        assert_eq!(saved.bytes, content, "{name}");
    }
}

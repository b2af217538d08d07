//! Bodies that are not what they should be.

use serde_json::{Value, json};

use crate::support::{Office, Wire, nonce};

/// What no refusal may repeat: it could be a password in the wrong field.
const MARK: &str = "hunter2hunter2";

#[tokio::test]
async fn what_is_not_json_or_not_the_right_json_is_named_and_not_repeated() {
    let office = Office::open().await;
    let olga = &office.owner;
    let path = format!("/channels/{}/messages", office.lobby);
    let nonce = nonce();
    let cases: Vec<Vec<u8>> = vec![
        b"".to_vec(),
        MARK.into(),
        format!(r#"{{"text":"{MARK}""#).into(),
        format!(r#"["{MARK}"]"#).into(),
        format!(r#""{MARK}""#).into(),
        b"null".to_vec(),
        format!(r#"{{"text":"{MARK}"}}"#).into(),
        format!(r#"{{"nonce":"{MARK}","text":"x"}}"#).into(),
        format!(r#"{{"nonce":7,"text":"{MARK}"}}"#).into(),
        format!(r#"{{"nonce":"{nonce}","text":["{MARK}"]}}"#).into(),
        format!(r#"{{"nonce":"{nonce}","text":{{"a":"{MARK}"}}}}"#).into(),
        format!(r#"{{"nonce":"{nonce}","text":"x","{MARK}":1}}"#).into(),
        format!(r#"{{"nonce":"{nonce}","text":"x","text":"{MARK}"}}"#).into(),
        format!(r#"{{"nonce":"{nonce}","text":"x","root":"{MARK}"}}"#).into(),
        format!("{{\"nonce\":\"{nonce}\",\"text\":\"{MARK}\u{1}\"}}").into(),
        [br#"{"nonce":""#, nonce.as_bytes(), b"\",\"text\":\"\xff\xfe\xc0\x80\"}"].concat(),
        [br#"{"nonce":""#, nonce.as_bytes(), br#"","text":"\ud800"}"#].concat(),
        "[".repeat(60_000).into(),
        format!("{}1{}", "{\"a\":".repeat(20_000), "}".repeat(20_000)).into(),
    ];
    for body in cases {
        let shown = String::from_utf8_lossy(&body[..body.len().min(60)]).into_owned();
        let reply = olga.send(olga.call("POST", &path).bytes(body)).await;
        assert_eq!(reply.status, 400, "{shown}: {reply:?}");
        reply.refused(400, "bad_request");
        assert!(!String::from_utf8_lossy(&reply.bytes).contains(MARK), "{reply:?}");
    }
    let form = olga.call("POST", &path).bytes(b"text=hello".to_vec());
    for kind in ["application/x-www-form-urlencoded", "text/plain", "multipart/form-data"] {
        let reply = olga.send(form.clone().header("content-type", kind)).await;
        reply.refused(400, "bad_request");
    }
    assert_eq!(olga.texts(&office.lobby).await, [""; 0]);
}

#[tokio::test]
async fn wrong_types_are_refused_by_every_route_that_takes_a_body() {
    let office = Office::open().await;
    let olga = &office.owner;
    let document = olga.get("/openapi.json").await.ok();
    let paths = document["paths"].as_object().unwrap();
    let mut tried = 0;
    for (path, methods) in paths {
        for (method, operation) in methods.as_object().unwrap() {
            if operation.get("requestBody").is_none() {
                continue;
            }
            let path = path.strip_prefix("/api/v1").unwrap().replace("{token}", &"A".repeat(43));
            let mut path = path.replace("{channel}", &office.lobby).replace("{user}", &olga.id);
            for name in ["message", "group"] {
                path = path.replace(&format!("{{{name}}}"), &nonce());
            }
            for body in [json!({MARK: MARK}), json!([]), json!([MARK]), json!(7), Value::Null] {
                let reply = olga.ask(&method.to_uppercase(), &path, Some(&body)).await;
                assert_eq!(reply.outcome(), "bad_request", "{method} {path} {body}");
                assert!(!String::from_utf8_lossy(&reply.bytes).contains(MARK), "{reply:?}");
            }
            tried += 1;
        }
    }
    assert!(tried > 15, "{tried} routes with a body");
}

#[tokio::test]
async fn compressed_and_endless_bodies_are_refused() {
    let office = Office::open().await;
    let olga = &office.owner;
    let path = format!("/channels/{}/messages", office.lobby);
    for encoding in ["gzip", "br", "deflate", "zstd", "gzip, identity"] {
        let call = olga.call("POST", &path).bytes(b"\x1f\x8b\x08".to_vec());
        let reply = olga.send(call.header("content-encoding", encoding)).await;
        reply.refused(400, "bad_request");
    }
    // Announced as too long: refused before any of it is sent.
    let head = format!(
        "POST /api/v1{path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {}\r\n\
         Content-Type: application/json\r\n",
        olga.token()
    );
    let mut wire = Wire::open(office.address()).await;
    wire.send(format!("{head}Content-Length: 1000000000000\r\n\r\n")).await;
    let answer = wire.head().await;
    assert!(answer.starts_with("HTTP/1.1 413"), "{answer}");
    // Of no announced length: refused at the limit.
    let mut wire = Wire::open(office.address()).await;
    wire.send(format!("{head}Transfer-Encoding: chunked\r\n\r\n")).await;
    let chunk = format!("1000\r\n{}\r\n", " ".repeat(0x1000));
    let mut taken = 0;
    while taken < 1_000 && wire.send(&chunk).await {
        taken += 1;
    }
    assert!(taken < 1_000, "4 MB were taken");
    let mut wire = Wire::open(office.address()).await;
    wire.send(format!("{head}Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n")).await;
    wire.send(format!("20001\r\n{}\r\n0\r\n\r\n", " ".repeat(0x20001))).await;
    let answer = wire.rest().await;
    assert!(answer.starts_with("HTTP/1.1 413") && answer.contains("too_large"), "{answer}");
}

#[tokio::test]
async fn markup_is_text() {
    let office = Office::open().await;
    let (olga, lobby) = (&office.owner, &office.lobby);
    let mut socket = olga.socket().await;
    for text in [
        "<script>alert(document.cookie)</script>",
        "<img src=x onerror=alert(1)>",
        "[click me](javascript:alert(1))",
        "<a href=\"data:text/html,<script>alert(1)</script>\">x</a>",
        "'; DROP TABLE messages; --",
        "{{7*7}} ${7*7} %s %n %00",
        "\u{202e}gnp.exe\u{2066}",
    ] {
        let said = olga.say(lobby, text).await;
        let heard = socket.event("message.posted").await;
        assert_eq!(heard["event"]["text"], text, "stored as it was written");
        let reply = olga.get(&format!("/messages/{}", said.id)).await;
        assert_eq!(reply.ok()["text"], text);
        assert_eq!(reply.header("content-type"), "application/json");
        assert_eq!(reply.header("x-content-type-options"), "nosniff");
    }
    let name = "<b onclick=alert(1)>Olga</b>";
    olga.patch("/me", &json!({ "name": name })).await.ok();
    let users = olga.get("/users").await.ok();
    assert_eq!(users[0]["name"], name);
}

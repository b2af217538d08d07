//! Frames that are not what they should be. The socket survives what a buggy client sends by mistake
//! and ends at what no client sends.

use futures_util::SinkExt;
use hearth_wire::limits::{CLIENT_FRAME_BYTES_MAX, CLIENT_FRAMES_PER_S};
use serde_json::json;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::frame::Frame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{Data, OpCode};

use crate::support::{Office, Socket, Wire, nonce};

#[tokio::test]
async fn frames_that_make_no_sense_are_refused() {
    let office = Office::open().await;
    let (olga, lobby) = (&office.owner, &office.lobby);
    let mut socket = olga.socket().await;
    let mark = "hunter2hunter2";
    let nonce = nonce();
    for frame in [
        "",
        "{",
        mark,
        "null",
        "[]",
        "{}",
        &format!(r#"{{"t":"{mark}"}}"#),
        &format!(r#"{{"t":"hello","user":"{mark}"}}"#),
        &format!(r#"{{"t":"post","nonce":"{nonce}","channel":"{lobby}"}}"#),
        &format!(r#"{{"t":"post","nonce":"{mark}","channel":"{lobby}","text":"x"}}"#),
        &format!(r#"{{"t":"post","nonce":"{nonce}","channel":"{lobby}","text":7}}"#),
        &format!(
            r#"{{"t":"post","nonce":"{nonce}","channel":"{lobby}","text":"x","author":"{mark}"}}"#
        ),
        &format!(r#"{{"t":"read","channel":"{lobby}","upto":-1}}"#),
        &format!(r#"{{"t":"read","channel":"{lobby}","upto":99999999999999999999}}"#),
        r#"{"t":"presence","state":"invisible"}"#,
        r#"["presence","away"]"#,
        &"[".repeat(50_000),
    ] {
        socket.send_text(frame).await;
        let refused = socket.frame("refused").await;
        assert_eq!(refused["problem"]["code"], "bad_request", "{frame}");
        assert!(!refused.to_string().contains(mark), "{refused}");
    }
    socket.raw().send(Message::binary(vec![0, 159, 146, 150])).await.unwrap();
    assert_eq!(socket.frame("refused").await["problem"]["code"], "bad_request");
    let too_long = "长".repeat(10_001);
    let frame = json!({"t": "post", "nonce": nonce, "channel": lobby, "text": too_long});
    socket.send(&frame).await;
    let refused = socket.frame("refused").await;
    assert_eq!(
        (&refused["problem"]["code"], &refused["nonce"]),
        (&json!("bad_text"), &json!(nonce))
    );
    socket.say(lobby, "and yet it works").await;
    assert_eq!(olga.texts(lobby).await, ["and yet it works"]);
}

#[tokio::test]
async fn frames_that_break_the_protocol_end_the_socket() {
    let office = Office::open().await;
    let olga = &office.owner;
    // Longer than any frame may be.
    let mut socket = olga.socket().await;
    let long = Message::text("x".repeat(CLIENT_FRAME_BYTES_MAX + 1));
    // The server may close before all of it is written.
    drop(socket.raw().send(long).await);
    socket.closed().await;
    // The longest that may be is read to its end.
    let mut socket = olga.socket().await;
    socket.send_text(&"x".repeat(CLIENT_FRAME_BYTES_MAX)).await;
    assert_eq!(socket.frame("refused").await["problem"]["code"], "bad_request");
    // Not UTF-8, and compressed although nobody agreed to that.
    let invalid = Frame::message(vec![0xff, 0xfe], OpCode::Data(Data::Text), true);
    let mut compressed = Frame::message(vec![0xaa, 0x56], OpCode::Data(Data::Text), true);
    compressed.header_mut().rsv1 = true;
    for frame in [invalid, compressed] {
        let mut socket = olga.socket().await;
        drop(socket.raw().send(Message::Frame(frame)).await);
        socket.closed().await;
    }
    // A frame that never ends, in pieces.
    let mut socket = olga.socket().await;
    for piece in 0..40 {
        let code = if piece == 0 { Data::Text } else { Data::Continue };
        let frame = Frame::message(vec![b'x'; 4_096], OpCode::Data(code), false);
        if socket.raw().send(Message::Frame(frame)).await.is_err() {
            break;
        }
    }
    socket.closed().await;
    olga.socket().await.say(&office.lobby, "the office is still open").await;
}

#[tokio::test]
async fn a_flood_of_frames_ends_the_socket() {
    let office = Office::open().await;
    let olga = &office.owner;
    let mut socket = olga.socket().await;
    let mut flood = String::new();
    // The bucket fills while the server reads, so that several times as much is sent.
    for _ in 0..CLIENT_FRAMES_PER_S * 20 {
        flood.push('x');
    }
    for _ in flood.chars() {
        if socket.raw().feed(Message::Ping(Vec::new().into())).await.is_err() {
            break;
        }
    }
    let reason = socket.closed().await;
    assert!(reason.is_none() || reason.as_deref() == Some("misbehaved"), "{reason:?}");
    olga.socket().await.say(&office.lobby, "quiet again in here").await;
}

#[tokio::test]
async fn only_our_own_pages_and_programs_with_a_token_open_sockets() {
    let office = Office::open().await;
    let olga = &office.owner;
    let own = format!("http://{}", office.address());
    let open = async |origin: &str| {
        let call = olga.call("GET", "/socket").header("origin", origin);
        Socket::ask(olga, call, None).await.map(drop)
    };
    assert_eq!(open(&own).await, Ok(()));
    let other_port = "http://127.0.0.1:1";
    for origin in ["https://evil.example", "null", other_port, "http://localhost", "file://", ""] {
        assert_eq!(open(origin).await, Err(403), "{origin}");
    }
    let call = olga.call("GET", "/socket").header("host", "evil.example");
    assert_eq!(Socket::ask(olga, call, None).await.err(), Some(421));
    for query in ["since=-1", "since=x", "since=1.5"] {
        let call = olga.call("GET", &format!("/socket?{query}"));
        assert_eq!(Socket::ask(olga, call, None).await.err(), Some(400), "{query}");
    }
    // No extension is agreed to, whatever a client offers: compressed frames would pass any limit.
    let mut wire = Wire::open(office.address()).await;
    wire.send(format!(
        "GET /api/v1/socket HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {}\r\n\
         Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
         Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
         Sec-WebSocket-Extensions: permessage-deflate\r\n\r\n",
        olga.token()
    ))
    .await;
    let head = wire.head().await.to_lowercase();
    assert!(head.starts_with("http/1.1 101"), "{head}");
    assert!(head.contains("s3pplmbitxaq9kygzzhzrbk+xoo="), "{head}");
    assert!(!head.contains("sec-websocket-extensions"), "{head}");
    assert!(head.contains("x-content-type-options: nosniff"), "{head}");
}

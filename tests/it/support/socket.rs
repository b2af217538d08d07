//! A client's WebSocket.

use std::collections::VecDeque;
use std::sync::Arc;

use futures_util::{SinkExt, StreamExt};
use hyper::Request;
use serde_json::{Value, json};
use tokio::net::{TcpSocket, TcpStream};
use tokio_tungstenite::tungstenite::handshake::client::generate_key;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{WebSocketStream, client_async};

use super::office::Door;
use super::person::Said;
use super::{Call, Person, nonce, soon};

/// An open socket. It answers pings while it is read.
#[derive(Debug)]
pub(crate) struct Socket {
    stream: WebSocketStream<TcpStream>,
    door: Arc<Door>,
    name: String,
    /// Frames that came while another one was looked for.
    passed_over: VecDeque<Value>,
    /// The first frame.
    pub(crate) hello: Value,
}

impl Socket {
    /// Opens a socket that must be granted, and reads its hello.
    pub(crate) async fn open(person: &Person, call: Call) -> Self {
        match Self::ask(person, call, None).await {
            Ok(socket) => socket,
            Err(status) => panic!("@{} got no socket: {status}", person.handle),
        }
    }

    /// Opens a socket, or gives the status of the refusal. A small `window_bytes` keeps the kernel
    /// from taking much that the test does not read.
    pub(crate) async fn ask(
        person: &Person,
        call: Call,
        window_bytes: Option<u32>,
    ) -> Result<Self, u16> {
        let address = person.door.address();
        let connector = TcpSocket::new_v4().expect("a socket");
        if let Some(bytes) = window_bytes {
            connector.set_recv_buffer_size(bytes).expect("a small window");
        }
        let stream = connector.connect(address).await.expect("hearthd takes connections");
        let request = handshake(call, &address.to_string());
        let opened = soon("the handshake", client_async(request, stream)).await;
        let stream = match opened {
            Ok((stream, _)) => stream,
            Err(Error::Http(response)) => return Err(response.status().as_u16()),
            Err(error) => panic!("handshake: {error}"),
        };
        let name = format!("socket of @{}", person.handle);
        let door = Arc::clone(&person.door);
        let mut socket =
            Self { stream, door, name, passed_over: VecDeque::new(), hello: Value::Null };
        socket.hello = socket.frame("hello").await;
        Ok(socket)
    }

    /// Sends a frame.
    pub(crate) async fn send(&mut self, frame: &Value) {
        self.door.record.sent(frame);
        self.send_text(&frame.to_string()).await;
    }

    pub(crate) async fn send_text(&mut self, text: &str) {
        self.stream.send(Message::text(text)).await.expect("the socket takes frames");
    }

    /// Queues a frame without waiting for the peer; [`Self::flush`] sends what is queued.
    pub(crate) async fn feed(&mut self, frame: &Value) {
        self.stream.feed(Message::text(frame.to_string())).await.expect("the socket takes frames");
    }

    pub(crate) async fn flush(&mut self) {
        self.stream.flush().await.expect("the socket takes frames");
    }

    /// The stream itself, for what no well-behaved client does.
    pub(crate) fn raw(&mut self) -> &mut WebSocketStream<TcpStream> {
        &mut self.stream
    }

    /// The next frame; nothing once the socket is closed.
    pub(crate) async fn next(&mut self) -> Option<Value> {
        match self.passed_over.pop_front() {
            Some(frame) => Some(frame),
            None => soon("a frame", self.read()).await,
        }
    }

    async fn read(&mut self) -> Option<Value> {
        loop {
            match self.stream.next().await {
                Some(Ok(Message::Text(text))) => {
                    let frame: Value = serde_json::from_str(&text).expect("a frame is JSON");
                    self.door.record.received(&self.name, &frame);
                    return Some(frame);
                }
                Some(Ok(Message::Close(_)) | Err(_)) | None => return None,
                Some(Ok(_)) => {}
            }
        }
    }

    /// The first frame that `wanted` chooses; others stay for later, in their order.
    pub(crate) async fn find(&mut self, what: &str, wanted: impl Fn(&Value) -> bool) -> Value {
        if let Some(index) = self.passed_over.iter().position(&wanted) {
            return self.passed_over.remove(index).expect("it was just found");
        }
        let name = self.name.clone();
        let search = async {
            while let Some(frame) = self.read().await {
                if wanted(&frame) {
                    return frame;
                }
                self.passed_over.push_back(frame);
            }
            panic!("{name} was closed before {what}");
        };
        soon(&format!("{name}: {what}"), search).await
    }

    /// The next frame with this tag.
    pub(crate) async fn frame(&mut self, tag: &str) -> Value {
        self.find(tag, |frame| frame["t"] == tag).await
    }

    /// The next event of this kind.
    pub(crate) async fn event(&mut self, kind: &str) -> Value {
        self.find(kind, |frame| frame["event"]["kind"] == kind).await
    }

    /// All events up to a place in the log, in the order they came.
    pub(crate) async fn events_upto(&mut self, seq: u64) -> Vec<Value> {
        let mut events = Vec::new();
        loop {
            let event = self.frame("event").await;
            let at = event["seq"].as_u64().expect("a place");
            events.push(event);
            if at >= seq {
                return events;
            }
        }
    }

    /// Writes a message and waits until it is on disk.
    pub(crate) async fn say(&mut self, channel: &str, text: &str) -> Said {
        let nonce = nonce();
        self.send(&json!({"t": "post", "nonce": nonce, "channel": channel, "text": text})).await;
        let is_answer = |frame: &Value| {
            frame["nonce"] == *nonce && (frame["t"] == "posted" || frame["t"] == "refused")
        };
        let answer = self.find("the answer to a send", is_answer).await;
        assert_eq!(answer["t"], "posted", "{answer}");
        let id = answer["message"].as_str().expect("a message").to_owned();
        Said { id, seq: answer["seq"].as_u64().expect("a place") }
    }

    /// Waits for the end of the socket, and gives the reason if one was said.
    pub(crate) async fn closed(&mut self) -> Option<String> {
        let name = self.name.clone();
        let end = async {
            let mut reason = None;
            while let Some(frame) = self.next().await {
                if frame["t"] == "closing" {
                    reason = frame["reason"].as_str().map(str::to_owned);
                }
            }
            reason
        };
        soon(&format!("the end of the {name}"), end).await
    }
}

fn handshake(call: Call, host: &str) -> Request<()> {
    let mut request = call.into_request(host);
    let headers = request.headers_mut();
    for (name, value) in [
        ("connection", "Upgrade"),
        ("upgrade", "websocket"),
        ("sec-websocket-version", "13"),
        ("sec-websocket-key", &generate_key()),
    ] {
        headers.insert(name, value.parse().expect("a header's value"));
    }
    *request.uri_mut() = format!("ws://{host}{}", request.uri().path_and_query().expect("a path"))
        .parse()
        .expect("an address");
    request
}

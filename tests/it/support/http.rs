//! One request, one connection: nothing of an earlier request can help or spoil a later one.

use std::net::SocketAddr;

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::header::{self, HeaderMap, HeaderName, HeaderValue};
use hyper::{Method, Request};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::TcpStream;

use super::soon;

/// A request in the making. It carries nothing but a `Host` unless it is told to.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    method: Method,
    path: String,
    headers: Vec<(HeaderName, HeaderValue)>,
    body: Bytes,
}

impl Call {
    pub(crate) fn new(method: &str, path: &str) -> Self {
        let method = method.parse().expect("a method");
        Self { method, path: path.to_owned(), headers: Vec::new(), body: Bytes::new() }
    }

    /// Adds a header; one that is there already is replaced.
    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        let name: HeaderName = name.parse().expect("a header's name");
        self.headers.retain(|(known, _)| *known != name);
        self.headers.push((name, value.parse().expect("a header's value")));
        self
    }

    /// As a page of the office itself would send it.
    pub(crate) fn same_origin(self) -> Self {
        self.header("sec-fetch-site", "same-origin")
    }

    pub(crate) fn json(self, body: &Value) -> Self {
        self.bytes(body.to_string().into_bytes())
    }

    /// A body that claims to be JSON.
    pub(crate) fn bytes(mut self, body: Vec<u8>) -> Self {
        self.body = body.into();
        self.header("content-type", "application/json")
    }

    /// The same request over a link that breaks after so many bytes of its body.
    pub(crate) fn break_after(self, bytes: usize) -> Broken {
        Broken { call: self, bytes }
    }

    pub(crate) fn name(&self) -> String {
        format!("{} {}", self.method, self.path)
    }

    /// Sends it and reads the whole answer.
    pub(crate) async fn send(self, address: SocketAddr) -> Reply {
        let name = self.name();
        soon(&name, self.exchange(address)).await
    }

    /// The request without its body.
    pub(super) fn into_request(self, host: &str) -> Request<()> {
        let mut request = Request::builder().method(self.method).uri(&self.path);
        if !self.headers.iter().any(|(name, _)| name == header::HOST) {
            request = request.header(header::HOST, host);
        }
        for (name, value) in self.headers {
            request = request.header(name, value);
        }
        request.body(()).expect("a request")
    }

    async fn exchange(self, address: SocketAddr) -> Reply {
        let name = self.name();
        let body = Full::new(self.body.clone());
        let request = self.into_request(&address.to_string()).map(|()| body);
        let stream = TcpStream::connect(address).await.expect("hearthd takes connections");
        let (mut sender, connection) =
            hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.expect("HTTP/1.1");
        let answer = async move {
            let response = sender.send_request(request).await;
            let (parts, body) = response.unwrap_or_else(|e| panic!("{name}: {e}")).into_parts();
            let bytes = body.collect().await.expect("a whole body").to_bytes();
            Reply { name, status: parts.status.as_u16(), headers: parts.headers, bytes }
        };
        // The connection ends with its sender, and may end early without harm to the answer.
        let (answer, _) = futures_util::future::join(answer, connection).await;
        answer
    }
}

/// A request whose client vanishes while it sends.
#[derive(Debug)]
pub(crate) struct Broken {
    call: Call,
    bytes: usize,
}

impl Broken {
    /// Sends what it sends, and is gone.
    pub(crate) async fn send_and_vanish(self, address: SocketAddr) {
        use tokio::io::AsyncWriteExt;
        let Self { call, bytes } = self;
        let mut head = format!("{} {} HTTP/1.1\r\nhost: {address}\r\n", call.method, call.path);
        for (name, value) in &call.headers {
            head.push_str(&format!("{name}: {}\r\n", value.to_str().expect("a header")));
        }
        head.push_str(&format!("content-length: {}\r\n\r\n", call.body.len()));
        let mut stream = TcpStream::connect(address).await.expect("hearthd takes connections");
        stream.write_all(head.as_bytes()).await.expect("a head");
        stream.write_all(&call.body[..bytes]).await.expect("a part of the body");
        stream.shutdown().await.expect("an early end");
    }
}

/// An answer.
#[derive(Clone, Debug)]
pub(crate) struct Reply {
    name: String,
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) bytes: Bytes,
}

impl Reply {
    /// A header, or nothing.
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// The body as JSON, null if there is none.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.bytes).unwrap_or(Value::Null)
    }

    /// The body of an answer that must be a success.
    #[track_caller]
    pub(crate) fn ok(&self) -> Value {
        let body = String::from_utf8_lossy(&self.bytes);
        assert!((200..300).contains(&self.status), "{}: {} {body}", self.name, self.status);
        self.json()
    }

    /// The events of an answer that is a change.
    #[track_caller]
    pub(crate) fn events(&self) -> Vec<Value> {
        let body = self.ok();
        body["events"].as_array().unwrap_or_else(|| panic!("{}: {body}", self.name)).clone()
    }

    /// The code of a problem, or the status of anything else.
    pub(crate) fn outcome(&self) -> String {
        let body = self.json();
        let is_problem = self.header("content-type") == "application/problem+json";
        match body["code"].as_str().filter(|_| is_problem) {
            Some(code) => {
                assert_eq!(body["status"], self.status, "{}", self.name);
                assert_eq!(body["type"], format!("urn:hearth:problem:{code}"));
                code.to_owned()
            }
            None => self.status.to_string(),
        }
    }

    /// Asserts that it is a problem with this status and code.
    #[track_caller]
    pub(crate) fn refused(&self, status: u16, code: &str) -> Value {
        let body = String::from_utf8_lossy(&self.bytes);
        let found = (self.status, self.outcome());
        assert_eq!(found, (status, code.to_owned()), "{}: {body}", self.name);
        self.json()
    }
}

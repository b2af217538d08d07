//! A program elsewhere: an HTTP server that keeps what it is told and answers as it was asked to.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use serde_json::Value;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;

use super::soon;

/// Requests that are kept until somebody looks.
const KEPT_MAX: usize = 1_000;

/// The server; it ends when it is dropped.
#[derive(Debug)]
pub(crate) struct Receiver {
    port: u16,
    told: mpsc::Receiver<Told>,
    answers: Arc<Mutex<VecDeque<(u16, String)>>>,
    task: tokio::task::JoinHandle<()>,
}

/// A request.
#[derive(Clone, Debug)]
pub(crate) struct Told {
    headers: Vec<(String, String)>,
    pub(crate) body: String,
}

impl Told {
    pub(crate) fn header(&self, name: &str) -> &str {
        let found = self.headers.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str()).unwrap_or_default()
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|e| panic!("{e}: {}", self.body))
    }
}

impl Receiver {
    #[expect(clippy::disallowed_methods, reason = "a test's own server; it ends with the test")]
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let port = listener.local_addr().expect("an address").port();
        let (tell, told) = mpsc::channel(KEPT_MAX);
        let answers = Arc::new(Mutex::new(VecDeque::new()));
        let queue = Arc::clone(&answers);
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let answer = queue.lock().unwrap().pop_front();
                let request = serve(stream, answer.unwrap_or((200, String::new()))).await;
                if let Some(request) = request {
                    tell.send(request).await.expect("somebody listens");
                }
            }
        });
        Self { port, told, answers, task }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}/told?by=hearth", self.port)
    }

    /// The next request gets this status and body: JSON, or `text/plain` if it is none.
    pub(crate) fn answer(&self, status: u16, body: &str) {
        self.answers.lock().unwrap().push_back((status, body.to_owned()));
    }

    /// The next request.
    pub(crate) async fn told(&mut self) -> Told {
        soon("a request", self.told.recv()).await.expect("the server runs")
    }

    /// What was told until now and not looked at.
    pub(crate) fn told_already(&mut self) -> Vec<Told> {
        std::iter::from_fn(|| self.told.try_recv().ok()).collect()
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn serve(stream: TcpStream, (status, body): (u16, String)) -> Option<Told> {
    let mut stream = BufReader::new(stream);
    let mut headers = Vec::new();
    let mut line = String::new();
    stream.read_line(&mut line).await.ok()?;
    loop {
        line.clear();
        stream.read_line(&mut line).await.ok()?;
        match line.trim().split_once(':') {
            Some((name, value)) => {
                headers.push((name.to_lowercase(), value.trim().to_owned()));
            }
            None => break,
        }
    }
    let length = headers.iter().find(|(name, _)| name == "content-length");
    let length = length.and_then(|(_, value)| value.parse().ok()).unwrap_or(0);
    let mut content = vec![0; length];
    stream.read_exact(&mut content).await.ok()?;
    let kind = if body.starts_with('{') { "application/json" } else { "text/plain" };
    let head = format!(
        "HTTP/1.1 {status} Status\r\ncontent-type: {kind}\r\ncontent-length: {}\r\n\
         location: http://127.0.0.1:1/\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(head.as_bytes()).await.ok()?;
    stream.shutdown().await.ok()?;
    Some(Told { headers, body: String::from_utf8_lossy(&content).into_owned() })
}

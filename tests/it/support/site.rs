//! A web site elsewhere: it serves pages to many at once and counts who asks for what.

use std::sync::{Arc, Mutex};

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

/// The site; it ends when it is dropped.
#[derive(Debug)]
pub(crate) struct Site {
    port: u16,
    asked: Arc<Mutex<Vec<String>>>,
    task: tokio::task::JoinHandle<()>,
}

impl Site {
    /// `serve` gives the whole answer to a path; an empty one means that none ever comes.
    #[expect(clippy::disallowed_methods, reason = "a test's own server; it ends with the test")]
    pub(crate) async fn open(serve: impl Fn(&str) -> Vec<u8> + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let port = listener.local_addr().expect("an address").port();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let (serve, paths) = (Arc::new(serve), Arc::clone(&asked));
        let task = tokio::spawn(async move {
            // Requests end with the site.
            let mut requests = tokio::task::JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                let (serve, paths) = (Arc::clone(&serve), Arc::clone(&paths));
                requests.spawn(async move { answer(stream, &*serve, &paths).await });
            }
        });
        Self { port, asked, task }
    }

    /// The address of a path, by the machine's name.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://localhost:{}{path}", self.port)
    }

    /// The same by the machine's address.
    pub(crate) fn bare_url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    /// How often a path that starts so was asked for.
    pub(crate) fn asked(&self, path: &str) -> usize {
        let asked = self.asked.lock().unwrap();
        asked.iter().filter(|asked| asked.starts_with(path)).count()
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn answer(
    stream: TcpStream,
    serve: &(impl Fn(&str) -> Vec<u8> + Send + Sync),
    paths: &Mutex<Vec<String>>,
) {
    let mut stream = BufReader::new(stream);
    let mut first = String::new();
    if stream.read_line(&mut first).await.is_err() {
        return;
    }
    let path = first.split(' ').nth(1).unwrap_or_default().to_owned();
    let answer = serve(&path);
    paths.lock().unwrap().push(path);
    if answer.is_empty() {
        return std::future::pending().await;
    }
    // Whoever asked may have gone meanwhile.
    drop(stream.write_all(&answer).await);
    drop(stream.shutdown().await);
}

/// An HTML page, whatever its letters.
pub(crate) fn html(body: &[u8]) -> Vec<u8> {
    let head = "HTTP/1.1 200 OK\r\ncontent-type: text/html\r\nconnection: close\r\n\r\n";
    [head.as_bytes(), body].concat()
}

/// The way to another page.
pub(crate) fn redirect(to: &str) -> Vec<u8> {
    format!("HTTP/1.1 302 Found\r\nlocation: {to}\r\ncontent-length: 0\r\n\r\n").into_bytes()
}

//! Ports that somebody else opened and keeps.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

use crate::support::{Call, Manager, soon};

#[tokio::test]
async fn the_office_is_served_on_the_port_that_was_handed_over() {
    let scratch = tempfile::tempdir().unwrap();
    let manager = Manager::new(&scratch.path().join("data"));
    let mut hearthd = manager.start();
    let told = manager.hears("READY=1").await;
    assert!(told.contains("STATUS=Ready at http"), "{told}");
    assert_eq!(hearthd.ready().await, manager.front());
    let page = Call::new("GET", "/readyz").send(manager.front()).await;
    assert_eq!(page.status, 200, "{page:?}");

    // The other port shows the way, whatever is asked for, and serves nothing itself.
    for path in ["/", "/api/v1/office", "/healthz"] {
        let shown = Call::new("GET", path).send(manager.side()).await;
        assert_eq!(shown.status, 307, "{shown:?}");
        let place = format!("http://127.0.0.1:{}{path}", manager.front().port());
        assert_eq!(shown.headers["location"], place);
        assert!(shown.bytes.is_empty(), "{shown:?}");
    }
    let elsewhere = Call::new("GET", "/").header("host", "evil.example");
    assert_eq!(elsewhere.send(manager.side()).await.status, 421);
    assert_eq!(hearthd.stop().await, 0);
    manager.hears("STOPPING=1").await;
}

#[tokio::test]
async fn a_name_that_says_nothing_is_refused() {
    let scratch = tempfile::tempdir().unwrap();
    let mut manager = Manager::new(&scratch.path().join("data"));
    for (names, said) in [
        ("https:hearthd.socket", "FileDescriptorName="),
        ("http:http", "two sockets"),
        ("", "FileDescriptorName="),
    ] {
        manager.names(names);
        let mut hearthd = manager.start();
        let status = hearthd.ended().await;
        let log = hearthd.log();
        assert_eq!(status.code(), Some(78), "{names}: {log}");
        assert!(log.contains(said), "{names}: {log}");
    }
}

/// Visitors who come one after the other, each over a connection of its own.
#[derive(Debug, Default)]
struct Visitors {
    over: AtomicBool,
    answered: AtomicU32,
    refused: AtomicU32,
    /// Taken in, and sent away without an answer.
    unanswered: AtomicU32,
}

impl Visitors {
    async fn come(&self, door: SocketAddr) {
        while !self.over.load(Ordering::Relaxed) {
            let count = match visit(door).await {
                Ok(true) => &self.answered,
                Ok(false) => &self.unanswered,
                Err(_) => &self.refused,
            };
            count.fetch_add(1, Ordering::Relaxed);
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    }
}

/// Whether there was an answer; an error if the door was closed.
async fn visit(door: SocketAddr) -> std::io::Result<bool> {
    let mut stream = TcpStream::connect(door).await?;
    let mut answer = Vec::new();
    let request = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    let asked = async {
        stream.write_all(request).await?;
        stream.read_to_end(&mut answer).await
    };
    Ok(asked.await.is_ok() && answer.starts_with(b"HTTP/1.1 200"))
}

#[tokio::test]
async fn nobody_is_refused_while_it_starts_again_ten_times() {
    let scratch = tempfile::tempdir().unwrap();
    let manager = Manager::new(&scratch.path().join("data"));
    let mut hearthd = manager.start();
    manager.hears("READY=1").await;
    let visitors = Arc::new(Visitors::default());
    let door = manager.front();
    let mut crowd = JoinSet::new();
    for _ in 0..4 {
        let visitors = Arc::clone(&visitors);
        crowd.spawn(async move { visitors.come(door).await });
    }
    for _ in 0..10 {
        assert_eq!(hearthd.stop().await, 0, "{}", hearthd.log());
        hearthd = manager.start();
        manager.hears("READY=1").await;
        // Each life serves somebody.
        let before = visitors.answered.load(Ordering::Relaxed);
        soon("an answer", async {
            while visitors.answered.load(Ordering::Relaxed) == before {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        })
        .await;
    }
    visitors.over.store(true, Ordering::Relaxed);
    soon("the end of the visits", crowd.join_all()).await;
    assert_eq!(visitors.refused.load(Ordering::Relaxed), 0, "{visitors:?}");
    println!("{visitors:?}");
}

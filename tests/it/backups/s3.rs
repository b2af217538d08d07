//! Storage that speaks S3: a real server of it, from a package.

use std::path::Path;
use std::process::Stdio;

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};

use super::{PATIENCE, back_up, settings};
use crate::support::Office;

/// The server; it ends with this.
struct Server {
    _child: Child,
    input: ChildStdin,
    output: Lines<BufReader<ChildStdout>>,
    port: u16,
}

impl Server {
    async fn start() -> Self {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("sdk");
        let python = folder.join(".venv/bin/python");
        assert!(python.exists(), "{} is missing: run `make sdks`", python.display());
        let mut command = Command::new(python);
        command.arg(folder.join("s3_server.py")).kill_on_drop(true);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().expect("the server starts");
        let input = child.stdin.take().unwrap();
        let output = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut server = Self { _child: child, input, output, port: 0 };
        server.port = server.said().await.parse().expect("its port");
        server
    }

    async fn said(&mut self) -> String {
        let line = tokio::time::timeout(PATIENCE, self.output.next_line()).await;
        line.expect("the server answers").unwrap().expect("the server runs")
    }

    async fn ask(&mut self, words: &str) -> String {
        self.input.write_all(format!("{words}\n").as_bytes()).await.unwrap();
        self.said().await
    }

    async fn names(&mut self) -> Vec<String> {
        self.ask("list").await.split(' ').map(str::to_owned).collect()
    }

    fn place(&self, bucket: &str) -> Value {
        json!({"kind": "s3", "endpoint": format!("http://127.0.0.1:{}", self.port),
            "region": "us-east-1", "bucket": bucket, "prefix": "hearth/box", "path_style": true,
            "access_key": "key", "secret_key": "a secret of this test"})
    }
}

#[tokio::test]
async fn backups_go_to_a_bucket_and_are_read_back() {
    let mut server = Server::start().await;
    let office = Office::open().await;
    let olga = &office.owner;
    olga.put("/admin/vault", &settings(&server.place("office"))).await.ok();
    // More than one part of eight mebibytes, and one that fits into a part.
    for size in [18_000_000, 9_000] {
        let file = olga.upload("file.bin", "", &crate::files::noise(size)).await;
        olga.share(&office.lobby, "a file", &[&file]).await;
    }
    let state = back_up(olga).await;
    assert!(state["standings"][0]["fault"].is_null(), "{state}");
    let names = server.names().await;
    assert!(names.iter().all(|name| name.starts_with("hearth/box/")), "{names:?}");
    assert_eq!(names.iter().filter(|name| name.contains("/files/")).count(), 2, "{names:?}");
    assert!(names.contains(&"hearth/box/hearth.vault".to_owned()), "{names:?}");
    // The files are there already.
    let state = back_up(olga).await;
    assert!(state["history"][0]["written_bytes"].as_u64() < Some(9_000_000), "{state}");
    let names = server.names().await;
    let latest = names.iter().rfind(|name| name.contains(".db.")).unwrap();
    assert_eq!(server.ask(&format!("rot {latest}")).await, "done");
    let checked = crate::support::hearth(office.data(), &["verify", "--json"]);
    assert_eq!(checked.json()["standings"][0]["fault"], "damaged", "{checked:?}");
    assert_eq!(server.ask("uploads").await, "0", "nothing is unfinished");
    assert!(!office.log().contains("a secret of this test"));
}

#[tokio::test]
async fn a_bucket_that_is_not_there_and_a_server_that_is_gone_are_told_apart() {
    let server = Server::start().await;
    let office = Office::open().await;
    let olga = &office.owner;
    olga.put("/admin/vault", &settings(&server.place("nowhere"))).await.ok();
    let state = back_up(olga).await;
    assert_eq!(state["standings"][0]["fault"], "gone", "{state}");
    assert!(state["standings"][0]["detail"].as_str().unwrap().contains("NoSuchBucket"), "{state}");
    let place = server.place("office");
    drop(server);
    olga.put("/admin/vault", &settings(&place)).await.ok();
    let state = back_up(olga).await;
    assert_eq!(state["standings"][0]["fault"], "unreachable", "{state}");
}

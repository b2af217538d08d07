//! Debian's Prometheus on a free port of 127.0.0.1, asked over its own interface.

use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::support::{Call, Reply};

/// Starts until it gives up: between looking for a free port and taking it, another may.
const STARTS_MAX: usize = 5;
/// Longest wait for it to be ready.
const PATIENCE: Duration = Duration::from_secs(120);

/// A running Prometheus. It is killed when this is dropped.
pub(super) struct Prometheus {
    child: Child,
    address: SocketAddr,
}

impl Prometheus {
    /// Starts one with this configuration, whose data is in the same folder.
    pub(super) async fn start(folder: &Path, config: &str) -> Self {
        std::fs::write(folder.join("prometheus.yml"), config).expect("write its configuration");
        for _ in 0..STARTS_MAX {
            let port = TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr());
            let address = port.expect("a free port");
            let mut prometheus = Self { child: spawn(folder, address), address };
            if prometheus.is_ready().await {
                return prometheus;
            }
        }
        let log = std::fs::read_to_string(folder.join("log")).unwrap_or_default();
        panic!("Prometheus does not start:\n{log}");
    }

    /// Whether it became ready; false when it ended.
    async fn is_ready(&mut self) -> bool {
        let begun = Instant::now();
        while begun.elapsed() < PATIENCE {
            if self.child.try_wait().expect("the child is ours").is_some() {
                return false;
            }
            if tokio::net::TcpStream::connect(self.address).await.is_ok()
                && self.get("/-/ready").await.status == 200
            {
                return true;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        false
    }

    async fn get(&self, path: &str) -> Reply {
        Call::new("GET", path).send(self.address).await
    }

    /// Answers of its interface; an error is one.
    async fn ask(&self, path: &str) -> Result<Value, String> {
        let answer = self.get(path).await.json();
        match answer["status"].as_str() {
            Some("success") => Ok(answer["data"].clone()),
            _ => Err(answer.to_string()),
        }
    }

    /// The values of an expression now.
    pub(super) async fn query(&self, expression: &str) -> Result<Vec<f64>, String> {
        let data = self.ask(&format!("/api/v1/query?query={}", encoded(expression))).await?;
        let series = data["result"].as_array().ok_or_else(|| data.to_string())?;
        let number = |one: &Value| one["value"][1].as_str()?.parse().ok();
        Ok(series.iter().filter_map(number).collect())
    }

    /// What it says of each rule: its name, its health, its last error.
    pub(super) async fn rules(&self) -> Vec<(String, String, String)> {
        let data = self.ask("/api/v1/rules").await.expect("the rules");
        let groups = data["groups"].as_array().expect("groups").clone();
        let rules =
            groups.iter().flat_map(|group| group["rules"].as_array().expect("rules").clone());
        let text = |rule: &Value, name: &str| rule[name].as_str().unwrap_or_default().to_owned();
        rules.map(|r| (text(&r, "name"), text(&r, "health"), text(&r, "lastError"))).collect()
    }

    /// What went wrong with scraping.
    pub(super) async fn scrape_errors(&self) -> String {
        let data = self.ask("/api/v1/targets").await.unwrap_or_default();
        let targets = data["activeTargets"].as_array().cloned().unwrap_or_default();
        let errors = targets.iter().map(|target| target["lastError"].to_string());
        errors.collect::<Vec<_>>().join("\n")
    }
}

impl Drop for Prometheus {
    fn drop(&mut self) {
        // Both fail only for a child that was waited for already.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

fn spawn(folder: &Path, address: SocketAddr) -> Child {
    let log = std::fs::File::create(folder.join("log")).expect("a file for its log");
    let flag = |name: &str, value: &str| format!("--{name}={value}");
    let path = |name: &str| folder.join(name).to_str().expect("UTF-8").to_owned();
    Command::new("prometheus")
        .arg(flag("config.file", &path("prometheus.yml")))
        .arg(flag("storage.tsdb.path", &path("tsdb")))
        .arg(flag("web.listen-address", &address.to_string()))
        .arg(flag("log.level", "warn"))
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(log)
        .spawn()
        .expect("run prometheus: scripts/setup test installs it")
}

/// A text as a part of a URL's query.
fn encoded(text: &str) -> String {
    let byte = |byte: u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'_' => char::from(byte).to_string(),
        _ => format!("%{byte:02X}"),
    };
    text.bytes().map(byte).collect()
}

//! What files cost: how fast one comes in, what memory it takes, and whether people notice fifty.
//!
//! First one file of `size_mb`: announced, sent in one piece over one connection, completed (hashed,
//! synced, in its place). `mb_per_s` is its size over all of that, in millions of bytes;
//! `rss_growth_bytes` is the server's highest resident set meanwhile over the one before. Then
//! somebody sends a message every `1/rate` seconds, each on disk before it is answered, alone for
//! `seconds` and then while `uploads` files of `each_mb` come in at once. The bytes differ from block
//! to block and from file to file, so nothing is spared by being the same.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use clap::Args;
use hearth_domain::file::Attachment;
use hearth_domain::id::{ChannelId, Nonce};
use hearth_domain::time::Timestamp;
use hearth_wire::rest::{Changed, UploadState};
use serde::Serialize;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_util::sync::CancellationToken;

use crate::clock::{SECOND_NS, now_ns, wall_ms};
use crate::figures::Bench;
use crate::http::Door;
use crate::load::latencies::Latencies;
use crate::load::thread::LoadThread;
use crate::machine::Memory;
use crate::office::{Office, Person};
use crate::report::{Report, times};
use crate::server::Server;

const BLOCK_BYTES: usize = 1 << 20;
/// Between two looks at the server's memory.
const LOOK: Duration = Duration::from_millis(10);

/// Options of `upload`.
#[derive(Clone, Debug, Args, Serialize)]
pub(crate) struct Options {
    /// Size of the one file, in MiB.
    #[arg(long, default_value_t = 1_024, value_parser = clap::value_parser!(u64).range(1..=4_096))]
    size_mb: u64,
    /// Files that come in at once.
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u16).range(1..=60))]
    uploads: u16,
    /// Size of each of them, in MiB.
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u64).range(1..=1_024))]
    each_mb: u64,
    /// Messages per second meanwhile.
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=1_000))]
    rate: u32,
    /// How long messages are sent alone, in seconds.
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u64).range(1..=600))]
    seconds: u64,
}

#[derive(Debug, Serialize)]
struct Fields {
    mb_per_s: f64,
    rss_growth_bytes: u64,
    many_mb_per_s: f64,
    many_rss_growth_bytes: u64,
    send_p50_before_ms: f64,
    send_p99_before_ms: f64,
    send_p50_during_ms: f64,
    send_p99_during_ms: f64,
    send_p99_times: f64,
    sends_during: u64,
}

/// Measures `upload`.
pub(crate) async fn measure(bench: &Bench, options: &Options) -> Result<Report> {
    let server = Server::start(&bench.program).await?;
    let office = Office::found(&server, 2).await?;
    let channel = office.open_channel("Everybody", &office.people).await?;
    let (sender, other) = (&office.people[0], &office.people[1]);
    let pid = server.pid();
    // The first upload makes folders and threads; it is not what is measured.
    upload(office.door, sender, 1).await?;

    let (one_ns, grown) = watched(pid, upload(office.door, sender, options.size_mb)).await?;
    let every_ns = SECOND_NS / u64::from(options.rate);
    let messages = Messages { door: office.door, person: other.clone(), channel, every_ns };
    let before = messages.clone().start()?;
    tokio::time::sleep(Duration::from_secs(options.seconds)).await;
    let before = before.stop()?;
    let during = messages.start()?;
    let many = async {
        let begun_ns = now_ns();
        let mut all = tokio::task::JoinSet::new();
        for _ in 0..options.uploads {
            let (door, person, size) = (office.door, sender.clone(), options.each_mb);
            all.spawn(async move { upload(door, &person, size).await });
        }
        while let Some(done) = all.join_next().await {
            done??;
        }
        Ok(now_ns() - begun_ns)
    };
    let (many_ns, many_grown) = watched(pid, many).await?;
    let during = during.stop()?;
    let fields = Fields {
        mb_per_s: speed(options.size_mb, one_ns),
        rss_growth_bytes: grown,
        many_mb_per_s: speed(options.each_mb * u64::from(options.uploads), many_ns),
        many_rss_growth_bytes: many_grown,
        send_p50_before_ms: before.percentile_ms(50.0),
        send_p99_before_ms: before.percentile_ms(99.0),
        send_p50_during_ms: during.percentile_ms(50.0),
        send_p99_during_ms: during.percentile_ms(99.0),
        send_p99_times: times(during.percentile_ms(99.0), before.percentile_ms(99.0)),
        sends_during: during.count(),
    };
    Report::new("upload", options, &fields)
}

fn speed(mebibytes: u64, ns: u64) -> f64 {
    let bytes = (mebibytes << 20) as f64;
    (bytes * 1_000.0 / ns as f64 * 10.0).round() / 10.0
}

/// Runs something while looking at the server's memory; gives how far it grew.
pub(super) async fn watched(
    pid: u32,
    work: impl Future<Output = Result<u64>>,
) -> Result<(u64, u64)> {
    let before = Memory::of(pid)?.rss_bytes;
    let highest = Arc::new(AtomicU64::new(before));
    let seen = Arc::clone(&highest);
    let looking = LoadThread::start("memory", move |stop: CancellationToken| async move {
        while !stop.is_cancelled() {
            if let Ok(memory) = Memory::of(pid) {
                seen.fetch_max(memory.rss_bytes, Relaxed);
            }
            tokio::time::sleep(LOOK).await;
        }
        Ok(())
    })?;
    let done = work.await;
    looking.stop()?;
    Ok((done?, highest.load(Relaxed).saturating_sub(before)))
}

/// Uploads one file; gives how long it took.
async fn upload(door: Door, person: &Person, mebibytes: u64) -> Result<u64> {
    let size_bytes = mebibytes << 20;
    let begun_ns = now_ns();
    let new = json!({ "name": "bench.bin", "size_bytes": size_bytes });
    let state: UploadState = door.post("/uploads", &person.token, &new).await?;
    send(door, person, &state).await?;
    let path = format!("/uploads/{}/complete", state.id);
    let file: Attachment = door.post(&path, &person.token, &json!({})).await?;
    let took_ns = now_ns() - begun_ns;
    if file.size_bytes != size_bytes {
        bail!("the file has {} bytes and not {size_bytes}", file.size_bytes);
    }
    Ok(took_ns)
}

/// Writes the request by hand: a client that is slower than the server would measure itself.
async fn send(door: Door, person: &Person, state: &UploadState) -> Result<()> {
    let mut stream = TcpStream::connect(door.address()).await?;
    let head = format!(
        "PATCH /api/v1/uploads/{} HTTP/1.1\r\nhost: {}\r\nauthorization: Bearer {}\r\n\
         upload-offset: 0\r\ncontent-type: application/octet-stream\r\ncontent-length: {}\r\n\
         connection: close\r\n\r\n",
        state.id,
        door.host(),
        person.token,
        state.size_bytes
    );
    stream.write_all(head.as_bytes()).await?;
    let mut block: Vec<u8> = (0..BLOCK_BYTES).map(|n| (n * 31 % 251) as u8).collect();
    for number in 0..state.size_bytes / BLOCK_BYTES as u64 {
        block[..8].copy_from_slice(&number.to_be_bytes());
        block[8..24].copy_from_slice(state.id.as_bytes());
        stream.write_all(&block).await?;
    }
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await?;
    let status = answer.get(9..12).context("no answer")?;
    if status != b"200" {
        bail!("a piece was refused: {}", String::from_utf8_lossy(&answer));
    }
    Ok(())
}

/// Somebody who writes steadily.
#[derive(Clone)]
pub(super) struct Messages {
    pub(super) door: Door,
    pub(super) person: Person,
    pub(super) channel: ChannelId,
    pub(super) every_ns: u64,
}

impl Messages {
    /// Writes until it is stopped, on a thread of its own.
    pub(super) fn start(self) -> Result<LoadThread<Latencies>> {
        LoadThread::start("messages", move |stop: CancellationToken| async move {
            let mut latencies = Latencies::new()?;
            let path = format!("/channels/{}/messages", self.channel);
            let mut due_ns = now_ns();
            let mut number = 0_u64;
            while !stop.is_cancelled() {
                let wait = Duration::from_nanos(due_ns.saturating_sub(now_ns()));
                tokio::time::sleep(wait).await;
                number += 1;
                let mut random = [0; 10];
                random[2..].copy_from_slice(&number.to_be_bytes());
                let nonce = Nonce::new(Timestamp::from_ms(wall_ms()), random);
                let body = json!({ "nonce": nonce, "text": "while something else goes on" });
                let sent: Result<Changed> = self.door.post(&path, &self.person.token, &body).await;
                sent?;
                latencies.add(now_ns().saturating_sub(due_ns));
                // A late answer does not make the next one early.
                due_ns = (due_ns + self.every_ns).max(now_ns());
            }
            Ok(latencies)
        })
    }
}

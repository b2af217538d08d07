//! Memory of the server with many idle sockets.
//!
//! `count` sockets of `people` people, from many addresses of 127.0.0.0/8, all in one channel. The
//! memory is hearthd's resident set after all have connected, `settle_s` of quiet and one message
//! that every socket received, so that no buffer is still to be allocated. The kernel's own buffers
//! do not belong to any process and are not counted.

use std::time::Duration;

use anyhow::Result;
use clap::Args;
use serde::Serialize;
use std::sync::atomic::Ordering::Relaxed;

use crate::clock::{SECOND_NS, now_ns};
use crate::figures::fanout::Counter;
use crate::figures::{Bench, open_gate};
use crate::load::crowd::{Crowd, Spread};
use crate::load::sender::{Pace, Sender, Senders};
use crate::machine::{Memory, raise_descriptor_limit};
use crate::mark::Poster;
use crate::office::Office;
use crate::report::Report;
use crate::server::Server;

/// Descriptors a process needs besides its sockets.
const OTHER_DESCRIPTORS: u64 = 200;
const OPEN_LIMIT_S: u64 = 300;
const DELIVER_LIMIT_S: u64 = 60;
const TEXT_BYTES: usize = 100;

/// Options of `sockets`.
#[derive(Clone, Debug, Args, Serialize)]
pub(crate) struct Options {
    /// Sockets to hold.
    #[arg(long, default_value_t = 18_000, value_parser = clap::value_parser!(u32).range(1..=60_000))]
    count: u32,
    /// People they belong to.
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u16).range(1..=60))]
    people: u16,
    /// How long they idle before the memory is read, in seconds.
    #[arg(long, default_value_t = 10)]
    settle_s: u64,
    /// Threads that hold the other ends.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=16))]
    threads: u16,
}

#[derive(Debug, Serialize)]
struct Fields {
    held: u64,
    rss_bytes: u64,
    bytes_per_socket: u64,
    empty_rss_bytes: u64,
    connects_per_s: f64,
    deliver_to_all_ms: f64,
}

/// Measures `sockets`.
pub(crate) async fn measure(bench: &Bench, options: &Options) -> Result<Report> {
    raise_descriptor_limit(u64::from(options.count) + OTHER_DESCRIPTORS)?;
    let server = Server::start(&bench.program).await?;
    let office = Office::found(&server, usize::from(options.people)).await?;
    let channel = office.open_channel("Everybody", &office.people).await?;
    let since = office.head().await?;
    let empty = Memory::of(server.pid())?;
    let seats = office.seats(options.count as usize);
    let poster_seat = seats[0].clone();
    let seats = seats.into_iter().map(|seat| (seat, Counter::after(since))).collect();
    let spread =
        Spread { threads: usize::from(options.threads), opening_max: 128, gate: open_gate() };
    let start_ns = now_ns();
    let crowd = Crowd::start(office.door, seats, &spread)?;
    // What does not stand in time is not held; the figure then shows it.
    if let Err(error) = crowd.wait_held(OPEN_LIMIT_S).await {
        crate::output::note(&format!("sockets: {error}"));
    }
    let connect_s = (now_ns() - start_ns) as f64 / SECOND_NS as f64;
    tokio::time::sleep(Duration::from_secs(options.settle_s)).await;
    let expected = crowd.tally.held.load(Relaxed) as u64;
    let posted_ns = now_ns();
    let poster =
        Poster { channels: [channel].into(), salt: bench.seed as u32, text_bytes: TEXT_BYTES };
    let pace = Pace::Ahead { messages: 1, sockets: expected, crowd: crowd.tally.clone() };
    let sender = Sender::new(0, poster_seat, poster, pace, since);
    let senders = Senders::start(office.door, vec![sender], open_gate())?;
    while senders.control.posted.load(Relaxed) == 0 && now_ns() < posted_ns + 5 * SECOND_NS {
        tokio::time::sleep(Duration::from_micros(100)).await;
    }
    senders.finish(DELIVER_LIMIT_S).await?;
    crowd.wait_events(expected, DELIVER_LIMIT_S).await?;
    let delivered_ns = now_ns() - posted_ns;
    let memory = Memory::of(server.pid())?;
    let held = crowd.tally.held.load(Relaxed) as u64;
    crowd.stop()?;
    let fields = Fields {
        held,
        rss_bytes: memory.rss_bytes,
        bytes_per_socket: memory.rss_bytes.saturating_sub(empty.rss_bytes) / held.max(1),
        empty_rss_bytes: empty.rss_bytes,
        connects_per_s: (held as f64 / connect_s).round(),
        deliver_to_all_ms: crate::clock::ms(delivered_ns),
    };
    Report::new("sockets", options, &fields)
}

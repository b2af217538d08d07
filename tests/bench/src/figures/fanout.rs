//! Deliveries per second to many sockets in one channel.
//!
//! `people` people with `sockets` sockets together sit in one channel; one more socket posts, always
//! `ahead` messages ahead of what the sockets have received on average, so that the server is never
//! idle and never asked for more than it delivers. A delivery is an event that a socket received
//! whole. The rate is taken over `seconds` after a warm-up. In the end every socket has to have every
//! message, in order: `missed` and `disordered` are zero.

use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use anyhow::Result;
use clap::Args;
use serde::Serialize;

use crate::clock::{SECOND_NS, now_ns};
use crate::figures::{Bench, open_gate};
use crate::http::Door;
use crate::incoming::Incoming;
use crate::load::crowd::{Crowd, Listener, Spread};
use crate::load::sender::{Pace, Sender, Senders};
use crate::machine::{cpu_seconds, raise_descriptor_limit};
use crate::mark::Poster;
use crate::office::Office;
use crate::report::Report;
use crate::server::Server;
use crate::socket::Seat;

const WARM_UP_S: u64 = 2;
const OPEN_LIMIT_S: u64 = 60;
const DRAIN_S: u64 = 60;

/// Options of `fanout`.
#[derive(Clone, Debug, Args, Serialize)]
pub(crate) struct Options {
    /// How long deliveries are counted.
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u64).range(1..=600))]
    pub(crate) seconds: u64,
    /// Sockets that receive.
    #[arg(long, default_value_t = 1_000, value_parser = clap::value_parser!(u16).range(1..=10_000))]
    pub(crate) sockets: u16,
    /// People they belong to.
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u16).range(1..=60))]
    people: u16,
    /// Messages the sender is ahead.
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u16).range(1..=2_000))]
    pub(crate) ahead: u16,
    /// Length of a message.
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u16).range(1..=4_096))]
    pub(crate) text_bytes: u16,
    /// Threads that receive.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=16))]
    pub(crate) threads: u16,
}

/// What came out.
#[derive(Debug, Serialize)]
pub(crate) struct Fields {
    pub(crate) deliveries_per_s: f64,
    pub(crate) missed: u64,
    pub(crate) disordered: u64,
    pub(crate) resets: u64,
    pub(crate) messages_per_s: f64,
    pub(crate) hearthd_cores: f64,
    pub(crate) bench_cores: f64,
}

/// Counts events and looks at their order.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Counter {
    since: u64,
    pub(crate) events: u64,
    pub(crate) disordered: u64,
}

impl Counter {
    /// Counts what comes after `since`.
    pub(crate) fn after(since: u64) -> Self {
        Self { since, ..Self::default() }
    }
}

impl Listener for Counter {
    fn since(&self) -> u64 {
        self.since
    }

    fn hear(&mut self, incoming: &Incoming<'_>) {
        if let Incoming::Event { seq, .. } = *incoming {
            self.events += 1;
            self.disordered += u64::from(seq <= self.since);
            self.since = self.since.max(seq);
        }
    }
}

/// Measures `fanout`.
pub(crate) async fn measure(bench: &Bench, options: &Options) -> Result<Report> {
    raise_descriptor_limit(u64::from(options.sockets) + 200)?;
    let server = Server::start(&bench.program).await?;
    let office = Office::found(&server, usize::from(options.people)).await?;
    let channel = office.open_channel("Everybody", &office.people).await?;
    let since = office.head().await?;
    let poster = Poster {
        channels: [channel].into(),
        salt: bench.seed as u32,
        text_bytes: usize::from(options.text_bytes),
    };
    let seats = office.seats(usize::from(options.sockets));
    let load = Load { door: office.door, seats, poster, since, pid: Some(server.pid()) };
    Report::new("fanout", options, &run(load, options).await?)
}

/// Who receives what from where.
#[derive(Debug)]
pub(crate) struct Load {
    pub(crate) door: Door,
    pub(crate) seats: Vec<Seat>,
    pub(crate) poster: Poster,
    pub(crate) since: u64,
    /// The server, when it is another process.
    pub(crate) pid: Option<u32>,
}

/// Runs the load against whatever listens at the door.
pub(crate) async fn run(load: Load, options: &Options) -> Result<Fields> {
    let Load { door, seats, poster, since, pid } = load;
    let sockets = seats.len() as u64;
    let poster_seat = seats[0].clone();
    let spread =
        Spread { threads: usize::from(options.threads), opening_max: 64, gate: open_gate() };
    let seats = seats.into_iter().map(|seat| (seat, Counter::after(since))).collect();
    let crowd = Crowd::start(door, seats, &spread)?;
    crowd.wait_held(OPEN_LIMIT_S).await?;
    let pace =
        Pace::Ahead { messages: u64::from(options.ahead), sockets, crowd: crowd.tally.clone() };
    let sender = Sender::new(0, poster_seat, poster, pace, since);
    let senders = Senders::start(door, vec![sender], open_gate())?;
    tokio::time::sleep(Duration::from_secs(WARM_UP_S)).await;
    let own = std::process::id();
    let reading = || -> Result<_> {
        let server = pid.map_or(Ok(0.0), cpu_seconds)?;
        Ok((now_ns(), crowd.tally.events.load(Relaxed), server, cpu_seconds(own)?))
    };
    let before = reading()?;
    tokio::time::sleep(Duration::from_secs(options.seconds)).await;
    let after = reading()?;
    let senders = senders.finish(DRAIN_S).await?;
    let messages = senders.iter().map(|sender| u64::from(sender.posted())).sum::<u64>();
    let complete = crowd.wait_events(messages * sockets, DRAIN_S).await;
    if let Err(error) = complete {
        crate::output::note(&format!("fanout: {error}"));
    }
    let resets = crowd.tally.resets.load(Relaxed);
    let counters = crowd.stop()?;
    let seconds = (after.0 - before.0) as f64 / SECOND_NS as f64;
    let deliveries_per_s = ((after.1 - before.1) as f64 / seconds).round();
    Ok(Fields {
        deliveries_per_s,
        missed: counters.iter().map(|counter| messages.saturating_sub(counter.events)).sum(),
        disordered: counters.iter().map(|counter| counter.disordered).sum(),
        resets,
        messages_per_s: (deliveries_per_s / sockets as f64).round(),
        hearthd_cores: (after.2 - before.2) / seconds,
        bench_cores: (after.3 - before.3) / seconds,
    })
}

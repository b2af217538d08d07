//! From sending to receiving, at a steady rate in one channel.
//!
//! `members` people sit in one channel with a socket each. Messages are due at the moments of a
//! Poisson process of `rate` per second, whatever the server does, each posted by a random member.
//! A latency is from the moment a message was due until a member's socket has its event, the
//! sender's own included: `rate * members` of them per second. What was due in the warm-up does not
//! count.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context, Result};
use clap::Args;
use serde::Serialize;

use crate::clock::{MS_NS, SECOND_NS, now_ns, sleep_until, wall_ms};
use crate::figures::{Bench, open_gate};
use crate::http::Door;
use crate::incoming::Incoming;
use crate::load::arrivals::{Arrivals, Random};
use crate::load::crowd::{Crowd, Listener, Spread};
use crate::load::latencies::Latencies;
use crate::machine::cpu_seconds;
use crate::mark::{Mark, Poster, Ticket};
use crate::office::Office;
use crate::report::Report;
use crate::server::Server;
use crate::socket::{Seat, Socket};

const WARM_UP_S: u64 = 2;
const OPEN_LIMIT_S: u64 = 30;
const DRAIN_S: u64 = 30;

/// Options of `latency`.
#[derive(Clone, Debug, Args, Serialize)]
pub(crate) struct Options {
    /// Messages per second.
    #[arg(long, default_value_t = 500, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub(crate) rate: u32,
    /// People in the channel.
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u16).range(1..=60))]
    pub(crate) members: u16,
    /// How long is measured.
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u64).range(1..=600))]
    pub(crate) seconds: u64,
    /// Length of a message.
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u16).range(1..=4_096))]
    pub(crate) text_bytes: u16,
}

/// What came out.
#[derive(Debug, Serialize)]
pub(crate) struct Fields {
    pub(crate) p50_ms: f64,
    pub(crate) p90_ms: f64,
    pub(crate) p99_ms: f64,
    pub(crate) p999_ms: f64,
    pub(crate) max_ms: f64,
    pub(crate) deliveries: u64,
    pub(crate) missed: u64,
    pub(crate) hearthd_cores: f64,
}

/// The members' sockets, for the schedule to post on.
type Members = Arc<Mutex<Vec<Arc<Socket>>>>;

#[derive(Debug)]
struct Member {
    since: u64,
    /// Zero until the schedule is made; nothing is posted before that.
    count_from_ns: Arc<AtomicU64>,
    latencies: Latencies,
    events: u64,
    members: Members,
}

impl Listener for Member {
    fn since(&self) -> u64 {
        self.since
    }

    fn opened(&mut self, socket: &Arc<Socket>) {
        self.members.lock().unwrap_or_else(PoisonError::into_inner).push(socket.clone());
    }

    fn hear(&mut self, incoming: &Incoming<'_>) {
        let Incoming::Event { seq, bytes } = *incoming else {
            return;
        };
        self.since = seq;
        self.events += 1;
        let from_ns = self.count_from_ns.load(Relaxed);
        if let Some(mark) = Mark::find(bytes).filter(|mark| mark.due_ns >= from_ns) {
            self.latencies.add(now_ns().saturating_sub(mark.due_ns));
        }
    }
}

/// Measures `latency`.
pub(crate) async fn measure(bench: &Bench, options: &Options) -> Result<Report> {
    let server = Server::start(&bench.program).await?;
    let office = Office::found(&server, usize::from(options.members)).await?;
    let channel = office.open_channel("Everybody", &office.people).await?;
    let since = office.head().await?;
    let poster = Poster {
        channels: [channel].into(),
        salt: bench.seed as u32,
        text_bytes: usize::from(options.text_bytes),
    };
    let seats = office.seats(usize::from(options.members));
    let random = Random::new(bench.seed, 1);
    let load = Load { door: office.door, seats, poster, since, random, pid: Some(server.pid()) };
    Report::new("latency", options, &run(load, options).await?)
}

/// Who receives what from where.
#[derive(Debug)]
pub(crate) struct Load {
    pub(crate) door: Door,
    pub(crate) seats: Vec<Seat>,
    pub(crate) poster: Poster,
    pub(crate) since: u64,
    pub(crate) random: Random,
    /// The server, when it is another process.
    pub(crate) pid: Option<u32>,
}

/// Runs the load against whatever listens at the door.
pub(crate) async fn run(load: Load, options: &Options) -> Result<Fields> {
    let members = Members::default();
    let sockets = load.seats.len() as u64;
    let count_from_ns = Arc::new(AtomicU64::new(0));
    let mut seats = Vec::new();
    for seat in load.seats {
        let member = Member {
            since: load.since,
            count_from_ns: count_from_ns.clone(),
            latencies: Latencies::new()?,
            events: 0,
            members: members.clone(),
        };
        seats.push((seat, member));
    }
    let spread = Spread { threads: 1, opening_max: 16, gate: open_gate() };
    let crowd = Crowd::start(load.door, seats, &spread)?;
    crowd.wait_held(OPEN_LIMIT_S).await?;
    let cpu = || load.pid.map_or(Ok(0.0), cpu_seconds);
    let cpu_before = cpu()?;
    let start_ns = now_ns() + 100 * MS_NS;
    count_from_ns.store(start_ns + WARM_UP_S * SECOND_NS, Relaxed);
    let schedule = Schedule {
        arrivals: Arrivals::new(load.random, start_ns, f64::from(options.rate)),
        random: load.random,
        end_ns: start_ns + (WARM_UP_S + options.seconds) * SECOND_NS,
        poster: load.poster,
        members,
    };
    let posting = tokio::task::spawn_blocking(move || schedule.run());
    let posted = posting.await.context("the schedule panicked")??;
    let cores = (cpu()? - cpu_before) / (WARM_UP_S + options.seconds) as f64;
    let complete = crowd.wait_events(posted * sockets, DRAIN_S).await;
    if let Err(error) = complete {
        crate::output::note(&format!("latency: {error}"));
    }
    let mut all = Latencies::new()?;
    let mut missed = 0;
    for member in crowd.stop()? {
        all.merge(&member.latencies)?;
        missed += posted.saturating_sub(member.events);
    }
    Ok(Fields {
        p50_ms: all.percentile_ms(50.0),
        p90_ms: all.percentile_ms(90.0),
        p99_ms: all.percentile_ms(99.0),
        p999_ms: all.percentile_ms(99.9),
        max_ms: all.max_ms(),
        deliveries: all.count(),
        missed,
        hearthd_cores: cores,
    })
}

/// Posts when it is due, on a thread of its own.
#[derive(Debug)]
struct Schedule {
    arrivals: Arrivals,
    random: Random,
    end_ns: u64,
    poster: Poster,
    members: Members,
}

impl Schedule {
    fn run(mut self) -> Result<u64> {
        let sockets = self.members.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let mut out = Vec::new();
        let mut n = 0;
        while self.arrivals.due_ns() < self.end_ns {
            let due_ns = self.arrivals.due_ns();
            sleep_until(due_ns);
            let member = self.random.below(sockets.len() as u64) as usize;
            let ticket = Ticket { sender: u16::try_from(member)?, n };
            out.clear();
            self.poster.write(&mut out, Mark { ticket, due_ns }, wall_ms());
            sockets[member].send_blocking(&out)?;
            n += 1;
            self.arrivals.advance();
        }
        Ok(u64::from(n))
    }
}

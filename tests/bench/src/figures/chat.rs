//! Durable sends per second.
//!
//! `senders` people post over one socket each, in `channels` private channels, each with `window`
//! posts that are not acknowledged yet. An acknowledgement comes after fsync. Senders also receive
//! the events of their channel. Acknowledgements are counted over `seconds` after a warm-up; at full
//! load `ack_*` is the time in the queue of that window. Afterwards the history of every channel is
//! read back and each acknowledged message has to be there exactly once.

use std::collections::HashMap;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use anyhow::Result;
use clap::Args;
use serde::Serialize;

use crate::clock::{SECOND_NS, now_ns};
use crate::figures::{Bench, open_gate};
use crate::http::Door;
use crate::load::latencies::Latencies;
use crate::load::sender::{Pace, Sender, Senders};
use crate::machine::cpu_seconds;
use crate::mark::{Poster, Ticket};
use crate::office::{Office, Person};
use crate::report::Report;
use crate::server::Server;

const WARM_UP_S: u64 = 2;
/// How long outstanding posts may take at the end.
const DRAIN_S: u64 = 30;

/// Options of `chat`.
#[derive(Clone, Debug, Args, Serialize)]
pub(crate) struct Options {
    /// How long acknowledgements are counted.
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u64).range(1..=600))]
    seconds: u64,
    /// People who post.
    #[arg(long, default_value_t = 16, value_parser = clap::value_parser!(u16).range(1..=60))]
    senders: u16,
    /// Channels they are dealt to.
    #[arg(long, default_value_t = 16, value_parser = clap::value_parser!(u16).range(1..=60))]
    channels: u16,
    /// Posts of one sender that are not acknowledged yet.
    #[arg(long, default_value_t = 64, value_parser = clap::value_parser!(u16).range(1..=4096))]
    window: u16,
    /// Length of a message.
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u16).range(1..=4096))]
    text_bytes: u16,
}

#[derive(Debug, Serialize)]
struct Fields {
    sends_per_s: f64,
    lost: u64,
    duplicated: u64,
    acked: u64,
    ack_p50_ms: f64,
    ack_p99_ms: f64,
    ack_max_ms: f64,
    hearthd_cores: f64,
}

/// Measures `chat`.
pub(crate) async fn measure(bench: &Bench, options: &Options) -> Result<Report> {
    let server = Server::start(&bench.program).await?;
    let people = usize::from(options.senders);
    let office = Office::found(&server, people).await?;
    let channels = usize::from(options.channels).min(people);
    let mut rooms = Vec::new();
    for n in 0..channels {
        let members: Vec<Person> =
            office.people.iter().skip(n).step_by(channels).cloned().collect();
        let channel = office.open_channel(&format!("Room {n}"), &members).await?;
        rooms.push((channel, members[0].clone()));
    }
    let since = office.head().await?;
    let seats = office.seats(people);
    let senders = seats.into_iter().enumerate().map(|(n, seat)| {
        let poster = Poster {
            channels: [rooms[n % channels].0].into(),
            salt: bench.seed as u32,
            text_bytes: usize::from(options.text_bytes),
        };
        let id = u16::try_from(n).unwrap_or(u16::MAX);
        Sender::new(id, seat, poster, Pace::Window(usize::from(options.window)), since)
    });
    let run = run(office.door, senders.collect(), options.seconds, Some(server.pid())).await?;
    let mut kept = Vec::new();
    for (channel, reader) in &rooms {
        kept.extend(office.history(*channel, reader).await?);
    }
    let audit = Audit::new(&run.senders, &kept);
    let fields = Fields {
        sends_per_s: run.sends_per_s(),
        lost: audit.lost,
        duplicated: audit.duplicated,
        acked: audit.acked,
        ack_p50_ms: run.latencies.percentile_ms(50.0),
        ack_p99_ms: run.latencies.percentile_ms(99.0),
        ack_max_ms: run.latencies.max_ms(),
        hearthd_cores: run.cores,
    };
    Report::new("chat", options, &fields)
}

/// A finished run of saturating senders.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) senders: Vec<Sender>,
    pub(crate) latencies: Latencies,
    counted: u64,
    took_ns: u64,
    cores: f64,
}

impl Run {
    /// Acknowledgements per second while it was counted.
    pub(crate) fn sends_per_s(&self) -> f64 {
        (self.counted as f64 * SECOND_NS as f64 / self.took_ns as f64).round()
    }
}

/// Lets senders post for a while and reads their books.
pub(crate) async fn run(
    door: Door,
    senders: Vec<Sender>,
    seconds: u64,
    pid: Option<u32>,
) -> Result<Run> {
    let senders = Senders::start(door, senders, open_gate())?;
    let cpu = || pid.map_or(Ok(0.0), cpu_seconds);
    tokio::time::sleep(Duration::from_secs(WARM_UP_S)).await;
    let (start_ns, acked_before, cpu_before) =
        (now_ns(), senders.control.acked.load(Relaxed), cpu()?);
    tokio::time::sleep(Duration::from_secs(seconds)).await;
    let (end_ns, acked_after, cpu_after) = (now_ns(), senders.control.acked.load(Relaxed), cpu()?);
    let senders = senders.finish(DRAIN_S).await?;
    let mut latencies = Latencies::new()?;
    for acked in senders.iter().flat_map(|sender| &sender.acked) {
        if (start_ns..end_ns).contains(&acked.due_ns) {
            latencies.add(acked.acked_ns - acked.due_ns);
        }
    }
    let took_ns = end_ns - start_ns;
    let cores = (cpu_after - cpu_before) * SECOND_NS as f64 / took_ns as f64;
    Ok(Run { senders, latencies, counted: acked_after - acked_before, took_ns, cores })
}

/// The senders' books against the history.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Audit {
    pub(crate) acked: u64,
    pub(crate) lost: u64,
    pub(crate) duplicated: u64,
}

impl Audit {
    /// Every acknowledged message has to be there; none may be there twice.
    pub(crate) fn new(senders: &[Sender], kept: &[Ticket]) -> Self {
        let acked = senders.iter().flat_map(|sender| {
            let id = sender.id;
            sender.acked.iter().map(move |acked| Ticket { sender: id, n: acked.n })
        });
        Self::of(acked, kept)
    }

    fn of(acked: impl Iterator<Item = Ticket>, kept: &[Ticket]) -> Self {
        let mut times: HashMap<Ticket, u64> = HashMap::with_capacity(kept.len());
        for ticket in kept {
            *times.entry(*ticket).or_default() += 1;
        }
        let mut audit = Self { duplicated: times.values().map(|n| n - 1).sum(), ..Self::default() };
        for ticket in acked {
            audit.acked += 1;
            audit.lost += u64::from(!times.contains_key(&ticket));
        }
        audit
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_audit_finds_what_is_lost_and_doubled() {
        let ticket = |n| Ticket { sender: 1, n };
        let kept = [ticket(1), ticket(2), ticket(2), ticket(4), ticket(2)];
        let audit = Audit::of([ticket(1), ticket(2), ticket(3)].into_iter(), &kept);
        assert_eq!(audit, Audit { acked: 3, lost: 1, duplicated: 2 });
    }
}

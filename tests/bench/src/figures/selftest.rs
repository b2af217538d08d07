//! What this program itself can do, against a stand-in that does nothing but answer, in the same
//! process and on the same two cores. A figure of hearthd near one of these is the load's limit.

use anyhow::Result;
use clap::{Args, Parser};
use hearth_domain::id::ChannelId;
use serde::Serialize;
use std::net::Ipv4Addr;

use crate::cli::{Cli, Figure};
use crate::figures::{chat, fanout, latency};
use crate::load::arrivals::Random;
use crate::load::sender::{Pace, Sender};
use crate::mark::Poster;
use crate::report::Report;
use crate::socket::Seat;
use crate::stand_in::{Echo, StandIn};

const SENDERS: u16 = 16;
const WINDOW: usize = 64;

/// Options of `selftest`.
#[derive(Clone, Debug, Args, Serialize)]
pub(crate) struct Options {
    /// How long each part counts.
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u64).range(1..=600))]
    seconds: u64,
}

#[derive(Debug, Serialize)]
struct Fields {
    sends_per_s: f64,
    deliveries_per_s: f64,
    deliveries_missed: u64,
    latency_p50_ms: f64,
    latency_p99_ms: f64,
}

/// Measures `selftest`.
pub(crate) async fn measure(options: &Options) -> Result<Report> {
    let fanned = measure_fanout(options).await?;
    let delays = measure_latency(options).await?;
    let fields = Fields {
        sends_per_s: measure_chat(options).await?,
        deliveries_per_s: fanned.deliveries_per_s,
        deliveries_missed: fanned.missed,
        latency_p50_ms: delays.p50_ms,
        latency_p99_ms: delays.p99_ms,
    };
    Report::new("selftest", options, &fields)
}

fn poster() -> Poster {
    Poster { channels: [ChannelId::from_bytes([0; 16])].into(), salt: 0, text_bytes: 100 }
}

fn seat() -> Seat {
    Seat { token: "none".into(), source: Ipv4Addr::LOCALHOST }
}

async fn measure_chat(options: &Options) -> Result<f64> {
    let server = StandIn::start(Echo::Sender)?;
    let sender = |id| Sender::new(id, seat(), poster(), Pace::Window(WINDOW), 0);
    let senders = (0..SENDERS).map(sender).collect();
    let run = chat::run(server.door, senders, options.seconds, None).await?;
    server.stop()?;
    Ok(run.sends_per_s())
}

async fn measure_fanout(options: &Options) -> Result<fanout::Fields> {
    let Figure::Fanout(mut fanout_options) = published("fanout")? else {
        anyhow::bail!("no fanout");
    };
    fanout_options.seconds = options.seconds;
    let server = StandIn::start(Echo::Everybody)?;
    let seats = vec![seat(); usize::from(fanout_options.sockets)];
    let load = fanout::Load { door: server.door, seats, poster: poster(), since: 0, pid: None };
    let fields = fanout::run(load, &fanout_options).await?;
    server.stop()?;
    Ok(fields)
}

async fn measure_latency(options: &Options) -> Result<latency::Fields> {
    let Figure::Latency(mut latency_options) = published("latency")? else {
        anyhow::bail!("no latency");
    };
    latency_options.seconds = options.seconds;
    let server = StandIn::start(Echo::Everybody)?;
    let seats = vec![seat(); usize::from(latency_options.members)];
    let random = Random::new(1, 1);
    let poster = poster();
    let load = latency::Load { door: server.door, seats, poster, since: 0, random, pid: None };
    let fields = latency::run(load, &latency_options).await?;
    server.stop()?;
    Ok(fields)
}

/// A figure with the options it is published with.
fn published(name: &str) -> Result<Figure> {
    Ok(Cli::try_parse_from(["hearth-bench", name])?.figure)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn every_post_is_acknowledged_and_delivered_to_everybody() {
        let Ok(Figure::Fanout(mut options)) = published("fanout") else { panic!("no fanout") };
        (options.seconds, options.sockets) = (1, 20);
        let server = StandIn::start(Echo::Everybody).unwrap();
        let seats = vec![seat(); 20];
        let load = fanout::Load { door: server.door, seats, poster: poster(), since: 0, pid: None };
        let fields = fanout::run(load, &options).await.unwrap();
        assert_eq!((fields.missed, fields.disordered, fields.resets), (0, 0, 0));
        assert!(fields.deliveries_per_s > 0.0);
        server.stop().unwrap();
    }
}

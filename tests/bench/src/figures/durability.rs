//! Whether kill -9 at random moments loses or doubles an acknowledged message.
//!
//! `senders` people post with `window` outstanding posts each. Each round hearthd is killed at a
//! random moment up to `round_ms` after everybody is back, and started again on the same folder;
//! what was not acknowledged is sent again with the same nonce. In the end the history has to have
//! each acknowledged message exactly once, and no other message twice. A kill leaves the kernel's
//! cache alone: this proves the order of commit and acknowledgement and the recovery, not the disk.

use std::collections::HashSet;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use anyhow::{Result, bail};
use clap::Args;
use serde::Serialize;
use tokio::sync::watch;

use crate::clock::ms;
use crate::figures::Bench;
use crate::figures::chat::Audit;
use crate::load::arrivals::Random;
use crate::load::crowd::wait_until;
use crate::load::sender::{Pace, Sender, Senders};
use crate::mark::Poster;
use crate::office::Office;
use crate::report::Report;
use crate::server::{Ending, Server};

/// How long senders may take to be back after a restart.
const RESUME_LIMIT_S: u64 = 30;
const DRAIN_S: u64 = 30;
const TEXT_BYTES: usize = 100;

/// Options of `durability`.
#[derive(Clone, Debug, Args, Serialize)]
pub(crate) struct Options {
    /// How often hearthd is killed.
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    rounds: u32,
    /// People who post.
    #[arg(long, default_value_t = 4, value_parser = clap::value_parser!(u16).range(1..=60))]
    senders: u16,
    /// Posts of one sender that are not acknowledged yet.
    #[arg(long, default_value_t = 32, value_parser = clap::value_parser!(u16).range(1..=4_096))]
    window: u16,
    /// The longest time from being back to the kill.
    #[arg(long, default_value_t = 300, value_parser = clap::value_parser!(u64).range(1..=60_000))]
    round_ms: u64,
}

#[derive(Debug, Serialize)]
struct Fields {
    acked: u64,
    lost: u64,
    duplicated: u64,
    kills: u32,
    /// Different messages in the history.
    kept: u64,
    restart_ready_max_ms: f64,
}

/// Measures `durability`.
pub(crate) async fn measure(bench: &Bench, options: &Options) -> Result<Report> {
    let mut server = Server::start(&bench.program).await?;
    let office = Office::found(&server, usize::from(options.senders)).await?;
    let channel = office.open_channel("Everybody", &office.people).await?;
    let since = office.head().await?;
    let poster =
        Poster { channels: [channel].into(), salt: bench.seed as u32, text_bytes: TEXT_BYTES };
    let pace = Pace::Window(usize::from(options.window));
    let seats = office.seats(usize::from(options.senders)).into_iter().zip(0..);
    let senders = seats
        .map(|(seat, id)| Sender::new(id, seat, poster.clone(), pace.clone(), since))
        .collect();
    let (gate, door_state) = watch::channel(true);
    let senders = Senders::start(office.door, senders, door_state)?;
    let mut random = Random::new(bench.seed, 2);
    let mut slowest_ns = 0;
    for _ in 0..options.rounds {
        let acked_before = senders.control.acked.load(Relaxed);
        let back = || senders.control.acked.load(Relaxed) > acked_before;
        if !wait_until(RESUME_LIMIT_S, back).await {
            bail!("nothing was acknowledged for {RESUME_LIMIT_S} s after a restart");
        }
        let wait_us = random.below(options.round_ms * 1_000);
        tokio::time::sleep(Duration::from_micros(wait_us)).await;
        gate.send_replace(false);
        server.end(Ending::Kill).await?;
        server.start_again()?;
        slowest_ns = slowest_ns.max(server.wait_ready().await?);
        gate.send_replace(true);
    }
    let senders = senders.finish(DRAIN_S).await?;
    let kept = office.history(channel, &office.people[0]).await?;
    let audit = Audit::new(&senders, &kept);
    let fields = Fields {
        acked: audit.acked,
        lost: audit.lost,
        duplicated: audit.duplicated,
        kills: options.rounds,
        kept: kept.iter().collect::<HashSet<_>>().len() as u64,
        restart_ready_max_ms: ms(slowest_ns),
    };
    Report::new("durability", options, &fields)
}

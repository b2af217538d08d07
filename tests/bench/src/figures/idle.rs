//! Memory and start of an empty office: what a box pays for Hearth before anybody came.
//!
//! `ready_ms` is from starting the program to the first 200 of `/readyz`, asked every half
//! millisecond, in an empty folder, so it includes making the database. `restart_ready_ms` is the
//! same on that database. The memory is taken `settle_s` after the first start. All are medians.

use std::time::Duration;

use anyhow::Result;
use clap::Args;
use serde::Serialize;

use crate::clock::ms;
use crate::figures::Bench;
use crate::machine::Memory;
use crate::report::Report;
use crate::server::{Ending, Server};

/// Options of `idle`.
#[derive(Clone, Debug, Args, Serialize)]
pub(crate) struct Options {
    /// Starts to take the median of.
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..=100))]
    rounds: u32,
    /// How long to wait before the memory is read, in seconds.
    #[arg(long, default_value_t = 3)]
    settle_s: u64,
}

#[derive(Debug, Serialize)]
struct Fields {
    rss_bytes: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pss_bytes: Option<u64>,
    anonymous_bytes: u64,
    ready_ms: f64,
    restart_ready_ms: f64,
}

/// Measures `idle`.
pub(crate) async fn measure(bench: &Bench, options: &Options) -> Result<Report> {
    let (mut ready, mut restarted, mut memories) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..options.rounds {
        let mut server = Server::start(&bench.program).await?;
        ready.push(server.ready_ns);
        tokio::time::sleep(Duration::from_secs(options.settle_s)).await;
        memories.push(Memory::of(server.pid())?);
        server.end(Ending::Graceful).await?;
        server.start_again()?;
        restarted.push(server.wait_ready().await?);
    }
    memories.sort_by_key(|memory| memory.rss_bytes);
    let memory = memories[memories.len() / 2];
    let fields = Fields {
        rss_bytes: memory.rss_bytes,
        pss_bytes: memory.pss_bytes,
        anonymous_bytes: memory.anonymous_bytes,
        ready_ms: ms(median(ready)),
        restart_ready_ms: ms(median(restarted)),
    };
    Report::new("idle", options, &fields)
}

fn median(mut values: Vec<u64>) -> u64 {
    values.sort_unstable();
    values.get(values.len() / 2).copied().unwrap_or_default()
}

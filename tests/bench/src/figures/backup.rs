//! What a backup costs those who write meanwhile, and how long the way back is.
//!
//! An office is filled with `messages` made-up messages, and the search index waited for. Somebody then
//! sends a message every `1/rate` seconds, each on disk before it is answered: alone for `seconds`, and
//! then while a backup is made from the page to the box's own disk, the worst place for those who write:
//! copied, compressed, encrypted, written, read back, restored into a scratch folder, and every page and
//! the chain of the log checked. `rss_growth_bytes` is the server's highest resident set meanwhile over
//! the one before. `restore_s` is `hearth restore` of it into an empty folder, as on a new box, from the
//! start of the program to its end; it must hold every message that was there when the backup began.

use std::time::Duration;

use anyhow::{Context, Result, bail};
use clap::Args;
use hearth_wire::vault::BackupVault;
use serde::Serialize;
use serde_json::json;

use crate::clock::{SECOND_NS, now_ns};
use crate::figures::Bench;
use crate::figures::search::caught_up;
use crate::figures::upload::{Messages, watched};
use crate::office::Office;
use crate::report::{Report, times};
use crate::server::Server;

/// How long a backup may take.
const BACKUP_TIMEOUT_NS: u64 = 1_800 * SECOND_NS;
const POLL: Duration = Duration::from_millis(100);

/// Options of `backup`.
#[derive(Clone, Debug, Args, Serialize)]
pub(crate) struct Options {
    /// Messages in the office.
    #[arg(long, default_value_t = 1_000_000, value_parser = clap::value_parser!(u32).range(1_000..=10_000_000))]
    messages: u32,
    /// Messages per second that somebody sends meanwhile.
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=1_000))]
    rate: u32,
    /// How long messages are sent alone, in seconds.
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u64).range(1..=600))]
    seconds: u64,
}

#[derive(Debug, Serialize)]
struct Fields {
    backup_s: f64,
    database_bytes: u64,
    backup_bytes: u64,
    rss_growth_bytes: u64,
    send_p50_before_ms: f64,
    send_p99_before_ms: f64,
    send_p50_during_ms: f64,
    send_p99_during_ms: f64,
    send_p99_times: f64,
    sends_during: u64,
    restore_s: f64,
    restored_events: u64,
}

/// Measures `backup`.
pub(crate) async fn measure(bench: &Bench, options: &Options) -> Result<Report> {
    let server = Server::start(&bench.program).await?;
    let office = Office::found(&server, 2).await?;
    server.operate(&["sample", "--messages", &options.messages.to_string()])?;
    caught_up(office.door, &office.people[1]).await?;
    let channel = office.open_channel("Everybody", &office.people).await?;
    let every_ns = SECOND_NS / u64::from(options.rate);
    let person = office.people[1].clone();
    let messages = Messages { door: office.door, person, channel, every_ns };
    let before = messages.clone().start()?;
    tokio::time::sleep(Duration::from_secs(options.seconds)).await;
    let before = before.stop()?;
    let head = office.head().await?;
    let during = messages.start()?;
    let (backup_ns, rss_growth_bytes) = watched(server.pid(), back_up(&office)).await?;
    let during = during.stop()?;
    let vault = vault(&office).await?;
    let run = vault.history.first().context("no backup was made")?;
    let (restore_ns, restored_events) = server.restore_elsewhere()?;
    if restored_events < head {
        bail!("{restored_events} events came back of {head}");
    }
    let p99_ms = (before.percentile_ms(99.0), during.percentile_ms(99.0));
    let fields = Fields {
        backup_s: backup_ns as f64 / SECOND_NS as f64,
        database_bytes: run.written_bytes,
        backup_bytes: vault.standings.iter().map(|standing| standing.size_bytes).sum(),
        rss_growth_bytes,
        send_p50_before_ms: before.percentile_ms(50.0),
        send_p99_before_ms: p99_ms.0,
        send_p50_during_ms: during.percentile_ms(50.0),
        send_p99_during_ms: p99_ms.1,
        send_p99_times: times(p99_ms.1, p99_ms.0),
        sends_during: during.count(),
        restore_s: restore_ns as f64 / SECOND_NS as f64,
        restored_events,
    };
    Report::new("backup", options, &fields)
}

async fn vault(office: &Office) -> Result<BackupVault> {
    office.door.get("/admin/vault", &office.people[0].token).await
}

/// Makes a backup from the page; gives how long it took until it was verified.
async fn back_up(office: &Office) -> Result<u64> {
    let begun_ns = now_ns();
    let token = &office.people[0].token;
    let _: BackupVault = office.door.post("/admin/vault/run", token, &json!({})).await?;
    while now_ns() - begun_ns < BACKUP_TIMEOUT_NS {
        let vault = vault(office).await?;
        if let (None, Some(run)) = (&vault.running, vault.history.first()) {
            return match run.fault {
                None => Ok(now_ns() - begun_ns),
                Some(fault) => bail!("the backup failed ({fault:?}): {}", run.detail),
            };
        }
        tokio::time::sleep(POLL).await;
    }
    bail!("the backup does not end")
}

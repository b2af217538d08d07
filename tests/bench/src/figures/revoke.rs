//! How long the sockets of a disabled account stay open.
//!
//! One person has `sockets` open sockets, a neighbour as many. An admin disables the person; the
//! time counts from sending that request until the server has ended a socket. The neighbour's
//! sockets must all still be there afterwards.

use std::time::Duration;

use anyhow::{Context, Result};
use clap::Args;
use hearth_wire::rest::Changed;
use serde::Serialize;
use serde_json::json;
use tokio::task::JoinSet;

use crate::clock::now_ns;
use crate::figures::Bench;
use crate::load::latencies::Latencies;
use crate::machine::raise_descriptor_limit;
use crate::office::{Office, Person};
use crate::report::Report;
use crate::server::Server;
use crate::socket::{Flow, Inbox, Socket};

/// Descriptors a process needs besides its sockets.
const OTHER_DESCRIPTORS: u64 = 200;
/// What is open longer than this counts as never closed.
const CLOSE_LIMIT: Duration = Duration::from_secs(30);
/// How long the neighbour's sockets are watched after the last one was closed.
const WATCH: Duration = Duration::from_secs(2);

/// Options of `revoke`.
#[derive(Clone, Debug, Args, Serialize)]
pub(crate) struct Options {
    /// Sockets of the account that is disabled, and of its neighbour.
    #[arg(long, default_value_t = 1_000, value_parser = clap::value_parser!(u16).range(1..=8_000))]
    sockets: u16,
}

#[derive(Debug, Serialize)]
struct Fields {
    closed: u64,
    p50_ms: f64,
    last_closed_ms: f64,
    neighbours_closed: u64,
}

/// Measures `revoke`.
pub(crate) async fn measure(bench: &Bench, options: &Options) -> Result<Report> {
    let count = usize::from(options.sockets);
    raise_descriptor_limit(2 * u64::from(options.sockets) + OTHER_DESCRIPTORS)?;
    let server = Server::start(&bench.program).await?;
    let office = Office::found(&server, 3).await?;
    let [admin, leaving, neighbour] = office.people.as_slice() else {
        anyhow::bail!("an office of three has three people");
    };
    let mut watched = watch(open(&office, leaving, count).await?);
    let mut staying = watch(open(&office, neighbour, count).await?);
    let start_ns = now_ns();
    let path = format!("/users/{}", leaving.id);
    let _: Changed =
        office.door.patch(&path, &admin.token, &json!({ "state": "disabled" })).await?;
    let mut latencies = Latencies::new()?;
    let everybody = async {
        while let Some(closed_ns) = watched.join_next().await {
            latencies.add(closed_ns??.saturating_sub(start_ns));
        }
        Ok::<_, anyhow::Error>(())
    };
    tokio::time::timeout(CLOSE_LIMIT, everybody).await.context("a socket stayed open")??;
    tokio::time::sleep(WATCH).await;
    let mut neighbours_closed = 0;
    while let Some(closed) = staying.try_join_next() {
        closed??;
        neighbours_closed += 1;
    }
    let fields = Fields {
        closed: latencies.count(),
        p50_ms: latencies.percentile_ms(50.0),
        last_closed_ms: latencies.max_ms(),
        neighbours_closed,
    };
    Report::new("revoke", options, &fields)
}

async fn open(office: &Office, person: &Person, count: usize) -> Result<Vec<(Socket, Inbox)>> {
    let since = office.head().await?;
    let mut sockets = Vec::with_capacity(count);
    for seat in Office::seats_of(std::slice::from_ref(person), count) {
        sockets.push(Socket::open(office.door, &seat, since).await?);
    }
    Ok(sockets)
}

/// Reads every socket until its end, and says when that was.
fn watch(sockets: Vec<(Socket, Inbox)>) -> JoinSet<Result<u64>> {
    let mut watched = JoinSet::new();
    for (socket, mut inbox) in sockets {
        watched.spawn(async move {
            while socket.read(&mut inbox, |_| {}).await? == Flow::Open {}
            Ok(now_ns())
        });
    }
    watched
}

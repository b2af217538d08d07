//! How fast messages are found, and what the index costs those who send.
//!
//! An office is filled with `messages` made-up messages in both languages. When the index holds them
//! all, two people ask one after the other: a member, who may read all channels, and a guest, who
//! may read one of seven. Queries are of one, two and four Chinese characters, of English words,
//! beginnings and phrases, and with operators, ranked and by date; each is a request with a connection
//! of its own, and its time is from asking to the whole answer. None may be refused or empty that has
//! to find something.
//!
//! Then, in two fresh offices, `rate` messages a second are sent on a schedule for `seconds`, once
//! with the index being built behind them and once without: acknowledgements from the moment a
//! message was due, and the farthest that the index was behind.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::Duration;

use anyhow::{Result, bail};
use clap::Args;
use hearth_wire::rest::{Bootstrap, InviteLink, SignedIn};
use hearth_wire::search::SearchPage;
use serde::Serialize;
use serde_json::json;

use crate::clock::{MS_NS, SECOND_NS, now_ns};
use crate::figures::{Bench, chat};
use crate::http::Door;
use crate::load::arrivals::{Arrivals, Random};
use crate::load::latencies::Latencies;
use crate::load::sender::{Pace, Sender};
use crate::mark::Poster;
use crate::office::{Office, Person};
use crate::report::{Report, times};
use crate::server::Server;

/// How long the index may take to hold everything.
const INDEX_TIMEOUT_NS: u64 = 900 * SECOND_NS;
const POLL: Duration = Duration::from_millis(50);
const SENDERS: u16 = 10;

/// What is asked for, by class; an asterisk before it: it is found by nobody.
const CLASSES: [(&str, &[&str]); 6] = [
    ("zh1", &["预", "的", "灯", "我", "*鑫"]),
    ("zh2", &["预算", "报价", "灯光", "明天", "*鑫鑫"]),
    ("zh4", &["十月预算", "大堂灯光", "*上海深圳"]),
    ("en", &["budget ", "quote", "meeting ", "the ", "*zebra "]),
    ("phrase", &["\"October budget\"", "see row", "bud", "\"in a meeting\""]),
    (
        "operator",
        &["预算 from:xiaoyu", "has:reaction 报价", "before:today 灯光", "from:marcus is:thread "],
    ),
];

/// Options of `search`.
#[derive(Clone, Debug, Args, Serialize)]
pub(crate) struct Options {
    /// Messages to look through.
    #[arg(long, default_value_t = 1_000_000, value_parser = clap::value_parser!(u32).range(1_000..=10_000_000))]
    messages: u32,
    /// How often each query is asked, by each person and in each order.
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=1_000))]
    rounds: u32,
    /// Messages sent per second while the index follows.
    #[arg(long, default_value_t = 5_000, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    rate: u32,
    /// How long they are sent.
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u64).range(1..=600))]
    seconds: u64,
}

#[derive(Debug, Default, Serialize)]
struct Fields {
    p50_ms: f64,
    p99_ms: f64,
    max_ms: f64,
    zh1_p99_ms: f64,
    zh2_p99_ms: f64,
    zh4_p99_ms: f64,
    en_p99_ms: f64,
    phrase_p99_ms: f64,
    operator_p99_ms: f64,
    searches: u64,
    index_built_s: f64,
    sends_per_s: f64,
    sends_per_s_without_index: f64,
    send_p50_ms: f64,
    send_p50_ms_without_index: f64,
    send_p99_ms: f64,
    send_p99_ms_without_index: f64,
    send_p99_times: f64,
    index_behind_max: u64,
    index_caught_up_ms: f64,
}

/// Measures `search`.
pub(crate) async fn measure(bench: &Bench, options: &Options) -> Result<Report> {
    let mut fields = Fields::default();
    look(bench, options, &mut fields).await?;
    let with = Server::start(&bench.program).await?;
    let flow = send(bench, options, &with, true).await?;
    fields.sends_per_s = flow.sends_per_s;
    fields.send_p50_ms = flow.acks.percentile_ms(50.0);
    fields.send_p99_ms = flow.acks.percentile_ms(99.0);
    fields.index_behind_max = flow.behind_max;
    fields.index_caught_up_ms = flow.caught_up_ns as f64 / MS_NS as f64;
    drop(with);
    let without = Server::start_without_index(&bench.program).await?;
    let flow = send(bench, options, &without, false).await?;
    fields.sends_per_s_without_index = flow.sends_per_s;
    fields.send_p50_ms_without_index = flow.acks.percentile_ms(50.0);
    fields.send_p99_ms_without_index = flow.acks.percentile_ms(99.0);
    fields.send_p99_times = times(fields.send_p99_ms, fields.send_p99_ms_without_index);
    Report::new("search", options, &fields)
}

/// Fills an office and asks.
async fn look(bench: &Bench, options: &Options, fields: &mut Fields) -> Result<()> {
    let server = Server::start(&bench.program).await?;
    let office = Office::found(&server, 2).await?;
    let messages = options.messages.to_string();
    let begun_ns = now_ns();
    server.operate(&["sample", "--messages", &messages])?;
    let member = &office.people[1];
    caught_up(office.door, member).await?;
    fields.index_built_s = (now_ns() - begun_ns) as f64 / SECOND_NS as f64;
    let guest = guest(&office).await?;
    let mut all = Latencies::new()?;
    for (class, queries) in CLASSES {
        let mut found = Latencies::new()?;
        for query in queries {
            for sort in ["relevance", "newest"] {
                for _ in 0..options.rounds {
                    for (who, reads_all) in [(member, true), (&guest, false)] {
                        let ns = ask(office.door, who, (query, sort), reads_all).await?;
                        found.add(ns);
                    }
                }
            }
        }
        let p99_ms = found.percentile_ms(99.0);
        match class {
            "zh1" => fields.zh1_p99_ms = p99_ms,
            "zh2" => fields.zh2_p99_ms = p99_ms,
            "zh4" => fields.zh4_p99_ms = p99_ms,
            "en" => fields.en_p99_ms = p99_ms,
            "phrase" => fields.phrase_p99_ms = p99_ms,
            _ => fields.operator_p99_ms = p99_ms,
        }
        all.merge(&found)?;
    }
    fields.p50_ms = all.percentile_ms(50.0);
    fields.p99_ms = all.percentile_ms(99.0);
    fields.max_ms = all.max_ms();
    fields.searches = all.count();
    Ok(())
}

/// Somebody who may read one channel.
async fn guest(office: &Office) -> Result<Person> {
    let owner = &office.people[0];
    let bootstrap: Bootstrap = office.door.get("/bootstrap", &owner.token).await?;
    let named = bootstrap.channels.iter().find(|state| {
        state.channel.name.as_ref().is_some_and(|name| name.as_str() == "报价与预算")
    });
    let Some(channel) = named.map(|state| state.channel.id) else { bail!("no such channel") };
    let wanted = json!({
        "role": "guest", "uses_max": 1, "expires_in_s": 600, "channels": [channel],
    });
    let link: InviteLink = office.door.post("/invites", &owner.token, &wanted).await?;
    let Some((_, secret)) = link.url.split_once('#') else {
        bail!("an invitation without a token")
    };
    let body = json!({"name": "Guest", "handle": "guest", "password": "correct horse battery"});
    let path = format!("/invites/{secret}/accept");
    let (joined, token): (SignedIn, _) = office.door.post_for_session(&path, &body).await?;
    Ok(Person { id: joined.user.id, token: token.into() })
}

/// How long a query takes, in nanoseconds.
async fn ask(
    door: Door,
    who: &Person,
    (query, sort): (&str, &str),
    reads_all: bool,
) -> Result<u64> {
    let query = query.strip_prefix('*').map_or((query, false), |query| (query, true));
    let (query, by_nobody) = query;
    let encoded: String = query.bytes().map(|byte| format!("%{byte:02X}")).collect();
    let path = format!("/search?sort={sort}&q={encoded}");
    let begun_ns = now_ns();
    let page: SearchPage = door.get(&path, &who.token).await?;
    let took_ns = now_ns() - begun_ns;
    if (reads_all || by_nobody) && page.hits.is_empty() != by_nobody {
        bail!("{query:?} found {} messages", page.hits.len());
    }
    Ok(took_ns)
}

/// Waits until the index holds everything; how far behind it was meanwhile.
pub(super) async fn caught_up(door: Door, who: &Person) -> Result<u64> {
    let begun_ns = now_ns();
    let mut behind_max = 0;
    while now_ns() - begun_ns < INDEX_TIMEOUT_NS {
        let behind = behind(door, who).await?;
        behind_max = behind_max.max(behind);
        if behind == 0 {
            return Ok(behind_max);
        }
        tokio::time::sleep(POLL).await;
    }
    bail!("the index does not catch up")
}

async fn behind(door: Door, who: &Person) -> Result<u64> {
    let page: SearchPage = door.get("/search?q=", &who.token).await?;
    Ok(page.behind)
}

/// What came of sending.
struct Flow {
    acks: Latencies,
    sends_per_s: f64,
    behind_max: u64,
    caught_up_ns: u64,
}

/// Sends at the rate, and watches the index if there is one.
async fn send(bench: &Bench, options: &Options, server: &Server, indexed: bool) -> Result<Flow> {
    let people = usize::from(SENDERS);
    let office = Office::found(server, people).await?;
    let channel = office.open_channel("Everybody", &office.people[..2]).await?;
    let mut channels = vec![channel];
    for (n, person) in office.people.iter().enumerate().skip(1) {
        let pair = [person.clone(), office.people[(n + 1) % people].clone()];
        channels.push(office.open_channel(&format!("Room {n}"), &pair).await?);
    }
    let since = office.head().await?;
    let random = Random::new(bench.seed, 1);
    let start_ns = now_ns() + 100 * MS_NS;
    let rate = f64::from(options.rate) / f64::from(SENDERS);
    let senders = office.seats(people).into_iter().enumerate().map(|(n, seat)| {
        let channels = [channels[n]].into();
        let poster = Poster { channels, salt: bench.seed as u32, text_bytes: 100 };
        let id = u16::try_from(n).unwrap_or(u16::MAX);
        let pace = Pace::Schedule(Arrivals::new(random, start_ns, rate));
        Sender::new(id, seat, poster, pace, since)
    });
    let over = Arc::new(AtomicBool::new(false));
    let watch = async {
        let mut behind_max = 0;
        while indexed && !over.load(Relaxed) {
            behind_max = behind_max.max(behind(office.door, &office.people[0]).await?);
            tokio::time::sleep(POLL).await;
        }
        Ok::<_, anyhow::Error>(behind_max)
    };
    let sending = async {
        let run =
            chat::run(office.door, senders.collect(), options.seconds, Some(server.pid())).await;
        over.store(true, Relaxed);
        run
    };
    let (run, behind_max) = tokio::try_join!(sending, watch)?;
    let ended_ns = now_ns();
    if indexed {
        caught_up(office.door, &office.people[0]).await?;
    }
    let (sends_per_s, caught_up_ns) = (run.sends_per_s(), now_ns() - ended_ns);
    Ok(Flow { acks: run.latencies, sends_per_s, behind_max, caught_up_ns })
}

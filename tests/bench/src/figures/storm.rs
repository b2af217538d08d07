//! How fast everybody is back after a restart, and whether somebody missed something.
//!
//! `sessions` sockets of `people` people sit in `channels` private channels; somebody who is in all
//! of them posts `rate` messages per second on a schedule all the time, to each channel in turn. In
//! turn hearthd is stopped gracefully and killed, and started again. Everybody waits until it
//! listens, and then connects at the same instant, resuming after the last event they saw. A session
//! is back when it had its `hello` and the last event that is for it up to the head that `hello`
//! named. `seconds` is from starting the program until the last is back, so the start itself counts;
//! of several rounds it is the slowest.
//!
//! The poster is let in just before the crowd, so that the whole storm is seen through its eyes:
//! `send_p99_ms` is over the posts due from the moment the crowd is let in until the last is back,
//! and at least a second. Posts due while nobody listened can't be fast and are counted apart, in
//! `outage_ms_max`. In the end every session has to have every message of its channel once.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed};
use std::time::Duration;

use anyhow::{Result, bail};
use clap::Args;
use serde::Serialize;
use tokio::net::TcpStream;
use tokio::sync::watch;

use crate::clock::{MS_NS, SECOND_NS, ms, now_ns};
use crate::figures::Bench;
use crate::incoming::Incoming;
use crate::load::arrivals::{Arrivals, Random};
use crate::load::crowd::{Crowd, Listener, Spread, wait_until};
use crate::load::latencies::Latencies;
use crate::load::sender::{Pace, Sender, Senders};
use crate::machine::raise_descriptor_limit;
use crate::mark::{Mark, Poster};
use crate::office::{Office, Person};
use crate::report::Report;
use crate::server::{Ending, Server};

const OPEN_LIMIT_S: u64 = 60;
const RESUME_LIMIT_S: u64 = 60;
const DRAIN_S: u64 = 60;
const STEADY: Duration = Duration::from_secs(3);
const TEXT_BYTES: usize = 100;

/// Options of `storm`.
#[derive(Clone, Debug, Args, Serialize)]
pub(crate) struct Options {
    /// Sockets that come back.
    #[arg(long, default_value_t = 3_000, value_parser = clap::value_parser!(u16).range(1..=18_000))]
    sessions: u16,
    /// People they belong to, besides the one who posts.
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u16).range(1..=59))]
    people: u16,
    /// Channels they are dealt to.
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u16).range(1..=59))]
    channels: u16,
    /// Messages posted per second meanwhile.
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=1_000))]
    rate: u32,
    /// Restarts of each kind, graceful and kill -9.
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..=50))]
    rounds: u32,
}

#[derive(Debug, Serialize)]
struct Fields {
    seconds: f64,
    missed: u64,
    duplicated: u64,
    send_p99_ms: f64,
    send_p50_ms: f64,
    send_max_ms: f64,
    sends: u64,
    graceful_seconds: f64,
    kill_seconds: f64,
    /// From letting the crowd in.
    storm_seconds: f64,
    outage_ms_max: f64,
    resets: u64,
    refused_connections: u64,
    /// Sockets that were opened again although nobody took the server away.
    reopened: u64,
    messages: u32,
}

/// Who is back, of one round.
#[derive(Debug, Default)]
struct Back {
    /// Sessions that had their `hello`.
    greeted: AtomicUsize,
    /// When the last `hello` or replayed event came.
    last_ns: AtomicU64,
}

#[derive(Debug)]
struct Session {
    since: u64,
    /// The head that the last `hello` named: events up to here are the replay.
    head: u64,
    /// Which of the channels' turns it sees.
    turn: u32,
    /// A bit for each message seen.
    seen: Vec<u64>,
    duplicated: u64,
    back: Arc<Back>,
}

impl Session {
    fn see(&mut self, n: u32) {
        let (word, bit) = (n as usize / 64, 1_u64 << (n % 64));
        if self.seen.len() <= word {
            self.seen.resize(word + 1, 0);
        }
        self.duplicated += u64::from(self.seen[word] & bit != 0);
        self.seen[word] |= bit;
    }

    /// How many of the first `messages` it should have seen and did not.
    fn missed(&self, messages: u32, channels: u32) -> u64 {
        let own = (self.turn..messages).step_by(channels as usize);
        let seen = |n: u32| self.seen.get(n as usize / 64).is_some_and(|w| w >> (n % 64) & 1 == 1);
        own.filter(|n| !seen(*n)).count() as u64
    }
}

impl Listener for Session {
    fn since(&self) -> u64 {
        self.since
    }

    fn hear(&mut self, incoming: &Incoming<'_>) {
        match *incoming {
            Incoming::Hello { head } => {
                self.head = head;
                self.back.greeted.fetch_add(1, Relaxed);
                self.back.last_ns.fetch_max(now_ns(), Relaxed);
            }
            Incoming::Event { seq, bytes } => {
                self.since = seq;
                if let Some(mark) = Mark::find(bytes) {
                    self.see(mark.ticket.n);
                }
                if seq <= self.head {
                    self.back.last_ns.fetch_max(now_ns(), Relaxed);
                }
            }
            // What lies before it counts as missed.
            Incoming::Reset { head } => self.since = head,
            _ => {}
        }
    }
}

/// A restart and what followed.
#[derive(Clone, Copy, Debug)]
struct Round {
    ending: Ending,
    started_ns: u64,
    let_in_ns: u64,
    back_ns: u64,
}

impl Round {
    /// The posts whose latency counts: due in the storm, and at least for a second.
    fn storm(&self) -> std::ops::Range<u64> {
        self.let_in_ns..self.back_ns.max(self.let_in_ns + SECOND_NS)
    }
}

/// Measures `storm`.
pub(crate) async fn measure(bench: &Bench, options: &Options) -> Result<Report> {
    raise_descriptor_limit(u64::from(options.sessions) + 200)?;
    let server = Server::start(&bench.program).await?;
    let office = Office::found(&server, usize::from(options.people) + 1).await?;
    let channels = usize::from(options.channels.min(options.people));
    let poster_seat = office.seats(1).remove(0);
    let mut rooms = Vec::new();
    for turn in 0..channels {
        let own = office.people.iter().skip(1 + turn).step_by(channels);
        let members: Vec<Person> = office.people.iter().take(1).chain(own).cloned().collect();
        rooms.push(office.open_channel(&format!("Room {turn}"), &members).await?);
    }
    let since = office.head().await?;
    let poster = Poster { channels: rooms.into(), salt: bench.seed as u32, text_bytes: TEXT_BYTES };
    let back = Arc::new(Back::default());
    let people = usize::from(options.people);
    let session = |n: usize| Session {
        since,
        head: 0,
        turn: (n % people % channels) as u32,
        seen: Vec::new(),
        duplicated: 0,
        back: back.clone(),
    };
    let seats = Office::seats_of(&office.people[1..], usize::from(options.sessions));
    let (gate, crowd_gate) = watch::channel(true);
    let (poster_gate, poster_door) = watch::channel(true);
    let spread = Spread { threads: 1, opening_max: seats.len(), gate: crowd_gate };
    let seats = seats.into_iter().enumerate().map(|(n, seat)| (seat, session(n))).collect();
    let crowd = Crowd::start(office.door, seats, &spread)?;
    crowd.wait_held(OPEN_LIMIT_S).await?;
    let arrivals = Arrivals::new(Random::new(bench.seed, 3), now_ns(), f64::from(options.rate));
    let sender = Sender::new(0, poster_seat, poster, Pace::Schedule(arrivals), since);
    let senders = Senders::start(office.door, vec![sender], poster_door)?;
    let channels = channels as u32;
    let mut storm = Storm { server, crowd, senders, gate, poster_gate, back, channels };
    let mut rounds = Vec::new();
    for _ in 0..options.rounds {
        for ending in [Ending::Graceful, Ending::Kill] {
            rounds.push(storm.round(ending).await?);
        }
    }
    tokio::time::sleep(STEADY).await;
    Report::new("storm", options, &storm.close(&rounds).await?)
}

struct Storm {
    server: Server,
    crowd: Crowd<Session>,
    senders: Senders,
    gate: watch::Sender<bool>,
    poster_gate: watch::Sender<bool>,
    back: Arc<Back>,
    channels: u32,
}

impl Storm {
    async fn round(&mut self, ending: Ending) -> Result<Round> {
        tokio::time::sleep(STEADY).await;
        let everybody = self.crowd.tally.held.load(Relaxed);
        self.gate.send_replace(false);
        self.poster_gate.send_replace(false);
        self.server.end(ending).await?;
        let tally = self.crowd.tally.clone();
        if !wait_until(RESUME_LIMIT_S, || tally.held.load(Relaxed) == 0).await {
            bail!("sockets stand although the server is gone");
        }
        self.back.greeted.store(0, Relaxed);
        self.back.last_ns.store(0, Relaxed);
        let acked = self.senders.control.acked.load(Relaxed);
        self.server.start_again()?;
        let started_ns = self.server.started_ns;
        while TcpStream::connect(self.server.door.address()).await.is_err() {
            if now_ns() > started_ns + RESUME_LIMIT_S * SECOND_NS {
                bail!("the server does not listen again");
            }
            tokio::time::sleep(Duration::from_micros(500)).await;
        }
        self.poster_gate.send_replace(true);
        let control = self.senders.control.clone();
        if !wait_until(RESUME_LIMIT_S, || control.acked.load(Relaxed) > acked).await {
            bail!("the poster is not let in");
        }
        let let_in_ns = now_ns();
        self.gate.send_replace(true);
        let back = self.back.clone();
        // Nothing marks the end of a replay, but a pause does; that it was whole is seen at the end.
        let all_back = || {
            let quiet_ns = now_ns().saturating_sub(back.last_ns.load(Relaxed));
            back.greeted.load(Relaxed) >= everybody && quiet_ns > 2 * SECOND_NS
        };
        if !wait_until(RESUME_LIMIT_S, all_back).await {
            let count = back.greeted.load(Relaxed);
            bail!("{count} of {everybody} are back: {}", tally.last_error());
        }
        let back_ns = self.back.last_ns.load(Relaxed);
        let round = Round { ending, started_ns, let_in_ns, back_ns };
        crate::output::note(&format!(
            "storm: {ending:?}, listening after {} ms, all back {} ms later",
            (let_in_ns - started_ns) / MS_NS,
            (back_ns - let_in_ns) / MS_NS
        ));
        Ok(round)
    }

    async fn close(self, rounds: &[Round]) -> Result<Fields> {
        let senders = self.senders.finish(DRAIN_S).await?;
        let messages = senders.iter().map(Sender::posted).sum::<u32>();
        // The last deliveries follow within milliseconds; a session that lags gets a moment.
        tokio::time::sleep(STEADY).await;
        let opened = self.crowd.tally.opened.load(Relaxed);
        let resets = self.crowd.tally.resets.load(Relaxed);
        let refused_connections = self.crowd.tally.refused.load(Relaxed);
        let sessions = self.crowd.stop()?;
        let expected_opens = sessions.len() as u64 * (1 + rounds.len() as u64);
        let (mut sends, mut outage_ns) = (Latencies::new()?, 0);
        for acked in senders.iter().flat_map(|sender| &sender.acked) {
            let took_ns = acked.acked_ns - acked.due_ns;
            if rounds.iter().any(|round| round.storm().contains(&acked.due_ns)) {
                sends.add(took_ns);
            } else {
                outage_ns = outage_ns.max(took_ns);
            }
        }
        let slowest = |of: &dyn Fn(&Round) -> Option<u64>| {
            ms(rounds.iter().filter_map(of).max().unwrap_or_default()) / 1e3
        };
        let whole = |round: &Round| round.back_ns - round.started_ns;
        let only = |ending| move |round: &Round| (round.ending == ending).then(|| whole(round));
        Ok(Fields {
            seconds: slowest(&|round| Some(whole(round))),
            missed: sessions.iter().map(|s| s.missed(messages, self.channels)).sum(),
            duplicated: sessions.iter().map(|session| session.duplicated).sum(),
            send_p99_ms: sends.percentile_ms(99.0),
            send_p50_ms: sends.percentile_ms(50.0),
            send_max_ms: sends.max_ms(),
            sends: sends.count(),
            graceful_seconds: slowest(&only(Ending::Graceful)),
            kill_seconds: slowest(&only(Ending::Kill)),
            storm_seconds: slowest(&|round| Some(round.back_ns - round.let_in_ns)),
            outage_ms_max: ms(outage_ns),
            resets,
            refused_connections,
            reopened: opened.saturating_sub(expected_opens),
            messages,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_counts_each_message_of_its_channel_once() {
        let back = Arc::new(Back::default());
        let seen = Vec::new();
        let mut session =
            Session { since: 5, head: 0, turn: 1, seen, duplicated: 0, back: back.clone() };
        session.hear(&Incoming::Hello { head: 7 });
        session.hear(&Incoming::Event { seq: 6, bytes: b"hb.0.1.1." });
        let replayed_ns = back.last_ns.load(Relaxed);
        session.hear(&Incoming::Event { seq: 8, bytes: b"hb.0.71.1." });
        session.hear(&Incoming::Event { seq: 9, bytes: b"hb.0.71.1." });
        assert_eq!((back.greeted.load(Relaxed), session.duplicated, session.since()), (1, 1, 9));
        assert_eq!(back.last_ns.load(Relaxed), replayed_ns, "live events are no replay");
        // Of 0 to 71, every tenth from 1 on is for it: eight, of which it saw two.
        assert_eq!(session.missed(72, 10), 6);
    }
}

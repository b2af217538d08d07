//! Sockets that post.
//!
//! A sender never gives a message up: what is not acknowledged when a socket ends is sent again,
//! with the same nonce and text, on the next one. So whatever was acknowledged must be in the
//! history exactly once, and whatever was not, at most once.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use anyhow::{Result, bail};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::clock::{now_ns, wall_ms};
use crate::http::Door;
use crate::incoming::Incoming;
use crate::load::arrivals::Arrivals;
use crate::load::crowd::Tally;
use crate::load::thread::LoadThread;
use crate::mark::{Mark, Poster, Ticket};
use crate::socket::{Flow, Inbox, Seat, Socket};

const TICK: Duration = Duration::from_millis(1);
/// More refusals than this end a run: they are the answer, not noise.
const REFUSALS_MAX: u32 = 1_000;

/// When a sender posts.
#[derive(Clone, Debug)]
pub(crate) enum Pace {
    /// As fast as acknowledgements come, with so many outstanding.
    Window(usize),
    /// On a schedule, whatever the server does.
    Schedule(Arrivals),
    /// So many messages ahead of what a crowd of sockets has received on average.
    Ahead { messages: u64, sockets: u64, crowd: Arc<Tally> },
}

/// What all senders share with whoever drives the load.
#[derive(Debug)]
pub(crate) struct Control {
    /// Acknowledgements so far.
    pub(crate) acked: AtomicU64,
    /// Posts so far, repeated ones once.
    pub(crate) posted: AtomicU64,
    /// No new posts any more: wait for what is outstanding and end.
    pub(crate) quiet: AtomicBool,
    /// Shut while the server is away.
    pub(crate) gate: watch::Receiver<bool>,
}

/// An acknowledged message.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Acked {
    pub(crate) n: u32,
    pub(crate) due_ns: u64,
    pub(crate) acked_ns: u64,
}

/// One sender and its book.
#[derive(Debug)]
pub(crate) struct Sender {
    pub(crate) id: u16,
    seat: Seat,
    poster: Poster,
    pace: Pace,
    next: u32,
    outstanding: BTreeMap<u32, Outstanding>,
    pub(crate) acked: Vec<Acked>,
    since: u64,
    refusals: u32,
    refusal: Option<String>,
}

#[derive(Clone, Copy, Debug)]
struct Outstanding {
    due_ns: u64,
    at_ms: u64,
}

impl Sender {
    /// A sender that has posted nothing. It takes no notice of what happened up to `since`.
    pub(crate) fn new(id: u16, seat: Seat, poster: Poster, pace: Pace, since: u64) -> Self {
        Self {
            id,
            seat,
            poster,
            pace,
            next: 0,
            outstanding: BTreeMap::new(),
            acked: Vec::new(),
            since,
            refusals: 0,
            refusal: None,
        }
    }

    /// How many messages it has posted.
    pub(crate) fn posted(&self) -> u32 {
        self.next
    }

    /// Posts over as many sockets as it takes until it is quiet and all is acknowledged.
    async fn run(&mut self, door: Door, control: &Control) -> Result<()> {
        let mut gate = control.gate.clone();
        while gate.wait_for(|open| *open).await.is_ok() {
            match Socket::open(door, &self.seat, self.since).await {
                Ok((socket, inbox)) => {
                    if self.serve(&socket, inbox, control).await? == Served::Done {
                        return Ok(());
                    }
                }
                // The server may just be going away; the gate tells.
                Err(_) => tokio::time::sleep(Duration::from_millis(20)).await,
            }
        }
        Ok(())
    }

    async fn serve(
        &mut self,
        socket: &Socket,
        mut inbox: Inbox,
        control: &Control,
    ) -> Result<Served> {
        let mut out = Vec::new();
        for (n, Outstanding { due_ns, at_ms }) in &self.outstanding {
            let ticket = Ticket { sender: self.id, n: *n };
            self.poster.write(&mut out, Mark { ticket, due_ns: *due_ns }, *at_ms);
        }
        loop {
            let quiet = control.quiet.load(Relaxed);
            if quiet && self.outstanding.is_empty() {
                return Ok(Served::Done);
            }
            if !quiet {
                let before = self.next;
                self.fill(&mut out, control);
                control.posted.fetch_add(u64::from(self.next - before), Relaxed);
            }
            if !out.is_empty() {
                if socket.send(&out).await.is_err() {
                    return Ok(Served::Lost);
                }
                out.clear();
            }
            let acked_before = self.acked.len();
            let flow = self.listen(socket, &mut inbox).await;
            control.acked.fetch_add((self.acked.len() - acked_before) as u64, Relaxed);
            if self.refusals > REFUSALS_MAX {
                bail!("refused: {}", self.refusal.as_deref().unwrap_or_default());
            }
            if !matches!(flow, Ok(Flow::Open)) {
                return Ok(Served::Lost);
            }
        }
    }

    /// Appends the posts that are due.
    fn fill(&mut self, out: &mut Vec<u8>, control: &Control) {
        let now = now_ns();
        match &mut self.pace {
            Pace::Window(window) => {
                for _ in self.outstanding.len()..*window {
                    self.post(out, now);
                }
            }
            Pace::Schedule(arrivals) => {
                let mut due = Vec::new();
                while arrivals.due_ns() <= now {
                    due.push(arrivals.due_ns());
                    arrivals.advance();
                }
                for due_ns in due {
                    self.post(out, due_ns);
                }
            }
            Pace::Ahead { messages, sockets, crowd } => {
                let received = crowd.events.load(Relaxed) / (*sockets).max(1);
                let ahead = control.posted.load(Relaxed).saturating_sub(received);
                for _ in ahead..*messages {
                    self.post(out, now);
                }
            }
        }
    }

    fn post(&mut self, out: &mut Vec<u8>, due_ns: u64) {
        let ticket = Ticket { sender: self.id, n: self.next };
        let at_ms = wall_ms();
        self.poster.write(out, Mark { ticket, due_ns }, at_ms);
        self.outstanding.insert(ticket.n, Outstanding { due_ns, at_ms });
        self.next += 1;
    }

    /// Waits for frames, but not longer than the pace allows.
    async fn listen(&mut self, socket: &Socket, inbox: &mut Inbox) -> Result<Flow> {
        let wait = match &self.pace {
            Pace::Window(_) => Duration::from_millis(100),
            Pace::Schedule(arrivals) => {
                Duration::from_nanos(arrivals.due_ns().saturating_sub(now_ns())).min(TICK * 100)
            }
            Pace::Ahead { .. } => TICK,
        };
        let read = socket.read(inbox, |incoming| match incoming {
            Incoming::Posted(ticket) if ticket.sender == self.id => {
                // A repeated send may be acknowledged twice; the first one counts.
                if let Some(Outstanding { due_ns, .. }) = self.outstanding.remove(&ticket.n) {
                    self.acked.push(Acked { n: ticket.n, due_ns, acked_ns: now_ns() });
                }
            }
            Incoming::Event { seq, .. } => self.since = self.since.max(seq),
            Incoming::Reset { head } => self.since = head,
            Incoming::Refused(bytes) => {
                self.refusals += 1;
                self.refusal = Some(String::from_utf8_lossy(bytes).into_owned());
            }
            _ => {}
        });
        tokio::time::timeout(wait, read).await.unwrap_or(Ok(Flow::Open))
    }

    /// What was refused last, for a message.
    fn complaint(&self) -> &str {
        self.refusal.as_deref().unwrap_or("nothing was refused")
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Served {
    Done,
    Lost,
}

/// Running senders.
#[derive(Debug)]
pub(crate) struct Senders {
    thread: LoadThread<Vec<Sender>>,
    pub(crate) control: Arc<Control>,
}

impl Senders {
    /// Starts them all in one thread.
    pub(crate) fn start(
        door: Door,
        senders: Vec<Sender>,
        gate: watch::Receiver<bool>,
    ) -> Result<Self> {
        let control = Arc::new(Control {
            acked: AtomicU64::new(0),
            posted: AtomicU64::new(0),
            quiet: AtomicBool::new(false),
            gate,
        });
        let shared = control.clone();
        let thread =
            LoadThread::start("senders", move |stop| run_all(door, senders, shared, stop))?;
        Ok(Self { thread, control })
    }

    /// Ends the posting, waits for what is outstanding and gives the books.
    pub(crate) async fn finish(self, limit_s: u64) -> Result<Vec<Sender>> {
        self.control.quiet.store(true, Relaxed);
        crate::load::crowd::wait_until(limit_s, || self.thread.is_finished()).await;
        let senders = self.thread.stop()?;
        if let Some(sender) = senders.iter().find(|sender| !sender.outstanding.is_empty()) {
            let left = sender.outstanding.len();
            bail!("{left} posts were never acknowledged; {}", sender.complaint());
        }
        Ok(senders)
    }
}

async fn run_all(
    door: Door,
    senders: Vec<Sender>,
    control: Arc<Control>,
    stop: CancellationToken,
) -> Result<Vec<Sender>> {
    let mut tasks = JoinSet::new();
    for mut sender in senders {
        let (control, stop) = (control.clone(), stop.clone());
        tasks.spawn(async move {
            let ended = stop.run_until_cancelled(sender.run(door, &control)).await;
            ended.unwrap_or(Ok(())).map(|()| sender)
        });
    }
    tasks.join_all().await.into_iter().collect()
}

//! Many sockets that listen.
//!
//! Each has a task and a listener that sees its frames. A socket that is closed comes back as soon
//! as the gate is open, from where its listener says; whoever drives the load shuts the gate before
//! it takes the server away, and opens it for all at once.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::clock::{SECOND_NS, now_ns};
use crate::http::Door;
use crate::incoming::Incoming;
use crate::load::thread::LoadThread;
use crate::socket::{Flow, Inbox, Seat, Socket};

/// A pause after a refused connection, so that a dead server is not hammered.
const RETRY: Duration = Duration::from_millis(50);

/// Sees what one socket receives.
pub(crate) trait Listener: Send + 'static {
    /// The last place in the log it knows.
    fn since(&self) -> u64;
    /// The socket stands.
    fn opened(&mut self, _socket: &Arc<Socket>) {}
    /// A frame came.
    fn hear(&mut self, incoming: &Incoming<'_>);
}

/// What happened to a crowd so far.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    /// Sockets that have had their `hello` and stand now.
    pub(crate) held: AtomicUsize,
    /// How often a socket was opened.
    pub(crate) opened: AtomicU64,
    /// How often opening failed.
    pub(crate) refused: AtomicU64,
    /// Events received by all together.
    pub(crate) events: AtomicU64,
    /// How often a replay was given up.
    pub(crate) resets: AtomicU64,
    /// Frames that are not of the protocol.
    pub(crate) unknown: AtomicU64,
    last_error: Mutex<Option<String>>,
}

impl Tally {
    fn failed(&self, error: &anyhow::Error) {
        let mut last = self.last_error.lock().unwrap_or_else(PoisonError::into_inner);
        *last = Some(format!("{error:#}"));
    }

    /// Why a socket was last refused or closed, for a message.
    pub(crate) fn last_error(&self) -> String {
        let last = self.last_error.lock().unwrap_or_else(PoisonError::into_inner);
        last.clone().unwrap_or_else(|| "no error".to_owned())
    }
}

/// How a crowd is spread.
#[derive(Clone, Debug)]
pub(crate) struct Spread {
    pub(crate) threads: usize,
    /// Sockets of one thread that connect at the same time.
    pub(crate) opening_max: usize,
    /// Shut while the server is away.
    pub(crate) gate: watch::Receiver<bool>,
}

/// A running crowd.
#[derive(Debug)]
pub(crate) struct Crowd<L: Listener> {
    threads: Vec<LoadThread<Vec<L>>>,
    pub(crate) tally: Arc<Tally>,
    size: usize,
}

impl<L: Listener> Crowd<L> {
    /// Seats everybody.
    pub(crate) fn start(door: Door, seats: Vec<(Seat, L)>, spread: &Spread) -> Result<Self> {
        let tally = Arc::new(Tally::default());
        let size = seats.len();
        let mut parts: Vec<Vec<(Seat, L)>> = Vec::new();
        parts.resize_with(spread.threads.max(1), Vec::new);
        let count = parts.len();
        for (n, seat) in seats.into_iter().enumerate() {
            parts[n % count].push(seat);
        }
        let start = |part| {
            let row = Row {
                door,
                gate: spread.gate.clone(),
                tally: tally.clone(),
                opening: Arc::new(Semaphore::new(spread.opening_max.max(1))),
            };
            LoadThread::start("crowd", move |stop| row.run(part, stop))
        };
        let threads = parts.into_iter().map(start).collect::<Result<_>>()?;
        Ok(Self { threads, tally, size })
    }

    /// Waits until every socket stands.
    pub(crate) async fn wait_held(&self, limit_s: u64) -> Result<()> {
        let all = || self.tally.held.load(Relaxed) >= self.size;
        if wait_until(limit_s, all).await {
            return Ok(());
        }
        let held = self.tally.held.load(Relaxed);
        bail!("{held} of {} sockets stand: {}", self.size, self.tally.last_error())
    }

    /// Waits until all together received so many events.
    pub(crate) async fn wait_events(&self, events: u64, limit_s: u64) -> Result<()> {
        if wait_until(limit_s, || self.tally.events.load(Relaxed) >= events).await {
            return Ok(());
        }
        let came = self.tally.events.load(Relaxed);
        bail!("{came} of {events} deliveries came in time: {}", self.tally.last_error())
    }

    /// Closes all sockets and gives the listeners back, in no order.
    pub(crate) fn stop(self) -> Result<Vec<L>> {
        let mut listeners = Vec::with_capacity(self.size);
        for thread in self.threads {
            listeners.extend(thread.stop()?);
        }
        Ok(listeners)
    }
}

/// Looks every millisecond whether something is so; false when it is not in time.
pub(crate) async fn wait_until(limit_s: u64, mut done: impl FnMut() -> bool) -> bool {
    let end_ns = now_ns() + limit_s * SECOND_NS;
    while !done() {
        if now_ns() > end_ns {
            return false;
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    true
}

/// The part of a crowd that one thread serves.
#[derive(Clone, Debug)]
struct Row {
    door: Door,
    gate: watch::Receiver<bool>,
    tally: Arc<Tally>,
    opening: Arc<Semaphore>,
}

impl Row {
    async fn run<L: Listener>(
        self,
        seats: Vec<(Seat, L)>,
        stop: CancellationToken,
    ) -> Result<Vec<L>> {
        let mut tasks = JoinSet::new();
        for (seat, mut listener) in seats {
            let (row, stop) = (self.clone(), stop.clone());
            tasks.spawn(async move {
                stop.run_until_cancelled(row.sit(&seat, &mut listener)).await;
                listener
            });
        }
        Ok(tasks.join_all().await)
    }

    /// Holds one socket, over restarts, until it is cancelled.
    async fn sit<L: Listener>(mut self, seat: &Seat, listener: &mut L) {
        while self.gate.wait_for(|open| *open).await.is_ok() {
            match self.open(seat, listener.since()).await {
                Ok((socket, inbox)) => self.stay(socket, inbox, listener).await,
                Err(error) => {
                    self.tally.refused.fetch_add(1, Relaxed);
                    self.tally.failed(&error);
                    tokio::time::sleep(RETRY).await;
                }
            }
        }
    }

    async fn open(&self, seat: &Seat, since: u64) -> Result<(Socket, Inbox)> {
        let _turn = self.opening.acquire().await.context("closed")?;
        Socket::open(self.door, seat, since).await
    }

    async fn stay<L: Listener>(&self, socket: Socket, mut inbox: Inbox, listener: &mut L) {
        let tally = &self.tally;
        let socket = Arc::new(socket);
        let mut greeted = false;
        tally.opened.fetch_add(1, Relaxed);
        listener.opened(&socket);
        loop {
            let mut events = 0;
            let read = socket.read(&mut inbox, |incoming| {
                match incoming {
                    Incoming::Event { .. } => events += 1,
                    Incoming::Hello { .. } if !greeted => {
                        greeted = true;
                        tally.held.fetch_add(1, Relaxed);
                    }
                    Incoming::Reset { .. } => {
                        tally.resets.fetch_add(1, Relaxed);
                    }
                    Incoming::Unknown => {
                        tally.unknown.fetch_add(1, Relaxed);
                    }
                    _ => {}
                }
                listener.hear(&incoming);
            });
            let flow = read.await;
            tally.events.fetch_add(events, Relaxed);
            match flow {
                Ok(Flow::Open) => {}
                Ok(Flow::Closed) => break,
                Err(error) => {
                    tally.failed(&error);
                    break;
                }
            }
        }
        if greeted {
            tally.held.fetch_sub(1, Relaxed);
        }
    }
}

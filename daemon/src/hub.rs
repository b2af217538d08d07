//! Live delivery. One actor owns the list of open sockets and hands each event to those it is for.
//!
//! A socket is **a cursor over the log**. It starts as a lagging reader: it reads from the log what it
//! missed, filtered by what its person may see at that moment, and from then on takes live events
//! from a queue of [`SOCKET_QUEUE`] places. When the queue is full the hub stops feeding it and marks
//! it as lagging again; nothing is buffered without limit and nothing is lost, because the log has
//! it all. An event is serialised once, whatever the number of receivers; a place in a queue is one
//! pointer.
//!
//! Budget: one delivery costs about 100 ns here; waking a socket's task is the larger part. An event
//! wakes only the sockets it is for: each channel has its own list.

mod audience;
mod presence;

use std::collections::HashSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

use hearth_domain::event::Event;
use hearth_domain::id::{ChannelId, MessageId, Seq, SessionId, UserId};
use hearth_domain::model::Role;
use hearth_store::Committed;
use hearth_wire::frame::{ClosingReason, DevicePresence, ServerFrame};
use tokio::sync::{Notify, mpsc, oneshot};
use tokio_tungstenite::tungstenite::Utf8Bytes;

use crate::tasks::Tasks;
use audience::Audience;
use presence::PresenceBoard;

/// Live frames that wait for one socket before it is dropped back to its cursor.
pub const SOCKET_QUEUE: usize = 256;
/// Commands that wait for the hub; senders wait when it is full.
const COMMAND_QUEUE: usize = 4_096;
/// How often presence changes are gathered into one frame, in milliseconds.
const PRESENCE_TICK_MS: u64 = 1_000;

/// What waits in a socket's queue.
#[derive(Debug)]
pub enum Outgoing {
    /// An event of the log.
    Event {
        /// Its place; a socket that already sent it while catching up skips it.
        seq: Seq,
        /// The frame, shared by all receivers.
        frame: Utf8Bytes,
    },
    /// Something that is not in the log.
    Ephemeral(Utf8Bytes),
}

/// Which socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SocketId(u64);

/// A socket that wants to be fed.
pub struct Registration {
    /// Whose it is.
    pub user: UserId,
    /// Their role, read together with the channels.
    pub role: Role,
    /// The session behind it.
    pub session: SessionId,
    /// The channels they are in.
    pub channels: Vec<ChannelId>,
    /// The place in the log at which role and channels were read.
    pub read_at: Seq,
    /// Where to put its frames.
    pub queue: mpsc::Sender<Arc<Outgoing>>,
    /// How the hub steers it.
    pub line: Arc<Line>,
}

/// What the hub tells a socket beside its queue.
#[derive(Debug)]
pub struct Line {
    lagging: AtomicBool,
    cut: Notify,
    reason: OnceLock<ClosingReason>,
}

impl Default for Line {
    /// A new socket has the log to read first.
    fn default() -> Self {
        Self { lagging: AtomicBool::new(true), cut: Notify::new(), reason: OnceLock::new() }
    }
}

impl Line {
    /// Whether the socket must read from the log now. Asking takes the order: events that are
    /// delivered from here on are queued again, and those before are in the log already.
    #[must_use]
    pub fn take_lagging(&self) -> bool {
        self.lagging.swap(false, Ordering::AcqRel)
    }

    /// Why the socket ends; a hub that went away without a word is restarting.
    #[must_use]
    pub fn reason(&self) -> ClosingReason {
        self.reason.get().copied().unwrap_or(ClosingReason::Restart)
    }

    fn close(&self, reason: ClosingReason) {
        // The first reason is the one that is told.
        self.reason.get_or_init(|| reason);
        self.cut.notify_one();
    }

    /// Resolves when the socket must end, even in the middle of a write to a stalled peer.
    pub async fn cut(&self) {
        self.cut.notified().await;
    }
}

/// Why a registration was not taken: something about access changed after it was read. Read again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stale;

enum Command {
    Register(Box<Registration>, oneshot::Sender<Result<Registered, Stale>>),
    Unregister(SocketId),
    Presence(SocketId, DevicePresence),
    Typing { user: UserId, channel: ChannelId, root: Option<MessageId> },
    Whisper(UserId, Box<ServerFrame>),
    CloseSessions(Vec<SessionId>, ClosingReason),
    Active(HashSet<UserId>, oneshot::Sender<HashSet<UserId>>),
    Online(ChannelId, oneshot::Sender<Vec<UserId>>),
    Count(oneshot::Sender<u64>),
}

/// What a new socket is told.
#[derive(Debug)]
pub struct Registered {
    /// Its name in the hub.
    pub id: SocketId,
    /// Who can be reached now, as a frame.
    pub presence: Utf8Bytes,
}

/// The way to the hub. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Hub {
    commands: mpsc::Sender<Command>,
}

impl Hub {
    /// Starts the hub; it lives until `tasks` stop.
    #[must_use]
    pub fn start(tasks: &Tasks, commits: mpsc::Receiver<Vec<Arc<Committed>>>) -> Self {
        let (commands, inbox) = mpsc::channel(COMMAND_QUEUE);
        let actor = Actor {
            sockets: Audience::default(),
            presence: PresenceBoard::default(),
            access_changed_at: Seq::default(),
            posted: metrics::counter!("hearth_messages_posted_total"),
        };
        tasks.spawn("hub", actor.run(inbox, commits, tasks.stop_signal()));
        Self { commands }
    }

    /// Adds a socket.
    ///
    /// # Errors
    /// [`Stale`] when its list of channels is older than the last change of access; also while the
    /// hub shuts down.
    pub async fn register(&self, registration: Registration) -> Result<Registered, Stale> {
        let (answer, answered) = oneshot::channel();
        self.send(Command::Register(Box::new(registration), answer)).await;
        answered.await.unwrap_or(Err(Stale))
    }

    /// Removes a socket.
    pub async fn unregister(&self, id: SocketId) {
        self.send(Command::Unregister(id)).await;
    }

    /// Tells whether somebody sits in front of a device.
    pub async fn presence(&self, id: SocketId, state: DevicePresence) {
        self.send(Command::Presence(id, state)).await;
    }

    /// Tells a channel that somebody is typing. The caller has the permission to post there.
    pub async fn typing(&self, user: UserId, channel: ChannelId, root: Option<MessageId>) {
        self.send(Command::Typing { user, channel, root }).await;
    }

    /// Sends a frame that is in no log to one person's open sockets.
    pub async fn whisper(&self, user: UserId, frame: ServerFrame) {
        self.send(Command::Whisper(user, Box::new(frame))).await;
    }

    /// Closes the sockets of sessions that were revoked.
    pub async fn close_sessions(&self, sessions: Vec<SessionId>, reason: ClosingReason) {
        self.send(Command::CloseSessions(sessions, reason)).await;
    }

    /// Who has a page open that gets a channel's events, and whoever lost theirs so lately that
    /// others still see them as online. The latter need not be in the channel.
    pub async fn online(&self, channel: ChannelId) -> Vec<UserId> {
        let (answer, answered) = oneshot::channel();
        self.send(Command::Online(channel, answer)).await;
        answered.await.unwrap_or_default()
    }

    /// Who of these people sits in front of a device.
    pub async fn active(&self, users: HashSet<UserId>) -> HashSet<UserId> {
        let (answer, answered) = oneshot::channel();
        self.send(Command::Active(users, answer)).await;
        answered.await.unwrap_or_default()
    }

    /// How many sockets are open.
    pub async fn socket_count(&self) -> u64 {
        let (answer, answered) = oneshot::channel();
        self.send(Command::Count(answer)).await;
        answered.await.unwrap_or_default()
    }

    /// Commands that wait for their turn.
    #[must_use]
    pub fn queue_commands(&self) -> usize {
        self.commands.max_capacity() - self.commands.capacity()
    }

    async fn send(&self, command: Command) {
        // The hub ends only at shutdown, when every socket is told to close anyway.
        if self.commands.send(command).await.is_err() {
            tracing::debug!("the hub has ended");
        }
    }
}

struct Actor {
    sockets: Audience,
    presence: PresenceBoard,
    access_changed_at: Seq,
    posted: metrics::Counter,
}

impl Actor {
    async fn run(
        mut self,
        mut inbox: mpsc::Receiver<Command>,
        mut commits: mpsc::Receiver<Vec<Arc<Committed>>>,
        stop: tokio_util::sync::CancellationToken,
    ) {
        let mut tick = tokio::time::interval(std::time::Duration::from_millis(PRESENCE_TICK_MS));
        loop {
            tokio::select! {
                biased;
                () = stop.cancelled() => break,
                Some(batch) = commits.recv() => {
                    for committed in batch {
                        self.deliver(&committed);
                    }
                }
                Some(command) = inbox.recv() => self.obey(command),
                _ = tick.tick() => self.publish_presence(),
                else => break,
            }
        }
        self.sockets.close_all(ClosingReason::Restart);
    }

    fn obey(&mut self, command: Command) {
        match command {
            Command::Register(registration, answer) => {
                let answered = self.register(*registration);
                if let Err(Ok(Registered { id, .. })) = answer.send(answered) {
                    self.unregister(id);
                }
            }
            Command::Unregister(id) => self.unregister(id),
            Command::Presence(id, state) => {
                if let Some(user) = self.sockets.user_of(id) {
                    self.presence.device(user, id, state);
                }
            }
            Command::Typing { user, channel, root } => {
                if let Some(frame) = encode(&ServerFrame::Typing { channel, root, user }) {
                    let note = Arc::new(Outgoing::Ephemeral(frame));
                    self.sockets.to_channel(channel, &note, Some(user));
                }
            }
            Command::Whisper(user, frame) => {
                if let Some(frame) = encode(&frame) {
                    self.sockets.to_user(user, &Arc::new(Outgoing::Ephemeral(frame)));
                }
            }
            Command::CloseSessions(sessions, reason) => {
                self.sockets.close_where(reason, |socket| sessions.contains(&socket.session));
            }
            Command::Online(channel, answer) => {
                let there = self.sockets.in_channel(channel).chain(self.presence.leaving());
                // Whoever asked and went away needs no answer.
                drop(answer.send(there.collect()));
            }
            Command::Active(users, answer) => {
                let active = users.into_iter().filter(|user| self.presence.is_active(*user));
                drop(answer.send(active.collect()));
            }
            Command::Count(answer) => drop(answer.send(self.sockets.len())),
        }
    }

    fn register(&mut self, registration: Registration) -> Result<Registered, Stale> {
        if registration.read_at < self.access_changed_at {
            return Err(Stale);
        }
        let user = registration.user;
        let id = self.sockets.add(registration);
        self.presence.device(user, id, DevicePresence::Active);
        let presence = encode(&ServerFrame::Presence { people: self.presence.everybody() });
        Ok(Registered { id, presence: presence.unwrap_or_default() })
    }

    fn unregister(&mut self, id: SocketId) {
        if let Some(user) = self.sockets.remove(id) {
            self.presence.gone(user, id);
        }
    }

    fn deliver(&mut self, committed: &Committed) {
        if matches!(committed.event, Event::MessagePosted(_)) {
            self.posted.increment(1);
        }
        if committed.event.changes_access() {
            self.access_changed_at = committed.seq;
            self.sockets.follow_access(&committed.event);
        }
        let frame = event_frame(committed);
        self.sockets.deliver(committed.scope, committed.seq, frame);
    }

    fn publish_presence(&mut self) {
        metrics::gauge!("hearth_sockets").set(self.sockets.len() as f64);
        while let Some(people) = self.presence.changes() {
            if let Some(frame) = encode(&ServerFrame::Presence { people }) {
                self.sockets.to_all(&Arc::new(Outgoing::Ephemeral(frame)));
            }
        }
    }
}

/// A frame as text; a frame of ours always serialises.
#[must_use]
pub fn encode(frame: &ServerFrame) -> Option<Utf8Bytes> {
    serde_json::to_string(frame)
        .inspect_err(|error| tracing::error!(%error, "a server frame did not serialise"))
        .ok()
        .map(Utf8Bytes::from)
}

/// The `event` frame of a log entry. The payload is put in as it was stored, so that an event is
/// serialised once in its life, and a kind that this build does not know still reaches clients that do.
#[must_use]
pub fn event_frame(committed: &Committed) -> Utf8Bytes {
    event_text(committed.seq, committed.at.as_ms(), committed.actor, &committed.payload)
}

/// The `event` frame for the parts of a log entry.
#[must_use]
pub fn event_text(seq: Seq, at_ms: u64, actor: UserId, payload: &str) -> Utf8Bytes {
    format!(r#"{{"t":"event","seq":{seq},"at":{at_ms},"actor":"{actor}","event":{payload}}}"#)
        .into()
}

/// Puts a frame into a socket's queue, or marks the socket as lagging.
fn feed(queue: &mpsc::Sender<Arc<Outgoing>>, line: &Line, note: &Arc<Outgoing>) {
    let is_event = matches!(**note, Outgoing::Event { .. });
    if is_event && line.lagging.load(Ordering::Acquire) {
        return;
    }
    if queue.try_send(Arc::clone(note)).is_err() && is_event {
        line.lagging.store(true, Ordering::Release);
    }
}

//! The client socket: `GET /api/v1/socket?since=<seq>`.
//!
//! One task per socket holds a cursor over the log. It reads from the log what its person may see
//! after the cursor, then live events from its queue, and goes back to the log whenever the hub had
//! to stop feeding it. Sends are answered after they are on disk; up to [`POSTS_IN_FLIGHT`] wait for
//! that at once, and while they do nothing more is read from the client.
//!
//! Memory: an idle socket must stay below 20 kB, so its buffers are small and its task is boxed
//! nowhere twice. A peer that does not take what is sent holds one write, not a growing buffer.

mod frames;
mod pace;

use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use futures_util::stream::FuturesUnordered;
use futures_util::{FutureExt, SinkExt, StreamExt};
use hearth_domain::id::Seq;
use hearth_wire::frame::{ClosingReason, ServerFrame};
use hearth_wire::limits;
use hyper::upgrade::OnUpgrade;
use serde::Deserialize;
use tokio::sync::{mpsc, watch};
use tokio::time::Instant;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use tokio_tungstenite::tungstenite::protocol::{Role, WebSocketConfig};
use tokio_tungstenite::tungstenite::{Bytes, Error, Message, Utf8Bytes};

use super::auth::Caller;
use super::connection::Connection as Stream;
use super::extract::Query;
use super::problem::{ApiError, ApiResult};
use super::serve;
use crate::app::App;
use crate::hub::{self, Line, Outgoing, Registration, SOCKET_QUEUE, SocketId, Stale};
use frames::Answer;
use pace::Pace;

type WebSocket = WebSocketStream<Stream>;

/// Sends of one socket that may wait for the disk at once.
const POSTS_IN_FLIGHT: usize = 256;
/// Live frames written in one go.
const WRITE_BATCH: usize = 64;
/// Events read from the log in one go.
const CATCH_UP_PAGE: usize = 500;
/// How long one write may wait for the peer, in milliseconds.
const WRITE_STALL_MS_MAX: u64 = 20_000;
/// Bytes gathered before they go to the kernel; a socket that was busy once keeps such a buffer.
const WRITE_BUFFER_BYTES: usize = 8 * 1024;
/// Bytes that one write may gather at the most.
const WRITE_BUFFER_BYTES_MAX: usize = 8 * 1024 * 1024;
/// How long a commit may be on disk before the end of the log is known to be there.
const ANNOUNCED_WITHIN: Duration = Duration::from_millis(100);
/// How often a registration is tried when access changes meanwhile.
const REGISTER_TRIES: usize = 100;

/// Where to resume.
#[derive(Debug, Deserialize)]
pub struct SocketQuery {
    /// The last event the client has; absent: only what happens from now on.
    since: Option<Seq>,
}

/// Opens a socket.
///
/// # Errors
/// When the caller is not signed in, or the request is not a WebSocket handshake.
pub async fn open(
    State(app): State<Arc<App>>,
    caller: Caller,
    Query(query): Query<SocketQuery>,
    mut request: Request,
) -> ApiResult<Response> {
    let accept = accept_key(request.headers())?;
    let upgrade = hyper::upgrade::on(&mut request);
    let tasks = app.tasks.clone();
    tasks.spawn("socket", async move {
        match upgraded(upgrade).await {
            Some(ws) => Box::pin(run(app, caller, query.since, ws)).await,
            None => tracing::debug!("a socket's client left during the handshake"),
        }
    });
    let headers = [
        (header::UPGRADE, HeaderValue::from_static("websocket")),
        (header::CONNECTION, HeaderValue::from_static("upgrade")),
        (header::SEC_WEBSOCKET_ACCEPT, accept),
    ];
    Ok((StatusCode::SWITCHING_PROTOCOLS, headers).into_response())
}

/// The answer to a handshake (RFC 6455, 4.2).
fn accept_key(headers: &HeaderMap) -> ApiResult<HeaderValue> {
    let has = |name: header::HeaderName, word: &str| {
        let value = headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
        value.split(',').any(|part| part.trim().eq_ignore_ascii_case(word))
    };
    let is_handshake = has(header::UPGRADE, "websocket")
        && has(header::CONNECTION, "upgrade")
        && has(header::SEC_WEBSOCKET_VERSION, "13");
    let key = headers.get(header::SEC_WEBSOCKET_KEY).filter(|_| is_handshake);
    let key = key.ok_or_else(|| ApiError::bad_request("not a WebSocket handshake"))?;
    HeaderValue::from_str(&derive_accept_key(key.as_bytes())).map_err(ApiError::internal)
}

/// The connection itself, without hyper's boxes around it.
async fn upgraded(upgrade: OnUpgrade) -> Option<WebSocket> {
    let (stream, early) = serve::reclaim(upgrade.await.ok()?).ok()?;
    let config = WebSocketConfig::default()
        .read_buffer_size(limits::SOCKET_READ_BUFFER_BYTES)
        .write_buffer_size(WRITE_BUFFER_BYTES)
        .max_write_buffer_size(WRITE_BUFFER_BYTES_MAX)
        .max_message_size(Some(limits::CLIENT_FRAME_BYTES_MAX))
        .max_frame_size(Some(limits::CLIENT_FRAME_BYTES_MAX));
    let early = early.to_vec();
    Some(WebSocket::from_partially_read(stream, early, Role::Server, Some(config)).await)
}

/// Why a socket ended.
enum End {
    /// The peer went away, or stalled.
    Gone,
    /// The server ends it and says why.
    Closing(ClosingReason),
}

impl From<Error> for End {
    fn from(_: Error) -> Self {
        Self::Gone
    }
}

struct Connection {
    app: Arc<App>,
    caller: Caller,
    ws: WebSocket,
    cursor: Seq,
    line: Arc<Line>,
    queue: mpsc::Receiver<Arc<Outgoing>>,
    id: SocketId,
    answers: FuturesUnordered<Answer>,
    pace: Pace,
    heard_at: Instant,
    typed_at: Option<Instant>,
    /// How the machine is, if the client asked for it.
    machine: Option<watch::Receiver<Option<Utf8Bytes>>>,
}

async fn run(app: Arc<App>, caller: Caller, since: Option<Seq>, mut ws: WebSocket) {
    let line = Arc::new(Line::default());
    let turn = app.arrivals.acquire().await;
    let (sender, queue) = mpsc::channel(SOCKET_QUEUE);
    let hub = app.hub.clone();
    let (id, greeting) = match register(&app, &caller, &line, sender).await {
        Ok(registered) => registered,
        Err(reason) => return closing(&mut ws, reason).await,
    };
    drop(turn);
    let now = Instant::now();
    let cursor = since.unwrap_or_else(|| app.store.head());
    let pace = Pace::new(now);
    let answers = FuturesUnordered::new();
    let mut connection = Connection {
        app,
        caller,
        ws,
        cursor,
        line,
        queue,
        id,
        answers,
        pace,
        heard_at: now,
        typed_at: None,
        machine: None,
    };
    let end = match connection.greet(greeting).await {
        Ok(()) => connection.serve().await,
        Err(end) => end,
    };
    hub.unregister(id).await;
    if let End::Closing(reason) = end {
        closing(&mut connection.ws, reason).await;
    }
}

/// Puts the socket on the hub's list, with the channels and the role as they are right now.
async fn register(
    app: &App,
    caller: &Caller,
    line: &Arc<Line>,
    queue: mpsc::Sender<Arc<Outgoing>>,
) -> Result<(SocketId, Utf8Bytes), ClosingReason> {
    let (user, session) = (caller.user, caller.session);
    for _ in 0..REGISTER_TRIES {
        let access = crate::actions::access::current(app, user, session).await;
        let access = access.map_err(|_| ClosingReason::Restart)?;
        let access = access.ok_or(ClosingReason::SignedOut)?;
        let registration = Registration {
            user,
            role: access.role,
            session,
            channels: access.channels,
            read_at: access.read_at,
            queue: queue.clone(),
            line: Arc::clone(line),
        };
        match app.hub.register(registration).await {
            Ok(registered) => return Ok((registered.id, registered.presence)),
            // The hub may be a moment ahead of what a reader sees.
            Err(Stale) => tokio::time::sleep(Duration::from_millis(2)).await,
        }
    }
    Err(ClosingReason::Restart)
}

async fn closing(ws: &mut WebSocket, reason: ClosingReason) {
    let words = async {
        if let Some(text) = hub::encode(&ServerFrame::Closing { reason }) {
            ws.send(Message::Text(text)).await?;
        }
        ws.send(Message::Close(None)).await
    };
    // A peer that does not listen is closed without a word.
    if tokio::time::timeout(Duration::from_millis(500), words).await.is_err() {
        tracing::debug!("a socket's peer took no farewell");
    }
}

/// The next frame about the machine; never where nobody asked for it.
async fn machine(watched: &mut Option<watch::Receiver<Option<Utf8Bytes>>>) -> Utf8Bytes {
    while let Some(frames) = watched {
        match frames.changed().await {
            Ok(()) => {
                let frame = frames.borrow_and_update().clone();
                if let Some(frame) = frame {
                    return frame;
                }
            }
            Err(_) => *watched = None,
        }
    }
    std::future::pending().await
}

impl Connection {
    async fn greet(&mut self, presence: Utf8Bytes) -> Result<(), End> {
        let hello = ServerFrame::Hello {
            protocol: limits::PROTOCOL_VERSION,
            version: env!("CARGO_PKG_VERSION").to_owned(),
            user: self.caller.user,
            session: self.caller.session,
            head: self.app.store.head(),
            ping_interval_ms: limits::PING_INTERVAL_MS,
        };
        let texts = hub::encode(&hello).into_iter().chain([presence]);
        self.write(texts.map(Message::Text).collect()).await?;
        if self.cursor > self.app.store.head() {
            // What it was told may be on disk and not yet announced.
            tokio::time::sleep(ANNOUNCED_WITHIN).await;
        }
        // A client that knows more than the log: the box was restored from a backup.
        let head = self.app.store.head();
        if self.cursor > head { self.reset(head).await } else { Ok(()) }
    }

    async fn serve(&mut self) -> End {
        let every = Duration::from_millis(limits::PING_INTERVAL_MS);
        let mut ping = tokio::time::interval_at(Instant::now() + every, every);
        let mut batch = Vec::new();
        loop {
            if self.line.take_lagging()
                && let Err(end) = self.catch_up().await
            {
                return end;
            }
            let step = tokio::select! {
                count = self.queue.recv_many(&mut batch, WRITE_BATCH) => match count {
                    0 => Err(End::Closing(self.line.reason())),
                    _ => self.deliver(&mut batch).await,
                },
                Some(answer) = self.answers.next(), if !self.answers.is_empty() => {
                    self.answer(answer).await
                }
                frame = self.ws.next(), if self.answers.len() < POSTS_IN_FLIGHT => {
                    self.hear(frame).await
                }
                frame = machine(&mut self.machine) => self.write(vec![Message::Text(frame)]).await,
                _ = ping.tick() => self.ping().await,
            };
            if let Err(end) = step {
                return end;
            }
            if batch.capacity() > 0 && batch.is_empty() && self.queue.is_empty() {
                batch = Vec::new();
            }
        }
    }

    /// Tells the client to start over, and goes on from the end of the log.
    async fn reset(&mut self, head: Seq) -> Result<(), End> {
        self.cursor = head;
        let reset = hub::encode(&ServerFrame::Reset { head });
        self.write(reset.into_iter().map(Message::Text).collect()).await
    }

    /// Reads from the log what this person may see after the cursor.
    async fn catch_up(&mut self) -> Result<(), End> {
        loop {
            let head = self.app.store.head();
            // A page may reach a commit that is on disk and not yet announced.
            if self.cursor >= head {
                return Ok(());
            }
            if head.0 - self.cursor.0 > limits::REPLAY_EVENTS_MAX as u64 {
                return self.reset(head).await;
            }
            let user = self.caller.user;
            let page = crate::actions::access::replay(&self.app, user, self.cursor, CATCH_UP_PAGE)
                .await
                .map_err(|_| End::Closing(ClosingReason::Restart))?;
            let frames = page.frames.into_iter().map(Message::Text).collect();
            self.write(frames).await?;
            self.cursor = page.upto;
        }
    }

    async fn deliver(&mut self, batch: &mut Vec<Arc<Outgoing>>) -> Result<(), End> {
        let mut frames = Vec::with_capacity(batch.len());
        for note in batch.drain(..) {
            match &*note {
                Outgoing::Event { seq, frame } if *seq > self.cursor => {
                    self.cursor = *seq;
                    frames.push(Message::Text(frame.clone()));
                }
                Outgoing::Event { .. } => {}
                Outgoing::Ephemeral(frame) => frames.push(Message::Text(frame.clone())),
            }
        }
        self.write(frames).await
    }

    /// Sends the answer that is ready, and with it all others that are.
    async fn answer(&mut self, first: Option<ServerFrame>) -> Result<(), End> {
        let mut ready: Vec<ServerFrame> = first.into_iter().collect();
        while let Some(Some(next)) = self.answers.next().now_or_never() {
            ready.extend(next);
        }
        let frames = ready.iter().filter_map(hub::encode).map(Message::Text).collect();
        self.write(frames).await
    }

    /// Writes frames and flushes once. Ends when the peer stalls or the hub cuts the line.
    async fn write(&mut self, frames: Vec<Message>) -> Result<(), End> {
        if frames.is_empty() {
            return Ok(());
        }
        let ws = &mut self.ws;
        let all = async {
            for frame in frames {
                ws.feed(frame).await?;
            }
            ws.flush().await
        };
        let line = Arc::clone(&self.line);
        tokio::select! {
            biased;
            written = tokio::time::timeout(Duration::from_millis(WRITE_STALL_MS_MAX), all) => {
                written.map_err(|_| End::Gone)?.map_err(End::from)
            }
            () = line.cut() => Err(End::Closing(line.reason())),
        }
    }

    async fn ping(&mut self) -> Result<(), End> {
        let silent = self.heard_at.elapsed();
        if silent > Duration::from_millis(limits::PING_INTERVAL_MS * 2 + 5_000) {
            return Err(End::Gone);
        }
        self.write(vec![Message::Ping(Bytes::new())]).await
    }
}

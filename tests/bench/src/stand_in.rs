//! A server that does nothing but answer: it shows how much of a figure is the load program's own
//! limit. It acknowledges a post at once, keeps nothing, and echoes the event to the socket it came
//! from or to everybody.

use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context, Result};
use hearth_domain::event::{Event, Posted};
use hearth_domain::id::{MessageId, Seq, SessionId, UserId};
use hearth_domain::model::Mentions;
use hearth_domain::text::MessageText;
use hearth_domain::time::Timestamp;
use hearth_wire::frame::{ClientFrame, ServerFrame};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use tokio::io::AsyncReadExt;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::http::Door;
use crate::load::thread::LoadThread;
use crate::ws;

const READ_BYTES: usize = 16 * 1024;
const ANSWER: &[u8] =
    b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n";

/// Who gets the event of a post.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Echo {
    Sender,
    Everybody,
}

/// A running stand-in.
#[derive(Debug)]
pub(crate) struct StandIn {
    thread: LoadThread<()>,
    pub(crate) door: Door,
}

impl StandIn {
    /// Listens on a free port.
    pub(crate) fn start(echo: Echo) -> Result<Self> {
        let listener = std::net::TcpListener::bind((std::net::Ipv4Addr::LOCALHOST, 0))?;
        listener.set_nonblocking(true)?;
        let door = Door { port: listener.local_addr()?.port() };
        let work = move |stop: CancellationToken| async move {
            let serving = serve(TcpListener::from_std(listener)?, echo);
            stop.run_until_cancelled(serving).await.unwrap_or(Ok(()))
        };
        Ok(Self { thread: LoadThread::start("stand-in", work)?, door })
    }

    /// Ends it and tells what went wrong.
    pub(crate) fn stop(self) -> Result<()> {
        self.thread.stop()
    }
}

/// Writing halves behind async locks: who broadcasts waits for a slow reader, which here is our own.
type Peer = Arc<tokio::sync::Mutex<OwnedWriteHalf>>;

#[derive(Debug)]
struct Room {
    echo: Echo,
    seq: AtomicU64,
    peers: Mutex<Vec<Peer>>,
}

async fn serve(listener: TcpListener, echo: Echo) -> Result<()> {
    let room = Arc::new(Room { echo, seq: AtomicU64::new(1), peers: Mutex::default() });
    let mut tasks = JoinSet::new();
    loop {
        let (stream, _) = listener.accept().await?;
        // A peer that goes away ends its own task; nobody needs to know.
        tasks.spawn(attend(stream, room.clone()));
    }
}

async fn attend(stream: TcpStream, room: Arc<Room>) -> Result<()> {
    stream.set_nodelay(true)?;
    let (mut reader, mut writer) = stream.into_split();
    let mut request = Vec::new();
    while !request.ends_with(b"\r\n\r\n") {
        if reader.read_buf(&mut request).await? == 0 {
            return Ok(());
        }
    }
    let hello = ServerFrame::Hello {
        protocol: 1,
        version: "stand-in".to_owned(),
        user: UserId::from_bytes([0; 16]),
        session: SessionId::from_bytes([0; 16]),
        head: Seq(0),
        ping_interval_ms: 20_000,
    };
    let mut out = ANSWER.to_vec();
    push(&mut out, &hello)?;
    write(&mut writer, &out).await?;
    let peer = Arc::new(tokio::sync::Mutex::new(writer));
    room.peers.lock().unwrap_or_else(PoisonError::into_inner).push(peer.clone());
    talk(reader, &peer, &room).await
}

async fn talk(mut reader: OwnedReadHalf, peer: &Peer, room: &Room) -> Result<()> {
    let mut bytes = Vec::with_capacity(READ_BYTES);
    while reader.read_buf(&mut bytes).await? > 0 {
        let (mut acks, mut events, mut used) = (Vec::new(), Vec::new(), 0);
        while let Some((payload, length)) = ws::unmask(&mut bytes[used..]) {
            let frame = &bytes[used..used + length][payload];
            used += length;
            if let Ok(ClientFrame::Post { nonce, channel, text, .. }) =
                serde_json::from_slice(frame)
            {
                let seq = Seq(room.seq.fetch_add(1, Relaxed));
                let (message, at) = (MessageId::from_bytes([0; 16]), Timestamp::from_ms(1));
                push(&mut acks, &ServerFrame::Posted { nonce, message, seq, at })?;
                let text = MessageText::parse(&text).ok().context("not a text")?;
                let mentions = Mentions::default();
                let (root, files, guise) = (None, Vec::new(), None);
                let posted = Posted { message, channel, root, text, mentions, files, guise, nonce };
                let event = Box::new(Event::MessagePosted(posted));
                let actor = UserId::from_bytes([0; 16]);
                push(&mut events, &ServerFrame::Event { seq, at, actor, event })?;
            }
        }
        bytes.drain(..used);
        write(&mut *peer.lock().await, &acks).await?;
        let peers = match room.echo {
            Echo::Sender => vec![peer.clone()],
            Echo::Everybody => room.peers.lock().unwrap_or_else(PoisonError::into_inner).clone(),
        };
        for peer in peers {
            // Who has gone away gets nothing.
            drop(write(&mut *peer.lock().await, &events).await);
        }
    }
    Ok(())
}

fn push(out: &mut Vec<u8>, frame: &ServerFrame) -> Result<()> {
    ws::encode_unmasked(out, ws::TEXT, &serde_json::to_vec(frame)?);
    Ok(())
}

async fn write(writer: &mut OwnedWriteHalf, bytes: &[u8]) -> std::io::Result<()> {
    tokio::io::AsyncWriteExt::write_all(writer, bytes).await
}

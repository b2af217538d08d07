//! One client socket on tokio, as cheap as it can be made.
//!
//! Reading waits until the kernel has something and then reads into one buffer that all sockets of
//! the thread share. Writing goes through an outbox behind a lock that is never held across a wait,
//! so that a schedule on another thread may post while this one reads.

use std::cell::RefCell;
use std::io;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use tokio::net::{TcpSocket, TcpStream};

use crate::http::Door;
use crate::incoming::Incoming;
use crate::ws::{self, Parser};

/// How long the way from connecting to the upgrade may take.
const OPEN_TIMEOUT: Duration = Duration::from_secs(30);
const READ_BUFFER_BYTES: usize = 64 * 1024;
const ANSWER_BYTES_MAX: usize = 16 * 1024;

thread_local! {
    static BUFFER: RefCell<Vec<u8>> = RefCell::new(vec![0; READ_BUFFER_BYTES]);
}

/// Who connects, and from where.
#[derive(Clone, Debug)]
pub(crate) struct Seat {
    pub(crate) token: std::sync::Arc<str>,
    /// An address of 127.0.0.0/8: each has ephemeral ports of its own.
    pub(crate) source: Ipv4Addr,
}

/// Whether a socket goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Flow {
    Open,
    Closed,
}

/// A socket after the upgrade.
#[derive(Debug)]
pub(crate) struct Socket {
    stream: TcpStream,
    outbox: Mutex<Vec<u8>>,
}

/// The reading side, of which a socket has one.
#[derive(Debug, Default)]
pub(crate) struct Inbox {
    parser: Parser,
    /// What came together with the answer to the upgrade.
    early: Vec<u8>,
}

impl Socket {
    /// Connects and upgrades, to be told everything after `since`.
    pub(crate) async fn open(door: Door, seat: &Seat, since: u64) -> Result<(Self, Inbox)> {
        tokio::time::timeout(OPEN_TIMEOUT, async {
            let socket = TcpSocket::new_v4()?;
            socket.bind((IpAddr::V4(seat.source), 0).into())?;
            let stream = socket.connect(door.address()).await?;
            stream.set_nodelay(true)?;
            let socket = Self { stream, outbox: Mutex::default() };
            socket.send(&upgrade(door, &seat.token, since)).await?;
            let early = socket.read_answer().await?;
            Ok((socket, Inbox { parser: Parser::default(), early }))
        })
        .await
        .context("no upgrade in time")?
    }

    async fn read_answer(&self) -> Result<Vec<u8>> {
        let mut answer = Vec::new();
        loop {
            self.stream.readable().await?;
            match self.stream.try_read_buf(&mut answer) {
                Ok(0) => bail!("closed during the upgrade: {}", text_of(&answer)),
                Ok(_) => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => continue,
                Err(error) => return Err(error.into()),
            }
            let end = answer.windows(4).position(|four| four == b"\r\n\r\n");
            match end {
                Some(_) if !answer.starts_with(b"HTTP/1.1 101") => {
                    bail!("no upgrade: {}", text_of(&answer))
                }
                Some(end) => return Ok(answer.split_off(end + 4)),
                None if answer.len() > ANSWER_BYTES_MAX => bail!("an endless answer"),
                None => {}
            }
        }
    }

    /// Waits for the next bytes and hands on the frames in them. Pings are answered here.
    ///
    /// Dropping the future loses nothing.
    pub(crate) async fn read(
        &self,
        inbox: &mut Inbox,
        mut each: impl FnMut(Incoming<'_>),
    ) -> Result<Flow> {
        let mut flow = Flow::Open;
        let mut pongs = Vec::new();
        let mut take = |frame: ws::Frame<'_>| match frame.opcode {
            ws::TEXT => each(Incoming::read(frame.payload)),
            ws::PING => ws::encode(&mut pongs, ws::PONG, frame.payload, [1, 2, 3, 4]),
            ws::CLOSE => flow = Flow::Closed,
            _ => {}
        };
        if inbox.early.is_empty() {
            loop {
                self.stream.readable().await?;
                let read = BUFFER.with_borrow_mut(|buffer| match self.stream.try_read(buffer) {
                    Ok(count) => {
                        inbox.parser.feed(&buffer[..count], &mut take)?;
                        Ok(Some(count))
                    }
                    Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(None),
                    Err(error) => Err(anyhow::Error::from(error)),
                })?;
                match read {
                    Some(0) => return Ok(Flow::Closed),
                    Some(_) => break,
                    None => {}
                }
            }
        } else {
            inbox.parser.feed(&std::mem::take(&mut inbox.early), &mut take)?;
        }
        if !pongs.is_empty() {
            self.send(&pongs).await?;
        }
        Ok(flow)
    }

    /// Puts bytes behind what waits to be sent, and sends until all are gone.
    pub(crate) async fn send(&self, bytes: &[u8]) -> Result<()> {
        self.enqueue(bytes);
        while !self.try_flush()? {
            self.stream.writable().await?;
        }
        Ok(())
    }

    /// The same from a thread without a runtime. The kernel's buffer is far larger than what a
    /// schedule sends, so this waits only behind a server that has stopped reading.
    pub(crate) fn send_blocking(&self, bytes: &[u8]) -> Result<()> {
        self.enqueue(bytes);
        for _ in 0..1_000 {
            if self.try_flush()? {
                return Ok(());
            }
            std::thread::sleep(Duration::from_millis(1));
        }
        bail!("the server does not read")
    }

    fn enqueue(&self, bytes: &[u8]) {
        let mut outbox = self.outbox.lock().unwrap_or_else(PoisonError::into_inner);
        outbox.extend_from_slice(bytes);
    }

    /// Whether everything is gone.
    fn try_flush(&self) -> Result<bool> {
        let mut outbox = self.outbox.lock().unwrap_or_else(PoisonError::into_inner);
        let mut sent = 0;
        let end = loop {
            if sent == outbox.len() {
                break Ok(());
            }
            match self.stream.try_write(&outbox[sent..]) {
                Ok(count) => sent += count,
                Err(error) => break Err(error),
            }
        };
        outbox.drain(..sent);
        match end {
            Ok(()) => {
                // A socket at rest owns no buffer; a busy one gets it back at once.
                *outbox = Vec::new();
                Ok(true)
            }
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(false),
            Err(error) => Err(error.into()),
        }
    }
}

fn upgrade(door: Door, token: &str, since: u64) -> Vec<u8> {
    format!(
        "GET /api/v1/socket?since={since} HTTP/1.1\r\nHost: {}\r\nConnection: Upgrade\r\n\
         Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
         Sec-WebSocket-Key: aGVhcnRoLWJlbmNoLWtleQ==\r\nAuthorization: Bearer {token}\r\n\r\n",
        door.host()
    )
    .into_bytes()
}

fn text_of(answer: &[u8]) -> String {
    String::from_utf8_lossy(&answer[..answer.len().min(600)]).into_owned()
}

//! Requests to one address, one after the other, on the thread that makes a backup.
//!
//! The thread has a small runtime of its own, so that nothing of this runs where people's requests do.
//! A connection is used again until it fails. Whatever stands still for a minute has failed.

use std::future::Future;
use std::io::{self, ErrorKind, Read};
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::{Buf, Bytes};
use futures_util::FutureExt;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper::{HeaderMap, Method, Request, Response, header};
use hyper_util::rt::TokioIo;
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use tokio::net::TcpStream;
use tokio::runtime::Runtime;
use tokio_rustls::TlsConnector;
use url::Url;

use super::super::Failed;
use crate::outbound;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// How long an answer, or the next piece of one, may take.
const STILL_MAX: Duration = Duration::from_secs(60);
/// Longest answer that is read as a text: a page of a thousand names.
const TEXT_BYTES_MAX: u64 = 8 << 20;
const USER_AGENT: &str = concat!("Hearth/", env!("CARGO_PKG_VERSION"));

/// A client of one server.
pub(super) struct Http {
    host: String,
    authority: String,
    port: u16,
    tls: Option<Arc<ClientConfig>>,
    runtime: Arc<Mutex<Runtime>>,
    idle: Arc<Mutex<Option<Link>>>,
}

/// A connection. Its future moves the bytes; it runs while somebody waits for something.
struct Link {
    sender: SendRequest<Full<Bytes>>,
    moving: Moving,
}

type Moving = Pin<Box<dyn Future<Output = hyper::Result<()>> + Send>>;

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn failed(error: hyper::Error) -> io::Error {
    io::Error::new(ErrorKind::ConnectionReset, Failed(error.to_string()))
}

fn timed_out() -> io::Error {
    io::Error::new(ErrorKind::TimedOut, Failed("storage does not answer in time".to_owned()))
}

/// Waits for something while the bytes of a connection move.
async fn while_moving<T>(
    moving: &mut Moving,
    wanted: impl Future<Output = hyper::Result<T>>,
) -> io::Result<T> {
    let mut wanted = std::pin::pin!(wanted);
    let both = async {
        tokio::select! {
            biased;
            done = &mut wanted => done.map_err(failed),
            // What came before the end may still have to be taken.
            _ = moving => wanted.await.map_err(failed),
        }
    };
    tokio::time::timeout(STILL_MAX, both).await.unwrap_or_else(|_| Err(timed_out()))
}

impl Http {
    pub(super) fn new(base: &Url) -> io::Result<Self> {
        let host = base.host_str().unwrap_or_default().to_owned();
        let port = base.port_or_known_default().unwrap_or_default();
        let authority = match base.port() {
            Some(port) => format!("{host}:{port}"),
            None => host.clone(),
        };
        let secure = base.scheme() == "https";
        let tls = if secure { Some(Arc::new(outbound::client_config()?)) } else { None };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        Ok(Self {
            host,
            authority,
            port,
            tls,
            runtime: Arc::new(Mutex::new(runtime)),
            idle: Arc::default(),
        })
    }

    /// Asks for a signed address. A connection that was kept and has ended meanwhile is an error as any
    /// other; whoever asks again gets a new one.
    pub(super) fn ask(&self, method: &Method, url: &Url, body: Bytes) -> io::Result<Answer> {
        let query = url.query().map(|query| format!("?{query}")).unwrap_or_default();
        let request = Request::builder()
            .method(method)
            .uri(format!("{}{query}", url.path()))
            .header(header::HOST, &self.authority)
            .header(header::USER_AGENT, USER_AGENT)
            .body(Full::new(body))
            .map_err(io::Error::other)?;
        let kept = locked(&self.idle).take();
        let runtime = locked(&self.runtime);
        let (link, response) = runtime.block_on(async {
            let mut link = self.link(kept).await?;
            let sent = link.sender.send_request(request);
            let response = while_moving(&mut link.moving, sent).await?;
            Ok::<_, io::Error>((link, response))
        })?;
        drop(runtime);
        Ok(Answer {
            response,
            link: Some(link),
            runtime: Arc::clone(&self.runtime),
            idle: Arc::clone(&self.idle),
            piece: Bytes::new(),
        })
    }

    /// The connection that was kept, if it still works, or a new one.
    async fn link(&self, kept: Option<Link>) -> io::Result<Link> {
        if let Some(mut link) = kept
            && while_moving(&mut link.moving, link.sender.ready()).await.is_ok()
        {
            return Ok(link);
        }
        self.connect().await
    }

    async fn connect(&self) -> io::Result<Link> {
        let bare = self.host.trim_start_matches('[').trim_end_matches(']');
        let connecting = async {
            let stream = TcpStream::connect((bare, self.port)).await?;
            stream.set_nodelay(true)?;
            let Some(tls) = &self.tls else { return shake(TokioIo::new(stream)).await };
            let name = ServerName::try_from(bare.to_owned()).map_err(io::Error::other)?;
            let stream = TlsConnector::from(Arc::clone(tls)).connect(name, stream).await?;
            shake(TokioIo::new(stream)).await
        };
        let connected = tokio::time::timeout(CONNECT_TIMEOUT, connecting).await;
        connected.unwrap_or_else(|_| Err(timed_out()))
    }
}

async fn shake<S>(stream: S) -> io::Result<Link>
where
    S: hyper::rt::Read + hyper::rt::Write + Unpin + Send + 'static,
{
    let (sender, connection) = handshake(stream).await.map_err(failed)?;
    // Once it has ended, it is not asked again.
    Ok(Link { sender, moving: Box::pin(connection.fuse()) })
}

/// An answer whose body is still to come.
pub(super) struct Answer {
    response: Response<Incoming>,
    link: Option<Link>,
    runtime: Arc<Mutex<Runtime>>,
    idle: Arc<Mutex<Option<Link>>>,
    piece: Bytes,
}

impl Answer {
    pub(super) fn status(&self) -> u16 {
        self.response.status().as_u16()
    }

    pub(super) fn is_success(&self) -> bool {
        self.response.status().is_success()
    }

    pub(super) fn header(&self, name: &str) -> Option<&str> {
        let headers: &HeaderMap = self.response.headers();
        headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// Reads the rest as a text; the connection can then be used again.
    pub(super) fn finish(self) -> io::Result<String> {
        let mut text = String::new();
        self.into_reader().take(TEXT_BYTES_MAX).read_to_string(&mut text)?;
        Ok(text)
    }

    pub(super) const fn into_reader(self) -> Body {
        Body(self)
    }
}

/// The body of an answer, read as it comes.
pub(super) struct Body(Answer);

impl Read for Body {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let answer = &mut self.0;
        while answer.piece.is_empty() {
            let Some(link) = &mut answer.link else { return Ok(0) };
            let body = answer.response.body_mut();
            let next = locked(&answer.runtime)
                .block_on(while_moving(&mut link.moving, async { body.frame().await.transpose() }));
            match next {
                Ok(Some(frame)) => answer.piece = frame.into_data().unwrap_or_default(),
                Ok(None) => {
                    *locked(&answer.idle) = answer.link.take();
                    return Ok(0);
                }
                Err(error) => {
                    answer.link = None;
                    return Err(error);
                }
            }
        }
        let taken = buffer.len().min(answer.piece.len());
        answer.piece.copy_to_slice(&mut buffer[..taken]);
        Ok(taken)
    }
}

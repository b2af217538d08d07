//! The front door: accepts connections, with or without TLS, and serves HTTP/1.1 and HTTP/2 on them.
//!
//! Every connection is one task and one permit of [`LimitsConfig::connections_max`]; the permit lives
//! in the [`Connection`] itself, so that a WebSocket still holds it after the upgrade. At the limit
//! nobody is refused: newcomers wait in the kernel's queue of 4,096. A client has ten seconds for TLS
//! and its first request together, and ten for the head of each later one (Slowloris).
//!
//! Memory: hyper starts with 8 KiB each to read and to write and gives them back with the task when a
//! WebSocket leaves it. What stays of an upgraded connection here is the `Connection` (under 100
//! bytes) and the kernel's socket.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use bytes::Bytes;
use hearth_wire::limits::PING_INTERVAL_MS;
use hyper::body::{Body as _, Incoming};
use hyper::service::service_fn;
use hyper::upgrade::Upgraded;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_rustls::TlsAcceptor;
use tower::Service;

use crate::config::{LimitsConfig, Network};
use crate::http::client::{Client, Scheme};
use crate::http::connection::{Connection, Stream};
use crate::journal;
use crate::tasks::Tasks;

/// How long a client may take for its TLS handshake and the head of a request.
pub const HEADER_TIMEOUT: Duration = Duration::from_secs(10);
/// Largest head of a request, in bytes; also hyper's largest buffer. It can't be smaller.
pub const HEADER_BYTES_MAX: usize = 16 * 1024;
/// Most fields in the head of a request.
pub const HEADER_FIELDS_MAX: usize = 64;
/// Requests at the same time on one HTTP/2 connection.
pub const STREAMS_MAX: u32 = 64;
/// Connections that may be on their way to their first answer at once. When a whole office comes
/// back after a restart, the others wait in the kernel, and whoever is in already is not kept waiting
/// behind thousands of handshakes.
pub const OPENING_MAX: usize = 8;
/// A body that is longer than this comes at the client's pace: its connection is no longer opening.
const BODY_AT_ONCE_BYTES_MAX: u64 = 64 << 10;
/// How long a connection may count as one of those: a client that says nothing holds no place.
pub const OPENING_PATIENCE: Duration = Duration::from_millis(50);
/// How long a client may take nothing of what it is sent. A film that is paused for longer asks for the
/// rest by itself.
pub const STALLED_MAX: Duration = Duration::from_secs(300);
/// How long a client that connected just before a stop may take to ask; it is answered then, and not
/// sent away.
pub const LAST_ASK: Duration = Duration::from_millis(250);
/// Connections that may wait in the kernel.
pub const BACKLOG: u32 = 4_096;

/// What a front door needs besides its routes.
#[derive(Clone)]
pub struct Door {
    /// TLS, or none for plain HTTP.
    pub tls: Option<Arc<rustls::ServerConfig>>,
    /// Proxies whose forwarded headers count.
    pub trusted_proxies: Arc<[Network]>,
    /// How many connections there may be.
    pub connections_max: usize,
}

impl Door {
    /// A door in plain HTTP without proxies.
    #[must_use]
    pub fn plain(limits: &LimitsConfig) -> Self {
        Self { tls: None, trusted_proxies: Arc::new([]), connections_max: limits.connections_max }
    }
}

/// Listens on an address. Port 0 takes any free one.
///
/// # Errors
///
/// As the operating system says: the port is in use, or is a privileged one.
pub fn bind(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
    // A restart must not wait for the connections of the last run to time out.
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

/// Serves until the tasks are told to stop, then takes no more connections and lets the open ones
/// finish their requests; [`Tasks::drain`] waits for them.
pub async fn serve(listener: TcpListener, router: Router, door: Door, tasks: Tasks) {
    let permits = Arc::new(Semaphore::new(door.connections_max));
    let shared = Arc::new(Shared {
        router,
        builder: builder(&tasks),
        tls: door.tls.map(TlsAcceptor::from),
        trusted_proxies: door.trusted_proxies,
    });
    let connections = metrics::counter!("hearth_http_connections_total");
    let places = Arc::new(Semaphore::new(OPENING_MAX));
    loop {
        let accept = async {
            let place = Arc::clone(&places).acquire_owned().await.map_err(io::Error::other)?;
            let permit = Arc::clone(&permits).acquire_owned().await.map_err(io::Error::other)?;
            let (stream, peer) = listener.accept().await?;
            io::Result::Ok((stream, peer, permit, Opening::new(place)))
        };
        let accepted = tokio::select! {
            accepted = accept => accepted,
            () = tasks.stopping() => return,
        };
        match accepted {
            Ok((stream, peer, permit, opening)) => {
                connections.increment(1);
                let (shared, inner) = (Arc::clone(&shared), tasks.clone());
                tasks.spawn("connection", async move {
                    let work = shared.connection(stream, peer.ip(), (permit, &opening), inner);
                    let mut work = pin!(work);
                    tokio::select! {
                        () = work.as_mut() => return,
                        () = tokio::time::sleep(OPENING_PATIENCE) => opening.done(),
                    }
                    work.await;
                });
            }
            Err(error) if is_of_one_connection(&error) => {}
            Err(error) => {
                // Out of descriptors, most likely: closing connections will free some.
                let message_id = journal::ACCEPT_FAILED;
                tracing::warn!(message_id, %error, "can't accept connections; trying again");
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        }
    }
}

/// A connection's place among those that are on their way to their first answer.
#[derive(Clone)]
struct Opening(Arc<Mutex<Option<OwnedSemaphorePermit>>>);

impl Opening {
    fn new(place: OwnedSemaphorePermit) -> Self {
        Self(Arc::new(Mutex::new(Some(place))))
    }

    /// Gives the place to the next.
    fn done(&self) {
        drop(self.0.lock().unwrap_or_else(PoisonError::into_inner).take());
    }
}

/// The socket behind an upgraded request, and what was already read from it.
///
/// A WebSocket on it spares the two layers of boxes and locks that [`Upgraded`] has.
///
/// # Errors
///
/// The argument, when it did not come from [`serve`].
pub fn reclaim(upgraded: Upgraded) -> Result<(Connection, Bytes), Upgraded> {
    let parts = auto::upgrade::downcast::<TokioIo<Connection>>(upgraded)?;
    Ok((parts.io.into_inner(), parts.read_buf))
}

/// Makes small frames leave at once, and the kernel end a connection whose client reads nothing more.
fn prepare(stream: &TcpStream, stalled_max: Duration) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let ms = u32::try_from(stalled_max.as_millis()).map_err(io::Error::other)?;
    Ok(rustix::net::sockopt::set_tcp_user_timeout(stream, ms)?)
}

struct Shared {
    router: Router,
    builder: auto::Builder<Executor>,
    tls: Option<TlsAcceptor>,
    trusted_proxies: Arc<[Network]>,
}

impl Shared {
    async fn connection(
        self: Arc<Self>,
        stream: TcpStream,
        peer: IpAddr,
        (permit, opening): (OwnedSemaphorePermit, &Opening),
        tasks: Tasks,
    ) {
        if let Err(error) = prepare(&stream, STALLED_MAX) {
            tracing::debug!(%error, "connection was gone before it began");
            return;
        }
        let (stream, scheme) = match &self.tls {
            None => (Stream::Plain(stream), Scheme::Http),
            Some(tls) => match tokio::time::timeout(HEADER_TIMEOUT, tls.accept(stream)).await {
                Ok(Ok(stream)) => (Stream::Tls(Box::new(stream)), Scheme::Https),
                Ok(Err(error)) => return tracing::debug!(%error, "TLS handshake failed"),
                Err(_) => return tracing::debug!("TLS handshake timed out"),
            },
        };
        let connection = Connection::new(stream, permit);
        if let Err(error) =
            self.http(connection, (Peer { address: peer, scheme }, opening), &tasks).await
        {
            // Clients vanish and send nonsense all the time; it is their failure, not ours.
            tracing::debug!(error = &*error, "connection ended early");
        }
    }

    async fn http(
        &self,
        connection: Connection,
        (peer, opening): (Peer, &Opening),
        tasks: &Tasks,
    ) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
        let has_asked = Arc::new(AtomicBool::new(false));
        let service = service_fn(|mut request: hyper::Request<Incoming>| {
            has_asked.store(true, Ordering::Relaxed);
            if request.body().size_hint().lower() > BODY_AT_ONCE_BYTES_MAX {
                opening.done();
            }
            let Peer { address, scheme } = peer;
            let client = Client::of(address, scheme, request.headers(), &self.trusted_proxies);
            request.extensions_mut().insert(client);
            let (answer, opening) = (self.router.clone().call(request), opening.clone());
            async move {
                let answer = answer.await;
                opening.done();
                answer
            }
        });
        let io = TokioIo::new(connection);
        let mut connection = pin!(self.builder.serve_connection_with_upgrades(io, service));
        tokio::select! {
            ended = connection.as_mut() => return ended,
            () = tokio::time::sleep(HEADER_TIMEOUT) => {}
            () = tasks.stopping() => {}
        }
        // hyper watches the head of a request once it knows the protocol; until then, this does.
        if !has_asked.load(Ordering::Relaxed) {
            if !tasks.is_stopping() {
                return Err("no request in time".into());
            }
            if let Ok(ended) = tokio::time::timeout(LAST_ASK, connection.as_mut()).await {
                return ended;
            }
        }
        tokio::select! {
            ended = connection.as_mut() => return ended,
            () = tasks.stopping() => {}
        }
        connection.as_mut().graceful_shutdown();
        connection.await
    }
}

/// hyper with our limits. Its tasks (one per HTTP/2 request) have the same owner as ours.
fn builder(tasks: &Tasks) -> auto::Builder<Executor> {
    let mut builder = auto::Builder::new(Executor(tasks.clone()));
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADER_TIMEOUT)
        .max_headers(HEADER_FIELDS_MAX)
        .max_buf_size(HEADER_BYTES_MAX);
    builder
        .http2()
        .timer(TokioTimer::new())
        .keep_alive_interval(Duration::from_millis(PING_INTERVAL_MS))
        .keep_alive_timeout(HEADER_TIMEOUT)
        .max_concurrent_streams(STREAMS_MAX)
        .max_header_list_size(HEADER_BYTES_MAX as u32)
        .max_send_buf_size(64 * 1024);
    builder
}

#[derive(Clone, Debug)]
struct Executor(Tasks);

impl<F> hyper::rt::Executor<F> for Executor
where
    F: Future<Output = ()> + Send + 'static,
{
    fn execute(&self, future: F) {
        self.0.spawn("http2", future);
    }
}

/// Whether a failed `accept` says something of that connection only (accept(2)).
fn is_of_one_connection(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionAborted
            | io::ErrorKind::ConnectionReset
            | io::ErrorKind::ConnectionRefused
    )
}

#[derive(Clone, Copy)]
struct Peer {
    address: IpAddr,
    scheme: Scheme,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tasks::Drained;
    use axum::routing::get;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    struct Running {
        address: SocketAddr,
        tasks: Tasks,
    }

    fn start(router: Router, connections_max: usize) -> Running {
        let listener = bind(SocketAddr::from(([127, 0, 0, 1], 0))).unwrap();
        let address = listener.local_addr().unwrap();
        let tasks = Tasks::new();
        let door = Door { tls: None, trusted_proxies: Arc::new([]), connections_max };
        tasks.spawn("serve", serve(listener, router, door, tasks.clone()));
        Running { address, tasks }
    }

    #[tokio::test]
    async fn a_client_that_reads_nothing_is_let_go() {
        let listener = bind(SocketAddr::from(([127, 0, 0, 1], 0))).unwrap();
        let silent = connect(listener.local_addr().unwrap()).await;
        let (mut stream, _) = listener.accept().await.unwrap();
        prepare(&stream, Duration::from_millis(500)).unwrap();
        let filled = async {
            loop {
                stream.write_all(&[0; 65_536]).await?;
            }
        };
        let ended: io::Result<()> =
            tokio::time::timeout(Duration::from_secs(60), filled).await.unwrap();
        assert_eq!(ended.unwrap_err().kind(), io::ErrorKind::TimedOut);
        drop(silent);
    }

    fn hello() -> Router {
        let slow = || async {
            tokio::time::sleep(Duration::from_millis(300)).await;
            "slow"
        };
        let who = |client: Client| async move { client.address.to_string() };
        Router::new().route("/", get(who)).route("/slow", get(slow))
    }

    async fn connect(address: SocketAddr) -> TcpStream {
        TcpStream::connect(address).await.unwrap()
    }

    async fn ask(stream: &mut TcpStream, path: &str) -> String {
        let request = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n");
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = vec![0; 4_096];
        let length = stream.read(&mut answer).await.unwrap();
        String::from_utf8_lossy(&answer[..length]).into_owned()
    }

    async fn is_closed(stream: &mut TcpStream) -> bool {
        let mut rest = Vec::new();
        let read = tokio::time::timeout(Duration::from_secs(20), stream.read_to_end(&mut rest));
        matches!(read.await, Ok(Ok(_) | Err(_)))
    }

    #[tokio::test]
    async fn requests_know_their_client() {
        let server = start(hello(), 10);
        let answer = ask(&mut connect(server.address).await, "/").await;
        assert!(answer.starts_with("HTTP/1.1 200") && answer.ends_with("127.0.0.1"), "{answer}");
    }

    #[tokio::test]
    async fn a_drain_lets_requests_finish_and_closes_idle_connections() {
        let server = start(hello(), 10);
        let mut idle = connect(server.address).await;
        ask(&mut idle, "/").await;
        let silent = connect(server.address).await;
        let mut busy = connect(server.address).await;
        let stopper = server.tasks.clone();
        let (answer, ()) = tokio::join!(ask(&mut busy, "/slow"), async {
            tokio::time::sleep(Duration::from_millis(100)).await;
            stopper.stop();
        });
        assert!(answer.ends_with("slow"), "{answer}");
        assert_eq!(server.tasks.drain(Duration::from_secs(5)).await, Drained::All);
        assert!(is_closed(&mut idle).await);
        drop(silent);
        assert!(TcpStream::connect(server.address).await.is_err());
    }

    #[tokio::test]
    async fn at_the_limit_newcomers_wait() {
        let server = start(hello(), 1);
        let mut first = connect(server.address).await;
        ask(&mut first, "/").await;
        let mut second = connect(server.address).await;
        let waiting = tokio::time::timeout(Duration::from_millis(100), ask(&mut second, "/"));
        assert!(waiting.await.is_err());
        drop(first);
        let mut answer = [0; 12];
        second.read_exact(&mut answer).await.unwrap();
        assert_eq!(&answer, b"HTTP/1.1 200");
    }

    #[tokio::test]
    async fn a_head_that_is_too_large_is_refused() {
        let server = start(hello(), 10);
        let mut stream = connect(server.address).await;
        let path = format!("/?{}", "a".repeat(HEADER_BYTES_MAX));
        let answer = ask(&mut stream, &path).await;
        assert!(answer.starts_with("HTTP/1.1 4"), "{answer}");
    }

    #[tokio::test]
    async fn slow_clients_are_let_go() {
        let server = start(hello(), 10);
        let mut dripping = Vec::new();
        // Silent; ambiguous between HTTP/1 and 2; a head without its end.
        for start in ["", "P", "GET / HTTP/1.1\r\nHost: loc"] {
            let mut stream = connect(server.address).await;
            stream.write_all(start.as_bytes()).await.unwrap();
            dripping.push(stream);
        }
        for stream in &mut dripping {
            assert!(is_closed(stream).await);
        }
        server.tasks.stop();
        assert_eq!(server.tasks.drain(Duration::from_secs(1)).await, Drained::All);
    }

    #[tokio::test]
    async fn an_upgrade_gives_the_socket_back_with_its_permit() {
        let tasks = Tasks::new();
        let inner = tasks.clone();
        let upgrade = move |request: axum::extract::Request| async move {
            inner.spawn("echo", async move {
                let upgraded = hyper::upgrade::on(request).await.unwrap();
                let (mut socket, early) = reclaim(upgraded).unwrap();
                socket.write_all(&early).await.unwrap();
                let mut byte = [0; 1];
                socket.read_exact(&mut byte).await.unwrap();
                socket.write_all(&byte).await.unwrap();
                socket.shutdown().await.unwrap();
            });
            let headers = [("connection", "upgrade"), ("upgrade", "echo")];
            (axum::http::StatusCode::SWITCHING_PROTOCOLS, headers)
        };
        let server = start(Router::new().route("/", get(upgrade)), 1);
        let mut stream = connect(server.address).await;
        let request =
            "GET / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: echo\r\n\r\nearly";
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        while !answer.ends_with(b"early") {
            assert_ne!(stream.read_buf(&mut answer).await.unwrap(), 0);
        }
        // The permit is still held: nobody else gets in.
        let mut second = connect(server.address).await;
        let ask_second = tokio::time::timeout(Duration::from_millis(100), ask(&mut second, "/"));
        assert!(ask_second.await.is_err());
        stream.write_all(b"x").await.unwrap();
        assert_eq!(stream.read_u8().await.unwrap(), b'x');
        assert!(is_closed(&mut stream).await);
    }
}

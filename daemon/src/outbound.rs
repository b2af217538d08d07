//! The one client for requests that leave the box: webhooks, slash commands, link cards, web push.
//!
//! Others choose where these go: a person types a URL, a page redirects, a name server answers. So
//! every request is bounded by its [`Purpose`] in time, bytes and number, and goes only where the
//! [`AddressPolicy`] permits. The name is resolved here, each address is checked, and the connection
//! is made to an address that was checked: a name that answers differently the next time gains
//! nothing. A redirect is a new request by the same rules, at most [`Limits::redirects_max`] of them,
//! only for GET, and never from https to http. No proxy is taken from the environment, no cookie is
//! kept, no connection is shared or kept open. The answer's body is not decompressed (`identity` is
//! asked for), so a bomb is as large as it looks.
//!
//! ```text
//! outbound.get(Purpose::Card, &url.parse()?).await  ->  Answer { target, status, headers, body }
//! outbound.send(Purpose::Hook, Call::post(target, vec![("content-type", kind)], body)).await
//! ```

mod address;
mod exchange;
mod target;
#[cfg(test)]
mod tests;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use hyper::HeaderMap;
use rustls::ClientConfig;
use tokio::sync::{OnceCell, Semaphore};

pub(crate) use exchange::client_config;

pub use address::{AddressPolicy, Allowed, NotAllowable, is_public};
pub use target::{Target, URL_BYTES_MAX, UrlRefused};

use crate::tasks::Tasks;

/// How long a request waits for its turn.
const TURN_WAIT: Duration = Duration::from_secs(5);
/// Addresses of one name that are tried, one after the other.
const ADDRESSES_MAX: usize = 4;
/// How long one address may take to answer the knock.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);
/// Longest head of an answer, in bytes.
const HEAD_BYTES_MAX: usize = 16 * 1024;
/// Most headers of an answer.
const HEADERS_MAX: usize = 64;

/// What a request is for. Each has its own places, so that slow pages don't hold up hooks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// To deliver an outgoing webhook.
    Hook,
    /// To run a slash command, while a person waits.
    Command,
    /// To look at a page that somebody linked to.
    Card,
    /// To wake a browser.
    Push,
}

/// How much of everything a request may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// From the name's resolution to the last byte, redirects included.
    pub time_max: Duration,
    /// Of the answer's body.
    pub body_bytes_max: usize,
    /// What happens beyond.
    pub overlong: Overlong,
    /// Redirects that are followed.
    pub redirects_max: u8,
    /// Requests of this purpose at the same time; others wait five seconds and give up.
    pub at_once_max: usize,
}

/// What happens to a body beyond its limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Overlong {
    /// The request fails.
    Refuse,
    /// What came so far is the answer.
    Cut,
}

impl Purpose {
    const ALL: [Self; 4] = [Self::Hook, Self::Command, Self::Card, Self::Push];

    /// The limits of each.
    #[must_use]
    pub const fn limits(self) -> Limits {
        match self {
            Self::Hook => Limits {
                time_max: Duration::from_secs(10),
                body_bytes_max: 64 * 1024,
                overlong: Overlong::Refuse,
                redirects_max: 0,
                at_once_max: 8,
            },
            Self::Command => Limits {
                time_max: Duration::from_secs(5),
                body_bytes_max: 64 * 1024,
                overlong: Overlong::Refuse,
                redirects_max: 0,
                at_once_max: 16,
            },
            Self::Card => Limits {
                time_max: Duration::from_secs(8),
                body_bytes_max: 512 * 1024,
                overlong: Overlong::Cut,
                redirects_max: 3,
                at_once_max: 8,
            },
            Self::Push => Limits {
                time_max: Duration::from_secs(10),
                body_bytes_max: 4 * 1024,
                overlong: Overlong::Cut,
                redirects_max: 0,
                at_once_max: 16,
            },
        }
    }
}

/// How something is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// To fetch.
    Get,
    /// To deliver.
    Post,
}

/// A request.
#[derive(Clone, Debug)]
pub struct Call {
    /// How.
    pub method: Method,
    /// Where.
    pub target: Target,
    /// With which headers, besides `host`, `user-agent`, `accept-encoding` and the length: names in
    /// small letters. They are not sent on to another origin.
    pub headers: Vec<(&'static str, String)>,
    /// With which body.
    pub body: Bytes,
}

impl Call {
    /// A GET without headers of its own.
    #[must_use]
    pub fn get(target: Target) -> Self {
        Self { method: Method::Get, target, headers: Vec::new(), body: Bytes::new() }
    }

    /// A POST.
    #[must_use]
    pub fn post(
        target: Target,
        headers: Vec<(&'static str, String)>,
        body: impl Into<Bytes>,
    ) -> Self {
        Self { method: Method::Post, target, headers, body: body.into() }
    }
}

/// An answer, read to its end or to the limit.
#[derive(Clone, Debug)]
pub struct Answer {
    /// Where it came from, after redirects.
    pub target: Target,
    /// Its status.
    pub status: u16,
    /// Its body.
    pub body: Bytes,
    headers: HeaderMap,
}

impl Answer {
    /// Whether the status is 2xx.
    #[must_use]
    pub const fn is_success(&self) -> bool {
        matches!(self.status, 200..=299)
    }

    /// The first header of this name, if it is text.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }
}

/// Why there is no answer. No variant shows a path or query of the URL.
#[derive(Debug, thiserror::Error)]
pub enum OutboundError {
    /// The URL, or the one a redirect led to, is refused.
    #[error("the URL is refused: {0}")]
    Url(#[from] UrlRefused),
    /// All of the host's addresses are private or special, and none is allowed.
    #[error("the address of {host} is not allowed")]
    Address {
        /// The host.
        host: String,
    },
    /// The name has no address.
    #[error("the name {host} is not found")]
    Unresolved {
        /// The host.
        host: String,
    },
    /// Nobody answers there.
    #[error("can't connect: {0}")]
    Connect(std::io::Error),
    /// The other end's certificate or TLS is not acceptable.
    #[error("no secure connection: {0}")]
    Tls(std::io::Error),
    /// What came is not HTTP, or the connection broke.
    #[error("no HTTP answer: {0}")]
    Http(#[from] hyper::Error),
    /// A header can't be sent.
    #[error("the request can't be built: {0}")]
    Request(#[from] hyper::http::Error),
    /// The answer's body is longer than its limit.
    #[error("the answer is too long")]
    TooLong,
    /// It took too long.
    #[error("no answer in time")]
    TimedOut,
    /// Too many requests of this purpose are under way.
    #[error("too many requests at once")]
    Busy,
    /// A redirect leads from https to http, or there were too many.
    #[error("a redirect is refused")]
    Redirect,
}

/// The client. Cheap to clone; all clones are one.
#[derive(Clone)]
pub struct Outbound(Arc<Inner>);

struct Inner {
    policy: AddressPolicy,
    tasks: Tasks,
    places: [Semaphore; Purpose::ALL.len()],
    // Read at the first https request: an office that sends none pays nothing.
    tls: OnceCell<Arc<ClientConfig>>,
}

impl Outbound {
    /// A client that goes where the policy permits.
    #[must_use]
    pub fn new(policy: AddressPolicy, tasks: Tasks) -> Self {
        let places = Purpose::ALL.map(|purpose| Semaphore::new(purpose.limits().at_once_max));
        Self(Arc::new(Inner { policy, tasks, places, tls: OnceCell::new() }))
    }

    /// Fetches a URL.
    ///
    /// # Errors
    /// [`OutboundError`]; an answer with any status is an answer.
    pub async fn get(&self, purpose: Purpose, target: &Target) -> Result<Answer, OutboundError> {
        self.send(purpose, Call::get(target.clone())).await
    }

    /// Sends a request and reads its answer.
    ///
    /// # Errors
    /// [`OutboundError`]; an answer with any status is an answer.
    pub async fn send(&self, purpose: Purpose, call: Call) -> Result<Answer, OutboundError> {
        let limits = purpose.limits();
        let turn = self.0.places[purpose as usize].acquire();
        let turn = tokio::time::timeout(TURN_WAIT, turn).await;
        let _place = turn.ok().and_then(Result::ok).ok_or(OutboundError::Busy)?;
        self.within(&limits, call).await
    }

    async fn within(&self, limits: &Limits, call: Call) -> Result<Answer, OutboundError> {
        let answer = self.follow(limits, call);
        // Boxed, because a request is several kilobytes of state and callers hold few of them.
        match tokio::time::timeout(limits.time_max, Box::pin(answer)).await {
            Ok(answer) => answer,
            Err(_) => Err(OutboundError::TimedOut),
        }
    }

    async fn follow(&self, limits: &Limits, mut call: Call) -> Result<Answer, OutboundError> {
        let mut followed = 0;
        loop {
            let answer = self.once(limits, &call).await?;
            let redirects = matches!(answer.status, 301 | 302 | 303 | 307 | 308);
            let follows = redirects && call.method == Method::Get && limits.redirects_max > 0;
            let Some(location) = answer.header("location").filter(|_| follows) else {
                return Ok(answer);
            };
            let next = call.target.follow(location)?;
            if followed == limits.redirects_max || (call.target.is_https() && !next.is_https()) {
                return Err(OutboundError::Redirect);
            }
            followed += 1;
            if next.url().origin() != call.target.url().origin() {
                call.headers.clear();
            }
            call.target = next;
        }
    }

    async fn once(&self, limits: &Limits, call: &Call) -> Result<Answer, OutboundError> {
        let addresses = self.addresses(&call.target).await?;
        let stream = exchange::connect(&addresses).await?;
        if call.target.is_https() {
            let stream = exchange::secure(self.tls().await?, &call.target, stream).await?;
            exchange::speak(stream, limits, call).await
        } else {
            exchange::speak(stream, limits, call).await
        }
    }

    /// The host's addresses that a request may go to; never none.
    async fn addresses(&self, target: &Target) -> Result<Vec<SocketAddr>, OutboundError> {
        let host = target.host();
        let name = (target.host(), target.port());
        // A name that is not found is an error here, and so is one that has no address.
        let found = tokio::net::lookup_host(name).await.map(Iterator::collect::<Vec<SocketAddr>>);
        let found = found.unwrap_or_default();
        if found.is_empty() {
            return Err(OutboundError::Unresolved { host });
        }
        let permitted = found.into_iter().filter(|at| self.0.policy.permits(&host, at.ip()));
        let permitted: Vec<SocketAddr> = permitted.take(ADDRESSES_MAX).collect();
        if permitted.is_empty() { Err(OutboundError::Address { host }) } else { Ok(permitted) }
    }

    async fn tls(&self) -> Result<Arc<ClientConfig>, OutboundError> {
        let made = self.0.tls.get_or_try_init(|| async {
            let made = self.0.tasks.spawn_blocking(exchange::client_config).await;
            made.map_err(std::io::Error::other)?.map(Arc::new)
        });
        made.await.map(Arc::clone).map_err(OutboundError::Tls)
    }
}

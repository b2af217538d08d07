//! What every request must pass before a handler sees it, and what every answer carries.
//!
//! In this order: the name the request was sent to is ours ([`HostRules`]); an unsafe method or a
//! socket comes from our own pages (Fetch Metadata, else `Origin`) or carries what no other site
//! can add: a bearer token, or one in the path of a webhook; the body is not compressed (a compressed
//! bomb would pass any limit on what is received), not longer than 128 KiB, and does not trickle
//! ([`Paced`]); the answer is there within 30 seconds of the last that was heard of the body; a panic
//! becomes a problem. A piece of a file may be longer, and is bounded by its handler. Refusals are
//! problems too, and every answer carries the security headers.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use futures_util::FutureExt;
use hearth_domain::denied::Code;
use hearth_wire::limits::REQUEST_BYTES_MAX;
use http_body_util::Limited;

use crate::http::body::{Paced, Progress};
use crate::http::client::{Client, Scheme};
use crate::http::hosts::{HostRules, authority_of};
use crate::http::problem::ApiError;
use crate::meters;

/// How long a request may take until its answer begins, counted from the last of its body.
pub const REQUEST_TIMEOUT: Duration = Duration::from_secs(30);

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// Headers of every answer, unless it has its own.
const HEADERS: [(HeaderName, &str); 8] = [
    (
        header::CONTENT_SECURITY_POLICY,
        "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
         connect-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; \
         frame-ancestors 'none'; require-trusted-types-for 'script'; \
         trusted-types hearth hearth-worker dompurify svelte-trusted-html",
    ),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (header::REFERRER_POLICY, "no-referrer"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    (HeaderName::from_static("x-robots-tag"), "noindex"),
    (
        HeaderName::from_static("permissions-policy"),
        "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()",
    ),
];

/// Puts the guard in front of all routes and of the fallbacks.
///
/// Call it last: what is added to the router afterwards is not guarded.
pub fn protect(router: Router, hosts: Arc<HostRules>) -> Router {
    router.layer(middleware::from_fn_with_state(hosts, guard))
}

async fn guard(State(hosts): State<Arc<HostRules>>, request: Request, next: Next) -> Response {
    let begun = Instant::now();
    let mut response = match admit(&hosts, &request) {
        Ok(()) => run(request, next).await,
        Err(refusal) => refusal.into_response(),
    };
    let status = meters::class_of(response.status().as_u16());
    metrics::counter!("hearth_http_requests_total", "status" => status).increment(1);
    metrics::histogram!("hearth_http_request_seconds").record(begun.elapsed());
    let headers = response.headers_mut();
    for (name, value) in HEADERS {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
    response
}

/// What a request may take.
struct Allowance {
    body_bytes_max: u64,
    /// How long nothing may be heard, of the body or the answer.
    patience: Duration,
}

impl Allowance {
    /// Files come in pieces of any size; their handler takes no byte more than was announced. Putting a
    /// large one on a slow disk takes its time.
    const PIECE: Self = Self { body_bytes_max: 1 << 42, patience: Duration::from_secs(600) };
    /// What was received before a restart is read again, and a large picture waits for its turn.
    const COMPLETION: Self =
        Self { body_bytes_max: REQUEST_BYTES_MAX as u64, patience: Duration::from_secs(600) };
    const ORDINARY: Self =
        Self { body_bytes_max: REQUEST_BYTES_MAX as u64, patience: REQUEST_TIMEOUT };

    fn of(request: &Request) -> Self {
        let upload = request.uri().path().strip_prefix("/api/v1/uploads/");
        match (request.method(), upload) {
            (&Method::PATCH, Some(id)) if !id.contains('/') => Self::PIECE,
            (&Method::GET | &Method::DELETE, Some(_)) => Self::COMPLETION,
            (&Method::POST, Some(path)) if path.ends_with("/complete") => Self::COMPLETION,
            _ => Self::ORDINARY,
        }
    }
}

async fn run(request: Request, next: Next) -> Response {
    let Allowance { body_bytes_max, patience } = Allowance::of(&request);
    let body_bytes_max = usize::try_from(body_bytes_max).unwrap_or(usize::MAX);
    let progress = Progress::new();
    let request = request.map(|body| {
        let paced = Paced::new(body, progress.clone());
        Body::new(Limited::new(paced, body_bytes_max))
    });
    let answer = AssertUnwindSafe(next.run(request)).catch_unwind();
    match progress.answer_within(patience, answer).await {
        Some(Ok(response)) => response,
        Some(Err(_)) => ApiError::internal("a handler panicked").into_response(),
        None => ApiError::new(Code::Unavailable).because("no answer in time").into_response(),
    }
}

fn admit(hosts: &HostRules, request: &Request) -> Result<(), ApiError> {
    let authority = authority_of(request).filter(|authority| hosts.allow(authority));
    let authority = authority.ok_or(ApiError::new(Code::UnknownHost))?;
    let headers = request.headers();
    let scheme = request.extensions().get::<Client>().map(|client| client.scheme);
    let own = Own { authority, scheme };
    if headers.contains_key(header::UPGRADE) {
        own.admit_socket(headers)?;
    }
    let by_token = has_bearer(headers) || opens_by_its_path(request.uri().path());
    if !request.method().is_safe() && !by_token {
        own.admit_unsafe(headers)?;
    }
    admit_body(request)
}

/// The origin of our own pages, as this request knows it.
struct Own<'a> {
    authority: &'a str,
    scheme: Option<Scheme>,
}

impl Own<'_> {
    /// A browser always sends the origin of a socket; a program need not, and carries a token.
    fn admit_socket(&self, headers: &HeaderMap) -> Result<(), ApiError> {
        match headers.get(header::ORIGIN) {
            Some(origin) if !self.is_origin(origin) => Err(cross_site("Origin")),
            _ => Ok(()),
        }
    }

    fn admit_unsafe(&self, headers: &HeaderMap) -> Result<(), ApiError> {
        match (headers.get(SEC_FETCH_SITE), headers.get(header::ORIGIN)) {
            (Some(site), _) if site == "same-origin" || site == "none" => Ok(()),
            (Some(_), _) => Err(cross_site("Sec-Fetch-Site")),
            // Browsers leave it out where there is no TLS, but then they send the origin.
            (None, Some(origin)) if self.is_origin(origin) => Ok(()),
            (None, Some(_)) => Err(cross_site("Origin")),
            (None, None) => Err(cross_site("Sec-Fetch-Site or Origin is needed")),
        }
    }

    fn is_origin(&self, origin: &HeaderValue) -> bool {
        let Some((scheme, authority)) = origin.to_str().ok().and_then(|o| o.split_once("://"))
        else {
            return false;
        };
        // A proxy that is not declared may end TLS, so a page over https may arrive in the clear;
        // the reverse can't be ours.
        let scheme_fits = match scheme {
            "https" => true,
            "http" => self.scheme != Some(Scheme::Https),
            _ => false,
        };
        scheme_fits && authority.eq_ignore_ascii_case(self.authority)
    }
}

fn cross_site(detail: &'static str) -> ApiError {
    ApiError::new(Code::CrossSite).with_detail(detail)
}

fn has_bearer(headers: &HeaderMap) -> bool {
    let value = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    value.and_then(|value| value.get(..7)).is_some_and(|head| head.eq_ignore_ascii_case("Bearer "))
}

/// Whether the path itself is the key: a webhook's URL. No cookie counts there, so no other site can
/// borrow anybody's.
fn opens_by_its_path(path: &str) -> bool {
    path.starts_with("/hooks/")
}

fn admit_body(request: &Request) -> Result<(), ApiError> {
    let (method, headers) = (request.method(), request.headers());
    if let Some(encoding) = headers.get(header::CONTENT_ENCODING)
        && encoding != "identity"
    {
        return Err(ApiError::bad_request("Content-Encoding is not accepted"));
    }
    let length = headers.get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok());
    let length = length.and_then(|value| value.parse::<u64>().ok()).unwrap_or_default();
    // Refused before a byte of it is read; a body without a length meets the limit on its way.
    if length > Allowance::of(request).body_bytes_max {
        return Err(ApiError::new(Code::TooLarge));
    }
    if method == Method::TRACE || method == Method::CONNECT {
        return Err(ApiError::new(Code::MethodNotAllowed));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::extract::Json;
    use axum::routing::{get, post};
    use tower::ServiceExt;

    fn app() -> Router {
        let hosts = HostRules::new("box", []);
        let router = Router::new()
            .route("/", get(|| async { "hello" }))
            .route("/panic", get(panics))
            .route("/hooks/{token}", post(|| async { "ok" }))
            .route("/write", post(|Json(_): Json<serde_json::Value>| async { "written" }));
        protect(router, Arc::new(hosts))
    }

    async fn panics() -> &'static str {
        panic!("on purpose")
    }

    async fn status(method: &str, path: &str, headers: &[(&str, &str)], body: Vec<u8>) -> u16 {
        let mut request = Request::builder().method(method).uri(path);
        if !headers.iter().any(|(name, _)| *name == "host") {
            request = request.header("host", "box:8080");
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        request = request.header("content-type", "application/json");
        let response = app().oneshot(request.body(Body::from(body)).unwrap()).await.unwrap();
        assert!(response.headers().contains_key(header::CONTENT_SECURITY_POLICY));
        response.status().as_u16()
    }

    async fn write(headers: &[(&str, &str)]) -> u16 {
        status("POST", "/write", headers, b"{}".to_vec()).await
    }

    #[tokio::test]
    async fn unknown_hosts_are_misdirected() {
        assert_eq!(status("GET", "/", &[], Vec::new()).await, 200);
        assert_eq!(status("GET", "/", &[("host", "evil.example")], Vec::new()).await, 421);
        let two = [("host", "box"), ("host", "evil.example")];
        assert_eq!(status("GET", "/", &two, Vec::new()).await, 421);
    }

    #[tokio::test]
    async fn writes_need_our_own_page_or_a_token() {
        assert_eq!(write(&[("sec-fetch-site", "same-origin")]).await, 200);
        assert_eq!(write(&[("sec-fetch-site", "none")]).await, 200);
        assert_eq!(write(&[("origin", "http://box:8080")]).await, 200);
        assert_eq!(write(&[("origin", "https://BOX:8080")]).await, 200);
        assert_eq!(write(&[("authorization", "Bearer x")]).await, 200);
        assert_eq!(write(&[]).await, 403);
        assert_eq!(write(&[("authorization", "Basic x")]).await, 403);
        assert_eq!(write(&[("origin", "null")]).await, 403);
        assert_eq!(write(&[("origin", "http://box")]).await, 403);
        assert_eq!(write(&[("origin", "http://evil.example")]).await, 403);
        for site in ["cross-site", "same-site", "", "Same-Origin"] {
            let headers = [("sec-fetch-site", site), ("origin", "http://box:8080")];
            assert_eq!(write(&headers).await, 403, "{site}");
        }
    }

    #[tokio::test]
    async fn a_webhook_needs_its_path_only() {
        let body = b"{}".to_vec();
        assert_eq!(status("POST", "/hooks/x", &[], body.clone()).await, 200);
        let site = ("sec-fetch-site", "cross-site");
        assert_eq!(status("POST", "/hooks/x", &[site], body.clone()).await, 200);
        assert_eq!(status("POST", "/hooks", &[site], body).await, 403);
    }

    #[tokio::test]
    async fn sockets_of_other_origins_are_refused() {
        let open = |origin| {
            let headers = [("upgrade", "websocket"), ("origin", origin)];
            async move { status("GET", "/", &headers, Vec::new()).await }
        };
        assert_eq!(open("http://box:8080").await, 200);
        assert_eq!(open("http://evil.example").await, 403);
        assert_eq!(open("null").await, 403);
        assert_eq!(status("GET", "/", &[("upgrade", "websocket")], Vec::new()).await, 200);
    }

    #[tokio::test]
    async fn bodies_are_limited_and_never_compressed() {
        let own = ("sec-fetch-site", "same-origin");
        assert_eq!(write(&[own, ("content-encoding", "gzip")]).await, 400);
        assert_eq!(write(&[own, ("content-length", "999999")]).await, 413);
        let mut long = vec![b' '; REQUEST_BYTES_MAX];
        long.extend(b"{}");
        assert_eq!(status("POST", "/write", &[own], long).await, 413);
    }

    #[tokio::test]
    async fn a_panic_is_a_problem() {
        assert_eq!(status("GET", "/panic", &[], Vec::new()).await, 500);
        assert_eq!(status("TRACE", "/", &[("authorization", "Bearer x")], Vec::new()).await, 405);
    }
}

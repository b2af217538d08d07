//! What supervisors and Prometheus ask: is the process up, can it serve, what has it counted.
//!
//! `/healthz` says that the process answers, `/readyz` that it can take work. `/metrics` is for
//! programs on this machine, or for whoever sends the configured bearer token: counts of sockets and
//! messages say more about an office than a stranger should know.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use hearth_domain::denied::Code;
use metrics_exporter_prometheus::PrometheusHandle;

use crate::http::client::Client;
use crate::http::problem::ApiResult;
use crate::ids::TokenHash;
use crate::meters::{self, Observe};

/// The format of Prometheus.
const METRICS_TEXT: &str = "text/plain; version=0.0.4; charset=utf-8";

/// Whether Hearth can take work. Cheap to clone; all clones are one.
#[derive(Clone, Debug, Default)]
pub struct Ready(Arc<AtomicBool>);

impl Ready {
    /// Says whether it can.
    pub fn set(&self, ready: bool) {
        self.0.store(ready, Ordering::Release);
    }

    /// Whether it can.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }
}

/// What these routes answer from.
#[derive(Clone)]
pub struct Health {
    /// Whether Hearth can take work.
    pub ready: Ready,
    /// What was counted.
    pub metrics: PrometheusHandle,
    /// Looks at what is not counted.
    pub observe: Observe,
    /// The hash of the bearer token for readers elsewhere, if one is configured.
    pub bearer: Option<TokenHash>,
}

/// `/healthz`, `/readyz` and `/metrics`.
pub fn routes(health: Health) -> Router {
    Router::new()
        .route("/healthz", get(async || "ok\n"))
        .route("/readyz", get(readyz))
        .route("/metrics", get(render))
        .with_state(health)
}

async fn readyz(State(health): State<Health>) -> ApiResult<&'static str> {
    if health.ready.is_ready() { Ok("ready\n") } else { Err(Code::Unavailable.into()) }
}

async fn render(
    State(health): State<Health>,
    client: Client,
    headers: HeaderMap,
) -> ApiResult<Response> {
    if !client.is_on_this_machine() && !has_token(&headers, health.bearer.as_ref()) {
        return Err(Code::Forbidden.into());
    }
    (health.observe)().await;
    let text = meters::render(&health.metrics);
    Ok(([(header::CONTENT_TYPE, METRICS_TEXT)], text).into_response())
}

fn has_token(headers: &HeaderMap, wanted: Option<&TokenHash>) -> bool {
    let given = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let given = given.and_then(|value| value.strip_prefix("Bearer "));
    given.zip(wanted).is_some_and(|(given, wanted)| TokenHash::of(given.as_bytes()) == *wanted)
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::Body;
    use axum::extract::Request;
    use futures_util::FutureExt;
    use metrics_exporter_prometheus::PrometheusBuilder;
    use std::net::IpAddr;
    use tower::ServiceExt;

    fn health() -> Health {
        let recorder = PrometheusBuilder::new().build_recorder();
        let bearer = Some(TokenHash::of(b"s3cret"));
        let observe: Observe = Arc::new(|| std::future::ready(()).boxed());
        Health { ready: Ready::default(), metrics: recorder.handle(), observe, bearer }
    }

    async fn ask(health: &Health, path: &str, client: Client, token: &str) -> u16 {
        let request = Request::builder()
            .uri(path)
            .extension(client)
            .header("authorization", token)
            .body(Body::empty())
            .unwrap();
        routes(health.clone()).oneshot(request).await.unwrap().status().as_u16()
    }

    #[tokio::test]
    async fn readiness_follows_the_flag() {
        let health = health();
        assert_eq!(ask(&health, "/healthz", Client::local(), "").await, 200);
        assert_eq!(ask(&health, "/readyz", Client::local(), "").await, 503);
        health.ready.set(true);
        assert_eq!(ask(&health, "/readyz", Client::local(), "").await, 200);
    }

    #[tokio::test]
    async fn metrics_are_not_for_strangers() {
        let health = health();
        let far = Client { address: IpAddr::from([192, 168, 1, 9]), ..Client::local() };
        assert_eq!(ask(&health, "/metrics", Client::local(), "").await, 200);
        assert_eq!(ask(&health, "/metrics", far, "").await, 403);
        assert_eq!(ask(&health, "/metrics", far, "Bearer wrong").await, 403);
        assert_eq!(ask(&health, "/metrics", far, "Bearer s3cret").await, 200);
        let open = Health { bearer: None, ..health };
        assert_eq!(ask(&open, "/metrics", far, "Bearer ").await, 403);
    }
}

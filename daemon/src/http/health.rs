//! What supervisors and Prometheus ask: is the process up, can it serve, what has it counted.
//!
//! `/healthz` says that the process answers, `/readyz` that it can take work. `/metrics` is for
//! programs on this machine, or for whoever sends the configured bearer token: counts of sockets and
//! messages say more about an office than a stranger should know.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use hearth_domain::denied::Code;
use metrics::Unit;
use metrics_exporter_prometheus::{BuildError, PrometheusBuilder, PrometheusHandle};

use crate::http::client::Client;
use crate::http::problem::ApiResult;
use crate::ids::TokenHash;
use crate::tasks::Tasks;

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
    observe_process();
    let text = health.metrics.render();
    Ok(([(header::CONTENT_TYPE, METRICS_TEXT)], text).into_response())
}

fn has_token(headers: &HeaderMap, wanted: Option<&TokenHash>) -> bool {
    let given = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let given = given.and_then(|value| value.strip_prefix("Bearer "));
    given.zip(wanted).is_some_and(|(given, wanted)| TokenHash::of(given.as_bytes()) == *wanted)
}

/// Installs the recorder of the process and describes what this module and its neighbours count.
/// Once per process; its caller runs [`PrometheusHandle::run_upkeep`] now and then.
///
/// # Errors
///
/// When a recorder is installed already.
pub fn install_metrics() -> Result<PrometheusHandle, BuildError> {
    let handle = PrometheusBuilder::new().install_recorder()?;
    metrics::describe_gauge!("hearth_tasks", Unit::Count, "Tasks that run, by name.");
    metrics::describe_counter!(
        "hearth_http_connections_total",
        Unit::Count,
        "Connections accepted since the start."
    );
    metrics::describe_gauge!(
        "process_resident_memory_bytes",
        Unit::Bytes,
        "Memory of the process that is in RAM."
    );
    metrics::describe_gauge!("process_open_fds", Unit::Count, "Open file descriptors.");
    metrics::describe_gauge!("hearth_sockets", Unit::Count, "Open client sockets.");
    metrics::describe_gauge!("hearth_store_queue_jobs", Unit::Count, "Writes that wait.");
    metrics::describe_histogram!("hearth_store_batch_jobs", Unit::Count, "Writes in one commit.");
    metrics::describe_histogram!(
        "hearth_store_commit_seconds",
        Unit::Seconds,
        "How long a commit with its sync takes."
    );
    metrics::describe_gauge!(
        "hearth_store_wal_bytes",
        Unit::Bytes,
        "Size of the write-ahead log; it grows when checkpoints can't finish."
    );
    metrics::describe_gauge!(
        "hearth_follower_behind_events",
        Unit::Count,
        "Events of the log that a projection behind it does not hold yet, by its name."
    );
    metrics::describe_histogram!("hearth_search_seconds", Unit::Seconds, "How long searches took.");
    metrics::describe_gauge!(
        "hearth_findings",
        Unit::Count,
        "Findings about what Hearth stands on, by how grave they are."
    );
    let build = metrics::gauge!("hearth_build_info", "version" => env!("CARGO_PKG_VERSION"));
    metrics::describe_gauge!("hearth_build_info", "Always 1; the label is the version.");
    build.set(1);
    Ok(handle)
}

/// How often the recorder forgets what is too old for its summaries.
const TIDY_EVERY: Duration = Duration::from_secs(5);

/// Keeps the recorder's memory bounded until the tasks stop.
pub async fn keep_tidy(metrics: PrometheusHandle, tasks: Tasks) {
    loop {
        tokio::select! {
            () = tokio::time::sleep(TIDY_EVERY) => metrics.run_upkeep(),
            () = tasks.stopping() => return,
        }
    }
}

/// What the kernel knows of the process. A sandbox may hide /proc; the gauges then stay as they are.
fn observe_process() {
    if let Some(bytes) = resident_bytes() {
        metrics::gauge!("process_resident_memory_bytes").set(bytes as f64);
    }
    if let Ok(entries) = std::fs::read_dir("/proc/self/fd") {
        metrics::gauge!("process_open_fds").set(entries.count() as f64);
    }
}

fn resident_bytes() -> Option<u64> {
    let statm = std::fs::read_to_string("/proc/self/statm").ok()?;
    let pages: u64 = statm.split_whitespace().nth(1)?.parse().ok()?;
    Some(pages * rustix::param::page_size() as u64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::Body;
    use axum::extract::Request;
    use std::net::IpAddr;
    use tower::ServiceExt;

    fn health() -> Health {
        let recorder = PrometheusBuilder::new().build_recorder();
        let bearer = Some(TokenHash::of(b"s3cret"));
        Health { ready: Ready::default(), metrics: recorder.handle(), bearer }
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

    #[test]
    fn memory_is_known() {
        assert!(resident_bytes().unwrap() > 1_000_000);
    }
}

//! What Hearth counts and measures for Prometheus: every name once, with what it means.
//!
//! Names are `hearth_<part>_<what>_<base unit>`, counters end in `_total`. A label has a fixed handful of
//! values: no person, channel, file or address is ever in one. All series that need no machine under the
//! office are there from the first scrape on, so that a rate sees the first event too, and an alert can
//! tell "none" from "unknown".
//!
//! Counting happens where things happen. What only has a size is looked at when somebody asks
//! ([`observe`]): a scrape costs a look at the disk and one read of the database.

mod observe;
mod process;

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;
use hearth_domain::time::Timestamp;
use metrics_exporter_prometheus::{BuildError, Matcher, PrometheusBuilder, PrometheusHandle};

pub use observe::observe;

use crate::tasks::Tasks;

/// Looks at everything that is not counted, before it is told.
pub type Observe = Arc<dyn Fn() -> BoxFuture<'static, ()> + Send + Sync>;

/// How often the recorder forgets what is too old for its summaries.
const TIDY_EVERY: Duration = Duration::from_secs(5);

/// Seconds that a disk takes.
const DISK: &[f64] =
    &[0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0];
/// Seconds that somebody waits for.
const WAIT: &[f64] =
    &[0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0];
/// Seconds that nobody waits for.
const LONG: &[f64] = &[1.0, 5.0, 15.0, 60.0, 300.0, 900.0, 3_600.0, 10_800.0, 43_200.0];
/// Writes in one commit, up to the most that there may be.
const JOBS: &[f64] = &[1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0];

/// What a name stands for.
enum Kind {
    Gauge,
    Counter,
    /// A counter for each value of its one label.
    Counters(&'static str, &'static [&'static str]),
    /// With the upper ends of its buckets.
    Histogram(&'static [f64]),
}

use Kind::{Counter, Counters, Gauge, Histogram};

/// Classes of answers, for [`class_of`].
const CLASSES: &[&str] = &["1xx", "2xx", "3xx", "4xx", "5xx"];

/// Every name that is not the machine's ([`crate::hardware`] has those).
const METERS: &[(&str, Kind, &str)] = &[
    ("hearth_build_info", Gauge, "Always 1; the label is the version."),
    ("hearth_ready", Gauge, "1 while Hearth takes work."),
    ("hearth_tasks", Gauge, "Tasks that run, by name."),
    ("hearth_findings", Gauge, "Findings about what Hearth stands on, by how grave they are."),
    ("hearth_http_connections_total", Counter, "Connections accepted since the start."),
    (
        "hearth_http_requests_total",
        Counters("status", CLASSES),
        "Requests that were answered, by the class of the answer.",
    ),
    ("hearth_http_request_seconds", Histogram(WAIT), "Time until the answer to a request began."),
    ("hearth_sockets", Gauge, "Open client sockets."),
    ("hearth_hub_queue_commands", Gauge, "Commands that wait for live delivery."),
    ("hearth_messages_posted_total", Counter, "Messages that were written."),
    ("hearth_log_events_total", Counter, "Events in the office's log, of all time."),
    (
        "hearth_sign_ins_total",
        Counters("outcome", &["ok", "wrong", "slowed"]),
        "Attempts to sign in, by what came of them.",
    ),
    ("hearth_store_queue_jobs", Gauge, "Writes that wait."),
    ("hearth_store_batch_jobs", Histogram(JOBS), "Writes in one commit."),
    ("hearth_store_commit_seconds", Histogram(DISK), "How long a commit with its sync takes."),
    (
        "hearth_store_wal_bytes",
        Gauge,
        "Size of the write-ahead log; it grows when checkpoints can't finish.",
    ),
    ("hearth_store_database_bytes", Gauge, "Size of the database with its write-ahead log."),
    (
        "hearth_store_unclean_start",
        Gauge,
        "1 if the run before ended without warning: a crash, a kill, a power cut.",
    ),
    (
        "hearth_follower_behind_events",
        Gauge,
        "Events of the log that a projection behind it does not hold yet, by its name.",
    ),
    ("hearth_search_seconds", Histogram(WAIT), "How long searches took."),
    ("hearth_search_index_bytes", Gauge, "Size of the search index."),
    (
        "hearth_uploads_total",
        Counters("outcome", &["announced", "completed", "cancelled"]),
        "Files on their way in, by what became of them.",
    ),
    ("hearth_upload_bytes_total", Counter, "Bytes of files that were received."),
    (
        "hearth_webhook_messages_total",
        Counters("outcome", &["posted", "refused"]),
        "Messages that came by incoming webhooks, by what came of them.",
    ),
    (
        "hearth_webhook_deliveries_total",
        Counters("outcome", &["delivered", "failed"]),
        "Attempts to tell the receiver of an outgoing webhook, by what came of them.",
    ),
    (
        "hearth_webhook_delivery_seconds",
        Histogram(WAIT),
        "How long the receiver of an outgoing webhook took.",
    ),
    (
        "hearth_webhook_missed_events_total",
        Counter,
        "Events that an outgoing webhook was never told, after all attempts.",
    ),
    (
        "hearth_webhooks_switched_off_total",
        Counter,
        "Outgoing webhooks that were switched off because their receivers failed too long.",
    ),
    ("hearth_push_sent_total", Counter, "Notices that a push service took."),
    ("hearth_push_gone_total", Counter, "Browsers forgotten because their push service did."),
    (
        "hearth_push_dropped_total",
        Counters("why", &["behind", "queue", "waiting", "failed", "refused"]),
        "Notices that were not sent, by why.",
    ),
    (
        "hearth_link_cards_dropped_total",
        Counters("why", &["behind", "queue", "pace", "busy"]),
        "Links that nobody looked at, by why.",
    ),
    ("hearth_disk_free_bytes", Gauge, "Free room on the disk of the data folder."),
    ("hearth_disk_size_bytes", Gauge, "Size of the disk of the data folder."),
    (
        "hearth_backup_age_seconds",
        Gauge,
        "Age of the last backup that was checked; infinite while there is none.",
    ),
    ("hearth_backup_destinations", Gauge, "Places that backups go to."),
    ("hearth_backup_destinations_failing", Gauge, "Of these, those whose last backup failed."),
    ("hearth_backup_bytes", Gauge, "Size of all backups at all destinations."),
    ("hearth_backup_key_saved", Gauge, "1 once somebody has the key, or a passphrase opens them."),
    (
        "hearth_backups_total",
        Counters("outcome", &["verified", "failed"]),
        "Backups that the box made by itself, by what came of them.",
    ),
    ("hearth_backup_seconds", Histogram(LONG), "How long backups took, with their check."),
    (
        "hearth_certificate_expiry_timestamp_seconds",
        Gauge,
        "When the certificate in use ends, as a Unix time; NaN without TLS.",
    ),
    ("process_start_time_seconds", Gauge, "When the process began, as a Unix time."),
    ("process_resident_memory_bytes", Gauge, "Memory of the process that is in RAM."),
    ("process_threads", Gauge, "Threads of the process."),
    ("process_open_fds", Gauge, "Open file descriptors."),
    ("process_max_fds", Gauge, "File descriptors that may be open."),
];

/// Installs the recorder of the process and makes every name known. Once per process, before the first
/// part that counts; its caller runs [`keep_tidy`].
///
/// # Errors
///
/// When a recorder is installed already.
pub fn install(now: Timestamp) -> Result<PrometheusHandle, BuildError> {
    let handle = builder()?.install_recorder()?;
    announce();
    metrics::gauge!("hearth_build_info", "version" => env!("CARGO_PKG_VERSION")).set(1);
    metrics::gauge!("process_start_time_seconds").set(now.as_ms() as f64 / 1e3);
    Ok(handle)
}

fn builder() -> Result<PrometheusBuilder, BuildError> {
    METERS.iter().try_fold(PrometheusBuilder::new(), |builder, (name, kind, _)| match kind {
        Histogram(ends) => builder.set_buckets_for_metric(Matcher::Full((*name).to_owned()), ends),
        _ => Ok(builder),
    })
}

/// Describes every meter, and begins those that begin at nothing.
fn announce() {
    for (name, kind, help) in METERS {
        match kind {
            Gauge => metrics::describe_gauge!(*name, *help),
            Counter => {
                metrics::describe_counter!(*name, *help);
                metrics::counter!(*name).increment(0);
            }
            Counters(label, values) => {
                metrics::describe_counter!(*name, *help);
                for value in *values {
                    metrics::counter!(*name, *label => *value).increment(0);
                }
            }
            Histogram(_) => {
                metrics::describe_histogram!(*name, *help);
                // Begun, so that it is told before something was measured.
                drop(metrics::histogram!(*name));
            }
        }
    }
}

/// The class of an answer, as a label.
#[must_use]
pub fn class_of(status: u16) -> &'static str {
    let class = usize::from(status / 100).saturating_sub(1);
    CLASSES.get(class).copied().unwrap_or("5xx")
}

/// Everything in the format of Prometheus.
#[must_use]
pub fn render(metrics: &PrometheusHandle) -> String {
    process::observe();
    let mut text = metrics.render();
    // Counters of the recorder are whole numbers; seconds of the processor are not.
    if let Some(seconds) = process::cpu_seconds() {
        text.push_str("# HELP process_cpu_seconds_total Time of the processors that was used.\n");
        text.push_str("# TYPE process_cpu_seconds_total counter\n");
        text.push_str(&format!("process_cpu_seconds_total {seconds}\n"));
    }
    text
}

/// Keeps the recorder's memory bounded until the tasks stop.
pub async fn keep_tidy(metrics: PrometheusHandle, tasks: Tasks) {
    loop {
        tokio::select! {
            () = tokio::time::sleep(TIDY_EVERY) => metrics.run_upkeep(),
            () = tasks.stopping() => return,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_meter_but_gauges_is_told_from_the_start() {
        let recorder = builder().unwrap().build_recorder();
        let handle = recorder.handle();
        metrics::with_local_recorder(&recorder, announce);
        let text = handle.render();
        for (name, kind, help) in METERS {
            let told = |suffix: &str| text.contains(&format!("\n{name}{suffix}"));
            match kind {
                Gauge => continue,
                Counter => assert!(told(" 0\n"), "{name}\n{text}"),
                Counters(label, values) => {
                    for value in *values {
                        assert!(told(&format!("{{{label}=\"{value}\"}} 0\n")), "{name}\n{text}");
                    }
                }
                Histogram(ends) => {
                    let first = format!("_bucket{{le=\"{}\"}} 0\n", ends[0]);
                    assert!(told(&first) && told("_count 0\n"), "{name}\n{text}");
                }
            }
            assert!(text.contains(&format!("# HELP {name} {help}\n")), "{name}\n{text}");
        }
    }

    #[test]
    fn answers_fall_into_classes() {
        let classes = [101, 204, 304, 404, 503, 99, 700].map(class_of);
        assert_eq!(classes, ["1xx", "2xx", "3xx", "4xx", "5xx", "1xx", "5xx"]);
    }
}

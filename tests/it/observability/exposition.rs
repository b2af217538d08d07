//! What `/metrics` tells, to whom, and that promtool finds nothing wrong with it.

use std::collections::BTreeSet;

use super::load::Busy;
use super::{described, promtool, text};
use crate::support::{Call, Office, Settings, soon};

/// The value of a series.
fn value(page: &str, series: &str) -> Option<f64> {
    let line = page.lines().find_map(|line| line.strip_prefix(series)?.strip_prefix(' '));
    line?.parse().ok()
}

#[tokio::test]
async fn promtool_finds_nothing_wrong_with_what_a_loaded_office_tells() {
    let mut busy = Busy::open("").await;
    for _ in 0..3 {
        busy.round().await;
    }
    let told = async {
        loop {
            let page = busy.metrics().await;
            // The machine is heard a moment after the start, and a receiver's answer is counted after it.
            let delivered = value(&page, "hearth_webhook_deliveries_total{outcome=\"delivered\"}");
            if page.contains("\nhearth_hw_fan_rpm{") && delivered >= Some(3.0) {
                return page;
            }
            tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        }
    };
    let page = soon("metrics of the machine and of the webhook", told).await;
    let checked = promtool(&["check", "metrics"], &page);
    assert!(checked.status.success() && text(&checked).is_empty(), "{}", text(&checked));
    // promtool says when something is wrong, or this shows nothing.
    let broken = page.replace("# HELP hearth_sockets", "# NOTE hearth_sockets");
    assert!(text(&promtool(&["check", "metrics"], &broken)).contains("hearth_sockets"));

    let of = |series: &str| value(&page, series).unwrap_or_else(|| panic!("{series}\n{page}"));
    assert!(of("hearth_messages_posted_total") >= 21.0);
    assert!(of("hearth_sockets") >= 1.0);
    assert!(of("hearth_store_commit_seconds_count") >= 21.0);
    assert_eq!(of("hearth_uploads_total{outcome=\"completed\"}"), 3.0);
    assert_eq!(of("hearth_uploads_total{outcome=\"announced\"}"), 3.0);
    assert_eq!(of("hearth_upload_bytes_total"), 3.0 * "round-1.txt".len() as f64);
    assert_eq!(of("hearth_webhook_messages_total{outcome=\"posted\"}"), 3.0);
    assert_eq!(of("hearth_sign_ins_total{outcome=\"wrong\"}"), 3.0);
    assert_eq!(of("hearth_search_seconds_count"), 3.0);
    assert_eq!(of("hearth_ready"), 1.0);
    assert_eq!(of("hearth_store_unclean_start"), 0.0);
    assert!(of("hearth_backup_age_seconds").is_finite());
    assert!(of("hearth_certificate_expiry_timestamp_seconds").is_nan(), "no TLS here");
    for name in ["hearth_store_wal_bytes", "hearth_store_queue_jobs", "hearth_disk_free_bytes"] {
        assert!(of(name) >= 0.0, "{name}");
    }
    assert!(of("hearth_http_requests_total{status=\"2xx\"}") > 10.0);
    assert!(of("process_cpu_seconds_total") > 0.0 && of("process_start_time_seconds") > 1.7e9);

    let names: BTreeSet<&str> = page
        .lines()
        .filter(|line| !line.starts_with('#') && !line.is_empty())
        .filter_map(|line| line.split(['{', ' ']).next())
        .collect();
    let described = described(&page);
    for name in names {
        let suffixes = ["_bucket", "_sum", "_count"];
        let base = suffixes.iter().find_map(|suffix| name.strip_suffix(suffix)).unwrap_or(name);
        assert!(described.contains(base) || described.contains(name), "{name} says what it is");
    }
    let (olga, lobby) = (busy.office.owner.clone(), busy.office.lobby.clone());
    for private in [olga.handle.as_str(), &olga.id, &lobby, "lobby", "round-1.txt", "Tracker"] {
        assert!(!page.contains(private), "{private} is in the metrics");
    }
}

#[tokio::test]
async fn a_kill_is_told_after_the_next_start() {
    let mut office = Office::open().await;
    office.owner.say(&office.lobby, "before the kill").await;
    let unclean = async |office: &Office| {
        let reply = office.call(Call::new("GET", "/metrics")).await;
        value(&String::from_utf8_lossy(&reply.bytes), "hearth_store_unclean_start")
    };
    assert_eq!(unclean(&office).await, Some(0.0));
    office.kill_9().await;
    assert_eq!(unclean(&office).await, Some(1.0));
    office.restart().await;
    assert_eq!(unclean(&office).await, Some(0.0));
}

#[tokio::test]
async fn metrics_are_for_this_machine_and_for_whoever_has_the_token() {
    let scratch = tempfile::tempdir().unwrap();
    let token = scratch.path().join("token");
    std::fs::write(&token, "s3cret-of-the-scrape\n").unwrap();
    let config = format!(
        "[metrics]\ntoken_file = \"{}\"\n[server]\ntrusted_proxies = [\"127.0.0.1\"]",
        token.display()
    );
    let office = Office::open_with(Settings { config, ..Settings::default() }).await;
    let ask = async |from: &str, bearer: &str| {
        let call = Call::new("GET", "/metrics").header("x-forwarded-for", from);
        office.call(call.header("authorization", bearer)).await.status
    };
    assert_eq!(ask("203.0.113.9", "").await, 403);
    assert_eq!(ask("203.0.113.9", "Bearer another").await, 403);
    assert_eq!(ask("203.0.113.9", "Bearer s3cret-of-the-scrape").await, 200);
    // A proxy on this machine makes nobody a program on it.
    assert_eq!(ask("127.0.0.1", "").await, 403);
    assert_eq!(office.call(Call::new("GET", "/metrics")).await.status, 200);
}

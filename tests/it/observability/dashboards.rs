//! The dashboards: their shape, and that a Prometheus which scrapes a loaded office has an answer to
//! every question that they ask.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::load::Busy;
use super::prometheus::Prometheus;
use super::{described, metrics_in, packaged};
use crate::support::{Call, Launch};

/// Longest time until every question has an answer.
const PATIENCE: Duration = Duration::from_secs(300);
/// Answers that are not a number here, because nothing can be said: the machine is a simulated one, which
/// was not looked at for long enough, and a second of an office fails no request.
const UNKNOWN_HERE: [&str; 1] = ["hearth_hw_thermal_resistance_kelvin_per_watt"];

fn dashboards() -> Vec<(String, Value)> {
    let files = fs::read_dir(packaged("grafana")).expect("there are dashboards");
    let paths = files.map(|file| file.expect("a dashboard").path());
    let read = |path: std::path::PathBuf| {
        let name = path.file_stem().expect("a name").to_string_lossy().into_owned();
        let text = fs::read_to_string(&path).expect("read a dashboard");
        let board = serde_json::from_str(&text).unwrap_or_else(|e| panic!("{name}: {e}"));
        (name, board)
    };
    paths.map(read).collect()
}

/// Every expression with where it stands.
fn expressions(name: &str, board: &Value) -> Vec<(String, String)> {
    let panels = board["panels"].as_array().expect("panels");
    let annotations = board["annotations"]["list"].as_array().expect("annotations");
    let mut found = Vec::new();
    let mut take = |at: String, one: &Value| {
        found.push((at, one["expr"].as_str().expect("an expression").to_owned()));
    };
    for panel in panels {
        for target in panel["targets"].as_array().into_iter().flatten() {
            take(format!("{name}: {}", panel["title"]), target);
        }
    }
    annotations.iter().for_each(|one| take(format!("{name}: {}", one["name"]), one));
    found
}

/// As Grafana would ask for it, of every box.
fn asked(expression: &str) -> String {
    let asked = expression.replace("$instance", ".+").replace("$__rate_interval", "1m");
    assert!(!asked.contains('$'), "a variable that is not known: {asked}");
    asked
}

#[test]
fn dashboards_have_the_shape_that_grafana_takes() {
    let dashboards = dashboards();
    let uids: BTreeSet<&str> = dashboards.iter().filter_map(|(_, b)| b["uid"].as_str()).collect();
    assert_eq!(uids.len(), dashboards.len(), "each has a uid of its own");
    assert!(dashboards.len() >= 3);
    for (name, board) in &dashboards {
        assert_eq!(board["uid"], name.as_str());
        assert!(board["schemaVersion"].as_u64() >= Some(36), "{name}");
        assert!(board["id"].is_null(), "{name}: an id belongs to one Grafana");
        let variables = board["templating"]["list"].as_array().expect("variables");
        let names: Vec<&str> = variables.iter().filter_map(|v| v["name"].as_str()).collect();
        assert_eq!(names, ["datasource", "instance"], "{name}");
        let mut ids = BTreeSet::new();
        for panel in board["panels"].as_array().expect("panels") {
            let title = panel["title"].as_str().expect("a title");
            assert!(ids.insert(panel["id"].as_u64()), "{name}: {title}: its id is taken");
            assert!(title.contains(" · ") && !title.is_ascii(), "{name}: {title}: both languages");
            let place = &panel["gridPos"];
            let number = |key: &str| place[key].as_u64().expect("a place");
            assert!(number("x") + number("w") <= 24, "{name}: {title}: beyond the edge");
            if panel["type"] != "row" {
                assert_eq!(panel["datasource"]["uid"], "${datasource}", "{name}: {title}");
                assert!(!panel["targets"].as_array().expect("targets").is_empty());
            }
        }
        for (at, expression) in expressions(name, board) {
            assert!(expression.contains("instance=~\"$instance\""), "{at}: of the chosen box");
        }
    }
}

fn config(office: std::net::SocketAddr, guarded: std::net::SocketAddr, ca: &str) -> String {
    let rules = packaged("prometheus/hearth.rules.yml");
    let rules = rules.canonicalize().expect("the rules").display().to_string();
    format!(
        "global: {{scrape_interval: 2s, scrape_timeout: 2s, evaluation_interval: 2s}}\n\
         rule_files: ['{rules}']\n\
         scrape_configs:\n\
         - job_name: hearth-plain\n\
         \x20 relabel_configs: [{{target_label: job, replacement: hearth}}]\n\
         \x20 static_configs: [{{targets: ['{office}']}}]\n\
         - job_name: hearth\n\
         \x20 scheme: https\n\
         \x20 tls_config: {{ca_file: '{ca}', server_name: localhost}}\n\
         \x20 static_configs: [{{targets: ['{guarded}']}}]\n"
    )
}

#[tokio::test]
async fn prometheus_has_an_answer_to_every_question() {
    let scratch = tempfile::tempdir().unwrap();
    let settings = scratch.path().join("hearthd.toml");
    fs::write(&settings, "[tls]\nmode = \"own-ca\"\n").unwrap();
    let data = scratch.path().join("data");
    let guarded = Launch::in_folder(&data).config(settings).start();
    let guarded_at = guarded.ready().await;
    let mut busy = Busy::open("").await;
    let ca = data.join("tls/ca.pem").display().to_string();
    let wanted = config(busy.office.address(), guarded_at, &ca);
    let prometheus = Prometheus::start(scratch.path(), &wanted).await;

    let dashboards = dashboards();
    let mut open: BTreeMap<String, String> = BTreeMap::new();
    for (name, board) in &dashboards {
        for (at, expression) in expressions(name, board) {
            open.insert(asked(&expression), at);
        }
    }
    assert!(open.len() > 50, "{}", open.len());
    let begun = Instant::now();
    while !open.is_empty() {
        busy.round().await;
        let mut answered = Vec::new();
        for (expression, at) in &open {
            let values = prometheus.query(expression).await;
            let values = values.unwrap_or_else(|error| panic!("{at}: {expression}\n{error}"));
            let may_be_unknown = UNKNOWN_HERE.iter().any(|name| expression.contains(name));
            // Something that never happened is an event that nobody draws: no answer is one.
            let may_be_empty = expression.ends_with(" > 0");
            if values.iter().any(|value| !value.is_nan())
                || (may_be_unknown && !values.is_empty())
                || (may_be_empty && values.is_empty())
            {
                answered.push(expression.clone());
            }
        }
        open.retain(|expression, _| !answered.contains(expression));
        if begun.elapsed() > PATIENCE {
            panic!("no answer to {open:#?}\n{}", prometheus.scrape_errors().await);
        }
    }
    assert!(prometheus.query("no such thing(").await.is_err(), "an error is noticed");
    rules_are_well(&prometheus).await;

    let mut known = described(&busy.metrics().await);
    // A name that both have is described alike; TLS adds none.
    known.insert("process_cpu_seconds_total".to_owned());
    let rules = fs::read_to_string(packaged("prometheus/hearth.rules.yml")).unwrap();
    for expression in rules.lines().filter(|line| !line.contains("summary")) {
        for name in metrics_in(expression) {
            assert!(known.contains(&name), "{name} of the rules is described");
        }
    }
    for (name, board) in &dashboards {
        for (at, expression) in expressions(name, board) {
            for metric in metrics_in(&expression) {
                assert!(known.contains(&metric), "{at}: {metric} is described");
            }
        }
    }
    assert_eq!(Call::new("GET", "/healthz").send(busy.office.address()).await.status, 200);
}

/// Waits until every rule was evaluated, and sees that none failed.
async fn rules_are_well(prometheus: &Prometheus) {
    let begun = Instant::now();
    loop {
        let rules = prometheus.rules().await;
        assert_eq!(rules.len(), super::alerts::runbooks().len());
        for (name, health, error) in &rules {
            assert!(health != "err" && error.is_empty(), "{name}: {error}");
        }
        if rules.iter().all(|(_, health, _)| health == "ok") {
            return;
        }
        assert!(begun.elapsed() < PATIENCE, "{rules:?}");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

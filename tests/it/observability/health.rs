//! One list of findings, told four times: on the page, by `hearth doctor`, in the metrics, in the log.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::support::{Call, Office, hearth};

/// Each finding by its code: how grave, what, and what to do. Numbers differ from one look to the next.
fn told(report: &Value) -> BTreeMap<String, Value> {
    let findings = report["findings"].as_array().expect("findings");
    let of = |finding: &Value| {
        let words = serde_json::json!([finding["severity"], finding["text"], finding["remedy"]]);
        let without_numbers: String =
            words.to_string().chars().filter(|c| !c.is_ascii_digit()).collect();
        (finding["code"].as_str().expect("a code").to_owned(), Value::String(without_numbers))
    };
    findings.iter().map(of).collect()
}

#[tokio::test]
async fn the_page_the_doctor_the_metrics_and_the_log_say_the_same() {
    let office = Office::open().await;
    // Something may grow beyond a unit between two looks; then it has not between the next two.
    let mut looks = 0;
    let page = loop {
        let page = office.owner.get("/health").await.ok();
        let doctor = hearth(office.data(), &["doctor", "--json"]).json();
        looks += 1;
        if told(&page) == told(&doctor) && page["severity"] == doctor["severity"] {
            break page;
        }
        assert!(looks < 5, "{page}\n{doctor}");
    };
    assert!(told(&page).len() > 8, "{page}");

    let metrics = office.call(Call::new("GET", "/metrics")).await;
    let metrics = String::from_utf8_lossy(&metrics.bytes).into_owned();
    for severity in ["good", "note", "warning", "bad"] {
        let findings = page["findings"].as_array().expect("findings");
        let count = findings.iter().filter(|finding| finding["severity"] == severity).count();
        let line = format!("hearth_findings{{severity=\"{severity}\"}} {count}");
        assert!(metrics.lines().any(|found| found == line), "{line}\n{metrics}");
    }
    let is_grave = |finding: &&Value| finding["severity"] != "good";
    for finding in page["findings"].as_array().expect("findings").iter().filter(is_grave) {
        let said = format!("code={} severity={}", finding["code"], finding["severity"]);
        let is_said =
            |line: &str| (line.contains("finding: ") && line.contains(&said)).then_some(());
        office.hearthd.logged(is_said).await;
    }
}

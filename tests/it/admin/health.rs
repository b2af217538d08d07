//! Health and storage say the same on the page as at the command line.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::support::{Office, hearth};

fn checks(report: &Value) -> BTreeSet<String> {
    let findings = report["findings"].as_array().unwrap();
    findings.iter().map(|finding| finding["check"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn the_page_and_the_doctor_have_the_same_checks() {
    let office = Office::open().await;
    let report = office.owner.get("/admin/health").await.ok();
    let doctor = hearth(office.data(), &["doctor", "--json"]).json();
    assert_eq!(checks(&report), checks(&doctor));
    for finding in report["findings"].as_array().unwrap() {
        assert!(!finding["en"].as_str().unwrap().is_empty(), "{finding}");
        assert!(!finding["zh-CN"].as_str().unwrap().is_ascii(), "{finding}");
    }
    let verdict_of = |check: &str| {
        let findings = report["findings"].as_array().unwrap();
        findings.iter().find(|one| one["check"] == check).unwrap()["verdict"].clone()
    };
    assert_eq!(verdict_of("server"), "good");
    assert_eq!(verdict_of("database"), "good");
    assert_eq!(verdict_of("backup"), "warning", "there is none yet");
    assert!(report["log_head"].as_u64().unwrap() > 3);
}

#[tokio::test]
async fn storage_knows_the_disk_the_database_and_today() {
    let office = Office::open().await;
    let report = office.owner.get("/admin/storage").await.ok();
    let number = |name: &str| report[name].as_u64().unwrap();
    assert!(number("database_bytes") > 4_096 && number("disk_bytes") > number("disk_free_bytes"));
    assert_eq!(report["days"].as_array().unwrap().len(), 1, "{report}");
    let parts = report["parts"].as_array().unwrap();
    let sizes: Vec<u64> = parts.iter().map(|part| part["size_bytes"].as_u64().unwrap()).collect();
    assert!(!sizes.is_empty() && sizes.is_sorted_by(|big, small| big >= small), "{report}");
}

//! Health and storage say the same on the page as at the command line.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::support::{Office, hearth};

fn checks(report: &Value) -> BTreeSet<String> {
    let findings = report["findings"].as_array().unwrap();
    findings.iter().map(|finding| finding["code"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn the_page_and_the_doctor_have_the_same_checks() {
    let office = Office::open().await;
    let report = office.owner.get("/health").await.ok();
    let doctor = hearth(office.data(), &["doctor", "--json"]).json();
    assert_eq!(checks(&report), checks(&doctor));
    for finding in report["findings"].as_array().unwrap() {
        assert!(!finding["text"]["en"].as_str().unwrap().is_empty(), "{finding}");
        assert!(!finding["text"]["zh-CN"].as_str().unwrap().is_ascii(), "{finding}");
    }
    let verdict_of = |check: &str| {
        let findings = report["findings"].as_array().unwrap();
        findings.iter().find(|one| one["code"] == check).unwrap()["severity"].clone()
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
    assert!(sizes.is_sorted_by(|big, small| big >= small), "{report}");
    let names: BTreeSet<&str> = parts.iter().map(|part| part["name"].as_str().unwrap()).collect();
    assert_eq!(names.len(), parts.len(), "each once: {report}");
    for table in ["log", "messages", "users", "audit", "sizes"] {
        assert!(names.contains(table), "{table} of {report}");
    }
    // Every table is named, so that nothing is in a rest.
    assert!(!names.contains("other"), "{report}");
    let (measured, page) = (sizes.iter().sum::<u64>(), 4_096);
    assert!(measured % page == 0 && measured <= number("database_bytes"), "{report}");
}

#[tokio::test]
async fn storage_counts_files_what_leaves_and_the_search_index() {
    let office = Office::open().await;
    let olga = &office.owner;
    let mut report = olga.get("/admin/storage").await.ok();
    assert_eq!((&report["files_bytes"], &report["leaving_bytes"]), (&0.into(), &0.into()));
    let text = vec![b'x'; 5_000];
    let file = olga.upload("notes.txt", "text/plain", &text).await;
    olga.share(&office.lobby, "", &[&file]).await;
    let half = olga.announce("half.bin", 9_000, "").await.ok();
    office.call(olga.piece(half["id"].as_str().unwrap(), 0, &[7; 3_000])).await.ok();
    report = olga.get("/admin/storage").await.ok();
    assert_eq!((&report["files_bytes"], &report["leaving_bytes"]), (&5_000.into(), &3_000.into()));
    let index = std::fs::metadata(office.data().join("search.db")).unwrap().len();
    assert!(report["search_bytes"].as_u64().unwrap() >= index, "{report}");
}

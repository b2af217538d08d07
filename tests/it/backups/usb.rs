//! A disk that is known by its label, and comes and goes.

use serde_json::json;

use super::{back_up, held, settings};
use crate::support::{Disk, Office};

#[tokio::test]
async fn a_disk_is_found_by_its_label_and_missed() {
    let scratch = tempfile::tempdir().unwrap();
    let path = scratch.path().join("HEARTH-TEST-DISK");
    let Some(disk) = Disk::mount(&path, 16 * 1_024) else { return };
    let office = Office::open().await;
    let olga = &office.owner;
    let usb = json!({"kind": "usb", "label": "HEARTH-TEST-DISK"});
    olga.put("/admin/vault", &settings(&usb)).await.ok();
    let state = back_up(olga).await;
    assert!(state["standings"][0]["fault"].is_null(), "{state}");
    assert!(held(&path).iter().any(|name| name == "hearth.vault"));
    disk.read_only();
    let state = back_up(olga).await;
    assert_eq!(state["standings"][0]["fault"], "read_only", "{state}");
    assert!(state["standings"][0]["verified_at"].is_u64(), "what was good still is: {state}");
    // Pulled out: the folder where it was mounted is still there, and nothing is written into it.
    drop(disk);
    let state = back_up(olga).await;
    assert_eq!(state["standings"][0]["fault"], "gone", "{state}");
    assert_eq!(std::fs::read_dir(&path).unwrap().count(), 0);
    let health = olga.get("/health").await.ok();
    let findings = health["findings"].as_array().unwrap();
    let place = findings.iter().find(|one| one["code"] == "backup_place").unwrap();
    assert_eq!(place["severity"], "warning", "{place}");
    assert!(place["text"]["en"].as_str().unwrap().contains("A disk"), "{place}");
}

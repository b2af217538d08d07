//! A disk that fills while a file comes in.

use super::noise;
use crate::support::{Disk, Office, Settings};

#[tokio::test]
async fn a_disk_that_fills_keeps_nothing_half_and_the_chat_goes_on() {
    let scratch = tempfile::tempdir().unwrap();
    let data = scratch.path().join("data");
    let Some(disk) = Disk::mount(&data, 16 * 1_024) else { return };
    let config = "[files]\ndisk_reserve_mb = 2\n".to_owned();
    let settings = Settings { data: Some(data.clone()), config, ..Settings::default() };
    let mut office = Office::open_with(settings).await;
    office.expect_errors("DiskFull");
    let olga = office.owner.clone();
    // It is known from the start that this one has no room.
    let problem = olga.announce("huge.bin", 64 << 20, "").await.refused(507, "disk_full");
    assert!(problem["title"]["zh-CN"].as_str().unwrap().contains("磁盘"));
    let content = noise(4 << 20);
    let upload = olga.announce("large.bin", content.len(), "").await.ok();
    let id = upload["id"].as_str().unwrap().to_owned();
    olga.append(&id, 0, &content[..1 << 20]).await.ok();
    // Somebody else takes the room.
    disk.fill(3 * 1_024);
    olga.append(&id, 1 << 20, &content[1 << 20..]).await.refused(507, "disk_full");
    let partial = data.join("uploads").join(&id);
    assert_eq!(partial.metadata().unwrap().len(), 1 << 20, "nothing of the piece is left");
    olga.say(&office.lobby, "we can still talk").await;
    disk.free();
    let state = olga.get(&format!("/uploads/{id}")).await.ok();
    assert_eq!(state["received_bytes"], 1 << 20);
    olga.append(&id, 1 << 20, &content[1 << 20..]).await.ok();
    let file = olga.complete(&id).await.ok();
    assert_eq!(olga.open(&file, "").await.bytes, content);
    drop(office);
    drop(disk);
}

//! Backup, restore and export carry what people shared.

use super::{noise, picture};
use crate::support::{Launch, Office, hearth};

#[tokio::test]
async fn a_backup_carries_files_and_names_a_broken_one() {
    let mut office = Office::open().await;
    let lobby = office.lobby.clone();
    let olga = office.owner.clone();
    let kept = noise(40_000);
    let file = olga.upload("kept.bin", "", &kept).await;
    let photo = olga.upload("photo.png", "image/png", &picture(1_200, 600)).await;
    let broken = olga.upload("broken.bin", "", b"these bytes will rot").await;
    olga.share(&lobby, "three files", &[&file, &photo, &broken]).await;
    let blob = broken["blob"].as_str().unwrap();
    let rotten = office.data().join("blobs").join(&blob[..2]).join(&blob[2..]);
    std::fs::write(&rotten, b"these bytes have rotten").unwrap();

    let backup = office.scratch().join("office.backup");
    let path = backup.to_str().unwrap();
    let written = hearth(office.data(), &["backup", path, "--json"]).json();
    assert_eq!(written["files"]["broken"], serde_json::json!([blob]), "{written}");
    // The file, the picture and its thumbnail.
    assert_eq!(written["files"]["files"], 3, "{written}");
    let export = office.scratch().join("export");
    let exported = hearth(office.data(), &["export", "--files", export.to_str().unwrap()]);
    assert!(exported.ok().contains("kept.bin"));
    assert!(exported.err.contains("3 files are in") && exported.err.contains(blob), "{exported:?}");
    let digest = blake3::hash(&kept).to_hex();
    assert_eq!(std::fs::read(export.join(&digest[..2]).join(&digest[2..])).unwrap(), kept);
    office.stop().await;

    let elsewhere = office.scratch().join("elsewhere");
    let restored = hearth(&elsewhere, &["restore", path, "--json"]).json();
    assert_eq!(restored["files"]["broken"], serde_json::json!([blob]), "{restored}");
    let mut launch = Launch::in_folder(&elsewhere);
    launch.config.clone_from(&office.launch.config);
    office.launch = launch;
    office.start().await;
    let olga = olga.sign_in_again().await;
    assert_eq!(olga.open(&file, "").await.bytes, kept);
    assert_eq!(olga.open(&photo, "/thumbnail").await.status, 200);
    olga.open(&broken, "").await.refused(410, "file_damaged");
}

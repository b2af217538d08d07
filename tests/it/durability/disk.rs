//! A full disk and a folder that can't be written.

use serde_json::json;

use crate::support::{Disk, Launch, Office, Person, Settings, nonce};

#[tokio::test]
async fn a_full_disk_is_said_and_survived() {
    let scratch = tempfile::tempdir().unwrap();
    let data = scratch.path().join("data");
    let Some(disk) = Disk::mount(&data, 6 * 1_024) else { return };
    let settings = Settings { data: Some(data), ..Settings::default() };
    let mut office = Office::open_with(settings).await;
    office.expect_errors("DiskFull");
    office.expect_errors("disk is full");
    let lobby = office.lobby.clone();
    let olga = office.owner.clone();
    let mut socket = olga.socket().await;
    let mut acknowledged = vec!["while there was room".to_owned()];
    olga.say(&lobby, &acknowledged[0]).await;

    disk.fill(64);
    let filler = "满".repeat(3_000);
    let path = format!("/channels/{lobby}/messages");
    let mut refused = None;
    // What the database has reserved already still takes a few.
    for number in 0..200 {
        let text = format!("{number} {filler}");
        let reply = olga.post(&path, &json!({"nonce": nonce(), "text": text})).await;
        if reply.status != 201 {
            refused = Some(reply);
            break;
        }
        acknowledged.push(text);
    }
    let refused = refused.expect("a disk that is full at last");
    let problem = refused.refused(507, "disk_full");
    assert!(problem["hint"]["en"].as_str().unwrap().contains("free some space"), "{problem}");
    let frame = json!({"t": "post", "nonce": nonce(), "channel": lobby, "text": filler});
    socket.send(&frame).await;
    assert_eq!(socket.frame("refused").await["problem"]["code"], "disk_full");
    // Reads go on, and nothing of what was refused is there.
    assert_eq!(olga.texts(&lobby).await, acknowledged);
    olga.get("/bootstrap").await.ok();
    olga.socket().await;

    disk.free();
    olga.say(&lobby, "there is room again").await;
    acknowledged.push("there is room again".to_owned());
    socket.say(&lobby, "on the socket as well").await;
    acknowledged.push("on the socket as well".to_owned());
    office.restart().await;
    assert_eq!(olga.texts(&lobby).await, acknowledged);
    drop(office);
    drop(disk);
}

#[tokio::test]
async fn a_disk_that_is_full_at_the_start_is_named() {
    let scratch = tempfile::tempdir().unwrap();
    let data = scratch.path().join("data");
    let Some(disk) = Disk::mount(&data, 1_024) else { return };
    disk.fill(0);
    let launch = Launch::in_folder(&data);
    let mut hearthd = launch.start();
    let status = hearthd.ended().await;
    let log = hearthd.log();
    assert_eq!(status.code(), Some(1), "{log}");
    assert!(log.contains("full") || log.contains("No space left"), "{log}");
    assert!(log.contains(data.to_str().unwrap()), "{log}");
    disk.free();
    drop(disk);
}

#[tokio::test]
async fn a_read_only_folder_is_named() {
    let scratch = tempfile::tempdir().unwrap();
    let data = scratch.path().join("data");
    let Some(disk) = Disk::mount(&data, 6 * 1_024) else { return };
    let office =
        Office::open_with(Settings { data: Some(data.clone()), ..Settings::default() }).await;
    office.owner.say(&office.lobby, "written in time").await;
    let launch = office.launch.clone();
    drop(office);
    disk.read_only();
    let mut hearthd = Launch::in_folder(&launch.data).start();
    let status = hearthd.ended().await;
    let log = hearthd.log();
    assert_eq!(status.code(), Some(1), "{log}");
    assert!(log.contains("can't write to") && log.contains(data.to_str().unwrap()), "{log}");
    assert!(log.contains("HEARTH_DATA"), "what to do about it: {log}");
}

#[tokio::test]
async fn a_folder_of_somebody_else_is_named() {
    if !rustix::process::geteuid().is_root() {
        println!("SKIPPED: this needs root, to become somebody else");
        return;
    }
    let scratch = tempfile::tempdir().unwrap();
    let data = scratch.path().join("data");
    let mut office =
        Office::open_with(Settings { data: Some(data.clone()), ..Settings::default() }).await;
    office.stop().await;
    let mut launch = Launch::in_folder(&data);
    let wrapper = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"];
    launch.wrapper = wrapper.map(str::to_owned).to_vec();
    let mut hearthd = launch.start();
    let status = hearthd.ended().await;
    let log = hearthd.log();
    assert_eq!(status.code(), Some(1), "{log}");
    assert!(log.contains("can't write to") && log.contains("Permission denied"), "{log}");
    // The owner of the folder goes on as if nothing had been.
    office.start().await;
    Person::sign_in(&office.door, "olga", &office.owner.password()).await.ok();
}

//! Stopping in good order.

use rustix::process::Signal;
use serde_json::json;
use tokio::net::TcpStream;

use crate::support::{Launch, Office, nonce};

#[tokio::test]
async fn a_stop_finishes_what_was_begun() {
    for signal in [Signal::TERM, Signal::INT] {
        let mut office = Office::open().await;
        let (olga, lobby) = (office.owner.clone(), office.lobby.clone());
        let mut socket = olga.socket().await;
        let mut idle = olga.socket().await;
        let idle_http = TcpStream::connect(office.address()).await.unwrap();
        for number in 0..100 {
            let text = format!("sent just before the end {number}");
            let frame = json!({"t": "post", "nonce": nonce(), "channel": lobby, "text": text});
            socket.feed(&frame).await;
        }
        socket.flush().await;
        socket.frame("posted").await;
        office.hearthd.signal(signal);
        let status = office.hearthd.ended().await;
        assert_eq!(status.code(), Some(0), "{}", office.log());
        assert!(!office.log().contains("before everything had finished"), "{}", office.log());
        assert!(TcpStream::connect(office.address()).await.is_err(), "nobody listens");
        assert_eq!(idle.closed().await.as_deref(), Some("restart"));
        let mut posted = 1;
        while let Some(frame) = socket.next().await {
            posted += u32::from(frame["t"] == "posted");
        }
        drop(idle_http);
        office.start().await;
        let found = olga.texts(&lobby).await.len();
        assert!(found >= posted as usize, "{posted} acknowledged, {found} found");
    }
}

#[tokio::test]
async fn a_stop_during_the_start_is_in_good_order_too() {
    let scratch = tempfile::tempdir().unwrap();
    let mut hearthd = Launch::in_folder(scratch.path()).start();
    hearthd.logged(|line| line.contains("database migrated").then_some(())).await;
    assert_eq!(hearthd.stop().await, 0, "{}", hearthd.log());
    assert!(hearthd.log().contains("stopping"), "{}", hearthd.log());
}

#[tokio::test]
async fn being_told_to_read_the_settings_again_ends_nothing() {
    let office = Office::open().await;
    let mut socket = office.owner.socket().await;
    office.hearthd.signal(Signal::HUP);
    socket.say(&office.lobby, "nothing has happened").await;
    office.owner.say(&office.lobby, "nothing at all").await;
}

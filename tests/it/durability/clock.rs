//! A clock that jumps, as those of small machines do when the network tells them the time.

use std::path::Path;

use serde_json::Value;

use crate::support::Office;

/// Where Debian keeps the library that lies about the time.
const LIBRARIES: [&str; 2] = [
    "/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1",
    "/usr/lib/aarch64-linux-gnu/faketime/libfaketimeMT.so.1",
];

#[tokio::test]
async fn a_clock_that_jumps_changes_no_order_and_loses_nothing() {
    let Some(library) = LIBRARIES.into_iter().find(|path| Path::new(path).exists()) else {
        println!("SKIPPED: this needs the package faketime");
        return;
    };
    let mut office = Office::open().await;
    let (olga, lobby) = (office.owner.clone(), office.lobby.clone());
    olga.say(&lobby, "at the right time").await;
    let time = office.scratch().join("time");
    let set = |offset: &str| std::fs::write(&time, offset).unwrap();
    set("+0");
    office.launch.environment = [
        ("LD_PRELOAD", library),
        ("FAKETIME_TIMESTAMP_FILE", time.to_str().unwrap()),
        ("FAKETIME_NO_CACHE", "1"),
        ("FAKETIME_DONT_FAKE_MONOTONIC", "1"),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .to_vec();
    office.restart().await;
    let mut socket = olga.socket().await;
    let mut texts = vec!["at the right time".to_owned()];
    for offset in ["-40d", "-1h", "+60d", "+1", "-3650d", "+0"] {
        set(offset);
        let text = format!("when the clock was off by {offset}");
        let said = socket.say(&lobby, &text).await;
        let heard = socket.event("message.posted").await;
        assert_eq!(heard["seq"], said.seq);
        texts.push(text);
    }
    // A restart under a wrong clock.
    set("-40d");
    office.restart().await;
    olga.say(&lobby, "in the past again").await;
    texts.push("in the past again".to_owned());
    assert_eq!(olga.texts(&lobby).await, texts);
    let page = olga.get(&format!("/channels/{lobby}/messages")).await.ok();
    let numbers = |name: &str| -> Vec<u64> {
        let messages = page["messages"].as_array().unwrap().iter();
        messages.map(|message: &Value| message[name].as_u64().unwrap()).collect()
    };
    assert!(numbers("seq").is_sorted());
    println!("times: {:?}", numbers("created_at"));
}

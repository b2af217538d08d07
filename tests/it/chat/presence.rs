//! What is told and never written down: who is there, and who is typing.

use serde_json::{Value, json};

use crate::support::{Office, Person, Socket};

async fn sees(socket: &mut Socket, person: &Person, state: &str) -> Value {
    let told = |frame: &Value| {
        let people = frame["people"].as_array().into_iter().flatten();
        people.into_iter().any(|p| p["user"] == *person.id && p["state"] == state)
    };
    socket.find(&format!("@{} {state}", person.handle), told).await
}

#[tokio::test]
async fn presence_and_typing_are_told_and_not_kept() {
    let office = Office::open().await;
    let (olga, lobby) = (&office.owner, &office.lobby);
    let lin = office.person("lin", "member").await;
    let head = olga.get("/bootstrap").await.ok()["seq"].clone();
    let mut of_olga = olga.socket().await;
    let mut of_lin = lin.socket().await;
    sees(&mut of_olga, &lin, "online").await;
    of_lin.send(&json!({"t": "presence", "state": "away"})).await;
    sees(&mut of_olga, &lin, "away").await;
    // A second device in use counts for the person.
    let mut of_phone = lin.socket().await;
    sees(&mut of_olga, &lin, "online").await;
    of_phone.send(&json!({"t": "presence", "state": "away"})).await;
    sees(&mut of_olga, &lin, "away").await;
    // Who opens the page later is told at once.
    let mut late = olga.socket().await;
    sees(&mut late, &lin, "away").await;

    of_lin.send(&json!({"t": "typing", "channel": lobby})).await;
    let typing = of_olga.frame("typing").await;
    assert_eq!((&typing["user"], &typing["channel"]), (&json!(lin.id), &json!(lobby)));
    // More often than every three seconds says nothing new.
    of_lin.send(&json!({"t": "typing", "channel": lobby})).await;
    of_lin.say(lobby, "here it is at last").await;
    let mut between = Vec::new();
    loop {
        let frame = of_olga.next().await.expect("an open socket");
        if frame["event"]["kind"] == "message.posted" {
            break;
        }
        between.push(frame["t"].clone());
    }
    assert!(!between.contains(&json!("typing")), "{between:?}");
    let next = olga.get("/bootstrap").await.ok()["seq"].clone();
    assert_eq!(next.as_u64(), head.as_u64().map(|head| head + 1), "the log has the message only");
}

#[tokio::test]
async fn who_leaves_is_offline_for_the_others() {
    let office = Office::open().await;
    let lin = office.person("lin", "member").await;
    let mut of_olga = office.owner.socket().await;
    let of_lin = lin.socket().await;
    sees(&mut of_olga, &lin, "online").await;
    drop(of_lin);
    sees(&mut of_olga, &lin, "offline").await;
}

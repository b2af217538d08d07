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

#[tokio::test]
async fn here_addresses_who_is_online_at_that_moment() {
    let office = Office::open().await;
    let (olga, lobby) = (&office.owner, &office.lobby);
    let lin = office.person("lin", "member").await;
    let kai = office.person("kai", "member").await;
    let mia = office.person("mia", "guest").await;
    let place = format!("/channels/{lobby}/members/{}", mia.id);
    olga.put(&place, &json!({"role": "member"})).await.ok();
    let mut of_olga = olga.socket().await;
    let mut of_lin = lin.socket().await;
    // Away counts: the page is open.
    sees(&mut of_olga, &lin, "online").await;
    of_lin.send(&json!({"t": "presence", "state": "away"})).await;
    sees(&mut of_olga, &lin, "away").await;

    let said = olga.say(lobby, "@here tea is ready").await;
    let mentions = of_lin.event("message.posted").await["event"]["mentions"].clone();
    assert_eq!((&mentions["wide"], &mentions["here"]), (&json!("here"), &json!([lin.id])));
    assert_eq!(olga.message(&said.id).await["mentions"], mentions);
    for (person, count) in [(&lin, 1), (&kai, 0), (olga, 0)] {
        assert_eq!(person.place(lobby).await["mentions"], count, "@{}", person.handle);
    }

    // Kai comes, and the text changes: the call was before.
    let _of_kai = kai.socket().await;
    let edited = json!({"text": "@here tea and cake"});
    let events = olga.patch(&format!("/messages/{}", said.id), &edited).await.events();
    assert_eq!(events[0]["event"]["mentions"], mentions);
    assert_eq!(kai.place(lobby).await["mentions"], 0);
    olga.say(lobby, "@here again").await;
    assert_eq!(kai.place(lobby).await["mentions"], 1);
    assert_eq!(lin.place(lobby).await["mentions"], 2);

    // A guest calls nobody, and whoever is online elsewhere is not in this channel.
    mia.say(lobby, "@here me too").await;
    assert_eq!(lin.place(lobby).await["mentions"], 2);
    let quiet = office.channel("private", "quiet", &[]).await;
    let said = olga.say(&quiet, "@here nobody").await;
    assert_eq!(olga.message(&said.id).await["mentions"]["here"], json!([]));
}

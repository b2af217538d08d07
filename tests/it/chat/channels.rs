//! Kinds of channels, and who is in them.

use serde_json::{Value, json};

use crate::support::{Office, nonce};

#[tokio::test]
async fn an_announcement_channel_takes_messages_from_its_managers() {
    let office = Office::open().await;
    let olga = &office.owner;
    let lin = office.person("lin", "member").await;
    let wanted =
        json!({"kind": "public", "name": "news", "posting": "managers", "members": [lin.id]});
    let events = olga.post("/channels", &wanted).await.events();
    let news = events[0]["event"]["channel"]["id"].as_str().unwrap().to_owned();
    let root = olga.say(&news, "we move to the second floor").await;
    let body = json!({"nonce": nonce(), "text": "may I say something?"});
    let refused = lin.post(&format!("/channels/{news}/messages"), &body).await;
    refused.refused(403, "forbidden");
    lin.reply(&news, &root.id, "which desk is mine?").await;
    lin.put(&format!("/messages/{}/reactions/%F0%9F%8E%89", root.id), &json!({})).await.ok();
    olga.put(&format!("/channels/{news}/members/{}", lin.id), &json!({"role": "manager"}))
        .await
        .ok();
    lin.say(&news, "my turn to announce").await;
}

#[tokio::test]
async fn an_archived_channel_can_be_read_and_brought_back() {
    let office = Office::open().await;
    let (olga, lobby) = (&office.owner, &office.lobby);
    let lin = office.person("lin", "member").await;
    let mut of_lin = lin.socket().await;
    let said = lin.say(lobby, "remember the summer").await;
    let path = format!("/channels/{lobby}");
    lin.patch(&path, &json!({"archived": true})).await.refused(403, "forbidden");
    olga.patch(&path, &json!({"archived": true})).await.ok();
    let updated = of_lin.event("channel.updated").await;
    assert!(updated["event"]["channel"]["archived_at"].is_number());
    let body = json!({"nonce": nonce(), "text": "one more thing"});
    lin.post(&format!("{path}/messages"), &body).await.refused(409, "channel_archived");
    let edit = json!({"text": "forget the summer"});
    let edited = lin.patch(&format!("/messages/{}", said.id), &edit).await;
    edited.refused(409, "channel_archived");
    assert_eq!(lin.texts(lobby).await, ["remember the summer"]);
    lin.put(&format!("{path}/read"), &json!({"upto": said.seq})).await.ok();
    olga.patch(&path, &json!({"archived": false})).await.ok();
    lin.post(&format!("{path}/messages"), &body).await.ok();
}

#[tokio::test]
async fn a_private_channel_is_unknown_outside() {
    let office = Office::open().await;
    let (olga, lobby) = (&office.owner, &office.lobby);
    let lin = office.person("lin", "admin").await;
    let kai = office.person("kai", "member").await;
    let mut of_lin = lin.socket().await;
    let board = office.channel("private", "board", &[&kai]).await;
    let said = kai.say(&board, "the numbers are in").await;
    let path = format!("/channels/{board}");
    for hidden in [&path, &format!("{path}/messages"), &format!("{path}/members")] {
        lin.get(hidden).await.refused(404, "not_found");
    }
    lin.get(&format!("/messages/{}", said.id)).await.refused(404, "not_found");
    lin.post(&format!("{path}/join"), &json!({})).await.refused(404, "not_found");
    let directory = lin.get("/channels").await.ok();
    assert!(!directory.to_string().contains(&board), "{directory}");
    let public = olga.say(lobby, "nothing to see here").await;
    let heard = Value::from(of_lin.events_upto(public.seq).await);
    assert!(!heard.to_string().contains(&board), "{heard}");

    // Added, she sees it live and with its history; removed, it ends.
    olga.put(&format!("{path}/members/{}", lin.id), &json!({"role": "member"})).await.ok();
    of_lin.event("member.added").await;
    assert_eq!(lin.texts(&board).await, ["the numbers are in"]);
    kai.say(&board, "welcome to the board").await;
    of_lin.event("message.posted").await;
    olga.delete(&format!("{path}/members/{}", lin.id)).await.ok();
    of_lin.event("member.removed").await;
    kai.say(&board, "now to the secret part").await;
    let public = olga.say(lobby, "lunch is ready now").await;
    let heard = Value::from(of_lin.events_upto(public.seq).await);
    assert!(!heard.to_string().contains("secret part"), "{heard}");
    lin.get(&path).await.refused(404, "not_found");
}

#[tokio::test]
async fn a_guest_sees_only_what_they_were_invited_to() {
    let office = Office::open().await;
    let (olga, lobby) = (&office.owner, &office.lobby);
    let workshop = office.channel("public", "workshop", &[]).await;
    let wanted = json!({
        "role": "guest", "uses_max": 1, "expires_in_s": 600, "channels": [workshop],
    });
    let invite = olga.post("/invites", &wanted).await.ok();
    let token = invite["url"].as_str().unwrap().split_once('#').unwrap().1.to_owned();
    let gus = crate::support::Person::accept(&office.door, &token, "gus").await;
    let mut of_gus = gus.socket().await;
    let channels = gus.get("/bootstrap").await.ok()["channels"].clone();
    assert_eq!(channels.as_array().map(Vec::len), Some(1));
    assert_eq!(channels[0]["channel"]["id"], *workshop);
    gus.say(&workshop, "hello from outside").await;
    gus.get(&format!("/channels/{lobby}")).await.refused(404, "not_found");
    gus.get("/channels").await.refused(403, "forbidden");
    gus.post("/direct", &json!({"users": [olga.id]})).await.refused(403, "forbidden");
    olga.say(lobby, "only for the family").await;
    office.channel("public", "kitchen", &[]).await;
    let said = olga.say(&workshop, "good to have you here").await;
    let heard = of_gus.events_upto(said.seq).await;
    let kinds: Vec<&Value> = heard.iter().map(|frame| &frame["event"]["kind"]).collect();
    assert_eq!(kinds, ["message.posted", "message.posted"], "{heard:?}");
}

#[tokio::test]
async fn people_join_and_leave_public_channels() {
    let office = Office::open().await;
    let lin = office.person("lin", "member").await;
    let garden = office.channel("public", "garden", &[]).await;
    let taken = json!({"kind": "public", "name": "Garden"});
    lin.post("/channels", &taken).await.refused(409, "name_taken");
    let listing = lin.get("/channels").await.ok();
    let of_garden = |listing: &Value| {
        let all = listing.as_array().unwrap().iter();
        all.into_iter().find(|entry| entry["channel"]["id"] == *garden).unwrap().clone()
    };
    assert_eq!(of_garden(&listing)["joined"], false);
    lin.post(&format!("/channels/{garden}/join"), &json!({})).await.ok();
    let entry = of_garden(&lin.get("/channels").await.ok());
    assert_eq!((&entry["joined"], &entry["member_count"]), (&json!(true), &json!(2)));
    lin.say(&garden, "the roses need water").await;
    lin.post(&format!("/channels/{garden}/leave"), &json!({})).await.ok();
    let members = lin.get(&format!("/channels/{garden}/members")).await.ok();
    assert_eq!(members["members"].as_array().map(Vec::len), Some(1));

    let direct = lin.direct(&[&office.owner]).await;
    let leave = lin.post(&format!("/channels/{direct}/leave"), &json!({})).await;
    leave.refused(409, "direct_is_fixed");
}

//! Writing to each other: live, in channels, direct conversations and threads.

use serde_json::json;

use crate::support::{Office, nonce};

#[tokio::test]
async fn two_people_chat_live_in_a_channel_and_directly() {
    let office = Office::open().await;
    let lin = office.person("lin", "member").await;
    let (mut of_olga, mut of_lin) = (office.owner.socket().await, lin.socket().await);
    assert_eq!(of_lin.hello["user"], *lin.id);
    assert_eq!(of_lin.hello["session"], *lin.session);

    let said = of_olga.say(&office.lobby, "good morning, 早上好").await;
    let heard = of_lin.event("message.posted").await;
    assert_eq!(heard["seq"], said.seq);
    assert_eq!(heard["actor"], *office.owner.id);
    assert_eq!(heard["event"]["message"], *said.id);
    assert_eq!(heard["event"]["text"], "good morning, 早上好");
    // The writer's own socket gets it as well, with the nonce, for its other devices.
    assert_eq!(of_olga.event("message.posted").await["event"]["message"], *said.id);

    let direct = lin.direct(&[&office.owner]).await;
    assert_eq!(of_olga.event("channel.created").await["event"]["channel"]["kind"], "direct");
    assert_eq!(office.owner.direct(&[&lin]).await, direct, "there is one between two people");
    of_lin.say(&direct, "tea at four?").await;
    assert_eq!(of_olga.event("message.posted").await["event"]["channel"], *direct);
    assert_eq!(office.owner.texts(&direct).await, ["tea at four?"]);
    assert_eq!(lin.texts(&office.lobby).await, ["good morning, 早上好"]);
}

#[tokio::test]
async fn threads_reactions_edits_and_deletions_reach_the_other() {
    let office = Office::open().await;
    let (olga, lobby) = (&office.owner, &office.lobby);
    let lin = office.person("lin", "member").await;
    let mut of_lin = lin.socket().await;
    let root = olga.say(lobby, "who brings the cake?").await;

    let answer = lin.reply(lobby, &root.id, "I do, with plums").await;
    let heard = of_lin.find("the answer", |frame| frame["event"]["message"] == *answer.id).await;
    assert_eq!(heard["event"]["root"], *root.id);
    let thread = olga.get(&format!("/messages/{}/thread", root.id)).await.ok();
    assert_eq!(thread["page"]["messages"][0]["text"], "I do, with plums");
    assert_eq!(thread["following"], true, "whoever began a thread follows it");
    let head = olga.message(&root.id).await;
    assert_eq!(
        (&head["thread"]["replies"], &head["thread"]["people"][0]),
        (&json!(1), &json!(lin.id))
    );
    assert_eq!(olga.texts(lobby).await, ["who brings the cake?"], "answers stay in their thread");
    let nested = json!({"nonce": nonce(), "root": answer.id, "text": "deeper"});
    let refused = olga.post(&format!("/channels/{lobby}/messages"), &nested).await;
    refused.refused(409, "not_a_root");

    let thumb = format!("/messages/{}/reactions/%F0%9F%91%8D", root.id);
    for person in [olga, &lin] {
        assert_eq!(person.put(&thumb, &json!({})).await.events().len(), 1);
        assert_eq!(person.put(&thumb, &json!({})).await.events().len(), 0, "twice is once");
    }
    assert_eq!(of_lin.event("reaction.set").await["event"]["emoji"], "👍");
    let reactions = olga.message(&root.id).await["reactions"].clone();
    assert_eq!(reactions, json!([{"emoji": "👍", "users": [olga.id, lin.id]}]));
    lin.delete(&thumb).await.ok();
    assert_eq!(olga.message(&root.id).await["reactions"][0]["users"], json!([olga.id]));

    let change = json!({"text": "who brings the plum cake?"});
    olga.patch(&format!("/messages/{}", root.id), &change).await.ok();
    assert_eq!(of_lin.event("message.edited").await["event"]["text"], change["text"]);
    let revisions = lin.get(&format!("/messages/{}/revisions", root.id)).await.ok();
    assert_eq!(revisions["revisions"][0]["text"], "who brings the cake?");
    assert!(lin.message(&root.id).await["edited_at"].is_number());
    lin.patch(&format!("/messages/{}", root.id), &change).await.refused(403, "forbidden");

    olga.delete(&format!("/messages/{}", root.id)).await.ok();
    assert_eq!(of_lin.event("message.deleted").await["event"]["message"], *root.id);
    let gone = lin.message(&root.id).await;
    assert!(gone["text"].is_null() && gone["deleted_at"].is_number());
    let revisions = lin.get(&format!("/messages/{}/revisions", root.id)).await;
    assert!(!String::from_utf8_lossy(&revisions.bytes).contains("cake"), "{revisions:?}");
    olga.patch(&format!("/messages/{}", root.id), &change).await.refused(409, "message_deleted");
}

#[tokio::test]
async fn mentions_name_people_groups_and_everybody() {
    let office = Office::open().await;
    let (olga, lobby) = (&office.owner, &office.lobby);
    let lin = office.person("lin", "member").await;
    let kai = office.person("kai", "member").await;
    let group = json!({"handle": "bakers", "name": "Bakers", "members": [kai.id]});
    olga.post("/groups", &group).await.ok();
    let mut of_lin = lin.socket().await;

    olga.say(lobby, "@lin, can you ask ＠bakers? not `@kai`").await;
    let mentions = of_lin.event("message.posted").await["event"]["mentions"].clone();
    assert_eq!(mentions["users"], json!([lin.id, kai.id]));
    assert_eq!(mentions["groups"].as_array().map(Vec::len), Some(1));
    assert_eq!(mentions.get("wide"), None);

    olga.say(lobby, "@channel the oven is warm").await;
    assert_eq!(of_lin.event("message.posted").await["event"]["mentions"]["wide"], "channel");
    for (person, count) in [(&lin, 2), (&kai, 2), (olga, 0)] {
        assert_eq!(person.place(lobby).await["mentions"], count, "@{}", person.handle);
    }
}

#[tokio::test]
async fn pins_are_kept_for_everybody() {
    let office = Office::open().await;
    let (olga, lobby) = (&office.owner, &office.lobby);
    let lin = office.person("lin", "member").await;
    let said = lin.say(lobby, "the door code is on the fridge").await;
    let mut of_olga = olga.socket().await;
    let pin = format!("/messages/{}/pin", said.id);
    lin.put(&pin, &json!({})).await.ok();
    assert_eq!(of_olga.event("pin.set").await["event"]["on"], true);
    let pins = olga.get(&format!("/channels/{lobby}/pins")).await.ok();
    assert_eq!(pins["messages"][0]["id"], *said.id);
    olga.delete(&pin).await.ok();
    let pins = lin.get(&format!("/channels/{lobby}/pins")).await.ok();
    assert_eq!(pins["messages"], json!([]));
}

#[tokio::test]
async fn a_repeated_send_gets_the_first_answer() {
    let office = Office::open().await;
    let (olga, lobby) = (&office.owner, &office.lobby);
    let path = format!("/channels/{lobby}/messages");
    let mut body = json!({"nonce": nonce(), "text": "is this thing on?"});
    let first = olga.post(&path, &body).await.events();
    assert_eq!(olga.post(&path, &body).await.events(), first);

    let mut socket = olga.socket().await;
    let mut frame = json!({"t": "post", "channel": lobby});
    frame["nonce"] = body["nonce"].clone();
    frame["text"] = body["text"].clone();
    socket.send(&frame).await;
    let posted = socket.frame("posted").await;
    assert_eq!(posted["seq"], first[0]["seq"], "over the other door as well");

    body["text"] = json!("something else entirely");
    olga.post(&path, &body).await.refused(409, "nonce_reused");
    frame["text"] = body["text"].clone();
    socket.send(&frame).await;
    assert_eq!(socket.frame("refused").await["problem"]["code"], "nonce_reused");
    assert_eq!(olga.texts(lobby).await, ["is this thing on?"]);

    // A nonce belongs to its sender.
    let lin = office.person("lin", "member").await;
    body["text"] = json!("lin may use that number too");
    assert_eq!(lin.post(&path, &body).await.events().len(), 1);
}

//! Lists that reach across conversations, and places that are taken back.

use serde_json::{Value, json};

use crate::support::{Office, Person};

fn ids(list: &Value, name: &str) -> Vec<String> {
    let entries = list[name].as_array().expect("a list");
    let field = if name == "threads" { "root" } else { "message" };
    entries.iter().map(|entry| entry[field]["id"].as_str().unwrap().to_owned()).collect()
}

async fn saved(person: &Person) -> Vec<String> {
    ids(&person.get("/saved").await.ok(), "saved")
}

#[tokio::test]
async fn a_place_can_be_taken_back_and_every_device_hears_of_it() {
    let office = Office::open().await;
    let (olga, lobby) = (&office.owner, &office.lobby);
    let lin = office.person("lin", "member").await;
    let mut of_lin = lin.sign_in_again().await.socket().await;
    let mut said = Vec::new();
    for text in ["one", "two", "three"] {
        said.push(olga.say(lobby, text).await);
    }
    let (read, unread) = (format!("/channels/{lobby}/read"), format!("/channels/{lobby}/unread"));
    lin.put(&read, &json!({"upto": said[2].seq})).await.ok();
    assert_eq!(lin.place(lobby).await["unread"], 0);
    of_lin.event("read.marked").await;

    lin.put(&unread, &json!({"from": said[1].seq})).await.ok();
    assert_eq!(of_lin.event("read.marked").await["event"]["upto"], said[1].seq - 1);
    assert_eq!(lin.place(lobby).await["unread"], 2);
    // A device that is late with what it read does not undo that ...
    assert_eq!(lin.put(&read, &json!({"upto": said[0].seq})).await.events().len(), 0);
    assert_eq!(lin.put(&unread, &json!({"from": said[2].seq})).await.events().len(), 0);
    // ... but reading on does.
    lin.put(&read, &json!({"upto": said[2].seq})).await.ok();
    assert_eq!(lin.place(lobby).await["unread"], 0);
    lin.put(&unread, &json!({"from": 0})).await.ok();
    assert_eq!(lin.place(lobby).await["read_upto"], 0);
    assert_eq!(olga.place(lobby).await["unread"], 0, "a place of one person");
}

#[tokio::test]
async fn an_answer_can_be_unread_again() {
    let office = Office::open().await;
    let (olga, lobby) = (&office.owner, &office.lobby);
    let lin = office.person("lin", "member").await;
    let root = lin.say(lobby, "what shall we cook?").await;
    let answer = olga.reply(lobby, &root.id, "soup").await;
    let path = format!("/channels/{lobby}");
    let mark = json!({"root": root.id, "upto": answer.seq});
    lin.put(&format!("{path}/read"), &mark).await.ok();
    assert_eq!(ids(&lin.get("/threads?unread=true").await.ok(), "threads"), [""; 0]);
    let mark = json!({"root": root.id, "from": answer.seq});
    lin.put(&format!("{path}/unread"), &mark).await.ok();
    let unread = lin.get("/threads?unread=true").await.ok();
    assert_eq!(ids(&unread, "threads"), [root.id.as_str()]);
    assert_eq!(unread["threads"][0]["unread"], 1);
    let elsewhere = json!({"root": answer.id, "from": 1});
    lin.put(&format!("{path}/unread"), &elsewhere).await.refused(409, "not_a_root");
}

#[tokio::test]
async fn followed_threads_come_in_pages_the_latest_answer_first() {
    let office = Office::open().await;
    let (olga, lobby) = (&office.owner, &office.lobby);
    let lin = office.person("lin", "member").await;
    let mut roots = Vec::new();
    for n in 0..5 {
        let root = lin.say(lobby, &format!("question {n}")).await;
        olga.reply(lobby, &root.id, &format!("answer {n}")).await;
        roots.push(root.id);
    }
    let lonely = lin.say(lobby, "nobody answers").await;
    let first = lin.get("/threads?unread=true&limit=2").await.ok();
    assert_eq!(ids(&first, "threads"), [roots[4].as_str(), &roots[3]]);
    assert_eq!(first["threads"][0]["last"]["text"], "answer 4");
    let path = format!("/threads?unread=true&limit=3&before={}", first["next"]);
    let rest = lin.get(&path).await.ok();
    assert_eq!(ids(&rest, "threads"), [roots[2].as_str(), &roots[1], &roots[0]]);
    assert!(rest["next"].is_null(), "{rest}");
    assert!(ids(&lin.get("/threads").await.ok(), "threads").is_empty(), "all are unread");
    let mine = ids(&olga.get("/threads").await.ok(), "threads");
    assert_eq!(mine.len(), 5, "who answers follows, and has read it");
    assert!(!mine.contains(&lonely.id));
    lin.get("/threads?limit=1000000").await.ok();
    lin.get("/threads?unread=perhaps").await.refused(400, "bad_request");
    lin.get("/threads?after=1").await.refused(400, "bad_request");
}

#[tokio::test]
async fn saved_messages_are_on_every_device_and_nobody_elses_business() {
    let office = Office::open().await;
    let (olga, lobby) = (&office.owner, &office.lobby);
    let lin = office.person("lin", "member").await;
    let (mut of_phone, mut of_olga) =
        (lin.sign_in_again().await.socket().await, olga.socket().await);
    let first = olga.say(lobby, "the recipe").await;
    let second = olga.say(lobby, "the address").await;
    for said in [&first, &second] {
        let path = format!("/messages/{}/saved", said.id);
        lin.put(&path, &json!({})).await.ok();
        assert!(lin.put(&path, &json!({})).await.events().is_empty(), "saved already");
    }
    assert_eq!(of_phone.event("saved.set").await["event"]["message"], first.id.as_str());
    assert_eq!(saved(&lin).await, [second.id.as_str(), &first.id]);
    assert!(saved(olga).await.is_empty());
    let page = lin.get("/saved?limit=1").await.ok();
    let next = lin.get(&format!("/saved?limit=1&before={}", page["next"])).await.ok();
    assert_eq!(ids(&next, "saved"), [first.id.as_str()]);
    assert!(next["next"].is_null());
    assert_eq!(lin.get("/bootstrap").await.ok()["saved"], json!([second.id, first.id]));

    lin.delete(&format!("/messages/{}/saved", second.id)).await.ok();
    assert_eq!(saved(&lin).await, [first.id.as_str()]);
    olga.delete(&format!("/messages/{}", second.id)).await.ok();
    let path = format!("/messages/{}/saved", second.id);
    lin.put(&path, &json!({})).await.refused(409, "message_deleted");
    let said = olga.say(lobby, "and that is all").await;
    let heard = of_olga.events_upto(said.seq).await;
    assert!(heard.iter().all(|frame| frame["event"]["kind"] != "saved.set"), "{heard:?}");
}

#[tokio::test]
async fn what_was_kept_of_a_channel_one_left_is_not_shown() {
    let office = Office::open().await;
    let olga = &office.owner;
    let lin = office.person("lin", "member").await;
    for kind in ["public", "private"] {
        let room = office.channel(kind, &format!("room {kind}"), &[&lin]).await;
        let said = olga.say(&room, "kept for later").await;
        olga.reply(&room, &said.id, "@lin an answer").await;
        lin.put(&format!("/messages/{}/saved", said.id), &json!({})).await.ok();
        assert_eq!(saved(&lin).await, [said.id.as_str()]);
        assert!(ids(&lin.get("/threads?unread=true").await.ok(), "threads").contains(&said.id));
        olga.delete(&format!("/channels/{room}/members/{}", lin.id)).await.ok();
        assert!(saved(&lin).await.is_empty(), "{kind}");
        assert_eq!(lin.get("/bootstrap").await.ok()["saved"], json!([]));
        assert!(!ids(&lin.get("/threads?unread=true").await.ok(), "threads").contains(&said.id));
        let path = format!("/messages/{}/saved", said.id);
        let code = if kind == "public" { (403, "forbidden") } else { (404, "not_found") };
        lin.delete(&path).await.refused(code.0, code.1);
        // Back again, it is still there.
        let back = format!("/channels/{room}/members/{}", lin.id);
        olga.put(&back, &json!({"role": "member"})).await.ok();
        assert_eq!(saved(&lin).await, [said.id.as_str()]);
        lin.delete(&path).await.ok();
    }
}

//! Slash commands: sent in Slack's form, answered for everybody or for one.

use std::collections::HashMap;

use serde_json::{Value, json};

use super::{last, office, text};
use crate::support::{Call, Office, Person, Receiver};

async fn make(owner: &Person, receiver: &Receiver) -> Value {
    let wanted = json!({
        "word": "/Deploy", "name": "Deployer", "url": receiver.url(), "hint": "[where]",
        "description": "Puts it there",
    });
    let fresh = owner.post("/commands", &wanted).await.ok();
    owner.door.record.private(&text(&fresh["secret"]));
    fresh["command"].clone()
}

fn form(body: &str) -> HashMap<String, String> {
    let decode = |text: &str| {
        let text = text.replace('+', " ");
        let mut bytes = Vec::new();
        let mut rest = text.as_bytes();
        while let Some((first, more)) = rest.split_first() {
            if *first == b'%' {
                let hex = std::str::from_utf8(&more[..2]).unwrap();
                bytes.push(u8::from_str_radix(hex, 16).unwrap());
                rest = &more[2..];
            } else {
                bytes.push(*first);
                rest = more;
            }
        }
        String::from_utf8(bytes).unwrap()
    };
    let pairs = body.split('&').filter_map(|pair| pair.split_once('='));
    pairs.map(|(name, value)| (decode(name), decode(value))).collect()
}

async fn run(person: &Person, channel: &str, asked: Value) -> crate::support::Reply {
    person.post(&format!("/channels/{channel}/commands"), &asked).await
}

#[tokio::test]
async fn a_command_is_sent_as_slack_sends_it_and_answered() {
    let office = office().await;
    let (olga, lobby) = (&office.owner, office.lobby.as_str());
    let lin = office.person("lin", "member").await;
    let mut receiver = Receiver::start().await;
    let command = make(olga, &receiver).await;
    assert_eq!(command["word"], "deploy");
    let listed = lin.get("/commands").await.ok();
    let expected = json!([
        {"word": "deploy", "hint": "[where]", "description": "Puts it there"}
    ]);
    assert_eq!(listed, expected);

    let (mut hers, mut mine) = (olga.socket().await, lin.socket().await);
    receiver.answer(200, r#"{"response_type": "in_channel", "text": "*on its way*"}"#);
    let asked = json!({"word": "deploy", "text": "to the moon"});
    run(&lin, lobby, asked.clone()).await.ok();
    let told = receiver.told().await;
    let fields = form(&told.body);
    assert_eq!(told.header("content-type"), "application/x-www-form-urlencoded");
    assert!(told.header("x-slack-signature").starts_with("v0="));
    for (name, value) in [
        ("command", "/deploy"),
        ("text", "to the moon"),
        ("user_name", "lin"),
        ("user_id", &lin.id),
        ("channel_name", "lobby"),
        ("channel_id", lobby),
    ] {
        assert_eq!(fields[name], value, "{name}");
    }
    let posted = hers.event("message.posted").await;
    assert_eq!(posted["event"]["text"], "**on its way**");
    assert_eq!(posted["actor"], command["bot"]);
    mine.event("message.posted").await;

    // An answer for one comes to one, and stands nowhere.
    receiver.answer(200, r#"{"text": "only for you", "username": "Quiet"}"#);
    run(&lin, lobby, asked.clone()).await.ok();
    let frame = mine.frame("ephemeral").await;
    assert_eq!((&frame["text"], &frame["channel"]), (&json!("only for you"), &json!(lobby)));
    assert_eq!(frame["guise"]["name"], "Quiet");
    receiver.answer(200, "plain words");
    run(&lin, lobby, asked).await.ok();
    assert_eq!(mine.frame("ephemeral").await["text"], "plain words");
    assert_eq!(last(olga, lobby).await["text"], "**on its way**");
    let marker = olga.say(lobby, "the end").await;
    let seen = hers.events_upto(marker.seq).await;
    assert!(!json!(seen).to_string().contains("only for you"));
}

#[tokio::test]
async fn a_program_answers_later_five_times() {
    let office = office().await;
    let (olga, lobby) = (&office.owner, office.lobby.as_str());
    let mut receiver = Receiver::start().await;
    make(olga, &receiver).await;
    let mut screen = olga.socket().await;
    run(olga, lobby, json!({"word": "deploy"})).await.ok();
    let url = form(&receiver.told().await.body)["response_url"].clone();
    let path = url[url.find("/hooks/").unwrap()..].to_owned();
    olga.door.record.private(path.rsplit('/').next().unwrap());
    let later = async |body: Value| {
        let reply = office.call(Call::new("POST", &path).json(&body)).await;
        (reply.status, String::from_utf8(reply.bytes.to_vec()).unwrap())
    };
    let for_all = json!({"response_type": "in_channel", "text": "now it is there"});
    assert_eq!(later(for_all.clone()).await, (200, "ok".to_owned()));
    assert_eq!(screen.event("message.posted").await["event"]["text"], "now it is there");
    assert_eq!(later(json!({"text": "psst"})).await.0, 200);
    assert_eq!(screen.frame("ephemeral").await["text"], "psst");
    let bad = office.call(Call::new("POST", &path).bytes(b"{".to_vec())).await;
    assert_eq!((bad.status, bad.bytes.as_ref()), (400, b"invalid_payload".as_slice()));
    for _ in 0..3 {
        assert_eq!(later(json!({"text": "more"})).await.0, 200);
    }
    assert_eq!(later(for_all).await, (404, "expired_url".to_owned()));
}

#[tokio::test]
async fn who_may_not_write_gives_no_command() {
    let office = office().await;
    let (olga, lobby) = (&office.owner, office.lobby.as_str());
    let lin = office.person("lin", "member").await;
    let vault = office.channel("private", "vault", &[]).await;
    let news = office.channel("public", "news", &[&lin]).await;
    olga.patch(&format!("/channels/{news}"), &json!({"posting": "managers"})).await.ok();
    let mut receiver = Receiver::start().await;
    let command = make(olga, &receiver).await;
    let asked = || json!({"word": "deploy"});
    run(&lin, &vault, asked()).await.refused(404, "not_found");
    run(&lin, &news, asked()).await.refused(403, "forbidden");
    run(&lin, lobby, json!({"word": "nothing"})).await.refused(404, "not_found");
    let long = json!({"word": "deploy", "text": "x".repeat(9_000)});
    run(&lin, lobby, long).await.refused(413, "too_large");
    assert!(receiver.told_already().is_empty());

    receiver.answer(500, "");
    run(&lin, lobby, asked()).await.refused(502, "no_answer");
    receiver.answer(200, "{ not JSON");
    run(&lin, lobby, asked()).await.refused(502, "no_answer");
    let problem = async || olga.get("/integrations").await.ok()["commands"][0]["problem"].clone();
    assert_eq!(problem().await, json!({"code": "bad_answer"}));
    run(&lin, lobby, asked()).await.ok();
    assert_eq!(problem().await, json!(null));

    let path = format!("/commands/{}", text(&command["id"]));
    let taken = json!({"word": "deploy", "name": "Twin", "url": receiver.url()});
    olga.post("/commands", &taken).await.refused(409, "name_taken");
    for word in ["", "me", "two words", "a/b", &"x".repeat(33)] {
        let bad = json!({"word": word, "name": "Bad", "url": receiver.url()});
        olga.post("/commands", &bad).await.refused(400, "bad_request");
    }
    let mut off = taken.clone();
    off["enabled"] = json!(false);
    olga.put(&path, &off).await.ok();
    run(&lin, lobby, asked()).await.refused(404, "not_found");
    assert_eq!(lin.get("/commands").await.ok(), json!([]));
    olga.delete(&path).await.ok();
    olga.post("/commands", &taken).await.ok();
}

#[tokio::test]
async fn a_command_does_not_reach_into_the_network() {
    let office = Office::open().await;
    let mut receiver = Receiver::start().await;
    make(&office.owner, &receiver).await;
    let asked = json!({"word": "deploy"});
    run(&office.owner, &office.lobby, asked).await.refused(502, "no_answer");
    let listed = office.owner.get("/integrations").await.ok();
    assert_eq!(listed["commands"][0]["problem"]["code"], "address_not_allowed");
    assert!(receiver.told_already().is_empty());
}

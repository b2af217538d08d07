//! Outgoing webhooks: what a receiver is told, and what happens when it fails.

use serde_json::{Value, json};

use super::{last, office, text};
use crate::support::{Office, Person, Receiver, soon};

/// Makes a webhook; gives its identity, its secret and its bot.
async fn make(owner: &Person, content: &Value) -> (String, String, String) {
    let fresh = owner.post("/hooks/outgoing", content).await.ok();
    let secret = text(&fresh["secret"]);
    owner.door.record.private(&secret);
    (text(&fresh["hook"]["id"]), secret, text(&fresh["hook"]["bot"]))
}

#[tokio::test]
async fn a_receiver_is_told_signed_and_in_order() {
    let office = office().await;
    let (olga, lobby) = (&office.owner, office.lobby.as_str());
    let mut receiver = Receiver::start().await;
    let wanted = json!({"name": "Tracker", "url": receiver.url(), "channel": lobby});
    let (id, secret, bot) = make(olga, &wanted).await;
    let said = olga.say(lobby, "the first words").await;
    let told = receiver.told().await;
    let body = told.json();
    assert_eq!(body["event"], "message.posted");
    assert_eq!(body["text"], "the first words");
    assert_eq!((&body["channel_name"], &body["user_name"]), (&json!("lobby"), &json!("olga")));
    assert_eq!((&body["message_id"], &body["seq"]), (&json!(said.id), &json!(said.seq)));
    assert_eq!(told.header("x-hearth-delivery"), format!("{id}-{}", said.seq));
    assert!(told.header("user-agent").starts_with("Hearth/"));
    assert!(signed(&secret, &told), "{told:?}");
    assert!(!signed("another secret", &told));

    for n in 0..20 {
        olga.say(lobby, &format!("word {n}")).await;
    }
    for n in 0..20 {
        assert_eq!(receiver.told().await.json()["text"], format!("word {n}"));
    }
    // An answer with a text is posted by the webhook's bot; anything else is not.
    receiver.answer(200, r#"{"text": "*noted*", "username": "Tracker 2"}"#);
    let mut screen = olga.socket().await;
    olga.say(lobby, "please note").await;
    receiver.told().await;
    let reply = screen.find("the reply", |frame| frame["actor"] == bot.as_str()).await;
    assert_eq!(reply["event"]["text"], "**noted**");
    receiver.answer(200, "<html>thank you</html>");
    olga.say(lobby, "nothing to say").await;
    receiver.told().await;
    // What the bot wrote set nothing off: two that answer each other stop at once.
    olga.say(lobby, "the last words").await;
    assert_eq!(receiver.told().await.json()["text"], "the last words");
    assert_eq!(last(olga, lobby).await["text"], "the last words");
    let listed = olga.get("/integrations").await.ok();
    let hook = &listed["outgoing"][0];
    assert_eq!((&hook["problem"], hook["used_at"].is_u64()), (&json!(null), true));
    assert!(!listed.to_string().contains(&secret));
}

/// Checks a signature as receivers do: Slack's scheme, version 0.
fn signed(secret: &str, told: &crate::support::Told) -> bool {
    let python = "import hashlib,hmac,sys\n\
        base=b'v0:'+sys.argv[2].encode()+b':'+sys.stdin.buffer.read()\n\
        print('v0='+hmac.new(sys.argv[1].encode(),base,hashlib.sha256).hexdigest())";
    use std::io::Write;
    let mut child = std::process::Command::new("python3")
        .args(["-c", python, secret, told.header("x-slack-request-timestamp")])
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .spawn()
        .expect("python3");
    child.stdin.take().unwrap().write_all(told.body.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    String::from_utf8_lossy(&output.stdout).trim() == told.header("x-slack-signature")
}

#[tokio::test]
async fn a_filter_is_kept_and_privacy_too() {
    let office = office().await;
    let olga = &office.owner;
    let room = office.channel("public", "room", &[]).await;
    let vault = office.channel("private", "vault", &[]).await;
    let mut receiver = Receiver::start().await;
    let wanted = json!({
        "name": "All", "url": receiver.url(),
        "events": ["message.posted", "message.edited", "message.deleted", "reaction.set"],
        "words": ["deploy"],
    });
    let (id, _, bot) = make(olga, &wanted).await;
    let seat = json!({"role": "member"});
    olga.put(&format!("/channels/{room}/members/{bot}"), &seat).await.ok();
    olga.say(&vault, "deploy in secret").await;
    olga.say(&room, "nothing of interest").await;
    olga.say(&room, "Deploy now").await;
    let told = receiver.told().await.json();
    assert_eq!((&told["text"], &told["trigger_word"]), (&json!("Deploy now"), &json!("deploy")));
    // Without words, changes come too.
    let path = format!("/hooks/outgoing/{id}");
    let mut more = wanted.clone();
    more["words"] = json!([]);
    olga.put(&path, &more).await.ok();
    let said = olga.say(&room, "a draft").await;
    olga.patch(&format!("/messages/{}", said.id), &json!({"text": "better"})).await.ok();
    olga.put(&format!("/messages/{}/reactions/%F0%9F%8D%B5", said.id), &json!({})).await.ok();
    olga.delete(&format!("/messages/{}", said.id)).await.ok();
    let mut events = Vec::new();
    for _ in 0..4 {
        let told = receiver.told().await.json();
        events.push((text(&told["event"]), told["text"].clone(), told["emoji"].clone()));
    }
    assert_eq!(
        events,
        [
            ("message.posted".to_owned(), json!("a draft"), json!(null)),
            ("message.edited".to_owned(), json!("better"), json!(null)),
            ("reaction.set".to_owned(), json!(null), json!("🍵")),
            ("message.deleted".to_owned(), json!(null), json!(null)),
        ]
    );
    olga.delete(&path).await.ok();
    olga.say(&room, "deploy to nobody").await;
    olga.delete(&path).await.refused(404, "not_found");
    assert!(receiver.told_already().is_empty());
}

#[tokio::test]
async fn a_failure_is_tried_again_and_a_restart_forgets_nothing() {
    let mut office = office().await;
    let lobby = office.lobby.clone();
    let mut receiver = Receiver::start().await;
    let wanted = json!({"name": "Shaky", "url": receiver.url(), "channel": lobby});
    make(&office.owner, &wanted).await;
    receiver.answer(500, "");
    office.owner.say(&lobby, "told twice").await;
    let first = receiver.told().await;
    let again = receiver.told().await;
    assert_eq!(first.body, again.body);
    assert_eq!(first.header("x-hearth-delivery"), again.header("x-hearth-delivery"));
    // A redirect is not followed: it counts as a failure.
    receiver.answer(302, "");
    office.owner.say(&lobby, "redirected").await;
    receiver.told().await;
    problem(&office, json!({"code": "status", "status": 302})).await;
    receiver.told().await;
    // What happens while the receiver is away is told when both are back.
    receiver.answer(503, "");
    office.owner.say(&lobby, "before the restart").await;
    receiver.told().await;
    office.kill_9().await;
    office.owner.say(&lobby, "after the restart").await;
    assert_eq!(receiver.told().await.json()["text"], "before the restart");
    assert_eq!(receiver.told().await.json()["text"], "after the restart");
}

async fn problem(office: &Office, expected: Value) {
    let seen = async {
        loop {
            let listed = office.owner.get("/integrations").await.ok();
            if listed["outgoing"][0]["problem"] == expected {
                return;
            }
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    };
    soon("the problem is shown", seen).await;
}

#[tokio::test]
async fn a_receiver_that_is_gone_is_left_and_its_maker_told() {
    let office = office().await;
    let (olga, lobby) = (&office.owner, office.lobby.as_str());
    let mut receiver = Receiver::start().await;
    let wanted = json!({"name": "Gone", "url": receiver.url(), "channel": lobby});
    let (_, _, bot) = make(olga, &wanted).await;
    let mut screen = olga.socket().await;
    receiver.answer(410, "");
    olga.say(lobby, "is anybody there?").await;
    receiver.told().await;
    let notice = screen
        .find("a notice", |f| f["actor"] == bot.as_str() && f["event"]["text"].is_string())
        .await;
    assert!(text(&notice["event"]["text"]).contains("`Gone`"), "{notice}");
    let listed = olga.get("/integrations").await.ok();
    assert_eq!(listed["outgoing"][0]["enabled"], false);
    // Switched on again, it is told of what happens from then on.
    olga.say(lobby, "unheard").await;
    let id = text(&listed["outgoing"][0]["id"]);
    olga.put(&format!("/hooks/outgoing/{id}"), &wanted).await.ok();
    olga.say(lobby, "heard again").await;
    assert_eq!(receiver.told().await.json()["text"], "heard again");
}

#[tokio::test]
async fn no_request_reaches_the_network_that_nobody_allowed() {
    let office = Office::open().await;
    let olga = &office.owner;
    let mut receiver = Receiver::start().await;
    for url in [
        receiver.url(),
        receiver.url().replace("127.0.0.1", "localhost"),
        receiver.url().replace("127.0.0.1", "[::ffff:127.0.0.1]"),
        receiver.url().replace("127.0.0.1", "2130706433"),
        "http://169.254.169.254/latest/meta-data/".to_owned(),
    ] {
        let wanted = json!({"name": "Spy", "url": url, "channel": office.lobby});
        let (id, _, _) = make(olga, &wanted).await;
        let tried = olga.post(&format!("/hooks/outgoing/{id}/test"), &json!({})).await.ok();
        assert_eq!(tried["problem"], json!({"code": "address_not_allowed"}), "{url}");
        olga.delete(&format!("/hooks/outgoing/{id}")).await.ok();
    }
    assert!(receiver.told_already().is_empty());
    for url in ["ftp://a.example/", "http://a:b@a.example/", "http://a.example:22/", "x"] {
        let wanted = json!({"name": "Bad", "url": url, "channel": office.lobby});
        olga.post("/hooks/outgoing", &wanted).await.refused(400, "bad_request");
    }
}

#[tokio::test]
async fn an_admin_tries_a_webhook_out() {
    let office = office().await;
    let olga = &office.owner;
    let mut receiver = Receiver::start().await;
    let wanted = json!({"name": "Tried", "url": receiver.url(), "channel": office.lobby});
    let (id, old, _) = make(olga, &wanted).await;
    let test = format!("/hooks/outgoing/{id}/test");
    receiver.answer(200, r#"{"text": "not for the channel"}"#);
    assert_eq!(olga.post(&test, &json!({})).await.ok()["problem"], json!(null));
    let told = receiver.told().await;
    assert_eq!(told.json()["test"], true);
    assert!(signed(&old, &told));
    receiver.answer(404, "");
    let problem = olga.post(&test, &json!({})).await.ok()["problem"].clone();
    assert_eq!(problem, json!({"code": "status", "status": 404}));
    receiver.told().await;
    let fresh = olga.post(&format!("/hooks/outgoing/{id}/secret"), &json!({})).await.ok();
    let secret = text(&fresh["secret"]);
    olga.door.record.private(&secret);
    olga.post(&test, &json!({})).await.ok();
    let told = receiver.told().await;
    assert!(signed(&secret, &told) && !signed(&old, &told));
    assert!(!olga.texts(&office.lobby).await.iter().any(|text| text.contains("not for")));
}

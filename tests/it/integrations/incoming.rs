//! Incoming webhooks, as Slack's.

use serde_json::json;

use super::{Incoming, last, text, word};
use crate::support::{Call, Office};

#[tokio::test]
async fn a_tool_posts_as_it_would_to_slack() {
    let office = Office::open().await;
    let olga = &office.owner;
    let lin = office.person("lin", "member").await;
    let mut screen = lin.socket().await;
    let hook = Incoming::make(olga, &office.lobby).await;
    let payload = json!({
        "text": "*Done*: <https://ci.example/1|job 1> <@lin>", "username": "Deploy",
        "icon_emoji": ":rocket:", "icon_url": "https://ci.example/icon.png",
        "attachments": [{"color": "good", "text": "all green"}],
    });
    assert_eq!(hook.word(&office, &payload).await, (200, "ok".to_owned()));
    let event = screen.event("message.posted").await;
    assert_eq!(event["actor"], hook.bot.as_str());
    assert_eq!(event["event"]["guise"], json!({"name": "Deploy", "emoji": "🚀"}));
    let message = last(&lin, &office.lobby).await;
    let expected = "**Done**: [job 1](https://ci.example/1) @lin\n\n> 🟢 all green";
    assert_eq!(message["text"], expected);
    assert_eq!(message["mentions"]["users"], json!([lin.id]));
    assert_eq!(message["guise"]["name"], "Deploy");
    // The bot is a member like others, and marked as what it is.
    let users = lin.get("/users").await.ok();
    let bot = users.as_array().unwrap().iter().find(|user| user["id"] == hook.bot.as_str());
    assert_eq!(bot.unwrap()["kind"], "bot");
    assert_eq!(bot.unwrap()["handle"], "build-server");

    let form = "payload=%7B%22text%22%3A%22from+a+form%22%7D".as_bytes().to_vec();
    let kind = "application/x-www-form-urlencoded";
    let call = Call::new("POST", &hook.path).bytes(form).header("content-type", kind);
    assert_eq!(word(&office.call(call).await).1, "ok");
    let message = last(&lin, &office.lobby).await;
    assert_eq!((message["text"].as_str(), &message["guise"]), (Some("from a form"), &json!(null)));
    // A reply in a thread, by Hearth's own id.
    let threaded = json!({"text": "in the thread", "thread_ts": message["id"]});
    assert_eq!(hook.word(&office, &threaded).await.0, 200);
    let thread = lin.get(&format!("/messages/{}/thread", text(&message["id"]))).await.ok();
    assert_eq!(thread["page"]["messages"][0]["text"], "in the thread");
}

#[tokio::test]
async fn refusals_are_slacks_words() {
    let office = Office::open().await;
    let olga = &office.owner;
    let room = office.channel("public", "room", &[]).await;
    let hook = Incoming::make(olga, &room).await;
    let refused = async |body: &str, kind: &str| {
        let call = Call::new("POST", &hook.path).bytes(body.as_bytes().to_vec());
        word(&office.call(call.header("content-type", kind)).await)
    };
    let json_kind = "application/json";
    for body in ["", "nonsense", "[]", "{\"text\":", "\"x\"", "7"] {
        assert_eq!(refused(body, json_kind).await, (400, "invalid_payload".to_owned()), "{body}");
    }
    let deep = format!("{{\"blocks\":{}{}}}", "[".repeat(5_000), "]".repeat(5_000));
    assert_eq!(refused(&deep, json_kind).await.1, "invalid_payload");
    let other = Incoming::make(olga, &room).await;
    let word_of = async |body| other.word(&office, &body).await;
    assert_eq!(word_of(json!({"username": "x"})).await, (400, "no_text".to_owned()));
    let many = json!({"text": "x", "attachments": vec![json!({}); 101]});
    assert_eq!(word_of(many).await, (400, "too_many_attachments".to_owned()));
    let elsewhere = json!({"text": "x", "channel": "#lobby"});
    assert_eq!(word_of(elsewhere).await, (403, "action_prohibited".to_owned()));
    assert_eq!(word_of(json!({"text": "x", "channel": "#Room"})).await.0, 200);
    let thread = json!({"text": "x", "thread_ts": hook.id});
    assert_eq!(word_of(thread).await, (400, "invalid_thread_ts".to_owned()));

    let long = json!({"text": "字".repeat(30_000)});
    assert_eq!(word_of(long).await.0, 200);
    let stored = text(&last(olga, &room).await["text"]);
    assert!(stored.ends_with('…') && stored.chars().count() > 9_000);
    // More than a request may have is refused before it is read.
    let huge = Call::new("POST", &hook.path).bytes(vec![b'x'; 1 << 20]);
    assert_eq!(office.call(huge).await.status, 413);

    for path in ["/hooks/x", &format!("/hooks/{}", "A".repeat(43)), "/hooks/reply/x"] {
        let reply = office.call(Call::new("POST", path).json(&json!({"text": "x"}))).await;
        let expected = if path.contains("reply") { "expired_url" } else { "no_service" };
        assert_eq!(word(&reply), (404, expected.to_owned()));
    }
    olga.patch(&format!("/channels/{room}"), &json!({"archived": true})).await.ok();
    let archived = other.word(&office, &json!({"text": "x"})).await;
    assert_eq!(archived, (410, "channel_is_archived".to_owned()));
}

#[tokio::test]
async fn a_hook_ends_by_hand_and_its_words_stay() {
    let office = Office::open().await;
    let olga = &office.owner;
    let hook = Incoming::make(olga, &office.lobby).await;
    let hi = json!({"text": "hi from the hook"});
    let path = format!("/hooks/incoming/{}", hook.id);
    assert_eq!(hook.word(&office, &hi).await.0, 200);
    olga.patch(&path, &json!({"enabled": false})).await.ok();
    assert_eq!(hook.word(&office, &hi).await, (404, "no_active_hooks".to_owned()));
    olga.patch(&path, &json!({"enabled": true, "name": "Renamed"})).await.ok();
    assert_eq!(hook.word(&office, &hi).await.0, 200);
    let fresh = Incoming::of(olga, &olga.post(&format!("{path}/url"), &json!({})).await.ok());
    assert_eq!(hook.word(&office, &hi).await, (404, "no_service".to_owned()));
    assert_eq!(fresh.word(&office, &hi).await.0, 200);
    olga.post(&format!("{path}/test"), &json!({})).await.ok();
    assert!(text(&last(olga, &office.lobby).await["text"]).contains("👋"));
    olga.delete(&path).await.ok();
    assert_eq!(fresh.word(&office, &hi).await, (404, "no_service".to_owned()));
    olga.delete(&path).await.refused(404, "not_found");
    assert!(olga.texts(&office.lobby).await.contains(&"hi from the hook".to_owned()));
    let listed = olga.get("/integrations").await.ok();
    assert_eq!(listed["incoming"], json!([]));
}

#[tokio::test]
async fn a_hook_goes_elsewhere_only_where_it_may() {
    let office = Office::open().await;
    let olga = &office.owner;
    let lin = office.person("lin", "admin").await;
    let ops = office.channel("public", "ops", &[]).await;
    let vault = office.channel("private", "vault", &[]).await;
    let wanted = json!({"name": "Any", "channel": office.lobby, "any_channel": true});
    let hook = Incoming::of(olga, &olga.post("/hooks/incoming", &wanted).await.ok());
    assert_eq!(hook.word(&office, &json!({"text": "to ops", "channel": "#ops"})).await.0, 200);
    assert_eq!(olga.texts(&ops).await, ["to ops"]);
    for channel in ["#vault", "#nowhere", "@olga", vault.as_str()] {
        let body = json!({"text": "x", "channel": channel});
        assert_eq!(hook.word(&office, &body).await, (404, "channel_not_found".to_owned()));
    }
    // An admin who is not in a private channel opens no door into it.
    let door = json!({"name": "Door", "channel": vault});
    lin.post("/hooks/incoming", &door).await.refused(404, "not_found");
    let into = json!({"channel": vault});
    lin.patch(&format!("/hooks/incoming/{}", hook.id), &into).await.refused(404, "not_found");
    // Who removes the bot from the channel closes it.
    olga.delete(&format!("/channels/{}/members/{}", office.lobby, hook.bot)).await.ok();
    assert_eq!(hook.word(&office, &json!({"text": "x"})).await.0, 403);
}

#[tokio::test]
async fn a_flood_is_slowed_down_and_others_are_not() {
    let office = Office::open().await;
    let hook = Incoming::make(&office.owner, &office.lobby).await;
    let calm = Incoming::make(&office.owner, &office.lobby).await;
    let sends = (0..40).map(async |n| hook.post(&office, &json!({"text": format!("{n}")})).await);
    let replies = futures_util::future::join_all(sends).await;
    let (taken, refused): (Vec<_>, Vec<_>) = replies.iter().partition(|r| r.status == 200);
    // Ten at once, and one more for each second that it took.
    assert!(taken.len() >= 10 && refused.len() >= 10, "{} taken", taken.len());
    for reply in refused {
        assert_eq!(word(reply), (429, "rate_limited".to_owned()));
        assert!(reply.header("retry-after").parse::<u32>().unwrap() >= 1);
    }
    assert_eq!(calm.word(&office, &json!({"text": "calm"})).await.0, 200);
}

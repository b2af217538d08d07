//! Bots: what their tokens open, and what they never do.

use serde_json::{Value, json};

use super::{office, text};
use crate::support::{Call, Office, Person, Receiver, Reply, nonce};

/// A bot with a token.
struct Bot {
    id: String,
    token: String,
    token_id: String,
}

impl Bot {
    async fn make(owner: &Person, scopes: &[&str]) -> Self {
        let handle = format!("bot{}", &nonce().replace('-', "")[8..20]);
        let wanted = json!({"handle": handle, "name": "Helper", "scopes": scopes});
        let bot = owner.post("/bots", &wanted).await.ok();
        let id = text(&bot["user"]);
        let name = json!({"name": "on the build server"});
        let fresh = owner.post(&format!("/bots/{id}/tokens"), &name).await.ok();
        let token = text(&fresh["token"]);
        owner.door.record.private(&token);
        Self { id, token, token_id: text(&fresh["info"]["id"]) }
    }

    fn call(&self, method: &str, path: &str) -> Call {
        let call = Call::new(method, &format!("/api/v1{path}"));
        call.header("authorization", &format!("Bearer {}", self.token))
    }

    async fn ask(&self, office: &Office, method: &str, path: &str, body: &Value) -> Reply {
        office.call(self.call(method, path).json(body)).await
    }

    async fn say(&self, office: &Office, channel: &str) -> Reply {
        let post = json!({"nonce": nonce(), "text": "beep"});
        self.ask(office, "POST", &format!("/channels/{channel}/messages"), &post).await
    }
}

#[tokio::test]
async fn scopes_are_asked_for_on_every_request() {
    let office = office().await;
    let (olga, lobby) = (&office.owner, office.lobby.as_str());
    let nothing = json!({});
    let all = Bot::make(olga, &["read", "post", "react", "channels"]).await;
    all.ask(&office, "POST", &format!("/channels/{lobby}/join"), &nothing).await.ok();
    all.say(&office, lobby).await.ok();
    all.ask(&office, "GET", &format!("/channels/{lobby}/messages"), &nothing).await.ok();
    all.ask(&office, "GET", "/bootstrap", &nothing).await.ok();

    // A scope that is taken away is gone at once, for every token.
    let change = json!({"scopes": ["post"]});
    olga.patch(&format!("/bots/{}", all.id), &change).await.ok();
    all.say(&office, lobby).await.ok();
    for (method, path) in [
        ("GET", format!("/channels/{lobby}/messages")),
        ("GET", "/bootstrap".to_owned()),
        ("GET", "/users".to_owned()),
        ("GET", "/commands".to_owned()),
        ("POST", format!("/channels/{lobby}/leave")),
    ] {
        all.ask(&office, method, &path, &nothing).await.refused(403, "forbidden");
    }
    // Without a scope nothing at all, also where a person of its role may.
    let none = Bot::make(olga, &[]).await;
    let join = format!("/channels/{lobby}/join");
    none.ask(&office, "POST", &join, &nothing).await.refused(403, "forbidden");
    none.say(&office, lobby).await.refused(403, "forbidden");
}

#[tokio::test]
async fn a_bot_is_never_an_admin_and_never_signs_in() {
    let office = office().await;
    let (olga, lobby) = (&office.owner, office.lobby.as_str());
    let bot = Bot::make(olga, &["read", "post", "react", "channels"]).await;
    let raise = json!({"role": "admin"});
    olga.patch(&format!("/users/{}", bot.id), &raise).await.refused(403, "forbidden");
    let users = olga.get("/users").await.ok();
    let user = users.as_array().unwrap().iter().find(|user| user["id"] == bot.id.as_str());
    let (handle, role) = (text(&user.unwrap()["handle"]), text(&user.unwrap()["role"]));
    assert_eq!(role, "member");
    for password in ["", "beep", bot.token.as_str()] {
        let refused = Person::sign_in(&olga.door, &handle, password).await;
        refused.refused(401, "wrong_credentials");
    }
    let change = json!({"current": "x", "new": "long enough"});
    let refused = bot.ask(&office, "PUT", "/me/password", &change).await;
    refused.refused(401, "wrong_credentials");
    for (path, body) in [
        ("/bots", json!({"handle": "child", "name": "Child", "scopes": []})),
        ("/invites", json!({"role": "guest", "uses_max": 1, "expires_in_s": 60})),
        ("/hooks/incoming", json!({"name": "x", "channel": lobby})),
    ] {
        bot.ask(&office, "POST", path, &body).await.refused(403, "forbidden");
    }
    // A program gives no commands, or two could go on for ever.
    let receiver = Receiver::start().await;
    let wanted = json!({"word": "ping", "name": "Ping", "url": receiver.url()});
    let fresh = olga.post("/commands", &wanted).await.ok();
    olga.door.record.private(&text(&fresh["secret"]));
    bot.ask(&office, "POST", &format!("/channels/{lobby}/join"), &json!({})).await.ok();
    let run = format!("/channels/{lobby}/commands");
    let asked = json!({"word": "ping"});
    bot.ask(&office, "POST", &run, &asked).await.refused(403, "forbidden");
}

#[tokio::test]
async fn tokens_end_by_hand_and_with_their_bot() {
    let office = office().await;
    let (olga, lobby) = (&office.owner, office.lobby.as_str());
    let bot = Bot::make(olga, &["read", "post", "channels"]).await;
    let nothing = json!({});
    bot.ask(&office, "POST", &format!("/channels/{lobby}/join"), &nothing).await.ok();
    let listed = olga.get("/integrations").await.ok();
    assert_eq!(listed["bots"][0]["tokens"][0]["name"], "on the build server");
    assert!(!listed.to_string().contains(&bot.token));

    let path = format!("/bots/{}/tokens/{}", bot.id, bot.token_id);
    olga.delete(&path).await.ok();
    bot.say(&office, lobby).await.refused(401, "sign_in_needed");
    olga.delete(&path).await.refused(404, "not_found");

    let tokens = format!("/bots/{}/tokens", bot.id);
    let fresh = async |name: &str| {
        let fresh = olga.post(&tokens, &json!({ "name": name })).await;
        if fresh.status == 201 {
            olga.door.record.private(&text(&fresh.ok()["token"]));
        }
        fresh
    };
    let token = text(&fresh("again").await.ok()["token"]);
    let again = Bot { token, ..bot };
    again.say(&office, lobby).await.ok();
    for n in 1..10 {
        fresh(&format!("number {n}")).await.ok();
    }
    fresh("one too many").await.refused(409, "limit_reached");
    // Switching the bot off ends its tokens for good.
    let path = format!("/bots/{}", again.id);
    olga.patch(&path, &json!({"enabled": false})).await.ok();
    again.say(&office, lobby).await.refused(401, "sign_in_needed");
    fresh("while off").await.refused(403, "account_disabled");
    olga.patch(&path, &json!({"enabled": true})).await.ok();
    again.say(&office, lobby).await.refused(401, "sign_in_needed");
    // A webhook's bot has no tokens, and a person is no bot.
    for id in [&olga.id] {
        let refused = olga.post(&format!("/bots/{id}/tokens"), &json!({"name": "x"})).await;
        refused.refused(404, "not_found");
    }
}

#[tokio::test]
async fn a_bot_follows_the_office_by_its_socket() {
    let office = office().await;
    let (olga, lobby) = (&office.owner, office.lobby.as_str());
    let bot = Bot::make(olga, &["read", "channels"]).await;
    bot.ask(&office, "POST", &format!("/channels/{lobby}/join"), &json!({})).await.ok();
    let mut socket = crate::support::Socket::open(olga, bot.call("GET", "/socket")).await;
    assert_eq!(socket.hello["user"], bot.id.as_str());
    olga.say(lobby, "hello, machine").await;
    assert_eq!(socket.event("message.posted").await["event"]["text"], "hello, machine");
    olga.patch(&format!("/bots/{}", bot.id), &json!({"scopes": ["post"]})).await.ok();
    assert_eq!(socket.closed().await.as_deref(), Some("access_changed"));
    bot.ask(&office, "GET", "/bootstrap", &json!({})).await.refused(403, "forbidden");
}

#[tokio::test]
async fn files_need_their_own_scope() {
    let office = office().await;
    let (olga, lobby) = (&office.owner, office.lobby.as_str());
    let bot = Person::bot(olga, "courier", &["read", "post", "files", "channels"]).await;
    bot.post(&format!("/channels/{lobby}/join"), &json!({})).await.ok();
    let own = bot.upload("report.txt", "text/plain", b"all is well").await;
    let unsent = bot.upload("later.txt", "text/plain", b"not yet").await;
    bot.share(lobby, "the report", &[&own]).await;
    assert_eq!(bot.open(&own, "/download").await.bytes, "all is well");
    let hers = olga.upload("plan.txt", "text/plain", b"the plan").await;
    let den = office.channel("private", "den", &[]).await;
    let hidden = olga.upload("secret.txt", "text/plain", b"not for bots").await;
    olga.share(lobby, "", &[&hers]).await;
    olga.share(&den, "", &[&hidden]).await;
    assert_eq!(bot.open(&hers, "/download").await.bytes, "the plan");
    // Where it is not, there is nothing, as for a person.
    bot.open(&hidden, "/download").await.refused(404, "not_found");

    let half = bot.announce("half.bin", 9_000, "").await.ok();
    let half = half["id"].as_str().unwrap();
    bot.append(half, 0, &[7; 3_000]).await.ok();
    olga.patch(&format!("/bots/{}", bot.id), &json!({"scopes": ["read", "post"]})).await.ok();
    bot.open(&hers, "/download").await.refused(403, "forbidden");
    bot.announce("more.txt", 3, "").await.refused(403, "forbidden");
    bot.append(half, 3_000, &[7; 3_000]).await.refused(403, "forbidden");
    bot.complete(half).await.refused(403, "forbidden");
    let post = json!({"nonce": nonce(), "text": "", "files": [unsent["id"]]});
    let path = format!("/channels/{lobby}/messages");
    bot.post(&path, &post).await.refused(403, "forbidden");
    bot.say(lobby, "words are still allowed").await;
}

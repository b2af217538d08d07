//! Somebody with an account, at one of their devices.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::SystemTime;

use serde_json::{Value, json};

use super::office::Door;
use super::{Call, Reply, Socket};

/// A new name for one send.
pub(crate) fn nonce() -> String {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).expect("after 1970");
    let count = COUNT.fetch_add(1, Ordering::Relaxed).to_be_bytes();
    let mut random = [0; 10];
    random[2..].copy_from_slice(&count);
    let now_ms = u64::try_from(now.as_millis()).expect("a time");
    uuid::Builder::from_unix_timestamp_millis(now_ms, &random).into_uuid().to_string()
}

/// How a device shows who it is.
#[derive(Clone, Debug)]
enum Ticket {
    Cookie(String),
    Bearer(String),
}

/// A person at a device.
#[derive(Clone, Debug)]
pub(crate) struct Person {
    pub(crate) id: String,
    pub(crate) handle: String,
    pub(crate) session: String,
    ticket: Ticket,
    pub(crate) door: Arc<Door>,
}

/// A message that is on disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Said {
    pub(crate) id: String,
    pub(crate) seq: u64,
}

impl Person {
    /// Founds the office and becomes its owner.
    pub(crate) async fn found(door: &Arc<Door>, code: &str) -> Self {
        let body = json!({
            "code": code, "office": "Tea House", "name": "Olga Owner", "handle": "olga",
            "password": password("olga"), "language": "en",
        });
        Self::enter(door, "/setup", &body).await
    }

    /// Accepts an invitation.
    pub(crate) async fn accept(door: &Arc<Door>, token: &str, handle: &str) -> Self {
        door.record.private(token);
        let body = json!({
            "name": format!("Person {handle}"), "handle": handle, "password": password(handle),
        });
        Self::enter(door, &format!("/invites/{token}/accept"), &body).await
    }

    async fn enter(door: &Arc<Door>, path: &str, body: &Value) -> Self {
        door.record.sent(body);
        let call = Call::new("POST", &format!("/api/v1{path}")).same_origin().json(body);
        let reply = call.send(door.address()).await;
        Self::signed_in(door, &reply, body["handle"].as_str().expect("a handle"))
    }

    /// A bot with these scopes and a token, made by somebody who runs the office.
    pub(crate) async fn bot(by: &Self, handle: &str, scopes: &[&str]) -> Self {
        let wanted = json!({"handle": handle, "name": format!("Bot {handle}"), "scopes": scopes});
        let made = by.post("/bots", &wanted).await.ok();
        let id = made["user"].as_str().expect("an id").to_owned();
        Self::with_token(by, &id, handle).await
    }

    /// A bot with a further token.
    pub(crate) async fn with_token(by: &Self, bot: &str, handle: &str) -> Self {
        let name = json!({"name": "a token"});
        let fresh = by.post(&format!("/bots/{bot}/tokens"), &name).await.ok();
        let token = fresh["token"].as_str().expect("a token").to_owned();
        by.door.record.private(&token);
        Self {
            id: bot.to_owned(),
            handle: handle.to_owned(),
            session: fresh["info"]["id"].as_str().expect("an id").to_owned(),
            ticket: Ticket::Bearer(token),
            door: Arc::clone(&by.door),
        }
    }

    /// The person at another device, a program with a token.
    pub(crate) async fn sign_in_again(&self) -> Self {
        let reply = Self::sign_in(&self.door, &self.handle, &password(&self.handle)).await;
        Self::signed_in(&self.door, &reply, &self.handle)
    }

    /// Asks for a token.
    pub(crate) async fn sign_in(door: &Arc<Door>, handle: &str, password: &str) -> Reply {
        let body = json!({"handle": handle, "password": password, "token": "bearer"});
        door.record.sent(&body);
        let call = Call::new("POST", "/api/v1/sessions").same_origin().json(&body);
        call.send(door.address()).await
    }

    fn signed_in(door: &Arc<Door>, reply: &Reply, handle: &str) -> Self {
        let body = reply.ok();
        door.record.received("signed in", &body);
        let cookie = reply.header("set-cookie").split(';').next().unwrap_or_default();
        let ticket = match body["token"].as_str() {
            Some(token) => Ticket::Bearer(token.to_owned()),
            None => Ticket::Cookie(cookie.split_once('=').expect("a cookie").1.to_owned()),
        };
        let (Ticket::Bearer(token) | Ticket::Cookie(token)) = &ticket;
        door.record.private(token);
        let text = |value: &Value| value.as_str().expect("an id").to_owned();
        Self {
            id: text(&body["user"]["id"]),
            handle: handle.to_owned(),
            session: text(&body["session"]),
            ticket,
            door: Arc::clone(door),
        }
    }

    /// The password this person signed up with.
    pub(crate) fn password(&self) -> String {
        password(&self.handle)
    }

    /// The token of this device.
    pub(crate) fn token(&self) -> &str {
        let (Ticket::Bearer(token) | Ticket::Cookie(token)) = &self.ticket;
        token
    }

    /// A request of this device under `/api/v1`.
    pub(crate) fn call(&self, method: &str, path: &str) -> Call {
        self.identify(Call::new(method, &format!("/api/v1{path}")))
    }

    fn identify(&self, call: Call) -> Call {
        match &self.ticket {
            // A browser adds both by itself.
            Ticket::Cookie(token) => {
                call.same_origin().header("cookie", &format!("hearth_session={token}"))
            }
            Ticket::Bearer(token) => call.header("authorization", &format!("Bearer {token}")),
        }
    }

    /// Sends a request of this device, and keeps its answer.
    pub(crate) async fn send(&self, call: Call) -> Reply {
        let name = call.name();
        let reply = call.send(self.door.address()).await;
        self.door.record.received(&name, &reply.json());
        reply
    }

    pub(crate) async fn ask(&self, method: &str, path: &str, body: Option<&Value>) -> Reply {
        let call = self.call(method, path);
        match body {
            Some(body) => {
                self.door.record.sent(body);
                self.send(call.json(body)).await
            }
            None => self.send(call).await,
        }
    }

    pub(crate) async fn get(&self, path: &str) -> Reply {
        self.ask("GET", path, None).await
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> Reply {
        self.ask("POST", path, Some(body)).await
    }

    pub(crate) async fn put(&self, path: &str, body: &Value) -> Reply {
        self.ask("PUT", path, Some(body)).await
    }

    pub(crate) async fn patch(&self, path: &str, body: &Value) -> Reply {
        self.ask("PATCH", path, Some(body)).await
    }

    pub(crate) async fn delete(&self, path: &str) -> Reply {
        self.ask("DELETE", path, None).await
    }

    /// Writes a message.
    pub(crate) async fn say(&self, channel: &str, text: &str) -> Said {
        self.post_message(channel, &json!({"nonce": nonce(), "text": text})).await
    }

    /// Answers in a thread.
    pub(crate) async fn reply(&self, channel: &str, root: &str, text: &str) -> Said {
        let body = json!({"nonce": nonce(), "root": root, "text": text});
        self.post_message(channel, &body).await
    }

    pub(super) async fn post_message(&self, channel: &str, body: &Value) -> Said {
        let events = self.post(&format!("/channels/{channel}/messages"), body).await.events();
        let [event] = events.as_slice() else { panic!("one event: {events:?}") };
        let id = event["event"]["message"].as_str().expect("a message").to_owned();
        Said { id, seq: event["seq"].as_u64().expect("a place") }
    }

    /// One message as it stands.
    pub(crate) async fn message(&self, id: &str) -> Value {
        self.get(&format!("/messages/{id}")).await.ok()
    }

    /// The texts of a channel's last messages, oldest first.
    pub(crate) async fn texts(&self, channel: &str) -> Vec<String> {
        let page = self.get(&format!("/channels/{channel}/messages?limit=200")).await.ok();
        let messages = page["messages"].as_array().expect("messages");
        let text = |message: &Value| message["text"].as_str().unwrap_or("(deleted)").to_owned();
        messages.iter().map(text).collect()
    }

    /// This person's place in a channel.
    pub(crate) async fn place(&self, channel: &str) -> Value {
        self.get(&format!("/channels/{channel}")).await.ok()
    }

    /// The direct conversation with these people.
    pub(crate) async fn direct(&self, people: &[&Self]) -> String {
        let users: Vec<&str> = people.iter().map(|person| person.id.as_str()).collect();
        let state = self.post("/direct", &json!({ "users": users })).await.ok();
        state["channel"]["id"].as_str().expect("a channel").to_owned()
    }

    /// A live socket from now on.
    pub(crate) async fn socket(&self) -> Socket {
        Socket::open(self, self.call("GET", "/socket")).await
    }

    /// A live socket that first replays what happened after a place in the log.
    pub(crate) async fn socket_since(&self, seq: u64) -> Socket {
        Socket::open(self, self.call("GET", &format!("/socket?since={seq}"))).await
    }
}

fn password(handle: &str) -> String {
    format!("{handle} drinks 7 cups")
}

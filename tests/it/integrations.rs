//! Programs that talk with the office: bots, webhooks in both directions, slash commands, and the SDKs
//! that people use for them.

mod bots;
mod commands;
mod incoming;
mod outgoing;
mod sdk;

use serde_json::{Value, json};

use crate::support::{Call, Office, Person, Reply, Settings};

/// An office whose requests may go to this machine.
async fn office() -> Office {
    let config = "[outbound]\nallow = [\"127.0.0.1\"]".to_owned();
    Office::open_with(Settings { config, ..Settings::default() }).await
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("a text: {value}")).to_owned()
}

/// An incoming webhook: its identity and the path of its URL.
struct Incoming {
    id: String,
    path: String,
    bot: String,
}

impl Incoming {
    async fn make(owner: &Person, channel: &str) -> Self {
        let wanted = json!({"name": "Build server", "channel": channel});
        Self::of(owner, &owner.post("/hooks/incoming", &wanted).await.ok())
    }

    fn of(owner: &Person, fresh: &Value) -> Self {
        let url = text(&fresh["url"]);
        let (_, token) = url.rsplit_once('/').unwrap();
        owner.door.record.private(token);
        Self {
            id: text(&fresh["hook"]["id"]),
            path: format!("/hooks/{token}"),
            bot: text(&fresh["hook"]["bot"]),
        }
    }

    /// Posts as a tool would: no cookie, no origin.
    async fn post(&self, office: &Office, body: &Value) -> Reply {
        office.call(Call::new("POST", &self.path).json(body)).await
    }

    /// Posts what must be refused; gives Slack's word.
    async fn word(&self, office: &Office, body: &Value) -> (u16, String) {
        word(&self.post(office, body).await)
    }
}

fn word(reply: &Reply) -> (u16, String) {
    assert!(reply.header("content-type").starts_with("text/plain"));
    (reply.status, String::from_utf8(reply.bytes.to_vec()).unwrap())
}

/// The last message of a channel.
async fn last(person: &Person, channel: &str) -> Value {
    let page = person.get(&format!("/channels/{channel}/messages?limit=1")).await.ok();
    page["messages"][0].clone()
}

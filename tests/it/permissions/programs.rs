//! Requests about bots, webhooks and slash commands.

use serde_json::{Value, json};

use super::stage::{Caller, Stage};

/// Where nobody listens, and where no request may go.
const NOWHERE: &str = "http://127.0.0.1:9999/";

/// Whether a row is about one of these.
pub(super) fn is_about(path: &str) -> bool {
    ["/integrations", "/bots", "/hooks/", "/commands"].iter().any(|start| path.starts_with(start))
}

/// The request of a row, about something that the owner has just made.
pub(super) async fn ask(stage: &Stage, caller: &Caller, route: &str) -> (String, Option<Value>) {
    let (method, path) = route.split_once(' ').unwrap();
    let body = match path {
        "/bots" => Some(json!({"handle": stage.unused("b"), "name": "Bot", "scopes": ["read"]})),
        "/bots/{user}" => Some(json!({"scopes": ["post"]})),
        "/bots/{user}/tokens" => Some(json!({"name": "a token"})),
        "/hooks/incoming" => Some(json!({"name": "In", "channel": caller.channel})),
        "/hooks/incoming/{hook}" => Some(json!({"enabled": false})),
        "/hooks/outgoing" | "/hooks/outgoing/{hook}" => Some(outgoing(&caller.channel)),
        "/commands" | "/commands/{command}" => Some(command(stage)),
        _ => None,
    };
    let body = body.filter(|_| method != "GET" && method != "DELETE");
    let mut path = path.to_owned();
    if path.contains("{user}") {
        let bot = made(stage, "/bots", &bot(stage)).await;
        let user = bot["user"].as_str().unwrap().to_owned();
        if path.contains("{token}") {
            let tokens = format!("/bots/{user}/tokens");
            let fresh = made(stage, &tokens, &json!({"name": "a token"})).await;
            path = path.replace("{token}", fresh["info"]["id"].as_str().unwrap());
        }
        path = path.replace("{user}", &user);
    }
    if path.contains("{hook}") {
        let lobby = &stage.office.lobby;
        let (kind, wanted) = if path.starts_with("/hooks/incoming") {
            ("/hooks/incoming", json!({"name": "In", "channel": lobby}))
        } else {
            ("/hooks/outgoing", outgoing(lobby))
        };
        let fresh = made(stage, kind, &wanted).await;
        path = path.replace("{hook}", fresh["hook"]["id"].as_str().unwrap());
    }
    if path.contains("{command}") {
        let fresh = made(stage, "/commands", &command(stage)).await;
        path = path.replace("{command}", fresh["command"]["id"].as_str().unwrap());
    }
    (path, body)
}

/// A command that anybody may give, for the row of giving one.
pub(super) async fn word(stage: &Stage) -> String {
    let wanted = command(stage);
    made(stage, "/commands", &wanted).await;
    wanted["word"].as_str().unwrap().to_owned()
}

fn bot(stage: &Stage) -> Value {
    json!({"handle": stage.unused("b"), "name": "Bot", "scopes": ["read"]})
}

fn outgoing(channel: &str) -> Value {
    json!({"name": "Out", "url": NOWHERE, "channel": channel, "enabled": false})
}

fn command(stage: &Stage) -> Value {
    json!({"word": stage.unused("w"), "name": "Command", "url": NOWHERE})
}

async fn made(stage: &Stage, path: &str, wanted: &Value) -> Value {
    let fresh = stage.office.owner.post(path, wanted).await.ok();
    for secret in [&fresh["secret"], &fresh["token"]] {
        if let Some(secret) = secret.as_str() {
            stage.office.owner.door.record.private(secret);
        }
    }
    fresh
}

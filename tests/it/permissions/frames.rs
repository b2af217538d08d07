//! Every client frame with every kind of caller.

use serde_json::{Value, json};

use super::stage::{Caller, KINDS, Stage};
use super::table::Table;
use crate::support::{Call, Person, Socket, nonce};

/// Frames as a client sends them. A new one makes `every_kind_of_frame_is_tried` fail.
const FRAMES: [&str; 7] =
    ["post", "post (reply)", "presence", "read", "typing", "typing (reply)", "watchhardware"];

async fn frame(stage: &Stage, caller: &Caller, name: &str) -> Value {
    let channel = &caller.channel;
    let root = stage.message(caller).await;
    match name {
        "post" => {
            json!({"t": "post", "nonce": nonce(), "channel": channel, "text": "my own words"})
        }
        "post (reply)" => json!({
            "t": "post", "nonce": nonce(), "channel": channel, "root": root, "text": "my own reply",
        }),
        "presence" => json!({"t": "presence", "state": "away"}),
        "read" => json!({"t": "read", "channel": channel, "upto": 1_000_000}),
        "typing" => json!({"t": "typing", "channel": channel}),
        "typing (reply)" => json!({"t": "typing", "channel": channel, "root": root}),
        "watchhardware" => json!({"t": "watch_hardware", "on": true}),
        other => panic!("who may send {other}? Say it here"),
    }
}

#[test]
fn every_kind_of_frame_is_tried() {
    let schema = concat!(env!("CARGO_MANIFEST_DIR"), "/../crates/wire/src/frame.rs");
    let source = std::fs::read_to_string(schema).unwrap();
    let client = source.split_once("pub enum ClientFrame {").expect("the client's frames").1;
    let client = client.split_once("\n}").unwrap().0;
    let variants = client.lines().filter_map(|line| line.strip_prefix("    ")?.strip_suffix(" {"));
    let variants: Vec<String> = variants.map(str::to_lowercase).collect();
    assert_eq!(variants, ["post", "read", "typing", "presence", "watchhardware"]);
    assert!(variants.iter().all(|name| FRAMES.contains(&name.as_str())));
}

#[tokio::test]
async fn every_frame_with_every_caller() {
    let stage = Stage::set().await;
    let mut witness = stage.author.socket().await;
    let mut table = Table::new(KINDS);
    for name in FRAMES {
        let mut outcomes = Vec::new();
        for caller in &stage.callers {
            let frame = frame(&stage, caller, name).await;
            outcomes.push(outcome(&stage, &mut witness, caller, &frame).await);
        }
        table.row(name, outcomes);
    }
    table.is_golden("frames.golden.txt");
}

/// What a frame did: each has an effect that somebody sees.
async fn outcome(stage: &Stage, witness: &mut Socket, caller: &Caller, frame: &Value) -> String {
    let Some(person) = &caller.person else {
        let call = Call::new("GET", "/api/v1/socket");
        return refusal(Socket::ask(&stage.author, call, None).await);
    };
    if caller.kind == "disabled" {
        return refusal(Socket::ask(person, person.call("GET", "/socket"), None).await);
    }
    let mut socket = person.socket().await;
    socket.send(frame).await;
    let own = |seen: &Value| match seen["t"].as_str() {
        Some("refused" | "posted" | "hardware") => true,
        _ => seen["event"]["kind"] == "read.marked",
    };
    let told = |seen: &Value| is_told(seen, frame, person);
    tokio::select! {
        seen = socket.find("an answer", own) => match seen["t"].as_str() {
            Some("refused") => seen["problem"]["code"].as_str().unwrap_or_default().to_owned(),
            _ => "done".to_owned(),
        },
        _ = witness.find("an effect", told) => "told".to_owned(),
    }
}

/// Whether a frame tells others what the client's frame said.
fn is_told(seen: &Value, frame: &Value, person: &Person) -> bool {
    match frame["t"].as_str() {
        Some("typing") => {
            seen["t"] == "typing" && seen["user"] == *person.id && seen["root"] == frame["root"]
        }
        Some("presence") => {
            let people = seen["people"].as_array().into_iter().flatten();
            people.into_iter().any(|p| p["user"] == *person.id && p["state"] == "away")
        }
        _ => false,
    }
}

fn refusal(opened: Result<Socket, u16>) -> String {
    match opened {
        Ok(_) => "opened".to_owned(),
        Err(status) => status.to_string(),
    }
}

//! No secret has a name in anything that goes out, except the one that somebody asked for.

use serde_json::Value;

use crate::{samples, schemas};

const SECRETS: [&str; 6] = ["password", "passphrase", "token", "hash", "secret", "phc"];

fn is_telling(name: &str) -> bool {
    SECRETS.iter().any(|secret| name.to_lowercase().contains(secret))
}

/// Paths of fields whose name tells of a secret.
fn telling(at: &str, value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            for (name, inner) in fields {
                let path = format!("{at}.{name}");
                if is_telling(name) {
                    found.push(path.clone());
                }
                telling(&path, inner, found);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| telling(at, item, found)),
        _ => {}
    }
}

/// Every property of every schema, however deep: this covers all bodies, not only the samples.
fn properties(at: &str, schema: &Value, found: &mut Vec<String>) {
    match schema {
        Value::Object(fields) => {
            for (name, inner) in fields {
                if let (true, Value::Object(properties)) = (name == "properties", inner) {
                    found.extend(properties.keys().map(|name| format!("{at}.{name}")));
                }
                properties_of_all(at, inner, found);
            }
        }
        _ => properties_of_all(at, schema, found),
    }
}

fn properties_of_all(at: &str, schema: &Value, found: &mut Vec<String>) {
    match schema {
        Value::Array(items) => items.iter().for_each(|item| properties(at, item, found)),
        Value::Object(_) => properties(at, schema, found),
        _ => {}
    }
}

#[test]
fn only_sign_in_bodies_name_a_secret() {
    let mut names = Vec::new();
    for (name, schema) in schemas::all() {
        properties(&name, &schema, &mut names);
    }
    assert!(names.contains(&"Event.text".to_owned()), "the walk finds fields: {names:?}");
    assert!(names.contains(&"Problem.title".to_owned()));
    names.retain(|name| is_telling(name.rsplit('.').next().unwrap_or(name)));
    names.sort();
    names.dedup();
    // Those that come out are shown once, to whoever made them. A bot's tokens are without their
    // characters. What opens a destination of backups goes in and never comes out.
    let known = [
        "AcceptInvite.password",
        "BackupKey.secret",
        "BackupKeyState.has_passphrase",
        "BackupPlace.password",
        "BackupPlace.secret_key",
        "BackupStanding.has_secret",
        "Bot.tokens",
        "FreshBotToken.token",
        "FreshCommand.secret",
        "FreshOutgoingHook.secret",
        "NewOwnPassword.password",
        "Setup.password",
        "SignIn.password",
        "SignIn.token",
        "SignedIn.token",
    ];
    assert_eq!(names, known);
}

#[test]
fn no_event_or_frame_has_a_field_for_a_secret() {
    let mut found = Vec::new();
    for event in samples::events() {
        telling("event", &serde_json::to_value(event).unwrap(), &mut found);
    }
    for frame in samples::server_frames() {
        telling("server", &serde_json::to_value(frame).unwrap(), &mut found);
    }
    for frame in samples::client_frames() {
        telling("client", &serde_json::to_value(frame).unwrap(), &mut found);
    }
    assert_eq!(found, Vec::<String>::new());
}

#[test]
fn a_secret_would_be_found() {
    let mut found = Vec::new();
    let nested = serde_json::json!([{ "user": { "id": 1, "password_phc": "$argon2id$" } }]);
    telling("x", &nested, &mut found);
    assert_eq!(found, ["x.user.password_phc"]);
}

//! What comes in is refused if it has a field that nobody knows: a misspelt field would otherwise
//! be lost without a word.

use std::collections::BTreeSet;

use hearth_wire::frame::ClientFrame;
use hearth_wire::{admin, hardware, inbox, integrations, rest, vault};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::{samples, schemas};

const ID: &str = "01990000-0000-7000-8000-000000000010";

fn refuses_unknown<T: DeserializeOwned>(name: &'static str, body: &Value) -> &'static str {
    assert!(serde_json::from_value::<T>(body.clone()).is_ok(), "{name}: {body}");
    for unknown in ["extra", "Name", "__proto__"] {
        let mut more = body.clone();
        more[unknown] = json!(1);
        assert!(serde_json::from_value::<T>(more).is_err(), "{name} takes {unknown}");
    }
    for other in [json!(null), json!([]), json!("text"), json!(1)] {
        let is_list = other.is_array();
        assert!(serde_json::from_value::<T>(other).is_err() || is_list, "{name} takes no object");
    }
    name
}

macro_rules! bodies {
    ($module:ident: $($name:ident $body:tt)+) => {
        BTreeSet::from([$(
            refuses_unknown::<$module::$name>(stringify!($name), &json!($body)).to_owned()
        ),+])
    };
}

#[test]
fn request_bodies_refuse_unknown_fields() {
    let mut met = bodies! { rest:
        Setup { "code": "c", "office": "o", "name": "n", "handle": "h", "password": "long enough" }
        SignIn { "handle": "h", "password": "long enough", "token": "bearer" }
        NewInvite { "role": "guest", "uses_max": 1, "expires_in_s": 60, "channels": [ID] }
        AcceptInvite { "name": "n", "handle": "h", "password": "long enough", "language": "en" }
        ProfileChange { "name": "n", "status": { "set": null }, "language": "auto" }
        StatusChange { "set": { "emoji": "🎧", "text": "", "until": null } }
        PasswordChange { "current": "long enough", "new": "long enough" }
        NewSubscription { "endpoint": "https://push.example", "p256dh": "a", "auth": "b" }
        UserChange { "role": "admin", "state": "disabled" }
        OfficeChange { "name": "n", "link_cards": false }
        GroupContent { "handle": "h", "name": "n", "members": [ID] }
        NewChannel { "kind": "public", "name": "n", "posting": "managers", "members": [ID] }
        ChannelChange { "topic": "t", "archived": true }
        MemberContent { "role": "manager" }
        OpenDirect { "users": [ID] }
        NewMessage { "nonce": ID, "root": ID, "text": "t", "files": [ID] }
        MessageChange { "text": "t" }
        NewUpload { "name": "n", "size_bytes": 1, "media_type": "image/png" }
        AvatarChange { "file": ID }
        ReadContent { "root": ID, "upto": 1 }
        UnreadContent { "root": ID, "from": 1 }
        NotifyContent { "level": "nothing" }
        DraftContent { "root": ID, "text": "" }
    };
    met.extend(bodies! { integrations:
        NewBot { "handle": "h", "name": "n", "scopes": ["read"] }
        BotChange { "name": "n", "scopes": [], "enabled": false }
        NewBotToken { "name": "n" }
        NewIncomingHook { "name": "n", "channel": ID, "any_channel": true }
        IncomingHookChange { "name": "n", "channel": ID, "enabled": false }
        OutgoingHookContent { "name": "n", "url": "u", "words": ["w"], "events": ["reaction.set"] }
        CommandContent { "word": "w", "name": "n", "url": "u", "hint": "h", "enabled": true }
        RunCommand { "word": "w", "text": "t", "root": ID }
    });
    met.extend(bodies! { hardware:
        HardwareChange { "profile": "quiet", "quiet_hours": null, "price": null }
        HardwareAction { "action": "drill" }
        EnergyPrice { "per_kwh": 0.65, "currency": "CNY" }
    });
    let place = json!({ "kind": "usb", "label": "HEARTH" });
    let destination = json!({ "id": "usb", "name": "n", "place": place });
    met.insert(
        refuses_unknown::<vault::BackupDestination>("BackupDestination", &destination).to_owned(),
    );
    met.extend(bodies! { vault:
        BackupKept { "hours": 0, "days": 7, "weeks": 4 }
        BackupKeySaved { "ending": "abcdef" }
        BackupSettings {
            "every": "day", "at": 120, "kept": { "hours": 0, "days": 7, "weeks": 4 }, "destinations": []
        }
    });
    met.extend(bodies! { admin: UpdateOrder { "act": "check" } });
    let chosen = json!({ "password": "long enough" });
    met.insert(refuses_unknown::<admin::NewOwnPassword>("NewOwnPassword", &chosen).to_owned());
    let heir = json!({ "user": "0197a000-0000-7000-8000-000000000000" });
    met.insert(refuses_unknown::<admin::NewManager>("NewManager", &heir).to_owned());
    refuses_unknown::<admin::AuditQuery>("AuditQuery", &json!({ "before": 1, "area": "user" }));
    assert_eq!(met, schemas::strict(), "a strict body that this test does not send");
    refuses_unknown::<rest::HistoryQuery>("HistoryQuery", &json!({ "before": 1, "limit": 50 }));
    refuses_unknown::<hardware::HistoryQuery>("HistoryQuery", &json!({ "span": "month" }));
    refuses_unknown::<inbox::ThreadsQuery>("ThreadsQuery", &json!({ "unread": true, "before": 1 }));
    refuses_unknown::<inbox::SavedQuery>("SavedQuery", &json!({ "before": 1, "limit": 5 }));
}

#[test]
fn client_frames_refuse_unknown_fields() {
    for frame in samples::client_frames() {
        let body = serde_json::to_value(frame).unwrap();
        refuses_unknown::<ClientFrame>("ClientFrame", &body);
    }
}

#[test]
fn client_frames_of_the_wrong_form_are_refused() {
    for bad in [
        "",
        "{}",
        "[]",
        r#"{"t":"unknown"}"#,
        r#"{"t":"presence"}"#,
        r#"{"t":"presence","state":"offline"}"#,
        r#"{"t":"presence","state":"away","state":"away"}"#,
        r#"{"t":"typing","channel":"not an id"}"#,
        r#"{"t":"read","channel":"01990000-0000-7000-8000-000000000010","upto":-1}"#,
        r#"{"t":"read","channel":"01990000-0000-7000-8000-000000000010","upto":"1"}"#,
        r#"{"t":"event","seq":1}"#,
    ] {
        assert!(serde_json::from_str::<ClientFrame>(bad).is_err(), "{bad}");
    }
}

#[test]
fn the_longest_message_fits_into_a_frame() {
    let most = hearth_domain::limits::MESSAGE_BYTES_MAX;
    let frame = ClientFrame::Post {
        nonce: samples::id(1),
        channel: samples::id(10),
        root: Some(samples::id(21)),
        text: "\n".repeat(most),
        files: vec![samples::id(1); hearth_domain::limits::FILES_PER_MESSAGE_MAX],
    };
    let bytes = serde_json::to_string(&frame).unwrap().len();
    assert!(bytes <= hearth_wire::limits::CLIENT_FRAME_BYTES_MAX, "{bytes}");
    assert!(bytes <= hearth_wire::limits::REQUEST_BYTES_MAX);
}

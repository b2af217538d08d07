//! Every event and frame as a file, so that a change of the wire shows in review.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use hearth_domain::event::Event;
use hearth_wire::frame::{ClientFrame, ServerFrame};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::{samples, schemas};

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("golden")
}

/// Samples by the name of their file, which is their tag.
fn files<T: Serialize>(prefix: &str, tag: &str, samples: &[T]) -> BTreeMap<String, String> {
    let file = |sample: &T| {
        let json = serde_json::to_value(sample).unwrap();
        let tag = json[tag].as_str().unwrap().replace('.', "-");
        let text = serde_json::to_string_pretty(sample).unwrap() + "\n";
        (format!("{prefix}-{tag}.json"), text)
    };
    let files: BTreeMap<_, _> = samples.iter().map(file).collect();
    assert_eq!(files.len(), samples.len(), "two samples of one kind");
    files
}

fn check<T>(prefix: &str, tag: &str, samples: &[T])
where
    T: Serialize + DeserializeOwned + PartialEq + std::fmt::Debug,
{
    let files = files(prefix, tag, samples);
    for (name, now) in &files {
        let path = folder().join(name);
        if std::env::var_os("HEARTH_BLESS").is_some() {
            std::fs::write(&path, now).unwrap();
        }
        let golden = std::fs::read_to_string(&path).unwrap_or_default();
        assert_eq!(golden, *now, "{name} changed; HEARTH_BLESS=1 accepts it");
        let read: T = serde_json::from_str(&golden).unwrap();
        assert!(samples.contains(&read), "{name} reads as something else: {read:?}");
        let compact = serde_json::to_string(&read).unwrap();
        assert_eq!(serde_json::from_str::<T>(&compact).unwrap(), read, "{name}");
    }
}

#[test]
fn events_are_as_their_golden_files() {
    let events = samples::events();
    check("event", "kind", &events);
    assert_eq!(events.len(), schemas::variants("Event"), "an event without a sample");
}

#[test]
fn client_frames_are_as_their_golden_files() {
    let frames = samples::client_frames();
    check("client", "t", &frames);
    assert_eq!(frames.len(), schemas::variants("ClientFrame"), "a frame without a sample");
}

#[test]
fn server_frames_are_as_their_golden_files() {
    let frames = samples::server_frames();
    check("server", "t", &frames);
    assert_eq!(frames.len(), schemas::variants("ServerFrame"), "a frame without a sample");
}

#[test]
fn every_golden_file_belongs_to_a_sample() {
    if std::env::var_os("HEARTH_BLESS").is_some() {
        return; // The other tests are just writing them.
    }
    let mut expected: BTreeSet<String> = BTreeSet::new();
    expected.extend(files("event", "kind", &samples::events()).into_keys());
    expected.extend(files("client", "t", &samples::client_frames()).into_keys());
    expected.extend(files("server", "t", &samples::server_frames()).into_keys());
    let entries = std::fs::read_dir(folder()).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    assert_eq!(names.collect::<BTreeSet<_>>(), expected);
}

#[test]
fn kinds_are_numbered_once_and_for_all() {
    let numbered: Vec<(u16, String)> = samples::events()
        .iter()
        .map(|event| {
            let json = serde_json::to_value(event).unwrap();
            (event.kind().0, json["kind"].as_str().unwrap().to_owned())
        })
        .collect();
    let expected = [
        (1, "office.updated"),
        (10, "user.created"),
        (11, "user.updated"),
        (12, "preferences.updated"),
        (20, "group.updated"),
        (21, "group.deleted"),
        (30, "channel.created"),
        (31, "channel.updated"),
        (40, "member.added"),
        (41, "member.updated"),
        (42, "member.removed"),
        (50, "message.posted"),
        (51, "message.edited"),
        (52, "message.deleted"),
        (60, "reaction.set"),
        (61, "pin.set"),
        (70, "thread.followed"),
        (71, "read.marked"),
        (72, "notify.updated"),
        (73, "draft.updated"),
        (74, "saved.set"),
        (76, "cards.set"),
    ];
    let expected: Vec<_> = expected.iter().map(|(n, name)| (*n, (*name).to_owned())).collect();
    assert_eq!(numbered, expected, "a log on somebody's disk has the old numbers");
    let unique: BTreeSet<u16> = numbered.iter().map(|(n, _)| *n).collect();
    assert_eq!(unique.len(), numbered.len());
}

/// A box of tomorrow may say more; what is known stays readable.
#[test]
fn events_and_server_frames_may_gain_fields() {
    let grown = |sample: Value| {
        let mut sample = sample;
        sample["from_the_future"] = Value::Bool(true);
        sample
    };
    for event in samples::events() {
        let json = grown(serde_json::to_value(&event).unwrap());
        assert_eq!(serde_json::from_value::<Event>(json).unwrap(), event);
    }
    for frame in samples::server_frames() {
        let json = grown(serde_json::to_value(&frame).unwrap());
        assert_eq!(serde_json::from_value::<ServerFrame>(json).unwrap(), frame);
    }
}

#[test]
fn what_may_be_absent_may_be_absent() {
    let bare = r#"{"t":"typing","channel":"01990000-0000-7000-8000-000000000010"}"#;
    let frame: ClientFrame = serde_json::from_str(bare).unwrap();
    assert_eq!(frame, ClientFrame::Typing { channel: samples::id(10), root: None });
    assert_eq!(serde_json::to_string(&frame).unwrap(), bare);
}

//! A process that is killed in the middle of its work.

use std::collections::{BTreeMap, HashMap};

use serde_json::{Value, json};

use crate::support::{Office, Person, nonce};

/// Every text of a channel, with how often it is there.
async fn all_texts(person: &Person, channel: &str) -> BTreeMap<String, u32> {
    let mut texts = BTreeMap::new();
    let mut after = 0;
    loop {
        let path = format!("/channels/{channel}/messages?after={after}&limit=200");
        let page = person.get(&path).await.ok();
        for message in page["messages"].as_array().unwrap() {
            *texts.entry(message["text"].as_str().unwrap().to_owned()).or_default() += 1;
            after = message["seq"].as_u64().unwrap();
        }
        if page["more_after"] == false {
            return texts;
        }
    }
}

#[tokio::test]
async fn every_acknowledged_message_survives_a_kill_exactly_once() {
    let mut office = Office::open().await;
    let lobby = office.lobby.clone();
    let olga = office.owner.clone();
    let mut acknowledged: BTreeMap<String, u64> = BTreeMap::new();
    let mut unanswered: HashMap<String, Value> = HashMap::new();
    for round in 0..4 {
        let mut socket = olga.socket().await;
        for number in 0..400 {
            let text = format!("round {round}, message {number}");
            let frame = json!({"t": "post", "nonce": nonce(), "channel": lobby, "text": text});
            socket.feed(&frame).await;
            unanswered.insert(frame["nonce"].as_str().unwrap().to_owned(), frame);
        }
        socket.flush().await;
        // Some are acknowledged, some are on their way, some were not read yet.
        for _ in 0..=round * 60 {
            let posted = socket.frame("posted").await;
            answered(&posted, &mut unanswered, &mut acknowledged);
        }
        office.kill_9().await;
        while let Some(frame) = socket.next().await {
            if frame["t"] == "posted" {
                answered(&frame, &mut unanswered, &mut acknowledged);
            }
        }
        let found = all_texts(&olga, &lobby).await;
        let lost: Vec<_> = acknowledged.keys().filter(|text| !found.contains_key(*text)).collect();
        assert!(lost.is_empty(), "round {round}: {lost:?}");
        assert!(found.values().all(|count| *count == 1), "round {round}: something is there twice");
        println!("round {round}: {} acknowledged, {} found", acknowledged.len(), found.len());
    }
    // A client sends again what was not answered, under the same names: then all is there once.
    let mut socket = olga.socket().await;
    let total = acknowledged.len() + unanswered.len();
    for frame in unanswered.values() {
        socket.send(frame).await;
        assert_eq!(socket.frame("posted").await["nonce"], frame["nonce"]);
    }
    let found = all_texts(&olga, &lobby).await;
    assert_eq!(found.len(), total);
    assert!(found.values().all(|count| *count == 1), "something is there twice");
}

fn answered(
    posted: &Value,
    unanswered: &mut HashMap<String, Value>,
    acknowledged: &mut BTreeMap<String, u64>,
) {
    let nonce = posted["nonce"].as_str().unwrap();
    let frame = unanswered.remove(nonce).expect("an answer to what was sent, once");
    let text = frame["text"].as_str().unwrap().to_owned();
    acknowledged.insert(text, posted["seq"].as_u64().unwrap());
}

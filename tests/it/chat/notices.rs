//! What people chose about being interrupted: kept on every device, and counted where a page begins.

use serde_json::{Value, json};

use crate::support::Office;

fn of_channel(bootstrap: &Value, channel: &str) -> Value {
    let channels = bootstrap["channels"].as_array().expect("a list");
    let found = channels.iter().find(|state| state["channel"]["id"] == channel);
    found.expect("the channel").clone()
}

#[tokio::test]
async fn choices_reach_the_other_device_and_nobody_else() {
    let office = Office::open().await;
    let lin = office.person("lin", "member").await;
    let (mut of_lin, mut of_olga) = (lin.socket().await, office.owner.socket().await);
    let notices = json!({
        "sound": "knock", "volume": 250, "keywords": ["预算", "tea"],
        "quiet": {"days": ["sun", "mon", "mon"], "from": 1320, "to": 450, "zone": "Asia/Shanghai"},
    });
    lin.patch("/me", &json!({"notices": notices})).await.ok();
    let kept = of_lin.event("preferences.updated").await["event"]["preferences"].clone();
    assert_eq!(kept["notices"]["volume"], 100, "louder than the loudest is the loudest");
    assert_eq!(kept["notices"]["quiet"]["days"], json!(["mon", "sun"]));
    assert_eq!(kept["notices"]["desktop"], true, "what was not said is as at first");
    lin.patch("/me", &json!({"theme": "dark"})).await.ok();
    let kept = of_lin.event("preferences.updated").await["event"]["preferences"].clone();
    assert_eq!(kept["notices"]["sound"], "knock", "another choice leaves them alone");
    let said = office.owner.say(&office.lobby, "nothing of this is for Olga").await;
    let heard = of_olga.events_upto(said.seq).await;
    assert!(heard.iter().all(|frame| frame["event"]["kind"] != "preferences.updated"));
}

#[tokio::test]
async fn choices_have_limits() {
    let office = Office::open().await;
    let olga = &office.owner;
    let words = |n: usize| (0..n).map(|n| format!("word {n}")).collect::<Vec<_>>();
    olga.patch("/me", &json!({"notices": {"keywords": words(20)}})).await.ok();
    let many = json!({"notices": {"keywords": words(21)}});
    olga.patch("/me", &many).await.refused(409, "limit_reached");
    for wrong in [
        json!({"keywords": [""]}),
        json!({"keywords": ["x".repeat(41)]}),
        json!({"keywords": ["a\u{202e}b"]}),
        json!({"quiet": {"days": ["mon"], "from": 1440, "to": 0, "zone": "UTC"}}),
        json!({"quiet": {"days": ["mon"], "from": 0, "to": 0, "zone": "../../../etc/passwd"}}),
        json!({"sound": "file:///dev/zero"}),
    ] {
        let reply = olga.patch("/me", &json!({"notices": wrong})).await;
        assert!((400..500).contains(&reply.status), "{wrong}");
    }
}

#[tokio::test]
async fn a_keyword_counts_as_a_mention() {
    let office = Office::open().await;
    let olga = &office.owner;
    let lin = office.person("lin", "member").await;
    for text in ["lunch?", "十月预算表", "@lin 预算", "the budget", "budgetary"] {
        olga.say(&office.lobby, text).await;
    }
    let last = olga.say(&office.lobby, "another BUDGET").await;
    let count = async || {
        let state = of_channel(&lin.get("/bootstrap").await.ok(), &office.lobby);
        let alone = lin.get(&format!("/channels/{}", office.lobby)).await.ok();
        assert_eq!(state["mentions"], alone["mentions"], "both ways count the same");
        state["mentions"].as_u64().expect("a count")
    };
    assert_eq!(count().await, 1, "the one by name");
    lin.patch("/me", &json!({"notices": {"keywords": ["预算", "budget"]}})).await.ok();
    assert_eq!(count().await, 4, "each message once, and no part of a word");
    olga.delete(&format!("/messages/{}", last.id)).await.ok();
    assert_eq!(count().await, 3, "a deleted message calls nobody");
    let level = |level: &str| json!({ "level": level });
    let path = format!("/channels/{}/notify", office.lobby);
    lin.put(&path, &level("nothing")).await.ok();
    assert_eq!(count().await, 1, "nobody looks for words in a muted channel");
    lin.put(&path, &level("quiet")).await.ok();
    assert_eq!(count().await, 3, "a quiet one counts");
}

//! Finding what was written: by one or two Chinese characters, by words, by whom, where and when, and
//! never what is not for one's eyes.

use std::time::Duration;

use serde_json::{Value, json};

use crate::support::{Office, Person};

/// The value of a query parameter.
pub(super) fn encoded(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

pub(super) async fn page(person: &Person, parameters: &str) -> Value {
    person.get(&format!("/search?{parameters}")).await.ok()
}

/// Searches once the index holds all that was written.
pub(super) async fn search(person: &Person, query: &str) -> Value {
    for _ in 0..1_000 {
        let page = page(person, &format!("sort=newest&q={}", encoded(query))).await;
        if page["behind"] == 0 {
            return page;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("the index never catches up")
}

pub(super) fn texts(page: &Value) -> Vec<String> {
    let hits = page["hits"].as_array().expect("hits");
    let text = |hit: &Value| -> String {
        let excerpt = hit["excerpt"].as_array().expect("an excerpt");
        excerpt.iter().map(|fragment| fragment["text"].as_str().expect("a text")).collect()
    };
    hits.iter().map(text).collect()
}

/// What somebody finds, the latest first.
pub(super) async fn found(person: &Person, query: &str) -> Vec<String> {
    texts(&search(person, query).await)
}

#[tokio::test]
async fn chinese_is_found_by_one_or_two_characters() {
    let office = Office::open().await;
    let olga = &office.owner;
    olga.say(&office.lobby, "请看一下 Q4预算v2，谢谢").await;
    olga.say(&office.lobby, "我明天飞上海开会").await;
    olga.say(&office.lobby, "今晚海上有风，先预定再算").await;
    assert_eq!(found(olga, "预算").await, ["请看一下 Q4预算v2，谢谢"]);
    assert_eq!(found(olga, "上海").await, ["我明天飞上海开会"]);
    assert_eq!(found(olga, "海").await.len(), 2);
    for mixed in ["预算v2", "Q4预算", "ｑ４预算", "预算 q4", "算v2 谢谢"] {
        assert_eq!(found(olga, mixed).await.len(), 1, "{mixed}");
    }
    let page = search(olga, "预算").await;
    let excerpt = json!([
        {"text": "请看一下 Q4", "hit": false},
        {"text": "预算", "hit": true},
        {"text": "v2，谢谢", "hit": false},
    ]);
    assert_eq!(page["hits"][0]["excerpt"], excerpt);
    assert_eq!(page["hits"][0]["author"], *olga.id);
    assert_eq!(page["channels"][0]["id"], *office.lobby);
}

#[tokio::test]
async fn operators_narrow_in_both_languages() {
    let office = Office::open().await;
    let olga = &office.owner;
    let lin = office.person("lin", "member").await;
    let room = office.channel("public", "报价与预算", &[&lin]).await;
    let root = olga.say(&room, "预算 https://hearth.example").await;
    lin.reply(&room, &root.id, "预算 seen").await;
    lin.say(&office.lobby, "预算 in the lobby").await;
    let direct = lin.direct(&[olga]).await;
    olga.say(&direct, "预算 between us").await;
    for (query, count) in [
        ("预算", 4),
        ("预算 from:lin", 2),
        ("预算 来自：我", 2),
        ("预算 from:\"Person lin\"", 2),
        ("预算 -from:me", 2),
        ("in:报价与预算", 2),
        ("预算 在：报价", 2),
        ("in:@lin", 1),
        ("-in:报价与预算 预算", 2),
        ("has:link", 1),
        ("预算 含：链接 is:thread", 1),
        ("is:thread", 2),
        ("预算 on:today", 4),
        ("预算 before:today", 0),
        ("预算 之后：昨天", 4),
        ("budget", 0),
    ] {
        assert_eq!(found(olga, query).await.len(), count, "{query}");
    }
    let flaws =
        search(olga, "from:nobody in:nowhere before:someday has:love").await["flaws"].clone();
    let expected = json!([
        {"operator": "before", "kind": "not_a_day"},
        {"operator": "has", "kind": "not_a_choice"},
        {"operator": "in", "kind": "unknown"},
        {"operator": "from", "kind": "unknown"},
    ]);
    assert_eq!(flaws, expected);
}

#[tokio::test]
async fn nobody_finds_what_is_not_for_their_eyes() {
    let office = Office::open().await;
    let olga = &office.owner;
    let (lin, gustav) =
        (office.person("lin", "member").await, office.person("gustav", "guest").await);
    let admin = office.person("ada", "admin").await;
    let vault = office.channel("private", "vault", &[&lin]).await;
    let garden = office.channel("public", "garden", &[&gustav]).await;
    olga.say(&vault, "the plum plan").await;
    olga.say(&garden, "plums in the garden").await;
    let direct = olga.direct(&[&lin]).await;
    olga.say(&direct, "plum pudding for two").await;
    assert_eq!(found(olga, "plum*").await.len(), 3);
    assert_eq!(found(&lin, "plum*").await.len(), 3, "public channels are open to members");
    assert_eq!(found(&admin, "plum*").await, ["plums in the garden"]);
    assert_eq!(found(&gustav, "plum*").await, ["plums in the garden"]);
    // That a channel exists is not told either.
    let flaws = search(&admin, "plum* in:vault").await["flaws"].clone();
    assert_eq!(flaws, search(&admin, "plum* in:no-such-channel").await["flaws"]);

    lin.post(&format!("/channels/{vault}/leave"), &json!({})).await.ok();
    let after = texts(&page(&lin, "q=plum&sort=newest").await);
    assert!(!after.contains(&"the plum plan".to_owned()), "at once: {after:?}");
    olga.delete(&format!("/channels/{garden}/members/{}", gustav.id)).await.ok();
    assert_eq!(texts(&page(&gustav, "q=plum").await), Vec::<String>::new());
}

#[tokio::test]
async fn edits_replace_and_deletions_remove() {
    let office = Office::open().await;
    let olga = &office.owner;
    let said = olga.say(&office.lobby, "大堂灯光").await;
    assert_eq!(found(olga, "灯光").await.len(), 1);
    let path = format!("/messages/{}", said.id);
    olga.patch(&path, &json!({"text": "大堂地毯"})).await.ok();
    // The index may not know yet; the answer does.
    assert_eq!(texts(&page(olga, &format!("q={}", encoded("灯光"))).await), Vec::<String>::new());
    assert_eq!(found(olga, "地毯 is:edited").await, ["大堂地毯"]);
    olga.delete(&path).await.ok();
    assert_eq!(texts(&page(olga, &format!("q={}", encoded("地毯"))).await), Vec::<String>::new());
    assert_eq!(found(olga, "大堂").await.len(), 0);
}

#[tokio::test]
async fn pages_go_on_where_the_last_one_ended() {
    let office = Office::open().await;
    let olga = &office.owner;
    for n in 0..12 {
        olga.say(&office.lobby, &format!("tea number {n}")).await;
    }
    search(olga, "tea").await;
    for sort in ["newest", "relevance"] {
        let (mut all, mut next) = (Vec::new(), String::new());
        loop {
            let page = page(olga, &format!("q=tea&limit=5&sort={sort}{next}")).await;
            all.extend(texts(&page));
            let (Some(below), Some(skip)) =
                (page["next"]["below"].as_u64(), page["next"]["skip"].as_u64())
            else {
                break;
            };
            // What is written meanwhile moves nothing.
            olga.say(&office.lobby, "tea again").await;
            next = format!("&below={below}&skip={skip}");
        }
        all.retain(|text| text != "tea again");
        all.sort();
        all.dedup();
        assert_eq!(all.len(), 12, "{sort}");
    }
}

#[tokio::test]
async fn the_index_is_made_again_where_it_is_missing() {
    let mut office = Office::open().await;
    let olga = office.owner.clone();
    olga.say(&office.lobby, "预算").await;
    assert_eq!(found(&olga, "预算").await.len(), 1);
    office.kill_9().await;
    assert_eq!(found(&olga, "预算").await.len(), 1);
    assert_eq!(office.stop().await, 0);
    std::fs::remove_file(office.data().join("search.db")).unwrap();
    office.start().await;
    assert_eq!(found(&olga, "预算").await.len(), 1);
    assert_eq!(office.stop().await, 0);
    std::fs::write(office.data().join("search.db"), "nonsense".repeat(2_000)).unwrap();
    office.start().await;
    assert_eq!(found(&olga, "预算").await.len(), 1);
}

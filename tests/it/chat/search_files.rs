//! Finding files: by their names, by the text in them, by what they are, and never those of others.

use std::time::Duration;

use hearth_domain::limits::SEARCH_FILE_BYTES_MAX;
use serde_json::{Value, json};

use super::search::{encoded, found, page, search, texts};
use crate::files::picture;
use crate::support::{Office, Person, hearth};

/// A text of fragments, with what was found in brackets.
fn marked(fragments: &Value) -> String {
    let fragments = fragments.as_array().map_or(&[][..], Vec::as_slice);
    let mark = |fragment: &Value| {
        let text = fragment["text"].as_str().expect("a text").to_owned();
        if fragment["hit"] == true { format!("[{text}]") } else { text }
    };
    fragments.iter().map(mark).collect()
}

/// The files of what somebody finds, with what was found in their names, and in them.
async fn files(person: &Person, query: &str) -> Vec<(String, String)> {
    let page = search(person, query).await;
    let hits = page["hits"].as_array().expect("hits");
    let files = hits.iter().filter_map(|hit| hit["files"].as_array()).flatten();
    files.map(|file| (marked(&file["name"]), marked(&file["excerpt"]))).collect()
}

async fn names(person: &Person, query: &str) -> Vec<String> {
    files(person, query).await.into_iter().map(|(name, _)| name).collect()
}

/// Shares one file, and says nothing.
async fn put(person: &Person, channel: &str, name: &str, bytes: &[u8]) -> String {
    let file = person.upload(name, "", bytes).await;
    person.share(channel, "", &[&file]).await.id
}

#[tokio::test]
async fn files_are_found_by_any_part_of_their_names() {
    let office = Office::open().await;
    let (olga, lobby) = (&office.owner, &office.lobby);
    put(olga, lobby, "2026年预算表.xlsx", b"PK\x03\x04\x14\x00").await;
    put(olga, lobby, "Q3-budget_final.xlsx", b"PK\x03\x04\x14\x00").await;
    olga.say(lobby, "the budget of 预算").await;
    assert_eq!(names(olga, "预算 has:file").await, ["2026年[预算]表.xlsx"]);
    assert_eq!(names(olga, "算 含：文件").await, ["2026年预[算]表.xlsx"]);
    for (query, name) in [
        ("budget final", "Q3-[budget]_[final].xlsx"),
        ("has:file budg", "Q3-[budget]_final.xlsx"),
        ("\"q3 budget\"", "[Q3-budget]_final.xlsx"),
        ("budget_final.xlsx", "Q3-[budget_final.xlsx]"),
    ] {
        assert_eq!(names(olga, query).await, [name], "{query}");
    }
    assert_eq!(names(olga, "xlsx").await.len(), 2);
    assert_eq!(found(olga, "budget").await.len(), 2);
    assert_eq!(found(olga, "budget -has:file ").await, ["the budget of 预算"]);
    assert_eq!(found(olga, "budget -q3 ").await, ["the budget of 预算"]);
}

#[tokio::test]
async fn the_text_in_a_file_is_found_whatever_its_encoding() {
    let office = Office::open().await;
    let (olga, lobby) = (&office.owner, &office.lobby);
    // 报价，预算：十月, in GBK.
    let gbk = b"\xb1\xa8\xbc\xdb\xa3\xac\xd4\xa4\xcb\xe3\xa3\xba\xca\xae\xd4\xc2";
    let utf16: Vec<u8> = [0xff, 0xfe]
        .into_iter()
        .chain("预算 lantern".encode_utf16().flat_map(u16::to_le_bytes))
        .collect();
    put(olga, lobby, "notes.md", "# 灯光\n大堂灯光的 **预算**\n".as_bytes()).await;
    put(olga, lobby, "old.csv", gbk).await;
    put(olga, lobby, "windows.txt", &utf16).await;
    put(olga, lobby, "page.html", "<script>预算()</script>".as_bytes()).await;
    put(olga, lobby, "not-a.txt", "预算\0预算".as_bytes()).await;
    let mut seen = files(olga, "预算").await;
    seen.sort();
    let seen: Vec<(&str, &str)> = seen.iter().map(|(n, e)| (n.as_str(), e.as_str())).collect();
    let expected = [
        ("notes.md", "# 灯光\n大堂灯光的 **[预算]**\n"),
        ("old.csv", "报价，[预算]：十月"),
        ("page.html", "<script>[预算]()</script>"),
        ("windows.txt", "[预算] lantern"),
    ];
    assert_eq!(seen, expected);
    assert_eq!(names(olga, "灯光的 notes").await, ["[notes].md"], "words may lie in both");
    assert_eq!(found(olga, "大堂的灯光").await.len(), 0);
    assert_eq!(names(olga, "lantern -\"预算 l\"").await, ["windows.txt"]);
}

#[tokio::test]
async fn of_a_long_file_the_beginning_is_found() {
    let office = Office::open().await;
    let (olga, lobby) = (&office.owner, &office.lobby);
    let mut log = "2026-03-01 all is well 一切正常\n".repeat(SEARCH_FILE_BYTES_MAX / 30);
    log.insert_str(SEARCH_FILE_BYTES_MAX / 2 / 37 * 37, " halfway ");
    log.push_str(" thereafter ");
    put(olga, lobby, "box.log", log.as_bytes()).await;
    let halfway = files(olga, "halfway").await;
    assert_eq!(halfway.len(), 1);
    assert!(halfway[0].1.contains("[halfway]") && halfway[0].1.chars().count() < 300);
    assert_eq!(found(olga, "thereafter").await.len(), 0);
}

#[tokio::test]
async fn pictures_and_files_are_told_apart() {
    let office = Office::open().await;
    let (olga, lobby) = (&office.owner, &office.lobby);
    let lamp = olga.upload("lamp.png", "image/png", &picture(60, 40)).await;
    let list = olga.upload("list.txt", "", b"one lamp").await;
    olga.share(lobby, "both", &[&lamp, &list]).await;
    olga.share(lobby, "sent as a picture", &[&olga.upload("a.png", "", b"no picture").await]).await;
    olga.say(lobby, "a lamp at https://hearth.example").await;
    assert_eq!(found(olga, "has:image").await, ["both"]);
    assert_eq!(found(olga, "有：图片").await, ["both"]);
    assert_eq!(found(olga, "has:file").await, ["sent as a picture", "both"]);
    assert_eq!(found(olga, "has:link lamp").await, ["a lamp at https://hearth.example"]);
    let page = search(olga, "has:image").await;
    let of_lamp = &page["hits"][0]["files"][0]["file"];
    assert_eq!(*of_lamp, lamp);
    assert_eq!(files(olga, "lamp has:image").await[1], ("list.txt".into(), String::new()));
}

#[tokio::test]
async fn nobody_finds_the_files_of_others() {
    let office = Office::open().await;
    let olga = &office.owner;
    let lin = office.person("lin", "member").await;
    let others = [office.person("ada", "admin").await, office.person("gus", "guest").await];
    let vault = office.channel("private", "vault", &[&lin]).await;
    put(olga, &vault, "combination-预算.txt", "plum 三七二十一".as_bytes()).await;
    let photo = olga.upload("plum.png", "image/png", &picture(60, 40)).await;
    olga.share(&vault, "", &[&photo]).await;
    let draft = olga.upload("plum draft.txt", "", b"not shared yet").await;
    let queries = ["combination", "预算", "plum", "三七", "has:file", "has:image", "-nothing "];
    for query in queries {
        assert!(!found(&lin, query).await.is_empty(), "{query}");
    }
    assert_eq!(names(&lin, "plum").await, ["[plum].png", "combination-预算.txt"]);
    let nothing = json!([]);
    for person in &others {
        for query in queries {
            for sort in ["newest", "relevance"] {
                let path = format!("sort={sort}&limit=1&q={}", encoded(query));
                let page = page(person, &path).await;
                assert_eq!((&page["hits"], &page["channels"]), (&nothing, &nothing), "{query}");
                assert_eq!(page["next"], Value::Null, "that there is more is not told");
            }
        }
        assert_eq!(page(person, "q=draft").await["hits"], nothing);
    }
    lin.post(&format!("/channels/{vault}/leave"), &json!({})).await.ok();
    assert_eq!(page(&lin, "q=combination").await["hits"], nothing, "at once");
    assert_eq!(page(olga, "q=draft").await["hits"], nothing, "{draft}");
}

#[tokio::test]
async fn what_was_deleted_is_not_found() {
    let office = Office::open().await;
    let (olga, lobby) = (&office.owner, &office.lobby);
    let said = put(olga, lobby, "mistake.txt", b"the plum plan").await;
    assert_eq!(names(olga, "plum").await, ["mistake.txt"]);
    olga.delete(&format!("/messages/{said}")).await.ok();
    for query in ["plum", "mistake", "has:file"] {
        // The index may not know yet; the answer does.
        assert_eq!(page(olga, &format!("q={query}")).await["hits"], json!([]));
        assert_eq!(found(olga, query).await.len(), 0);
    }
}

#[tokio::test]
async fn a_file_that_is_lost_or_broken_stops_nothing() {
    let mut office = Office::open().await;
    let olga = office.owner.clone();
    let lobby = office.lobby.clone();
    let lost = olga.upload("lost.txt", "", b"plum pudding").await;
    olga.share(&lobby, "", &[&lost]).await;
    let broken = olga.upload("broken.txt", "", b"plum cake").await;
    olga.share(&lobby, "", &[&broken]).await;
    put(&olga, &lobby, "words.txt", "plum ".repeat(10_000).as_bytes()).await;
    put(&olga, &lobby, "line.json", &[b'['; 300_000]).await;
    put(&olga, &lobby, "zeros.log", &[0; 100_000]).await;
    put(&olga, &lobby, "combining.txt", "e\u{301}\u{301}".repeat(40_000).as_bytes()).await;
    olga.say(&lobby, "plum tart").await;
    assert_eq!(found(&olga, "plum").await.len(), 4);
    assert_eq!(office.stop().await, 0);
    let blob = |file: &Value| {
        let (first, rest) = file["blob"].as_str().unwrap().split_at(2);
        office.data().join("blobs").join(first).join(rest)
    };
    std::fs::remove_file(blob(&lost)).unwrap();
    std::fs::write(blob(&broken), b"\xff\xfe\x00\xd8 not what it was").unwrap();
    std::fs::remove_file(office.data().join("search.db")).unwrap();
    office.start().await;
    assert_eq!(found(&olga, "plum").await, ["plum tart", ""]);
    assert_eq!(names(&olga, "lost").await, ["[lost].txt"]);
    assert_eq!(names(&olga, "broken has:file").await, ["[broken].txt"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_index_is_built_anew_while_people_share_files() {
    let office = Office::open().await;
    let (olga, lobby) = (&office.owner, &office.lobby);
    for n in 0..20 {
        put(olga, lobby, &format!("before-{n}.txt"), format!("plum number {n}").as_bytes()).await;
    }
    assert_eq!(found(olga, "plum").await.len(), 20);
    let data = office.data().to_owned();
    let rebuilding = tokio::task::spawn_blocking(move || {
        for _ in 0..5 {
            hearth(&data, &["search", "rebuild"]).ok();
            std::thread::sleep(Duration::from_millis(60));
        }
    });
    for n in 0..20 {
        put(olga, lobby, &format!("meanwhile-{n}.txt"), format!("plum again {n}").as_bytes()).await;
        olga.say(lobby, "and somebody chats").await;
    }
    rebuilding.await.unwrap();
    assert_eq!(found(olga, "plum again").await.len(), 20);
    assert_eq!(names(olga, "plum meanwhile has:file").await.len(), 20);
    assert_eq!(texts(&search(olga, "chats -has:file ").await).len(), 20);
}

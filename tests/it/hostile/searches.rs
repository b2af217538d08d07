//! Queries that try to break the search.

use serde_json::Value;

use crate::support::Office;

fn encoded(text: &str) -> String {
    let one = |byte: u8| match byte {
        b'a'..=b'z' => char::from(byte).to_string(),
        _ => format!("%{byte:02X}"),
    };
    text.bytes().map(one).collect()
}

/// Syntax of FTS5, SQL and our own, cut and mixed; characters that hide, turn and join.
const HOSTILE: &[&str] = &[
    "\"",
    "\"\"",
    "'",
    "“”“”",
    "\"unbalanced",
    "a\"b\"c\"",
    "*",
    "**",
    "^a",
    "a AND",
    "OR OR OR",
    "NEAR(a b, 9999)",
    "tokens:a",
    "{tokens}:a",
    "words MATCH 'a'",
    "'; DROP TABLE words; --",
    "-",
    "--",
    "-\"",
    "-(",
    "a -a",
    "+a",
    "(((((",
    ")))))",
    "a NOT b",
    "\\",
    "%",
    "_",
    "\u{E000}any",
    "\u{E000}c1",
    "\u{0}",
    "\u{FEFF}",
    "\u{200B}\u{200B}",
    "\u{202E}",
    "🏳️‍🌈",
    "👩‍👩‍👧‍👦",
    "مرحبا",
    "e\u{301}\u{301}\u{301}",
    "from:",
    "from:\"",
    "from:from:from:",
    "in::::",
    "has:has:has",
    "before:99999999999999",
    "on:0000-00-00",
    "after:2026-02-31",
    "is:is:is:is",
    "：：：",
    "来自：：：",
    "-from:me -from:me",
    "from:me from:me from:me",
    "before:today after:today on:today",
    "has:file has:image has:link -has:file -has:image -has:link",
    "has:file:image",
    "-has:-file",
    "has:\"file\" has:“图片”",
    "含：文件：图片",
    "有：附件 -有：附件 来自：我 -来自：我",
    "has:../../etc/passwd",
    "has:file ../../blobs/ab/cdef",
    "file:///etc/passwd",
    "\u{E000}file",
    "\u{E001}bu",
    "*.xlsx",
    "has:file *",
    ".",
];

#[tokio::test]
async fn no_query_breaks_the_search() {
    let office = Office::open().await;
    let olga = &office.owner;
    olga.say(
        &office.lobby,
        "مرحبا \u{202E}abc\u{202C} pass\u{200B}word 🏳️‍🌈 <img src=x onerror=alert(1)>",
    )
    .await;
    let names =
        ["' OR 1=1 --.csv", "\"; DROP TABLE words; \u{E000}any.txt", "<img src=x>.md", "...."];
    for name in names {
        let text = format!("{name} NEAR(a b) \u{E000}c1 \u{202E}abc\n=cmd|' /C calc'!A0\n");
        let file = olga.upload(name, "text/html", text.as_bytes()).await;
        olga.share(&office.lobby, "", &[&file]).await;
    }
    for query in HOSTILE {
        for sort in ["newest", "relevance"] {
            let reply = olga.get(&format!("/search?sort={sort}&q={}", encoded(query))).await;
            assert_eq!(reply.status, 200, "{query:?}: {}", reply.json());
        }
    }
}

#[tokio::test]
async fn what_is_too_much_or_not_understood_is_told() {
    let office = Office::open().await;
    let olga = &office.owner;
    for (query, code) in [
        ("a".repeat(10_000), "bad_text"),
        ("🙂".repeat(600), "bad_text"),
        ("a ".repeat(200), "limit_reached"),
        ("has:link ".repeat(50), "limit_reached"),
        ("字".repeat(500), "limit_reached"),
    ] {
        let reply = olga.get(&format!("/search?q={}", encoded(&query))).await;
        assert_eq!(reply.outcome(), code, "{}", reply.json());
    }
    for parameters in [
        "",
        "q=a&limit=x",
        "q=a&sort=best",
        "q=a&below=-1",
        "q=a&unknown=1",
        "q=a&q=b",
        "q=a&utc_offset_min=99999999999",
    ] {
        olga.get(&format!("/search?{parameters}")).await.refused(400, "bad_request");
    }
    for parameters in [
        "q=a&limit=0",
        "q=a&limit=4294967295",
        "q=a&skip=4294967295",
        "q=on:today&utc_offset_min=-2147483648",
        "q=a&below=0",
        "q=a&below=18446744073709551615",
    ] {
        olga.get(&format!("/search?{parameters}")).await.ok();
    }
}

#[tokio::test]
async fn what_is_hidden_in_a_text_is_found_and_shown_as_text() {
    let office = Office::open().await;
    let olga = &office.owner;
    let text = "\u{202E}<img src=x onerror=alert(1)> pass\u{200B}word";
    olga.say(&office.lobby, text).await;
    let page = loop {
        let page = olga.get("/search?q=password").await.ok();
        if page["behind"] == 0 {
            break page;
        }
    };
    let excerpt = page["hits"][0]["excerpt"].as_array().expect("an excerpt");
    let shown: String = excerpt.iter().filter_map(|part: &Value| part["text"].as_str()).collect();
    assert_eq!(shown, text);
    assert_eq!(excerpt[1]["text"], "pass\u{200B}word");
    assert_eq!(excerpt[1]["hit"], true);
}

#[tokio::test]
async fn one_person_can_not_take_all_the_searches() {
    let office = Office::open().await;
    let olga = &office.owner;
    let lin = office.person("lin", "member").await;
    let flood = (0..64).map(async |_| olga.get("/search?q=a").await.outcome());
    let (flood, other) =
        tokio::join!(futures_util::future::join_all(flood), lin.get("/search?q=a"));
    other.ok();
    assert!(
        flood.iter().all(|outcome| outcome == "200" || outcome == "too_many_attempts"),
        "{flood:?}"
    );
}

//! What tools really send, and what a hostile one could.

use serde_json::{Value, json};

use super::mrkdwn::to_markdown;
use super::*;

fn shown(payload: &Value) -> String {
    let incoming = parse("application/json", payload.to_string().as_bytes()).unwrap();
    incoming.text.as_str().to_owned()
}

fn refused(body: &[u8]) -> String {
    parse("application/json", body).unwrap_err().to_string()
}

#[test]
fn mrkdwn_becomes_markdown() {
    for (slack, markdown) in [
        ("plain 中文", "plain 中文"),
        ("*bold* _it_ ~gone~", "**bold** _it_ ~~gone~~"),
        ("*bold ~both~*", "**bold ~~both~~**"),
        ("2 * 3 * 4 and a*b*c", "2 * 3 * 4 and a*b*c"),
        ("**already** ~~so~~", "**already** ~~so~~"),
        ("*not\nclosed*", "*not\nclosed*"),
        ("<https://a.example/x?a=1&amp;b=2>", "<https://a.example/x?a=1&b=2>"),
        ("<https://a.example|the *site*>", "[the \\*site\\*](https://a.example)"),
        ("<https://a.example/(x)|y>", "[y](https://a.example/%28x%29)"),
        ("<mailto:a@b.example|write>", "[write](mailto:a@b.example)"),
        ("<javascript:alert(1)|x>", "\\<javascript:alert(1)|x>"),
        ("<@ann> <@U1|bob> <#C1|dev> <!channel> <!here>", "@ann @bob #dev @channel @here"),
        ("<!everyone> <!subteam^S1|@ops> <!date^1^{date}|May 1>", "@channel @ops May 1"),
        ("1 &lt; 2 &amp;&amp; 3 &gt; 2 &amp;lt;", "1 \\< 2 && 3 > 2 \\&lt;"),
        ("&gt; quoted", "> quoted"),
        ("`*x* &lt;b&gt;` after", "`*x* <b>` after"),
        ("see ```a *b*\nc``` end", "see \n```\na *b*\nc\n```\n end"),
        (":tada: done :unknown_one: 12:30:00", "🎉 done :unknown_one: 12:30:00"),
        ("a < b", "a \\< b"),
    ] {
        assert_eq!(to_markdown(slack), markdown, "{slack}");
    }
}

#[test]
fn a_hostile_text_takes_no_longer_than_another() {
    // Quadratic work on these would be billions of steps: the test would not end.
    for piece in ["*a ", "~a ", "`", "<", "<a", "&", "&lt", ":a", "```", "*a*b", "<@", "~*a "] {
        let text = piece.repeat(1_000_000 / piece.len());
        assert!(to_markdown(&text).len() >= text.len(), "{piece}");
    }
}

#[test]
fn a_payload_says_who_where_and_what() {
    let body = json!({
        "text": "hi", "username": " deploy &amp; co ", "icon_emoji": ":rocket:",
        "channel": "#ops", "icon_url": "https://a.example/x.png", "link_names": 1,
        "thread_ts": "01989d2c-5a00-7000-8000-000000000001",
    });
    let incoming = parse("application/json; charset=utf-8", body.to_string().as_bytes()).unwrap();
    assert_eq!(incoming.name.as_ref().unwrap().as_str(), "deploy & co");
    assert_eq!(incoming.emoji.as_ref().unwrap().as_str(), "🚀");
    assert_eq!(incoming.place, Some(Place::Channel("ops".into())));
    assert!(incoming.thread.is_some());
    let person = json!({"text": "hi", "channel": "@ann", "thread_ts": "1712.3"});
    let incoming = parse("", person.to_string().as_bytes()).unwrap();
    assert_eq!((incoming.place, incoming.thread), (Some(Place::Person("ann".into())), None));
    assert!(incoming.name.is_none() && incoming.emoji.is_none());
}

#[test]
fn a_form_works_like_json() {
    let form = "application/x-www-form-urlencoded";
    let text = |body: &str| parse(form, body.as_bytes()).map(|i| i.text.as_str().to_owned());
    assert_eq!(text("payload=%7B%22text%22%3A%22a+b%22%7D"), Ok("a b".into()));
    assert_eq!(text(r#"{"text":"curl says form"}"#), Ok("curl says form".into()));
    assert_eq!(text("text=hello"), Err(Refused::InvalidPayload));
    assert_eq!(text("payload=nonsense"), Err(Refused::InvalidPayload));
}

#[test]
fn attachments_become_quotations() {
    let payload = json!({"text": "Build", "attachments": [{
        "fallback": "unused", "pretext": "before", "color": "danger", "title": "Job [1]",
        "title_link": "https://ci.example/1", "text": "*failed*", "footer": "CI",
        "fields": [{"title": "Branch", "value": "main", "short": true}, {"value": 5}],
        "image_url": "https://ci.example/x.png",
        "actions": [{"type": "button", "text": "Open", "url": "https://ci.example/open"}],
    }, {"fallback": "only this"}]});
    assert_eq!(
        shown(&payload),
        "Build\n\nbefore\n\n> 🔴 **[Job \\[1\\]](https://ci.example/1)**\n> **failed**\n\
         > **Branch**: main\n> 5\n> [🖼️](https://ci.example/x.png)\n\
         > [Open](https://ci.example/open)\n> _CI_\n\n> only this"
    );
}

#[test]
fn blocks_become_paragraphs() {
    let payload = json!({"text": "for notifications", "blocks": [
        {"type": "header", "text": {"type": "plain_text", "text": "Deploy *1*"}},
        {"type": "section", "text": {"type": "mrkdwn", "text": "*ok* <https://a.example|a>"},
         "fields": [{"type": "mrkdwn", "text": "*A*\n1"}, {"type": "plain_text", "text": "B"}],
         "accessory": {"type": "button", "text": {"type": "plain_text", "text": "Go"},
                       "url": "https://a.example/go", "action_id": "x"}},
        {"type": "divider"},
        {"type": "context", "elements": [
            {"type": "mrkdwn", "text": "by ann"},
            {"type": "image", "image_url": "https://a.example/i.png", "alt_text": "logo"}]},
        {"type": "actions", "elements": [{"type": "button", "text": {"text": "no link"}}]},
        {"type": "input"}, {"type": "not a block"}, 7, null,
    ]});
    assert_eq!(
        shown(&payload),
        "### Deploy \\*1\\*\n\n**ok** [a](https://a.example)\n**A**\n1\nB\n\
         [Go](https://a.example/go)\n\n---\n\nby ann · [🖼️ logo](https://a.example/i.png)"
    );
}

#[test]
fn rich_text_keeps_its_styles() {
    let payload = json!({"blocks": [{"type": "rich_text", "elements": [
        {"type": "rich_text_section", "elements": [
            {"type": "text", "text": "bold ", "style": {"bold": true}},
            {"type": "text", "text": "code", "style": {"code": true}},
            {"type": "emoji", "name": "tada"},
            {"type": "link", "url": "https://a.example", "text": "a"},
            {"type": "broadcast", "range": "here"}]},
        {"type": "rich_text_list", "style": "ordered", "elements": [
            {"type": "rich_text_section", "elements": [{"type": "text", "text": "one"}]},
            {"type": "rich_text_section", "elements": [{"type": "text", "text": "two"}]}]},
        {"type": "rich_text_quote", "elements": [{"type": "text", "text": "said"}]},
        {"type": "rich_text_preformatted", "elements": [{"type": "text", "text": "x = `1`"}]},
    ]}]});
    assert_eq!(
        shown(&payload),
        "**bold** `code`🎉[a](https://a.example)@here\n1. one\n2. two\n> said\n```\nx = `1`\n```"
    );
}

#[test]
fn what_is_malformed_is_refused_in_slacks_words() {
    for body in [&b"nonsense"[..], b"[]", b"7", b"\"text\"", b"", b"{\"text\":", b"\xff\xfe"] {
        assert_eq!(refused(body), "invalid_payload");
    }
    let deep = format!(r#"{{"text":"x","blocks":{}{}}}"#, "[".repeat(500), "]".repeat(500));
    assert_eq!(refused(deep.as_bytes()), "invalid_payload");
    for body in [&b"{}"[..], br#"{"text":"  \n "}"#, br#"{"text":null,"blocks":{}}"#] {
        assert_eq!(refused(body), "no_text");
    }
    let many = json!({"text": "x", "attachments": vec![json!({"text": "y"}); 101]});
    assert_eq!(refused(many.to_string().as_bytes()), "too_many_attachments");
    let many = json!({"text": "x", "blocks": vec![json!({"type": "divider"}); 51]});
    assert_eq!(refused(many.to_string().as_bytes()), "invalid_blocks");
}

#[test]
fn a_text_that_is_too_long_is_cut_and_cleaned() {
    let text = shown(&json!({"text": "字".repeat(100_000)}));
    assert!(text.ends_with('…') && text.chars().count() > 9_000);
    let text = shown(&json!({"text": format!("```{}```", "x\n".repeat(20_000))}));
    assert!(text.ends_with("…"), "{}", &text[text.len() - 20..]);
    assert_eq!(shown(&json!({"text": "a\u{7}b\r\nc\u{0}"})), "ab\nc");
    let long = json!({"text": "x", "username": "n".repeat(500)});
    let incoming = parse("", long.to_string().as_bytes()).unwrap();
    assert_eq!(incoming.name.unwrap().as_str().len(), 64);
    let bad = json!({"text": "x", "username": "a\u{202e}b", "icon_emoji": "<script>"});
    let incoming = parse("", bad.to_string().as_bytes()).unwrap();
    assert!(incoming.name.is_none() && incoming.emoji.is_none());
}

#[test]
fn an_answer_is_for_one_unless_it_says_so() {
    let of = |body: &str| answer("application/json", body.as_bytes());
    assert_eq!(of(""), Ok(Answer::Nothing));
    assert_eq!(of("{}"), Ok(Answer::Nothing));
    assert_eq!(of("nonsense"), Err(Refused::InvalidPayload));
    assert!(matches!(of(r#"{"text":"a"}"#), Ok(Answer::Ephemeral(_))));
    let everybody = r#"{"text":"a","response_type":"in_channel"}"#;
    assert!(matches!(of(everybody), Ok(Answer::InChannel(_))));
    assert!(matches!(answer("text/plain", b"plain *words*"), Ok(Answer::Ephemeral(_))));
    assert_eq!(answer("text/html", b"\xff"), Err(Refused::InvalidPayload));
    assert!(reply("application/json", br#"{"text":"a"}"#).is_some());
    for (kind, body) in [("text/plain", "ok"), ("text/html", "<p>"), ("application/json", "{}")] {
        assert_eq!(reply(kind, body.as_bytes()), None);
    }
}

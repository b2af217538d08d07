//! What pages say, also those that were made to hurt.

use encoding_rs::{Encoding, GB18030, GBK, SHIFT_JIS, UTF_8};

use super::*;

const HTML: &str = "text/html; charset=utf-8";

fn said(page: &str) -> PageWords {
    words(Some(HTML), page.as_bytes()).unwrap()
}

fn title(page: &str) -> String {
    said(page).title
}

/// The title of a page that holds 你好 in some letters and says others.
fn title_in(letters: &'static Encoding, content_type: &str, page: &str) -> String {
    words(Some(content_type), &letters.encode(page).0).unwrap().title
}

#[test]
fn open_graph_comes_first_and_the_page_itself_last() {
    let page = r#"<!doctype html><html><head><meta charset="utf-8">
        <title>Own title</title>
        <meta name="description" content="Own words">
        <META NAME=twitter:title CONTENT='Twitter title'>
        <meta property="og:title" content="&quot;Graph&quot; &amp; title" />
        <meta content="Graph words" property=og:description>
        <meta property="og:site_name" content="A site"></head>
        <body><title>Not this</title><meta property="og:title" content="nor this">"#;
    let words = said(page);
    assert_eq!(words.title, "\"Graph\" & title");
    assert_eq!(words.description, "Graph words");
    assert_eq!(words.site, "A site");
    let own = said("<title>Own\n title</title><meta name=description content='Own words'>");
    assert_eq!((own.title.as_str(), own.description.as_str()), ("Own\n title", "Own words"));
    assert_eq!(title("<meta property=og:title content=' '><title>Own</title>"), "Own");
}

#[test]
fn only_html_is_read() {
    let page = b"<title>t</title>";
    for kind in [None, Some(""), Some("text/plain"), Some("image/png"), Some("text/htmlx")] {
        assert!(words(kind, page).is_none(), "{kind:?}");
    }
    for kind in ["text/html", "TEXT/HTML;charset=x", "application/xhtml+xml"] {
        assert_eq!(words(Some(kind), page).unwrap().title, "t", "{kind}");
    }
}

#[test]
fn a_page_is_read_in_its_own_letters() {
    let says = |letters: &str| format!("<meta charset={letters}><title>你好，世界</title>");
    let equiv = "<meta http-equiv=Content-Type content='text/html; charset=gb2312'><title>你好";
    assert_eq!(title_in(GBK, "text/html", &says("gbk")), "你好，世界");
    assert_eq!(title_in(GBK, "text/html;charset=\"GB2312\"", &says("nonsense")), "你好，世界");
    assert_eq!(title_in(GBK, "text/html", equiv), "你好");
    assert_eq!(title_in(GB18030, "text/html", "<title>你好，世界</title>"), "你好，世界");
    assert_eq!(title_in(UTF_8, "text/html", "<title>你好，世界</title>"), "你好，世界");
    let kana = "<title>テスト</title>";
    assert_eq!(title_in(SHIFT_JIS, "text/html; charset=Shift_JIS", kana), "テスト");
    let marked = [b"\xFF\xFE".as_slice(), &utf16("<title>你好</title>")].concat();
    assert_eq!(words(Some("text/html"), &marked).unwrap().title, "你好");
}

fn utf16(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

#[test]
fn a_page_that_says_wrong_letters_is_read_all_the_same() {
    let page = "<meta charset=utf-8><title>你好，世界</title>";
    assert_eq!(title_in(GBK, "text/html; charset=utf-8", page), "你好，世界");
    assert_eq!(title_in(UTF_8, "text/html; charset=us-ascii", page), "你好，世界");
    let latin = words(Some("text/html"), b"<title>caf\xE9</title>").unwrap();
    assert_eq!(latin.title, "café");
    let rubbish = words(Some(HTML), b"<title>\xFF\xFE\xFA ok</title>").unwrap();
    assert!(rubbish.title.ends_with("ok"), "{}", rubbish.title);
}

#[test]
fn entities_stand_for_one_character_and_never_grow() {
    assert_eq!(title("<title>a &lt;b&gt; &#20320;&#x597D; &mdash; &middot;"), "a <b> 你好 — ·");
    assert_eq!(title("<title>&amp;amp;lt;"), "&amp;lt;");
    assert_eq!(
        title("<title>&nothing; & &; &#; &#x110000; &#xD800;"),
        "&nothing; & &; &#; &#x110000; &#xD800;"
    );
    let bomb = format!("<!ENTITY a \"{}\"><title>{}", "b".repeat(9), "&a;".repeat(100_000));
    assert!(title(&bomb).len() <= 4_096);
}

#[test]
fn what_is_no_tag_is_passed_over() {
    let page = "<!-- <title>comment</title> --><script>'<title>script</title>'</script>\
        <style><title>style</title></style><svg><?x <title>y?></svg><title>Here</title>";
    assert_eq!(title(page), "Here");
    assert_eq!(title("<script></SCRIPT ><TITLE>Here</tItLe>"), "Here");
    assert_eq!(title("<meta name='>' content=\"<title>no</title>\"><title>Here</title>"), "Here");
    assert_eq!(title("a < b <3 </> <title>Here"), "Here");
    assert_eq!(title("<title>Here <b>and</b> there</title>"), "Here <b>and</b> there");
}

#[test]
fn hostile_pages_end() {
    let mega = 3 * 1_024 * 1_024;
    for page in [
        "<".repeat(mega),
        "<a ".repeat(mega / 3),
        "<div>".repeat(mega / 5),
        "<!--".repeat(mega / 4),
        "<script>".repeat(mega / 8),
        "<title></".repeat(mega / 9),
        "<meta a=\"".repeat(mega / 9),
        format!("<meta {}", "=".repeat(mega)),
        format!("<meta {}", "a=b ".repeat(mega / 4)),
        format!("<meta {}>", "/".repeat(mega)),
        "<meta property=og:title content=x>".repeat(mega / 34),
        "&".repeat(mega),
        "\0".repeat(mega),
    ] {
        let words = said(&page);
        assert!(words.title.len() <= 4_096 && words.description.is_empty());
    }
}

#[test]
fn a_title_that_nobody_would_read_is_cut_or_none() {
    let titled = |times: usize| {
        let page = format!("<title>{}</title>", "很长的标题".repeat(times));
        hearth_domain::card::Page::new("a.example", &said(&page))
    };
    let json = serde_json::to_value(titled(10_000)).unwrap();
    assert_eq!(json["title"].as_str().unwrap().chars().count(), 200);
    // Ten megabytes: its end is further away than anybody looks.
    assert!(titled(700_000).is_none());
}

#[test]
fn bytes_of_every_kind_are_survived() {
    let mut state = 7_u32;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        state >> 24
    };
    let alphabet = b"<>/='\"&;! metacontitle#x1\xE4\xBD\xA0\xFF\0-";
    for _ in 0..2_000 {
        let page: Vec<u8> =
            (0..next()).map(|_| alphabet[next() as usize % alphabet.len()]).collect();
        for kind in ["text/html", "text/html;charset=gbk", "text/html;charset=iso-2022-jp"] {
            words(Some(kind), &page).unwrap();
        }
    }
}

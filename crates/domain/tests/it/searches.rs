//! Queries: what they are read as, what they find, and that nothing breaks them.

use hearth_domain::denied::{Code, Denied};
use hearth_domain::limits::{SEARCH_QUERY_CHARS_MAX, SEARCH_TERMS_MAX};
use hearth_domain::search::dates::Today;
use std::ops::Range;

use hearth_domain::search::found::{Fragment, Lookout, excerpt, marked, rank};
use hearth_domain::search::{Flaw, FlawKind, Named, Operator, Query, Sign, Term, Trait, parse};
use hearth_domain::time::Timestamp;
use proptest::prelude::*;

/// 2026-03-04 01:00 in Shanghai.
const TODAY: Today = Today { now: Timestamp::from_ms(1_772_557_200_000), offset_min: 8 * 60 };

fn read(query: &str) -> Query {
    parse(query, TODAY).unwrap()
}

/// The terms as text: `+` joins pieces, `*` is open, `-` negated.
fn terms(query: &str) -> Vec<String> {
    let show = |term: &Term| {
        let pieces: Vec<&str> = term.pieces.iter().map(|piece| piece.folded.as_str()).collect();
        let sign = if term.negated { "-" } else { "" };
        format!("{sign}{}{}", pieces.join("+"), if term.open { "*" } else { "" })
    };
    read(query).terms.iter().map(show).collect()
}

/// Where the terms are in a text, and how well it fits; nothing if it does not.
fn look(text: &str, terms: &[Term]) -> Option<(Vec<Range<usize>>, f64)> {
    let mut lookout = Lookout::new(terms);
    let places = lookout.look(text);
    lookout.fit().map(|fit| (places, fit))
}

fn finds(query: &str, text: &str) -> bool {
    let query = read(query);
    query.flaws.is_empty() && look(text, &query.terms).is_some()
}

fn sign<T>(what: T, negated: bool) -> Sign<T> {
    Sign { what, negated }
}

#[test]
fn words_phrases_and_what_must_not_be_there() {
    assert_eq!(terms("预算 budget "), ["预+算", "budget"]);
    assert_eq!(terms("Q4预算v2"), ["q4+预+算+v2*"]);
    assert_eq!(terms("“大堂灯光” 「报价」 \"to be\""), ["大+堂+灯+光", "报+价", "to+be"]);
    assert_eq!(terms("lamp -rug －地毯 "), ["lamp", "-rug", "-地+毯"]);
    assert_eq!(terms("lob"), ["lob*"]);
    assert_eq!(terms("lob* qu* x"), ["lob*", "qu*", "x"]);
    assert_eq!(terms("\"open quote goes on"), ["open+quote+goes+on"]);
    assert_eq!(terms("one\"two three\"four "), ["one", "two+three", "four"]);
    assert_eq!(terms("！？ - -- … \"\" "), Vec::<String>::new());
}

#[test]
fn what_only_looks_like_an_operator_is_words() {
    assert_eq!(terms("https://hearth.example/a "), ["https+hearth+example+a"]);
    assert_eq!(terms("10:30 error:timeout "), ["10+30", "error+timeout"]);
    assert!(read("10:30 https://a.b error:x").flaws.is_empty());
}

#[test]
fn operators_in_both_languages() {
    let name = |name: &str| Named::Name(name.to_owned());
    let from = |query: &str| read(query).filters.from;
    assert_eq!(from("from:@Marcus"), [sign(name("marcus"), false)]);
    assert_eq!(from("来自：林晓雨 预算"), [sign(name("林晓雨"), false)]);
    assert_eq!(from("FROM： me -from:ann"), [sign(Named::Me, false), sign(name("ann"), true)]);
    assert_eq!(from("is:mine"), [sign(Named::Me, false)]);
    assert_eq!(from("来自:我"), [sign(Named::Me, false)]);
    assert_eq!(read("in:#\"site visits\"").filters.within.len(), 1);
    assert_eq!(read("在：“报价与预算”").filters.within, [sign(name("报价与预算"), false)]);
    let traits = |query: &str| read(query).filters.traits;
    let both = [sign(Trait::Link, false), sign(Trait::Pinned, false)];
    assert_eq!(traits("has:link is:pinned"), both);
    assert_eq!(traits("含：链接 是：置顶"), both);
    assert_eq!(traits("-has:file"), [sign(Trait::File, true)]);
}

#[test]
fn days_bound_from_both_sides() {
    let bounds = |query: &str| {
        let filters = read(query).filters;
        (filters.since.map(Timestamp::as_ms), filters.before.map(Timestamp::as_ms))
    };
    let (march_first, march_second) = (Some(1_772_294_400_000), Some(1_772_380_800_000));
    assert_eq!(bounds("on:2026-03-01"), (march_first, march_second));
    assert_eq!(bounds("before:3月1日"), (None, march_first));
    assert_eq!(bounds("after:2026/3/1"), (march_second, None));
    assert_eq!(bounds("-before:2026-03-01 -after:03-01"), (march_first, march_second));
    assert_eq!(bounds("之前：2026年3月2日 之前：2026年3月1日"), (None, march_first));
}

#[test]
fn nonsense_is_told_by_operator() {
    let flaws = |query: &str| read(query).flaws;
    let flaw = |operator, kind| [Flaw { operator, kind }];
    assert_eq!(flaws("before:someday"), flaw(Operator::Before, FlawKind::NotADay));
    assert_eq!(flaws("has:"), flaw(Operator::Has, FlawKind::Empty));
    assert_eq!(flaws("has:love"), flaw(Operator::Has, FlawKind::NotAChoice));
    assert_eq!(flaws("is：好人"), flaw(Operator::Is, FlawKind::NotAChoice));
    assert_eq!(flaws("from:\"\""), flaw(Operator::From, FlawKind::Empty));
}

#[test]
fn limits_are_told() {
    let code = |query: &str| parse(query, TODAY).unwrap_err().code();
    assert_eq!(code(&"a".repeat(10_000)), Code::BadText);
    assert_eq!(code(&"🙂".repeat(SEARCH_QUERY_CHARS_MAX + 1)), Code::BadText);
    assert_eq!(code(&"a ".repeat(SEARCH_TERMS_MAX + 1)), Code::LimitReached);
    assert_eq!(code(&"has:link ".repeat(40)), Code::LimitReached);
    assert!(matches!(parse(&"字".repeat(200), TODAY), Err(Denied::LimitReached { .. })));
    assert!(parse(&"字".repeat(100), TODAY).is_ok());
}

#[test]
fn one_or_two_characters_are_found_anywhere() {
    assert!(finds("预算", "请看 Q4预算表，谢谢"));
    assert!(finds("算", "请看 Q4预算表，谢谢"));
    assert!(finds("Q4预算", "请看 Ｑ４ 预算表"));
    assert!(finds("上海", "我明天飞上海开会"));
    assert!(!finds("上海", "今晚海上有风"));
    assert!(!finds("预算", "预定，算了"));
    assert!(finds("v2", "预算v2") && !finds("v", "预算v2"));
    assert!(finds("budg", "The Budget is in") && !finds("budg ", "The Budget is in"));
    assert!(finds("\"to be\"", "or not to be") && !finds("\"to be\"", "be to"));
    assert!(finds("cafe -late", "Café at noon") && !finds("cafe -noon", "Café at noon"));
    assert!(finds("🔥", "nice🔥work"));
}

#[test]
fn an_excerpt_marks_what_was_found_and_says_where_it_was_cut() {
    let shown = |text: &str, query: &str| excerpt(text, &look(text, &read(query).terms).unwrap().0);
    let fragment = |text: &str, hit| Fragment { text: text.to_owned(), hit };
    assert_eq!(
        shown("大堂的<b>预算</b>预算", "预算"),
        [
            fragment("大堂的<b>", false),
            fragment("预算", true),
            fragment("</b>", false),
            fragment("预算", true),
        ]
    );
    let long = format!("{}预算{}", "前".repeat(500), "后".repeat(500));
    let fragments = shown(&long, "预算");
    assert!(fragments[0].text.starts_with("…前") && fragments[2].text.ends_with("后…"));
    assert_eq!(fragments[1], fragment("预算", true));
    let end = format!("{}预算", "前".repeat(500));
    let fragments = shown(&end, "预算");
    assert_eq!(fragments.len(), 2);
    assert!(fragments[0].text.chars().count() > 200);
    assert_eq!(excerpt("nothing to mark", &[]), [fragment("nothing to mark", false)]);
}

#[test]
fn a_message_is_found_by_all_of_its_parts_together() {
    let query = read("预算 lamp* -draft ");
    let fits = |parts: &[&str]| {
        let mut lookout = Lookout::new(&query.terms);
        let open: Vec<bool> = parts
            .iter()
            .map(|part| {
                lookout.look(part);
                lookout.is_open()
            })
            .collect();
        (open, lookout.fit().is_some())
    };
    assert_eq!(fits(&["the lamps", "2026年预算表.xlsx"]), (vec![true, true], true));
    assert_eq!(fits(&["the lamps", "预.xlsx", "算"]), (vec![true; 3], false));
    assert_eq!(fits(&["the lamps", "预算", "draft"]), (vec![true, true, false], false));
    assert_eq!(fits(&["a draft of lamps", "预算"]), (vec![false, false], false));
    let wanted = read("预算 ");
    let mut lookout = Lookout::new(&wanted.terms);
    assert_eq!(lookout.look("2026年预算表.xlsx").first(), Some(&(7..13)));
    assert!(!lookout.is_open());
    let fragment = |text: &str, hit| Fragment { text: text.to_owned(), hit };
    let name = marked("2026年预算表.xlsx", &lookout.look("2026年预算表.xlsx"));
    assert_eq!(
        name,
        [fragment("2026年", false), fragment("预算", true), fragment("表.xlsx", false)]
    );
}

#[test]
fn names_of_files_are_found_by_their_parts() {
    for query in ["budget ", "Q3", "final", "xlsx", "budget_final", "\"q3 budget\"", "budg"] {
        assert!(finds(query, "Q3-budget_final.xlsx"), "{query}");
    }
    for query in ["预算", "算", "2026", "预算表.xlsx", "2026年预算表"] {
        assert!(finds(query, "2026年预算表.xlsx"), "{query}");
    }
    assert!(!finds("udget ", "Q3-budget_final.xlsx"));
}

#[test]
fn newer_denser_and_whole_words_come_first() {
    let fit = |query: &str, text: &str| look(text, &read(query).terms).unwrap().1;
    assert!(fit("budg", "budg") > fit("budg", "budget"));
    assert!(fit("预算 ", "预算，预算") > fit("预算 ", "预算，报价"));
    assert!(fit("lamp ", "the lamp") > fit("lamp ", &format!("lamp {}", "word ".repeat(200))));
    let day = 86_400_000;
    assert!(rank(1.0, 0) > rank(1.0, 30 * day) && rank(1.0, 30 * day) > rank(1.0, 3_000 * day));
    assert!(rank(1.0, u64::MAX) > 0.49);
}

fn hostile() -> impl Strategy<Value = String> {
    let parts = prop::sample::select(vec![
        "\"",
        "“",
        "”",
        "「",
        "-",
        "：",
        ":",
        "from:",
        "in:",
        "has:link",
        "before:",
        "今天",
        "*",
        "(",
        ")",
        " OR ",
        "NEAR",
        "AND",
        "NOT",
        "'",
        "預算",
        "预算",
        "a",
        "\u{202E}",
        "\u{200B}",
        "🏳️‍🌈",
        "é",
        "e\u{301}",
        " ",
        "\u{3000}",
        "#",
        "@",
        "\0",
        "{",
        "}",
        "^",
        "+",
        "م",
    ]);
    prop_oneof![prop::collection::vec(parts, 0..24).prop_map(|parts| parts.concat()), "\\PC{0,64}"]
}

proptest! {
    #[test]
    fn every_text_is_a_query(text in hostile(), body in hostile()) {
        if let Ok(query) = parse(&text, TODAY) {
            for term in &query.terms {
                prop_assert!(!term.pieces.is_empty());
            }
            if let Some((places, _)) = look(&body, &query.terms) {
                let shown: String = excerpt(&body, &places).iter().map(|f| f.text.as_str()).collect();
                prop_assert_eq!(shown, body);
            }
        }
    }

    #[test]
    fn a_text_is_found_by_its_own_words(text in "[a-z预算上海🔥é ，.]{1,40}") {
        let query = read(&format!("\"{text}\""));
        prop_assume!(!query.terms.is_empty());
        prop_assert!(look(&text, &query.terms).is_some());
        let twice = [text.as_str(), &text].join(", ");
        prop_assert!(look(&twice, &query.terms).is_some());
    }

    #[test]
    fn long_texts_are_cut_between_characters(text in "[a预🏳é ]{200,900}", at in 0usize..200) {
        let start = text.char_indices().nth(at).map_or(0, |(at, _)| at);
        let end = text[start..].char_indices().nth(2).map_or(text.len(), |(at, _)| start + at);
        let fragments = excerpt(&text, std::slice::from_ref(&(start..end)));
        prop_assert!(fragments.iter().map(|f| f.text.chars().count()).sum::<usize>() <= 250);
        prop_assert!(fragments.iter().any(|f| f.hit && f.text == text[start..end]));
    }
}

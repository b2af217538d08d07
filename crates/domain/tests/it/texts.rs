//! Parsing never panics, keeps its limits, and has nothing left to do the second time.

use hearth_domain::limits;
use hearth_domain::mention::{addressed, candidates};
use hearth_domain::text::{
    DraftText, Emoji, Handle, MessageText, Name, NewPassword, StatusText, TextError, Topic,
};
use proptest::prelude::*;

/// Any string at all, and strings made of the characters that parsers fall over.
fn hostile() -> impl Strategy<Value = String> {
    let awkward: Vec<&str> = vec![
        "a",
        "Z",
        "İ",
        "ß",
        "Σ",
        "好",
        "＠",
        "@",
        "`",
        "```",
        "\n",
        "\r",
        "\r\n",
        "\t",
        " ",
        "\u{A0}",
        "\u{3000}",
        "\u{200B}",
        "\u{200D}",
        "\u{FE0F}",
        "\u{20E3}",
        "\u{202E}",
        "\u{2028}",
        "\u{301}",
        "\u{0}",
        "\u{7F}",
        "\u{85}",
        "1",
        "🔥",
        "👩",
        "🏽",
        "🇨",
        "🇳",
        ".",
        "-",
        "_",
        "here",
        "channel",
        "\u{E0100}",
        "\u{10FFFF}",
        "क",
        "्",
        "\u{1100}",
        "\u{1160}",
    ];
    prop_oneof![
        any::<String>(),
        "\\PC{0,40}",
        prop::collection::vec(prop::sample::select(awkward), 0..60)
            .prop_map(|parts| parts.concat()),
    ]
}

macro_rules! parses_once {
    ($($test:ident $type:ident $as_str:expr)+) => {
        proptest! {$(
            #[test]
            fn $test(raw in hostile()) {
                if let Ok(parsed) = $type::parse(&raw) {
                    let text: &str = $as_str(&parsed);
                    prop_assert_eq!(&$type::parse(text).unwrap(), &parsed, "{:?}", raw);
                    let json = serde_json::to_string(&parsed).unwrap();
                    prop_assert_eq!(serde_json::from_str::<$type>(&json).unwrap(), parsed);
                }
            }
        )+}
    };
}

parses_once! {
    a_name_parses_to_itself Name Name::as_str
    a_handle_parses_to_itself Handle Handle::as_str
    a_topic_parses_to_itself Topic Topic::as_str
    a_status_parses_to_itself StatusText StatusText::as_str
    a_message_parses_to_itself MessageText MessageText::as_str
    a_draft_parses_to_itself DraftText DraftText::as_str
    an_emoji_parses_to_itself Emoji Emoji::as_str
}

proptest! {
    #[test]
    fn one_line_texts_have_one_visible_line(raw in hostile()) {
        if let Ok(name) = Name::parse(&raw) {
            let text = name.as_str();
            prop_assert!(!text.is_empty() && text.len() <= limits::NAME_GRAPHEMES_MAX * 8);
            prop_assert_eq!(text.trim(), text);
            let breaks = |c: char| c.is_control() || ('\u{2028}'..='\u{202E}').contains(&c);
            prop_assert!(!text.contains(breaks));
        }
    }

    #[test]
    fn messages_and_drafts_are_held_to_the_same_limits(raw in hostile()) {
        match (MessageText::parse(&raw), DraftText::parse(&raw)) {
            (Ok(message), Ok(draft)) => prop_assert_eq!(message.as_str(), draft.as_str()),
            (Err(TextError::Empty), Ok(_)) => {}
            (message, draft) => prop_assert_eq!(message.err(), draft.err()),
        }
    }

    #[test]
    fn a_password_is_refused_by_its_length_only(raw in hostile()) {
        let long_enough = raw.chars().count() >= limits::PASSWORD_CHARS_MIN;
        let short_enough = raw.len() <= limits::PASSWORD_BYTES_MAX;
        prop_assert_eq!(NewPassword::parse(raw).is_ok(), long_enough && short_enough);
    }

    #[test]
    fn addressing_never_panics_and_keeps_its_limit(raw in hostile()) {
        if let Ok(message) = MessageText::parse(&raw) {
            let found = addressed(&message);
            prop_assert!(found.handles.len() <= limits::MENTIONS_PER_MESSAGE_MAX);
            for choices in found.handles {
                prop_assert!(!choices.is_empty());
                let longest_first = |pair: &[Handle]| {
                    pair[0].as_str().len() > pair[1].as_str().len()
                };
                prop_assert!(choices.windows(2).all(longest_first), "{choices:?}");
            }
        }
        let count = candidates(&raw).len();
        prop_assert!(count <= limits::HANDLE_CHARS_MAX);
    }

    #[test]
    fn whoever_is_addressed_alone_is_found(handle in "[a-z][a-z0-9]{0,8}([._-][a-z0-9]{1,4})?") {
        prop_assume!(!Handle::RESERVED.contains(&handle.as_str()));
        for text in [format!("@{handle}"), format!("请＠{handle}帮忙"), format!("(@{handle}.)")] {
            let found = addressed(&MessageText::parse(&text).unwrap()).handles;
            prop_assert_eq!(found.len(), 1);
            let choices: Vec<&str> = found[0].iter().map(Handle::as_str).collect();
            prop_assert!(choices.contains(&handle.as_str()), "{text:?} {choices:?}");
        }
    }
}

#[test]
fn the_longest_texts_fit_and_one_more_does_not() {
    let many = |unit: &str, count: usize| unit.repeat(count);
    let max = limits::MESSAGE_GRAPHEMES_MAX;
    assert!(MessageText::parse(&many("好", max)).is_ok());
    assert_eq!(MessageText::parse(&many("x", max + 1)), Err(TextError::TooLong { max }));
    let family = "👩‍👩‍👧‍👦";
    let fit = limits::MESSAGE_BYTES_MAX / family.len();
    assert!(MessageText::parse(&many(family, fit)).is_ok());
    assert!(MessageText::parse(&many(family, fit + 1)).is_err());
    assert!(Topic::parse(&many("é", limits::TOPIC_GRAPHEMES_MAX)).is_ok());
    assert!(Topic::parse(&many("é", limits::TOPIC_GRAPHEMES_MAX + 1)).is_err());
    assert!(StatusText::parse(&many("忙", limits::STATUS_GRAPHEMES_MAX)).is_ok());
    assert!(StatusText::parse(&many("忙", limits::STATUS_GRAPHEMES_MAX + 1)).is_err());
}

#[test]
fn a_message_full_of_addresses_names_a_hundred() {
    let crowd: String = (0..1_000).map(|n| format!("@u{n} ")).collect();
    let found = addressed(&MessageText::parse(&crowd).unwrap());
    assert_eq!(found.handles.len(), limits::MENTIONS_PER_MESSAGE_MAX);
}

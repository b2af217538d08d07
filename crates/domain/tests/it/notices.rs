//! What may interrupt: the cases that the page is held to as well, and what holds for all.

use hearth_domain::id::{MessageId, UserId};
use hearth_domain::model::{Mentions, NotifyLevel, Preferences, WideMention};
use hearth_domain::notify::{
    Arrival, Folded, Keyword, LocalTime, MinuteOfDay, Moment, Notices, Place, QuietHours, Reader,
    Reason, Weekday, ZoneName, calls, decide, excerpt,
};
use hearth_domain::time::Timestamp;
use proptest::prelude::*;
use serde::Deserialize;

use crate::cast;

#[derive(Deserialize)]
struct Case {
    name: String,
    message: Message,
    reader: Who,
    now: Now,
    reason: Option<Reason>,
    notice: bool,
}

#[derive(Deserialize)]
struct Message {
    author: u8,
    text: String,
    thread: bool,
    users: Vec<u8>,
    wide: Option<WideMention>,
    here: Option<Vec<u8>>,
}

#[derive(Deserialize)]
struct Who {
    user: u8,
    level: NotifyLevel,
    place: Place,
    follows: bool,
    notices: Notices,
}

#[derive(Deserialize)]
struct Now {
    at: Timestamp,
    day: Weekday,
    minute: MinuteOfDay,
}

fn ask(case: &Case) -> (Option<Reason>, bool) {
    let text = Folded::new(&case.message.text);
    let people = |them: &[u8]| them.iter().copied().map(cast::user_id).collect();
    let mentions = Mentions {
        users: people(&case.message.users),
        groups: Vec::new(),
        wide: case.message.wide,
        here: case.message.here.as_ref().map(|here| people(here)),
    };
    let message = Arrival {
        author: cast::user_id(case.message.author),
        text: &text,
        root: case.message.thread.then(|| cast::message_id(1)),
        mentions: &mentions,
    };
    let reader = Reader {
        user: cast::user_id(case.reader.user),
        level: case.reader.level,
        place: case.reader.place,
        follows: case.reader.follows,
        notices: &case.reader.notices,
    };
    let local = LocalTime { day: case.now.day, minute: case.now.minute };
    let now = Moment { at: case.now.at, local };
    (calls(message, reader), decide(message, reader, now).is_some())
}

#[test]
fn every_case_is_decided_as_written() {
    let cases: Vec<Case> = serde_json::from_str(include_str!("../golden/notices.json")).unwrap();
    assert!(cases.len() > 50);
    for case in &cases {
        assert_eq!(ask(case), (case.reason, case.notice), "{}", case.name);
    }
}

#[test]
fn preferences_of_earlier_builds_are_read() {
    let old = r#"{"language":"zh-CN","theme":"dark"}"#;
    let read: Preferences = serde_json::from_str(old).unwrap();
    assert_eq!(read.notices, Notices::default());
    assert!(read.notices.desktop && read.notices.preview);
    let partial: Notices = serde_json::from_str(r#"{"volume":255,"new":1}"#).unwrap();
    assert_eq!(u8::from(partial.volume), 100);
}

#[test]
fn what_makes_no_sense_is_no_choice() {
    for wrong in [
        r#"{"quiet":{"days":["mon"],"from":1440,"to":0,"zone":"Asia/Shanghai"}}"#,
        r#"{"quiet":{"days":["monday"],"from":0,"to":0,"zone":"Asia/Shanghai"}}"#,
        r#"{"quiet":{"days":[],"from":0,"to":0,"zone":"../../etc/passwd"}}"#,
        r#"{"keywords":[""]}"#,
        r#"{"keywords":["two\nlines"]}"#,
        r#"{"volume":-1}"#,
        r#"{"sound":"trumpet"}"#,
    ] {
        assert!(serde_json::from_str::<Notices>(wrong).is_err(), "{wrong}");
    }
    assert!(Keyword::parse(&"字".repeat(40)).is_ok());
    assert!(Keyword::parse(&"字".repeat(41)).is_err());
    assert!(ZoneName::parse("America/Argentina/ComodRivadavia").is_ok());
    assert!(ZoneName::parse(&"a".repeat(65)).is_err());
}

#[test]
fn an_excerpt_is_one_line_of_whole_characters() {
    assert_eq!(excerpt("  one\n\n two\t三 "), "one two 三");
    assert_eq!(excerpt(&"好".repeat(140)), "好".repeat(140));
    assert_eq!(excerpt(&"👨‍👩‍👧".repeat(200)), format!("{}…", "👨‍👩‍👧".repeat(139)));
    assert_eq!(excerpt(&"x".repeat(1_000_000)).chars().count(), 140);
}

fn minute() -> impl Strategy<Value = MinuteOfDay> {
    (0u16..1_440).prop_map(|minute| MinuteOfDay::try_from(minute).unwrap())
}

fn day() -> impl Strategy<Value = Weekday> {
    prop::sample::select(Weekday::ALL.to_vec())
}

proptest! {
    /// However hours lie, on every day they last as long as they say.
    #[test]
    fn quiet_hours_last_as_long_as_they_say(from in minute(), to in minute()) {
        let zone = ZoneName::parse("Asia/Shanghai").unwrap();
        let quiet = QuietHours { days: Weekday::ALL.into(), from, to, zone };
        let minutes = (0u16..1_440).map(|minute| MinuteOfDay::try_from(minute).unwrap());
        let held = minutes
            .filter(|minute| quiet.holds(LocalTime { day: Weekday::Wed, minute: *minute }))
            .count();
        let (from, to) = (i32::from(u16::from(from)), i32::from(u16::from(to)));
        let wanted = (to - from + 1_440 - 1).rem_euclid(1_440) + 1;
        prop_assert_eq!(i32::try_from(held).unwrap(), wanted);
    }

    /// A day that was not chosen is quiet only as the end of a night that was.
    #[test]
    fn no_day_no_quiet(from in minute(), to in minute(), at in minute(), day in day()) {
        let zone = ZoneName::parse("Asia/Shanghai").unwrap();
        let quiet = QuietHours { days: [].into(), from, to, zone };
        prop_assert!(!quiet.holds(LocalTime { day, minute: at }), "no day was chosen");
    }

    /// A keyword is found in its own text, alone and between signs, however it is written.
    #[test]
    fn a_keyword_finds_itself(word in "[a-zA-Z0-9\u{4e00}-\u{4e20}é]{1,12}") {
        let keyword = Keyword::parse(&word).unwrap();
        for text in [word.clone(), format!("({})", word.to_lowercase()), format!("好{word}好")] {
            let found = keyword.is_in(&Folded::new(&text));
            prop_assert!(found, "{}", text);
        }
    }

    /// A Latin word inside a longer one is never found, and no text makes the search fail.
    #[test]
    fn a_part_of_a_word_is_not_the_word(word in "[a-z]{1,8}", rest in "[a-z0-9]{1,4}", text in ".*") {
        let keyword = Keyword::parse(&word).unwrap();
        let inside = keyword.is_in(&Folded::new(&format!("{word}{rest}")));
        prop_assert!(!inside);
        prop_assert!(!text.is_empty() || !keyword.is_in(&Folded::new(&text)));
    }

    /// Nothing interrupts that does not call; a muted conversation and one's own words never call.
    #[test]
    fn a_notice_has_a_reason(
        author in 0u8..3, wide in any::<bool>(), thread in any::<bool>(), follows in any::<bool>(),
        level in prop::sample::select(vec![
            NotifyLevel::All, NotifyLevel::Mentions, NotifyLevel::Quiet, NotifyLevel::Nothing,
        ]),
    ) {
        let text = Folded::new("hello");
        let wide = wide.then_some(WideMention::Channel);
        let mentions = Mentions { users: Vec::new(), groups: Vec::new(), wide, here: None };
        let root: Option<MessageId> = thread.then(|| cast::message_id(1));
        let user: UserId = cast::user_id(1);
        let notices = Notices::default();
        let message = Arrival { author: cast::user_id(author), text: &text, root, mentions: &mentions };
        let place = Place::Channel;
        let reader = Reader { user, level, place, follows, notices: &notices };
        let minute = MinuteOfDay::try_from(0).unwrap();
        let now = Moment { at: cast::NOW, local: LocalTime { day: Weekday::Mon, minute } };
        let (reason, notice) = (calls(message, reader), decide(message, reader, now));
        prop_assert_eq!(notice.map(|notice| notice.reason), reason.filter(|_| level != NotifyLevel::Quiet));
        prop_assert!(reason.is_none() || (author != 1 && level != NotifyLevel::Nothing));
    }
}

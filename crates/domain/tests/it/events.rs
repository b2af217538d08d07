//! Events of every kind about a handful of things, so that they meet.

use hearth_domain::event::{Event, Posted, Scope};
use hearth_domain::id::Seq;
use hearth_domain::model::{
    ChannelKind, ChannelRole, Draft, Language, Mentions, NotifyLevel, Office, Preferences, Status,
    Theme, WideMention,
};
use hearth_domain::text::{DraftText, Emoji, StatusText, Topic};
use proptest::prelude::*;

use crate::cast;

fn text() -> impl Strategy<Value = hearth_domain::text::MessageText> {
    prop::sample::select(vec!["one", "two", "三", "**four** @u1"]).prop_map(cast::text)
}

fn role() -> impl Strategy<Value = ChannelRole> + Clone {
    prop::sample::select(vec![ChannelRole::Member, ChannelRole::Manager])
}

fn root() -> impl Strategy<Value = Option<hearth_domain::id::MessageId>> {
    prop::option::of((0u8..3).prop_map(cast::message_id))
}

fn mentions() -> impl Strategy<Value = Mentions> {
    let wide =
        prop::option::of(prop::sample::select(vec![WideMention::Channel, WideMention::Here]));
    (prop::collection::vec(0u8..3, 0..3), wide).prop_map(|(users, wide)| {
        let users: Vec<_> = users.into_iter().map(cast::user_id).collect();
        let here = (wide == Some(WideMention::Here)).then(|| users.clone());
        Mentions { users, groups: vec![cast::group_id(1)], wide, here }
    })
}

fn user() -> impl Strategy<Value = hearth_domain::model::User> {
    let role = prop::sample::select(cast::ROLES.to_vec());
    let state = prop::sample::select(cast::STATES.to_vec());
    (0u8..3, role, state, any::<bool>()).prop_map(|(n, role, state, busy)| {
        let status = Status {
            emoji: Some(Emoji::parse("🔥").unwrap()),
            text: StatusText::parse("busy").unwrap(),
            until: Some(cast::NOW),
        };
        let user = cast::user(n, role, state);
        hearth_domain::model::User { status: busy.then_some(status), ..user }
    })
}

fn channel() -> impl Strategy<Value = hearth_domain::model::Channel> {
    let kind = prop::sample::select(vec![ChannelKind::Public, ChannelKind::Private]);
    let posting = prop::sample::select(cast::POSTINGS.to_vec());
    (0u8..2, kind, posting, any::<bool>(), "[a-c]{0,2}").prop_map(
        |(n, kind, posting, old, topic)| {
            let mut channel = cast::channel(n, kind);
            channel.posting = posting;
            channel.archived_at = old.then_some(cast::NOW);
            channel.topic = Topic::parse(&topic).unwrap();
            channel
        },
    )
}

fn of_the_office() -> impl Strategy<Value = Event> {
    let language = prop::sample::select(vec![Language::Auto, Language::ZhCn, Language::En]);
    let theme = prop::sample::select(vec![Theme::System, Theme::Light, Theme::Dark]);
    prop_oneof![
        ("[a-z]{1,3}", any::<bool>()).prop_map(|(n, link_cards)| Event::OfficeUpdated {
            office: Office { name: cast::name(&n), link_cards }
        }),
        user().prop_map(|user| Event::UserCreated { user }),
        user().prop_map(|user| Event::UserUpdated { user }),
        (language, theme).prop_map(|(language, theme)| Event::PreferencesUpdated {
            preferences: Preferences { language, theme, ..Preferences::default() }
        }),
        (0u8..2, prop::collection::vec(0u8..3, 0..3))
            .prop_map(|(n, people)| Event::GroupUpdated { group: cast::group(n, &people) }),
        (0u8..2).prop_map(|n| Event::GroupDeleted { group: cast::group_id(n) }),
    ]
}

fn of_a_channel() -> impl Strategy<Value = Event> {
    let member = (0u8..3, role()).prop_map(|(n, role)| cast::member(n, role));
    let id = (0u8..2).prop_map(cast::channel_id);
    prop_oneof![
        (channel(), prop::collection::vec(member.clone(), 0..3))
            .prop_map(|(channel, members)| Event::ChannelCreated { channel, members }),
        channel().prop_map(|channel| Event::ChannelUpdated { channel }),
        (id.clone(), member.clone())
            .prop_map(|(channel, member)| Event::MemberAdded { channel, member }),
        (id.clone(), member).prop_map(|(channel, member)| Event::MemberUpdated { channel, member }),
        (id, 0u8..3)
            .prop_map(|(channel, n)| Event::MemberRemoved { channel, user: cast::user_id(n) }),
    ]
}

fn of_a_message() -> impl Strategy<Value = Event> {
    let channel = cast::channel_id(1);
    let message = (0u8..3).prop_map(cast::message_id);
    let emoji = prop::sample::select(vec!["🔥", "👍🏽"]).prop_map(|e| Emoji::parse(e).unwrap());
    prop_oneof![
        (message.clone(), root(), text(), mentions(), any::<u8>()).prop_map(
            move |(message, root, text, mentions, n)| Event::MessagePosted(Posted {
                guise: None,
                message,
                channel,
                root,
                text,
                mentions,
                files: Vec::new(),
                nonce: cast::nonce(n)
            })
        ),
        (message.clone(), text(), mentions()).prop_map(move |(message, text, mentions)| {
            Event::MessageEdited { message, channel, text, mentions }
        }),
        message.clone().prop_map(move |message| Event::MessageDeleted {
            message,
            channel,
            root: None
        }),
        (message.clone(), emoji, any::<bool>()).prop_map(move |(message, emoji, on)| {
            Event::ReactionSet { message, channel, emoji, on }
        }),
        (message.clone(), any::<bool>()).prop_map(move |(message, on)| Event::PinSet {
            message,
            channel,
            on
        }),
        (message, 0u8..3, any::<bool>()).prop_map(move |(message, n, taken)| Event::CardsSet {
            message,
            channel,
            cards: (0..n).map(cast::card).collect(),
            taken
        }),
    ]
}

fn of_one_person() -> impl Strategy<Value = Event> {
    let channel = (0u8..2).prop_map(cast::channel_id);
    let level =
        vec![NotifyLevel::All, NotifyLevel::Mentions, NotifyLevel::Quiet, NotifyLevel::Nothing];
    let draft = prop::sample::select(vec!["", "a thought"]);
    prop_oneof![
        (0u8..3, channel.clone(), any::<bool>()).prop_map(|(n, channel, on)| {
            Event::ThreadFollowed { root: cast::message_id(n), channel, on }
        }),
        (channel.clone(), root(), 0u64..9).prop_map(|(channel, root, n)| Event::ReadMarked {
            channel,
            root,
            upto: Seq(n)
        }),
        (channel.clone(), prop::sample::select(level))
            .prop_map(|(channel, level)| Event::NotifyUpdated { channel, level }),
        (0u8..3, channel.clone(), any::<bool>()).prop_map(|(n, channel, on)| {
            Event::SavedSet { message: cast::message_id(n), channel, on }
        }),
        (channel, root(), draft).prop_map(|(channel, root, text)| Event::DraftUpdated {
            draft: Draft { channel, root, text: DraftText::parse(text).unwrap() }
        }),
    ]
}

/// Any event about three people, three messages, two channels and two groups.
pub(crate) fn any_event() -> impl Strategy<Value = Event> {
    prop_oneof![
        1 => of_the_office(),
        1 => of_a_channel(),
        3 => of_a_message(),
        1 => of_one_person(),
    ]
}

/// What must never be part of a name in anything that is written or sent.
const SECRETS: [&str; 6] = ["password", "passphrase", "token", "hash", "secret", "phc"];

fn names_a_secret(value: &serde_json::Value) -> Option<String> {
    match value {
        serde_json::Value::Object(fields) => fields.iter().find_map(|(name, inner)| {
            let lower = name.to_lowercase();
            let telling = SECRETS.iter().any(|secret| lower.contains(secret));
            if telling { Some(name.clone()) } else { names_a_secret(inner) }
        }),
        serde_json::Value::Array(items) => items.iter().find_map(names_a_secret),
        _ => None,
    }
}

#[test]
fn a_secret_would_be_found() {
    let nested = serde_json::json!({"users": [{"id": 1, "password_phc": "$argon2id$"}]});
    assert_eq!(names_a_secret(&nested).as_deref(), Some("password_phc"));
    assert_eq!(names_a_secret(&serde_json::json!({"text": "token"})), None);
}

proptest! {
    #[test]
    fn no_event_has_a_field_for_a_secret(event in any_event()) {
        let json = serde_json::to_value(&event).unwrap();
        prop_assert_eq!(names_a_secret(&json), None);
    }

    #[test]
    fn events_survive_json(event in any_event()) {
        let json = serde_json::to_string(&event).unwrap();
        prop_assert_eq!(serde_json::from_str::<Event>(&json).unwrap(), event);
    }

    #[test]
    fn scopes_survive_json_and_columns(n in any::<u8>(), which in 0u8..4) {
        let scope = match which {
            0 => Scope::Office,
            1 => Scope::Members,
            2 => Scope::Channel(cast::channel_id(n)),
            _ => Scope::User(cast::user_id(n)),
        };
        let json = serde_json::to_string(&scope).unwrap();
        prop_assert_eq!(serde_json::from_str::<Scope>(&json).unwrap(), scope);
        let (tag, id) = hearth_domain::log::encode_scope(scope);
        prop_assert_eq!(hearth_domain::log::decode_scope(tag, id), Some(scope));
    }
}

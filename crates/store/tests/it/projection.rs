//! The tables are what `hearth_domain::merge` says, for any sequence of events.

use std::collections::BTreeMap;

use hearth_domain::card::{Card, Page, PageWords};
use hearth_domain::event::{Decided, Event, Posted, Scope};
use hearth_domain::id::{ChannelId, GroupId, MessageId, Nonce, Seq, UserId};
use hearth_domain::link::LinkUrl;
use hearth_domain::log::Stamp;
use hearth_domain::merge::Projection;
use hearth_domain::model::{
    Channel, ChannelKind, ChannelRole, Draft, Group, Language, Member, Mentions, NotifyLevel,
    Office as OfficeRecord, Preferences, Role, Theme, User,
};
use hearth_domain::text::{DraftText, Emoji, Handle, MessageText, Name};
use hearth_domain::time::Hlc;
use hearth_store::chat::history::{Around, PageAsk, history};
use hearth_store::chat::{channels, marks, members, messages, people, saved};
use hearth_store::{DbError, ReadTx, Store};
use proptest::prelude::*;

use crate::harness::{self, NOW, channel, user};

fn user_id(n: u8) -> UserId {
    UserId::from_bytes([n + 1; 16])
}

fn channel_id(n: u8) -> ChannelId {
    ChannelId::from_bytes([n + 101; 16])
}

fn message_id(n: u8) -> MessageId {
    MessageId::from_bytes([n + 201; 16])
}

fn text(n: u8) -> MessageText {
    MessageText::parse(&format!("text {n}")).unwrap()
}

fn member(n: u8) -> Member {
    let role = if n.is_multiple_of(2) { ChannelRole::Member } else { ChannelRole::Manager };
    Member { user: user_id(n % 3), role }
}

fn renamed(n: u8, to: u8) -> Channel {
    let name = Some(Name::parse(&format!("Room {to}")).unwrap());
    Channel { name, ..channel(channel_id(n), ChannelKind::Public, user_id(0)) }
}

fn card(n: u8) -> Card {
    let words = PageWords { title: format!("Title {n}"), ..PageWords::default() };
    let url = LinkUrl::parse(&format!("https://a.example/{n}")).unwrap();
    Page::new("a.example", &words).unwrap().card(url)
}

fn group(c: u8, n: u8) -> Group {
    Group {
        id: GroupId::from_bytes([c + 1; 16]),
        handle: Handle::parse(&format!("g{n}")).unwrap(),
        name: Name::parse("Group").unwrap(),
        members: vec![user_id(n % 3)],
    }
}

fn preferences() -> Preferences {
    Preferences { language: Language::ZhCn, theme: Theme::Dark, ..Preferences::default() }
}

/// Few ids, so that events meet; any order, so that edits come before their message.
fn event() -> impl Strategy<Value = Event> {
    (0..21u8, 0..3u8, 0..4u8, 0..250u8, any::<bool>()).prop_map(|(kind, c, m, n, on)| {
        let (channel, message) = (channel_id(c), message_id(m));
        // A message never changes its conversation.
        let home = channel_id(m % 3);
        let root = on.then_some(message);
        match kind {
            0 => Event::OfficeUpdated {
                office: OfficeRecord {
                    name: Name::parse(&format!("Office {n}")).unwrap(),
                    link_cards: on,
                },
            },
            1 | 2 => {
                let name = Name::parse(&format!("Name {n}")).unwrap();
                let role = if on { Role::Admin } else { Role::Member };
                let user = User { name, ..user(user_id(c), role) };
                if on { Event::UserCreated { user } } else { Event::UserUpdated { user } }
            }
            3 => Event::PreferencesUpdated { preferences: preferences() },
            4 => Event::GroupUpdated { group: group(c, n) },
            5 => Event::GroupDeleted { group: GroupId::from_bytes([c + 1; 16]) },
            6 => Event::ChannelCreated { channel: renamed(c, n), members: vec![member(n)] },
            7 => Event::ChannelUpdated { channel: renamed(c, n) },
            8 => Event::MemberAdded { channel, member: member(n) },
            9 => Event::MemberUpdated { channel, member: member(n) },
            10 => Event::MemberRemoved { channel, user: user_id(n % 3) },
            11 => Event::MessagePosted(Posted {
                guise: None,
                message,
                channel: home,
                root: None,
                text: text(n),
                mentions: Mentions { users: vec![user_id(n % 3)], ..Mentions::default() },
                files: Vec::new(),
                nonce: Nonce::from_bytes([n; 16]),
            }),
            12 => Event::MessageEdited {
                message,
                channel: home,
                text: text(n),
                mentions: Mentions::default(),
            },
            13 => Event::MessageDeleted { message, channel: home, root: None },
            14 => Event::ReactionSet {
                message,
                channel: home,
                emoji: Emoji::parse(if n > 99 { "🔥" } else { "👍" }).unwrap(),
                on,
            },
            15 => Event::PinSet { message, channel: home, on },
            16 => Event::ReadMarked { channel, root, upto: Seq(n.into()) },
            17 => Event::NotifyUpdated { channel, level: NotifyLevel::Nothing },
            18 => Event::SavedSet { message, channel: home, on },
            19 => Event::CardsSet {
                message,
                channel: home,
                cards: (0..n % 3).map(card).collect(),
                taken: n > 200,
            },
            _ => {
                let text = DraftText::parse(&format!("draft {n}")).unwrap();
                Event::DraftUpdated { draft: Draft { channel, root, text } }
            }
        }
    })
}

/// Writes the events, a few to a transaction, and gives the projection they should make.
async fn play(store: &Store, events: Vec<(u8, Event)>) -> Projection {
    let mut projection = Projection::default();
    let origin = store.origin();
    let mut clock = Hlc::default();
    for (place, (actor, event)) in events.iter().enumerate() {
        clock = clock.tick(NOW);
        let origin_seq = hearth_domain::id::OriginSeq(place as u64 + 1);
        let stamp =
            Stamp { hlc: clock, origin: origin.node, incarnation: origin.incarnation, origin_seq };
        projection.apply(stamp, user_id(*actor), event);
    }
    for some in events.chunks(7) {
        let some = some.to_vec();
        let written = store.write(NOW, move |tx| {
            for (actor, event) in some {
                tx.commit(Decided { actor: user_id(actor), scope: Scope::Office, event })?;
            }
            Ok::<_, DbError>(())
        });
        written.await.unwrap();
    }
    projection
}

fn compare(tx: &ReadTx<'_>, expected: &Projection) -> Result<(), DbError> {
    let office = expected.office.values().next().map(|office| office.value().clone());
    assert_eq!(people::office(tx)?, office);
    let users: Vec<User> = expected.users.values().map(|user| user.value().clone()).collect();
    assert_eq!(people::users(tx)?, users);
    let groups: Vec<Group> =
        expected.groups.values().filter_map(|group| group.value().clone()).collect();
    assert_eq!(people::groups(tx)?, groups);
    for n in 0..3 {
        let user = user_id(n);
        for m in 0..4 {
            let message = message_id(m);
            let kept = expected.saved.get(&(user, message)).is_some_and(|on| *on.value());
            assert_eq!(saved::view(tx, user, message)?.saved, kept);
        }
        let preferences = expected.preferences.get(&user).map(|chosen| chosen.value().clone());
        assert_eq!(people::preferences(tx, user)?, preferences.unwrap_or_default());
        for c in 0..3 {
            let channel = channel_id(c);
            compare_places(tx, expected, (user, channel))?;
            let standing = channels::standing(tx, channel, user)?;
            let record = expected.channels.get(&channel).map(|channel| channel.value().clone());
            assert_eq!(standing.map(|standing| standing.channel), record);
        }
    }
    for m in 0..4 {
        compare_message(tx, expected, message_id(m))?;
    }
    Ok(())
}

fn compare_places(
    tx: &ReadTx<'_>,
    expected: &Projection,
    (user, channel): (UserId, ChannelId),
) -> Result<(), DbError> {
    let role = expected.members.get(&(channel, user)).and_then(|role| *role.value());
    assert_eq!(members::role(tx, channel, user)?, role);
    let level = expected.notify.get(&(user, channel)).map(|level| *level.value());
    assert_eq!(marks::notify_of(tx, user, channel)?, level.unwrap_or_default());
    for root in [None, Some(message_id(0)), Some(message_id(3))] {
        let read = expected.reads.get(&(user, channel, root)).map(|mark| *mark.value());
        assert_eq!(marks::read_upto(tx, user, channel, root)?, read.unwrap_or_default());
        let draft = expected.drafts.contains_key(&(user, channel, root));
        assert_eq!(marks::has_draft(tx, user, channel, root)?, draft);
    }
    Ok(())
}

fn compare_message(tx: &ReadTx<'_>, expected: &Projection, id: MessageId) -> Result<(), DbError> {
    let state = expected.messages.get(&id);
    let posted = state.and_then(|state| state.posted.as_ref());
    let head = messages::locate(tx, id)?;
    assert_eq!(head.map(|head| head.author), posted.map(|(author, _)| *author));
    let (Some(head), Some(state)) = (head, state) else { return Ok(()) };
    assert_eq!(head.deleted, state.deleted);
    let reader = user(user_id(0), Role::Owner);
    let actor = hearth_domain::permit::Actor {
        id: reader.id,
        role: reader.role,
        state: reader.state,
        grant: hearth_domain::scopes::Grant::Whole,
    };
    let standing = hearth_domain::permit::Standing {
        channel: channel(head.channel, ChannelKind::Public, reader.id),
        member: None,
    };
    let permit = hearth_domain::permit::read(&actor, &standing).unwrap();
    let ask = PageAsk { around: Around::Latest, limit: 100 };
    let page = history(tx, &permit, ask)?;
    let shown = page.messages.iter().find(|message| message.id == id).unwrap();
    assert_eq!(shown.text.as_ref(), state.text());
    assert_eq!(shown.cards, state.cards());
    if !state.deleted {
        let pinned = state.pin.as_ref().is_some_and(|pin| *pin.value());
        assert_eq!(shown.pinned_at.is_some(), pinned);
        let mut reactions: BTreeMap<(UserId, String), ()> = BTreeMap::new();
        for ((user, emoji), on) in &state.reactions {
            if *on.value() {
                reactions.insert((*user, emoji.to_string()), ());
            }
        }
        let found: BTreeMap<(UserId, String), ()> = shown
            .reactions
            .iter()
            .flat_map(|r| r.users.iter().map(|user| ((*user, r.emoji.to_string()), ())))
            .collect();
        assert_eq!(found, reactions);
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn the_tables_are_what_the_domain_says(
        events in prop::collection::vec((0..3u8, event()), 1..120),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&harness::options(folder.path().join("hearth.db"))).unwrap();
        runtime.block_on(async {
            let expected = play(&store, events).await;
            store.read(move |tx| compare(tx, &expected)).await.unwrap();
            store.close().await;
        });
    }
}

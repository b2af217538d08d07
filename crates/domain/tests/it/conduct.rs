//! Random people try random things: what the rules forbid never happens.

use std::collections::HashSet;

use hearth_domain::decide::channel::Archive;
use hearth_domain::denied::Code;
use hearth_domain::event::EventKind;
use hearth_domain::merge::Projection;
use hearth_domain::model::{ChannelKind, ChannelRole, NotifyLevel, Theme};
use proptest::prelude::*;
use proptest::sample::select;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;

use crate::cast;
use crate::rules::{check_after, check_decided};
use crate::world::{OnMessage, Step, What, World};

fn n() -> impl Strategy<Value = u8> {
    0u8..24
}

fn people() -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec(n(), 0..4)
}

fn words() -> impl Strategy<Value = String> {
    let words = ["hello", "@u1", "@u2", "＠u4", "@g1", "@channel", "@here", "@nobody", "`@u3`"];
    prop::collection::vec(select(words.to_vec()), 1..5).prop_map(|words| words.join(" "))
}

fn on_the_office() -> impl Strategy<Value = What> {
    let (role, state) = (select(cast::ROLES.to_vec()), select(cast::STATES.to_vec()));
    let wanted = (prop::option::of(role.clone()), prop::option::of(state.clone()));
    prop_oneof![
        1 => Just(What::Found),
        2 => (n(), role).prop_map(|(handle, role)| What::Invite { handle, role }),
        1 => n().prop_map(What::RenameOffice),
        2 => (n(), n()).prop_map(|(of, name)| What::Profile { of, name }),
        8 => (n(), wanted).prop_map(|(of, (role, state))| What::Account { of, role, state }),
        2 => (n(), state).prop_map(|(of, state)| What::Operate { of, state }),
        2 => (n(), people()).prop_map(|(group, people)| What::SaveGroup { group, people }),
        1 => n().prop_map(What::DeleteGroup),
        1 => select(vec![Theme::System, Theme::Dark]).prop_map(What::Preferences),
    ]
}

fn on_a_channel() -> impl Strategy<Value = What> {
    let posting = || select(cast::POSTINGS.to_vec());
    let kind =
        || prop_oneof![4 => select(cast::KINDS[..2].to_vec()), 1 => Just(ChannelKind::Direct)];
    let archive = || select(vec![Archive::Archived, Archive::InUse]);
    let role = select(vec![ChannelRole::Member, ChannelRole::Manager]);
    let change = (prop::option::of(n()), prop::option::of(kind()), prop::option::of(archive()));
    prop_oneof![
        3 => (kind(), posting(), n(), people()).prop_map(|(kind, posting, name, people)| {
            What::Open { kind, posting, name, people }
        }),
        2 => people().prop_map(What::OpenDirect),
        4 => (n(), change).prop_map(|(at, (name, kind, archive))| {
            What::Change { at, name, kind, archive }
        }),
        2 => (n(), posting()).prop_map(|(at, posting)| What::Posting(at, posting)),
        2 => n().prop_map(What::Join),
        2 => n().prop_map(What::Leave),
        5 => (n(), n(), role).prop_map(|(at, person, role)| What::SetMember { at, person, role }),
        3 => (n(), n()).prop_map(|(at, person)| What::RemoveMember { at, person }),
    ]
}

fn on_a_message() -> impl Strategy<Value = What> {
    let act = prop_oneof![
        2 => words().prop_map(OnMessage::Edit),
        2 => Just(OnMessage::Delete),
        2 => (n(), any::<bool>()).prop_map(|(emoji, on)| OnMessage::React(emoji, on)),
        1 => any::<bool>().prop_map(OnMessage::Pin),
        1 => Just(OnMessage::TakeCards),
        1 => any::<bool>().prop_map(OnMessage::Follow),
        1 => any::<bool>().prop_map(OnMessage::Save),
    ];
    // Now and then somebody names the wrong channel.
    let at = prop_oneof![4 => Just(None), 1 => n().prop_map(Some)];
    prop_oneof![
        3 => (n(), prop::option::of(n()), words())
            .prop_map(|(at, root, text)| What::Post { at, root, text }),
        4 => (at, n(), act).prop_map(|(at, message, act)| What::Message { at, message, act }),
    ]
}

fn for_oneself() -> impl Strategy<Value = What> {
    let level = select(vec![NotifyLevel::All, NotifyLevel::Nothing]);
    let text = select(vec![String::new(), "a thought".to_owned()]);
    prop_oneof![
        (n(), prop::option::of(n()), 0u64..200).prop_map(|(at, root, upto)| What::Read {
            at,
            root,
            upto
        }),
        (n(), 0u64..200).prop_map(|(at, upto)| What::Unread { at, upto }),
        (n(), level).prop_map(|(at, level)| What::Notify(at, level)),
        (n(), prop::option::of(n()), text).prop_map(|(at, elsewhere, text)| What::Draft {
            at,
            elsewhere,
            text
        }),
    ]
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let what = prop_oneof![
        2 => on_the_office(),
        3 => on_a_channel(),
        4 => on_a_message(),
        1 => for_oneself(),
    ];
    // The first seven are there from the start, so they act more often than newcomers.
    let actor = prop_oneof![4 => 0u8..7, 1 => n()];
    let step = (actor, what).prop_map(|(actor, what)| Step { actor, what });
    prop::collection::vec(step, 1..80)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn no_sequence_of_commands_breaks_a_rule(steps in steps()) {
        let mut world = World::founded();
        for step in &steps {
            let before = world.clone();
            let (actor, decision) = world.decide(step);
            if let Ok(decided) = decision {
                check_decided(&before, step, actor, &decided);
                world.commit(&decided);
            }
            check_after(&before, step, &world);
        }
    }

    #[test]
    fn an_offices_history_merges_in_any_order(
        steps in steps(),
        places in prop::collection::vec(any::<u32>(), 400),
    ) {
        let mut world = World::founded();
        for step in &steps {
            if let (_, Ok(decided)) = world.decide(step) {
                world.commit(&decided);
            }
        }
        let mut shuffled: Vec<_> = world.log.iter().zip(places.iter().cycle()).collect();
        shuffled.sort_by_key(|(_, place)| **place);
        let mut elsewhere = Projection::default();
        for ((stamp, one), _) in shuffled {
            elsewhere.apply(*stamp, one.actor, &one.event);
        }
        prop_assert_eq!(elsewhere, world.seen);
    }
}

/// A rule that is never met proves nothing: the random offices have to reach everything.
#[test]
fn random_offices_reach_every_event_and_denial() {
    let mut runner = TestRunner::deterministic();
    let (mut kinds, mut codes) = (HashSet::<EventKind>::new(), HashSet::<Code>::new());
    for _ in 0..400 {
        let mut world = World::founded();
        for step in steps().new_tree(&mut runner).unwrap().current() {
            match world.decide(&step).1 {
                Ok(decided) => {
                    kinds.extend(decided.iter().map(|one| one.event.kind()));
                    world.commit(&decided);
                }
                Err(denied) => {
                    codes.insert(denied.code());
                }
            }
        }
    }
    assert_eq!(kinds.len(), 22, "{kinds:?}");
    for code in [
        Code::Forbidden,
        Code::NotFound,
        Code::AccountDisabled,
        Code::ChannelArchived,
        Code::DirectIsFixed,
        Code::LastOwner,
        Code::MessageDeleted,
        Code::NotARoot,
        Code::HandleTaken,
        Code::NameTaken,
        Code::AlreadySetUp,
    ] {
        assert!(codes.contains(&code), "{code:?} never happened");
    }
}

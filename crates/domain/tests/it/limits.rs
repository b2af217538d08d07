//! The limits, and rules that random offices seldom meet.

use hearth_domain::decide::channel::{self, Archive, Change, Open, Person};
use hearth_domain::decide::message::{
    self, MessageHead, PinView, Post, Reached, ReactionView, Target,
};
use hearth_domain::decide::{office, personal};
use hearth_domain::denied::Denied;
use hearth_domain::event::{Event, Scope};
use hearth_domain::id::{Seq, UserId};
use hearth_domain::limits;
use hearth_domain::mention::Addressed;
use hearth_domain::model::{
    AccountState, ChannelKind, ChannelRole, Mentions, Posting, Reach, Role, WideMention,
};
use hearth_domain::permit::{Actor, Standing};
use hearth_domain::text::{Emoji, Topic};

use crate::cast::{self, NOW, actor, standing};

const fn at_limit(max: usize) -> Denied {
    Denied::LimitReached { max }
}

fn person(n: u8, role: Role) -> Person {
    Person { id: cast::user_id(n), role, state: AccountState::Active }
}

fn member() -> (Actor, Standing) {
    (actor(1, Role::Member), standing(ChannelKind::Public, Some(ChannelRole::Member)))
}

fn manager(kind: ChannelKind) -> (Actor, Standing) {
    (actor(1, Role::Member), standing(kind, Some(ChannelRole::Manager)))
}

fn head(n: u8) -> MessageHead {
    MessageHead {
        id: cast::message_id(n),
        channel: cast::channel_id(1),
        root: None,
        author: cast::user_id(1),
        has_files: false,
        deleted: false,
    }
}

fn reply_to(root: u8) -> Post {
    Post {
        guise: None,
        id: cast::message_id(9),
        nonce: cast::nonce(9),
        text: cast::text("yes"),
        files: Vec::new(),
        root: Some(cast::message_id(root)),
    }
}

#[test]
fn a_message_has_forty_kinds_of_emoji() {
    let (actor, standing) = member();
    let react = |present, kinds, mine, on| {
        let emoji = Emoji::parse("🔥").unwrap();
        let view = ReactionView { mine, present, kinds };
        message::react(&actor, &standing, &head(1), view, (emoji, on)).map(|decided| decided.len())
    };
    let max = limits::REACTIONS_PER_MESSAGE_MAX;
    assert_eq!(react(false, max - 1, false, true), Ok(1));
    assert_eq!(react(false, max, false, true), Err(at_limit(max)));
    assert_eq!(react(true, max, false, true), Ok(1), "joining what is there is no new kind");
    assert_eq!(react(true, max, true, false), Ok(1));
    assert_eq!(react(true, max, true, true), Ok(0));
}

#[test]
fn a_channel_has_a_hundred_pins() {
    let (actor, standing) = member();
    let pin = |count, pinned, on| {
        let view = PinView { pinned, count };
        message::pin(&actor, &standing, &head(1), view, on).map(|decided| decided.len())
    };
    let max = limits::PINS_PER_CHANNEL_MAX;
    assert_eq!(pin(max - 1, false, true), Ok(1));
    assert_eq!(pin(max, false, true), Err(at_limit(max)));
    assert_eq!(pin(max, true, false), Ok(1));
}

#[test]
fn a_group_conversation_has_twelve_people() {
    let max = limits::GROUP_DIRECT_PEOPLE_MAX;
    let open = |others: usize| {
        let mut people: Vec<Person> =
            (0..others).map(|n| person(u8::try_from(n).unwrap() + 10, Role::Guest)).collect();
        people.extend([person(1, Role::Member), person(10, Role::Guest)]);
        let people = if others == 0 { &people[..1] } else { &people[..] };
        channel::open_direct(&actor(1, Role::Member), cast::channel_id(1), people, NOW)
    };
    let shape = |others| match &open(others).unwrap()[0].event {
        Event::ChannelCreated { channel, members } => (channel.kind, members.len()),
        other => panic!("{other:?}"),
    };
    assert_eq!(shape(0), (ChannelKind::Direct, 1), "notes to oneself");
    assert_eq!(shape(1), (ChannelKind::Direct, 2));
    assert_eq!(shape(2), (ChannelKind::Group, 3));
    assert_eq!(shape(max - 1), (ChannelKind::Group, max));
    assert_eq!(open(max), Err(at_limit(max)));
}

#[test]
fn a_group_to_mention_has_a_thousand_people() {
    let admin = actor(1, Role::Admin);
    let save = |people: u32| {
        let id = |n: u32| {
            let mut bytes = [0; 16];
            bytes[..4].copy_from_slice(&n.to_be_bytes());
            hearth_domain::id::UserId::from_bytes(bytes)
        };
        let members = (0..people).chain(0..people).map(id).collect();
        office::save_group(
            &admin,
            hearth_domain::model::Group { members, ..cast::group(1, &[]) },
            false,
        )
    };
    let max = limits::GROUP_MEMBERS_MAX;
    assert!(save(u32::try_from(max).unwrap()).is_ok(), "twice the same is once");
    assert_eq!(save(u32::try_from(max).unwrap() + 1), Err(at_limit(max)));
}

#[test]
fn a_large_group_never_crowds_out_who_is_named() {
    let crowd = (10..=250).map(cast::user_id).collect();
    let group = Target::Group(cast::group_id(1), crowd);
    let targets = vec![group.clone(), group, Target::User(cast::user_id(2))];
    let wide = Some(WideMention::Channel);
    let addressed = Addressed { handles: Vec::new(), wide };
    let by = |role| {
        let reached = Reached { targets: targets.clone(), online: Vec::new() };
        message::mentions(&actor(1, role), &addressed, reached)
    };
    let mentions = by(Role::Member);
    assert_eq!(mentions.users.len(), limits::MENTIONS_PER_MESSAGE_MAX);
    assert_eq!(mentions.users[0], cast::user_id(2));
    assert_eq!(mentions.groups, [cast::group_id(1)]);
    assert_eq!(mentions.wide, wide);
    assert_eq!(by(Role::Guest).wide, None);
}

/// One of more people than the cast has; the first is [`actor`] 1.
fn nth(n: u32) -> UserId {
    let mut bytes = *cast::user_id(1).as_bytes();
    bytes[12..].copy_from_slice(&(0x0101_0100 + n).to_be_bytes());
    UserId::from_bytes(bytes)
}

#[test]
fn here_lists_who_is_online_or_calls_everybody() {
    let max = u32::try_from(limits::HERE_PEOPLE_MAX).unwrap();
    let addressed = Addressed { handles: Vec::new(), wide: Some(WideMention::Here) };
    let by = |role, people: std::ops::RangeInclusive<u32>| {
        let online = people.map(nth).collect();
        message::mentions(&actor(1, role), &addressed, Reached { targets: Vec::new(), online })
    };
    assert_eq!(by(Role::Member, 1..=3).here, Some(vec![nth(2), nth(3)]));
    assert!(!by(Role::Member, 1..=1).everybody(), "nobody is here but the author");
    assert!(!by(Role::Member, 1..=max + 1).everybody(), "the author does not count");
    let many = by(Role::Member, 1..=max + 2);
    assert_eq!(many.here, None);
    assert!(many.everybody());
    assert_eq!(by(Role::Guest, 1..=3), hearth_domain::model::Mentions::default());
}

#[test]
fn an_edit_calls_nobody_who_came_since() {
    let here = |people: &[u8]| {
        let addressed = Addressed { handles: Vec::new(), wide: Some(WideMention::Here) };
        let online = people.iter().copied().map(cast::user_id).collect();
        let reached = Reached { targets: Vec::new(), online };
        message::mentions(&actor(1, Role::Member), &addressed, reached)
    };
    let (before, now) = (here(&[2]), here(&[2, 3]));
    assert_eq!(message::mentions_of_edit(&before, now.clone()), before);
    let none = hearth_domain::model::Mentions::default();
    assert_eq!(message::mentions_of_edit(&none, now.clone()), now);
    assert_eq!(message::mentions_of_edit(&before, none.clone()), none);
}

#[test]
fn a_permit_for_one_channel_is_none_for_another() {
    let (actor, standing) = member();
    let elsewhere = MessageHead { channel: cast::channel_id(2), ..head(1) };
    let text = cast::text("moved");
    let emoji = (Emoji::parse("🔥").unwrap(), true);
    let unseen = ReactionView { mine: false, present: false, kinds: 0 };
    let unpinned = PinView { pinned: false, count: 0 };
    let draft = hearth_domain::model::Draft {
        channel: elsewhere.channel,
        root: None,
        text: hearth_domain::text::DraftText::parse("x").unwrap(),
    };
    for decision in [
        message::edit(&actor, &standing, &elsewhere, text, Mentions::default()),
        message::delete(&actor, &standing, &elsewhere),
        message::react(&actor, &standing, &elsewhere, unseen, emoji),
        message::pin(&actor, &standing, &elsewhere, unpinned, true),
        message::post(&actor, &standing, Some(&elsewhere), Mentions::default(), reply_to(1)),
        message::post(&actor, &standing, Some(&head(2)), Mentions::default(), reply_to(1)),
        message::post(&actor, &standing, None, Mentions::default(), reply_to(1)),
        personal::follow(&actor, &standing, &elsewhere, true),
        personal::draft(&actor, &standing, false, draft),
    ] {
        assert_eq!(decision, Err(Denied::NotFound));
    }
}

#[test]
fn who_may_not_know_of_a_thread_is_not_told_its_shape() {
    let outside = standing(ChannelKind::Private, None);
    let answer = MessageHead { root: Some(cast::message_id(2)), ..head(1) };
    let decision = personal::follow(&actor(1, Role::Member), &outside, &answer, true);
    assert_eq!(decision, Err(Denied::NotFound));
}

#[test]
fn a_marker_goes_back_only_when_asked_and_only_back() {
    let (actor, standing) = member();
    let back = |upto, present| {
        let mark =
            personal::Mark { root: None, upto: Seq(upto), present: Seq(present), head: Seq(10) };
        let decided = personal::mark_unread(&actor, &standing, mark).unwrap();
        decided.first().map(|one| match one.event {
            Event::ReadMarked { upto, .. } => upto.0,
            _ => panic!("{one:?}"),
        })
    };
    assert_eq!(back(2, 7), Some(2));
    assert_eq!(back(0, 7), Some(0));
    assert_eq!(back(7, 7), None);
    assert_eq!(back(u64::MAX, 7), None, "the future is unread anyway");
    let stranger = Standing { member: None, ..standing };
    let mark = personal::Mark { root: None, upto: Seq(2), present: Seq(7), head: Seq(10) };
    assert_eq!(personal::mark_unread(&actor, &stranger, mark), Err(Denied::Forbidden));
}

#[test]
fn what_is_saved_is_alive_and_counted() {
    let (actor, standing) = member();
    let view = |saved, count| personal::SavedView { saved, count };
    let save = |message: &MessageHead, view, on| {
        personal::save(&actor, &standing, message, view, on).map(|decided| decided.len())
    };
    let max = limits::SAVED_PER_PERSON_MAX;
    let gone = MessageHead { deleted: true, ..head(1) };
    assert_eq!(save(&head(1), view(false, max - 1), true), Ok(1));
    assert_eq!(save(&head(1), view(false, max), true), Err(Denied::LimitReached { max }));
    assert_eq!(save(&head(1), view(true, max), true), Ok(0));
    assert_eq!(save(&gone, view(false, 0), true), Err(Denied::MessageDeleted));
    assert_eq!(save(&gone, view(true, max), false), Ok(1), "what was deleted can be let go");
    let elsewhere = MessageHead { channel: cast::channel_id(9), ..head(1) };
    assert_eq!(save(&elsewhere, view(false, 0), true), Err(Denied::NotFound));
}

#[test]
fn nobody_reads_the_future_or_unreads() {
    let (actor, standing) = member();
    let mark = |upto, present| {
        let (upto, present, head) = (Seq(upto), Seq(present), Seq(10));
        let mark = personal::Mark { root: None, upto, present, head };
        let decided = personal::mark_read(&actor, &standing, mark).unwrap();
        decided.first().map(|one| match one.event {
            Event::ReadMarked { upto, .. } => upto.0,
            _ => panic!("{one:?}"),
        })
    };
    assert_eq!(mark(u64::MAX, 3), Some(10));
    assert_eq!(mark(4, 3), Some(4));
    assert_eq!(mark(3, 3), None);
    assert_eq!(mark(2, 3), None);
    assert_eq!(mark(20, 12), None, "a marker ahead of the log stays");
}

#[test]
fn a_channel_that_turns_private_keeps_its_new_name_to_itself() {
    let (actor, standing) = manager(ChannelKind::Public);
    let change = Change {
        name: Some(cast::name("layoffs")),
        topic: Some(Topic::parse("who goes first").unwrap()),
        kind: Some(ChannelKind::Private),
        ..Change::default()
    };
    let decided = channel::change(&actor, &standing, change, false, NOW).unwrap();
    let [office, inside] = &decided[..] else { panic!("{decided:?}") };
    assert_eq!((office.scope, inside.scope), (Scope::Members, Scope::Channel(cast::channel_id(1))));
    let seen = |event: &Event| match event {
        Event::ChannelUpdated { channel } => channel.clone(),
        _ => panic!("{event:?}"),
    };
    let told = seen(&office.event);
    assert_eq!((told.kind, &told.name), (ChannelKind::Private, &standing.channel.name));
    assert_eq!(told.topic, standing.channel.topic);
    assert_eq!(seen(&inside.event).name, Some(cast::name("layoffs")), "the last one wins");
}

#[test]
fn a_private_channel_changes_among_its_own() {
    let (actor, standing) = manager(ChannelKind::Private);
    let change = Change { name: Some(cast::name("still secret")), ..Change::default() };
    let decided = channel::change(&actor, &standing, change, false, NOW).unwrap();
    let scopes: Vec<Scope> = decided.iter().map(|one| one.scope).collect();
    assert_eq!(scopes, [Scope::Channel(cast::channel_id(1))]);
}

#[test]
fn a_channel_changes_on_its_way_into_and_out_of_the_archive_only() {
    let (actor, in_use) = manager(ChannelKind::Public);
    let mut archived = in_use.clone();
    archived.channel.archived_at = Some(NOW);
    let change = |archive| Change { name: Some(cast::name("new")), archive, ..Change::default() };
    let ask = |from, archive| channel::change(&actor, from, change(archive), false, NOW);
    assert!(ask(&in_use, Some(Archive::Archived)).is_ok());
    assert!(ask(&archived, Some(Archive::InUse)).is_ok());
    assert_eq!(ask(&archived, None), Err(Denied::ChannelArchived));
    assert_eq!(ask(&archived, Some(Archive::Archived)), Err(Denied::ChannelArchived));
    let again = Change { archive: Some(Archive::Archived), ..Change::default() };
    assert_eq!(channel::change(&actor, &archived, again, false, NOW), Ok(Vec::new()));
}

#[test]
fn adding_somebody_twice_is_answered_twice_alike() {
    let (actor, standing) = member();
    let add = |present| {
        let person = person(2, Role::Guest);
        channel::set_member(&actor, &standing, &person, seat(present), ChannelRole::Member)
    };
    assert_eq!(add(None).map(|decided| decided.len()), Ok(1));
    assert_eq!(add(Some(ChannelRole::Member)), Ok(Vec::new()));
    assert_eq!(add(Some(ChannelRole::Manager)), Err(Denied::Forbidden));
}

#[test]
fn who_is_disabled_can_lose_a_place_but_not_gain_one() {
    let (actor, standing) = manager(ChannelKind::Private);
    let gone = Person { state: AccountState::Disabled, ..person(2, Role::Member) };
    let set =
        |present, wanted| channel::set_member(&actor, &standing, &gone, seat(present), wanted);
    assert_eq!(set(None, ChannelRole::Member), Err(Denied::AccountDisabled));
    let raise = set(Some(ChannelRole::Member), ChannelRole::Manager);
    assert_eq!(raise, Err(Denied::AccountDisabled));
    assert!(set(Some(ChannelRole::Manager), ChannelRole::Member).is_ok());
    let removed =
        channel::remove_member(&actor, &standing, gone.id, seat(Some(ChannelRole::Member)));
    assert_eq!(removed.map(|decided| decided.len()), Ok(2));
}

#[test]
fn guests_are_put_into_a_public_channel_by_name() {
    let open = |kind| Open {
        id: cast::channel_id(1),
        kind,
        name: cast::name("new"),
        topic: Topic::empty(),
        posting: Posting::Everyone,
        reach: Reach::Local,
        people: vec![person(2, Role::Guest), person(3, Role::Member), person(2, Role::Guest)],
    };
    let scopes = |kind| {
        let decided = channel::open(&actor(1, Role::Member), open(kind), false, NOW).unwrap();
        decided.iter().map(|one| one.scope).collect::<Vec<_>>()
    };
    let inside = Scope::Channel(cast::channel_id(1));
    assert_eq!(scopes(ChannelKind::Private), [inside]);
    assert_eq!(scopes(ChannelKind::Public)[..2], [Scope::Members, inside]);
}

#[test]
fn nobody_changes_another_persons_profile() {
    let other = cast::user(2, Role::Guest, AccountState::Active);
    let profile = office::Profile { name: Some(cast::name("Fool")), ..office::Profile::default() };
    let owner = actor(1, Role::Owner);
    assert_eq!(office::change_profile(&owner, &other, profile), Err(Denied::Forbidden));
}

/// A place in a channel that somebody else runs.
fn seat(role: Option<ChannelRole>) -> channel::Seat {
    channel::Seat { role, others: channel::Others { people: 1, managers: 1 } }
}

#[test]
fn the_last_who_runs_a_channel_stays_while_there_are_others() {
    let manager = Some(ChannelRole::Manager);
    let standing = cast::standing(ChannelKind::Private, manager);
    let actor = cast::actor(1, Role::Member);
    let person =
        |n| Person { id: cast::user_id(n), role: Role::Member, state: AccountState::Active };
    let others = |people, managers| channel::Others { people, managers };
    let last = channel::Seat { role: manager, others: others(3, 0) };
    let refused = Err(Denied::LastManager);
    assert_eq!(channel::leave(&actor, &standing, others(3, 0)), refused);
    assert_eq!(channel::remove_member(&actor, &standing, cast::user_id(1), last), refused);
    assert_eq!(channel::remove_member(&actor, &standing, cast::user_id(2), last), refused);
    let demote =
        |seat| channel::set_member(&actor, &standing, &person(1), seat, ChannelRole::Member);
    assert_eq!(demote(last), refused);
    // With another one, alone, or in an archived channel, they may.
    assert!(channel::leave(&actor, &standing, others(3, 1)).is_ok());
    assert!(channel::leave(&actor, &standing, others(0, 0)).is_ok());
    assert!(demote(channel::Seat { role: manager, others: others(3, 1) }).is_ok());
    let mut archived = standing.clone();
    archived.channel.archived_at = Some(NOW);
    assert!(channel::leave(&actor, &archived, others(3, 0)).is_ok());
    // Somebody who does not run it was never the last.
    let member = cast::standing(ChannelKind::Private, Some(ChannelRole::Member));
    assert!(channel::leave(&actor, &member, others(3, 0)).is_ok());
}

#[test]
fn a_private_history_is_shown_to_everybody_only_if_that_is_said() {
    let standing = cast::standing(ChannelKind::Private, Some(ChannelRole::Manager));
    let actor = cast::actor(1, Role::Member);
    let open = |reveals_history, kind| {
        let change = Change { kind: Some(kind), reveals_history, ..Change::default() };
        channel::change(&actor, &standing, change, false, NOW)
    };
    assert_eq!(open(false, ChannelKind::Public), Err(Denied::RevealsHistory));
    assert_eq!(open(true, ChannelKind::Public).map(|decided| decided.len()), Ok(2));
    assert_eq!(open(false, ChannelKind::Private), Ok(Vec::new()));
}

#[test]
fn a_private_channel_that_nobody_runs_is_given_to_one_of_its_members() {
    let (owner, member) = (cast::actor(9, Role::Owner), Some(ChannelRole::Member));
    let private = cast::channel(1, ChannelKind::Private);
    let person = |role, state| Person { id: cast::user_id(2), role, state };
    let active = person(Role::Member, AccountState::Active);
    let seat =
        |role, managers| channel::Seat { role, others: channel::Others { people: 2, managers } };
    let event =
        Event::MemberUpdated { channel: private.id, member: cast::member(2, ChannelRole::Manager) };
    let decided = channel::rescue(&owner, &private, &active, seat(member, 0)).unwrap();
    assert_eq!((decided.len(), &decided[0].event), (1, &event));
    assert_eq!(decided[0].scope, Scope::Channel(private.id));
    // A manager who became a guest or was disabled runs nothing, and can't be named either.
    let manager = Some(ChannelRole::Manager);
    let guest = person(Role::Guest, AccountState::Active);
    let disabled = person(Role::Member, AccountState::Disabled);
    for (channel_kind, heir, place, refused) in [
        (ChannelKind::Private, active, seat(member, 1), Denied::ChannelIsRun),
        (ChannelKind::Private, active, seat(manager, 0), Denied::ChannelIsRun),
        (ChannelKind::Public, active, seat(member, 0), Denied::ChannelIsRun),
        (ChannelKind::Group, active, seat(member, 0), Denied::ChannelIsRun),
        (ChannelKind::Private, active, seat(None, 0), Denied::NotFound),
        (ChannelKind::Private, guest, seat(manager, 0), Denied::Forbidden),
        (ChannelKind::Private, disabled, seat(manager, 0), Denied::AccountDisabled),
    ] {
        let channel = cast::channel(1, channel_kind);
        assert_eq!(channel::rescue(&owner, &channel, &heir, place), Err(refused));
    }
    let admin = cast::actor(9, Role::Admin);
    let answer = channel::rescue(&admin, &private, &active, seat(member, 0));
    assert_eq!(answer, Err(Denied::Forbidden));
}

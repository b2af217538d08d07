//! Bots and webhooks: who makes them, what they may, what sets them off, what a failure leads to.

use std::time::Duration;

use hearth_domain::decide::integration::{
    ATTEMPTS_MAX, FAILING_MS_MAX, Failure, Filter, HookEvent, RETRY_MS_MAX, Verdict, after_failure,
};
use hearth_domain::decide::message::{self, Post};
use hearth_domain::decide::office::{self, Account, NewUser};
use hearth_domain::denied::Denied;
use hearth_domain::event::{Event, Posted};
use hearth_domain::model::{
    AccountState, ChannelKind, ChannelRole, Guise, Mentions, Role, User, UserKind,
};
use hearth_domain::permit::{Actor, Ask, ChannelAct, OfficeAct, permit};
use hearth_domain::scopes::{BotScope, BotScopes, Grant};

use crate::cast;

fn bot(scopes: &[BotScope]) -> Actor {
    let scopes: BotScopes = scopes.iter().copied().collect();
    Actor { grant: Grant::Limited(scopes), ..cast::actor(1, Role::Member) }
}

fn new_bot() -> NewUser {
    NewUser { id: cast::user_id(9), handle: cast::handle("ci"), name: cast::name("CI") }
}

#[test]
fn a_bot_may_what_its_scopes_name_and_no_more() {
    let standing = cast::standing(ChannelKind::Public, Some(ChannelRole::Member));
    let may = |actor: &Actor, act| permit(actor, Ask::Channel(act, &standing)).is_ok();
    for (scope, act) in [
        (BotScope::Read, ChannelAct::Read),
        (BotScope::Post, ChannelAct::Post),
        (BotScope::Post, ChannelAct::Reply),
        (BotScope::React, ChannelAct::React),
        (BotScope::Channels, ChannelAct::Leave),
    ] {
        assert!(may(&bot(&[scope]), act), "{act:?}");
        let others: Vec<BotScope> = BotScope::ALL.into_iter().filter(|s| *s != scope).collect();
        assert!(!may(&bot(&others), act), "{act:?}");
    }
    // Scopes give nothing that the role or the place does not.
    let outside = cast::standing(ChannelKind::Private, None);
    let ask = Ask::Channel(ChannelAct::Read, &outside);
    assert_eq!(permit(&bot(&BotScope::ALL), ask), Err(Denied::NotFound));
    assert_eq!(permit(&bot(&[]), ask), Err(Denied::Forbidden));
    let admin = Actor { role: Role::Admin, ..bot(&BotScope::ALL) };
    assert_eq!(permit(&admin, Ask::Office(OfficeAct::Manage)), Err(Denied::Forbidden));
}

#[test]
fn admins_make_bots_and_no_bot_is_an_admin() {
    let admin = cast::actor(1, Role::Admin);
    let made = office::create_bot(&admin, new_bot(), false, cast::NOW).unwrap();
    let Event::UserCreated { user } = &made[0].event else { panic!("{made:?}") };
    assert_eq!((user.kind, user.role, made[0].actor), (UserKind::Bot, Role::Member, admin.id));
    let member = cast::actor(2, Role::Member);
    let refused = office::create_bot(&member, new_bot(), false, cast::NOW);
    assert_eq!(refused, Err(Denied::Forbidden));
    let refused = office::create_bot(&admin, new_bot(), true, cast::NOW);
    assert_eq!(refused, Err(Denied::HandleTaken));
    let owner = cast::actor(1, Role::Owner);
    let raise = Account { role: Some(Role::Admin), state: None };
    assert_eq!(office::change_account(&owner, user, raise, 1), Err(Denied::Forbidden));
    let off = office::change_bot(&admin, user, None, Some(AccountState::Disabled)).unwrap();
    assert!(
        matches!(&off[0].event, Event::UserUpdated { user } if user.state == AccountState::Disabled)
    );
    let person = cast::user(3, Role::Member, AccountState::Active);
    let name = Some(cast::name("Bot now"));
    assert_eq!(office::change_bot(&admin, &person, name, None), Err(Denied::NotFound));
}

#[test]
fn an_old_account_is_a_person() {
    let person = cast::user(3, Role::Member, AccountState::Active);
    let json = serde_json::to_string(&person).unwrap();
    assert!(!json.contains("kind"), "{json}");
    assert_eq!(serde_json::from_str::<User>(&json).unwrap().kind, UserKind::Person);
    let bot = User { kind: UserKind::Bot, ..person };
    let json = serde_json::to_string(&bot).unwrap();
    assert!(json.contains(r#""kind":"bot""#), "{json}");
}

#[test]
fn a_program_answers_where_the_asker_may_write() {
    let asker = cast::actor(1, Role::Member);
    let program = cast::user_id(9);
    let post = || Post {
        id: cast::message_id(1),
        nonce: cast::nonce(1),
        text: cast::text("done"),
        root: None,
        guise: Some(Guise { name: cast::name("Deploy"), emoji: None }),
        files: Vec::new(),
    };
    let inside = cast::standing(ChannelKind::Private, Some(ChannelRole::Member));
    let answered =
        message::answer((&asker, program), &inside, None, Mentions::default(), post()).unwrap();
    assert_eq!(answered[0].actor, program);
    let outside = cast::standing(ChannelKind::Private, None);
    let refused = message::answer((&asker, program), &outside, None, Mentions::default(), post());
    assert_eq!(refused, Err(Denied::NotFound));
}

fn posted(text: &str) -> Event {
    Event::MessagePosted(Posted {
        message: cast::message_id(1),
        channel: cast::channel_id(1),
        root: None,
        text: cast::text(text),
        mentions: Mentions::default(),
        files: Vec::new(),
        guise: None,
        nonce: cast::nonce(1),
    })
}

#[test]
fn a_filter_lets_through_what_it_names() {
    let all = Filter { channel: None, words: Vec::new(), events: vec![HookEvent::Posted] };
    let person = UserKind::Person;
    assert!(all.trigger(person, &posted("hello")).is_some());
    assert!(all.trigger(UserKind::Bot, &posted("hello")).is_none());
    let deleted = Event::MessageDeleted {
        message: cast::message_id(1),
        channel: cast::channel_id(1),
        root: None,
    };
    assert!(all.trigger(person, &deleted).is_none());
    let here = Filter { channel: Some(cast::channel_id(1)), ..all.clone() };
    assert!(here.trigger(person, &posted("hello")).is_some());
    let elsewhere = Filter { channel: Some(cast::channel_id(2)), ..all.clone() };
    assert!(elsewhere.trigger(person, &posted("hello")).is_none());
    let words = Filter { words: vec!["Deploy".into(), "部署".into()], ..all };
    let word = |text| words.trigger(person, &posted(text)).and_then(|trigger| trigger.word);
    assert_eq!(word("deploy now").as_deref(), Some("Deploy"));
    assert_eq!(word("部署 一下").as_deref(), Some("部署"));
    assert_eq!(word("please deploy"), None);
    assert_eq!(word("deployment"), None);
}

#[test]
fn waits_double_then_an_event_is_given_up_then_the_hook() {
    let now = cast::NOW;
    let after = |attempt, random| after_failure(Failure::Passing, attempt, now, now, random);
    let wait = |attempt, random| match after(attempt, random) {
        Verdict::Again(wait) => wait,
        other => panic!("{other:?}"),
    };
    assert_eq!(wait(1, 0), Duration::from_millis(1_600));
    assert_eq!(wait(1, 255), Duration::from_millis(2_400));
    assert_eq!(wait(2, 0), Duration::from_millis(3_200));
    let most = Duration::from_millis(RETRY_MS_MAX + RETRY_MS_MAX / 5);
    assert!((1..ATTEMPTS_MAX).all(|attempt| wait(attempt, 255) <= most));
    assert_eq!(after(ATTEMPTS_MAX, 0), Verdict::GiveUp);
    let later = now.plus_ms(FAILING_MS_MAX);
    let verdict = after_failure(Failure::Passing, 1, now, later, 0);
    assert_eq!(verdict, Verdict::SwitchOff);
    assert_eq!(after_failure(Failure::Gone, 1, now, now, 0), Verdict::SwitchOff);
}

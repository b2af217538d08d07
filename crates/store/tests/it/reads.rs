//! What pages and counters show.

use hearth_domain::decide::message::Target;
use hearth_domain::event::{Decided, Event, Scope};
use hearth_domain::id::{ChannelId, GroupId, MessageId, Seq, UserId};
use hearth_domain::mention::addressed;
use hearth_domain::model::{
    ChannelKind, ChannelRole, Draft, Group, Member, Mentions, NotifyLevel, Role, WideMention,
};
use hearth_domain::text::{DraftText, Emoji, Handle, MessageText, Name};
use hearth_store::chat::history::{Around, PageAsk, answers, history, one, pins, revisions};
use hearth_store::chat::{channels, marks, members, messages, people, threads, unread, views};
use hearth_store::log;

use crate::harness::{Office, message_of, posting, user};

fn decided(actor: UserId, channel: ChannelId, event: Event) -> Decided {
    Decided { actor, scope: Scope::Channel(channel), event }
}

#[tokio::test]
async fn pages_are_keyed_and_say_what_is_beyond() {
    let office = Office::new().await;
    let channel = office.channel(ChannelKind::Public, &[]).await;
    let mut seqs = Vec::new();
    for n in 0..9 {
        seqs.push(office.post(office.owner, channel, &format!("{n}")).await.seq);
    }
    let permit = office.can_read(office.owner, channel).await;
    let cases = [
        (Around::Latest, 4, (5, 8), (true, false)),
        (Around::Before(seqs[5]), 4, (1, 4), (true, true)),
        (Around::Before(seqs[2]), 4, (0, 1), (false, true)),
        (Around::After(seqs[1]), 4, (2, 5), (true, true)),
        (Around::After(seqs[6]), 4, (7, 8), (true, false)),
        (Around::After(Seq(0)), 100, (0, 8), (false, false)),
        (Around::Place(seqs[4]), 4, (2, 5), (true, true)),
        (Around::Place(seqs[0]), 4, (0, 1), (false, true)),
        (Around::Place(seqs[8]), 4, (6, 8), (true, false)),
    ];
    for (around, limit, (first, last), (before, after)) in cases {
        let page = office.read(move |tx| history(tx, &permit, PageAsk { around, limit })).await;
        let shown: Vec<Seq> = page.messages.iter().map(|message| message.seq).collect();
        assert_eq!(shown, seqs[first..=last], "{around:?}");
        assert_eq!((page.more_before, page.more_after), (before, after), "{around:?}");
    }
}

#[tokio::test]
async fn a_message_shows_its_reactions_pin_thread_and_texts() {
    let office = Office::new().await;
    let (owner, other) = (office.owner, office.user(Role::Member).await);
    let channel = office.channel(ChannelKind::Public, &[other]).await;
    let root = office.post(owner, channel, "first text").await;
    let root = message_of(&root);
    let emoji = Emoji::parse("🔥").unwrap();
    for who in [other, owner] {
        let event = Event::ReactionSet { message: root, channel, emoji: emoji.clone(), on: true };
        office.commit(decided(who, channel, event)).await;
    }
    office
        .commit(decided(owner, channel, Event::PinSet { message: root, channel, on: true }))
        .await;
    for (who, text) in [(owner, "one"), (other, "two")] {
        office.answer(who, (channel, root), text).await;
    }
    let edit = Event::MessageEdited {
        message: root,
        channel,
        text: MessageText::parse("second text").unwrap(),
        mentions: Mentions::default(),
    };
    office.commit(decided(owner, channel, edit)).await;

    let permit = office.can_read(other, channel).await;
    let message = office.read(move |tx| one(tx, &permit, root)).await.unwrap();
    assert_eq!(message.text.as_ref().unwrap().as_str(), "second text");
    assert_eq!(message.reactions[0].users, [other, owner]);
    assert!(message.pinned_at.is_some() && message.edited_at.is_some());
    let thread = message.thread.clone().unwrap();
    assert_eq!((thread.replies, thread.people), (2, vec![other, owner]));
    let texts = office.read(move |tx| revisions(tx, &permit, root)).await;
    assert_eq!(texts.len(), 1);
    assert_eq!(texts[0].text.as_str(), "first text");
    assert_eq!(office.read(move |tx| pins(tx, &permit)).await, [message]);
    let ask = PageAsk { around: Around::Latest, limit: 10 };
    assert_eq!(office.read(move |tx| answers(tx, &permit, root, ask)).await.messages.len(), 2);
    assert_eq!(office.read(move |tx| history(tx, &permit, ask)).await.messages.len(), 1);
    let mine = emoji.clone();
    let view = office.read(move |tx| views::reaction(tx, owner, root, &mine)).await;
    assert_eq!((view.mine, view.present, view.kinds), (true, true, 1));

    office
        .commit(decided(
            owner,
            channel,
            Event::MessageDeleted { message: root, channel, root: None },
        ))
        .await;
    let message = office.read(move |tx| one(tx, &permit, root)).await.unwrap();
    assert!(message.text.is_none() && message.reactions.is_empty());
    assert!(message.thread.is_some(), "a thread keeps its head");
    assert!(office.read(move |tx| revisions(tx, &permit, root)).await.is_empty());
    assert!(office.read(move |tx| pins(tx, &permit)).await.is_empty());
    let view = office.read(move |tx| views::pin(tx, channel, root)).await;
    assert_eq!(view.count, 0, "and gives its place back");
    assert!(office.read(move |tx| messages::locate(tx, root)).await.unwrap().deleted);
}

#[tokio::test]
async fn a_permit_for_one_channel_shows_nothing_of_another() {
    let office = Office::new().await;
    let here = office.channel(ChannelKind::Public, &[]).await;
    let there = office.channel(ChannelKind::Private, &[]).await;
    let root = office.post(office.owner, there, "secret").await;
    let root = message_of(&root);
    office.answer(office.owner, (there, root), "more").await;
    let permit = office.can_read(office.owner, here).await;
    let ask = PageAsk { around: Around::Latest, limit: 10 };
    assert!(office.read(move |tx| one(tx, &permit, root)).await.is_none());
    assert!(office.read(move |tx| answers(tx, &permit, root, ask)).await.messages.is_empty());
    assert!(office.read(move |tx| revisions(tx, &permit, root)).await.is_empty());
}

#[tokio::test]
async fn counters_count_what_calls_for_attention() {
    let office = Office::new().await;
    let (owner, me) = (office.owner, office.user(Role::Member).await);
    let channel = office.channel(ChannelKind::Public, &[me]).await;
    let read = office.post(owner, channel, "read").await;
    let root = message_of(&read);
    let named = Mentions { users: vec![me], ..Mentions::default() };
    let wide = Mentions { wide: Some(WideMention::Channel), ..Mentions::default() };
    let both = Mentions { users: vec![me], wide: wide.wide, ..Mentions::default() };
    let mark = Event::ReadMarked { channel, root: None, upto: read.seq };
    office.commit(Decided { actor: me, scope: Scope::User(me), event: mark }).await;
    office.commit(posting(owner, channel, None, "@me", named)).await;
    office.commit(posting(owner, channel, None, "@channel", wide.clone())).await;
    let last = office.commit(posting(owner, channel, None, "@channel @me", both)).await;
    office.commit(posting(me, channel, None, "@channel", wide)).await;
    let gone = office.post(owner, channel, "gone").await;
    let gone = message_of(&gone);
    office
        .commit(decided(
            owner,
            channel,
            Event::MessageDeleted { message: gone, channel, root: None },
        ))
        .await;
    office.answer(owner, (channel, root), "in a thread").await;

    let state = |who| office.read(move |tx| unread::channel_state(tx, who, channel));
    let mine = state(me).await.unwrap();
    assert_eq!((mine.unread, mine.mentions, mine.member_count), (3, 3, 2));
    assert_eq!(mine.read_upto, read.seq);
    assert!(mine.last_seq > last.seq);
    assert_eq!(mine.notify, NotifyLevel::Mentions);
    assert_eq!(office.read(move |tx| unread::channel_states(tx, me)).await, [mine]);
    assert_eq!(state(owner).await.unwrap().unread, 1);
    let event = Event::MessageDeleted { message: message_of(&last), channel, root: None };
    office.commit(decided(owner, channel, event)).await;
    assert_eq!(state(me).await.unwrap().mentions, 2);
    let event = Event::MemberRemoved { channel, user: me };
    office.commit(decided(owner, channel, event)).await;
    assert!(state(me).await.is_none());
    let seen = office.read(move |tx| log::visible_after(tx, me, Seq(0), 1_000)).await;
    assert!(seen.entries.last().unwrap().payload.as_ref().unwrap().contains("member.removed"));
    assert!(!seen.entries.iter().any(|e| e.payload.as_ref().unwrap().contains("in a thread")));
}

#[tokio::test]
async fn threads_are_followed_by_taking_part() {
    let office = Office::new().await;
    let (owner, other) = (office.owner, office.user(Role::Member).await);
    let named = office.user(Role::Member).await;
    let channel = office.channel(ChannelKind::Public, &[other, named]).await;
    let root = office.post(owner, channel, "root").await;
    let root = message_of(&root);
    let mentions = Mentions { users: vec![named], ..Mentions::default() };
    let answer = office.commit(posting(other, channel, Some(root), "@named look", mentions)).await;
    let threads = |who| office.read(move |tx| threads::unread(tx, who));
    assert_eq!(threads(owner).await[0].unread, 1);
    assert_eq!(threads(named).await[0].root, root);
    assert!(threads(other).await.is_empty(), "one's own answer is read");
    assert_eq!(office.read(move |tx| threads::followers(tx, root)).await.len(), 3);

    let read = Event::ReadMarked { channel, root: Some(root), upto: answer.seq };
    office.commit(Decided { actor: owner, scope: Scope::User(owner), event: read }).await;
    assert!(threads(owner).await.is_empty());
    let event = Event::ThreadFollowed { root, channel, on: false };
    office.commit(Decided { actor: named, scope: Scope::User(named), event }).await;
    let mentions = Mentions { users: vec![named], ..Mentions::default() };
    office.commit(posting(other, channel, Some(root), "@named please", mentions)).await;
    assert!(threads(named).await.is_empty(), "a choice is not overruled");
    assert!(!office.read(move |tx| threads::follows(tx, named, root)).await);
}

#[tokio::test]
async fn names_people_and_places_are_found() {
    let office = Office::new().await;
    let (owner, a, b) =
        (office.owner, office.user(Role::Member).await, office.user(Role::Guest).await);
    let direct = office.channel(ChannelKind::Group, &[a, b]).await;
    let public = office.channel(ChannelKind::Public, &[a]).await;
    let find = |people: Vec<UserId>| office.read(move |tx| channels::direct_of(tx, &people));
    assert_eq!(find(vec![b, owner, a]).await, Some(direct));
    assert_eq!(find(vec![owner, a]).await, None);
    let state = office.read(move |tx| unread::channel_state(tx, a, direct)).await.unwrap();
    assert_eq!(state.people.len(), 3);
    assert_eq!(office.read(move |tx| members::memberships(tx, a)).await, {
        let mut both = [direct, public];
        both.sort_unstable();
        both
    });
    let upper = Name::parse(&format!("ROOM {}", &public.to_string()[24..])).unwrap();
    let (name, again) = (upper.clone(), upper);
    assert!(office.read(move |tx| channels::name_taken(tx, &name, None)).await);
    assert!(!office.read(move |tx| channels::name_taken(tx, &again, Some(public))).await);
    assert_eq!(office.read(people::owners).await, 1);

    let group = Group {
        id: GroupId::new(crate::harness::NOW, crate::harness::random()),
        handle: Handle::parse("finance").unwrap(),
        name: Name::parse("Finance").unwrap(),
        members: vec![a, b],
    };
    let (id, event) = (group.id, Event::GroupUpdated { group });
    office.commit(Decided { actor: owner, scope: Scope::Office, event }).await;
    let handle = user(a, Role::Member).handle;
    let text = MessageText::parse(&format!("@{handle} and @finance and @nobody")).unwrap();
    let targets = office.read(move |tx| views::targets(tx, public, &addressed(&text))).await;
    assert_eq!(targets, [Target::User(a), Target::Group(id, vec![a])]);
    let event = Event::GroupDeleted { group: id };
    office.commit(Decided { actor: owner, scope: Scope::Office, event }).await;
    assert!(office.read(people::groups).await.is_empty());
    let finance = Handle::parse("finance").unwrap();
    assert!(office.read(move |tx| people::holder(tx, &finance)).await.is_none());

    let draft =
        |text: &str| Draft { channel: public, root: None, text: DraftText::parse(text).unwrap() };
    for (text, there) in [("half", true), ("", false)] {
        let event = Event::DraftUpdated { draft: draft(text) };
        office.commit(Decided { actor: a, scope: Scope::User(a), event }).await;
        assert_eq!(office.read(move |tx| marks::has_draft(tx, a, public, None)).await, there);
        assert_eq!(office.read(move |tx| marks::drafts(tx, a)).await.len(), usize::from(there));
    }
    let member = Member { user: a, role: ChannelRole::Manager };
    let event = Event::MemberUpdated { channel: public, member };
    office.commit(decided(owner, public, event)).await;
    let role = office.read(move |tx| members::role(tx, public, a)).await;
    assert_eq!(role, Some(ChannelRole::Manager));
    let unknown = MessageId::from_bytes([9; 16]);
    assert!(office.read(move |tx| messages::locate(tx, unknown)).await.is_none());
}

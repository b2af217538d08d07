//! Who and what the tests are about: small numbers for ids, and records with ordinary content.

use hearth_domain::card::{Card, Page, PageWords};
use hearth_domain::id::{
    ChannelId, GroupId, Incarnation, MessageId, NodeId, Nonce, OriginSeq, UserId,
};
use hearth_domain::link::LinkUrl;
use hearth_domain::log::Stamp;
use hearth_domain::model::{
    AccountState, Channel, ChannelKind, ChannelRole, Group, Member, Posting, Reach, Role, User,
    UserKind,
};
use hearth_domain::permit::{Actor, Standing};
use hearth_domain::scopes::Grant;
use hearth_domain::text::{Handle, MessageText, Name, Topic};
use hearth_domain::time::{Hlc, Timestamp};

pub(crate) const NOW: Timestamp = Timestamp::from_ms(1_790_000_000_000);

pub(crate) const ROLES: [Role; 4] = [Role::Guest, Role::Member, Role::Admin, Role::Owner];
pub(crate) const STATES: [AccountState; 2] = [AccountState::Active, AccountState::Disabled];
pub(crate) const KINDS: [ChannelKind; 4] =
    [ChannelKind::Public, ChannelKind::Private, ChannelKind::Direct, ChannelKind::Group];
pub(crate) const PLACES: [Option<ChannelRole>; 3] =
    [None, Some(ChannelRole::Member), Some(ChannelRole::Manager)];
pub(crate) const POSTINGS: [Posting; 2] = [Posting::Everyone, Posting::Managers];

pub(crate) fn user_id(n: u8) -> UserId {
    UserId::from_bytes([n; 16])
}

pub(crate) fn channel_id(n: u8) -> ChannelId {
    ChannelId::from_bytes([n; 16])
}

pub(crate) fn message_id(n: u8) -> MessageId {
    MessageId::from_bytes([n; 16])
}

pub(crate) fn group_id(n: u8) -> GroupId {
    GroupId::from_bytes([n; 16])
}

pub(crate) fn nonce(n: u8) -> Nonce {
    Nonce::from_bytes([n; 16])
}

pub(crate) fn name(text: &str) -> Name {
    Name::parse(text).unwrap()
}

pub(crate) fn handle(text: &str) -> Handle {
    Handle::parse(text).unwrap()
}

pub(crate) fn text(text: &str) -> MessageText {
    MessageText::parse(text).unwrap()
}

pub(crate) fn user(n: u8, role: Role, state: AccountState) -> User {
    let handle = handle(&format!("u{n}"));
    let name = name(&format!("Person {n}"));
    User {
        id: user_id(n),
        kind: UserKind::Person,
        handle,
        name,
        role,
        state,
        status: None,
        avatar: None,
        created_at: NOW,
    }
}

pub(crate) fn actor(n: u8, role: Role) -> Actor {
    Actor { id: user_id(n), role, state: AccountState::Active, grant: Grant::Whole }
}

pub(crate) fn group(n: u8, members: &[u8]) -> Group {
    Group {
        id: group_id(n),
        handle: handle(&format!("g{n}")),
        name: name(&format!("Group {n}")),
        members: members.iter().map(|n| user_id(*n)).collect(),
    }
}

pub(crate) fn channel(n: u8, kind: ChannelKind) -> Channel {
    let named = matches!(kind, ChannelKind::Public | ChannelKind::Private);
    Channel {
        id: channel_id(n),
        kind,
        name: named.then(|| name(&format!("channel {n}"))),
        topic: Topic::empty(),
        posting: Posting::Everyone,
        reach: Reach::Local,
        archived_at: None,
        created_by: user_id(1),
        created_at: NOW,
    }
}

pub(crate) fn standing(kind: ChannelKind, member: Option<ChannelRole>) -> Standing {
    Standing { channel: channel(1, kind), member }
}

pub(crate) fn card(n: u8) -> Card {
    let url = LinkUrl::parse(&format!("https://a.example/{n}")).unwrap();
    page(n).card(url)
}

pub(crate) fn page(n: u8) -> Page {
    let words = PageWords { title: format!("Title {n}"), ..PageWords::default() };
    Page::new("a.example", &words).unwrap()
}

pub(crate) fn member(n: u8, role: ChannelRole) -> Member {
    Member { user: user_id(n), role }
}

pub(crate) fn stamp(hlc: u64, origin: u8, origin_seq: usize) -> Stamp {
    let origin_seq = OriginSeq(origin_seq as u64);
    Stamp {
        hlc: Hlc(hlc),
        origin: NodeId::from_bytes([origin; 16]),
        incarnation: Incarnation(1),
        origin_seq,
    }
}

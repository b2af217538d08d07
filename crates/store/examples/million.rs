//! How fast a large office is filled and read: 500 channels, one person in all of them, and as
//! many messages as asked, none of them read.
//!
//! `cargo run --release -p hearth-store --example million -- [messages]`
#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a measuring tool, not the product")]

use std::time::{Duration, Instant};

use hearth_domain::event::{Decided, Event, Posted, Scope};
use hearth_domain::id::{ChannelId, MessageId, Nonce, Seq, UserId};
use hearth_domain::model::{
    AccountState, Channel, ChannelKind, ChannelRole, Member, Mentions, Posting, Reach, Role, User,
    UserKind,
};
use hearth_domain::permit;
use hearth_domain::text::{Handle, MessageText, Name, Topic};
use hearth_domain::time::Timestamp;
use hearth_store::chat::history::{Around, PageAsk, history};
use hearth_store::chat::{channels, people, threads, unread};
use hearth_store::{DbError, ReadTx, Store, StoreOptions, log};

const START: Timestamp = Timestamp::from_ms(1_790_000_000_000);
const CHANNELS: u64 = 500;
const EVENTS_AT_ONCE: u64 = 5_000;

fn bytes(n: u64) -> [u8; 10] {
    let mut bytes = [0; 10];
    bytes[2..].copy_from_slice(&n.to_be_bytes());
    bytes
}

fn user(id: UserId) -> User {
    User {
        kind: UserKind::Person,
        id,
        handle: Handle::parse(&format!("u{}", &id.to_string()[24..])).unwrap(),
        name: Name::parse("周予安").unwrap(),
        role: Role::Member,
        state: AccountState::Active,
        status: None,
        avatar: None,
        created_at: START,
    }
}

fn channel(id: ChannelId, by: UserId) -> Channel {
    Channel {
        id,
        kind: ChannelKind::Public,
        name: Some(Name::parse(&format!("Room {id}")).unwrap()),
        topic: Topic::empty(),
        posting: Posting::Everyone,
        reach: Reach::Local,
        archived_at: None,
        created_by: by,
        created_at: START,
    }
}

async fn commit(store: &Store, decided: Vec<Decided>) {
    let written = store.write(START, move |tx| {
        for one in decided {
            tx.commit(one)?;
        }
        Ok::<_, DbError>(())
    });
    written.await.unwrap();
}

async fn fill(store: &Store, people: &[UserId], rooms: &[ChannelId], messages: u64) {
    let mut decided = Vec::new();
    for id in people {
        let event = Event::UserCreated { user: user(*id) };
        decided.push(Decided { actor: *id, scope: Scope::Office, event });
    }
    for id in rooms {
        let members = people.iter().map(|u| Member { user: *u, role: ChannelRole::Member });
        let event =
            Event::ChannelCreated { channel: channel(*id, people[0]), members: members.collect() };
        decided.push(Decided { actor: people[0], scope: Scope::Members, event });
    }
    commit(store, std::mem::take(&mut decided)).await;
    for n in 0..messages {
        let place = usize::try_from(n.wrapping_mul(2_654_435_761) >> 7).unwrap();
        let room = rooms[place % rooms.len()];
        let posted = Posted {
            guise: None,
            message: MessageId::new(START.plus_ms(n), bytes(n)),
            channel: room,
            root: None,
            text: MessageText::parse(&format!("Message {n} about the budget, 预算 {n}")).unwrap(),
            mentions: Mentions::default(),
            files: Vec::new(),
            nonce: Nonce::new(START, bytes(n)),
        };
        let actor = people[1 + place % (people.len() - 1)];
        let event = Event::MessagePosted(posted);
        decided.push(Decided { actor, scope: Scope::Channel(room), event });
        if (n + 1) % EVENTS_AT_ONCE == 0 || n + 1 == messages {
            commit(store, std::mem::take(&mut decided)).await;
        }
    }
}

/// The median of eleven runs.
async fn time<T: Send + 'static>(
    store: &Store,
    what: &str,
    work: impl Fn(&ReadTx<'_>) -> Result<T, DbError> + Clone + Send + 'static,
) {
    let mut took: Vec<Duration> = Vec::new();
    for _ in 0..11 {
        let work = work.clone();
        let started = Instant::now();
        store.read(move |tx| work(tx)).await.unwrap();
        took.push(started.elapsed());
    }
    took.sort_unstable();
    println!("{what}: {:.2} ms", took[5].as_secs_f64() * 1e3);
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let messages = std::env::args().nth(1).and_then(|n| n.parse().ok()).unwrap_or(1_000_000);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("hearth.db");
    let store = Store::open(&StoreOptions::new(path, START, bytes(1))).unwrap();
    let people: Vec<UserId> = (0..50).map(|n| UserId::new(START, bytes(n))).collect();
    let rooms: Vec<ChannelId> = (0..CHANNELS).map(|n| ChannelId::new(START, bytes(n))).collect();
    let started = Instant::now();
    fill(&store, &people, &rooms, messages).await;
    println!("{messages} messages in {:.1} s", started.elapsed().as_secs_f64());
    let (me, room) = (people[0], rooms[7]);
    time(&store, "states of 500 channels, all unread", move |tx| unread::channel_states(tx, me))
        .await;
    time(&store, "unread threads", move |tx| threads::unread(tx, me)).await;
    time(&store, "latest 50 messages", move |tx| {
        let actor = people::actor(tx, me)?.unwrap();
        let standing = channels::standing(tx, room, me)?.unwrap();
        let permit = permit::read(&actor, &standing).unwrap();
        history(tx, &permit, PageAsk { around: Around::Latest, limit: 50 })
    })
    .await;
    let cursor = Seq(store.head().0.saturating_sub(500));
    time(&store, "the last 500 events", move |tx| log::visible_after(tx, me, cursor, 1_000)).await;
    let started = Instant::now();
    let checked = store.read(|tx| log::verify(tx, Seq(0))).await.unwrap();
    println!("chain of {checked} entries: {:.1} s", started.elapsed().as_secs_f64());
    store.close().await;
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    println!("{}", status.lines().find(|line| line.starts_with("VmHWM")).unwrap());
}

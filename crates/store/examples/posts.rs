//! How many message posts a second go through the writer, each as the daemon sends it: nonce
//! looked up, permission read, decided, committed, nonce remembered, fsync before the answer.
//!
//! `cargo run --release -p hearth-store --example posts -- [seconds] [in flight] [channels] [path]`
#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a measuring tool, not the product")]

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use hearth_domain::decide::message::{Post, post};
use hearth_domain::event::{Decided, Event, Scope};
use hearth_domain::id::{ChannelId, MessageId, Nonce, UserId};
use hearth_domain::log::PayloadHash;
use hearth_domain::model::{
    AccountState, Channel, ChannelKind, ChannelRole, Member, Mentions, Posting, Reach, Role, User,
    UserKind,
};
use hearth_domain::text::{Handle, MessageText, Name, Topic};
use hearth_domain::time::Timestamp;
use hearth_store::chat::nonces::{self, Sent};
use hearth_store::chat::{channels, people};
use hearth_store::{DbError, Store, StoreOptions, WriteTx};

static COUNTER: AtomicU64 = AtomicU64::new(1);

fn random() -> [u8; 10] {
    let mut bytes = [0; 10];
    bytes[2..].copy_from_slice(&COUNTER.fetch_add(1, Ordering::Relaxed).to_be_bytes());
    bytes
}

fn now() -> Timestamp {
    let since = std::time::UNIX_EPOCH.elapsed().unwrap();
    Timestamp::from_ms(u64::try_from(since.as_millis()).unwrap())
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
        created_at: now(),
    }
}

fn channel(id: ChannelId, by: UserId) -> Channel {
    Channel {
        id,
        kind: ChannelKind::Public,
        name: Some(Name::parse(&format!("Room {id}")).unwrap()),
        topic: Topic::parse("What the room is about").unwrap(),
        posting: Posting::Everyone,
        reach: Reach::Local,
        archived_at: None,
        created_by: by,
        created_at: now(),
    }
}

async fn office(store: &Store, rooms: usize) -> (Vec<UserId>, Vec<ChannelId>) {
    let people: Vec<UserId> = (0..200).map(|_| UserId::new(now(), random())).collect();
    let rooms: Vec<ChannelId> = (0..rooms).map(|_| ChannelId::new(now(), random())).collect();
    let (those, here) = (people.clone(), rooms.clone());
    let made = store.write(now(), move |tx| {
        for id in &those {
            let event = Event::UserCreated { user: user(*id) };
            tx.commit(Decided { actor: *id, scope: Scope::Office, event })?;
        }
        for id in &here {
            let members =
                those.iter().map(|u| Member { user: *u, role: ChannelRole::Member }).collect();
            let event = Event::ChannelCreated { channel: channel(*id, those[0]), members };
            tx.commit(Decided { actor: those[0], scope: Scope::Members, event })?;
        }
        Ok::<_, DbError>(())
    });
    made.await.unwrap();
    (people, rooms)
}

fn send(
    tx: &mut WriteTx<'_>,
    author: UserId,
    room: ChannelId,
    content: Post,
) -> Result<u64, DbError> {
    let (nonce, content_id) = (content.nonce, content.id);
    if let Some(sent) = nonces::find(tx, author, nonce)? {
        return Ok(sent.seq.0);
    }
    let missing = DbError::Inconsistent("not there");
    let Some(actor) = people::actor(tx, author)? else { return Err(missing) };
    let Some(standing) = channels::standing(tx, room, author)? else { return Err(missing) };
    let hash = PayloadHash::of(content.text.as_str().as_bytes());
    let decided = post(&actor, &standing, None, Mentions::default(), content);
    let Ok(Some(event)) = decided.map(|events| events.into_iter().next()) else {
        return Err(missing);
    };
    let committed = tx.commit(event)?;
    let message = content_id;
    let sent = Sent { message, seq: committed.seq, content: hash, at: committed.at };
    nonces::remember(tx, (author, nonce), sent)?;
    Ok(committed.seq.0)
}

/// Processor time of one of this process's threads, in microseconds.
fn thread_cpu_us(name: &str) -> f64 {
    let tasks = std::fs::read_dir("/proc/self/task").unwrap().flatten();
    let stats = tasks.filter_map(|task| std::fs::read_to_string(task.path().join("stat")).ok());
    let Some(stat) = stats.into_iter().find(|stat| stat.contains(name)) else { return 0.0 };
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap().split_whitespace().collect();
    let ticks: u32 = fields[11].parse::<u32>().unwrap() + fields[12].parse::<u32>().unwrap();
    f64::from(ticks) * 10_000.0
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let args: Vec<String> = std::env::args().collect();
    let number = |n: usize, default: usize| {
        args.get(n).and_then(|text| text.parse().ok()).unwrap_or(default)
    };
    let (seconds, in_flight, rooms) = (number(1, 5), number(2, 256), number(3, 100));
    let folder = tempfile::tempdir().unwrap();
    let path = args.get(4).map_or_else(|| folder.path().join("hearth.db"), Into::into);
    let store = Store::open(&StoreOptions::new(path.clone(), now(), random())).unwrap();
    let (people, rooms) = office(&store, rooms).await;
    let people = Arc::new(people);
    let rooms = Arc::new(rooms);
    let mut commits = store.take_commits().unwrap();
    let end = Instant::now() + Duration::from_secs(u64::try_from(seconds).unwrap());
    let text = "A message of the usual length, 大约两百个字节, with a few words in two languages. \
                It says that the budget is ready and asks for a look before Friday.";
    let started = Instant::now();
    let mut senders = tokio::task::JoinSet::new();
    for sender in 0..in_flight {
        let (store, people, rooms) = (store.clone(), Arc::clone(&people), Arc::clone(&rooms));
        senders.spawn(async move {
            let mut waits = Vec::new();
            let mut turn = sender;
            while Instant::now() < end {
                turn = turn.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040);
                let author = people[(turn >> 20) % people.len()];
                let room = rooms[(turn >> 33) % rooms.len()];
                let content = Post {
                    guise: None,
                    id: MessageId::new(now(), random()),
                    nonce: Nonce::new(now(), random()),
                    text: MessageText::parse(text).unwrap(),
                    files: Vec::new(),
                    root: None,
                };
                let asked = Instant::now();
                store.write(now(), move |tx| send(tx, author, room, content)).await.unwrap();
                waits.push(asked.elapsed());
            }
            waits
        });
    }
    let receiver = tokio::task::JoinSet::from_iter([async move {
        let mut seen = 0;
        while let Some(batch) = commits.recv().await {
            seen += batch.len();
            if batch.is_empty() {
                break;
            }
        }
        seen
    }]);
    let mut waits: Vec<Duration> = senders.join_all().await.into_iter().flatten().collect();
    let took = started.elapsed();
    let cpu_us = thread_cpu_us("hearth-writer");
    waits.sort_unstable();
    let at = |share: usize| waits[(waits.len() - 1) * share / 1_000].as_secs_f64() * 1e3;
    println!(
        "{{\"posts_per_s\":{:.0},\"p50_ms\":{:.2},\"p99_ms\":{:.2},\"p999_ms\":{:.2},\"in_flight\":{},\"writer_cpu_us\":{:.1}}}",
        f64::from(u32::try_from(waits.len()).unwrap()) / took.as_secs_f64(),
        at(500),
        at(990),
        at(999),
        in_flight,
        cpu_us / f64::from(u32::try_from(waits.len()).unwrap())
    );
    drop(receiver);
    store.close().await;
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    println!("{}", status.lines().find(|line| line.starts_with("VmHWM")).unwrap());
    println!("database {} MB", std::fs::metadata(&path).unwrap().len() >> 20);
}

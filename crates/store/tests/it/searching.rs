//! The search index: it follows what is written, shows nobody what is not theirs, and is made anew
//! whenever it can't be trusted.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use hearth_domain::event::{Decided, Event, Scope};
use hearth_domain::id::{ChannelId, MessageId, NodeId, Seq, UserId};
use hearth_domain::model::{ChannelKind, Mentions, Role};
use hearth_domain::permit;
use hearth_domain::search::dates::Today;
use hearth_domain::search::found::Lookout;
use hearth_domain::search::{Term, parse};
use hearth_domain::text::{Emoji, MessageText};
use hearth_store::chat::{channels, people};
use hearth_store::search::{Ask, Hit, Hits, Search};
use hearth_store::{DbError, Store};

use crate::harness::{self, NOW, Office, message_of};

const PATIENCE: Duration = Duration::from_secs(60);

fn index_of(office: &Office) -> PathBuf {
    office.folder.path().join("search.db")
}

fn start(office: &Office) -> Search {
    Search::start(&office.store, index_of(office)).unwrap()
}

/// Waits until the index holds all that was written.
async fn caught_up(search: &Search) {
    let waited = async {
        while search.progress().behind() > 0 || search.progress().upto == Seq(0) {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(PATIENCE, waited).await.unwrap();
}

fn fits(hits: &Hits<'_, '_>, hit: &Hit, terms: &[Term]) -> bool {
    let mut lookout = Lookout::new(terms);
    lookout.look(&hit.text);
    hit.files.iter().for_each(|file| drop(lookout.look(file.name.as_str())));
    hits.texts(hit).for_each(|(_, text)| drop(lookout.look(&text)));
    lookout.fit().is_some()
}

/// What somebody finds, newest first.
async fn find(store: &Store, search: &Search, user: UserId, query: &str) -> Vec<String> {
    let query = parse(query, Today { now: NOW, offset_min: 0 }).unwrap();
    let search = search.clone();
    let work = move |tx: &hearth_store::ReadTx<'_>| {
        let actor = people::actor(tx, user)?.unwrap();
        let readable = permit::readable(&actor, &channels::standings(tx, user)?).unwrap();
        let filters = &query.filters;
        let ask = Ask {
            terms: query.terms.clone(),
            traits: filters.traits.clone(),
            since: filters.since,
            before: filters.before,
            ..Ask::default()
        };
        search.look(tx, (&readable, &ask), |hits| {
            let mut texts = Vec::new();
            loop {
                let page = hits.next(3)?;
                if page.is_empty() && hits.rest().is_none() {
                    return Ok::<_, DbError>(texts);
                }
                let fitting = page.into_iter().filter(|hit| fits(hits, hit, &query.terms));
                texts.extend(fitting.map(|hit| hit.text));
            }
        })
    };
    store.read(work).await.unwrap()
}

async fn finds(office: &Office, search: &Search, user: UserId, query: &str) -> Vec<String> {
    caught_up(search).await;
    find(&office.store, search, user, query).await
}

async fn edit(office: &Office, channel: ChannelId, message: MessageId, text: &str) {
    let text = MessageText::parse(text).unwrap();
    let event = Event::MessageEdited { message, channel, text, mentions: Mentions::default() };
    office.commit(Decided { actor: office.owner, scope: Scope::Channel(channel), event }).await;
}

async fn delete(office: &Office, channel: ChannelId, message: MessageId) {
    let event = Event::MessageDeleted { message, channel, root: None };
    office.commit(Decided { actor: office.owner, scope: Scope::Channel(channel), event }).await;
}

/// Documents in the index, and that its parts fit together.
fn count(index: &Path) -> i64 {
    let conn = rusqlite::Connection::open(index).unwrap();
    conn.execute("INSERT INTO words (words) VALUES ('integrity-check')", []).unwrap();
    let docs: i64 = conn.query_row("SELECT count(*) FROM docs", [], |row| row.get(0)).unwrap();
    let words = "SELECT count(*) FROM words WHERE words MATCH '\"\u{E000}any\"'";
    assert_eq!(conn.query_row(words, [], |row| row.get::<_, i64>(0)).unwrap(), docs);
    let sum = "SELECT sum(docs) FROM channels";
    assert_eq!(conn.query_row(sum, [], |row| row.get::<_, i64>(0)).unwrap(), docs);
    docs
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_written_is_found_what_is_changed_is_found_anew() {
    let office = Office::new().await;
    let channel = office.channel(ChannelKind::Public, &[]).await;
    let search = start(&office);
    let lamp = office.post(office.owner, channel, "大堂灯光的新报价，比十月预算高一点").await;
    office.post(office.owner, channel, "The lobby lighting is over the October budget").await;
    let found = async |query: &str| finds(&office, &search, office.owner, query).await;
    assert_eq!(found("预算").await.len(), 1);
    assert_eq!(found("灯").await.len(), 1);
    assert_eq!(found("大堂灯光").await.len(), 1);
    assert_eq!(found("大光").await.len(), 0);
    assert_eq!(found("october LOB").await.len(), 1);
    assert_eq!(found("-预算").await.len(), 1);
    assert_eq!(found("-\"lobby lighting\" -灯光的新 ").await.len(), 0);

    edit(&office, channel, message_of(&lamp), "大堂地毯的新报价").await;
    assert_eq!(found("灯光").await.len(), 0);
    assert_eq!(found("地毯 报价 is:edited").await, ["大堂地毯的新报价"]);
    delete(&office, channel, message_of(&lamp)).await;
    assert_eq!(found("报价").await.len(), 0);
    assert_eq!(found("").await.len(), 1);
    search.close();
    assert_eq!(count(&index_of(&office)), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_finds_what_they_may_not_read() {
    let office = Office::new().await;
    let (member, guest) = (office.user(Role::Member).await, office.user(Role::Guest).await);
    let secret = office.channel(ChannelKind::Private, &[member]).await;
    let open = office.channel(ChannelKind::Public, &[]).await;
    let shown = office.channel(ChannelKind::Public, &[guest]).await;
    for (channel, text) in
        [(secret, "tea in private"), (open, "tea for all"), (shown, "tea with guests")]
    {
        office.post(office.owner, channel, text).await;
    }
    let search = start(&office);
    let owner = finds(&office, &search, office.owner, "tea").await;
    assert_eq!(owner, ["tea with guests", "tea for all", "tea in private"]);
    assert_eq!(finds(&office, &search, member, "tea").await.len(), 3, "public channels are open");
    assert_eq!(finds(&office, &search, guest, "tea").await, ["tea with guests"]);

    let event = Event::MemberRemoved { channel: secret, user: member };
    office.commit(Decided { actor: member, scope: Scope::Channel(secret), event }).await;
    // The index need not hear of it: who may read is read from the office itself.
    let after = find(&office.store, &search, member, "tea").await;
    assert_eq!(after, ["tea with guests", "tea for all"]);
    search.close();
}

#[tokio::test(flavor = "multi_thread")]
async fn marks_on_a_message_are_found() {
    let office = Office::new().await;
    let channel = office.channel(ChannelKind::Public, &[]).await;
    let search = start(&office);
    let link =
        office.post(office.owner, channel, "see https://hearth.example and `make run`").await;
    let (message, scope, actor) = (message_of(&link), Scope::Channel(channel), office.owner);
    office.answer(office.owner, (channel, message), "seen").await;
    office.post(office.owner, channel, "nothing in particular").await;
    let found = async |query: &str| finds(&office, &search, office.owner, query).await.len();
    assert_eq!(found("has:link").await, 1);
    assert_eq!(found("has:code see").await, 1);
    assert_eq!(found("is:thread").await, 2);
    assert_eq!(found("-is:thread").await, 1);
    assert_eq!(found("has:reaction").await + found("is:pinned").await, 0);
    let emoji = Emoji::parse("👍").unwrap();
    for on in [true, false] {
        let event = Event::ReactionSet { message, channel, emoji: emoji.clone(), on };
        office.commit(Decided { actor, scope, event }).await;
        office
            .commit(Decided { actor, scope, event: Event::PinSet { message, channel, on } })
            .await;
        assert_eq!(found("has:reaction").await, usize::from(on));
        assert_eq!(found("is:pinned").await, usize::from(on));
    }
    search.close();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_index_that_does_not_fit_is_made_anew() {
    let office = Office::new().await;
    let channel = office.channel(ChannelKind::Public, &[]).await;
    for n in 0..20 {
        office.post(office.owner, channel, &format!("tea number {n}")).await;
    }
    let index = index_of(&office);
    let open = async || {
        let search = start(&office);
        assert_eq!(finds(&office, &search, office.owner, "tea").await.len(), 20);
        search.close();
        assert_eq!(count(&index), 20);
    };
    open().await;
    let spoil = |sql: &str| {
        let conn = rusqlite::Connection::open(&index).unwrap();
        conn.execute_batch(sql).unwrap();
        // What tells whether it was made anew.
        conn.execute_batch("CREATE TABLE old (x)").unwrap();
    };
    let is_old = || {
        let conn = rusqlite::Connection::open(&index).unwrap();
        conn.prepare("SELECT x FROM old").is_ok()
    };
    spoil("");
    open().await;
    assert!(is_old(), "one that fits is kept");

    let other = NodeId::new(NOW, harness::random());
    let of_another = format!("UPDATE cursor SET node = x'{}'", other.to_string().replace('-', ""));
    for spoilt in [
        "PRAGMA user_version = 99",
        "UPDATE cursor SET incarnation = incarnation + 1",
        "UPDATE cursor SET upto = upto + 1000",
        "UPDATE cursor SET upto = upto - 1",
        "DELETE FROM cursor",
        &of_another,
    ] {
        spoil(&format!("DROP TABLE IF EXISTS old; {spoilt}"));
        open().await;
        assert!(!is_old(), "{spoilt}");
    }
    std::fs::write(&index, b"no database at all".repeat(1_000)).unwrap();
    open().await;
    std::fs::remove_file(&index).unwrap();
    open().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_index_that_is_damaged_in_use_is_made_anew() {
    let office = Office::new().await;
    let channel = office.channel(ChannelKind::Public, &[]).await;
    for n in 0..300 {
        office
            .post(office.owner, channel, &format!("tea number {n} {}", "filling ".repeat(20)))
            .await;
    }
    let search = start(&office);
    caught_up(&search).await;
    search.close();
    let length = std::fs::metadata(index_of(&office)).unwrap().len();
    let mut bytes = std::fs::read(index_of(&office)).unwrap();
    // The first page stays, so that it can be opened.
    bytes[4_096..].fill(0x5A);
    std::fs::write(index_of(&office), &bytes).unwrap();
    assert!(length > 8_192);
    let search = start(&office);
    let repaired = async {
        while find(&office.store, &search, office.owner, "tea").await.len() < 300 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(PATIENCE, repaired).await.unwrap();
    search.close();
    assert_eq!(count(&index_of(&office)), 300);
}

#[tokio::test(flavor = "multi_thread")]
async fn it_is_rebuilt_while_people_write() {
    let office = Office::new().await;
    let channel = office.channel(ChannelKind::Public, &[]).await;
    let search = start(&office);
    for n in 0..600 {
        let posted = office.post(office.owner, channel, &format!("tea number {n}")).await;
        if n % 100 == 0 {
            search.rebuild();
        }
        if n % 3 == 0 {
            delete(&office, channel, message_of(&posted)).await;
        }
    }
    assert_eq!(finds(&office, &search, office.owner, "tea").await.len(), 400);
    search.close();
    assert_eq!(count(&index_of(&office)), 400);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restored_office_does_not_use_the_index_of_its_former_life() {
    let office = Office::new().await;
    let channel = office.channel(ChannelKind::Public, &[]).await;
    let copy = office.folder.path().join("copy");
    office.post(office.owner, channel, "kept").await;
    office.store.backup_to(copy.clone(), |_| {}).await.unwrap();
    office.post(office.owner, channel, "lost with the former life").await;
    let search = start(&office);
    assert_eq!(finds(&office, &search, office.owner, "lost").await.len(), 1);
    search.close();
    office.store.close().await;
    hearth_store::backup::restore(&copy, &office.path(), NOW).unwrap();
    let store = Store::open(&harness::options(office.path())).unwrap();
    let search = Search::start(&store, index_of(&office)).unwrap();
    caught_up(&search).await;
    assert_eq!(find(&store, &search, office.owner, "").await, ["kept"]);
    search.close();
    store.close().await;
}

#[test]
fn an_index_survives_kills() {
    let folder = tempfile::tempdir().unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    for round in 0..4 {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["searching::child_that_writes_and_is_killed", "--exact", "--nocapture"])
            .env("HEARTH_CRASH", folder.path())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        std::thread::sleep(Duration::from_millis(400 + 150 * round));
        child.kill().unwrap();
        child.wait().unwrap();
        let store = Store::open(&harness::options(folder.path().join("hearth.db"))).unwrap();
        let index = folder.path().join("search.db");
        let search = Search::start(&store, &index).unwrap();
        runtime.block_on(caught_up(&search));
        search.close();
        runtime.block_on(store.close());
        let conn = rusqlite::Connection::open(folder.path().join("hearth.db")).unwrap();
        let messages = "SELECT count(*) FROM messages";
        let written: i64 = conn.query_row(messages, [], |row| row.get(0)).unwrap();
        assert!(written > 0);
        assert_eq!(count(&index), written);
    }
}

/// Does nothing unless started by the test above.
#[tokio::test(flavor = "multi_thread")]
async fn child_that_writes_and_is_killed() {
    let Some(folder) = std::env::var_os("HEARTH_CRASH") else { return };
    let folder = Path::new(&folder);
    let store = Store::open(&harness::options(folder.join("hearth.db"))).unwrap();
    let _search = Search::start(&store, folder.join("search.db")).unwrap();
    let owner = UserId::new(NOW, harness::random());
    let channel = ChannelId::new(NOW, harness::random());
    loop {
        let mut decided = harness::post(owner, channel, "预算 and something to say");
        if let Event::MessagePosted(posted) = &mut decided.event {
            let mut random = harness::random();
            random[..4].copy_from_slice(&std::process::id().to_be_bytes());
            posted.message = MessageId::new(NOW, random);
        }
        harness::commit(&store, decided).await.unwrap();
    }
}

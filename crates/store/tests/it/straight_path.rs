//! A message from the closure that commits it to everybody who reads it.

use hearth_domain::id::Seq;
use hearth_domain::model::{ChannelKind, Role};
use hearth_store::chat::history::{Around, PageAsk, history};
use hearth_store::{Store, WriteError, log};

use crate::harness::{self, NOW, Office, message_of};

#[tokio::test]
async fn a_message_is_logged_shown_and_handed_on() {
    let office = Office::new().await;
    let mut commits = office.store.take_commits().unwrap();
    assert!(office.store.take_commits().is_none());
    let guest = office.user(Role::Guest).await;
    let channel = office.channel(ChannelKind::Public, &[]).await;
    let posted = office.post(office.owner, channel, "预算 is ready").await;
    assert_eq!(posted.seq, Seq(4));
    assert_eq!(office.store.head(), Seq(4));

    let mut seqs = Vec::new();
    while let Ok(batch) = commits.try_recv() {
        seqs.extend(batch.iter().map(|committed| committed.seq.0));
    }
    assert_eq!(seqs, [2, 3, 4]);

    let permit = office.can_read(office.owner, channel).await;
    let ask = PageAsk { around: Around::Latest, limit: 50 };
    let page = office.read(move |tx| history(tx, &permit, ask)).await;
    assert_eq!(page.messages.len(), 1);
    assert_eq!(page.messages[0].id, message_of(&posted));
    assert_eq!(page.messages[0].text.as_ref().unwrap().as_str(), "预算 is ready");

    let owner = office.owner;
    let seen = office.read(move |tx| log::visible_after(tx, owner, Seq(0), 100)).await;
    assert_eq!(seen.entries.len(), 4);
    assert_eq!(seen.entries[3].payload.as_deref(), Some(&*posted.payload));
    let seen = office.read(move |tx| log::visible_after(tx, guest, Seq(0), 100)).await;
    assert_eq!(seen.entries.len(), 2, "a guest sees people, not channels they are not in");
    assert_eq!((seen.upto, seen.complete), (Seq(4), true));
}

#[tokio::test]
async fn a_refused_write_leaves_nothing_and_its_neighbours_stay() {
    let office = Office::new().await;
    let channel = office.channel(ChannelKind::Public, &[]).await;
    let owner = office.owner;
    let mut writes = Vec::new();
    for n in 0..60 {
        let store = office.store.clone();
        writes.push(async move {
            let write = store.write(NOW, move |tx| {
                let done = tx.commit(harness::post(owner, channel, "hello")).map_err(|_| "db")?;
                if n % 3 == 0 { Err("no") } else { Ok(done.seq) }
            });
            write.await
        });
    }
    let mut kept = Vec::new();
    let answers = join_all(writes).await;
    for (n, answer) in answers.into_iter().enumerate() {
        match answer {
            Ok(seq) => kept.push(seq.0),
            Err(error) => {
                assert_eq!(n % 3, 0);
                assert_eq!(error, WriteError::Refused("no"));
            }
        }
    }
    kept.sort_unstable();
    assert_eq!(kept, (3..43).collect::<Vec<_>>(), "dense though a third was undone");
    assert_eq!(office.read(|tx| log::verify(tx, Seq(0)).map_err(db)).await, 42);
}

fn db(error: log::VerifyError) -> hearth_store::DbError {
    panic!("{error}")
}

async fn join_all<F: Future + Send + 'static>(futures: Vec<F>) -> Vec<F::Output>
where
    F::Output: Send,
{
    let mut set = tokio::task::JoinSet::new();
    for (place, future) in futures.into_iter().enumerate() {
        set.spawn(async move { (place, future.await) });
    }
    let mut answers = set.join_all().await;
    answers.sort_by_key(|(place, _)| *place);
    answers.into_iter().map(|(_, answer)| answer).collect()
}

#[tokio::test]
async fn the_chain_goes_on_after_reopening() {
    let office = Office::new().await;
    let origin = office.store.origin();
    office.store.close().await;
    let reopened = Store::open(&harness::options(office.path())).unwrap();
    assert_eq!(reopened.origin(), origin);
    assert_eq!(reopened.head(), Seq(1));
    let channel = hearth_domain::id::ChannelId::new(NOW, harness::random());
    let posted = harness::commit(&reopened, harness::post(office.owner, channel, "on")).await;
    assert_eq!(posted.unwrap().seq, Seq(2));
    let checked = reopened.read(|tx| log::verify(tx, Seq(0))).await.unwrap();
    assert_eq!(checked, 2);
    reopened.close().await;
}

//! A process that is killed while it writes: what it acknowledged is there, once, without holes.

use std::collections::HashSet;
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use std::time::Duration;

use hearth_domain::id::{ChannelId, Seq, UserId};
use hearth_store::{Store, log};

use crate::harness::{self, NOW};

const ROUNDS: u64 = 5;

#[test]
fn what_was_acknowledged_survives_a_kill() {
    let folder = tempfile::tempdir().unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let mut acknowledged = HashSet::new();
    for round in 0..ROUNDS {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["crash::child_that_is_killed", "--exact", "--nocapture"])
            .env("HEARTH_CRASH", folder.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let reader = std::thread::spawn(move || {
            lines.map_while(Result::ok).filter_map(|line| line.parse().ok()).collect::<Vec<u64>>()
        });
        std::thread::sleep(Duration::from_millis(300 + 37 * round));
        child.kill().unwrap();
        child.wait().unwrap();
        for seq in reader.join().unwrap() {
            assert!(acknowledged.insert(seq), "{seq} was given twice");
        }
        let store = Store::open(&harness::options(folder.path().join("hearth.db"))).unwrap();
        let head = store.head().0;
        assert!(acknowledged.iter().all(|seq| *seq <= head), "an acknowledged write is lost");
        let checked = runtime.block_on(store.read(|tx| log::verify(tx, Seq(0)))).unwrap();
        assert_eq!(checked, head, "the log is dense and its chain holds");
        runtime.block_on(store.close());
    }
    assert!(acknowledged.len() > 20, "only {} writes: this proves little", acknowledged.len());
}

/// Does nothing unless started by the test above.
#[tokio::test(flavor = "multi_thread")]
async fn child_that_is_killed() {
    let Some(folder) = std::env::var_os("HEARTH_CRASH") else { return };
    let path = std::path::Path::new(&folder).join("hearth.db");
    let store = Store::open(&harness::options(path)).unwrap();
    let mut writers = tokio::task::JoinSet::new();
    for _ in 0..16 {
        let store = store.clone();
        writers.spawn(async move {
            let owner = UserId::new(NOW, harness::random());
            let channel = ChannelId::new(NOW, harness::random());
            for n in 0..1_000_000 {
                // Every process counts from one, so ids must not depend on the counter alone.
                let mut decided = harness::post(owner, channel, &format!("message {n}"));
                if let hearth_domain::event::Event::MessagePosted(posted) = &mut decided.event {
                    let place = u64::from(std::process::id()) << 32 | n;
                    let mut random = harness::random();
                    random[..2].copy_from_slice(&place.to_be_bytes()[2..4]);
                    posted.message = hearth_domain::id::MessageId::new(NOW, random);
                }
                let done = harness::commit(&store, decided).await.unwrap();
                println!("{}", done.seq);
            }
        });
    }
    writers.join_all().await;
}

//! Killed at any moment: a row has its blob, and what was left behind is collected.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use hearth_domain::file::BlobHash;
use rusqlite::{Connection, OpenFlags};

use super::{noise, picture};
use crate::support::{Office, Person, soon};

const ROUNDS: u64 = 8;

#[tokio::test]
async fn no_row_is_ever_without_its_blob() {
    let mut office = Office::open().await;
    let olga = office.owner.clone();
    let lobby = office.lobby.clone();
    let mut kept = Vec::new();
    for round in 0..ROUNDS {
        let (person, channel) = (olga.clone(), lobby.clone());
        let mut working = tokio::task::JoinSet::new();
        let shared = Arc::new(AtomicU64::new(0));
        let count = Arc::clone(&shared);
        working.spawn(async move { share_until_it_ends(&person, &channel, &count).await });
        // Each round ends at another moment of the same work, once something was acknowledged.
        soon("files are shared", async {
            while shared.load(Relaxed) <= round % 3 {
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
        })
        .await;
        tokio::time::sleep(Duration::from_millis(9 * round)).await;
        office.hearthd.kill();
        kept.extend(working.join_next().await.unwrap().unwrap());
        office.start().await;
        check(&office);
    }
    assert!(!kept.is_empty(), "some files were shared in between");
    for (file, content) in &kept {
        assert_eq!(olga.open(file, "").await.bytes, *content, "what was acknowledged is there");
    }
    assert_eq!(office.stop().await, 0);
}

/// Shares files until the office is gone; gives those that were acknowledged.
async fn share_until_it_ends(
    person: &Person,
    channel: &str,
    count: &AtomicU64,
) -> Vec<(serde_json::Value, Vec<u8>)> {
    let mut shared = Vec::new();
    for number in 0..200 {
        let content = if number % 3 == 2 {
            picture(400 + number, 300)
        } else {
            noise(9_000 + number as usize)
        };
        // The office goes away in the middle, which ends the attempt with a panic of its own.
        let mut one = tokio::task::JoinSet::new();
        one.spawn(attempt(person, channel, &content));
        let Some(Ok(Some(file))) = one.join_next().await else { break };
        // A picture comes back without what its encoder wrote about itself, if anything.
        count.fetch_add(1, Relaxed);
        if number % 3 != 2 {
            shared.push((file, content));
        }
    }
    shared
}

fn attempt(
    person: &Person,
    channel: &str,
    content: &[u8],
) -> impl Future<Output = Option<serde_json::Value>> + use<> {
    let (person, channel, content) = (person.clone(), channel.to_owned(), content.to_vec());
    async move {
        let file = person.upload("crash.bin", "", &content).await;
        person.share(&channel, "", &[&file]).await;
        Some(file)
    }
}

fn check(office: &Office) {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY;
    let conn = Connection::open_with_flags(office.data().join("hearth.db"), flags).unwrap();
    let mut statement = conn.prepare("SELECT hash FROM blobs").unwrap();
    let rows = statement.query_map([], |row| row.get(0).map(BlobHash)).unwrap();
    for hash in rows {
        let hash = hash.unwrap();
        let path = hearth_store::file::blobs::path_in(&office.data().join("blobs"), hash);
        let content = std::fs::read(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        assert_eq!(blake3::hash(&content).as_bytes(), &hash.0, "{}", path.display());
    }
    let dangling: i64 = conn
        .query_row(
            "SELECT count(*) FROM files f WHERE NOT EXISTS
               (SELECT 1 FROM blobs b WHERE b.hash = f.hash AND b.unused_since IS NULL)",
            [],
            |row| row.get(0),
        )
        .unwrap();
    assert_eq!(dangling, 0, "a file without its blob");
}

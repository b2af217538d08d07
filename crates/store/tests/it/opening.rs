//! What is checked before a database is used.

use std::os::unix::fs::PermissionsExt;

use hearth_domain::id::Seq;
use hearth_domain::model::ChannelKind;
use hearth_store::{OpenError, Store};

use crate::harness::{self, Office};

#[tokio::test]
async fn a_second_process_is_kept_out() {
    let office = Office::new().await;
    let second = Store::open(&harness::options(office.path()));
    assert!(matches!(second.err(), Some(OpenError::InUse { .. })));
    office.store.close().await;
    Store::open(&harness::options(office.path())).unwrap().close().await;
}

#[tokio::test]
async fn handles_share_one_database() {
    let office = Office::new().await;
    let other = office.store.clone();
    let channel = office.channel(ChannelKind::Public, &[]).await;
    harness::commit(&other, harness::post(office.owner, channel, "hello")).await.unwrap();
    assert_eq!((office.store.head(), other.head()), (Seq(3), Seq(3)));
}

#[tokio::test]
async fn the_future_is_refused() {
    let office = Office::new().await;
    office.store.close().await;
    let conn = rusqlite::Connection::open(office.path()).unwrap();
    conn.pragma_update(None, "user_version", 99).unwrap();
    conn.close().unwrap();
    let refused = Store::open(&harness::options(office.path())).err().unwrap();
    assert!(matches!(refused, OpenError::FromTheFuture { found: 99, known: 1..99, .. }));
}

#[tokio::test]
async fn a_damaged_file_is_refused_and_the_way_out_named() {
    let office = Office::new().await;
    let channel = office.channel(ChannelKind::Public, &[]).await;
    for _ in 0..200 {
        office.post(office.owner, channel, &"long ".repeat(400)).await;
    }
    office.store.close().await;
    let conn = rusqlite::Connection::open(office.path()).unwrap();
    conn.execute_batch("UPDATE box SET closed = 0").unwrap();
    conn.close().unwrap();
    let mut bytes = std::fs::read(office.path()).unwrap();
    let middle = (bytes.len() / 2) & !4_095;
    bytes[middle..middle + 8_192].fill(0xa5);
    std::fs::write(office.path(), &bytes).unwrap();
    let refused = Store::open(&harness::options(office.path())).err().unwrap();
    assert!(matches!(refused, OpenError::Corrupt { .. }), "{refused}");
    assert!(refused.to_string().contains("hearth restore"));

    std::fs::write(office.path(), b"this is a letter, not a database at all").unwrap();
    let refused = Store::open(&harness::options(office.path())).err().unwrap();
    assert!(matches!(refused, OpenError::Corrupt { .. }), "{refused}");
}

#[test]
fn a_folder_that_cannot_be_written_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let nowhere = folder.path().join("nowhere/hearth.db");
    let refused = Store::open(&harness::options(nowhere)).err().unwrap();
    assert!(matches!(refused, OpenError::ReadOnly { .. }), "{refused}");

    let locked = folder.path().join("locked");
    std::fs::create_dir(&locked).unwrap();
    std::fs::set_permissions(&locked, std::fs::Permissions::from_mode(0o555)).unwrap();
    // Root may write everywhere, so only others can see this refusal.
    if std::fs::write(locked.join("probe"), b"").is_err() {
        let refused = Store::open(&harness::options(locked.join("hearth.db"))).err().unwrap();
        assert!(matches!(refused, OpenError::ReadOnly { .. }), "{refused}");
    }
}

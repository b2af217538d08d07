//! A backup is worth what its restore is.

use hearth_domain::id::Seq;
use hearth_domain::model::ChannelKind;
use hearth_store::backup::{self, BackupError};
use hearth_store::{OpenError, Store, log};

use crate::harness::{self, NOW, Office};

#[tokio::test]
async fn a_backup_made_while_people_write_is_restored_as_a_new_life() {
    let office = Office::new().await;
    let channel = office.channel(ChannelKind::Public, &[]).await;
    for _ in 0..300 {
        office.post(office.owner, channel, &"long ".repeat(400)).await;
    }
    let (store, owner) = (office.store.clone(), office.owner);
    let mut writing = tokio::task::JoinSet::new();
    writing.spawn(async move {
        for _ in 0..200 {
            harness::commit(&store, harness::post(owner, channel, "meanwhile")).await.unwrap();
        }
    });
    let target = office.folder.path().join("backup.db");
    let (told, reports) = std::sync::mpsc::sync_channel(1_000);
    let made = office.store.backup_to(target.clone(), move |progress| {
        told.try_send(progress).unwrap();
    });
    let made = made.await.unwrap();
    writing.join_all().await;
    assert!(made.head >= Seq(302));
    assert!(reports.try_iter().all(|p| p.pages_done <= p.pages_total));
    assert_eq!(backup::verify(&target).unwrap(), made);
    let again = office.store.backup_to(target.clone(), |_| {}).await;
    assert!(matches!(again, Err(BackupError::Exists { .. })));

    let in_use = backup::restore(&target, &office.path(), NOW);
    assert!(matches!(in_use, Err(BackupError::Open(OpenError::InUse { .. }))));
    let before = office.store.origin();
    let lost = office.store.head();
    office.store.close().await;
    assert_eq!(backup::restore(&target, &office.path(), NOW).unwrap(), made);
    assert!(office.folder.path().join("hearth.db.before-restore").exists());
    let restored = Store::open(&harness::options(office.path())).unwrap();
    assert_eq!(restored.head(), made.head);
    assert!(restored.head() <= lost);
    assert_eq!(restored.origin().node, before.node);
    assert!(restored.origin().incarnation > before.incarnation);
    harness::commit(&restored, harness::post(owner, channel, "again")).await.unwrap();
    let checked = restored.read(|tx| log::verify(tx, Seq(0))).await.unwrap();
    assert_eq!(checked, made.head.0 + 1);
    restored.close().await;
}

#[tokio::test]
async fn a_bad_backup_replaces_nothing() {
    let office = Office::new().await;
    let channel = office.channel(ChannelKind::Public, &[]).await;
    for _ in 0..50 {
        office.post(office.owner, channel, &"long ".repeat(400)).await;
    }
    let target = office.folder.path().join("backup.db");
    office.store.backup_to(target.clone(), |_| {}).await.unwrap();
    office.store.close().await;
    let mut bytes = std::fs::read(&target).unwrap();
    let middle = (bytes.len() / 2) & !4_095;
    bytes[middle..middle + 4_096].fill(0xa5);
    std::fs::write(&target, bytes).unwrap();
    backup::restore(&target, &office.path(), NOW).unwrap_err();
    let nothing = office.folder.path().join("nothing.db");
    std::fs::write(&nothing, b"").unwrap();
    backup::restore(&nothing, &office.path(), NOW).unwrap_err();
    let still = Store::open(&harness::options(office.path())).unwrap();
    assert_eq!(still.head(), Seq(52));
    still.close().await;
}

#[tokio::test]
async fn a_changed_log_does_not_verify() {
    let office = Office::new().await;
    let channel = office.channel(ChannelKind::Public, &[]).await;
    for _ in 0..5 {
        office.post(office.owner, channel, "hello").await;
    }
    office.store.close().await;
    let change = |sql: &str| {
        let conn = rusqlite::Connection::open(office.path()).unwrap();
        conn.execute_batch(sql).unwrap();
        conn.close().unwrap();
        backup::verify(&office.path()).map(|verified| verified.head)
    };
    assert_eq!(change("UPDATE log SET payload = NULL WHERE seq = 4").unwrap(), Seq(7), "erased");
    change("UPDATE log SET payload = '{}' WHERE seq = 5").unwrap_err();
    change("UPDATE log SET payload = NULL WHERE seq = 5").unwrap();
    change("UPDATE log SET at = at + 1 WHERE seq = 5").unwrap();
    change("UPDATE log SET actor = zeroblob(16) WHERE seq = 5").unwrap_err();
}

#[tokio::test]
async fn an_export_is_one_line_for_each_event() {
    let office = Office::new().await;
    let channel = office.channel(ChannelKind::Public, &[]).await;
    let posted = office.post(office.owner, channel, "预算").await;
    let (lines, last) = office.read(|tx| backup::export_after(tx, Seq(1), 10)).await;
    assert_eq!((lines.len(), last), (2, Seq(3)));
    assert!(lines[1].contains(&*posted.payload) && !lines[1].contains('\n'));
}

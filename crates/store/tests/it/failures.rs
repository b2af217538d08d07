//! Full disks and disks that fail.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use hearth_domain::id::Seq;
use hearth_domain::model::ChannelKind;
use hearth_store::{Failure, Store, WriteError, log};

use crate::harness::{self, NOW, Office};

#[tokio::test]
async fn a_full_disk_loses_nothing_and_passes() {
    let office = Office::new().await;
    let channel = office.channel(ChannelKind::Public, &[]).await;
    office.store.limit_pages(NOW, 80).await.unwrap();
    let text = "long ".repeat(1_000);
    let mut kept = 2;
    let refused = loop {
        match harness::commit(&office.store, harness::post(office.owner, channel, &text)).await {
            Ok(committed) => kept = committed.seq.0,
            Err(error) => break error,
        }
        assert!(kept < 1_000, "80 pages hold less");
    };
    assert!(matches!(refused, WriteError::DiskFull), "{refused}");
    let checked = office.read(|tx| Ok(log::verify(tx, Seq(0)).unwrap())).await;
    assert_eq!(checked, kept, "reads go on, nothing is half written");
    assert_eq!(office.store.head(), Seq(kept));

    office.store.limit_pages(NOW, 4_000).await.unwrap();
    let next = office.post(office.owner, channel, &text).await;
    assert_eq!(next.seq, Seq(kept + 1), "it recovers by itself, and the log has no hole");
}

/// Makes fsync fail once the file named by `HEARTH_FAIL` exists.
const SHIM: &str = r#"
#define _GNU_SOURCE
#include <errno.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>
static int failing(void) {
    const char *name = getenv("HEARTH_FAIL");
    return name && access(name, F_OK) == 0;
}
int fsync(int fd) {
    if (failing()) { errno = EIO; return -1; }
    return (int)syscall(SYS_fsync, fd);
}
int fdatasync(int fd) {
    if (failing()) { errno = EIO; return -1; }
    return (int)syscall(SYS_fdatasync, fd);
}
"#;

fn build_shim(folder: &Path) -> std::path::PathBuf {
    let (source, library) = (folder.join("shim.c"), folder.join("shim.so"));
    std::fs::write(&source, SHIM).unwrap();
    let built = Command::new("cc")
        .args(["-shared", "-fPIC", "-o"])
        .arg(&library)
        .arg(&source)
        .status()
        .unwrap();
    assert!(built.success());
    library
}

/// The real thing: SQLite in another process, whose fsync really fails.
#[test]
fn after_a_failed_fsync_nothing_is_acknowledged() {
    let folder = tempfile::tempdir().unwrap();
    let library = build_shim(folder.path());
    let run = Command::new(std::env::current_exe().unwrap())
        .args(["failures::child_with_a_failing_disk", "--exact", "--nocapture"])
        .env("LD_PRELOAD", library)
        .env("HEARTH_CHILD", folder.path())
        .env("HEARTH_FAIL", folder.path().join("fail"))
        .output()
        .unwrap();
    let output = String::from_utf8_lossy(&run.stdout);
    assert!(run.status.success(), "{output}{}", String::from_utf8_lossy(&run.stderr));
    assert!(output.contains("THE DISK FAILED"), "{output}");
    // The next start checks the file and goes on from what is there.
    let store = Store::open(&harness::options(folder.path().join("hearth.db"))).unwrap();
    assert!(store.head() >= Seq(1));
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let checked = runtime.block_on(store.read(|tx| log::verify(tx, Seq(0)))).unwrap();
    assert_eq!(checked, store.head().0);
    runtime.block_on(store.close());
}

/// Does nothing unless started by the test above.
#[tokio::test]
async fn child_with_a_failing_disk() {
    let Some(folder) = std::env::var_os("HEARTH_CHILD") else { return };
    let Some(fail) = std::env::var_os("HEARTH_FAIL") else { return };
    let path = Path::new(&folder).join("hearth.db");
    let store = Store::open(&harness::options(path)).unwrap();
    let owner = hearth_domain::id::UserId::new(NOW, harness::random());
    let channel = hearth_domain::id::ChannelId::new(NOW, harness::random());
    harness::commit(&store, harness::post(owner, channel, "before")).await.unwrap();
    std::fs::write(fail, b"").unwrap();
    let refused = harness::commit(&store, harness::post(owner, channel, "lost")).await;
    assert!(matches!(refused, Err(WriteError::Unavailable)), "{refused:?}");
    let failed = tokio::time::timeout(Duration::from_secs(5), store.failed()).await;
    assert_eq!(failed.unwrap(), Failure::Broken);
    assert_eq!(store.head(), Seq(1));
    let refused = harness::commit(&store, harness::post(owner, channel, "later")).await;
    assert!(matches!(refused, Err(WriteError::Unavailable)));
    println!("THE DISK FAILED");
}

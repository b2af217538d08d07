//! Signs of life, which come from where messages are written.

use rustix::process::Signal;

use crate::support::Manager;

#[tokio::test]
async fn signs_of_life_come_as_long_as_the_process_can_give_them() {
    let scratch = tempfile::tempdir().unwrap();
    let mut manager = Manager::new(&scratch.path().join("data"));
    manager.patience_ms(300);
    let mut hearthd = manager.start();
    manager.hears("READY=1").await;
    for _ in 0..3 {
        manager.hears("WATCHDOG=1").await;
    }
    // One that stands still gives none; what was on its way is heard first.
    hearthd.signal(Signal::STOP);
    let state = format!("/proc/{}/stat", hearthd.pid());
    while !std::fs::read_to_string(&state).unwrap().contains(") T ") {
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    manager.heard();
    assert_eq!(manager.heard(), [""; 0]);
    hearthd.signal(Signal::CONT);
    manager.hears("WATCHDOG=1").await;
    assert_eq!(hearthd.stop().await, 0);
    manager.hears("STOPPING=1").await;
}

#[tokio::test]
async fn nobody_who_does_not_wait_is_told_of_life() {
    let scratch = tempfile::tempdir().unwrap();
    let manager = Manager::new(&scratch.path().join("data"));
    let mut hearthd = manager.start();
    manager.hears("READY=1").await;
    assert_eq!(hearthd.stop().await, 0);
    let told = manager.heard();
    assert!(!told.iter().any(|line| line == "WATCHDOG=1"), "{told:?}");
}

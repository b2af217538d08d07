//! Power limits: they are written, and however the program ends, they are given back.

use super::*;

#[test]
fn a_power_cap_is_written_told_and_given_back_by_a_clean_stop() {
    let rig = Rig::new();
    let mut running = rig.start();
    assert!(rig.is_free());
    rig.cap();
    while rig.shows(SHORT_LIMIT) != "20000000" {
        rig.hear("WATCHDOG=1");
    }
    let status = rig.status();
    // The meter of this machine stands, so nothing was seen to stay below the cap under load.
    assert_eq!((&status["cap_w"], &status["cap_state"]), (&20.0.into(), &"pending".into()));
    running.end(Signal::TERM);
    assert!(rig.is_free());
}

#[test]
fn whatever_kills_it_restore_gives_the_limits_back_and_so_does_the_next_start() {
    let rig = Rig::new();
    for signal in [Signal::KILL, Signal::ABORT, Signal::ILL, Signal::KILL] {
        let mut running = rig.start();
        rig.cap();
        running.end(signal);
        assert!(!rig.is_free(), "{signal:?} leaves the limit in our hands");
        let restored = rig.output(&["restore"]);
        assert!(restored.status.success(), "{restored:?}");
        assert!(rig.is_free());
    }
    let mut running = rig.start();
    rig.cap();
    running.end(Signal::KILL);
    let mut running = rig.start();
    rig.wait_for_limit(LIMIT_UW);
    running.end(Signal::KILL);
    assert!(rig.is_free());
}

#[test]
fn a_limit_that_somebody_sets_later_is_the_original_of_later() {
    let rig = Rig::new();
    let mut running = rig.start();
    rig.cap();
    running.end(Signal::TERM);
    fs::write(rig.path("root").join(LIMIT), "30000000\n").unwrap();
    let mut running = rig.start();
    assert_eq!(rig.shows(LIMIT), "30000000");
    rig.cap();
    // Somebody who runs `restore` meanwhile takes nothing away that is needed later.
    assert!(rig.output(&["restore"]).status.success());
    assert_eq!(rig.shows(LIMIT), "30000000");
    running.end(Signal::KILL);
    assert!(rig.output(&["restore"]).status.success());
    assert_eq!(rig.shows(LIMIT), "30000000");
}

#[test]
fn where_nothing_can_be_kept_no_limit_is_written() {
    let rig = Rig::new();
    let child = rig.command(&["run", "--tick-ms", "20"]).spawn().unwrap();
    let mut running = Running(child);
    rig.hear("READY=1");
    // As on a full disk: the file can't be made.
    fs::create_dir(rig.path("run/originals.new")).unwrap();
    rig.ask("{\"intent\":\"power_cap\",\"watts\":20}\n");
    while rig.status()["cap_state"] != "not_effective" {
        rig.hear("WATCHDOG=1");
    }
    assert!(rig.is_free());
    running.end(Signal::TERM);
    assert!(rig.is_free());
}

#[test]
fn a_processor_that_stays_close_to_critical_has_the_machine_switched_off() {
    let rig = Rig::new();
    let mut running = rig.start();
    let request = rig.path("run/poweroff");
    let heat = |celsius: &str| fs::write(rig.path("root").join(JUNCTION), celsius).unwrap();
    // Believed from the next second on: it came there too fast.
    heat("97500\n");
    while rig.status()["heat"] != "power_off" {
        assert!(!request.exists());
        rig.hear("WATCHDOG=1");
    }
    assert_eq!(rig.shows(LIMIT), "8000000");
    while !request.exists() {
        rig.hear("WATCHDOG=1");
    }
    heat("85000\n");
    while request.exists() {
        rig.hear("WATCHDOG=1");
    }
    running.end(Signal::KILL);
    fs::write(&request, "").unwrap();
    assert!(rig.output(&["restore"]).status.success());
    assert!(!request.exists() && rig.is_free());
}

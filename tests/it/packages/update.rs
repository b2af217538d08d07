//! `hearth update` on a real Debian: apt brings the versions and systemd starts root's side. One that does
//! not start is taken back, and whoever kills it in the middle finds the old version or the new one.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use serde_json::Value;

use super::life::SETTINGS;
use super::repository::Published;
use super::{Machine, Packages, changed};

const WAIT_MAX: Duration = Duration::from_secs(180);

impl Published {
    #[track_caller]
    fn asks(&self, what: &str) {
        self.machine.ok(&format!("{SETTINGS} hearth update {what}"));
    }

    /// What root's side knows; nothing before it did anything.
    fn state(&self) -> Value {
        let text = fs::read(self.machine.path("/var/lib/hearth-update/state.json"));
        text.map_or(Value::Null, |text| serde_json::from_slice(&text).expect("a whole state"))
    }

    /// Waits for the end of an update.
    #[track_caller]
    fn ends(&self, to: &str, outcome: &str) -> Value {
        let start = Instant::now();
        loop {
            let state = self.state();
            let last = &state["last"];
            if state["plan"].is_null() && last["to"] == to && last["outcome"] == outcome {
                return state;
            }
            let journal = || self.machine.sh("journalctl --no-pager -u hearth-update -n 40").1;
            assert!(start.elapsed() < WAIT_MAX, "{state}\n{}", journal());
            std::thread::sleep(Duration::from_millis(100));
        }
    }

    /// Adds a version whose server ends at once.
    fn adds_a_broken_one(&self, version: &str) {
        changed(&self.original, version, &self.packages, |tree| {
            let program = tree.join("usr/bin/hearthd");
            fs::write(&program, "#!/bin/sh\necho this version is broken >&2\nexit 1\n").unwrap();
            fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
        });
    }
}

/// Connects over and over until it is told to stop. Gives how often it was refused, and the longest
/// time in which nobody answered.
fn visits(machine: &Machine, stop: &AtomicBool) -> (u32, Duration) {
    let (mut refused, mut longest, mut last) = (0, Duration::ZERO, Instant::now());
    while !stop.load(Ordering::Relaxed) {
        let (code, said) = machine.asks_health();
        if code == Some(0) && said.trim() == "ok" {
            longest = longest.max(last.elapsed());
            last = Instant::now();
        }
        // 7: nobody listens.
        refused += u32::from(code == Some(7));
    }
    (refused, longest)
}

#[test]
fn a_box_updates_itself_and_goes_back() {
    let Some(packages) = Packages::find() else { return };
    let Some(machine) = Machine::boot() else { return };
    let published = Published::new(machine, packages.deb());
    published.adds("0.9.0-1");
    published.publish();
    published.installs();
    let machine = &published.machine;
    machine.is_at_work();
    machine.adds_a_person("lin");

    published.adds("0.9.1-1");
    published.publish();
    let stop = AtomicBool::new(false);
    let (refused, longest) = std::thread::scope(|scope| {
        let visitor = scope.spawn(|| visits(machine, &stop));
        published.asks("apply");
        published.ends("0.9.1-1", "done");
        stop.store(true, Ordering::Relaxed);
        visitor.join().expect("visit")
    });
    println!("an update: {refused} refused, at most {} ms without an answer", longest.as_millis());
    assert_eq!(refused, 0);
    published.has("0.9.1-1");
    machine.knows(&["lin"]);

    published.adds_a_broken_one("0.9.2-1");
    published.publish();
    published.asks("apply");
    let state = published.ends("0.9.2-1", "went_back");
    assert!(state["last"]["problem"].as_str().is_some_and(|why| why.contains("broken")), "{state}");
    published.has("0.9.1-1");
    machine.knows(&["lin"]);

    published.asks("rollback");
    published.ends("0.9.0-1", "done");
    published.has("0.9.0-1");
    machine.knows(&["lin"]);

    // No room for the package: nothing was begun.
    let process = machine.ok("systemctl show -P MainPID hearthd.service");
    machine.ok("mount -t tmpfs -o size=64k none /var/lib/hearth-update/packages");
    published.asks("apply");
    let state = published.ends("0.9.2-1", "given_up");
    machine.ok("umount /var/lib/hearth-update/packages");
    assert!(state["last"]["problem"].as_str().is_some_and(|why| !why.is_empty()), "{state}");
    published.has("0.9.0-1");
    assert_eq!(machine.ok("systemctl show -P MainPID hearthd.service"), process);
}

#[test]
fn an_update_that_is_killed_ends_with_one_of_both() {
    let Some(packages) = Packages::find() else { return };
    let Some(machine) = Machine::boot() else { return };
    let published = Published::new(machine, packages.deb());
    published.adds("0.9.0-1");
    published.adds("0.9.1-1");
    published.publish();
    published.installs();
    published.machine.ok("apt-get -qq install -y --allow-downgrades hearth=0.9.0-1");
    let machine = &published.machine;
    machine.is_at_work();
    machine.adds_a_person("lin");

    published.asks("apply");
    // All that belongs to it dies, dpkg and the package's scripts too, each time a little later.
    for kill in 0..12 {
        std::thread::sleep(Duration::from_millis(150 * kill));
        machine.ok("systemctl kill --signal=KILL hearth-update.service; true");
        machine.comes_true("! systemctl is-active hearth-update.service");
        // As at the next boot.
        machine.ok("systemctl reset-failed; systemctl start --no-block hearth-update.service");
    }
    machine.comes_true("! systemctl is-active --quiet hearth-update.service");
    let start = Instant::now();
    while !published.state()["plan"].is_null() {
        assert!(start.elapsed() < WAIT_MAX, "{}", published.state());
        std::thread::sleep(Duration::from_millis(100));
    }
    let found = machine.ok("dpkg-query -W -f '${Version} ${Status}' hearth");
    let whole = ["0.9.0-1 install ok installed", "0.9.1-1 install ok installed"];
    assert!(whole.contains(&found.as_str()), "{found}");
    assert_eq!(machine.ok("dpkg --audit"), "");
    machine.is_at_work();
    machine.knows(&["lin"]);
}

//! The life of an installation, from the first package to the last file.

use rusqlite::Connection;

use super::{Machine, Packages, repacked};

pub(super) const SETTINGS: &str = "HEARTH_CONFIG=/usr/share/hearth/hearthd.toml";

/// All three, as a visitor would start it again.
const STOP: &str = "systemctl stop hearthd.socket hearthd-http.socket hearthd.service";

impl Machine {
    /// Everything that a package starts is running, and the chat answers.
    #[track_caller]
    pub(super) fn is_at_work(&self) {
        self.comes_true("systemctl is-active hearthd.service hearth-poweroff.path");
        self.answers();
    }

    #[track_caller]
    pub(super) fn adds_a_person(&self, handle: &str) {
        self.ok(&format!("{SETTINGS} hearth user add {handle} --role owner"));
        self.knows(&[handle]);
    }

    /// What was written is still there.
    #[track_caller]
    pub(super) fn knows(&self, handles: &[&str]) {
        let users = self.ok(&format!("{SETTINGS} hearth user list --json"));
        for handle in handles {
            assert!(users.contains(&format!("\"handle\":\"{handle}\"")), "{handle}: {users}");
        }
    }

    fn main_process(&self) -> String {
        self.ok("systemctl show -P MainPID hearthd.service")
    }

    fn database(&self) -> Connection {
        let path = self.path("/var/lib/hearth/hearth.db");
        Connection::open(path).expect("open the database of a stopped Hearth")
    }

    /// A disk that is full or can only be read in the middle of an upgrade leaves what was there at work.
    fn an_upgrade_without_room_interrupts_nobody(&self, package: &str) {
        let installed = "dpkg-query -W -f '${Version} ${Status}' hearth";
        let (before, docs) = (self.ok(installed), "/usr/share/doc/hearth");
        let process = self.main_process();
        let upgrade = |disk: &str, reason: &str| {
            self.ok(disk);
            let (code, said) = self.sh(&format!("dpkg -i {package} 2>&1"));
            self.ok(&format!("umount {docs}"));
            assert!(code != Some(0) && said.contains(reason), "{code:?}: {said}");
            self.is_at_work();
            assert_eq!(self.main_process(), process, "people were interrupted: {said}");
        };
        upgrade(&format!("mount -t tmpfs -o size=16k none {docs}"), "No space left on device");
        assert_eq!(self.ok(installed), before);
        assert_eq!(self.ok("dpkg --audit"), "");
        // Here dpkg can't even clean up; it says so until a package is installed.
        let readable = format!("mount --bind {docs} {docs} && mount -o remount,bind,ro {docs}");
        upgrade(&readable, "Read-only file system");
    }

    /// A database of a later version is refused as settings would be, and not touched.
    fn a_newer_database_is_refused(&self) {
        self.ok(STOP);
        let schema = |machine: &Self| -> i64 {
            machine.database().pragma_query_value(None, "user_version", |row| row.get(0)).unwrap()
        };
        let known = schema(self);
        self.database().pragma_update(None, "user_version", known + 1).expect("write");
        self.sh("systemctl start hearthd.service");
        self.comes_true("systemctl is-failed --quiet hearthd.service");
        let code = self.ok("systemctl show -P ExecMainStatus hearthd.service");
        let journal = self.ok("journalctl --no-pager -u hearthd.service -n 30");
        assert!(code == "78" && journal.contains("a newer Hearth"), "{code}: {journal}");
        assert_eq!(schema(self), known + 1);
        self.database().pragma_update(None, "user_version", known).expect("write");
        self.ok("systemctl reset-failed && systemctl start hearthd.service");
    }
}

#[test]
fn a_debian_lives_with_it() {
    let Some(packages) = Packages::find() else { return };
    let Some(machine) = Machine::boot() else { return };
    let old = machine.put(&repacked(&packages.deb(), "0.0.1-1", machine.scratch()));
    let new = machine.put(&packages.deb());

    machine.ok(&format!("dpkg -i {old}"));
    machine.is_at_work();
    machine.ok("systemctl is-active hearth-hwctl.service");
    machine.ok("[ -d /etc/hearth/conf.d ] && [ -z \"$(ls -A /etc/hearth/conf.d)\" ]");
    let folder = machine.ok("stat -c '%U %a' /var/lib/hearth");
    assert_eq!(folder, "hearth 700");
    machine.ok("journalctl -u hearthd.service | grep -q setup");
    // No file that a package would ask about, should somebody have changed it.
    assert_eq!(machine.ok("cat /var/lib/dpkg/info/hearth.conffiles 2>/dev/null; true"), "");
    machine.adds_a_person("lin");

    machine.an_upgrade_without_room_interrupts_nobody(&new);

    // What was switched off stays off, and the rest starts anew with the new programs.
    machine.ok("systemctl disable --now hearth-hwctl.service");
    let before = machine.main_process();
    machine.ok(&format!("dpkg -i {new}"));
    machine.is_at_work();
    assert_ne!(machine.main_process(), before);
    machine.knows(&["lin"]);
    let (_, hwctl) =
        machine.sh("systemctl is-enabled hearth-hwctl; systemctl is-active hearth-hwctl");
    assert_eq!(hwctl, "disabled\ninactive\n");
    // Once more, as after a scare: nothing changes.
    machine.ok(&format!("dpkg -i {new} && dpkg --configure -a"));
    machine.is_at_work();

    // dpkg lets people go back. As long as the database is the same, that works.
    machine.ok(&format!("dpkg -i {old}"));
    machine.is_at_work();
    machine.knows(&["lin"]);
    machine.a_newer_database_is_refused();
    machine.is_at_work();

    machine.ok("dpkg -r hearth");
    assert_ne!(machine.sh("systemctl is-active hearthd.service").0, Some(0));
    machine.ok("[ ! -e /usr/bin/hearthd ] && [ -f /var/lib/hearth/hearth.db ]");
    machine.ok(&format!("dpkg -i {new}"));
    machine.is_at_work();
    machine.knows(&["lin"]);
    assert_eq!(machine.sh("systemctl is-enabled hearth-hwctl").1, "disabled\n");

    a_purge_keeps_what_people_wrote(&machine, &new);
}

fn a_purge_keeps_what_people_wrote(machine: &Machine, package: &str) {
    machine.ok("echo '[server]' >/etc/hearth/conf.d/50-office.toml");
    let told = machine.ok("dpkg -P hearth");
    assert!(told.contains("/var/lib/hearth"), "{told}");
    machine.ok("[ ! -e /etc/hearth ] && [ -f /var/lib/hearth/hearth.db ]");
    let left = machine.ok("find /etc/systemd/system /var/lib/systemd -name '*hearth*'");
    assert_eq!(left, "");
    machine.ok(&format!("dpkg -i {package}"));
    machine.is_at_work();
    machine.knows(&["lin"]);

    let running = machine.sh(&format!("{SETTINGS} hearth purge-data --yes"));
    assert_eq!(running.0, Some(1), "{running:?}");
    machine.ok(STOP);
    machine.comes_true("! systemctl is-active hearthd.service");
    machine.ok(&format!("{SETTINGS} hearth purge-data --yes"));
    machine.ok("dpkg -P hearth && dpkg -P hearth");
    machine.ok("[ ! -e /etc/hearth ] && [ ! -e /var/lib/hearth ]");
}

#[test]
fn a_fedora_would_live_with_it() {
    let Some(packages) = Packages::find() else { return };
    let Some(machine) = Machine::boot() else { return };
    let new = machine.put(&packages.rpm());
    // Debian's rpm knows nothing of what dpkg has installed.
    let install = |options: &str| machine.ok(&format!("rpm -U --nodeps {options} {new}"));
    install("");
    machine.is_at_work();
    machine.ok("systemctl is-active hearth-hwctl.service");
    machine.adds_a_person("lin");
    machine.ok("systemctl disable --now hearth-hwctl.service");

    // The scripts of the old one run after those of the new one, here as in every upgrade.
    let before = machine.main_process();
    install("--replacepkgs");
    machine.is_at_work();
    assert_ne!(machine.main_process(), before);
    machine.knows(&["lin"]);
    let (_, hwctl) =
        machine.sh("systemctl is-enabled hearth-hwctl; systemctl is-active hearth-hwctl");
    assert_eq!(hwctl, "disabled\ninactive\n");

    machine.ok("rpm -e hearth");
    assert_ne!(machine.sh("systemctl is-active hearthd.service").0, Some(0));
    machine.ok("[ ! -e /usr/bin/hearthd ] && [ -f /var/lib/hearth/hearth.db ]");
    install("");
    machine.is_at_work();
    machine.knows(&["lin"]);
}

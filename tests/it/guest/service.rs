//! hearth-hwctl as a service: installed as an operator does it, under Debian's systemd and udev, on a
//! real driver.
//!
//! The guest's clock counts instructions, and jumps while there is nothing to do. So a watchdog's ten
//! seconds take none here, and however busy this machine is, the guest does not notice.

use std::path::{Path, PathBuf};

use super::adt7475::{AUTOMATIC, MANUAL, MODE};
use super::program::{FAN, WITH_A_JUNCTION};
use super::{Boot, Machine};
use crate::support::program;

const CHIP: &str = "/sys/bus/i2c/devices/0-002e/hwmon/hwmon*";
/// What an operator does to install it, from docs/operator.md.
const INSTALL: &str = "
    cd /opt/packaging
    ln /opt/hearth-hwctl /usr/bin/hearth-hwctl
    cp systemd/*.service systemd/*.path /usr/lib/systemd/system/
    cp sysusers/*.conf /usr/lib/sysusers.d/
    cp tmpfiles/*.conf /usr/lib/tmpfiles.d/
    cp udev/*.rules /usr/lib/udev/rules.d/
    mkdir -p /etc/hearth && cp /opt/hwctl.toml /etc/hearth/
    systemd-sysusers hearth-hwctl.conf
    systemd-tmpfiles --create hearth-hwctl.conf
    udevadm control --reload
    udevadm trigger --settle --subsystem-match=hwmon --subsystem-match=powercap";
/// Ours is the first fan of the chip. While there is `/run/hold`, the service does not start.
const TAKE: &str = "
    mkdir -p /etc/systemd/system/hearth-hwctl.service.d
    cat >/etc/systemd/system/hearth-hwctl.service.d/case.conf <<DROP_IN
[Service]
ExecStartPre=/bin/sh -c '[ ! -e /run/hold ]'
DROP_IN
    sed -i 's,^# take = .*,take = \"FAN\",' /etc/hearth/hwctl.toml
    systemctl daemon-reload
    systemctl start hearth-hwctl";

fn guest() -> Option<Machine> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let files: [PathBuf; 3] =
        [program("hearth-hwctl"), here.join("packaging"), here.join("config/hwctl.toml")];
    let mut guest = Machine::with_files(Boot::Systemd, &files)?;
    // The class of hwmon that has a junction takes the place of the real one for the service only.
    guest.sh(INSTALL);
    guest.sh(WITH_A_JUNCTION);
    Some(guest)
}

impl Machine {
    fn start_service(&mut self) {
        let started = self.run(&TAKE.replace("FAN", FAN));
        assert_eq!(started.code, 0, "{}\n{}", started.output, self.journal());
        self.has_the_fan();
    }

    fn has_the_fan(&mut self) {
        self.comes_true(&format!("[ $(i2cget -y -f 0 0x2e {MODE:#04x}) = {MANUAL:#04x} ]"));
        self.comes_true("systemctl -q is-active hearth-hwctl");
    }

    /// Waits in the guest, for a minute of its own time at most.
    pub(super) fn comes_true(&mut self, condition: &str) {
        let script = format!(
            "left=300; until {condition}; do
                left=$((left - 1)); [ $left -gt 0 ] || exit 1; usleep 200000
            done"
        );
        let ran = self.run(&script);
        assert_eq!(ran.code, 0, "never: {condition}\n{}\n{}", ran.output, self.journal());
    }

    fn journal(&mut self) -> String {
        self.run("journalctl --no-pager -o short-monotonic -n 80 -t systemd -t hearth-hwctl").output
    }

    /// Does something, and gives how many seconds of the guest passed until the firmware had the fan.
    fn seconds_until_given_back(&mut self, how: &str) -> f64 {
        let script = format!(
            "now() {{ cut -d' ' -f1 /proc/uptime; }}
            begin=$(now); {how}
            until [ $(i2cget -y -f 0 0x2e {MODE:#04x}) = {AUTOMATIC:#04x} ]; do usleep 20000; done
            echo $begin $(now)"
        );
        let times = self.sh(&script);
        let times: Vec<f64> = times.split(' ').map(|time| time.parse().expect(&script)).collect();
        times[1] - times[0]
    }
}

#[test]
fn the_user_has_the_files_of_the_fan_and_no_others() {
    let Some(mut guest) = guest() else { return };
    let mine = format!("find {CHIP}/ -user hearth-hwctl | sed 's,.*/,,' | sort | tr '\\n' ' '");
    let fans = "pwm1 pwm1_enable pwm2 pwm2_enable pwm3 pwm3_enable";
    assert_eq!(guest.sh(&mine), format!("{fans} "));
    assert_eq!(guest.sh(&format!("stat -c %U:%a {CHIP}/pwm1")), "hearth-hwctl:644");
    // Also of a chip that comes later, and of one whose driver puts them beside it.
    guest.sh("echo 0-002e >/sys/bus/i2c/drivers/adt7475/unbind
        echo 0-002e >/sys/bus/i2c/drivers/adt7475/bind");
    guest.comes_true(&format!("[ \"$({mine})\" = '{fans} ' ]"));
    // No emulated processor has a meter. What the rule does is done to a folder that looks like one.
    guest.sh("mkdir -p /tmp/zone && cd /tmp/zone
        touch energy_uj constraint_0_power_limit_uw constraint_1_power_limit_uw enabled \
            constraint_0_time_window_us max_energy_range_uj uevent
        rule=$(sed -n '/powercap/s/.*RUN+=\"\\(.*\\)\"/\\1/p' /opt/packaging/udev/*.rules)
        eval \"$(echo \"$rule\" | sed 's,/sys$devpath,/tmp/zone,; s,[][()],\\\\&,g')\"");
    let given = "constraint_0_power_limit_uw constraint_1_power_limit_uw enabled energy_uj ";
    let zone = "find /tmp/zone -user hearth-hwctl | sed 's,.*/,,' | sort | tr '\\n' ' '";
    assert_eq!(guest.sh(zone), given);
}

#[test]
fn however_it_ends_the_fan_goes_back_and_the_service_comes_back() {
    let Some(mut guest) = guest() else { return };
    guest.start_service();
    for signal in ["KILL", "SEGV", "ABRT", "STOP", "TERM"] {
        guest.sh("touch /run/hold");
        let mut how = format!("systemctl kill --kill-who=main -s {signal} hearth-hwctl");
        if signal == "SEGV" {
            // Rust takes the first one to see whether it is a stack that is full, and that was no fault.
            how = format!(
                "pid=$(systemctl show -P MainPID hearth-hwctl); {how}
                while kill -SEGV $pid 2>/dev/null; do usleep 20000; done"
            );
        }
        let took = guest.seconds_until_given_back(&how);
        println!("{signal}: given back after {took:.1} s");
        assert!(took <= 10.0, "{signal}: {took} s\n{}", guest.journal());
        guest.sh("rm /run/hold");
        guest.has_the_fan();
    }
    let took = guest.seconds_until_given_back("systemctl stop hearth-hwctl");
    assert!(took <= 10.0, "a clean stop: {took} s\n{}", guest.journal());
    assert_eq!(guest.run("systemctl is-active hearth-hwctl").output, "inactive");
    assert_eq!(guest.show("pwm1_enable"), "2");
    // What it was like is still known when somebody starts it again.
    guest.sh("systemctl start hearth-hwctl");
    guest.has_the_fan();
    let kept = guest.sh("cat /run/hearth-hwctl/originals.json");
    assert!(kept.contains("\"mode\":2"), "{kept}");
}

#[test]
fn it_can_do_nothing_but_its_work() {
    let Some(mut guest) = guest() else { return };
    guest.start_service();
    let journal = guest.journal();
    assert!(journal.contains("files can be written; only the system calls"), "{journal}");
    assert!(!journal.contains("NOT CONFINED"), "{journal}");
    let status = guest.sh("cat /proc/$(systemctl show -P MainPID hearth-hwctl)/status");
    for line in ["CapEff:\t0000000000000000", "CapBnd:\t0000000000000000", "NoNewPrivs:\t1"] {
        assert!(status.contains(line), "{line} is not in {status}");
    }
    assert!(status.contains("Seccomp:\t2") && !status.contains("Uid:\t0\t"), "{status}");
    // A shell in its place, in the unit's own walls.
    guest.sh("systemctl stop hearth-hwctl
        sed -e '/^Exec/d' -e 's/^Type=.*/Type=oneshot/' -e '/^Restart=/d' -e '/^WatchdogSec=/d' \
            -e '/^\\[Service\\]/a ExecStart=/bin/sh /tmp/probe' \
            /usr/lib/systemd/system/hearth-hwctl.service >/etc/systemd/system/probe.service
        sed -i 's/^PrivateTmp=.*//' /etc/systemd/system/probe.service
        systemctl daemon-reload");
    let mut probe = |script: &str| {
        guest.sh(&format!("cat >/tmp/probe <<'PROBE'\n{script}\nPROBE\nchmod 644 /tmp/probe"));
        guest.run("systemctl start probe").code == 0
    };
    assert!(probe(&format!("cd {CHIP} && echo 1 >pwm1_enable && echo 200 >pwm1 && cat pwm1")));
    // Each in a shell of its own, where what can't be opened ends that shell only.
    let denied = [
        format!("echo 90000 >$(echo {CHIP}/temp1_max)"),
        "echo x >/sys/kernel/uevent_helper".to_owned(),
        "echo 1 >/proc/sys/kernel/sysrq".to_owned(),
        "ls /dev/i2c-0".to_owned(),
        "echo x >/etc/motd".to_owned(),
        "echo x >/usr/bin/x".to_owned(),
        "ls /root".to_owned(),
        "reboot -f".to_owned(),
    ];
    let tries = denied.map(|what| format!("({what}) && echo 'it can: {what}' && bad=1"));
    let tried = probe(&format!("{}\n[ -z \"$bad\" ]", tries.join("\n")));
    assert!(tried, "{}", guest.run("journalctl --no-pager -u probe").output);
    assert_eq!(guest.run("ls /dev/i2c-0 && ls /root").code, 0, "they are there for others");
}

#[test]
fn a_fan_that_comes_back_under_another_number_is_taken_again() {
    let Some(mut guest) = guest() else { return };
    guest.start_service();
    let before = guest.sh("systemctl show -P MainPID hearth-hwctl");
    guest.sh("echo 0-002e >/sys/bus/i2c/drivers/adt7475/unbind");
    guest.comes_true("hearth-hwctl status | grep -q '\"junction_c\":null'");
    guest.set_register(MODE, AUTOMATIC);
    guest.sh("echo 0-002e >/sys/bus/i2c/drivers/adt7475/bind");
    guest.has_the_fan();
    // It starts anew, because what it may write is settled at the start.
    assert_ne!(guest.sh("systemctl show -P MainPID hearth-hwctl"), before);
    assert_ne!(
        guest.sh("journalctl --no-pager -u hearth-hwctl | grep -c 'has to start again'"),
        "0"
    );
}

#[test]
fn of_two_controllers_one_ends() {
    let Some(mut guest) = guest() else { return };
    guest.sh("cat >/etc/systemd/system/fancontrol.service <<UNIT
[Service]
ExecStart=/bin/sleep infinity
UNIT");
    guest.start_service();
    guest.sh("systemctl start fancontrol");
    assert_eq!(guest.run("systemctl is-active hearth-hwctl").output, "inactive");
    assert_eq!(guest.register(MODE), AUTOMATIC);
    guest.sh("systemctl start hearth-hwctl");
    guest.has_the_fan();
    assert_eq!(guest.run("systemctl is-active fancontrol").output, "inactive");
}

#[test]
fn as_root_it_needs_no_capability() {
    let Some(mut guest) = guest() else { return };
    guest.sh("rm /usr/lib/udev/rules.d/60-hearth-hwctl.rules
        udevadm control --reload
        find /sys/bus/i2c/devices/0-002e/ -user hearth-hwctl -exec chown root {} +
        mkdir -p /etc/systemd/system/hearth-hwctl.service.d
        cp /opt/packaging/systemd/hearth-hwctl-root.conf /etc/systemd/system/hearth-hwctl.service.d/");
    guest.start_service();
    let status = guest.sh("cat /proc/$(systemctl show -P MainPID hearth-hwctl)/status");
    assert!(status.contains("Uid:\t0\t") && status.contains("CapEff:\t0000000000000000"));
    let how = "systemctl kill --kill-who=main -s KILL hearth-hwctl; touch /run/hold";
    let took = guest.seconds_until_given_back(how);
    assert!(took <= 10.0, "{took} s\n{}", guest.journal());
}

#[test]
fn it_asks_for_power_off_and_only_it_is_heard() {
    let Some(mut guest) = guest() else { return };
    guest.start_service();
    guest.sh("systemctl start hearth-poweroff.path");
    // Somebody else's file, and what is no file.
    let request = "/run/hearth-hwctl/poweroff";
    for other in ["touch R.new; chown nobody R.new; mv R.new R", "ln -s /etc/passwd R", "mkdir R"] {
        guest.sh(&other.replace('R', request));
        let result = "$(systemctl show -P Result hearth-poweroff.service)";
        guest.comes_true(&format!("[ {result} = exec-condition ]"));
        guest.sh(&format!(
            "rm -rf {request}; systemctl reset-failed; systemctl restart hearth-poweroff.path"
        ));
    }
    guest.ends_by(&format!("su -s /bin/sh hearth-hwctl -c 'echo >{request}'"));
}

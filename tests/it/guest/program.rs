//! hearth-hwctl itself on real drivers: what it finds, that it cools, and that the fan goes back to the
//! firmware however it ends.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::adt7475::{AUTOMATIC, MANUAL, MODE, SHOWN};
use super::closed_loop::Hardware;
use super::zoo::{ADM1031, F75375, LM63, NCT7802};
use super::{Boot, Machine};
use crate::support::program;

pub(super) const FAN: &str = "sys/devices/i2c-0/0-002e:adt7475:pwm1";

/// No emulated processor has a sensor. So the chip's first temperature is shown under the name of one,
/// in a class of hwmon that has these two.
pub(super) const WITH_A_JUNCTION: &str = "
    chip=../../devices/i2c-0/0-002e/hwmon/hwmon0
    mkdir -p /run/hwmon/hwmon9 /run/hearth-hwctl && cd /run/hwmon
    ln -s $chip hwmon0
    ln -s ../$chip/temp1_input hwmon9/temp1_input
    echo coretemp >hwmon9/name
    echo 'Package id 0' >hwmon9/temp1_label
    echo 100000 >hwmon9/temp1_crit
    mount --bind /run/hwmon /sys/class/hwmon";

/// A guest with the program in it.
pub(crate) fn guest() -> Option<Machine> {
    let programs: [PathBuf; 1] = [program("hearth-hwctl")];
    Machine::with_files(Boot::Shell, &programs)
}

impl Machine {
    pub(crate) fn with_a_junction(&mut self) {
        self.sh(WITH_A_JUNCTION);
    }

    /// Starts the program, and waits until it has the fan.
    pub(crate) fn take_fan(&mut self) {
        self.sh(&format!(
            "/opt/hearth-hwctl run --take {FAN} >/tmp/hwctl.log 2>&1 & echo $! >/tmp/pid"
        ));
        self.until("the fan is taken", |guest| guest.register(MODE) == MANUAL);
    }

    /// Sends a signal, and waits for the program's end.
    pub(crate) fn end_by(&mut self, signal: &str) {
        self.sh(&format!("kill -{signal} $(cat /tmp/pid)"));
        self.becomes("ls -d /proc/$(cat /tmp/pid) 2>/dev/null", "", SHOWN);
    }

    pub(crate) fn until(&mut self, what: &str, holds: impl Fn(&mut Self) -> bool) {
        let begin = Instant::now();
        while !holds(self) {
            let log = "cat /tmp/hwctl.log; /opt/hearth-hwctl status";
            let waited = begin.elapsed();
            assert!(
                waited < 3 * SHOWN,
                "not within {waited:.0?}: {what}\n{}",
                self.run(log).output
            );
            std::thread::sleep(Duration::from_millis(200));
        }
    }

    /// A figure of the program's status; null while it does not answer.
    pub(crate) fn status(&mut self, name: &str) -> Value {
        let line = self.run("/opt/hearth-hwctl status").output;
        let status: Value = serde_json::from_str(&line).unwrap_or_default();
        status.get(name).cloned().unwrap_or_default()
    }

    /// A figure of the fan that is ours, or of the first.
    fn fan(&mut self, name: &str) -> Value {
        self.status("fans")[0][name].clone()
    }

    /// The fans as `list` tells them: driver, channel, whether there is a mode, whether a tachometer.
    fn fans(&mut self) -> Vec<(String, String, bool, bool)> {
        let list: Value = serde_json::from_str(&self.sh("/opt/hearth-hwctl list")).expect("JSON");
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let fan = |fan: &Value| {
            let key = &fan["key"];
            let has = |what: &str| fan[what].is_string();
            (text(&key["driver"]), text(&key["channel"]), has("enable"), has("tach"))
        };
        list["fans"].as_array().expect("fans").iter().map(fan).collect()
    }
}

#[test]
fn it_finds_the_fans_of_new_and_old_drivers_and_knows_them_again() {
    let Some(mut guest) = guest() else { return };
    let before = guest.fans();
    for chip in [&F75375, &NCT7802, &LM63, &ADM1031] {
        guest.bind(chip);
    }
    let all = guest.fans();
    for (driver, channel, enable, tach) in [
        ("adt7475", "pwm1", true, true),
        ("f75375", "pwm2", true, true),
        ("nct7802", "pwm3", true, false),
        ("adm1031", "pwm1", false, true),
    ] {
        let fan = (driver.to_owned(), channel.to_owned(), enable, tach);
        assert!(all.contains(&fan), "{fan:?} is not in {all:?}");
    }
    assert!(all.iter().any(|fan| fan.0 == "lm63" && fan.2), "{all:?}");
    assert!(before.iter().all(|fan| all.contains(fan)), "{before:?} is not in {all:?}");
    // Under another number the same key finds the chip.
    guest.sh("echo 0-002e >/sys/bus/i2c/drivers/adt7475/unbind
        modprobe adt7470 && echo adt7470 0x2f >/sys/bus/i2c/devices/i2c-0/new_device
        echo 0-002e >/sys/bus/i2c/drivers/adt7475/bind");
    assert_ne!(guest.sh("cat /sys/class/hwmon/hwmon0/name"), "adt7475");
    guest.sh("mkdir -p /run/hearth-hwctl");
    guest.take_fan();
}

#[test]
fn it_cools_what_works_and_answers_to_more_heat() {
    let Some(mut guest) = guest() else { return };
    let hardware = Hardware::start(guest.bus(), 20.0);
    guest.with_a_junction();
    guest.take_fan();
    guest.until("the duty is applied", |guest| guest.fan("outcome") == "applied");
    assert_eq!(guest.status("controlled_by"), "hwctl");
    let before = guest.register(super::adt7475::DUTY);
    hardware.work(75.0);
    guest.until("more air", |guest| {
        assert!(hardware.junction_c() < 95.0, "{}", hardware.junction_c());
        guest.register(super::adt7475::DUTY) > before.saturating_add(20)
    });
    guest.until("the fan is faster", |guest| guest.fan("rpm").as_f64() > Some(1_500.0));
}

#[test]
fn however_it_ends_the_fan_goes_back_to_the_firmware() {
    let Some(mut guest) = guest() else { return };
    guest.with_a_junction();
    guest.take_fan();
    guest.end_by("TERM");
    assert_eq!(guest.register(MODE), AUTOMATIC, "a clean stop needs nobody's help");
    for signals in ["KILL", "ABRT", "ILL", "STOP $(cat /tmp/pid); kill -KILL"] {
        guest.take_fan();
        guest.end_by(signals);
        assert_eq!(guest.register(MODE), MANUAL, "{signals} leaves the fan in our hands");
        guest.sh("/opt/hearth-hwctl restore");
        assert_eq!(guest.register(MODE), AUTOMATIC, "{signals}");
        assert_eq!(guest.show("pwm1_enable"), "2");
    }
}

#[test]
fn it_takes_a_stolen_fan_back() {
    let Some(mut guest) = guest() else { return };
    let _hardware = Hardware::start(guest.bus(), 20.0);
    guest.with_a_junction();
    guest.take_fan();
    guest.until("the duty is applied", |guest| guest.fan("outcome") == "applied");
    guest.set_register(MODE, AUTOMATIC);
    guest.until("the fan is ours again", |guest| guest.register(MODE) == MANUAL);
}

#[test]
fn a_fan_that_was_lost_is_taken_again_when_it_comes_back() {
    let Some(mut guest) = guest() else { return };
    guest.with_a_junction();
    guest.take_fan();
    guest.sh("echo 0-002e >/sys/bus/i2c/drivers/adt7475/unbind");
    guest.until("the loss is seen", |guest| guest.status("junction_c").is_null());
    guest.set_register(MODE, AUTOMATIC);
    guest.sh("echo 0-002e >/sys/bus/i2c/drivers/adt7475/bind");
    // What it may write was settled at its start; a supervisor starts it again.
    guest.becomes("ls -d /proc/$(cat /tmp/pid) 2>/dev/null", "", SHOWN);
    let log = guest.sh("cat /tmp/hwctl.log");
    assert!(log.contains("has to start again"), "{log}");
    guest.take_fan();
    guest.end_by("TERM");
    assert_eq!(guest.register(MODE), AUTOMATIC);
}

#[test]
fn a_second_one_leaves_the_fan_to_the_first() {
    let Some(mut guest) = guest() else { return };
    guest.with_a_junction();
    guest.take_fan();
    let second = guest.run(&format!("/opt/hearth-hwctl run --take {FAN}"));
    assert!(second.code != 0 && second.output.contains("another hearth-hwctl"), "{second:?}");
    assert_eq!(guest.register(MODE), MANUAL);
    guest.end_by("TERM");
    assert_eq!(guest.register(MODE), AUTOMATIC);
}

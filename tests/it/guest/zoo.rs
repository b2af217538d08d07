//! Seven other chips, each with a habit of its own that a fan controller has to know.

use super::Machine;
use super::adt7475::SHOWN;

/// A chip of the bus: its driver, the name it is bound by, its address.
pub(crate) struct Chip(&'static str, &'static str, &'static str);

pub(crate) const F75375: Chip = Chip("f75375s", "f75375", "2d");
pub(crate) const NCT7802: Chip = Chip("nct7802", "nct7802", "28");
const ADT7470: Chip = Chip("adt7470", "adt7470", "2f");
const EMC2103: Chip = Chip("emc2103", "emc2103", "2a");
pub(crate) const LM63: Chip = Chip("lm63", "lm63", "4c");
const AMC6821: Chip = Chip("amc6821", "amc6821", "18");
pub(crate) const ADM1031: Chip = Chip("adm1031", "adm1031", "2c");

impl Machine {
    pub(crate) fn bind(&mut self, Chip(driver, name, address): &Chip) {
        self.sh(&format!(
            "modprobe {driver} && echo {name} 0x{address} >/sys/bus/i2c/devices/i2c-0/new_device"
        ));
    }

    /// The chip's files of fans in its hwmon folder (or in that folder's device, for the drivers of
    /// old), of those asked for.
    fn files(&mut self, Chip(_, _, address): &Chip, folder: &str) -> String {
        let wanted = "name fan1_input fan1_target pwm1 pwm1_enable pwm1_mode pwm2";
        self.sh(&format!(
            "cd /sys/bus/i2c/devices/0-00{address}/hwmon/hwmon*/{folder}
            for file in {wanted}; do [ ! -e $file ] || printf '%s ' $file; done"
        ))
    }

    /// Writes a value; the kernel's refusal is `!`. Then what the file shows.
    fn write_read(&mut self, Chip(_, _, address): &Chip, file: &str, value: &str) -> String {
        self.sh(&format!(
            "cd /sys/bus/i2c/devices/0-00{address}/hwmon/hwmon*
            echo {value} 2>/dev/null >{file} || printf '!'
            cat {file}"
        ))
    }
}

#[test]
fn what_fan_files_there_are_differs_from_chip_to_chip() {
    let Some(mut guest) = Machine::restore() else { return };
    // A tachometer on the pin that could be an alarm.
    guest.sh("i2cset -y -f 0 0x4c 0x03 0x04 b");
    let expected = [
        (&F75375, "", ""),
        (&F75375, "device", "name fan1_input fan1_target pwm1 pwm1_enable pwm1_mode pwm2"),
        (&NCT7802, "", "name pwm1 pwm1_enable pwm1_mode pwm2"),
        (&ADT7470, "", "name fan1_input pwm1 pwm1_enable pwm2"),
        (&EMC2103, "", "name fan1_input fan1_target pwm1_enable"),
        (&LM63, "", "name fan1_input pwm1 pwm1_enable"),
        (&AMC6821, "", "name fan1_input pwm1 pwm1_enable"),
        (&ADM1031, "", "name fan1_input pwm1 pwm2"),
    ];
    let mut bound = "";
    for (chip, folder, files) in expected {
        if bound != chip.1 {
            guest.bind(chip);
            bound = chip.1;
        }
        assert_eq!(guest.files(chip, folder).trim_end(), files, "{} {folder}", chip.1);
    }
}

#[test]
fn most_chips_refuse_mode_0() {
    let Some(mut guest) = Machine::restore() else { return };
    for chip in [&NCT7802, &LM63, &AMC6821] {
        guest.bind(chip);
        assert!(guest.write_read(chip, "pwm1_enable", "0").starts_with('!'), "{}", chip.1);
        assert_eq!(guest.write_read(chip, "pwm1_enable", "1"), "1", "{}", chip.1);
    }
    assert!(guest.write_read(&AMC6821, "pwm1_enable", "4").starts_with('!'));
}

#[test]
fn a_coarse_chip_rounds_the_duty() {
    let Some(mut guest) = Machine::restore() else { return };
    guest.bind(&LM63);
    assert_eq!(guest.write_read(&LM63, "pwm1_enable", "1"), "1");
    assert_eq!(guest.write_read(&LM63, "pwm1", "130"), "128");
    guest.bind(&NCT7802);
    assert_eq!(guest.write_read(&NCT7802, "pwm1_enable", "1"), "1");
    assert_eq!(guest.write_read(&NCT7802, "pwm1", "130"), "130");
}

#[test]
fn a_driver_may_show_the_mode_from_before_the_write() {
    let Some(mut guest) = Machine::restore() else { return };
    guest.sh("i2cset -y -f 0 0x18 0x3d 0x21 b; i2cset -y -f 0 0x18 0x3e 0x49 b");
    guest.bind(&AMC6821);
    assert_eq!(guest.write_read(&AMC6821, "pwm1_enable", "1"), "1");
    let mode = "cat /sys/bus/i2c/devices/0-0018/hwmon/hwmon*/pwm1_enable";
    guest.becomes(mode, "1", SHOWN);
    // The driver remembers for six seconds; a pause of the machine may be longer, but hardly ten times.
    let old = format!(
        "cd /sys/bus/i2c/devices/0-0018/hwmon/hwmon*
        for try in 0 1 2 3 4 5 6 7 8 9; do
          echo 1 >pwm1_enable; sleep 8; cat pwm1_enable >/dev/null
          echo 2 >pwm1_enable; [ $({mode}) = 1 ] && exit 0
        done; exit 1"
    );
    guest.sh(&old);
    guest.becomes(mode, "2", SHOWN);
}

//! What Linux makes of a write to a fan: the facts on which hearth-hwctl's write protocol and its table
//! of quirks rest. One that changes in a new kernel fails here, by name.

use super::Machine;
use super::adt7475::{AUTOMATIC, DUTY, FORGET, MANUAL, MODE, SHOWN, TEMPERATURE};

#[test]
fn in_automatic_mode_a_duty_is_accepted_and_ignored() {
    let Some(mut guest) = Machine::restore() else { return };
    assert_eq!(guest.show("pwm1_enable"), "2");
    assert_eq!(guest.store("pwm1", "200"), Ok(()));
    guest.sh(FORGET);
    assert_eq!((guest.show("pwm1").as_str(), guest.register(DUTY)), ("128", 128));
}

#[test]
fn in_manual_mode_a_duty_reaches_the_chip() {
    let Some(mut guest) = Machine::restore() else { return };
    assert_eq!(guest.store("pwm1_enable", "1"), Ok(()));
    assert_eq!(guest.register(MODE), MANUAL);
    assert_eq!(guest.store("pwm1", "200"), Ok(()));
    assert_eq!((guest.show("pwm1").as_str(), guest.register(DUTY)), ("200", 200));
}

#[test]
fn a_duty_out_of_range_is_clamped_without_a_word_and_garbage_refused() {
    let Some(mut guest) = Machine::restore() else { return };
    assert_eq!(guest.store("pwm1_enable", "1"), Ok(()));
    for (asked, given) in [("999", 255), ("-5", 0), ("77", 77)] {
        assert_eq!(guest.store("pwm1", asked), Ok(()), "{asked}");
        assert_eq!(guest.register(DUTY), given, "{asked}");
    }
    for garbage in ["abc", " 12", "12 34", "0x20", "99999999999999999999"] {
        let refused = guest.store("pwm1", garbage);
        let refused = refused.expect_err(garbage);
        assert!(refused.contains("write error"), "{garbage}: {refused}");
        assert_eq!(guest.register(DUTY), 77, "{garbage}");
    }
}

#[test]
fn mode_0_is_full_speed_although_the_duty_reads_as_before_and_mode_5_is_refused() {
    let Some(mut guest) = Machine::restore() else { return };
    assert_eq!(guest.store("pwm1_enable", "1"), Ok(()));
    assert_eq!(guest.store("pwm1", "100"), Ok(()));
    assert_eq!(guest.store("pwm1_enable", "0"), Ok(()));
    assert_eq!(guest.register(MODE) >> 5, 3, "the chip's full speed");
    guest.sh(FORGET);
    assert_eq!((guest.show("pwm1_enable").as_str(), guest.show("pwm1").as_str()), ("0", "100"));
    let refused = guest.store("pwm1_enable", "5").expect_err("there is no mode 5");
    assert!(refused.contains("Invalid argument"), "{refused}");
}

#[test]
fn a_stolen_mode_still_reads_as_ours_while_every_write_is_lost() {
    let Some(mut guest) = Machine::restore() else { return };
    assert_eq!(guest.store("pwm1_enable", "1"), Ok(()));
    assert_eq!(guest.store("pwm1", "200"), Ok(()));
    guest.set_register(MODE, AUTOMATIC);
    guest.set_register(DUTY, 64);
    guest.shows("pwm1", "64");
    assert_eq!(guest.show("pwm1_enable"), "1", "the mode that the driver remembers");
    assert_eq!(guest.store("pwm1", "150"), Ok(()));
    guest.sh(FORGET);
    // The duty is the only trace of it.
    assert_eq!((guest.register(DUTY), guest.show("pwm1_enable").as_str()), (64, "1"));
    assert_eq!(guest.store("pwm1_enable", "1"), Ok(()), "saying it again is the cure");
    assert_eq!(guest.register(MODE), MANUAL);
    assert_eq!(guest.store("pwm1", "150"), Ok(()));
    assert_eq!(guest.register(DUTY), 150);
}

#[test]
fn a_reading_may_be_two_seconds_old() {
    let Some(mut guest) = Machine::restore() else { return };
    // A pause of the machine may fall between the two reads, but hardly ten times.
    let old = "cd /sys/bus/i2c/devices/0-002e/hwmon/hwmon*
        for try in 0 1 2 3 4 5 6 7 8 9; do
          i2cset -y -f 0 0x2e 0x25 45 b; sleep 3
          before=$(cat temp1_input); i2cset -y -f 0 0x2e 0x25 90 b; after=$(cat temp1_input)
          [ $before = 45000 ] && [ $after = 45000 ] && exit 0
        done; exit 1";
    guest.sh(old);
    guest.shows("temp1_input", "90000");
    assert_eq!(guest.register(TEMPERATURE), 90);
}

#[test]
fn a_fan_that_stands_reads_as_zero() {
    let Some(mut guest) = Machine::restore() else { return };
    assert_eq!(guest.show("fan1_input"), "2076");
    guest.sh("i2cset -y -f 0 0x2e 0x28 0xff 0xff i");
    guest.shows("fan1_input", "0");
}

#[test]
fn a_lost_chip_is_enodev_where_it_was_open_and_comes_back_as_it_was() {
    let Some(mut guest) = Machine::restore() else { return };
    assert_eq!(guest.store("pwm1_enable", "1"), Ok(()));
    assert_eq!(guest.store("pwm1", "180"), Ok(()));
    let lost = guest.run(
        "cd /sys/bus/i2c/devices/0-002e/hwmon/hwmon*; exec 5<temp1_input; read celsius <&5
        echo 0-002e >/sys/bus/i2c/drivers/adt7475/unbind
        read celsius <&5; cat <&5",
    );
    assert!(lost.code != 0 && lost.output.contains("No such device"), "{lost:?}");
    let gone = guest.run("ls /sys/class/hwmon /sys/bus/i2c/devices/0-002e/hwmon");
    assert!(gone.output.contains("No such file"), "{gone:?}");
    guest.sh("echo 0-002e >/sys/bus/i2c/drivers/adt7475/bind");
    assert_eq!((guest.show("pwm1_enable").as_str(), guest.show("pwm1").as_str()), ("1", "180"));
}

#[test]
fn a_chip_that_comes_back_may_have_another_number() {
    let Some(mut guest) = Machine::restore() else { return };
    let device = guest.sh("readlink -f /sys/class/hwmon/hwmon0/device");
    guest.sh("echo 0-002e >/sys/bus/i2c/drivers/adt7475/unbind
        modprobe nct7802 && echo nct7802 0x28 >/sys/bus/i2c/devices/i2c-0/new_device
        echo 0-002e >/sys/bus/i2c/drivers/adt7475/bind");
    guest.becomes("cat /sys/class/hwmon/hwmon0/name", "nct7802", SHOWN);
    assert_eq!(guest.sh("cat /sys/class/hwmon/hwmon1/name"), "adt7475");
    assert_eq!(guest.sh("readlink -f /sys/class/hwmon/hwmon1/device"), device, "what stays");
}

//! The chip that every guest has: its files in /sys, and the registers behind them.

use std::time::Duration;

use super::Machine;

/// The fan's duty, 0 to 255.
pub(crate) const DUTY: u8 = 0x30;
/// The upper three bits are the fan's mode: 7 is manual.
pub(crate) const MODE: u8 = 0x5c;
/// A mode in which the chip follows its first temperature, and the one in which it obeys.
pub(crate) const AUTOMATIC: u8 = 0x02;
pub(crate) const MANUAL: u8 = 0xe2;
/// The first temperature, in degrees.
pub(crate) const TEMPERATURE: u8 = 0x25;
/// The first fan's period, low byte first: 5400000/rpm.
pub(crate) const TACH: u8 = 0x28;

/// Time for what the driver remembers for two seconds to be read anew, on a busy machine.
pub(crate) const SHOWN: Duration = Duration::from_secs(60);
/// A script's pause that is surely longer than the driver's memory.
pub(crate) const FORGET: &str = "sleep 3";

const FOLDER: &str = "/sys/bus/i2c/devices/0-002e/hwmon/hwmon*";

impl Machine {
    /// What a file of the chip shows.
    pub(crate) fn show(&mut self, file: &str) -> String {
        self.sh(&format!("cat {FOLDER}/{file}"))
    }

    /// Waits until a file shows this.
    pub(crate) fn shows(&mut self, file: &str, wanted: &str) {
        self.becomes(&format!("cat {FOLDER}/{file}"), wanted, SHOWN);
    }

    /// Writes to a file of the chip. The kernel's refusal comes as `echo` tells it; `printf` would not.
    pub(crate) fn store(&mut self, file: &str, value: &str) -> Result<(), String> {
        let ran = self.run(&format!("cd {FOLDER} && echo -n '{value}' >{file}"));
        if ran.code == 0 { Ok(()) } else { Err(ran.output) }
    }

    pub(crate) fn register(&mut self, register: u8) -> u8 {
        let shown = self.sh(&format!("i2cget -y -f 0 0x2e {register:#04x}"));
        let digits = shown.strip_prefix("0x").expect("hexadecimal");
        u8::from_str_radix(digits, 16).expect("a byte")
    }

    pub(crate) fn set_register(&mut self, register: u8, value: u8) {
        self.sh(&format!("i2cset -y -f 0 0x2e {register:#04x} {value} b"));
    }
}

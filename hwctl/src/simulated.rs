//! A folder that looks like a machine to this program: for tests, drills and looking around.
//!
//! Its files are ordinary ones. By itself nothing warms, and a fan does not turn faster; [`live`] puts the
//! model of [`plant`] behind them, which is also what the simulator measures controllers with.

pub mod live;
pub mod plant;

use std::fs;
use std::io;
use std::os::unix::fs::symlink;
use std::path::Path;

/// The fan's mode, beneath the folder; 2 is the firmware's.
pub const MODE: &str = "sys/devices/i2c-0/0-002e/hwmon/hwmon1/pwm1_enable";
/// The fan's duty.
pub const DUTY: &str = "sys/devices/i2c-0/0-002e/hwmon/hwmon1/pwm1";
/// The processor's temperature, in millidegrees.
pub const JUNCTION: &str = "sys/devices/platform/coretemp.0/hwmon/hwmon0/temp1_input";
/// The package's limit, in microwatts; 46 W are the firmware's.
pub const LIMIT: &str = "sys/class/powercap/intel-rapl:0/constraint_0_power_limit_uw";
/// What the firmware's limit is.
pub const LIMIT_UW: &str = "46000000";
/// The same for the first seconds of a burst: 56 W.
pub const SHORT_LIMIT: &str = "sys/class/powercap/intel-rapl:0/constraint_1_power_limit_uw";
/// What the firmware's limit for bursts is.
pub const SHORT_LIMIT_UW: &str = "56000000";
/// The fan's key.
pub const FAN: &str = "sys/devices/i2c-0/0-002e:adt7475:pwm1";

const FILES: [(&str, &str); 25] = [
    ("sys/devices/platform/coretemp.0/hwmon/hwmon0/name", "coretemp\n"),
    (JUNCTION, "45000\n"),
    ("sys/devices/platform/coretemp.0/hwmon/hwmon0/temp1_label", "Package id 0\n"),
    ("sys/devices/platform/coretemp.0/hwmon/hwmon0/temp1_crit", "100000\n"),
    ("sys/devices/i2c-0/0-002e/hwmon/hwmon1/name", "adt7475\n"),
    (DUTY, "128\n"),
    (MODE, "2\n"),
    ("sys/devices/i2c-0/0-002e/hwmon/hwmon1/fan1_input", "1500\n"),
    ("sys/class/powercap/intel-rapl:0/name", "package-0\n"),
    ("sys/class/powercap/intel-rapl:0/energy_uj", "1000000\n"),
    ("sys/class/powercap/intel-rapl:0/max_energy_range_uj", "262143328850\n"),
    ("sys/class/powercap/intel-rapl:0/enabled", "1\n"),
    ("sys/class/powercap/intel-rapl:0/constraint_0_name", "long_term\n"),
    (LIMIT, "46000000\n"),
    ("sys/class/powercap/intel-rapl:0/constraint_0_max_power_uw", "65000000\n"),
    ("sys/class/powercap/intel-rapl:0/constraint_0_time_window_us", "27983872\n"),
    ("sys/class/powercap/intel-rapl:0/constraint_1_name", "short_term\n"),
    (SHORT_LIMIT, "56000000\n"),
    ("sys/class/powercap/intel-rapl:0/constraint_1_max_power_uw", "0\n"),
    ("sys/class/powercap/intel-rapl:0/constraint_1_time_window_us", "2440\n"),
    ("sys/class/dmi/id/board_vendor", "Maker\n"),
    ("sys/class/dmi/id/board_name", "Board 1\n"),
    ("proc/stat", "cpu  10 0 20 60 5 1 2 2 7 0\n"),
    ("proc/meminfo", "MemTotal: 16000000 kB\nMemFree: 1000000 kB\nMemAvailable: 4000000 kB\n"),
    ("sys/devices/system/cpu/cpufreq/policy0/scaling_cur_freq", "3400000\n"),
];

const LINKS: [(&str, &str); 4] = [
    ("sys/devices/platform/coretemp.0/hwmon/hwmon0/device", "../.."),
    ("sys/class/hwmon/hwmon0", "../../devices/platform/coretemp.0/hwmon/hwmon0"),
    ("sys/devices/i2c-0/0-002e/hwmon/hwmon1/device", "../.."),
    ("sys/class/hwmon/hwmon1", "../../devices/i2c-0/0-002e/hwmon/hwmon1"),
];

/// Makes an office machine of the folder: a processor with a sensor and an energy meter, and a chip
/// with one fan that the firmware drives.
///
/// # Errors
///
/// As the folder refuses.
pub fn office(folder: &Path) -> io::Result<()> {
    for (path, text) in FILES {
        fs::write(prepared(folder, path)?, text)?;
    }
    for (path, to) in LINKS {
        symlink(to, prepared(folder, path)?)?;
    }
    Ok(())
}

fn prepared(folder: &Path, path: &str) -> io::Result<std::path::PathBuf> {
    let path = folder.join(path);
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent)?;
    }
    Ok(path)
}

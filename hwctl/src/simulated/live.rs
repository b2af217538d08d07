//! A simulated machine that lives: the plant behind the files, four times a second.
//!
//! It warms as it works, and cools as its fan turns. It works as hard as the real machine under it does
//! at that moment, and now and then somebody in the office asks something. Its files say what a real
//! machine's would: a temperature with noise, in steps and late, an energy counter that wraps, limits of
//! power that hold, and a fan as an adt7475 shows it: in manual mode it obeys `pwm1`, in automatic mode the
//! firmware drives it and what was written to `pwm1` is gone.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::{FileExt as _, symlink};
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use super::plant::{Build, IDLE_W, Noise, Plant, SHORT_W, STEP_S};
use super::{DUTY, JUNCTION, MODE, office, prepared};
use crate::load::LoadMeter;
use crate::sysfs::{Root, parse};
use crate::units::Duty;

const STEP: Duration = Duration::from_millis(250);
/// Steps owed after a pause; more are forgotten, as if the machine had slept.
const STEPS_OWED_MAX: u32 = 40;

const TACH: &str = "sys/devices/i2c-0/0-002e/hwmon/hwmon1/fan1_input";
const ENERGY: &str = "sys/class/powercap/intel-rapl:0/energy_uj";
const LONG_LIMIT: &str = "sys/class/powercap/intel-rapl:0/constraint_0_power_limit_uw";
const SHORT_LIMIT: &str = "sys/class/powercap/intel-rapl:0/constraint_1_power_limit_uw";
const DRIVE: &str = "sys/devices/pci0000:00/0000:00:1d.0/nvme/nvme0/hwmon2/temp1_input";
const STAT: &str = "proc/stat";
const MEMORY: &str = "proc/meminfo";
const FREQUENCY: &str = "sys/devices/system/cpu/cpufreq/policy0/scaling_cur_freq";

/// The share of the processor that commissioning wants to be busy.
const LOAD: &str = "load";

const MORE: [(&str, &str); 17] = [
    (LOAD, "0.00\n"),
    (LONG_LIMIT, "46000000\n"),
    ("sys/class/powercap/intel-rapl:0/constraint_0_name", "long_term\n"),
    ("sys/class/powercap/intel-rapl:0/constraint_0_time_window_us", "27983872\n"),
    (SHORT_LIMIT, "56000000\n"),
    ("sys/class/powercap/intel-rapl:0/constraint_1_name", "short_term\n"),
    ("sys/class/powercap/intel-rapl:0/constraint_1_time_window_us", "2440\n"),
    (DRIVE, "35850\n"),
    ("sys/devices/pci0000:00/0000:00:1d.0/nvme/nvme0/hwmon2/name", "nvme\n"),
    ("sys/devices/pci0000:00/0000:00:1d.0/nvme/nvme0/hwmon2/temp1_label", "Composite\n"),
    ("sys/devices/pci0000:00/0000:00:1d.0/nvme/nvme0/hwmon2/temp1_max", "81850\n"),
    ("sys/devices/pci0000:00/0000:00:1d.0/nvme/nvme0/hwmon2/temp1_crit", "84850\n"),
    (FREQUENCY, "800000\n"),
    ("sys/devices/system/cpu/cpufreq/policy0/scaling_max_freq", "3900000\n"),
    ("sys/devices/system/cpu/cpufreq/policy0/cpuinfo_max_freq", "3900000\n"),
    ("sys/devices/system/cpu/cpufreq/policy0/cpuinfo_min_freq", "800000\n"),
    (MEMORY, "MemTotal:       16000000 kB\nMemAvailable:    9000000 kB\n"),
];
const MORE_LINKS: [(&str, &str); 2] = [
    ("sys/devices/pci0000:00/0000:00:1d.0/nvme/nvme0/hwmon2/device", ".."),
    ("sys/class/hwmon/hwmon2", "../../devices/pci0000:00/0000:00:1d.0/nvme/nvme0/hwmon2"),
];

/// Where the energy counter wraps.
const ENERGY_RANGE_UJ: f64 = 262_143_328_850.0;
/// How long the short-term limit of power holds.
const SHORT_S: f64 = 28.0;
/// A processor of four cores, in ticks of a hundredth of a second.
const TICKS_PER_S: f64 = 400.0;
/// Somebody asks something about so often, for about so long.
const PAUSE_S: f64 = 45.0;
const QUESTION_S: (f64, f64) = (3.0, 14.0);
const QUESTION_LOAD: (f64, f64) = (0.3, 0.95);
/// The firmware's curve.
const FIRMWARE_C: (f64, f64) = (45.0, 85.0);
const FIRMWARE_PWM: (f64, f64) = (64.0, 255.0);

/// Chance, from a seed (splitmix64).
#[derive(Clone, Copy, Debug)]
struct Chance(u64);

impl Chance {
    /// From 0 up to, but not including, 1.
    fn unit(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
    }

    fn between(&mut self, (low, high): (f64, f64)) -> f64 {
        low + (high - low) * self.unit()
    }
}

impl Noise for Chance {
    /// By Box and Muller.
    fn normal(&mut self) -> f64 {
        let radius = (-2.0 * (1.0 - self.unit()).ln()).sqrt();
        radius * (std::f64::consts::TAU * self.unit()).cos()
    }
}

/// What people want of the machine: now and then a question.
#[derive(Debug)]
struct People {
    chance: Chance,
    pause_s: f64,
    left_s: f64,
    load: f64,
}

impl People {
    fn load(&mut self) -> f64 {
        if self.left_s > 0.0 {
            self.left_s -= STEP_S;
            return self.load;
        }
        self.pause_s -= STEP_S;
        if self.pause_s <= 0.0 {
            self.pause_s = -(1.0 - self.chance.unit()).ln() * PAUSE_S;
            self.left_s = self.chance.between(QUESTION_S);
            self.load = self.chance.between(QUESTION_LOAD);
        }
        0.02
    }
}

/// One file, written when what it says is new.
#[derive(Debug)]
struct Shown {
    file: File,
    said: String,
}

impl Shown {
    fn open(folder: &Path, path: &str) -> io::Result<Self> {
        let file = OpenOptions::new().read(true).write(true).open(folder.join(path))?;
        Ok(Self { file, said: String::new() })
    }

    /// In one write and without making it shorter first: a reader never finds it empty, and whatever
    /// follows the first line is not looked at.
    fn say(&mut self, text: String) -> io::Result<()> {
        if text != self.said {
            self.file.write_all_at(text.as_bytes(), 0)?;
            self.said = text;
        }
        Ok(())
    }

    fn ratio(&self) -> f64 {
        let mut bytes = [0; 8];
        let length = self.file.read_at(&mut bytes, 0).unwrap_or_default();
        let text = std::str::from_utf8(&bytes[..length]).unwrap_or_default();
        text.lines().next().and_then(|line| line.parse().ok()).unwrap_or_default()
    }

    fn number(&self) -> Option<i64> {
        let mut bytes = [0; 32];
        let length = self.file.read_at(&mut bytes, 0).ok()?;
        parse::integer(&bytes[..length]).ok()
    }
}

/// The machine behind the files.
#[derive(Debug)]
struct Machine {
    plant: Plant<Chance>,
    people: People,
    host: LoadMeter,
    host_load: f64,
    host_memory: Option<File>,
    steps: u64,
    burst_s: f64,
    energy_uj: f64,
    busy: f64,
    idle: f64,
    junction: Shown,
    duty: Shown,
    mode: Shown,
    tach: Shown,
    energy: Shown,
    limits: [Shown; 2],
    drive: Shown,
    stat: Shown,
    memory: Shown,
    frequency: Shown,
    load: Shown,
}

impl Machine {
    /// Makes the folder anew, cold and in the firmware's hands.
    fn make(folder: &Path, host: &Path, seed: u64) -> io::Result<Self> {
        match fs::remove_dir_all(folder) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        office(folder)?;
        for (path, text) in MORE {
            fs::write(prepared(folder, path)?, text)?;
        }
        for (path, to) in MORE_LINKS {
            symlink(to, prepared(folder, path)?)?;
        }
        let shown = |path| Shown::open(folder, path);
        Ok(Self {
            plant: Plant::new(Build::middle(), Chance(seed)),
            people: People { chance: Chance(!seed), pause_s: 10.0, left_s: 0.0, load: 0.0 },
            host: LoadMeter::open(&Root::new(host)),
            host_load: 0.0,
            // Without it the machine's memory stands still.
            host_memory: File::open(host.join(MEMORY)).ok(),
            steps: 0,
            burst_s: 0.0,
            energy_uj: 0.0,
            busy: 0.0,
            idle: 0.0,
            junction: shown(JUNCTION)?,
            duty: shown(DUTY)?,
            mode: shown(MODE)?,
            tach: shown(TACH)?,
            energy: shown(ENERGY)?,
            limits: [shown(LONG_LIMIT)?, shown(SHORT_LIMIT)?],
            drive: shown(DRIVE)?,
            stat: shown(STAT)?,
            memory: shown(MEMORY)?,
            frequency: shown(FREQUENCY)?,
            load: shown(LOAD)?,
        })
    }

    /// A quarter of a second passes.
    fn step(&mut self) -> io::Result<()> {
        if self.steps.is_multiple_of(4) {
            self.host_load = self.host.read().value().unwrap_or(self.host_load);
            self.follow_memory()?;
        }
        self.steps += 1;
        let load = self.people.load().max(self.host_load).max(self.load.ratio()).clamp(0.0, 1.0);
        self.burst_s = if load > 0.5 { self.burst_s + STEP_S } else { 0.0 };
        let wish_w = IDLE_W + load * (SHORT_W - IDLE_W);
        let duty = self.driven();
        let flows = self.plant.step(wish_w, self.limit_w(), duty);
        self.energy_uj =
            (self.energy_uj + (flows.work_w + flows.leak_w) * STEP_S * 1e6) % ENERGY_RANGE_UJ;
        self.busy += load * TICKS_PER_S * STEP_S;
        self.idle += (1.0 - load) * TICKS_PER_S * STEP_S;
        self.tell(load)
    }

    /// How the fan is driven: as told in manual mode, else by the firmware, which then says so.
    fn driven(&mut self) -> Duty {
        let pwm = |shown: &Shown| shown.number().and_then(|pwm| u8::try_from(pwm).ok());
        match self.mode.number() {
            Some(0) => Duty::FULL,
            Some(1) => pwm(&self.duty).map_or(Duty::FULL, Duty::from_pwm),
            _ => {
                let (low, high) = FIRMWARE_C;
                let share = ((self.plant.junction_c - low) / (high - low)).clamp(0.0, 1.0);
                let pwm = FIRMWARE_PWM.0 + share * (FIRMWARE_PWM.1 - FIRMWARE_PWM.0);
                let duty = Duty::new(pwm / 255.0);
                self.duty.said.clear();
                // Whoever took the fan in this moment keeps it.
                let taken = self.mode.number() == Some(1);
                if !taken && let Err(error) = self.duty.say(format!("{}\n", duty.pwm())) {
                    eprintln!("hearth-hwctl: the simulated firmware: {error}");
                }
                duty
            }
        }
    }

    fn limit_w(&self) -> f64 {
        let [long, short] = &self.limits;
        let watts = |shown: &Shown| shown.number().map_or(f64::INFINITY, |uw| uw as f64 / 1e6);
        let long_w = watts(long);
        if self.burst_s < SHORT_S { watts(short).max(long_w) } else { long_w }
    }

    fn follow_memory(&mut self) -> io::Result<()> {
        let Some(host) = &self.host_memory else { return Ok(()) };
        let mut bytes = [0; 512];
        let length = host.read_at(&mut bytes, 0)?;
        let text = String::from_utf8_lossy(&bytes[..length]);
        // Its lines have a fixed width, so that nothing of an earlier one is left at the end.
        let lines: String = text.lines().take(3).map(|line| format!("{line}\n")).collect();
        self.memory.say(lines)
    }

    fn tell(&mut self, load: f64) -> io::Result<()> {
        let shown = self.plant.shown();
        if let Some(celsius) = shown.junction {
            self.junction.say(format!("{:.0}\n", celsius.0 * 1e3))?;
        }
        self.tach.say(format!("{:.0}\n", shown.fan.0))?;
        self.energy.say(format!("{:.0}\n", self.energy_uj))?;
        self.stat.say(format!("cpu  {:.0} 0 0 {:.0} 0 0 0 0 0 0\n", self.busy, self.idle))?;
        let drive_c = self.plant.case_c() + 9.0 + 4.0 * load;
        self.drive.say(format!("{:.0}\n", drive_c.round() * 1e3 - 150.0))?;
        let khz = 800_000.0 + load * 3_100_000.0;
        self.frequency.say(format!("{khz:.0}\n"))
    }
}

/// Makes a machine of the folder and lets it live until the process ends. `host` is the root of the
/// machine whose load it follows.
///
/// # Errors
///
/// As the folder refuses, or if the thread can't be made.
pub fn start(folder: &Path, host: &Path, seed: u64) -> io::Result<()> {
    let mut machine = Machine::make(folder, host, seed)?;
    let live = move || {
        let (mut next, mut said) = (Instant::now(), false);
        loop {
            if let Err(error) = machine.step()
                && !std::mem::replace(&mut said, true)
            {
                eprintln!("hearth-hwctl: the simulated machine: {error}");
            }
            next += STEP;
            let now = Instant::now();
            if now > next + STEP * STEPS_OWED_MAX {
                next = now;
            }
            thread::sleep(next.saturating_duration_since(now));
        }
    };
    thread::Builder::new().name("hwctl-simulated".to_owned()).spawn(live)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn idle() -> (tempfile::TempDir, Machine) {
        let folder = tempfile::tempdir().unwrap();
        let mut machine = Machine::make(folder.path(), Path::new("/no/host"), 7).unwrap();
        machine.people.pause_s = f64::INFINITY;
        (folder, machine)
    }

    fn pass(machine: &mut Machine, seconds: u32) {
        for _ in 0..seconds * 4 {
            machine.step().unwrap();
        }
    }

    #[test]
    fn work_warms_it_and_the_firmware_answers() {
        let (folder, mut machine) = idle();
        pass(&mut machine, 60);
        let before = (machine.junction.number().unwrap(), machine.duty.number().unwrap());
        (machine.people.left_s, machine.people.load) = (600.0, 1.0);
        pass(&mut machine, 300);
        let after = (machine.junction.number().unwrap(), machine.duty.number().unwrap());
        assert!(after.0 > before.0 + 20_000 && after.1 > before.1 + 30, "{before:?} {after:?}");
        assert!(machine.tach.number().unwrap() > 1_500);
        // The long-term limit holds once the burst is over.
        let before_uj = machine.energy.number().unwrap();
        pass(&mut machine, 10);
        let mean_w = (machine.energy.number().unwrap() - before_uj) as f64 / 1e7;
        assert!((44.0..46.5).contains(&mean_w), "{mean_w}");
        // All of it can be found by the program.
        let found = crate::sysfs::discover::Inventory::of(&Root::new(folder.path()));
        assert_eq!((found.temperatures.len(), found.fans.len(), found.power.len()), (2, 1, 1));
        assert!(found.junction().is_some());
    }

    #[test]
    fn a_fan_that_is_taken_obeys_and_one_that_is_not_does_not() {
        let (_folder, mut machine) = idle();
        let write =
            |shown: &Shown, text: &str| shown.file.write_all_at(text.as_bytes(), 0).unwrap();
        write(&machine.duty, "255\n");
        pass(&mut machine, 5);
        assert!(machine.duty.number().unwrap() < 128, "automatic mode forgets what was written");
        write(&machine.mode, "1\n");
        write(&machine.duty, "255\n");
        pass(&mut machine, 10);
        assert_eq!(machine.duty.number(), Some(255));
        assert!(machine.tach.number().unwrap() > 4_000);
        write(&machine.duty, "0\n\n\n");
        pass(&mut machine, 30);
        assert_eq!(machine.tach.number(), Some(0));
        write(&machine.mode, "0\n");
        pass(&mut machine, 20);
        assert!(machine.tach.number().unwrap() > 4_000, "without control it runs at full");
    }

    #[test]
    fn a_limit_of_power_that_is_set_holds() {
        let (_folder, mut machine) = idle();
        for limit in &machine.limits {
            limit.file.write_all_at(b"20000000\n", 0).unwrap();
        }
        (machine.people.left_s, machine.people.load) = (600.0, 1.0);
        pass(&mut machine, 20);
        let before_uj = machine.energy.number().unwrap();
        pass(&mut machine, 10);
        let mean_w = (machine.energy.number().unwrap() - before_uj) as f64 / 1e7;
        assert!((19.0..20.5).contains(&mean_w), "{mean_w}");
    }

    #[test]
    fn somebody_asks_something_now_and_then() {
        let (_folder, mut machine) = idle();
        machine.people.pause_s = 1.0;
        let loads: Vec<f64> = (0..4_000).map(|_| machine.people.load()).collect();
        let busy = loads.iter().filter(|load| **load > 0.2).count() as f64 / 4_000.0;
        assert!((0.05..0.5).contains(&busy), "{busy}");
    }
}

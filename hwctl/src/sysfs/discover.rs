//! What this machine has: temperatures, fans, zones, meters, profiles, and what that allows.

use serde::Serialize;

use super::{Key, Kind, Root, parse, zones};
use crate::units::Celsius;

/// Channels of one chip are looked for up to this number.
const CHANNELS_MAX: u8 = 16;
/// What the processor's drivers call the whole package.
const PACKAGE_LABELS: [&str; 3] = ["Package id 0", "Tdie", "Tctl"];

/// What Linux can do with the fan, best first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub enum Tier {
    /// A duty to write and a tachometer to see what came of it.
    A,
    /// A duty without a tachometer.
    B,
    /// A curve in the chip itself.
    C,
    /// Levels or profiles of the vendor.
    D,
    /// Nothing: the firmware has the fan. Monitoring, alarms and the budget remain.
    E,
}

/// Everything that was found.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Inventory {
    /// The board's vendor and name: a stored calibration is for this board only.
    pub board: String,
    /// Temperatures of hwmon.
    pub temperatures: Vec<Temperature>,
    /// Fans with a duty.
    pub fans: Vec<FanPorts>,
    /// Tachometers without a duty: fans that can only be watched.
    pub tachs: Vec<Tach>,
    /// Drivers of chips that have a curve of their own.
    pub curves: Vec<String>,
    /// Types of thermal zones.
    pub zones: Vec<String>,
    /// The zone that stands in for the processor's own sensor.
    pub zone: Option<Temperature>,
    /// Types of cooling devices.
    pub cooling: Vec<String>,
    /// Energy meters.
    pub power: Vec<PowerZone>,
    /// Frequency policies, and whether each takes an energy preference.
    pub policies: Vec<Policy>,
    /// The firmware's profiles.
    pub profiles: Vec<String>,
}

/// One temperature.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Temperature {
    /// Its name over boots.
    pub key: Key,
    /// Its `tempN_input`, beneath the root.
    pub path: String,
    /// Its critical temperature, or its maximum, if it tells one. An input that nothing is connected
    /// to tells none.
    #[serde(serialize_with = "celsius")]
    pub limit: Option<Celsius>,
    /// What it is of.
    pub kind: Kind,
    /// What it is worth.
    pub trust: Trust,
}

/// What a temperature is worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Trust {
    /// A sensor's own number.
    Full,
    /// Somebody else's calculation, slow and on some boards a constant.
    Low,
}

/// A tachometer whose fan has no duty.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Tach {
    /// Its name over boots.
    pub key: Key,
    /// `fanN_input`, beneath the root.
    pub path: String,
}

/// The files of one fan.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FanPorts {
    /// Its name over boots.
    pub key: Key,
    /// `pwmN`, beneath the root.
    pub pwm: String,
    /// `pwmN_enable`, where the chip has one.
    pub enable: Option<String>,
    /// `fanN_input`, where the chip has one.
    pub tach: Option<String>,
}

/// One energy meter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PowerZone {
    /// Its name, such as `package-0`.
    pub name: String,
    /// Its folder, beneath the root.
    pub folder: String,
    /// Where its counter wraps, in microjoules.
    pub range_uj: u64,
    /// The highest of its limits, in microwatts, if it tells one.
    pub limit_uw: Option<u64>,
}

/// One frequency policy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Policy {
    /// Its folder, beneath the root.
    pub folder: String,
    /// Whether it takes an energy preference (EPP).
    pub energy_preference: bool,
}

fn celsius<S: serde::Serializer>(limit: &Option<Celsius>, to: S) -> Result<S::Ok, S::Error> {
    limit.map(|limit| limit.0).serialize(to)
}

impl Inventory {
    /// Looks at a machine.
    pub fn of(root: &Root) -> Self {
        let (mut temperatures, mut fans) = (Vec::new(), Vec::new());
        let (mut tachs, mut curves) = (Vec::new(), Vec::new());
        for name in root.names("sys/class/hwmon") {
            let chip = Chip::at(root, &format!("sys/class/hwmon/{name}"));
            temperatures.extend(chip.temperatures());
            fans.extend(chip.fans());
            tachs.extend(chip.tachs());
            curves.extend(chip.has_curve().then(|| chip.driver.clone()));
        }
        let typed = |class: &str, prefix: &str| -> Vec<String> {
            let names = root.names(class).into_iter().filter(|name| name.starts_with(prefix));
            names.filter_map(|name| root.line(&format!("{class}/{name}/type"))).collect()
        };
        let dmi = |what| root.line(&format!("sys/class/dmi/id/{what}")).unwrap_or_default();
        let profiles = root.line("sys/firmware/acpi/platform_profile_choices").unwrap_or_default();
        Self {
            board: format!("{} {}", dmi("board_vendor"), dmi("board_name")).trim().to_owned(),
            temperatures,
            fans,
            tachs,
            curves,
            zone: zones::junction(root),
            zones: typed("sys/class/thermal", "thermal_zone"),
            cooling: typed("sys/class/thermal", "cooling_device"),
            power: power_zones(root),
            policies: policies(root),
            profiles: profiles.split_whitespace().map(str::to_owned).collect(),
        }
    }

    /// The best that can be done with any fan of this machine. Whether a fan of tier A obeys shows
    /// only when it is driven.
    pub fn tier(&self) -> Tier {
        let of_fan = |fan: &FanPorts| if fan.tach.is_some() { Tier::A } else { Tier::B };
        let vendor = !self.profiles.is_empty() || self.cooling.iter().any(|kind| kind == "Fan");
        let rest = match (self.curves.is_empty(), vendor) {
            (false, _) => Tier::C,
            (true, true) => Tier::D,
            (true, false) => Tier::E,
        };
        self.fans.iter().map(of_fan).min().unwrap_or(rest)
    }

    /// The processor's hottest junction: the package if it says so, else the first core, else a
    /// thermal zone.
    pub fn junction(&self) -> Option<&Temperature> {
        let in_it = |temperature: &&Temperature| temperature.kind == Kind::Processor;
        let ours = || self.temperatures.iter().filter(in_it);
        let named = |temperature: &&Temperature| {
            let label = temperature.key.label.as_deref().unwrap_or_default();
            PACKAGE_LABELS.contains(&label)
        };
        ours().find(named).or_else(|| ours().next()).or(self.zone.as_ref())
    }

    /// The keys of all fans, for people.
    pub fn fan_keys(&self) -> String {
        let keys: Vec<String> = self.fans.iter().map(|fan| fan.key.to_string()).collect();
        if keys.is_empty() { "none".to_owned() } else { keys.join(", ") }
    }

    /// The `fanN_input` of a fan or tachometer.
    pub fn tach(&self, key: &Key) -> Option<&str> {
        let fan = self.fans.iter().find(|fan| fan.key == *key).and_then(|fan| fan.tach.as_deref());
        fan.or_else(|| Some(&self.tachs.iter().find(|tach| tach.key == *key)?.path))
    }

    /// The fan with this key, as `Key` prints it.
    pub fn fan(&self, key: &str) -> Option<&FanPorts> {
        self.fans.iter().find(|fan| fan.key.to_string() == key)
    }
}

/// One chip of hwmon. Old drivers put their attributes beside the chip, not into it.
struct Chip<'a> {
    root: &'a Root,
    folder: String,
    device: String,
    driver: String,
    names: Vec<String>,
}

impl<'a> Chip<'a> {
    fn at(root: &'a Root, hwmon: &str) -> Self {
        let driver = root.line(&format!("{hwmon}/name"));
        let beside = format!("{hwmon}/device");
        let driver = driver.or_else(|| root.line(&format!("{beside}/name"))).unwrap_or_default();
        let has_values =
            |names: &[String]| names.iter().any(|name| name.ends_with("_input") || name == "pwm1");
        let (mut folder, mut names) = (hwmon.to_owned(), root.names(hwmon));
        if !has_values(&names) {
            let others = root.names(&beside);
            if has_values(&others) {
                (folder, names) = (beside.clone(), others);
            }
        }
        // A chip without a device is a virtual one; its driver's name is all there is.
        let device = root.real(&beside).unwrap_or_else(|| "virtual".to_owned());
        Self { root, folder, device, driver, names }
    }

    fn has(&self, name: &str) -> bool {
        self.names.iter().any(|other| other == name)
    }

    fn path(&self, name: &str) -> String {
        format!("{}/{name}", self.folder)
    }

    fn existing(&self, name: String) -> Option<String> {
        self.has(&name).then(|| self.path(&name))
    }

    fn key(&self, channel: &str, label: &str) -> Key {
        Key {
            device: self.device.clone(),
            driver: self.driver.clone(),
            channel: channel.to_owned(),
            label: self.root.line(&self.path(label)).filter(|label| !label.is_empty()),
        }
    }

    fn temperatures(&self) -> Vec<Temperature> {
        let one = |nth: u8| {
            let path = self.existing(format!("temp{nth}_input"))?;
            let limit = |what: &str| {
                let line = self.root.line(&self.path(&format!("temp{nth}_{what}")))?;
                let limit = parse::celsius(line.as_bytes()).ok()?;
                // Chips that nobody set up tell 0, 127 or 255 °C.
                (40.0..=125.0).contains(&limit.0).then_some(limit)
            };
            Some(Temperature {
                key: self.key(&format!("temp{nth}"), &format!("temp{nth}_label")),
                path,
                limit: limit("crit").or_else(|| limit("max")),
                kind: Kind::of(&self.driver),
                trust: Trust::Full,
            })
        };
        (1..=CHANNELS_MAX).filter_map(one).collect()
    }

    fn has_curve(&self) -> bool {
        self.names.iter().any(|name| name.ends_with("_auto_point1_pwm"))
    }

    fn fans(&self) -> Vec<FanPorts> {
        let one = |nth: u8| {
            let pwm = self.existing(format!("pwm{nth}"))?;
            Some(FanPorts {
                key: self.key(&format!("pwm{nth}"), &format!("fan{nth}_label")),
                pwm,
                enable: self.existing(format!("pwm{nth}_enable")),
                tach: self.existing(format!("fan{nth}_input")),
            })
        };
        (1..=CHANNELS_MAX).filter_map(one).collect()
    }

    fn tachs(&self) -> Vec<Tach> {
        let one = |nth: u8| {
            let path = self.existing(format!("fan{nth}_input"))?;
            let key = self.key(&format!("fan{nth}"), &format!("fan{nth}_label"));
            (!self.has(&format!("pwm{nth}"))).then_some(Tach { key, path })
        };
        (1..=CHANNELS_MAX).filter_map(one).collect()
    }
}

fn power_zones(root: &Root) -> Vec<PowerZone> {
    let one = |zone: String| {
        let folder = format!("sys/class/powercap/{zone}");
        let range = root.line(&format!("{folder}/max_energy_range_uj"))?;
        let range_uj = parse::microjoules(range.as_bytes()).ok()?;
        let limit = |nth: u8| {
            let line = root.line(&format!("{folder}/constraint_{nth}_power_limit_uw"))?;
            parse::microjoules(line.as_bytes()).ok()
        };
        let limit_uw = limit(0).max(limit(1));
        Some(PowerZone { name: root.line(&format!("{folder}/name"))?, folder, range_uj, limit_uw })
    };
    root.names("sys/class/powercap").into_iter().filter_map(one).collect()
}

fn policies(root: &Root) -> Vec<Policy> {
    let base = "sys/devices/system/cpu/cpufreq";
    let names = root.names(base).into_iter().filter(|name| name.starts_with("policy"));
    let one = |name: String| {
        let folder = format!("{base}/{name}");
        let energy_preference = root.has(&format!("{folder}/energy_performance_preference"));
        Policy { folder, energy_preference }
    };
    names.map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::super::fake::Machine;
    use super::*;

    #[test]
    fn a_machine_with_a_fan_is_tier_a_and_its_keys_survive_renumbering() {
        let machine = Machine::office();
        let before = Inventory::of(&machine.root());
        assert_eq!(before.tier(), Tier::A);
        let junction = before.junction().unwrap();
        assert_eq!(junction.key.label.as_deref(), Some("Package id 0"));
        assert_eq!(junction.limit, Some(Celsius(100.0)));
        let fan = before.fans[0].clone();
        assert!(fan.enable.is_some() && fan.tach.is_some());
        machine.renumber();
        let after = Inventory::of(&machine.root());
        let again = after.fan(&fan.key.to_string()).unwrap();
        assert_ne!(again.pwm, fan.pwm);
        assert_eq!(again.key, fan.key);
        assert_eq!(before.power[0].range_uj, 262_143_328_850);
        assert_eq!(before.board, "Maker Board 1");
    }

    #[test]
    fn attributes_beside_the_chip_are_found() {
        let machine = Machine::empty();
        machine.write("sys/devices/isa/f71/name", "f75375\n");
        machine.write("sys/devices/isa/f71/temp1_input", "41000\n");
        machine.write("sys/devices/isa/f71/pwm1", "120\n");
        machine.folder("sys/devices/isa/f71/hwmon/hwmon0");
        machine.link("sys/devices/isa/f71/hwmon/hwmon0/device", "../../../f71");
        machine.link("sys/class/hwmon/hwmon0", "../../devices/isa/f71/hwmon/hwmon0");
        let inventory = Inventory::of(&machine.root());
        assert_eq!(inventory.tier(), Tier::B);
        assert_eq!(inventory.temperatures[0].key.driver, "f75375");
        assert_eq!(inventory.temperatures[0].key.device, "sys/devices/isa/f71");
    }

    #[test]
    fn a_machine_that_gives_linux_no_fan_says_so() {
        let machine = Machine::empty();
        assert_eq!(Inventory::of(&machine.root()).tier(), Tier::E);
        machine.write("sys/firmware/acpi/platform_profile_choices", "low-power quiet balanced\n");
        let inventory = Inventory::of(&machine.root());
        assert_eq!((inventory.tier(), inventory.profiles.len()), (Tier::D, 3));
        assert!(inventory.junction().is_none());
        machine.write("sys/class/hwmon/hwmon0/name", "emc2305\n");
        machine.write("sys/class/hwmon/hwmon0/pwm1_auto_point1_pwm", "60\n");
        assert_eq!(Inventory::of(&machine.root()).tier(), Tier::C);
    }
}

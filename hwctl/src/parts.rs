//! What the machine's parts are called, in the order in which their readings are kept and told.

use crate::sysfs::discover::{Inventory, Temperature, Tier};
use crate::sysfs::{Key, Kind};
use crate::units::Celsius;

/// So many temperatures are watched; further ones are left alone.
pub const TEMPERATURES_MAX: usize = 16;
/// So many fans are watched.
pub const FANS_MAX: usize = 8;

/// The parts of one machine.
#[derive(Clone, Debug, PartialEq)]
pub struct Parts {
    /// The board's vendor and name.
    pub board: String,
    /// What Linux can do with the fan.
    pub tier: Tier,
    /// Its temperatures: first the processor's junction if there is one, then what has a limit, then
    /// the rest. A processor's further sensors are parts of its junction and not among them.
    pub temperatures: Vec<Sensor>,
    /// Its fans: first the one to take, then those with a duty.
    pub fans: Vec<FanPart>,
}

/// One temperature.
#[derive(Clone, Debug, PartialEq)]
pub struct Sensor {
    /// Its name over boots.
    pub key: Key,
    /// What people call it.
    pub name: String,
    /// What it is of.
    pub kind: Kind,
    /// How warm it may be, if it tells.
    pub limit: Option<Celsius>,
    /// Its `tempN_input`, beneath the root.
    pub path: String,
}

/// One fan.
#[derive(Clone, Debug, PartialEq)]
pub struct FanPart {
    /// Its name over boots.
    pub key: Key,
    /// What people call it.
    pub name: String,
    /// Its `fanN_input`, beneath the root, if it has one.
    pub tach: Option<String>,
}

impl Parts {
    /// The parts among what was found; `take` is the key of the fan to take.
    pub fn of(inventory: &Inventory, take: Option<&str>) -> Self {
        let junction = inventory.junction();
        let rest = || inventory.temperatures.iter().filter(|part| part.kind != Kind::Processor);
        let limited = rest().filter(|part| part.limit.is_some());
        let others = rest().filter(|part| part.limit.is_none());
        let temperatures = junction.into_iter().chain(limited).chain(others);
        let driven = inventory.fans.iter().map(|fan| (&fan.key, fan.tach.clone()));
        let watched = inventory.tachs.iter().map(|tach| (&tach.key, Some(tach.path.clone())));
        let fan = |(key, tach): (&Key, _)| FanPart { key: key.clone(), name: name(key), tach };
        let mut fans: Vec<FanPart> = driven.chain(watched).map(fan).collect();
        fans.sort_by_key(|fan| take != Some(&fan.key.to_string()));
        fans.truncate(FANS_MAX);
        Self {
            board: inventory.board.clone(),
            tier: inventory.tier(),
            temperatures: temperatures.take(TEMPERATURES_MAX).map(sensor).collect(),
            fans,
        }
    }

    /// Whether the first temperature is the junction.
    pub fn has_junction(&self) -> bool {
        self.temperatures.first().is_some_and(|first| first.kind == Kind::Processor)
    }
}

fn sensor(found: &Temperature) -> Sensor {
    let Temperature { key, path, limit, kind, .. } = found.clone();
    Sensor { name: name(&key), key, kind, limit, path }
}

/// The label that the board's maker gave it, else the chip and its channel: `adt7475 fan 1`.
fn name(key: &Key) -> String {
    if let Some(label) = &key.label {
        return label.clone();
    }
    let number = key.channel.trim_start_matches(|letter: char| !letter.is_ascii_digit());
    let kind = if key.channel.starts_with("temp") { "temperature" } else { "fan" };
    format!("{} {kind} {number}", key.driver).trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sysfs::fake::Machine;

    #[test]
    fn the_junction_comes_first_and_fans_that_only_turn_are_there() {
        let machine = Machine::office();
        let chip = "sys/devices/i2c-0/0-002e/hwmon/hwmon1";
        machine.write(&format!("{chip}/temp1_input"), "31000\n");
        machine.write(&format!("{chip}/temp2_input"), "45000\n");
        machine.write(&format!("{chip}/temp2_crit"), "90000\n");
        machine.write(&format!("{chip}/fan3_input"), "800\n");
        machine.write(&format!("{chip}/fan3_label"), "Case\n");
        machine.write("sys/devices/platform/coretemp.0/hwmon/hwmon0/temp2_input", "44000\n");
        let parts = Parts::of(&Inventory::of(&machine.root()), None);
        let names: Vec<&str> = parts.temperatures.iter().map(|part| part.name.as_str()).collect();
        assert_eq!(names, ["Package id 0", "adt7475 temperature 2", "adt7475 temperature 1"]);
        assert!(parts.has_junction() && parts.board == "Maker Board 1");
        let fans: Vec<&str> = parts.fans.iter().map(|part| part.name.as_str()).collect();
        assert_eq!(fans, ["adt7475 fan 1", "Case"]);
        let last = parts.fans[1].key.to_string();
        let parts = Parts::of(&Inventory::of(&machine.root()), Some(&last));
        assert_eq!(parts.fans[0].name, "Case");
    }

    #[test]
    fn there_is_an_end_to_what_is_watched() {
        let machine = Machine::empty();
        for nth in 1..=16 {
            for chip in ["hwmon0", "hwmon1"] {
                machine.write(&format!("sys/class/hwmon/{chip}/temp{nth}_input"), "31000\n");
                machine.write(&format!("sys/class/hwmon/{chip}/fan{nth}_input"), "900\n");
            }
        }
        let parts = Parts::of(&Inventory::of(&machine.root()), None);
        assert_eq!((parts.temperatures.len(), parts.fans.len()), (TEMPERATURES_MAX, FANS_MAX));
        assert!(!parts.has_junction());
    }
}

//! Thermal zones: where the processor's temperature is looked for when no driver of hwmon has it.

use super::discover::{Temperature, Trust};
use super::{Key, Kind, Root, parse};
use crate::units::Celsius;

/// Types of zones that are in or beside the processor, the best first, and what they are worth. An
/// ACPI zone is whatever the board's firmware calculates, on some boards a constant.
const TYPES: [(&str, Trust); 6] = [
    ("x86_pkg_temp", Trust::Full),
    ("cpu-thermal", Trust::Full),
    ("cpu_thermal", Trust::Full),
    ("soc-thermal", Trust::Low),
    ("soc_thermal", Trust::Low),
    ("acpitz", Trust::Low),
];
/// So many trip points are looked at.
const TRIPS_MAX: u8 = 12;

/// The zone that stands in for the junction.
pub(super) fn junction(root: &Root) -> Option<Temperature> {
    let names = root.names("sys/class/thermal");
    let zones = names.iter().filter(|name| name.starts_with("thermal_zone"));
    let folders = zones.map(|name| format!("sys/class/thermal/{name}"));
    let typed = folders.filter_map(|folder| Some((root.line(&format!("{folder}/type"))?, folder)));
    let typed: Vec<(String, String)> = typed.collect();
    TYPES.iter().find_map(|(of, trust)| {
        let (_, folder) = typed.iter().find(|(kind, _)| kind == of)?;
        Some(Temperature {
            // A zone's number is its order of arrival.
            key: Key {
                device: "thermal".to_owned(),
                driver: (*of).to_owned(),
                channel: "temp".to_owned(),
                label: None,
            },
            path: format!("{folder}/temp"),
            limit: critical(root, folder),
            kind: Kind::Processor,
            trust: *trust,
        })
    })
}

fn critical(root: &Root, folder: &str) -> Option<Celsius> {
    let one = |nth: u8| {
        let kind = root.line(&format!("{folder}/trip_point_{nth}_type"))?;
        let line = root.line(&format!("{folder}/trip_point_{nth}_temp"))?;
        let at = parse::celsius(line.as_bytes()).ok()?;
        (kind == "critical" && (60.0..=125.0).contains(&at.0)).then_some(at)
    };
    (0..TRIPS_MAX).find_map(one)
}

#[cfg(test)]
mod tests {
    use super::super::discover::Inventory;
    use super::super::fake::Machine;
    use super::*;

    fn zone(machine: &Machine, nth: u8, kind: &str) {
        machine.write(&format!("sys/class/thermal/thermal_zone{nth}/type"), kind);
        machine.write(&format!("sys/class/thermal/thermal_zone{nth}/temp"), "47000\n");
    }

    #[test]
    fn a_zone_stands_in_only_where_no_driver_has_the_junction() {
        let machine = Machine::empty();
        zone(&machine, 0, "acpitz\n");
        zone(&machine, 1, "iwlwifi_1\n");
        machine.write("sys/class/thermal/thermal_zone0/trip_point_0_type", "passive\n");
        machine.write("sys/class/thermal/thermal_zone0/trip_point_0_temp", "95000\n");
        machine.write("sys/class/thermal/thermal_zone0/trip_point_1_type", "critical\n");
        machine.write("sys/class/thermal/thermal_zone0/trip_point_1_temp", "105000\n");
        let inventory = Inventory::of(&machine.root());
        let junction = inventory.junction().unwrap();
        assert_eq!((junction.trust, junction.limit), (Trust::Low, Some(Celsius(105.0))));
        assert_eq!(junction.key.to_string(), "thermal:acpitz:temp");
        zone(&machine, 7, "x86_pkg_temp\n");
        let inventory = Inventory::of(&machine.root());
        assert_eq!(inventory.junction().map(|found| found.trust), Some(Trust::Full));
        let office = Machine::office();
        zone(&office, 0, "acpitz\n");
        let inventory = Inventory::of(&office.root());
        assert_eq!(inventory.junction().unwrap().key.driver, "coretemp");
    }

    #[test]
    fn zones_of_other_things_are_nobodys_junction() {
        let machine = Machine::empty();
        for (nth, kind) in ["iwlwifi_1", "pch_skylake", "", "battery"].iter().enumerate() {
            zone(&machine, nth as u8, kind);
        }
        assert!(Inventory::of(&machine.root()).junction().is_none());
    }
}

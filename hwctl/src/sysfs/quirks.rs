//! What drivers are known to do differently. The rows were measured on real drivers (kernel 6.1).

use crate::units::Seconds;

/// How one driver behaves.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Quirk {
    /// How its `name` begins.
    pub driver: &'static str,
    /// How old what it shows can be: reading back sooner reads the past.
    pub cache: Seconds,
    /// The mode in which its firmware drives the fan.
    pub automatic: u8,
    /// How far a duty may be off because it is quantised.
    pub step: u8,
}

/// What every other driver is taken for. The cache is longer than any that is known but amc6821's.
const USUAL: Quirk = Quirk { driver: "", cache: Seconds(2.5), automatic: 2, step: 8 };

const QUIRKS: [Quirk; 6] = [
    Quirk { driver: "adt7475", step: 0, ..USUAL },
    // Its mode reads as the one before for up to seven seconds.
    Quirk { driver: "amc6821", cache: Seconds(7.0), step: 0, ..USUAL },
    // 130 becomes 128.
    Quirk { driver: "lm63", step: 4, ..USUAL },
    // 2 is Thermal Cruise there; boards come with Smart Fan IV.
    Quirk { driver: "nct67", automatic: 5, step: 0, ..USUAL },
    Quirk { driver: "it87", step: 2, ..USUAL },
    Quirk { driver: "nct7802", step: 0, ..USUAL },
];

/// The behaviour of a driver by its name.
pub fn of(driver: &str) -> Quirk {
    QUIRKS.iter().find(|quirk| driver.starts_with(quirk.driver)).copied().unwrap_or(USUAL)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_driver_is_found_by_how_its_name_begins() {
        assert_eq!(of("nct6798").automatic, 5);
        assert_eq!(of("amc6821").cache, Seconds(7.0));
        assert_eq!(of("something").automatic, 2);
    }
}

//! What a chip's temperatures are of, by its driver.

use serde::Serialize;

/// What a temperature is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// The processor.
    Processor,
    /// A disk.
    Drive,
    /// Memory.
    Memory,
    /// A graphics card.
    Graphics,
    /// The board: regulators, slots, the air.
    Board,
}

/// Drivers by name. What is not here sits on the board.
const DRIVERS: [(&str, Kind); 12] = [
    ("coretemp", Kind::Processor),
    ("k10temp", Kind::Processor),
    ("zenpower", Kind::Processor),
    ("cpu_thermal", Kind::Processor),
    ("drivetemp", Kind::Drive),
    ("nvme", Kind::Drive),
    ("jc42", Kind::Memory),
    ("spd5118", Kind::Memory),
    ("amdgpu", Kind::Graphics),
    ("radeon", Kind::Graphics),
    ("nouveau", Kind::Graphics),
    ("xe", Kind::Graphics),
];

impl Kind {
    /// What a driver's temperatures are of.
    pub fn of(driver: &str) -> Self {
        let known = DRIVERS.iter().find(|(name, _)| *name == driver);
        known.map_or(Self::Board, |(_, kind)| *kind)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_unknown_sits_on_the_board() {
        assert_eq!(Kind::of("coretemp"), Kind::Processor);
        assert_eq!(Kind::of("nvme"), Kind::Drive);
        assert_eq!([Kind::of("nct6798"), Kind::of("xen"), Kind::of("")], [Kind::Board; 3]);
    }
}

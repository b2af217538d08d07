//! The energy meter of the package: RAPL through powercap.

use super::discover::PowerZone;
use super::{Access, Attribute, Root, parse};
use crate::sense::{Reading, Why};
use crate::units::{Seconds, Watts};

/// Shorter windows would tell a neighbour what the processor works on (CVE-2020-8694), so there are
/// none.
const WINDOW_MIN: Seconds = Seconds(0.9);

/// No package of an office machine takes more; energy that says so is not counted.
const POWER_PLAUSIBLE_MAX: Watts = Watts(1_000.0);

/// A meter that gives the mean power since it was last asked.
#[derive(Debug)]
pub struct Meter {
    energy: Box<dyn Attribute>,
    range_uj: u64,
    before: Option<(u64, Seconds)>,
    shown: Option<(Watts, Seconds)>,
    /// In joules.
    spent_j: f64,
}

impl Meter {
    /// Opens a zone's meter.
    ///
    /// # Errors
    ///
    /// As the counter can't be opened; only root may read it.
    pub fn open(root: &Root, zone: &PowerZone) -> std::io::Result<Self> {
        let energy = root.open(&format!("{}/energy_uj", zone.folder), Access::Read)?;
        Ok(Self { energy, range_uj: zone.range_uj, before: None, shown: None, spent_j: 0.0 })
    }

    /// The energy that was seen to be spent, in joules. Never less than before.
    pub fn spent_j(&self) -> f64 {
        self.spent_j
    }

    /// Counts on from what another one counted.
    pub fn count_on(&mut self, spent_j: f64) {
        self.spent_j += spent_j;
    }

    /// The mean power over the last second or more.
    pub fn read(&mut self, now: Seconds) -> Reading<Watts> {
        let mut bytes = [0; 32];
        let Ok(length) = self.energy.read(&mut bytes) else { return Reading::Unknown(Why::Fault) };
        let after_uj = match parse::microjoules(&bytes[..length]) {
            Ok(after_uj) => after_uj,
            Err(why) => return Reading::Unknown(why),
        };
        let (before_uj, at) = *self.before.get_or_insert((after_uj, now));
        if now - at >= WINDOW_MIN {
            self.before = Some((after_uj, now));
            let power = parse::power(before_uj, after_uj, self.range_uj, (now - at).0);
            let plausible = power.filter(|power| *power <= POWER_PLAUSIBLE_MAX);
            self.spent_j += plausible.map_or(0.0, |power| power.0 * (now - at).0);
            self.shown = power.map(|power| (power, now));
        }
        match self.shown {
            Some((value, at)) => Reading::Known { value, age: now - at },
            None => Reading::Unknown(Why::Missing),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::discover::Inventory;
    use super::super::fake::Machine;
    use super::*;

    #[test]
    fn the_mean_over_a_second_is_shown_until_the_next_one() {
        let machine = Machine::office();
        let root = machine.root();
        let mut meter = Meter::open(&root, &Inventory::of(&root).power[0]).unwrap();
        let counter = "sys/class/powercap/intel-rapl:0/energy_uj";
        assert_eq!(meter.read(Seconds(0.0)), Reading::Unknown(Why::Missing));
        machine.write(counter, "5000000\n");
        // Sooner than a second nothing new is told.
        assert_eq!(meter.read(Seconds(0.5)), Reading::Unknown(Why::Missing));
        assert_eq!(meter.read(Seconds(1.0)), Reading::now(Watts(4.0)));
        assert_eq!(meter.spent_j(), 4.0);
        let held = Reading::Known { value: Watts(4.0), age: Seconds(0.5) };
        assert_eq!(meter.read(Seconds(1.5)), held);
        machine.write(counter, "999\n");
        assert!(meter.read(Seconds(2.0)).value().is_some_and(|power| power.0 > 1_000.0));
        // A counter that fell by a sixth of its range did not count that much within a second.
        assert_eq!(meter.spent_j(), 4.0);
        machine.write(counter, "many\n");
        assert_eq!(meter.read(Seconds(3.0)), Reading::Unknown(Why::Garbage));
    }
}

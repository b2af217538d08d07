//! Driving one fan, and finding out whether that had any effect.
//!
//! write → wait until the driver's cache has expired → read back → see whether the fan sped up. Mode
//! and duty are asserted again on a mismatch and every minute, because firmware takes fans back, most
//! of all when a machine wakes up.

use std::io;

use super::discover::FanPorts;
use super::parse::{self, Written};
use super::quirks::{self, Quirk};
use super::{Access, Attribute, Key, Root};
use crate::sense::{Reading, Why};
use crate::units::{Duty, Rpm, Seconds};

/// The mode in which `pwmN` is obeyed.
pub(super) const MANUAL: u8 = 1;
/// How often mode and duty are written although nothing changed.
const ASSERT_EVERY: Seconds = Seconds(60.0);
/// A rise of the duty by so much must be seen in the fan's speed …
const RISE_PWM: u8 = 51;
/// … after so long: two caches and a fan that speeds up.
const RISE_SEEN_AFTER: Seconds = Seconds(8.0);
/// … by so much.
const RISE_RATIO: f64 = 1.03;
/// Without effect so often in a row, the fan is somebody else's, or nobody's.
const FAILURES_MAX: u8 = 5;

/// What came of a write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It says what was written.
    Applied,
    /// It says something close, the nearest the chip can do.
    Quantised(u8),
    /// The write succeeded, or was refused for its value, and nothing changed.
    Ignored,
    /// The firmware, or another program, took the fan.
    Stolen,
    /// Not allowed.
    Denied,
    /// The device is not there any more.
    Gone,
}

impl Outcome {
    /// Whether the fan does what it was told.
    pub fn obeys(self) -> bool {
        matches!(self, Self::Applied | Self::Quantised(_))
    }

    pub(super) fn of_error(error: &io::Error) -> Self {
        use rustix::io::Errno;
        match Errno::from_io_error(error) {
            Some(Errno::ACCESS | Errno::PERM | Errno::ROFS) => Self::Denied,
            Some(Errno::NODEV | Errno::NOENT | Errno::NXIO) => Self::Gone,
            _ => Self::Ignored,
        }
    }
}

/// A fan's attributes, open.
#[derive(Debug)]
pub struct Ports {
    /// `pwmN`.
    pub pwm: Box<dyn Attribute>,
    /// `pwmN_enable`.
    pub enable: Option<Box<dyn Attribute>>,
    /// `fanN_input`.
    pub tach: Option<Box<dyn Attribute>>,
}

impl Ports {
    /// Opens them.
    ///
    /// # Errors
    ///
    /// As the first that can't be opened fails.
    pub fn open(root: &Root, fan: &FanPorts) -> io::Result<Self> {
        let enable = fan.enable.as_ref().map(|path| root.open(path, Access::ReadWrite));
        let tach = fan.tach.as_ref().map(|path| root.open(path, Access::Read));
        Ok(Self {
            pwm: root.open(&fan.pwm, Access::ReadWrite)?,
            enable: enable.transpose()?,
            tach: tach.transpose()?,
        })
    }
}

/// A fan that is driven.
#[derive(Debug)]
pub struct Drive {
    key: Key,
    quirk: Quirk,
    ports: Ports,
    /// What was written last, and when.
    written: Option<(u8, Seconds)>,
    asserted: Option<Seconds>,
    /// Whether the fan was seen to obey since it was taken.
    obeyed: bool,
    failures: u8,
    rise: Option<(f64, Seconds)>,
}

impl Drive {
    /// Takes nothing yet.
    pub fn new(key: Key, ports: Ports) -> Self {
        let quirk = quirks::of(&key.driver);
        let (written, asserted, rise) = (None, None, None);
        Self { key, quirk, ports, written, asserted, obeyed: false, failures: 0, rise }
    }

    /// Takes a duty that is shown up to `step` off for what was asked, if the driver's own steps are
    /// not larger: what commissioning saw this chip do.
    pub fn tolerate(&mut self, step: u8) {
        self.quirk.step = quirks::of(&self.key.driver).step.max(step);
    }

    /// The fan's name.
    pub fn key(&self) -> &Key {
        &self.key
    }

    /// Whether driving it had no effect so often in a row that the firmware should have it.
    pub fn is_hopeless(&self) -> bool {
        self.failures >= FAILURES_MAX
    }

    /// The fan's speed now.
    pub fn rpm(&self) -> Reading<Rpm> {
        let Some(tach) = &self.ports.tach else { return Reading::Unknown(Why::Missing) };
        match read(tach.as_ref(), parse::rpm) {
            Ok(Ok(rpm)) => Reading::now(rpm),
            Ok(Err(why)) => Reading::Unknown(why),
            Err(_) => Reading::Unknown(Why::Fault),
        }
    }

    /// Drives the fan with a duty: writes if that is new, or due.
    ///
    /// # Errors
    ///
    /// What came of it, if it is known at once that nothing came of it.
    pub fn drive(&mut self, duty: Duty, now: Seconds) -> Result<(), Outcome> {
        let pwm = duty.pwm();
        let due = self.asserted.is_none_or(|at| now - at >= ASSERT_EVERY);
        let before = self.written.map(|(pwm, _)| pwm);
        if before == Some(pwm) && !due {
            return Ok(());
        }
        self.watch_rise(before, pwm, now);
        let done = if due { self.assert(pwm, now) } else { self.write(pwm) };
        // A machine that woke up is in firmware mode and refuses duties.
        let done = match done {
            Err(Outcome::Ignored) if !due => self.assert(pwm, now),
            done => done,
        };
        match done {
            Ok(()) => self.written = Some((pwm, now)),
            Err(_) => self.fail(),
        }
        done
    }

    /// Takes the fan, and writes the duty after the mode: setting a mode may reset it.
    fn assert(&mut self, pwm: u8, now: Seconds) -> Result<(), Outcome> {
        if let Some(enable) = &self.ports.enable {
            write(enable.as_ref(), MANUAL)?;
        }
        self.asserted = Some(now);
        self.write(pwm)
    }

    fn write(&self, pwm: u8) -> Result<(), Outcome> {
        write(self.ports.pwm.as_ref(), pwm)
    }

    fn watch_rise(&mut self, before: Option<u8>, pwm: u8, now: Seconds) {
        let rises = before.is_some_and(|before| pwm >= before.saturating_add(RISE_PWM));
        if rises && self.rise.is_none() {
            let rpm = self.rpm().value().filter(|rpm| rpm.0 > 0.0);
            self.rise = rpm.map(|rpm| (rpm.0, now));
        } else if before.is_some_and(|before| pwm < before) {
            self.rise = None;
        }
    }

    /// What came of the last write, once that can be known. Goes on looking, so that a theft is found
    /// within the driver's cache.
    pub fn verify(&mut self, now: Seconds) -> Option<Outcome> {
        let (pwm, since) = self.written?;
        if now - since < self.quirk.cache {
            return None;
        }
        let outcome = self.read_back(pwm, now);
        if outcome.obeys() {
            (self.obeyed, self.failures) = (true, 0);
            self.written = Some((pwm, now));
        } else {
            self.fail();
        }
        Some(outcome)
    }

    /// The next `drive` takes the fan again.
    fn fail(&mut self) {
        (self.written, self.asserted) = (None, None);
        self.failures = self.failures.saturating_add(1);
    }

    fn read_back(&mut self, pwm: u8, now: Seconds) -> Outcome {
        let mode = self.ports.enable.as_ref().map(|enable| read(enable.as_ref(), parse::byte));
        let shown = read(self.ports.pwm.as_ref(), parse::byte);
        match (mode, shown) {
            (Some(Err(error)), _) | (_, Err(error)) => Outcome::of_error(&error),
            (Some(Ok(Ok(mode))), _) if mode != MANUAL => Outcome::Stolen,
            (_, Ok(Ok(shown))) => match shown.abs_diff(pwm) {
                0 if self.is_idle_rise(now) => Outcome::Ignored,
                0 => Outcome::Applied,
                off if off <= self.quirk.step => Outcome::Quantised(shown),
                // The mode may read as ours although the firmware has the fan.
                _ if self.obeyed => Outcome::Stolen,
                _ => Outcome::Ignored,
            },
            (_, Ok(Err(_))) => Outcome::Ignored,
        }
    }

    /// Whether the fan had to speed up and did not.
    fn is_idle_rise(&mut self, now: Seconds) -> bool {
        let Some((before, since)) = self.rise else { return false };
        if now - since < RISE_SEEN_AFTER {
            return false;
        }
        self.rise = None;
        self.rpm().value().is_some_and(|rpm| rpm.0 < before * RISE_RATIO)
    }

    /// Gives the fan back: full first, then the mode it had.
    pub fn hand_back(&mut self, original: Option<u8>) -> GivenBack {
        (self.written, self.asserted, self.obeyed) = (None, None, false);
        give_back(&self.ports, original, &self.quirk)
    }
}

/// In what state a fan was left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GivenBack {
    /// The firmware has it, in this mode.
    Firmware(u8),
    /// Nobody else drives it, so it runs at full.
    Full,
    /// Neither could be done.
    Failed(Outcome),
}

/// Full first, so that whatever fails next fails on the safe side; then the mode, which counts when it
/// reads so.
pub(super) fn give_back(ports: &Ports, original: Option<u8>, quirk: &Quirk) -> GivenBack {
    let full = write(ports.pwm.as_ref(), u8::MAX);
    // A fan that was in manual mode before us was driven by somebody who is gone.
    let mode = original.unwrap_or(quirk.automatic);
    if let Some(enable) = ports.enable.as_ref().filter(|_| mode != MANUAL) {
        let done = write(enable.as_ref(), mode);
        let shown = read(enable.as_ref(), parse::byte);
        if done.is_ok() && matches!(shown, Ok(Ok(shown)) if shown == mode) {
            return GivenBack::Firmware(mode);
        }
        // A driver with a long cache shows the mode before for a while; the write succeeded.
        if done.is_ok() && quirk.cache.0 > 3.0 {
            return GivenBack::Firmware(mode);
        }
    }
    let manual = ports.enable.as_ref().map_or(Ok(()), |enable| write(enable.as_ref(), MANUAL));
    let again = write(ports.pwm.as_ref(), u8::MAX);
    match manual.and(again).or(full) {
        Ok(()) => GivenBack::Full,
        Err(outcome) => GivenBack::Failed(outcome),
    }
}

fn write(attribute: &dyn Attribute, value: u8) -> Result<(), Outcome> {
    let written = attribute.write(Written::new(value).as_bytes());
    written.map_err(|error| Outcome::of_error(&error))
}

/// Reads an attribute; the outer error is the driver's, the inner one what is wrong with the value.
pub(crate) fn read<T>(
    attribute: &dyn Attribute,
    parse: fn(&[u8]) -> Result<T, Why>,
) -> io::Result<Result<T, Why>> {
    let mut bytes = [0; 32];
    let length = attribute.read(&mut bytes)?;
    Ok(parse(&bytes[..length]))
}

#[cfg(test)]
mod tests {
    use super::super::fake::{Bench, EACCES, EINVAL, Nature};
    use super::*;

    fn driven(nature: Nature) -> (Bench, Drive) {
        let bench = Bench::new(nature);
        let key = Key {
            device: "d".to_owned(),
            driver: if nature == Nature::Quantising(4) { "lm63" } else { "adt7475" }.to_owned(),
            channel: "pwm1".to_owned(),
            label: None,
        };
        (bench.clone(), Drive::new(key, bench.ports()))
    }

    /// Drives with a duty and looks once a second for twelve seconds; what was seen, without repeats.
    fn outcomes(bench: &Bench, drive: &mut Drive, pwm: u8) -> Vec<Outcome> {
        let mut seen = Vec::new();
        for _ in 0..12 {
            let now = bench.with(|chip| {
                chip.now_s += 1.0;
                Seconds(chip.now_s)
            });
            let done = drive.drive(Duty::from_pwm(pwm), now);
            seen.extend(done.err());
            seen.extend(drive.verify(now));
        }
        seen.dedup();
        seen
    }

    #[test]
    fn an_obedient_chip_applies_and_a_quantising_one_comes_close() {
        let (bench, mut drive) = driven(Nature::Obedient);
        assert_eq!(outcomes(&bench, &mut drive, 200), [Outcome::Applied]);
        assert_eq!(bench.with(|chip| (chip.mode, chip.pwm)), (1, 200));
        let (bench, mut drive) = driven(Nature::Quantising(4));
        assert_eq!(outcomes(&bench, &mut drive, 130), [Outcome::Quantised(128)]);
    }

    #[test]
    fn a_success_without_effect_is_ignored() {
        let (bench, mut drive) = driven(Nature::Deaf);
        assert_eq!(outcomes(&bench, &mut drive, 200), [Outcome::Ignored]);
    }

    #[test]
    fn a_fan_that_does_not_speed_up_is_ignored_once() {
        let (bench, mut drive) = driven(Nature::Obedient);
        outcomes(&bench, &mut drive, 60);
        bench.with(|chip| chip.blocked = true);
        let seen = outcomes(&bench, &mut drive, 220);
        assert!(seen.contains(&Outcome::Ignored), "{seen:?}");
    }

    #[test]
    fn a_stolen_fan_is_noticed_although_the_mode_lies_and_is_taken_again() {
        let (bench, mut drive) = driven(Nature::Obedient);
        outcomes(&bench, &mut drive, 200);
        bench.steal();
        let seen = outcomes(&bench, &mut drive, 200);
        assert_eq!(seen, [Outcome::Stolen, Outcome::Applied]);
        assert_eq!(bench.with(|chip| (chip.mode, chip.pwm)), (1, 200));
    }

    #[test]
    fn a_fan_that_another_program_keeps_taking_is_hopeless() {
        let (bench, mut drive) = driven(Nature::Obedient);
        outcomes(&bench, &mut drive, 200);
        for second in 0..60 {
            bench.steal();
            let now = Seconds(100.0 + f64::from(second));
            bench.with(|chip| chip.now_s = now.0);
            drive.drive(Duty::from_pwm(200), now).unwrap();
            bench.steal();
            drive.verify(now);
        }
        assert!(drive.is_hopeless());
    }

    #[test]
    fn refusals_are_told_apart() {
        let (bench, mut drive) = driven(Nature::Refusing(EACCES));
        assert_eq!(outcomes(&bench, &mut drive, 200), [Outcome::Denied]);
        let (bench, mut drive) = driven(Nature::Refusing(EINVAL));
        assert_eq!(outcomes(&bench, &mut drive, 200), [Outcome::Ignored]);
        let (bench, mut drive) = driven(Nature::Obedient);
        bench.with(|chip| chip.gone = true);
        assert_eq!(outcomes(&bench, &mut drive, 200), [Outcome::Gone]);
    }

    #[test]
    fn a_fan_is_given_back_to_the_firmware_or_left_at_full() {
        let (bench, mut drive) = driven(Nature::Obedient);
        outcomes(&bench, &mut drive, 60);
        assert_eq!(drive.hand_back(Some(2)), GivenBack::Firmware(2));
        assert_eq!(bench.with(|chip| chip.mode), 2);
        outcomes(&bench, &mut drive, 60);
        assert_eq!(drive.hand_back(None), GivenBack::Firmware(2));
        // "No control" is refused by this chip as by most, and manual mode has no other driver.
        for original in [0, MANUAL] {
            outcomes(&bench, &mut drive, 60);
            assert_eq!(drive.hand_back(Some(original)), GivenBack::Full);
            assert_eq!(bench.with(|chip| (chip.mode, chip.pwm)), (1, 255));
        }
    }
}

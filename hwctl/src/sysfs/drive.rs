//! Driving one fan, and finding out whether that had any effect.
//!
//! write → read back every time, and judge once the driver's cache has expired → see whether the speed
//! follows. Mode and duty are asserted again on a mismatch and every minute, because firmware takes
//! fans back, most of all when a machine wakes up.
//!
//! What a driver shows may be as old as its cache. So it is explained by any duty that was ours within
//! that time; what was never ours is somebody else's, also when the duty changes every second.

use std::io;

use super::discover::FanPorts;
use super::follow::{Follow, Followed};
use super::parse::{self, Written};
use super::quirks::{self, Quirk};
use super::{Access, Attribute, Key, Root};
use crate::sense::{Reading, Why};
use crate::units::{Duty, Rpm, Seconds};

/// The mode in which `pwmN` is obeyed.
pub(super) const MANUAL: u8 = 1;
/// How often mode and duty are written although nothing changed.
const ASSERT_EVERY: Seconds = Seconds(60.0);
/// Without effect so often in a row, the fan is somebody else's, or nobody's.
const FAILURES_MAX: u8 = 5;
/// So often in a row it may not be readable before that counts as no effect.
const UNREAD_MAX: u8 = 5;
/// So many duties that were ours are remembered: two for each second of the longest cache.
const RECENT_MAX: usize = 16;

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

    pub(crate) fn of_error(error: &io::Error) -> Self {
        use rustix::io::Errno;
        match Errno::from_io_error(error) {
            Some(Errno::ACCESS | Errno::PERM | Errno::ROFS) => Self::Denied,
            Some(Errno::NODEV | Errno::NOENT | Errno::NXIO) => Self::Gone,
            _ => Self::Ignored,
        }
    }
}

/// What a look at a fan that is driven told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// What came of the last write is known.
    Known(Outcome),
    /// It was read, and what it shows may be as old as the driver's cache.
    Waiting,
    /// It could not be read, which says nothing about what the fan does.
    Unread,
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
    /// What was written before it, and until when that was so; the oldest is overwritten.
    recent: [Option<(u8, Seconds)>; RECENT_MAX],
    recent_next: usize,
    /// Since when the fan is ours without a break.
    taken: Option<Seconds>,
    asserted: Option<Seconds>,
    /// Whether the fan was seen to obey since it was taken.
    obeyed: bool,
    failures: u8,
    unread: u8,
    follow: Follow,
}

impl Drive {
    /// Takes nothing yet.
    pub fn new(key: Key, ports: Ports) -> Self {
        Self {
            quirk: quirks::of(&key.driver),
            key,
            ports,
            written: None,
            recent: [None; RECENT_MAX],
            recent_next: 0,
            taken: None,
            asserted: None,
            obeyed: false,
            failures: 0,
            unread: 0,
            follow: Follow::default(),
        }
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
        if self.written.is_some_and(|(before, _)| before == pwm) && !due {
            return Ok(());
        }
        self.follow.told(pwm, self.rpm().value(), now);
        let done = if due { self.assert(pwm, now) } else { self.write(pwm) };
        // A machine that woke up is in firmware mode and refuses duties.
        let done = match done {
            Err(Outcome::Ignored) if !due => self.assert(pwm, now),
            done => done,
        };
        match done {
            Ok(()) => self.remember(pwm, now),
            Err(_) => self.fail(),
        }
        done
    }

    fn remember(&mut self, pwm: u8, now: Seconds) {
        self.taken.get_or_insert(now);
        if let Some((before, since)) = self.written {
            if before == pwm {
                self.written = Some((pwm, since));
                return;
            }
            self.recent[self.recent_next] = Some((before, now));
            self.recent_next = (self.recent_next + 1) % RECENT_MAX;
        }
        self.written = Some((pwm, now));
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

    /// What is known of the last write. Looks every time, so that a theft is found within the driver's
    /// cache.
    pub fn verify(&mut self, now: Seconds) -> Verdict {
        let Some((pwm, since)) = self.written else { return Verdict::Waiting };
        let verdict = match self.read_back() {
            Ok((mode, shown)) => self.judge(mode, shown, (pwm, since), now),
            Err(outcome @ (Outcome::Gone | Outcome::Denied)) => Verdict::Known(outcome),
            Err(_) => Verdict::Unread,
        };
        match verdict {
            Verdict::Unread if self.unread < UNREAD_MAX => self.unread += 1,
            // Whom nobody can watch nobody should drive.
            Verdict::Unread => self.failures = FAILURES_MAX,
            Verdict::Waiting => self.unread = 0,
            Verdict::Known(outcome) if outcome.obeys() => {
                (self.obeyed, self.failures, self.unread) = (true, 0, 0);
            }
            Verdict::Known(_) => self.fail(),
        }
        match verdict {
            Verdict::Known(outcome) if outcome.obeys() => self.follow(outcome, now),
            verdict => verdict,
        }
    }

    /// The next `drive` takes the fan again.
    fn fail(&mut self) {
        (self.written, self.asserted, self.taken) = (None, None, None);
        self.recent = [None; RECENT_MAX];
        self.failures = self.failures.saturating_add(1);
    }

    fn read_back(&self) -> Result<(Option<u8>, u8), Outcome> {
        let value = |attribute: &dyn Attribute| match read(attribute, parse::byte) {
            Ok(Ok(value)) => Ok(value),
            Ok(Err(_)) => Err(Outcome::Ignored),
            Err(error) => Err(Outcome::of_error(&error)),
        };
        let mode = self.ports.enable.as_ref().map(|enable| value(enable.as_ref())).transpose()?;
        Ok((mode, value(self.ports.pwm.as_ref())?))
    }

    fn judge(
        &mut self,
        mode: Option<u8>,
        shown: u8,
        (pwm, since): (u8, Seconds),
        now: Seconds,
    ) -> Verdict {
        let cache = self.quirk.cache;
        // From before it was ours the driver may show anything.
        if self.taken.is_none_or(|taken| now - taken < cache) {
            return Verdict::Waiting;
        }
        if mode.is_some_and(|mode| mode != MANUAL) {
            return Verdict::Known(Outcome::Stolen);
        }
        let near = |ours: u8| shown.abs_diff(ours) <= self.quirk.step;
        let ours = self.recent.iter().flatten();
        let was_ours = ours.clone().any(|(ours, until)| near(*ours) && now - *until < cache);
        // More changes than are remembered, within one cache: what it shows may be any of them.
        let forgotten = ours.filter(|(_, until)| now - *until < cache).count() == RECENT_MAX;
        let is_ours = near(pwm);
        self.obeyed |= is_ours || was_ours;
        match shown.abs_diff(pwm) {
            _ if is_ours && now - since < cache => Verdict::Waiting,
            0 => Verdict::Known(Outcome::Applied),
            _ if is_ours => Verdict::Known(Outcome::Quantised(shown)),
            _ if was_ours || forgotten => Verdict::Waiting,
            // The mode may read as ours although the firmware has the fan.
            _ if self.obeyed => Verdict::Known(Outcome::Stolen),
            _ => Verdict::Known(Outcome::Ignored),
        }
    }

    /// What the fan's speed says to a duty that reads as it should.
    fn follow(&mut self, outcome: Outcome, now: Seconds) -> Verdict {
        let rpm = self.rpm().value();
        match self.follow.look(rpm, now) {
            Followed::Well => Verdict::Known(outcome),
            Followed::Not => {
                self.fail();
                Verdict::Known(Outcome::Ignored)
            }
            Followed::Drifts => {
                // Taking it again tells whether somebody took it or it wears out.
                self.asserted = None;
                Verdict::Waiting
            }
            Followed::CameBack => Verdict::Known(Outcome::Stolen),
        }
    }

    /// Gives the fan back: full first, then the mode it had.
    pub fn hand_back(&mut self, original: Option<u8>) -> GivenBack {
        (self.written, self.asserted, self.taken) = (None, None, None);
        (self.recent, self.obeyed) = ([None; RECENT_MAX], false);
        give_back(&self.ports, original, &self.quirk)
    }
}

/// In what state a fan or a limit was left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GivenBack {
    /// The firmware has it, in this mode.
    Firmware(u8),
    /// Nobody else drives it, so it runs at full.
    Full,
    /// It says what it said before us.
    AsBefore,
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
mod tests;

//! One lever: what it should say, what it says, and what it said before us.

use super::{Saving, Which, Wish};
use crate::sysfs::drive::{GivenBack, Outcome};
use crate::sysfs::originals::Setting;
use crate::sysfs::{Attribute, parse};

/// A limit outside of this is a lever that means something else, or nothing.
const POWER_UW: std::ops::RangeInclusive<u64> = 1_000_000..=10_000_000_000;
/// Packages count in eighths or quarters of a watt.
const POWER_STEP_UW: u64 = 500_000;
/// A driver takes the nearest frequency that the processor has.
const FREQUENCY_STEP: f64 = 0.1;
/// The longest word of any of these attributes, twice.
const WORD_BYTES_MAX: usize = 48;

/// What a lever may be set to.
#[derive(Clone, Debug, Default)]
pub struct Bounds {
    /// The least, in the lever's own unit.
    pub least: Option<u64>,
    /// The most, in the lever's own unit.
    pub most: Option<u64>,
    /// Over which a limit averages.
    pub window_us: Option<u64>,
    /// The words it knows.
    pub choices: Vec<String>,
}

/// One attribute that takes power from the processor.
#[derive(Debug)]
pub struct Lever {
    which: Which,
    attribute: Box<dyn Attribute>,
    bounds: Bounds,
    /// What it said before us, once that is kept.
    before: Option<String>,
    /// What we wrote, while it is not as before.
    written: Option<String>,
    outcome: Outcome,
}

impl Lever {
    /// One that nothing was written to.
    pub fn new(which: Which, attribute: Box<dyn Attribute>, bounds: Bounds) -> Self {
        let (before, written) = (None, None);
        Self { which, attribute, bounds, before, written, outcome: Outcome::Applied }
    }

    /// Which one it is.
    pub fn which(&self) -> &Which {
        &self.which
    }

    /// What came of the last wish; applied if it asked for nothing.
    pub fn outcome(&self) -> Outcome {
        self.outcome
    }

    /// Takes the place of one whose attribute went away.
    pub(super) fn remember(&mut self, old: Self) {
        (self.before, self.written, self.outcome) = (old.before, old.written, old.outcome);
    }

    pub(super) fn is_gone(&self) -> bool {
        self.outcome == Outcome::Gone
    }

    pub(super) fn is_held(&self) -> bool {
        self.written.is_some()
    }

    pub(super) fn is_of_package(&self) -> bool {
        !matches!(self.which, Which::Frequency { .. } | Which::Preference { .. })
    }

    /// Over how many seconds it averages.
    pub(super) fn window(&self) -> Option<f64> {
        self.bounds.window_us.map(|window_us| (window_us as f64 / 1e6).min(60.0))
    }

    /// Whether this wish may make it write something that was not there before us.
    pub(super) fn writes(&self, wish: &Wish) -> bool {
        match self.which {
            Which::Profile => wish.quiet,
            Which::Power { .. } | Which::Enabled { .. } => wish.cap.is_some(),
            Which::Frequency { .. } => wish.frequency.is_some(),
            Which::Preference { .. } => wish.saving.is_some(),
        }
    }

    /// What to keep: what it said before us, or says now if we never wrote.
    pub(super) fn seen(&mut self) -> Option<Setting> {
        if self.before.is_none() {
            self.before = self.shows().ok().flatten().filter(|shown| self.is_sane(shown));
        }
        Some(Setting { which: self.which.clone(), value: self.before.clone()? })
    }

    /// Believes what was kept, not what it says.
    pub(super) fn learn(&mut self, kept: &[Setting]) {
        if let Some(setting) = kept.iter().find(|setting| setting.which == self.which) {
            self.before = Some(setting.value.clone());
        }
    }

    /// Whether a lever that says this can be given back: an unknown word or no limit at all can't.
    fn is_sane(&self, shown: &str) -> bool {
        match self.which {
            Which::Profile => self.bounds.choices.iter().any(|choice| choice == shown),
            Which::Power { .. } => number(shown).is_some_and(|shown| POWER_UW.contains(&shown)),
            Which::Enabled { .. } => matches!(shown, "0" | "1"),
            Which::Frequency { .. } => number(shown).is_some_and(|shown| shown > 0),
            Which::Preference { .. } => is_word(shown),
        }
    }

    /// Brings it to what is wished, or to what it said before us.
    pub(super) fn set(&mut self, wish: &Wish) {
        self.outcome = match (self.wanted(wish), self.before.clone(), &self.written) {
            (Some(wanted), Some(_), _) => self.write(wanted),
            (Some(_), None, _) => match self.shows() {
                Err(outcome) => outcome,
                // What it says can't be given back, so it is not touched.
                Ok(_) => Outcome::Ignored,
            },
            (None, Some(before), Some(_)) => match self.give_back(&before) {
                GivenBack::Failed(outcome) => outcome,
                _ => Outcome::Applied,
            },
            (None, _, _) => {
                // Nothing of ours: what it says may change, and is looked at when it matters.
                self.before = None;
                Outcome::Applied
            }
        };
    }

    /// What it should say, if this wish is about it.
    fn wanted(&self, wish: &Wish) -> Option<String> {
        if !self.writes(wish) {
            return None;
        }
        let before = self.before.as_deref();
        match self.which {
            Which::Profile => choice(&self.bounds.choices, &["quiet", "low-power"]),
            Which::Enabled { .. } => Some("1".to_owned()),
            Which::Power { .. } => {
                let most = before.and_then(number).into_iter().chain(self.bounds.most).min();
                let cap_uw = microwatts(wish.cap?.0);
                Some(most.map_or(cap_uw, |most| most.min(cap_uw)).to_string())
            }
            Which::Frequency { .. } => {
                let before = before.and_then(number);
                let most = self.bounds.most.or(before)?;
                let share = wish.frequency.filter(|share| (0.0..=1.0).contains(share))?;
                let khz = kilohertz(most, share).max(self.bounds.least.unwrap_or(1));
                Some(before.map_or(khz, |before| before.min(khz)).to_string())
            }
            Which::Preference { .. } => match wish.saving? {
                Saving::Some => choice(&self.bounds.choices, &["balance_power", "power"]),
                Saving::Most => choice(&self.bounds.choices, &["power", "balance_power"]),
            },
        }
    }

    fn write(&mut self, wanted: String) -> Outcome {
        let shown = match self.shows() {
            Ok(shown) => shown,
            Err(outcome) => return outcome,
        };
        if shown.is_some_and(|shown| self.means(&wanted, &shown)) {
            // Also a lever that said so before us is held: it must not stay if we would have left it.
            self.written = Some(wanted);
            return Outcome::Applied;
        }
        // Held from here on, also by a write that says it failed.
        let was_ours = self.written.replace(wanted.clone()).is_some_and(|before| before == wanted);
        if let Err(error) = self.attribute.write(format!("{wanted}\n").as_bytes()) {
            return Outcome::of_error(&error);
        }
        match self.shows() {
            Ok(Some(after)) if self.means(&wanted, &after) => Outcome::Applied,
            Ok(_) if was_ours && self.outcome.obeys() => Outcome::Stolen,
            Ok(_) => Outcome::Ignored,
            Err(outcome) => outcome,
        }
    }

    /// What it says, if that is a word or a number.
    fn shows(&self) -> Result<Option<String>, Outcome> {
        let mut bytes = [0; WORD_BYTES_MAX];
        let length = self.attribute.read(&mut bytes).map_err(|error| Outcome::of_error(&error))?;
        let line = bytes[..length].split(|byte| *byte == b'\n').next().unwrap_or_default();
        Ok(std::str::from_utf8(line).ok().filter(|line| is_word(line)).map(str::to_owned))
    }

    /// Whether `shown` is what a driver makes of `wanted`.
    fn means(&self, wanted: &str, shown: &str) -> bool {
        match (&self.which, number(wanted), number(shown)) {
            (Which::Power { .. }, Some(wanted), Some(shown)) => {
                shown.abs_diff(wanted) <= POWER_STEP_UW
            }
            (Which::Frequency { .. }, Some(wanted), Some(shown)) => {
                shown.abs_diff(wanted) as f64 <= FREQUENCY_STEP * wanted as f64
            }
            _ => wanted == shown,
        }
    }

    /// Brings it back to what it said before us. A lever that says so already is not written: one that
    /// refused us refuses this too.
    pub(super) fn give_back(&mut self, before: &str) -> GivenBack {
        if !self.is_sane(before) {
            return GivenBack::Failed(Outcome::Ignored);
        }
        let exactly = |lever: &Self| lever.shows().map(|shown| shown.as_deref() == Some(before));
        let written = match exactly(self) {
            Ok(true) => Ok(()),
            Ok(false) => self.attribute.write(format!("{before}\n").as_bytes()),
            Err(outcome) => return GivenBack::Failed(outcome),
        };
        if let Err(error) = written {
            return GivenBack::Failed(Outcome::of_error(&error));
        }
        match self.shows() {
            Ok(Some(shown)) if self.means(before, &shown) => {
                self.written = None;
                GivenBack::AsBefore
            }
            Ok(_) => GivenBack::Failed(Outcome::Ignored),
            Err(outcome) => GivenBack::Failed(outcome),
        }
    }
}

fn choice(choices: &[String], best: &[&str]) -> Option<String> {
    best.iter()
        .find(|best| choices.iter().any(|choice| choice == *best))
        .map(|best| (*best).to_owned())
}

fn number(text: &str) -> Option<u64> {
    parse::microjoules(text.as_bytes()).ok()
}

/// What these attributes say is a number or a word; anything else is not written back.
fn is_word(text: &str) -> bool {
    !text.is_empty()
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'))
}

#[expect(clippy::cast_possible_truncation, reason = "clamped to a range of whole numbers")]
#[expect(clippy::cast_sign_loss, reason = "clamped to a range above zero")]
fn microwatts(watts: f64) -> u64 {
    // A cap that is no number is the strictest one.
    let (least, most) = (*POWER_UW.start(), *POWER_UW.end());
    (watts.max(0.0) * 1e6).clamp(least as f64, most as f64) as u64
}

#[expect(clippy::cast_possible_truncation, reason = "a share of a number of its own type")]
#[expect(clippy::cast_sign_loss, reason = "the share is not negative")]
fn kilohertz(most: u64, share: f64) -> u64 {
    (most as f64 * share) as u64
}

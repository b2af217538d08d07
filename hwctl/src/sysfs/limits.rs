//! What takes power from the processor: package limits, frequencies, preferences, the profile.
//!
//! Nothing here decides. A [`Wish`] says what is wanted, [`Levers::set`] brings the machine there and
//! says what came of it, by reading back. What holds for every wish:
//!
//! - **what a lever was like is kept before it is written** (see [`super::originals`]); what can't be
//!   kept is not written;
//! - **no limit is written above what was there before us**, or above what the zone says is its most;
//! - a lever that already says what is wanted is not written.
//!
//! The firmware may set package limits anew when its profile changes. So the profile goes first, in
//! both directions, and package and profile are kept together.

mod find;
mod lever;

use serde::{Deserialize, Serialize};

pub use find::find;
pub use lever::Lever;

use super::drive::{GivenBack, Outcome};
use super::originals::{OriginalsError, Setting};
use crate::units::{Seconds, Watts};

/// How long a limit may take to be felt when the short one is set too.
const FELT_AFTER: Seconds = Seconds(15.0);

/// Which lever, whatever number the kernel gave it this time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "snake_case", deny_unknown_fields)]
pub enum Which {
    /// The firmware's profile.
    Profile,
    /// A package's limit: `intel-rapl` or `intel-rapl-mmio`, `package-0`, `long_term`.
    Power {
        /// The driver behind it.
        control: String,
        /// The zone's name.
        zone: String,
        /// The constraint's name.
        limit: String,
    },
    /// Whether a package's limits are in force.
    Enabled {
        /// The driver behind it.
        control: String,
        /// The zone's name.
        zone: String,
    },
    /// A frequency policy's most, in kHz.
    Frequency {
        /// Such as `policy0`.
        policy: String,
    },
    /// A frequency policy's energy preference (EPP).
    Preference {
        /// Such as `policy0`.
        policy: String,
    },
}

/// How much a processor should save.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Saving {
    /// Speed where it costs little.
    Some,
    /// As much as it can.
    Most,
}

/// What is wanted. The default wants nothing: everything is as it was before us.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Wish {
    /// The most the package may take.
    pub cap: Option<Watts>,
    /// The share of the highest frequency that may be used, 0 to 1.
    pub frequency: Option<f64>,
    /// How much the processor should save.
    pub saving: Option<Saving>,
    /// Whether the firmware should be quiet.
    pub quiet: bool,
}

/// What came of a wish; nothing for levers that this machine has not.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Done {
    /// The package limit: the best of all drivers', for the lowest limit is the one that counts.
    pub power: Option<Outcome>,
    /// The frequencies: the worst of all policies'.
    pub frequency: Option<Outcome>,
    /// The preferences: the worst of all policies'.
    pub preference: Option<Outcome>,
    /// The firmware's profile.
    pub profile: Option<Outcome>,
    /// How long the package limit may take to be felt.
    pub felt_after: Seconds,
}

/// Keeps what levers are like before they are written for the first time, and says what they were
/// like before us.
pub type Keep<'a> = dyn FnMut(&[Setting]) -> Result<Vec<Setting>, OriginalsError> + 'a;

/// All levers of a machine.
#[derive(Debug, Default)]
pub struct Levers(Vec<Lever>);

impl Levers {
    /// These ones.
    pub fn new(levers: Vec<Lever>) -> Self {
        Self(levers)
    }

    /// Whether one of them went away.
    pub fn is_lost(&self) -> bool {
        self.0.iter().any(Lever::is_gone)
    }

    /// Takes what was found now in place of what was lost, and remembers what was written.
    pub fn renew(&mut self, found: Self) {
        let before = std::mem::replace(self, found);
        for old in before.0 {
            match self.0.iter_mut().find(|lever| lever.which() == old.which()) {
                Some(lever) => lever.remember(old),
                None => self.0.push(old),
            }
        }
    }

    /// Whether something that was written is not as it was before us.
    pub fn holds(&self) -> bool {
        self.0.iter().any(Lever::is_held)
    }

    /// Brings the machine to what is wished.
    ///
    /// # Errors
    ///
    /// If what is there now can't be kept. Then nothing was written.
    pub fn set(&mut self, wish: &Wish, keep: &mut Keep<'_>) -> Result<Done, OriginalsError> {
        self.keep(wish, keep)?;
        for lever in &mut self.0 {
            lever.set(wish);
        }
        Ok(self.done())
    }

    /// Levers that belong together are kept together: what moves one may move the other.
    fn keep(&mut self, wish: &Wish, keep: &mut Keep<'_>) -> Result<(), OriginalsError> {
        for of_package in [true, false] {
            let ours = |lever: &&mut Lever| lever.is_of_package() == of_package;
            if !self.0.iter().any(|lever| lever.is_of_package() == of_package && lever.writes(wish))
            {
                continue;
            }
            let seen: Vec<Setting> =
                self.0.iter_mut().filter(ours).filter_map(|l| l.seen()).collect();
            let kept = keep(&seen)?;
            for lever in self.0.iter_mut().filter(ours) {
                lever.learn(&kept);
            }
        }
        Ok(())
    }

    fn done(&self) -> Done {
        let outcomes = |is: fn(&Which) -> bool| {
            self.0.iter().filter(move |lever| is(lever.which())).map(Lever::outcome)
        };
        let worst = |is: fn(&Which) -> bool| {
            let mut outcomes = outcomes(is);
            let first = outcomes.next()?;
            Some(outcomes.fold(first, |worst, next| if worst.obeys() { next } else { worst }))
        };
        let long = |which: &Which| matches!(which, Which::Power { limit, .. } if limit == LONG);
        let best = outcomes(long).find(|outcome| outcome.obeys());
        Done {
            power: best.or_else(|| outcomes(long).next()),
            frequency: worst(|which| matches!(which, Which::Frequency { .. })),
            preference: worst(|which| matches!(which, Which::Preference { .. })),
            profile: worst(|which| matches!(which, Which::Profile)),
            felt_after: self.felt_after(),
        }
    }

    /// A short limit is felt at once; a long one within the time over which it averages.
    fn felt_after(&self) -> Seconds {
        let short = self.0.iter().any(|lever| {
            lever.outcome().obeys()
                && matches!(lever.which(), Which::Power { limit, .. } if limit == SHORT)
        });
        let window = self.0.iter().filter_map(Lever::window).fold(0.0, f64::max);
        Seconds(FELT_AFTER.0 + if short { 0.0 } else { window })
    }

    /// Brings back what was there before us, wherever its lever is now.
    pub fn give_back(&mut self, before: &[Setting]) -> Vec<(Which, GivenBack)> {
        let mut done = Vec::with_capacity(before.len());
        let profile_first = [true, false].into_iter().flat_map(|first| {
            before.iter().filter(move |setting| (setting.which == Which::Profile) == first)
        });
        for setting in profile_first {
            let lever = self.0.iter_mut().find(|lever| *lever.which() == setting.which);
            let given = lever
                .map_or(GivenBack::Failed(Outcome::Gone), |lever| lever.give_back(&setting.value));
            done.push((setting.which.clone(), given));
        }
        done
    }
}

/// What kernels call a package's two limits.
pub(super) const LONG: &str = "long_term";
pub(super) const SHORT: &str = "short_term";

impl std::fmt::Display for Which {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Profile => write!(f, "platform_profile"),
            Self::Power { control, zone, limit } => write!(f, "{control}:{zone}:{limit}"),
            Self::Enabled { control, zone } => write!(f, "{control}:{zone}:enabled"),
            Self::Frequency { policy } => write!(f, "{policy}:scaling_max_freq"),
            Self::Preference { policy } => write!(f, "{policy}:energy_performance_preference"),
        }
    }
}

#[cfg(test)]
mod tests;

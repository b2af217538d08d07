//! What names a channel of a chip, whatever number the kernel gave it this time.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A channel that stays the same over boots: where its device is, what drives it, which channel, and
/// what the driver calls it. `hwmonN` is an order of arrival and names nothing.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Key {
    /// The device's real path beneath `/sys`.
    pub device: String,
    /// The driver's `name`.
    pub driver: String,
    /// Such as `pwm1` or `temp2`.
    pub channel: String,
    /// The channel's label, if it has one.
    pub label: Option<String>,
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { device, driver, channel, label } = self;
        write!(f, "{device}:{driver}:{channel}")?;
        label.as_ref().map_or(Ok(()), |label| write!(f, ":{label}"))
    }
}

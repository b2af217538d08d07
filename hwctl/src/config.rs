//! What an operator may set: `config/hwctl.toml` shows every key, and a test keeps it equal to the
//! defaults.
//!
//! What is wrong ends the start before any fan is taken: file, line, and what to do. Limits can only be
//! made stricter, and whether they are shows on the machine ([`Config::check`]).

mod file;
mod users;

use std::fmt;
use std::path::{Path, PathBuf};

use thiserror::Error;

use crate::bands::Bands;
use crate::control::Limits;
use crate::curve::Curve;
use crate::intent::Allowed;
use crate::sysfs::discover::Inventory;
use crate::units::{Celsius, Watts};

pub use file::load;

/// What a file says. Without a file: the defaults.
#[derive(Clone, Debug, PartialEq)]
pub struct Config {
    /// The board that the file is for.
    pub board: Option<At<String>>,
    /// The key of the fan to take.
    pub take: Option<At<String>>,
    /// Speeds that the fan only passes through.
    pub bands: Bands,
    /// How the duty is chosen.
    pub curve: Curve,
    /// A lower critical temperature.
    pub critical: Option<At<Celsius>>,
    /// A lower power.
    pub power_max: Option<At<Watts>>,
    /// Who may send intents.
    pub allowed: Allowed,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            board: None,
            take: None,
            bands: Bands::default(),
            curve: Curve::Auto,
            critical: None,
            power_max: None,
            allowed: Allowed::default(),
        }
    }
}

/// A value and where it is written, for what can only be checked on the machine.
#[derive(Clone, Debug, PartialEq)]
pub struct At<T> {
    /// The value.
    pub value: T,
    /// Where it is written.
    pub place: Place,
}

/// A line of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The file.
    pub path: PathBuf,
    /// The line, from 1.
    pub line: usize,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.path.display(), self.line)
    }
}

/// A configuration that can't be used. No fan is taken then.
#[derive(Debug, Error)]
pub enum ConfigError {
    /// The file can't be read.
    #[error("{}: can't read the configuration: {source}; no fan is taken", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// A line is wrong, or not for this machine.
    #[error("{place}: {message}; no fan is taken")]
    Wrong {
        /// Where.
        place: Place,
        /// What is wrong, and what to do.
        message: String,
    },
}

impl ConfigError {
    fn wrong<T>(at: &At<T>, message: String) -> Self {
        Self::Wrong { place: at.place.clone(), message }
    }
}

impl Config {
    /// Whether the file is for this machine, before anything is taken.
    ///
    /// # Errors
    ///
    /// If it is for another board, names a fan that is not there, or loosens a limit.
    pub fn check(&self, inventory: &Inventory, limits: &Limits) -> Result<(), ConfigError> {
        if let Some(board) = &self.board
            && board.value != inventory.board
        {
            let message = format!(
                "this file is for the board \"{}\", and this one is \"{}\": write a file for it, or \
                 correct machine.board",
                board.value, inventory.board
            );
            return Err(ConfigError::wrong(board, message));
        }
        if let Some(take) = &self.take
            && inventory.fan(&take.value).is_none()
        {
            let message = format!(
                "there is no fan {} on this board ({}): write one of {}, or remove fan.take",
                take.value,
                inventory.board,
                inventory.fan_keys()
            );
            return Err(ConfigError::wrong(take, message));
        }
        if let Some(critical) = &self.critical
            && critical.value > limits.critical
        {
            let message = format!(
                "limits.critical_c can only be lower than what the processor tells, {}",
                limits.critical
            );
            return Err(ConfigError::wrong(critical, message));
        }
        if let Some(most) = &self.power_max
            && !(limits.power_min..=limits.power_max).contains(&most.value)
        {
            let message = format!(
                "limits.power_max_w can only be less than the machine's own {}, and not below {}",
                limits.power_max, limits.power_min
            );
            return Err(ConfigError::wrong(most, message));
        }
        Ok(())
    }

    /// The machine's limits, or stricter ones.
    pub fn limits(&self, told: Limits) -> Limits {
        Limits {
            critical: self.critical.as_ref().map_or(told.critical, |at| at.value),
            power_max: self.power_max.as_ref().map_or(told.power_max, |at| at.value),
            power_min: told.power_min,
        }
    }
}

/// Loads the file, if one is named.
///
/// # Errors
///
/// As [`load`].
pub fn load_or_default(path: Option<&Path>) -> Result<Config, ConfigError> {
    path.map_or_else(|| Ok(Config::default()), load)
}

#[cfg(test)]
mod tests;

//! The command line.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Parser, Subcommand};

use crate::config::{self, ConfigError};
use crate::machine::{Place, Wires};
use crate::run::{Settings, Simulate};
use crate::sysfs::Root;
use crate::trials::Wish;

/// Keeps the machine cool, quiet and safe
#[derive(Debug, Parser)]
#[command(name = "hearth-hwctl", version, about)]
pub struct Args {
    /// What to do
    #[command(subcommand)]
    pub command: Command,
    /// The machine: a folder with its sys and proc
    #[arg(long, default_value = "/", value_name = "DIR", global = true)]
    pub root: PathBuf,
    /// Where the sockets and the fans' original modes are
    #[arg(long, default_value = "/run/hearth-hwctl", value_name = "DIR", global = true)]
    pub run: PathBuf,
    /// Where calibrations are kept
    #[arg(long, default_value = "/var/lib/hearth-hwctl", value_name = "DIR", global = true)]
    pub state: PathBuf,
}

/// What can be done.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Watch the machine and, if told which, drive a fan
    Run(Run),
    /// Give every fan and power limit back that was taken, as after a crash
    Restore,
    /// Show the present state, as one line of JSON
    Status,
    /// Show what this machine has, as JSON, with the keys of its fans, and whether it was measured
    List,
    /// Tell the running program to measure the fan, to drill it, or to stop either
    Ask {
        /// What
        #[arg(value_enum)]
        what: Wish,
    },
}

/// Options of `run`.
#[derive(Clone, Debug, clap::Args)]
pub struct Run {
    /// The settings; see hwctl.toml
    #[arg(long, env = "HEARTH_HWCTL_CONFIG", value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// The key of the fan to drive, as `list` shows it; goes before the settings. Without any, the
    /// firmware keeps all fans
    #[arg(long, env = "HEARTH_HWCTL_TAKE", value_name = "KEY")]
    pub take: Option<String>,
    /// Run a simulated machine in the run folder, and drive its fan
    #[arg(long, conflicts_with = "take")]
    pub simulate: bool,
    /// The same, but only where this machine shows no temperature of its processor
    #[arg(long, conflicts_with_all = ["take", "simulate"])]
    pub or_simulate: bool,
    /// How often to look
    #[arg(long, default_value_t = 1_000, hide = true, value_parser = clap::value_parser!(u64).range(1..=1_000))]
    pub tick_ms: u64,
}

impl Args {
    /// What `run` is told.
    ///
    /// # Errors
    ///
    /// If the settings can't be used.
    pub fn settings(&self, run: &Run) -> Result<Settings, ConfigError> {
        let config = config::load_or_default(run.config.as_deref())?;
        let told = config.take.as_ref().map(|take| take.value.clone());
        let place = Place {
            root: Root::new(&self.root),
            run: self.run.clone(),
            take: run.take.clone().or(told),
            wires: Wires::default(),
        };
        Ok(Settings {
            place,
            state: self.state.clone(),
            tick: Duration::from_millis(run.tick_ms),
            simulate: match (run.simulate, run.or_simulate) {
                (true, _) => Simulate::Always,
                (false, true) => Simulate::IfBare,
                (false, false) => Simulate::Never,
            },
            config,
        })
    }
}

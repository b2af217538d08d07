//! The command line of hearthd, and what it shares with that of `hearth`.

use std::path::PathBuf;

use clap::{Args as ClapArgs, Parser};

use crate::config::{Config, ConfigError, Overrides, load};

/// Hearth's server: the front door of an office.
#[derive(Debug, Parser)]
#[command(name = "hearthd", version, about)]
pub struct Args {
    /// Where the settings come from.
    #[command(flatten)]
    pub settings: Settings,
    /// Work on one picture and end: what hearthd starts for each that is uploaded.
    #[arg(long, hide = true, value_name = "TYPE")]
    pub picture: Option<String>,
}

/// Where the settings come from. Nothing needs to be set.
#[derive(Clone, Debug, Default, ClapArgs)]
pub struct Settings {
    /// Read this configuration file
    #[arg(long, env = "HEARTH_CONFIG", value_name = "FILE", global = true)]
    pub config: Option<PathBuf>,
    /// Keep everything in this folder
    #[arg(long, env = "HEARTH_DATA", value_name = "DIR", global = true)]
    pub data: Option<PathBuf>,
    /// Listen on this address, or address and port
    #[arg(long, env = "HEARTH_LISTEN", value_name = "ADDRESS", global = true)]
    pub listen: Option<String>,
    /// Listen on this port
    #[arg(long, env = "HEARTH_PORT", value_name = "PORT", global = true)]
    pub port: Option<u16>,
}

impl Settings {
    /// Reads the configuration.
    ///
    /// # Errors
    ///
    /// [`ConfigError`], which names file, line and key.
    pub fn load(&self) -> Result<Config, ConfigError> {
        let overrides =
            Overrides { listen: self.listen.clone(), port: self.port, data: self.data.clone() };
        load(self.config.as_deref(), &overrides)
    }

    /// The same settings as arguments of another program.
    #[must_use]
    pub fn to_arguments(&self) -> Vec<std::ffi::OsString> {
        let mut arguments = Vec::new();
        let mut add = |name: &str, value: Option<std::ffi::OsString>| {
            if let Some(value) = value {
                arguments.extend([name.into(), value]);
            }
        };
        add("--config", self.config.clone().map(Into::into));
        add("--data", self.data.clone().map(Into::into));
        add("--listen", self.listen.clone().map(Into::into));
        add("--port", self.port.map(|port| port.to_string().into()));
        arguments
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_consistent() {
        Args::command().debug_assert();
    }

    #[test]
    fn settings_survive_being_passed_on() {
        let args = ["hearthd", "--data", "/d", "--port", "99", "--listen", "::1"];
        let settings = Args::parse_from(args).settings;
        let mut again = vec![std::ffi::OsString::from("hearthd")];
        again.extend(settings.to_arguments());
        assert_eq!(again.len(), 7);
        assert_eq!(Args::parse_from(again).settings.to_arguments(), settings.to_arguments());
        assert_eq!(settings.load().unwrap().server.listen.to_string(), "[::1]:99");
    }
}

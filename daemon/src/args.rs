//! The command line of hearthd, and what it shares with that of `hearth`.

use std::path::{Path, PathBuf};

use clap::{Args as ClapArgs, Parser};

use crate::config::{Config, ConfigError, Overrides, load};

/// Where a package leaves room for an operator's settings.
const DROP_INS: &str = "/etc/hearth/conf.d";
/// What a package sets, from the folder above the one of its programs.
const PACKAGED: &str = "share/hearth/hearthd.toml";

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
    /// Read the files of this folder that end in .toml after it, in the order of their names
    #[arg(long, env = "HEARTH_CONFIG_DIR", value_name = "DIR", global = true)]
    pub config_dir: Option<PathBuf>,
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
        let (file, folder) = self.files();
        load(file.as_deref(), folder.as_deref(), &overrides)
    }

    /// The files that are read: those that are named, else those of a package that brought this
    /// program.
    #[must_use]
    pub fn files(&self) -> (Option<PathBuf>, Option<PathBuf>) {
        if self.config.is_some() || self.config_dir.is_some() {
            return (self.config.clone(), self.config_dir.clone());
        }
        let program = std::env::current_exe().ok();
        match program.as_deref().and_then(packaged) {
            Some(file) => (Some(file), Some(PathBuf::from(DROP_INS))),
            None => (None, None),
        }
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
        add("--config-dir", self.config_dir.clone().map(Into::into));
        add("--data", self.data.clone().map(Into::into));
        add("--listen", self.listen.clone().map(Into::into));
        add("--port", self.port.map(|port| port.to_string().into()));
        arguments
    }
}

/// The file of the package that brought `program`, if one did.
fn packaged(program: &Path) -> Option<PathBuf> {
    let file = program.parent()?.parent()?.join(PACKAGED);
    file.is_file().then_some(file)
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
        let args =
            ["hearthd", "--data", "/d", "--port", "99", "--listen", "::1", "--config-dir", "/c"];
        let settings = Args::parse_from(args).settings;
        let mut again = vec![std::ffi::OsString::from("hearthd")];
        again.extend(settings.to_arguments());
        assert_eq!(again.len(), 9);
        assert_eq!(Args::parse_from(again).settings.to_arguments(), settings.to_arguments());
        assert_eq!(settings.load().unwrap().server.listen.to_string(), "[::1]:99");
    }

    #[test]
    fn a_program_from_a_package_reads_what_the_package_brought() {
        let prefix = tempfile::tempdir().unwrap();
        let program = prefix.path().join("bin/hearth");
        assert_eq!(packaged(&program), None);
        let file = prefix.path().join(PACKAGED);
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(&file, "").unwrap();
        assert_eq!(packaged(&program), Some(file));
        let named = Settings { config: Some("/c.toml".into()), ..Settings::default() };
        assert_eq!(named.files(), (Some("/c.toml".into()), None));
    }
}

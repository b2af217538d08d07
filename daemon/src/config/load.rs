//! From a file and the environment to a [`Config`], or to a sentence that says what is wrong where.

use std::fs;
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};

use super::{Config, TlsMode};

/// The exit code of a program whose configuration is wrong (`EX_CONFIG` of sysexits.h). A supervisor
/// does not try again.
pub const EXIT_CODE_CONFIG: u8 = 78;

/// What the command line and the environment say instead of the file.
#[derive(Clone, Debug, Default)]
pub struct Overrides {
    /// `HEARTH_LISTEN`: an address, or an address and port.
    pub listen: Option<String>,
    /// `HEARTH_PORT`: only the port.
    pub port: Option<u16>,
    /// `HEARTH_DATA`: the data folder.
    pub data: Option<PathBuf>,
}

/// A configuration that can't be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file can't be read.
    #[error("{}: can't read the configuration: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The file has a mistake.
    #[error("{}:{line}: {key}{message}", path.display())]
    Parse {
        /// The file.
        path: PathBuf,
        /// The line of the mistake, counted from 1.
        line: usize,
        /// The key on that line with a colon, or nothing.
        key: String,
        /// What is wrong.
        message: String,
    },
    /// A value does not fit the others.
    #[error("{}{key}: {message}", location(path.as_deref()))]
    Value {
        /// The file, if there is one.
        path: Option<PathBuf>,
        /// The key or environment variable.
        key: &'static str,
        /// What is wrong.
        message: &'static str,
    },
}

fn location(path: Option<&Path>) -> String {
    path.map(|path| format!("{}: ", path.display())).unwrap_or_default()
}

/// Reads the file, if one is given, and applies the overrides.
///
/// # Errors
///
/// [`ConfigError`], which names file, line and key.
pub fn load(path: Option<&Path>, overrides: &Overrides) -> Result<Config, ConfigError> {
    let mut config = match path {
        Some(path) => {
            let text = fs::read_to_string(path)
                .map_err(|source| ConfigError::Read { path: path.to_owned(), source })?;
            parse(path, &text)?
        }
        None => Config::default(),
    };
    if let Some(listen) = &overrides.listen {
        config.server.listen = listen_address(listen, config.server.listen.port())?;
    }
    if let Some(port) = overrides.port {
        config.server.listen.set_port(port);
    }
    if let Some(data) = &overrides.data {
        config.data.dir.clone_from(data);
    }
    check(path, &config)?;
    Ok(config)
}

fn parse(path: &Path, text: &str) -> Result<Config, ConfigError> {
    toml::from_str(text).map_err(|error| {
        let at = error.span().map_or(0, |span| span.start.min(text.len()));
        let line = text[..at].matches('\n').count() + 1;
        let written = text.lines().nth(line - 1).unwrap_or_default();
        let key = written.split_once('=').map(|(key, _)| format!("{}: ", key.trim()));
        ConfigError::Parse {
            path: path.to_owned(),
            line,
            key: key.unwrap_or_default(),
            message: error.message().trim().replace('\n', ", "),
        }
    })
}

fn listen_address(text: &str, port: u16) -> Result<SocketAddr, ConfigError> {
    let bare = text.trim_start_matches('[').trim_end_matches(']');
    match (text.parse::<SocketAddr>(), bare.parse::<IpAddr>()) {
        (Ok(address), _) => Ok(address),
        (_, Ok(address)) => Ok(SocketAddr::new(address, port)),
        _ => Err(ConfigError::Value {
            path: None,
            key: "HEARTH_LISTEN",
            message: "neither an address like 127.0.0.1 nor one with a port like 0.0.0.0:8080",
        }),
    }
}

fn check(path: Option<&Path>, config: &Config) -> Result<(), ConfigError> {
    let wrong =
        |key, message| Err(ConfigError::Value { path: path.map(Path::to_owned), key, message });
    let (tls, limits) = (&config.tls, &config.limits);
    match (tls.mode, &tls.cert, &tls.key) {
        (TlsMode::Files, None, _) => return wrong("tls.cert", "needed when tls.mode is \"files\""),
        (TlsMode::Files, _, None) => return wrong("tls.key", "needed when tls.mode is \"files\""),
        (TlsMode::Off | TlsMode::OwnCa, Some(_), _)
        | (TlsMode::Off | TlsMode::OwnCa, _, Some(_)) => {
            return wrong("tls.mode", "must be \"files\" when a certificate or key is named");
        }
        _ => {}
    }
    if limits.connections_max == 0 {
        return wrong("limits.connections_max", "must be at least 1");
    }
    if config.data.dir.as_os_str().is_empty() {
        return wrong("data.dir", "must not be empty");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Network;

    fn refusal(text: &str) -> String {
        let path = Path::new("hearthd.toml");
        let parsed = parse(path, text).and_then(|config| check(Some(path), &config));
        parsed.unwrap_err().to_string()
    }

    #[test]
    fn the_example_shows_the_defaults() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../config/hearthd.toml");
        let example = fs::read_to_string(&path).unwrap();
        assert_eq!(load(Some(&path), &Overrides::default()).unwrap(), Config::default());
        // With every default spelled out and uncommented, it still means the same.
        let spelled: String = example
            .lines()
            .map(|line| line.strip_prefix("#: ").unwrap_or(line).to_owned() + "\n")
            .collect();
        assert_ne!(spelled, example);
        assert_eq!(parse(&path, &spelled).unwrap(), Config::default());
    }

    #[test]
    fn mistakes_name_file_line_and_key() {
        let text = refusal("[server]\nlisten = \"0.0.0.0:80\"\nhots = []\n");
        assert!(text.starts_with("hearthd.toml:3: hots: unknown field `hots`"), "{text}");
        let text = refusal("\n[limits]\ndrain_s = \"ten\"");
        assert!(text.starts_with("hearthd.toml:3: drain_s: invalid type"), "{text}");
        let text = refusal("[server]\nlisten = \"0.0.0.0\"");
        assert!(text.starts_with("hearthd.toml:2: listen: "), "{text}");
        let text = refusal("[server]\ntrusted_proxies = [\"ten\"]");
        assert!(text.starts_with("hearthd.toml:2: trusted_proxies: neither"), "{text}");
        let text = refusal("[severs]\n");
        assert!(text.starts_with("hearthd.toml:1: unknown field `severs`"), "{text}");
        let text = refusal("[server\n");
        assert!(text.starts_with("hearthd.toml:1: "), "{text}");
    }

    #[test]
    fn values_must_fit_each_other() {
        assert!(refusal("[tls]\nmode = \"files\"\ncert = \"a\"").contains("tls.key: needed"));
        assert!(refusal("[tls]\nkey = \"a\"").contains("tls.mode: must be"));
        assert!(refusal("[limits]\nconnections_max = 0").contains("limits.connections_max"));
    }

    #[test]
    fn a_full_file_is_understood() {
        let text = "[server]\nlisten = \"[::]:443\"\nhosts = [\"chat.example\"]\n\
                    trusted_proxies = [\"10.0.0.0/8\"]\n[tls]\nmode = \"own-ca\"\n\
                    [log]\nformat = \"json\"\n[metrics]\ntoken_file = \"/run/token\"";
        let config = parse(Path::new("x"), text).unwrap();
        assert_eq!(config.tls.mode, TlsMode::OwnCa);
        assert_eq!(config.server.trusted_proxies, ["10.0.0.0/8".parse::<Network>().unwrap()]);
    }

    #[test]
    fn the_environment_wins() {
        let load = |listen: &str, port| {
            let listen = Some(listen.to_owned());
            load(None, &Overrides { listen, port, data: Some("/d".into()) }).unwrap()
        };
        assert_eq!(load("127.0.0.1", None).server.listen.to_string(), "127.0.0.1:8080");
        assert_eq!(load("[::1]", Some(0)).server.listen.to_string(), "[::1]:0");
        assert_eq!(load("10.0.0.1:99", None).server.listen.to_string(), "10.0.0.1:99");
        assert_eq!(load("::", Some(9)).data.dir, Path::new("/d"));
        let wrong = Overrides { listen: Some("here".into()), ..Overrides::default() };
        let error = super::load(None, &wrong).unwrap_err();
        assert!(error.to_string().starts_with("HEARTH_LISTEN: neither"));
    }

    #[test]
    fn a_missing_file_is_named() {
        let error = load(Some(Path::new("/no/such.toml")), &Overrides::default()).unwrap_err();
        assert!(error.to_string().starts_with("/no/such.toml: can't read"), "{error}");
    }
}

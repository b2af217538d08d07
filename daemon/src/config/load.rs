//! From files and the environment to a [`Config`], or to a sentence that says what is wrong where.

use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};

use super::sources::{Place, Sources};
use super::{AcmeConfig, Config, DataConfig, TlsMode, UpdateConfig};

/// The exit code of a program whose configuration is wrong (`EX_CONFIG` of sysexits.h). A supervisor
/// does not try again.
pub const EXIT_CODE_CONFIG: u8 = 78;

/// What the command line and the environment say instead of the files.
#[derive(Clone, Debug, Default)]
pub struct Overrides {
    /// `HEARTH_LISTEN`: an address, or an address and port.
    pub listen: Option<String>,
    /// `HEARTH_PORT`: only the port.
    pub port: Option<u16>,
    /// `HEARTH_DATA`: the data folder, which then holds the operator's socket as well.
    pub data: Option<PathBuf>,
}

/// A configuration that can't be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// A file can't be read.
    #[error("{}: can't read the configuration: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A file has a mistake.
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
    /// Files that are right by themselves make no sense together.
    #[error("the configuration files do not fit together: {0}")]
    Together(String),
    /// A value does not fit the others.
    #[error("{}{key}: {message}{}", before(place.as_ref()), beside(other.as_ref()))]
    Value {
        /// Where it stands, if it is in a file.
        place: Option<Place>,
        /// The key or environment variable.
        key: &'static str,
        /// What is wrong.
        message: &'static str,
        /// The setting that it contradicts, and where that stands.
        other: Option<(&'static str, Place)>,
    },
}

fn before(place: Option<&Place>) -> String {
    place.map(|place| format!("{place}: ")).unwrap_or_default()
}

fn beside(other: Option<&(&'static str, Place)>) -> String {
    other.map(|(key, place)| format!(" ({key} stands in {place})")).unwrap_or_default()
}

/// Reads the files and applies the overrides.
///
/// # Errors
///
/// [`ConfigError`], which names file, line and key.
pub fn load(
    file: Option<&Path>,
    folder: Option<&Path>,
    overrides: &Overrides,
) -> Result<Config, ConfigError> {
    let sources = Sources::read(file, folder)?;
    let mut config = sources.merged()?;
    if let Some(listen) = &overrides.listen {
        config.server.listen = listen_address(listen, config.server.listen.port())?;
    }
    if let Some(port) = overrides.port {
        config.server.listen.set_port(port);
    }
    if let Some(data) = &overrides.data {
        config.data = DataConfig { dir: data.clone(), run: None };
    }
    check(&config).map_err(|found| found.located(&sources))?;
    Ok(config)
}

fn listen_address(text: &str, port: u16) -> Result<SocketAddr, ConfigError> {
    let bare = text.trim_start_matches('[').trim_end_matches(']');
    match (text.parse::<SocketAddr>(), bare.parse::<IpAddr>()) {
        (Ok(address), _) => Ok(address),
        (_, Ok(address)) => Ok(SocketAddr::new(address, port)),
        _ => Err(ConfigError::Value {
            place: None,
            key: "HEARTH_LISTEN",
            message: "neither an address like 127.0.0.1 nor one with a port like 0.0.0.0:8080",
            other: None,
        }),
    }
}

/// A value that does not fit.
struct Misfit {
    key: &'static str,
    message: &'static str,
    /// The setting that it does not fit to.
    other: Option<&'static str>,
}

impl Misfit {
    fn located(self, sources: &Sources) -> ConfigError {
        let Self { key, message, other } = self;
        let other = other.and_then(|key| sources.place(key).map(|place| (key, place)));
        ConfigError::Value { place: sources.place(key), key, message, other }
    }
}

fn check(config: &Config) -> Result<(), Misfit> {
    let misfit = |key, message, other| Err(Misfit { key, message, other });
    let (tls, limits) = (&config.tls, &config.limits);
    match (tls.mode, &tls.cert, &tls.key) {
        (TlsMode::Files, None, _) => {
            return misfit("tls.cert", "needed when tls.mode is \"files\"", Some("tls.mode"));
        }
        (TlsMode::Files, _, None) => {
            return misfit("tls.key", "needed when tls.mode is \"files\"", Some("tls.mode"));
        }
        (TlsMode::Off | TlsMode::OwnCa | TlsMode::Acme, cert, key)
            if cert.is_some() || key.is_some() =>
        {
            let other = if cert.is_some() { "tls.cert" } else { "tls.key" };
            let message = "must be \"files\" when a certificate or key is named";
            return misfit("tls.mode", message, Some(other));
        }
        _ => {}
    }
    check_acme(tls.mode, &config.acme)?;
    if config.server.local_name.as_deref().is_some_and(|name| !is_label(name)) {
        let message = "one word of letters, digits and dashes, without .local";
        return misfit("server.local_name", message, None);
    }
    if tls.mode == TlsMode::Off && config.server.http_listen.is_some() {
        let message = "needs TLS: set tls.mode";
        return misfit("server.http_listen", message, Some("tls.mode"));
    }
    if limits.connections_max == 0 {
        return misfit("limits.connections_max", "must be at least 1", None);
    }
    check_quiet_hours(&config.update)?;
    if config.data.dir.as_os_str().is_empty() {
        return misfit("data.dir", "must not be empty", None);
    }
    Ok(())
}

fn check_quiet_hours(update: &UpdateConfig) -> Result<(), Misfit> {
    let misfit = |key, message, other| Err(Misfit { key, message, other });
    if update.quiet_from > 23 {
        return misfit("update.quiet_from", "an hour of the day, from 0 to 23", None);
    }
    if update.quiet_to > 23 {
        return misfit("update.quiet_to", "an hour of the day, from 0 to 23", None);
    }
    if update.quiet_from == update.quiet_to {
        let message = "must be another hour than update.quiet_from";
        return misfit("update.quiet_to", message, Some("update.quiet_from"));
    }
    Ok(())
}

fn check_acme(mode: TlsMode, acme: &AcmeConfig) -> Result<(), Misfit> {
    if mode != TlsMode::Acme {
        return Ok(());
    }
    let is_public = |name: &String| {
        let plain = name.strip_prefix("*.").unwrap_or(name);
        plain.contains('.') && plain.split('.').all(is_label) && !plain.ends_with(".local")
    };
    let misfit = |key, message| Err(Misfit { key, message, other: Some("tls.mode") });
    if acme.names.is_empty() {
        return misfit("acme.names", "needed when tls.mode is \"acme\"");
    }
    if !acme.names.iter().all(is_public) {
        return misfit("acme.names", "names in public DNS, such as \"chat.example.org\"");
    }
    if !acme.directory.starts_with("https://") {
        return misfit("acme.directory", "must begin with https://");
    }
    if acme.hook.is_none() {
        let message = "needed when tls.mode is \"acme\": a program that sets DNS records";
        return misfit("acme.hook", message);
    }
    Ok(())
}

/// One part of a name (RFC 1123, 2.1).
fn is_label(text: &str) -> bool {
    let inside = |c: char| c.is_ascii_alphanumeric() || c == '-';
    (1..=63).contains(&text.len())
        && text.chars().all(inside)
        && !text.starts_with('-')
        && !text.ends_with('-')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Network;
    use std::fs;

    fn parse(text: &str) -> Result<Config, ConfigError> {
        let sources = Sources::of("hearthd.toml", text);
        let config = sources.merged()?;
        check(&config).map_err(|found| found.located(&sources))?;
        Ok(config)
    }

    fn refusal(text: &str) -> String {
        parse(text).unwrap_err().to_string()
    }

    #[test]
    fn the_example_shows_the_defaults() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../config/hearthd.toml");
        let example = fs::read_to_string(&path).unwrap();
        assert_eq!(load(Some(&path), None, &Overrides::default()).unwrap(), Config::default());
        // With every default spelled out and uncommented, it still means the same.
        let spelled: String = example
            .lines()
            .map(|line| line.strip_prefix("#: ").unwrap_or(line).to_owned() + "\n")
            .collect();
        assert_ne!(spelled, example);
        assert_eq!(parse(&spelled).unwrap(), Config::default());
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
        let told = refusal("[tls]\nmode = \"off\"\nkey = \"a\"");
        assert!(told.starts_with("hearthd.toml:2: tls.mode: must be"), "{told}");
        assert!(told.ends_with("(tls.key stands in hearthd.toml:3)"), "{told}");
        assert!(refusal("[limits]\nconnections_max = 0").contains("limits.connections_max"));
        assert!(refusal("[update]\nquiet_to = 24").contains("update.quiet_to: an hour"));
        let never = refusal("[update]\nquiet_from = 5");
        assert!(never.contains("update.quiet_to: must be another hour"), "{never}");
        assert!(never.ends_with("(update.quiet_from stands in hearthd.toml:2)"), "{never}");
        let clear = refusal("[server]\nhttp_listen = \"0.0.0.0:80\"");
        assert!(clear.contains("server.http_listen: needs TLS"), "{clear}");
    }

    #[test]
    fn names_of_ones_own_need_a_hook() {
        let acme = |lines: &str| refusal(&format!("[tls]\nmode = \"acme\"\n[acme]\n{lines}"));
        assert!(acme("").contains("acme.names: needed"));
        for name in ["chat", "box.local", "chat..org", "10.0.0.1/8"] {
            let text = acme(&format!("names = [\"{name}\"]\nhook = \"/h\""));
            assert!(text.contains("acme.names: names in public DNS"), "{text}");
        }
        assert!(acme("names = [\"a.example\"]").contains("acme.hook: needed"));
        let clear = acme("names = [\"a.example\"]\nhook = \"/h\"\ndirectory = \"http://a\"");
        assert!(clear.contains("acme.directory: must begin with https"), "{clear}");
        for name in ["hearth.local", "-a", ""] {
            let text = refusal(&format!("[server]\nlocal_name = \"{name}\""));
            assert!(text.contains("server.local_name: one word"), "{text}");
        }
    }

    #[test]
    fn a_full_file_is_understood() {
        let text = "[server]\nlisten = \"[::]:443\"\nhosts = [\"chat.example\"]\n\
                    trusted_proxies = [\"10.0.0.0/8\"]\n[tls]\nmode = \"own-ca\"\n\
                    [log]\nformat = \"json\"\n[metrics]\ntoken_file = \"/run/token\"";
        let config = parse(text).unwrap();
        assert_eq!(config.tls.mode, TlsMode::OwnCa);
        assert_eq!(config.server.trusted_proxies, ["10.0.0.0/8".parse::<Network>().unwrap()]);
    }

    #[test]
    fn the_environment_wins() {
        let load = |listen: &str, port| {
            let listen = Some(listen.to_owned());
            load(None, None, &Overrides { listen, port, data: Some("/d".into()) }).unwrap()
        };
        assert_eq!(load("127.0.0.1", None).server.listen.to_string(), "127.0.0.1:8080");
        assert_eq!(load("[::1]", Some(0)).server.listen.to_string(), "[::1]:0");
        assert_eq!(load("10.0.0.1:99", None).server.listen.to_string(), "10.0.0.1:99");
        assert_eq!(load("::", Some(9)).data.dir, Path::new("/d"));
        let wrong = Overrides { listen: Some("here".into()), ..Overrides::default() };
        let error = super::load(None, None, &wrong).unwrap_err();
        assert!(error.to_string().starts_with("HEARTH_LISTEN: neither"));
    }

    #[test]
    fn a_missing_file_is_named() {
        let error =
            load(Some(Path::new("/no/such.toml")), None, &Overrides::default()).unwrap_err();
        assert!(error.to_string().starts_with("/no/such.toml: can't read"), "{error}");
    }
}

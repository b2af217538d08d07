//! What an operator may set: one small struct per subject, every field with its unit and default.
//!
//! Nothing needs to be set. The file is TOML; unknown keys are refused, with file, line and key, so
//! that a typing error can't silently mean "default". `config/hearthd.toml` shows every field, and a
//! test keeps it equal to the defaults. A folder of further files lies over it ([`Sources`]); the
//! environment overrides all of them: see [`Overrides`].

mod acme;
mod load;
mod network;
mod sources;

use std::net::SocketAddr;
use std::path::PathBuf;

use serde::Deserialize;

pub use acme::AcmeConfig;
pub use load::{ConfigError, EXIT_CODE_CONFIG, Overrides, load};
pub use network::{Network, NotANetwork};
pub use sources::{Place, Setting, Sources};

use crate::local_name;
use crate::outbound::Allowed;

/// Name of the operator's socket.
const ADMIN_SOCKET: &str = "admin.sock";

/// Everything, by subject.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// Where Hearth answers, and to whom.
    pub server: ServerConfig,
    /// Where Hearth keeps what it knows.
    pub data: DataConfig,
    /// How connections are protected.
    pub tls: TlsConfig,
    /// Names of one's own, for `tls.mode = "acme"`.
    pub acme: AcmeConfig,
    /// How much of everything there may be.
    pub limits: LimitsConfig,
    /// What files may take.
    pub files: FilesConfig,
    /// When Hearth looks after itself.
    pub healing: HealingConfig,
    /// Newer versions of Hearth.
    pub update: UpdateConfig,
    /// What is written to the log.
    pub log: LogConfig,
    /// Who may read the metrics.
    pub metrics: MetricsConfig,
    /// Where requests may go that leave the box.
    pub outbound: OutboundConfig,
    /// Where the machine is told of.
    pub hardware: HardwareConfig,
}

/// Where Hearth answers, and to whom.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ServerConfig {
    /// Address and port to listen on. Port 0 takes any free one. Default `0.0.0.0:8080`.
    pub listen: SocketAddr,
    /// Address and port of a door in the clear, which only shows how to trust this box and where the
    /// secure door is; needs TLS. Default none.
    pub http_listen: Option<SocketAddr>,
    /// Names or addresses people reach this box by, besides localhost, private addresses and the
    /// machine's own name. Default none.
    pub hosts: Vec<String>,
    /// What this box is called in its network without any name server: `hearth` for `hearth.local`.
    /// Default none.
    pub local_name: Option<String>,
    /// Proxies whose `X-Forwarded-For` and `X-Forwarded-Proto` are believed, as addresses or
    /// networks. Default none.
    pub trusted_proxies: Vec<Network>,
    /// A file that shows the setup link and code on the machine's own screen while there is no owner,
    /// as /run/issue.d does. Default none.
    pub issue_file: Option<PathBuf>,
}

impl ServerConfig {
    /// The names and addresses besides the machine's own: those that were configured, and the local
    /// name.
    #[must_use]
    pub fn all_hosts(&self) -> Vec<String> {
        let local = self.local_name.iter().map(|name| local_name::full(name));
        local.chain(self.hosts.iter().cloned()).collect()
    }
}

impl Default for ServerConfig {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([0, 0, 0, 0], 8080)),
            http_listen: None,
            hosts: Vec::new(),
            local_name: None,
            trusted_proxies: Vec::new(),
            issue_file: None,
        }
    }
}

/// Where Hearth keeps what it knows.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct DataConfig {
    /// The data folder; only its owner may enter it. Default `.hearth`.
    pub dir: PathBuf,
    /// Where the operator's socket is made. Default: the data folder.
    pub run: Option<PathBuf>,
}

impl Default for DataConfig {
    fn default() -> Self {
        Self { dir: PathBuf::from(".hearth"), run: None }
    }
}

impl DataConfig {
    /// Where the operator's command reaches the running process.
    #[must_use]
    pub fn admin_socket(&self) -> PathBuf {
        self.run.as_deref().unwrap_or(&self.dir).join(ADMIN_SOCKET)
    }
}

/// How connections are protected.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct TlsConfig {
    /// Where the certificate comes from. Default `off`.
    pub mode: TlsMode,
    /// For `files`: the certificate chain, as PEM. It is read again when it changes.
    pub cert: Option<PathBuf>,
    /// For `files`: its private key, as PEM.
    pub key: Option<PathBuf>,
}

/// Where the certificate comes from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TlsMode {
    /// Plain HTTP: for localhost, or behind a proxy that speaks TLS.
    #[default]
    Off,
    /// From two files, for a name of one's own.
    Files,
    /// From an authority that lives on this box and that devices are told to trust.
    OwnCa,
    /// From a public authority, for names of one's own; the box's authority serves all others.
    Acme,
}

/// How much of everything there may be.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LimitsConfig {
    /// Open connections; further ones wait until one closes. Default 19,500, which leaves 500 of
    /// 20,000 descriptors to files.
    pub connections_max: usize,
    /// How long open requests may take to finish when Hearth stops, in seconds. Default 10.
    pub drain_s: u64,
}

impl Default for LimitsConfig {
    fn default() -> Self {
        Self { connections_max: 19_500, drain_s: 10 }
    }
}

/// What files may take.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct FilesConfig {
    /// Largest file, in mebibytes. Default 4,096.
    pub size_mb_max: u64,
    /// What stays free on the disk whatever people upload, in mebibytes. Default 512.
    pub disk_reserve_mb: u64,
}

impl Default for FilesConfig {
    fn default() -> Self {
        Self { size_mb_max: 4_096, disk_reserve_mb: 512 }
    }
}

/// When Hearth looks after itself.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct HealingConfig {
    /// So many starts after an end without a word lead to safe mode, in which only the chat runs; 0
    /// for never. Default 4.
    pub crashes_max: usize,
    /// Within how long, in seconds. Default 600.
    pub crashes_window_s: u64,
    /// How long it must be quiet until safe mode ends by itself, in seconds. Default 3,600.
    pub safe_mode_s: u64,
    /// What is kept on the disk and given back when it is full, in mebibytes, at most a sixty-fourth of
    /// the disk; 0 for none. Default 64.
    pub reserve_mb: u64,
}

impl Default for HealingConfig {
    fn default() -> Self {
        Self { crashes_max: 4, crashes_window_s: 600, safe_mode_s: 3_600, reserve_mb: 64 }
    }
}

/// Newer versions of Hearth.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct UpdateConfig {
    /// Whether the repository is asked once a day for a newer version. Default true.
    pub check: bool,
    /// Whether a newer version is installed without being asked for, in the quiet hours. Default true.
    pub automatic: bool,
    /// The hour at which the quiet hours begin, on the clock of the machine. Default 2.
    pub quiet_from: u8,
    /// The hour at which they end; if that is not later, on the next day. Default 5.
    pub quiet_to: u8,
    /// Where `hearth update run` keeps what it does. Default `/var/lib/hearth-update`.
    pub folder: Option<PathBuf>,
}

impl Default for UpdateConfig {
    fn default() -> Self {
        Self { check: true, automatic: true, quiet_from: 2, quiet_to: 5, folder: None }
    }
}

/// What is written to the log, which goes to standard error.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LogConfig {
    /// The least level that is written, or a filter like `info,hearth_store=debug`. Default `info`.
    pub filter: String,
    /// Lines for people or for programs. Default `text`, which in the journal means entries with fields.
    pub format: LogFormat,
}

impl Default for LogConfig {
    fn default() -> Self {
        Self { filter: "info".to_owned(), format: LogFormat::Text }
    }
}

/// Whom log lines are for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// People.
    #[default]
    Text,
    /// Programs: one JSON object per line.
    Json,
}

/// Who may read the metrics. Programs on this machine always may.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct MetricsConfig {
    /// A file with the bearer token that a Prometheus elsewhere sends. Default none.
    pub token_file: Option<PathBuf>,
}

/// Where requests may go that leave the box: webhooks, slash commands, link cards, web push.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct OutboundConfig {
    /// Names, addresses or networks besides the public internet. Default none.
    pub allow: Vec<Allowed>,
    /// Whether the box looks at pages that people link to; the office can still say no. Default
    /// true.
    pub link_cards: bool,
}

impl Default for OutboundConfig {
    fn default() -> Self {
        Self { allow: Vec::new(), link_cards: true }
    }
}

/// Where `hearth-hwctl` tells how the machine is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct HardwareConfig {
    /// Its run folder, with its two sockets. Default: `hwctl` in the data folder if it runs there, as
    /// under `hearth up`, else `/run/hearth-hwctl`.
    pub folder: Option<PathBuf>,
}

//! Names of one's own, and who vouches for them.

use std::path::PathBuf;

use serde::Deserialize;

/// For `tls.mode = "acme"`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct AcmeConfig {
    /// The names that the certificate is for; their zone is in public DNS. Default none.
    pub names: Vec<String>,
    /// Where the authority's directory is. Default Let's Encrypt's.
    pub directory: String,
    /// Where the authority writes to, as `mailto:` addresses. Default none.
    pub contact: Vec<String>,
    /// A file with the root of an authority that the system does not know. Default none.
    pub root: Option<PathBuf>,
    /// The program that sets the record which proves a name. Default none.
    pub hook: Option<PathBuf>,
    /// How long the record takes until all name servers of the zone have it, in seconds. Default 30.
    pub settle_s: u64,
}

impl Default for AcmeConfig {
    fn default() -> Self {
        Self {
            names: Vec::new(),
            directory: "https://acme-v02.api.letsencrypt.org/directory".to_owned(),
            contact: Vec::new(),
            root: None,
            hook: None,
            settle_s: 30,
        }
    }
}

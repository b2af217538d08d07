//! What the first start shows, and how it is known to be genuine.
//!
//! A box without an owner shows a code ([`SetupCode`]) on its console, in its log and to whoever is
//! root; the first person types it or opens the link that carries it. The same places show six words
//! made from the key that devices are going to trust ([`Identity`]); the pages show them too, and a
//! person compares. The code only fits the box with that key.

mod code;
mod console;
mod identity;
mod words;

pub use code::SetupCode;
pub use console::Console;
pub(crate) use console::square;
pub use identity::Identity;

use hearth_domain::time::Timestamp;
use serde::{Deserialize, Serialize};

/// How long a setup code works, in milliseconds: an hour, or until the next one is made.
pub const CODE_MS_MAX: u64 = 60 * 60 * 1_000;

/// What the first owner is shown, on the console, in the log and by `hearth setup-link`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Welcome {
    /// The link, with the code and the key's fingerprint behind `#`.
    pub url: String,
    /// The page on which the code can be typed.
    pub page: String,
    /// The code, in groups.
    pub code: String,
    /// Until when it works.
    pub expires_at: Timestamp,
    /// The six words of the key with their numbers; nothing without TLS.
    pub words: Option<String>,
    /// SHA-256 of the certificate with that key, as systems show it; nothing without TLS.
    pub certificate: Option<String>,
}

impl Welcome {
    /// The link and the words of a new code.
    #[must_use]
    pub fn new(
        base_url: &str,
        code: &SetupCode,
        identity: Option<&Identity>,
        expires_at: Timestamp,
    ) -> Self {
        let page = format!("{base_url}/setup");
        let key = identity.map(|known| format!("&fp={}", known.key())).unwrap_or_default();
        Self {
            url: format!("{page}#code={code}{key}"),
            page,
            code: code.to_string(),
            expires_at,
            words: identity.map(Identity::spoken),
            certificate: identity.map(Identity::certificate),
        }
    }
}

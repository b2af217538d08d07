//! What people compare and devices need before they trust this box.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// How this box is known and reached: `GET /trust`. Anybody may know it; none of it is a secret.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TrustInfo {
    /// Whether connections are encrypted.
    pub tls: bool,
    /// Whether the box has an authority of its own, which each device must be told to trust.
    pub own_authority: bool,
    /// Six words of the key that devices trust, as the box's own screen shows them; none without TLS.
    pub words: Vec<String>,
    /// The same as numbers from 0 to 255, in the same order.
    pub numbers: Vec<u8>,
    /// SHA-256 of that key in base64url, which is `fp` in the setup link.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// SHA-256 of the certificate with that key, in pairs of hexadecimal digits with colons.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub certificate: Option<String>,
    /// Where the office is reached, the surest first.
    pub addresses: Vec<String>,
    /// The first of them as a QR code, an SVG.
    pub qr_svg: String,
}

//! The certificate of the box's own authority, in the forms that systems take. It holds no secret.

use std::sync::Arc;

use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use hearth_domain::denied::Code;

use super::super::problem::{ApiError, ApiResult};
use crate::app::App;
use crate::ids::base64;
use crate::machine;
use crate::tls::Authority;

/// Characters of a line of PEM (RFC 7468, 2).
const PEM_LINE: usize = 64;

fn authority(app: &App) -> ApiResult<&Authority> {
    let authority = app.premises.served().and_then(|served| served.authority());
    authority.ok_or_else(|| ApiError::new(Code::NotFound))
}

/// As DER, which every system but Linux opens.
pub(super) async fn certificate(State(app): State<Arc<App>>) -> ApiResult<Response> {
    let der = authority(&app)?.certificate.clone();
    Ok(([(header::CONTENT_TYPE, "application/x-x509-ca-cert")], der).into_response())
}

/// As PEM, for Linux.
pub(super) async fn pem(State(app): State<Arc<App>>) -> ApiResult<Response> {
    let pem = as_pem(&authority(&app)?.certificate);
    Ok(([(header::CONTENT_TYPE, "application/x-pem-file")], pem).into_response())
}

/// As a profile for Apple's systems.
pub(super) async fn profile(State(app): State<Arc<App>>) -> ApiResult<Response> {
    let profile = as_profile(authority(&app)?, &machine::hostname());
    Ok(([(header::CONTENT_TYPE, "application/x-apple-aspen-config")], profile).into_response())
}

pub(super) fn as_pem(der: &[u8]) -> String {
    let text = base64(der);
    let mut pem = String::from("-----BEGIN CERTIFICATE-----\n");
    let mut rest = text.as_str();
    while !rest.is_empty() {
        let (line, after) = rest.split_at(PEM_LINE.min(rest.len()));
        pem.push_str(line);
        pem.push('\n');
        rest = after;
    }
    pem.push_str("-----END CERTIFICATE-----\n");
    pem
}

/// The identifiers follow the certificate, so that the same profile replaces itself. A machine's
/// name is letters, digits and dashes; whatever else it has is left out.
pub(super) fn as_profile(authority: &Authority, hostname: &str) -> String {
    let (inner, outer) = authority.identity.certificate_sha256.split_at(16);
    let (inner, outer) = (uuid(inner), uuid(outer));
    let box_name: String =
        hostname.chars().filter(|c| c.is_ascii_alphanumeric() || "-.".contains(*c)).collect();
    let content = base64(&authority.certificate);
    format!(
        r#"<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0">
<dict>
  <key>PayloadContent</key>
  <array>
    <dict>
      <key>PayloadCertificateFileName</key>
      <string>hearth-ca.cer</string>
      <key>PayloadContent</key>
      <data>{content}</data>
      <key>PayloadDisplayName</key>
      <string>Hearth on {box_name}</string>
      <key>PayloadIdentifier</key>
      <string>hearth.authority.{inner}</string>
      <key>PayloadType</key>
      <string>com.apple.security.root</string>
      <key>PayloadUUID</key>
      <string>{inner}</string>
      <key>PayloadVersion</key>
      <integer>1</integer>
    </dict>
  </array>
  <key>PayloadDescription</key>
  <string>Lets this device trust the Hearth box of your office, and nothing on the internet. 让这台设备信任办公室的 Hearth 服务器，不涉及任何互联网网站。</string>
  <key>PayloadDisplayName</key>
  <string>Hearth on {box_name}</string>
  <key>PayloadIdentifier</key>
  <string>hearth.trust.{outer}</string>
  <key>PayloadRemovalDisallowed</key>
  <false/>
  <key>PayloadType</key>
  <string>Configuration</string>
  <key>PayloadUUID</key>
  <string>{outer}</string>
  <key>PayloadVersion</key>
  <integer>1</integer>
</dict>
</plist>
"#
    )
}

fn uuid(bytes: &[u8]) -> String {
    let digits: String = bytes.iter().map(|byte| format!("{byte:02X}")).collect();
    let parts = [0..8, 8..12, 12..16, 16..20, 20..32];
    parts.map(|part| digits.get(part).unwrap_or_default().to_owned()).join("-")
}

//! By what this box is known, and where it is reached.

use hearth_wire::trust::TrustInfo;

use super::{ActionResult, invite};
use crate::app::App;
use crate::machine;
use crate::tls::Served;

/// All of it; nothing of it is a secret.
///
/// # Errors
/// When an address is too long for a QR code.
pub fn info(app: &App) -> ActionResult<TrustInfo> {
    let addresses = addresses(app);
    let qr_svg = addresses.first().map(|first| invite::qr(first)).transpose()?.unwrap_or_default();
    let Some(served) = app.premises.served() else {
        return Ok(TrustInfo { addresses, qr_svg, ..TrustInfo::default() });
    };
    let mut info = TrustInfo {
        tls: true,
        own_authority: served.authority().is_some() && !served.is_public(),
        addresses,
        qr_svg,
        ..TrustInfo::default()
    };
    if let Some(identity) = served.identity() {
        info.words = identity.words().map(str::to_owned).to_vec();
        info.numbers = identity.numbers().to_vec();
        info.key = Some(identity.key());
        info.certificate = Some(identity.certificate());
    }
    Ok(info)
}

/// The address of the network first: it works where names don't.
fn addresses(app: &App) -> Vec<String> {
    let premises = &app.premises;
    let scheme = if premises.served().is_some() { "https" } else { "http" };
    let port = app.address.port();
    let mut found = Vec::new();
    // A name that browsers trust already is the best there is.
    if premises.served().is_some_and(Served::is_public) {
        let names = premises.config.acme.names.iter().filter(|name| !name.starts_with('*'));
        found.extend(names.map(|name| machine::url_of(scheme, name, port)));
    }
    found.push(premises.url().to_owned());
    // Behind a door that opens to this machine only, no other name leads here.
    if !app.address.ip().is_loopback() {
        let names = premises.config.server.all_hosts().into_iter();
        let names = names.chain(machine::local_name(&machine::hostname()));
        found.extend(names.map(|name| machine::url_of(scheme, &name, port)));
    }
    found.retain(|address| !address.is_empty());
    let mut seen = std::collections::HashSet::new();
    found.retain(|address| seen.insert(address.clone()));
    found
}

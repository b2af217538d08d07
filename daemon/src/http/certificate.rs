//! `/ca.crt`: the certificate of the box's own authority, for devices that shall trust it.

use axum::Router;
use axum::http::header;
use axum::routing::get;
use bytes::Bytes;

/// The route, if there is such an authority. The certificate is DER and holds no secret.
pub fn routes(authority: Option<Vec<u8>>) -> Router {
    let Some(der) = authority.map(Bytes::from) else { return Router::new() };
    let answer = move || {
        let der = der.clone();
        async move { ([(header::CONTENT_TYPE, "application/x-x509-ca-cert")], der) }
    };
    Router::new().route("/ca.crt", get(answer))
}

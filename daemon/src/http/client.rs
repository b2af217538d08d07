//! Who is at the other end: the address that counts for throttling, and whether TLS protects it.
//!
//! Without a trusted proxy it is the peer of the socket, and forwarded headers are ignored, because
//! anybody can send them. A trusted proxy appends the address it saw to `X-Forwarded-For`; the last
//! address that is not itself a trusted proxy is the client.

use std::net::IpAddr;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, header::HeaderName};
use hearth_domain::denied::Code;

use crate::config::Network;
use crate::http::problem::ApiError;

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
const FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");

/// The other end of a request; in every request's extensions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Client {
    /// Its address.
    pub address: IpAddr,
    /// How the browser reached us.
    pub scheme: Scheme,
    /// Whether a proxy stands between.
    pub route: Route,
}

/// How the browser reached the front door.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheme {
    /// In the clear.
    Http,
    /// Over TLS, ours or the trusted proxy's.
    Https,
}

/// What stands between the client and this process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Route {
    /// Nothing.
    Direct,
    /// A trusted proxy: a loopback peer is then not a person at the box.
    Proxied,
}

impl Client {
    /// The client behind a socket's peer and a request's headers.
    #[must_use]
    pub fn of(peer: IpAddr, scheme: Scheme, headers: &HeaderMap, trusted: &[Network]) -> Self {
        let peer = peer.to_canonical();
        let is_trusted = |address: IpAddr| trusted.iter().any(|net| net.contains(address));
        let direct = Self { address: peer, scheme, route: Route::Direct };
        if !is_trusted(peer) {
            return direct;
        }
        let forwarded: Vec<IpAddr> = headers
            .get_all(FORWARDED_FOR)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(','))
            .map_while(|part| part.trim().parse::<IpAddr>().ok())
            .map(|address| address.to_canonical())
            .collect();
        let Some(first) = forwarded.first() else {
            return direct;
        };
        let address = forwarded.iter().rev().find(|a| !is_trusted(**a)).unwrap_or(first);
        let proto = headers.get(FORWARDED_PROTO).and_then(|value| value.to_str().ok());
        let scheme = match proto.map(str::trim) {
            Some("https") => Scheme::Https,
            Some("http") => Scheme::Http,
            _ => scheme,
        };
        Self { address: *address, scheme, route: Route::Proxied }
    }

    /// A browser on this machine, as tests need it.
    #[must_use]
    pub const fn local() -> Self {
        let address = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);
        Self { address, scheme: Scheme::Http, route: Route::Direct }
    }

    /// Whether it is a program on this machine, and not one far away behind a local proxy.
    #[must_use]
    pub fn is_on_this_machine(&self) -> bool {
        self.route == Route::Direct && self.address.is_loopback()
    }
}

impl<S: Sync> FromRequestParts<S> for Client {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        let client = parts.extensions.get::<Self>().copied();
        client.ok_or_else(|| ApiError::new(Code::Internal).because("request without a client"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(peer: &str, forwarded: &[&str], trusted: &[&str]) -> Client {
        let mut headers = HeaderMap::new();
        for value in forwarded {
            headers.append(FORWARDED_FOR, value.parse().unwrap());
        }
        headers.insert(FORWARDED_PROTO, "https".parse().unwrap());
        let trusted: Vec<Network> = trusted.iter().map(|net| net.parse().unwrap()).collect();
        Client::of(peer.parse().unwrap(), Scheme::Http, &headers, &trusted)
    }

    #[test]
    fn headers_of_strangers_are_ignored() {
        let seen = client("192.168.1.9", &["127.0.0.1"], &[]);
        assert_eq!(seen.address, IpAddr::from([192, 168, 1, 9]));
        assert_eq!(seen.scheme, Scheme::Http);
        assert!(!seen.is_on_this_machine());
    }

    #[test]
    fn the_last_untrusted_address_counts() {
        let trusted = ["127.0.0.1", "10.0.0.0/8"];
        let seen = client("127.0.0.1", &["1.1.1.1, 203.0.113.7", "10.0.0.2"], &trusted);
        assert_eq!(seen.address, IpAddr::from([203, 0, 113, 7]));
        assert_eq!((seen.scheme, seen.route), (Scheme::Https, Route::Proxied));
    }

    #[test]
    fn a_local_proxy_does_not_make_everybody_local() {
        let seen = client("127.0.0.1", &["127.0.0.1"], &["127.0.0.1"]);
        assert!(!seen.is_on_this_machine());
        assert!(client("::1", &[], &[]).is_on_this_machine());
        assert!(client("::ffff:127.0.0.1", &[], &[]).is_on_this_machine());
    }
}

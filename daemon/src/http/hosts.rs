//! Which names this box answers to.
//!
//! A page on the internet can point a name of its own at an address inside the office (DNS
//! rebinding) and would then be "same origin" with us. Its requests carry that name in `Host`, so a
//! name that is not ours is refused. An address can't be rebound; loopback and private ones pass.

use std::collections::HashSet;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use axum::http::uri::Authority;
use axum::http::{Request, header};

/// The names this box answers to.
#[derive(Clone, Debug, Default)]
pub struct HostRules {
    names: HashSet<String>,
}

impl HostRules {
    /// The configured hosts (names or addresses), besides the machine's own name.
    pub fn new<'a>(hostname: &str, configured: impl IntoIterator<Item = &'a str>) -> Self {
        let mut names = HashSet::from(["localhost".to_owned()]);
        let hostname = normal(hostname);
        if !hostname.is_empty() {
            // A machine called box.office.example is also box and box.local.
            let first = hostname.split('.').next().unwrap_or(&hostname).to_owned();
            names.insert(format!("{first}.local"));
            names.insert(first);
            names.insert(hostname);
        }
        names.extend(configured.into_iter().map(normal));
        Self { names }
    }

    /// Whether an authority (`host` or `host:port`) names this box.
    #[must_use]
    pub fn allow(&self, authority: &str) -> bool {
        let Ok(authority) = authority.parse::<Authority>() else {
            return false;
        };
        // A user part can't occur in a Host header; "office.lan@evil" must not pass for either.
        if authority.as_str().contains('@') {
            return false;
        }
        let host = authority.host();
        let bare = host.trim_start_matches('[').trim_end_matches(']');
        match bare.parse::<IpAddr>() {
            Ok(address) => is_inside(address) || self.names.contains(&normal(bare)),
            Err(_) => self.names.contains(&normal(host)),
        }
    }
}

fn normal(host: &str) -> String {
    host.trim().trim_end_matches('.').to_ascii_lowercase()
}

fn is_inside(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(v4) => {
            v4.is_loopback() || v4.is_private() || v4.is_link_local() || is_carrier_shared(v4)
        }
        IpAddr::V6(v6) => {
            v6.is_loopback() || v6.is_unique_local() || Ipv6Addr::is_unicast_link_local(&v6)
        }
    }
}

/// 100.64.0.0/10 (RFC 6598), which office VPNs hand out.
const fn is_carrier_shared(v4: Ipv4Addr) -> bool {
    v4.octets()[0] == 100 && v4.octets()[1] & 0b1100_0000 == 64
}

/// The authority a request was sent to: of the target in HTTP/2 and in absolute form, else `Host`.
/// None when there is no such thing, or more than one.
#[must_use]
pub fn authority_of<B>(request: &Request<B>) -> Option<&str> {
    let mut hosts = request.headers().get_all(header::HOST).iter();
    let host = hosts.next();
    if hosts.next().is_some() {
        return None;
    }
    if let Some(authority) = request.uri().authority() {
        return Some(authority.as_str());
    }
    host.and_then(|host| host.to_str().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn own_names_and_private_addresses_pass() {
        let rules = HostRules::new("Box", ["chat.example.org", "203.0.113.7"]);
        for host in [
            "localhost",
            "localhost:8080",
            "LOCALHOST.",
            "127.0.0.1:8080",
            "[::1]:8080",
            "192.168.1.4",
            "10.1.2.3:80",
            "100.64.1.1",
            "[fd00::1]",
            "box",
            "BOX.local:8443",
            "chat.example.org",
            "203.0.113.7:443",
        ] {
            assert!(rules.allow(host), "{host}");
        }
    }

    #[test]
    fn foreign_names_and_nonsense_do_not() {
        let rules = HostRules::new("box.office.example", ["chat.example.org"]);
        assert!(rules.allow("box.office.example") && rules.allow("box.local"));
        for host in [
            "evil.example",
            "localhost.evil.example",
            "box.evil.example",
            "8.8.8.8",
            "[2606:4700::1111]",
            "100.128.0.1",
            "",
            ":80",
            "localhost@evil.example",
            "evil.example@localhost",
            "local host",
        ] {
            assert!(!rules.allow(host), "{host}");
        }
    }

    #[test]
    fn a_machine_without_a_name_allows_no_empty_one() {
        let rules = HostRules::new("", []);
        assert!(!rules.allow(".") && !rules.allow(".local"));
    }
}

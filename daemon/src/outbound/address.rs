//! Which addresses a request may go to: the public internet, and what the operator allows by name.
//!
//! Whoever can make Hearth fetch a URL could otherwise look around in the office's network with the
//! box's eyes: printers, routers, the metadata service of a cloud, Hearth's own ports. The lists are
//! IANA's special-purpose registries (RFC 6890 and its successors). IPv6 is the other way round: only
//! global unicast is public, less what is reserved in it. An IPv4 address in the clothes of an IPv6
//! one (mapped, NAT64) is judged as what it is.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

use serde::Deserialize;

use crate::config::Network;

/// What the operator lets requests reach besides the public internet: a name, an address or a
/// network.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub enum Allowed {
    /// Every address of this name.
    Host(String),
    /// These addresses, however they are named.
    Network(Network),
}

/// A text is no name, address or network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("neither a host name like ci.lan, an address like 10.0.0.2 nor a network like 10.0.0.0/8")]
pub struct NotAllowable;

impl FromStr for Allowed {
    type Err = NotAllowable;

    fn from_str(text: &str) -> Result<Self, NotAllowable> {
        if let Ok(network) = text.parse() {
            return Ok(Self::Network(network));
        }
        // The address parser of URLs is the judge, so that the name compares as URLs spell it; it
        // also reads addresses in disguise, which must not pass as a name.
        match url::Host::parse(text.trim()) {
            Ok(url::Host::Domain(name)) if !name.contains('*') => Ok(Self::Host(name)),
            _ => Err(NotAllowable),
        }
    }
}

impl TryFrom<String> for Allowed {
    type Error = NotAllowable;

    fn try_from(text: String) -> Result<Self, NotAllowable> {
        text.parse()
    }
}

/// Decides where a request may go.
#[derive(Clone, Debug, Default)]
pub struct AddressPolicy {
    allowed: Vec<Allowed>,
}

impl AddressPolicy {
    /// The public internet and these.
    #[must_use]
    pub const fn new(allowed: Vec<Allowed>) -> Self {
        Self { allowed }
    }

    /// Whether a request to `host` may go to `address`, one of its addresses.
    #[must_use]
    pub fn permits(&self, host: &str, address: IpAddr) -> bool {
        let address = unwrapped(address);
        is_public(address)
            || self.allowed.iter().any(|allowed| match allowed {
                Allowed::Host(name) => name == host,
                Allowed::Network(network) => network.contains(address),
            })
    }
}

/// The IPv4 address inside an IPv6 one, where a router or the kernel would take it out.
fn unwrapped(address: IpAddr) -> IpAddr {
    const NAT64: [u16; 6] = [0x64, 0xff9b, 0, 0, 0, 0];
    let IpAddr::V6(v6) = address.to_canonical() else { return address.to_canonical() };
    if v6.segments().starts_with(&NAT64) {
        let [.., a, b, c, d] = v6.octets();
        return IpAddr::V4(Ipv4Addr::new(a, b, c, d));
    }
    IpAddr::V6(v6)
}

/// Whether an address belongs to the public internet.
#[must_use]
pub fn is_public(address: IpAddr) -> bool {
    match unwrapped(address) {
        IpAddr::V4(v4) => is_public_v4(v4),
        IpAddr::V6(v6) => is_public_v6(v6),
    }
}

/// IPv4 networks that are not the public internet: first address, prefix in bits.
const SPECIAL_V4: [([u8; 4], u32); 15] = [
    ([0, 0, 0, 0], 8),
    ([10, 0, 0, 0], 8),
    // Shared by a provider's customers (CGNAT).
    ([100, 64, 0, 0], 10),
    ([127, 0, 0, 0], 8),
    // Link-local, and the metadata services of clouds.
    ([169, 254, 0, 0], 16),
    ([172, 16, 0, 0], 12),
    ([192, 0, 0, 0], 24),
    ([192, 0, 2, 0], 24),
    ([192, 88, 99, 0], 24),
    ([192, 168, 0, 0], 16),
    ([198, 18, 0, 0], 15),
    ([198, 51, 100, 0], 24),
    ([203, 0, 113, 0], 24),
    // Multicast, then reserved with the broadcast address.
    ([224, 0, 0, 0], 4),
    ([240, 0, 0, 0], 4),
];

fn is_public_v4(address: Ipv4Addr) -> bool {
    let special = |(first, prefix): &([u8; 4], u32)| {
        let differing = Ipv4Addr::from(*first).to_bits() ^ address.to_bits();
        differing.leading_zeros() >= *prefix
    };
    // Answers for the metadata service of one large cloud in the middle of public space.
    let metadata = address == Ipv4Addr::new(168, 63, 129, 16);
    !metadata && !SPECIAL_V4.iter().any(special)
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    let [a, b, ..] = address.segments();
    let global = a & 0xe000 == 0x2000;
    // Protocol assignments, among them Teredo and ORCHID; documentation; 6to4, which carries an
    // IPv4 address to a relay.
    let reserved = match a {
        0x2001 => b < 0x200 || b == 0xdb8,
        0x3fff => b < 0x1000,
        0x2002 => true,
        _ => false,
    };
    global && !reserved
}

#[cfg(test)]
mod tests {
    use super::*;

    fn public(address: &str) -> bool {
        is_public(address.parse().unwrap())
    }

    #[test]
    fn the_internet_is_public() {
        for address in [
            "1.1.1.1",
            "8.8.8.8",
            "100.63.255.255",
            "100.128.0.0",
            "172.15.255.255",
            "172.32.0.0",
            "169.253.255.255",
            "192.167.255.255",
            "198.17.255.255",
            "223.255.255.255",
            "2606:4700::1111",
            "2a00:1450:4001::1",
            "2001:200::1",
            "240e::1",
            "::ffff:8.8.8.8",
            "64:ff9b::8.8.8.8",
        ] {
            assert!(public(address), "{address}");
        }
    }

    #[test]
    fn everything_else_is_not() {
        for address in [
            "0.0.0.0",
            "0.1.2.3",
            "10.0.0.1",
            "100.64.0.1",
            "100.127.255.255",
            "127.0.0.1",
            "127.255.255.254",
            "168.63.129.16",
            "169.254.169.254",
            "172.16.0.1",
            "172.31.255.255",
            "192.0.0.170",
            "192.0.2.1",
            "192.168.1.1",
            "198.18.0.1",
            "198.19.255.255",
            "198.51.100.1",
            "203.0.113.1",
            "224.0.0.1",
            "239.255.255.250",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "::127.0.0.1",
            "64:ff9b::127.0.0.1",
            "64:ff9b::a9fe:a9fe",
            "64:ff9b:1::1",
            "100::1",
            "2001::1",
            "2001:db8::1",
            "2002:7f00:1::1",
            "3fff::1",
            "5f00::1",
            "fc00::1",
            "fd00:ec2::254",
            "fe80::1",
            "fec0::1",
            "ff02::1",
        ] {
            assert!(!public(address), "{address}");
        }
    }

    #[test]
    fn an_operator_allows_by_name_or_network() {
        let policy = AddressPolicy::new(vec![
            "CI.lan".parse().unwrap(),
            "10.1.0.0/16".parse().unwrap(),
            "fd12::/16".parse().unwrap(),
        ]);
        let permits = |host, address: &str| policy.permits(host, address.parse().unwrap());
        assert!(permits("ci.lan", "192.168.1.9"));
        assert!(!permits("ci.lan.evil.example", "192.168.1.9") && !permits("x", "192.168.1.9"));
        assert!(permits("x", "10.1.2.3") && permits("x", "::ffff:10.1.2.3"));
        assert!(!permits("x", "10.2.0.1") && permits("x", "fd12::1") && !permits("x", "fd13::1"));
        assert!(permits("x", "1.1.1.1"));
    }

    #[test]
    fn nothing_else_can_be_allowed() {
        for text in ["", "*", "*.lan", "http://ci.lan", "ci.lan:80", "2130706433", "a b", "10/8"] {
            assert_eq!(text.parse::<Allowed>(), Err(NotAllowable), "{text}");
        }
    }
}

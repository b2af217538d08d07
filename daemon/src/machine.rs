//! What this machine is called and where it can be reached.

use std::fs;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use crate::journal;

/// Makes every file that this process creates its owner's alone: databases, backups, keys, sockets.
pub fn keep_files_private() {
    rustix::process::umask(rustix::fs::Mode::from_raw_mode(0o077));
}

/// The machine's name, in lower case; empty if it has none.
#[must_use]
pub fn hostname() -> String {
    let uname = rustix::system::uname();
    uname.nodename().to_str().unwrap_or_default().to_ascii_lowercase()
}

/// Its addresses on networks, without loopback and link-local ones, as the kernel lists them.
///
/// Where /proc does not show them, there are none: nothing depends on them but convenience.
#[must_use]
pub fn addresses() -> Vec<IpAddr> {
    let v4 = fs::read_to_string("/proc/self/net/fib_trie").unwrap_or_default();
    let v6 = fs::read_to_string("/proc/self/net/if_inet6").unwrap_or_default();
    let mut found: Vec<IpAddr> = of_fib_trie(&v4).into_iter().map(IpAddr::V4).collect();
    found.extend(of_if_inet6(&v6).into_iter().map(IpAddr::V6));
    found
}

/// The local addresses of a routing table: an address on one line, `/32 host LOCAL` on the next.
fn of_fib_trie(table: &str) -> Vec<Ipv4Addr> {
    let mut found = Vec::new();
    let mut last = None;
    for line in table.lines() {
        if let Some(address) = line.trim().strip_prefix("|-- ") {
            last = address.parse::<Ipv4Addr>().ok();
        } else if line.contains("host LOCAL")
            && let Some(address) = last
            && !address.is_loopback()
            && !address.is_link_local()
            && !found.contains(&address)
        {
            found.push(address);
        }
    }
    found
}

/// Global (scope 00) addresses of the list of interfaces.
fn of_if_inet6(list: &str) -> Vec<Ipv6Addr> {
    let entries = list.lines().filter_map(|line| {
        let fields: Vec<&str> = line.split_whitespace().collect();
        let bits = u128::from_str_radix(fields.first()?, 16).ok()?;
        (fields.get(3) == Some(&"00")).then(|| Ipv6Addr::from_bits(bits))
    });
    entries.collect()
}

/// The variable that a supervisor sets for its children, with its own process number.
pub const SUPERVISOR: &str = "HEARTH_SUPERVISOR_PID";

/// Asks the kernel to stop this process when the supervisor that started it dies, however it dies.
///
/// # Errors
///
/// When the kernel refuses, or the supervisor is gone already.
pub fn end_with_supervisor() -> io::Result<()> {
    let Ok(supervisor) = std::env::var(SUPERVISOR) else {
        return Ok(());
    };
    rustix::process::set_parent_process_death_signal(Some(rustix::process::Signal::TERM))?;
    // It may have died before the kernel was asked.
    let parent = rustix::process::getppid().map(|pid| pid.as_raw_nonzero().to_string());
    if parent.as_deref() == Some(supervisor.as_str()) {
        Ok(())
    } else {
        Err(io::Error::other("the supervisor is gone"))
    }
}

/// Descriptors for other things than connections: files, threads' wake-ups, the listeners.
const DESCRIPTORS_SPARE: u64 = 400;

/// Raises this process's limit of open descriptors as far as it may, and says so in the log where
/// that is too little for the connections that are configured.
pub fn raise_descriptor_limit(connections_max: usize) {
    use rustix::process::{Resource, getrlimit, setrlimit};
    let mut limit = getrlimit(Resource::Nofile);
    limit.current = limit.maximum;
    if let Err(error) = setrlimit(Resource::Nofile, limit) {
        tracing::warn!(%error, "the limit of open descriptors stays as it is");
    }
    let descriptors = getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX);
    let needed = connections_max as u64 + DESCRIPTORS_SPARE;
    if descriptors < needed {
        let message_id = journal::DESCRIPTORS_FEW;
        tracing::warn!(
            message_id,
            descriptors,
            needed,
            "too few descriptors for limits.connections_max"
        );
    }
}

/// The address to open in a browser on this machine, for a listening address.
#[must_use]
pub fn local_url(scheme: &str, listen: SocketAddr) -> String {
    let host = match listen.ip() {
        address if address.is_unspecified() || address.is_loopback() => "localhost".to_owned(),
        address => address.to_string(),
    };
    url_of(scheme, &host, listen.port())
}

/// The address of a host, a name or a bare address; the port is left out where it goes without
/// saying.
#[must_use]
pub fn url_of(scheme: &str, host: &str, port: u16) -> String {
    let host = if host.parse::<Ipv6Addr>().is_ok() { format!("[{host}]") } else { host.to_owned() };
    match (scheme, port) {
        ("http", 80) | ("https", 443) => format!("{scheme}://{host}"),
        _ => format!("{scheme}://{host}:{port}"),
    }
}

/// What a machine is called in its own network (RFC 6762): its first name with `.local`.
#[must_use]
pub fn local_name(hostname: &str) -> Option<String> {
    let first = hostname.split('.').next().filter(|first| !first.is_empty())?;
    Some(format!("{first}.local"))
}

/// The address to open from elsewhere in the office; nothing when the door opens to this machine
/// only, or the machine is on no network.
#[must_use]
pub fn office_url(scheme: &str, listen: SocketAddr) -> Option<String> {
    let reachable = if listen.ip().is_unspecified() {
        // A socket of version 6 without an address takes those of version 4 as well, which come first.
        addresses().into_iter().find(|address| address.is_ipv4() || listen.is_ipv6())?
    } else {
        Some(listen.ip()).filter(|address| !address.is_loopback())?
    };
    Some(local_url(scheme, SocketAddr::new(reachable, listen.port())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn local_addresses_are_read_from_the_kernel() {
        let table = "Main:\n  +-- 0.0.0.0/0 3 0 5\n     |-- 0.0.0.0\n        /0 universe UNICAST\n\
            Local:\n     |-- 127.0.0.1\n        /32 host LOCAL\n     |-- 192.168.1.4\n\
            \x20       /32 host LOCAL\n     |-- 192.168.1.255\n        /32 link BROADCAST\n\
            \x20    |-- 192.168.1.4\n        /32 host LOCAL\n";
        assert_eq!(of_fib_trie(table), [Ipv4Addr::new(192, 168, 1, 4)]);
        let list = "fe800000000000000000000000000001 02 40 20 80 eth0\n\
            fd000000000000000000000000000001 02 40 00 80 eth0\n\
            00000000000000000000000000000001 01 80 10 80 lo\n";
        assert_eq!(of_if_inet6(list), ["fd00::1".parse::<Ipv6Addr>().unwrap()]);
        assert!(addresses().iter().all(|address| !address.is_loopback()));
    }

    #[test]
    fn links_are_short_where_they_can_be() {
        let url = |scheme, listen: &str| local_url(scheme, listen.parse().unwrap());
        assert_eq!(url("http", "0.0.0.0:8080"), "http://localhost:8080");
        assert_eq!(url("https", "[::]:443"), "https://localhost");
        assert_eq!(url("http", "10.0.0.1:80"), "http://10.0.0.1");
        assert_eq!(url("http", "[fd00::1]:81"), "http://[fd00::1]:81");
        assert_eq!(url_of("https", "box.local", 443), "https://box.local");
        assert_eq!(url_of("https", "fd00::1", 8443), "https://[fd00::1]:8443");
        assert_eq!(local_name("box.office.lan").as_deref(), Some("box.local"));
        assert_eq!(local_name(""), None);
    }
}

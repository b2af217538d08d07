//! What this box is called where nobody runs a name server: `hearth.local` (mDNS, RFC 6762).
//!
//! It is a convenience and nothing depends on it: many networks of offices drop multicast, and older
//! phones don't ask. The address and its QR code are shown everywhere beside it. The service is told
//! of as `_https._tcp` too (RFC 6763). If another box has the name already, this one takes `hearth-2`
//! on the network and says so in the log; give it a name of its own then (`server.local_name`), since
//! neither its certificate nor its list of names has that one.
//!
//! One thread, some sockets on UDP 5353, and AF_NETLINK to learn of addresses that come and go.

use std::time::Duration;

use mdns_sd::{DaemonEvent, IfKind, ServiceDaemon, ServiceInfo};

use crate::tasks::Tasks;

/// How long the farewell may take.
const FAREWELL_TIMEOUT: Duration = Duration::from_secs(2);

/// The name as it is typed: `hearth` is `hearth.local`.
#[must_use]
pub fn full(name: &str) -> String {
    format!("{}.local", name.to_ascii_lowercase())
}

/// What is told of.
#[derive(Clone, Copy, Debug)]
pub struct Told<'a> {
    /// The name, without `.local`.
    pub name: &'a str,
    /// `http` or `https`.
    pub scheme: &'a str,
    /// The front door's port.
    pub port: u16,
}

/// Answers to the name on every network but loopback, until the tasks stop.
///
/// # Errors
/// When the sockets can't be had.
pub fn announce(told: Told<'_>, tasks: &Tasks) -> Result<(), mdns_sd::Error> {
    let daemon = ServiceDaemon::new()?;
    daemon.disable_interface(vec![IfKind::LoopbackV4, IfKind::LoopbackV6])?;
    start(daemon, told, tasks)
}

fn start(daemon: ServiceDaemon, told: Told<'_>, tasks: &Tasks) -> Result<(), mdns_sd::Error> {
    let kind = format!("_{}._tcp.local.", told.scheme);
    let host = format!("{}.", full(told.name));
    let path = [("path", "/")];
    let service = ServiceInfo::new(&kind, told.name, &host, "", told.port, &path[..])?;
    let service = service.enable_addr_auto();
    let fullname = service.get_fullname().to_owned();
    let events = daemon.monitor()?;
    daemon.register(service)?;
    let inner = tasks.clone();
    tasks.spawn("local name", async move {
        loop {
            tokio::select! {
                event = events.recv_async() => match event {
                    Ok(event) => note(&event),
                    Err(_) => return tracing::warn!("the local name is no longer answered to"),
                },
                () = inner.stopping() => break,
            }
        }
        farewell(&daemon, &fullname).await;
    });
    Ok(())
}

fn note(event: &DaemonEvent) {
    match event {
        DaemonEvent::NameChange(change) => tracing::warn!(
            wanted = change.original,
            taken = change.new_name,
            "another machine has this name; set server.local_name to one of its own"
        ),
        DaemonEvent::Error(error) => tracing::warn!(%error, "the local name has trouble"),
        other => tracing::debug!(?other, "the local name"),
    }
}

/// Tells the others that the name is free again, so that none of them waits for it in vain.
async fn farewell(daemon: &ServiceDaemon, fullname: &str) {
    if let Ok(done) = daemon.unregister(fullname)
        && tokio::time::timeout(FAREWELL_TIMEOUT, done.recv_async()).await.is_err()
    {
        tracing::debug!("the farewell of the local name took too long");
    }
    if let Err(error) = daemon.shutdown() {
        tracing::debug!(%error, "the local name could not be given up");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use mdns_sd::HostnameResolutionEvent;
    use std::net::{Ipv4Addr, UdpSocket};

    const GROUP: Ipv4Addr = Ipv4Addr::new(224, 0, 0, 251);

    /// Whether this machine carries multicast to itself.
    fn loops_back() -> std::io::Result<()> {
        let heard = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0))?;
        heard.join_multicast_v4(&GROUP, &Ipv4Addr::LOCALHOST)?;
        heard.set_read_timeout(Some(Duration::from_secs(2)))?;
        let teller = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?;
        teller.send_to(b"?", (GROUP, heard.local_addr()?.port()))?;
        heard.recv(&mut [0; 4]).map(drop)
    }

    /// A daemon that speaks on loopback only, on a port of its own.
    fn on_loopback(port: u16) -> ServiceDaemon {
        let daemon = ServiceDaemon::new_with_port(port).unwrap();
        daemon.disable_interface(IfKind::All).unwrap();
        daemon.enable_interface(IfKind::LoopbackV4).unwrap();
        daemon
    }

    #[tokio::test]
    async fn a_name_is_found_by_whoever_asks_the_network() {
        if let Err(error) = loops_back() {
            eprintln!("SKIPPED: this machine carries no multicast on loopback ({error})");
            return;
        }
        let port = UdpSocket::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let tasks = Tasks::new();
        let told = Told { name: "hearth-test", scheme: "https", port: 443 };
        start(on_loopback(port), told, &tasks).unwrap();
        let asker = on_loopback(port);
        let found = asker.resolve_hostname("hearth-test.local.", None).unwrap();
        let address = tokio::time::timeout(Duration::from_secs(60), async {
            loop {
                match found.recv_async().await.unwrap() {
                    HostnameResolutionEvent::AddressesFound(_, addresses) => return addresses,
                    _ => continue,
                }
            }
        });
        let found = address.await.expect("an answer within a minute");
        assert!(found.iter().any(|address| address.to_ip_addr().is_loopback()), "{found:?}");
        asker.shutdown().unwrap();
        tasks.stop();
        assert_eq!(tasks.drain(Duration::from_secs(30)).await, crate::tasks::Drained::All);
    }

    #[test]
    fn a_name_is_typed_in_small_letters() {
        assert_eq!(full("Hearth"), "hearth.local");
    }
}

//! What the supervisor is told, in systemd's protocol: a datagram to `NOTIFY_SOCKET`.
//!
//! Without a supervisor nothing is told. A supervisor that can't be reached is no reason to stop
//! cooling: the watchdog does that, and what it starts then gives the fans back.

use std::ffi::OsString;
use std::io;
use std::os::linux::net::SocketAddrExt as _;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::net::{SocketAddr, UnixDatagram};
use std::time::Duration;

/// The variable that `hearth up` sets for its children, with its own process number.
const PARENT: &str = "HEARTH_SUPERVISOR_PID";

/// Has the kernel stop this process when `hearth up`, which started it, dies, however it dies.
///
/// # Errors
///
/// When the kernel refuses, or it is gone already.
pub fn end_with_parent() -> io::Result<()> {
    let Ok(parent) = std::env::var(PARENT) else { return Ok(()) };
    rustix::process::set_parent_process_death_signal(Some(rustix::process::Signal::TERM))?;
    // It may have died before the kernel was asked.
    let found = rustix::process::getppid().map(|pid| pid.as_raw_nonzero().to_string());
    if found.is_some_and(|found| found == parent) {
        Ok(())
    } else {
        Err(io::Error::other("hearth up is gone"))
    }
}

/// Who watches over this process.
#[derive(Debug)]
pub struct Supervisor {
    socket: Option<(UnixDatagram, SocketAddr)>,
    failed: bool,
    /// Whether it knows that fans are watched over.
    knows: bool,
}

impl Supervisor {
    /// The one that `NOTIFY_SOCKET` names.
    ///
    /// # Errors
    ///
    /// If there should be one and it can't be talked to.
    pub fn new(address: Option<OsString>) -> io::Result<Self> {
        let Some(address) = address.filter(|address| !address.is_empty()) else {
            return Ok(Self { socket: None, failed: false, knows: false });
        };
        let address = match address.as_bytes().strip_prefix(b"@") {
            Some(name) => SocketAddr::from_abstract_name(name)?,
            None => SocketAddr::from_pathname(&address)?,
        };
        let socket = UnixDatagram::unbound()?;
        // The control thread waits for nobody.
        socket.set_nonblocking(true)?;
        Ok(Self { socket: Some((socket, address)), failed: false, knows: false })
    }

    /// Fans are watched over; said once.
    pub fn ready(&mut self) {
        if !self.knows {
            self.tell(b"READY=1");
            self.knows = true;
        }
    }

    /// A tick was completed, and the fan read back.
    pub fn alive(&mut self) {
        self.tell(b"WATCHDOG=1");
    }

    /// The end begins.
    pub fn stopping(&mut self) {
        self.tell(b"STOPPING=1");
    }

    fn tell(&mut self, what: &[u8]) {
        let Some((socket, address)) = &self.socket else { return };
        let sent = socket.send_to_addr(what, address);
        if let Err(error) = &sent
            && !self.failed
        {
            eprintln!("hearth-hwctl: the supervisor can't be told anything: {error}");
        }
        self.failed = sent.is_err();
    }
}

/// How often the supervisor wants to hear from this process, if it does: a third of `WATCHDOG_USEC`.
pub fn tick_max(watchdog_usec: Option<OsString>) -> Option<Duration> {
    let usec: u64 = watchdog_usec?.to_str()?.parse().ok()?;
    (usec > 0).then(|| Duration::from_micros(usec / 3))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_supervisor_hears_and_none_is_fine() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("notify");
        let ear = UnixDatagram::bind(&path).unwrap();
        let mut supervisor = Supervisor::new(Some(path.into_os_string())).unwrap();
        supervisor.ready();
        let mut heard = [0; 64];
        let length = ear.recv(&mut heard).unwrap();
        assert_eq!(&heard[..length], b"READY=1");
        supervisor.ready();
        supervisor.alive();
        let length = ear.recv(&mut heard).unwrap();
        assert_eq!(&heard[..length], b"WATCHDOG=1");
        Supervisor::new(None).unwrap().alive();
        drop(ear);
        supervisor.alive();
        assert!(supervisor.failed);
    }

    #[test]
    fn the_watchdog_is_fed_three_times_as_often_as_it_wants() {
        assert_eq!(tick_max(Some("9000000".into())), Some(Duration::from_secs(3)));
        assert_eq!(tick_max(Some("0".into())), None);
        assert_eq!(tick_max(Some("soon".into())), None);
    }
}

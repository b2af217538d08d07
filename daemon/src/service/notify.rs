//! What the service manager is told, in systemd's protocol: datagrams to `NOTIFY_SOCKET`.
//!
//! Without a manager nothing is told. One that can't be reached is logged once, and is no reason to
//! stop: if it matters, its watchdog says so.

use std::ffi::OsString;
use std::io;
use std::os::linux::net::SocketAddrExt as _;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::net::{SocketAddr, UnixDatagram};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// The service manager. Cheap to clone; all clones are one.
#[derive(Clone, Debug, Default)]
pub struct Manager {
    ear: Option<Arc<Ear>>,
    patience: Option<Duration>,
}

#[derive(Debug)]
struct Ear {
    socket: UnixDatagram,
    address: SocketAddr,
    is_deaf: AtomicBool,
}

impl Manager {
    /// The one that the environment names.
    ///
    /// # Errors
    /// If there should be one and it can't be talked to.
    pub fn of_environment() -> io::Result<Self> {
        // The numbers are for the process that the manager started, and no other.
        let mine = std::env::var("WATCHDOG_PID").ok();
        let mine = mine.is_none_or(|pid| pid == std::process::id().to_string());
        let patience = std::env::var_os("WATCHDOG_USEC").filter(|_| mine);
        Self::at(std::env::var_os("NOTIFY_SOCKET"), patience)
    }

    fn at(address: Option<OsString>, watchdog_usec: Option<OsString>) -> io::Result<Self> {
        let Some(address) = address.filter(|address| !address.is_empty()) else {
            return Ok(Self::default());
        };
        let address = match address.as_bytes().strip_prefix(b"@") {
            Some(name) => SocketAddr::from_abstract_name(name)?,
            None => SocketAddr::from_pathname(&address)?,
        };
        let socket = UnixDatagram::unbound()?;
        // Nobody waits for the manager.
        socket.set_nonblocking(true)?;
        let ear = Some(Arc::new(Ear { socket, address, is_deaf: AtomicBool::new(false) }));
        Ok(Self { ear, patience: watchdog_usec.and_then(|usec| duration(&usec)) })
    }

    /// How long it waits for a sign of life before it ends this process; nothing if it does not.
    #[must_use]
    pub const fn patience(&self) -> Option<Duration> {
        self.patience
    }

    /// Work is taken from now on.
    pub fn ready(&self, status: &str) {
        self.tell(&format!("READY=1\nSTATUS={}", one_line(status)));
    }

    /// How it is, in a sentence for `systemctl status`.
    pub fn status(&self, status: &str) {
        self.tell(&format!("STATUS={}", one_line(status)));
    }

    /// A sign of life.
    pub fn alive(&self) {
        self.tell("WATCHDOG=1");
    }

    /// The end begins.
    pub fn stopping(&self) {
        self.tell("STOPPING=1\nSTATUS=Stopping");
    }

    fn tell(&self, what: &str) {
        let Some(ear) = &self.ear else { return };
        let sent = ear.socket.send_to_addr(what.as_bytes(), &ear.address);
        let was_deaf = ear.is_deaf.swap(sent.is_err(), Ordering::Relaxed);
        if let Err(error) = sent
            && !was_deaf
        {
            tracing::warn!(%error, "the service manager can't be told anything");
        }
    }
}

fn duration(usec: &OsString) -> Option<Duration> {
    let usec: u64 = usec.to_str()?.parse().ok()?;
    (usec > 0).then(|| Duration::from_micros(usec))
}

/// The protocol has one assignment a line.
fn one_line(text: &str) -> String {
    text.replace(['\n', '\r'], " ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn heard(ear: &UnixDatagram) -> String {
        let mut bytes = [0; 256];
        let length = ear.recv(&mut bytes).unwrap();
        String::from_utf8_lossy(&bytes[..length]).into_owned()
    }

    #[test]
    fn a_manager_hears_and_none_is_fine() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("notify");
        let ear = UnixDatagram::bind(&path).unwrap();
        let manager = Manager::at(Some(path.into_os_string()), Some("9000000".into())).unwrap();
        assert_eq!(manager.patience(), Some(Duration::from_secs(9)));
        manager.ready("all\nis well");
        assert_eq!(heard(&ear), "READY=1\nSTATUS=all is well");
        manager.alive();
        assert_eq!(heard(&ear), "WATCHDOG=1");
        manager.stopping();
        assert!(heard(&ear).starts_with("STOPPING=1\n"));
        drop(ear);
        manager.alive();
        assert!(manager.ear.unwrap().is_deaf.load(Ordering::Relaxed));

        let nobody = Manager::at(None, Some("9000000".into())).unwrap();
        assert_eq!(nobody.patience(), None);
        nobody.alive();
    }

    #[test]
    fn a_wait_that_is_none_is_not_waited_for() {
        assert_eq!(duration(&"0".into()), None);
        assert_eq!(duration(&"soon".into()), None);
    }
}

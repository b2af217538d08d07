//! hearthd as a service: what the service manager hands over, and what it is told.
//!
//! systemd opens the ports and passes them on ([`sockets`]), so that hearthd needs no privilege for
//! 443 and 80, and no connection is refused while it restarts: whoever comes meanwhile waits in the
//! kernel's queue. hearthd tells it when it takes work, when it ends, and how it is ([`notify`]); and
//! it says again and again that it lives, as long as writes come through ([`watchdog`]). The protocol
//! is that of sd_notify(3) and sd_listen_fds(3); without a service manager nothing of it happens.

pub mod notify;
pub mod sockets;
pub mod watchdog;

pub use notify::Manager;
pub use sockets::Handed;

/// All that a service manager is to hearthd.
#[derive(Debug, Default)]
pub struct Service {
    /// The listeners that it opened.
    pub handed: Handed,
    /// Whom to tell.
    pub manager: Manager,
}

/// What the environment says of a service manager can't be used.
#[derive(Debug, thiserror::Error)]
pub enum ServiceError {
    /// A listener.
    #[error(transparent)]
    Handed(#[from] sockets::HandedError),
    /// The socket that listens.
    #[error("NOTIFY_SOCKET can't be used: {0}")]
    Notify(#[from] std::io::Error),
}

impl Service {
    /// The one that the environment names. Called once, before there is a second thread.
    ///
    /// # Errors
    /// [`ServiceError`]
    pub fn of_environment() -> Result<Self, ServiceError> {
        Ok(Self { handed: Handed::take()?, manager: Manager::of_environment()? })
    }
}

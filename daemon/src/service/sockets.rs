//! The listeners that a service manager opened, by the names of its socket unit.

use std::env;
use std::ffi::OsString;
use std::io;
use std::net::{SocketAddr, TcpListener};

use listenfd::ListenFd;

/// The name of the front door, `FileDescriptorName=` in the socket unit.
pub const FRONT: &str = "https";
/// The name of the door that only shows the way to the front door.
pub const SIDE: &str = "http";

/// What was handed over. Nothing, where nobody did.
#[derive(Debug, Default)]
pub struct Handed {
    /// Where the office is served, instead of `server.listen`.
    pub front: Option<TcpListener>,
    /// Where visitors are shown the way to it.
    pub side: Option<TcpListener>,
}

/// What was handed over can't be used. The socket unit must be changed.
#[derive(Debug, thiserror::Error)]
pub enum HandedError {
    /// Its name says nothing.
    #[error(
        "the socket unit hands a socket over as {0:?}: FileDescriptorName= must be \"{FRONT}\" or \
         \"{SIDE}\""
    )]
    Name(String),
    /// There are two of a name.
    #[error("the socket unit hands two sockets over as {0:?}: one is enough")]
    Twice(String),
    /// It is not what it should be.
    #[error("the socket {name:?} of the socket unit can't be used: {source}")]
    Kind {
        /// Its name.
        name: String,
        /// Why.
        source: io::Error,
    },
}

impl Handed {
    /// Takes what the environment names. Called once, before there is a second thread: the descriptors
    /// are numbers of this process, and the variables are taken away.
    ///
    /// # Errors
    /// [`HandedError`]
    pub fn take() -> Result<Self, HandedError> {
        let names = env::var_os("LISTEN_FDNAMES");
        Self::named(ListenFd::from_env(), names)
    }

    fn named(mut sockets: ListenFd, names: Option<OsString>) -> Result<Self, HandedError> {
        let names = names.map(|names| names.to_string_lossy().into_owned()).unwrap_or_default();
        let mut names = names.split(':');
        let mut handed = Self::default();
        for index in 0..sockets.len() {
            let name = names.next().unwrap_or_default().to_owned();
            let place = match name.as_str() {
                FRONT => &mut handed.front,
                SIDE => &mut handed.side,
                _ => return Err(HandedError::Name(name)),
            };
            if place.is_some() {
                return Err(HandedError::Twice(name));
            }
            // It is closed in programs that this one starts.
            match sockets.take_tcp_listener(index) {
                Ok(listener) => *place = listener,
                Err(source) => return Err(HandedError::Kind { name, source }),
            }
        }
        Ok(handed)
    }
}

/// A handed listener for the runtime, with its address.
///
/// # Errors
/// As the operating system says.
pub fn ready(listener: TcpListener) -> io::Result<(tokio::net::TcpListener, SocketAddr)> {
    listener.set_nonblocking(true)?;
    let listener = tokio::net::TcpListener::from_std(listener)?;
    let address = listener.local_addr()?;
    Ok((listener, address))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_a_manager_nothing_is_handed_over() {
        let handed = Handed::named(ListenFd::empty(), Some("https".into())).unwrap();
        assert!(handed.front.is_none() && handed.side.is_none());
    }
}

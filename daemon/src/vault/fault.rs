//! What can go wrong with a backup, and how it is told to people.

use std::io::{self, ErrorKind};
use std::path::PathBuf;

use hearth_store::backup::BackupError;
use hearth_wire::vault::BackupFault;

/// The other end does not let us in, or is not who it was. Travels inside an [`io::Error`].
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct NotLetIn(pub(crate) String);

/// Why there is no backup, or why one can't be used.
#[derive(Debug, thiserror::Error)]
pub enum VaultError {
    /// Something at the destination failed.
    #[error("{doing} {name}: {source}")]
    Place {
        /// What was being done.
        doing: &'static str,
        /// With what there.
        name: String,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// Something on the box failed.
    #[error("{doing} {}: {source}", path.display())]
    Here {
        /// What was being done.
        doing: &'static str,
        /// With which file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The database could not be copied, or the one in the backup is no good.
    #[error("{}", with_cause(.0))]
    Database(#[from] BackupError),
    /// What is there is not what was written.
    #[error("{name} is damaged: {what}")]
    Damaged {
        /// What.
        name: String,
        /// How.
        what: String,
    },
    /// The key is another one, or the passphrase is wrong.
    #[error("the key or passphrase does not fit")]
    WrongKey,
    /// Nothing of what was written there is there.
    #[error("this is not the place where backups were written before: is it mounted?")]
    Changed,
    /// It has backups of another office, or under another key.
    #[error("backups of another office, or under another key, are there: choose another folder")]
    NotOurs,
    /// It was written by a newer Hearth.
    #[error("{name} was written by a newer Hearth; install that one")]
    Newer {
        /// What.
        name: String,
    },
    /// There is too little room on the box.
    #[error("too little room on this box: {needed_bytes} bytes are needed")]
    NoRoom {
        /// How much would be enough.
        needed_bytes: u64,
    },
    /// There is too little room at the destination.
    #[error("too little room at the destination: {needed_bytes} bytes are needed")]
    Full {
        /// How much would be enough.
        needed_bytes: u64,
    },
    /// There is no backup.
    #[error("no backup is there")]
    Nothing,
    /// Somebody ended it.
    #[error("it was ended")]
    Cancelled,
}

fn with_cause(error: &BackupError) -> String {
    match std::error::Error::source(error) {
        Some(cause) => format!("{error}: {cause}"),
        None => error.to_string(),
    }
}

impl VaultError {
    /// An operation at the destination that failed.
    pub(super) fn at(
        doing: &'static str,
        name: impl Into<String>,
    ) -> impl FnOnce(io::Error) -> Self {
        let name = name.into();
        move |source| Self::Place { doing, name, source }
    }

    /// An operation on the box that failed.
    pub(super) fn here(
        doing: &'static str,
        path: impl Into<PathBuf>,
    ) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self::Here { doing, path, source }
    }

    /// What people are told.
    #[must_use]
    pub fn fault(&self) -> BackupFault {
        match self {
            Self::Place { source, .. } => fault_of(source),
            Self::Here { source, .. } if is_full(source) => BackupFault::NoRoom,
            Self::Database(error) if error.is_disk_full() => BackupFault::NoRoom,
            Self::Database(BackupError::Ended) | Self::Cancelled => BackupFault::Cancelled,
            Self::Database(BackupError::Open(_) | BackupError::Log(_)) | Self::Damaged { .. } => {
                BackupFault::Damaged
            }
            Self::Changed => BackupFault::Changed,
            Self::NotOurs | Self::WrongKey => BackupFault::NotOurs,
            Self::NoRoom { .. } => BackupFault::NoRoom,
            Self::Full { .. } => BackupFault::Full,
            Self::Nothing => BackupFault::Gone,
            Self::Here { .. } | Self::Database(_) | Self::Newer { .. } => BackupFault::Other,
        }
    }
}

fn is_full(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::StorageFull | ErrorKind::QuotaExceeded)
}

fn fault_of(error: &io::Error) -> BackupFault {
    /// Input/output error, no such device or address, no such device: a disk that was pulled out.
    const PULLED_OUT: [i32; 3] = [5, 6, 19];
    if error.get_ref().is_some_and(|inner| inner.is::<NotLetIn>()) {
        return BackupFault::Refused;
    }
    if error.raw_os_error().is_some_and(|code| PULLED_OUT.contains(&code)) {
        return BackupFault::Gone;
    }
    match error.kind() {
        ErrorKind::NotFound | ErrorKind::NotADirectory | ErrorKind::StaleNetworkFileHandle => {
            BackupFault::Gone
        }
        _ if is_full(error) => BackupFault::Full,
        ErrorKind::ReadOnlyFilesystem | ErrorKind::PermissionDenied => BackupFault::ReadOnly,
        ErrorKind::TimedOut
        | ErrorKind::ConnectionRefused
        | ErrorKind::ConnectionReset
        | ErrorKind::ConnectionAborted
        | ErrorKind::NotConnected
        | ErrorKind::BrokenPipe
        | ErrorKind::HostUnreachable
        | ErrorKind::NetworkUnreachable
        | ErrorKind::NetworkDown
        | ErrorKind::AddrNotAvailable
        | ErrorKind::UnexpectedEof => BackupFault::Unreachable,
        _ => BackupFault::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_are_told_what_they_can_do_something_about() {
        let of = |error: io::Error| VaultError::at("writing", "x")(error).fault();
        assert_eq!(of(io::Error::from_raw_os_error(5)), BackupFault::Gone);
        assert_eq!(of(ErrorKind::StorageFull.into()), BackupFault::Full);
        assert_eq!(of(ErrorKind::ReadOnlyFilesystem.into()), BackupFault::ReadOnly);
        assert_eq!(of(ErrorKind::ConnectionRefused.into()), BackupFault::Unreachable);
        assert_eq!(of(io::Error::other(NotLetIn("no".to_owned()))), BackupFault::Refused);
        assert_eq!(of(io::Error::other("what")), BackupFault::Other);
        let here = VaultError::here("writing", "/x")(ErrorKind::StorageFull.into());
        assert_eq!(here.fault(), BackupFault::NoRoom);
    }
}

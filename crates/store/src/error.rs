//! What can go wrong, typed by what the caller should do about it.

use std::path::PathBuf;

use rusqlite::ErrorCode;

/// A database failure that ends more than one statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// The disk, or the limit set with [`crate::Store::limit_pages`], is full. Nothing of the
    /// batch was written; reads go on, and writes work again once there is room.
    #[error("the disk is full")]
    DiskFull,
    /// The file or its folder can't be written. Reads go on.
    #[error("the database can't be written")]
    ReadOnly,
    /// Another program holds the database's lock for too long.
    #[error("the database is locked by another program")]
    Locked,
    /// An input or output error, or a malformed page: nothing after it can be trusted, so the
    /// store refuses all further writes and the process should end.
    #[error("the database failed")]
    Broken,
}

impl Failure {
    /// The failure behind an error; nothing for errors that concern one statement only.
    pub(crate) fn of(error: &rusqlite::Error) -> Option<Self> {
        match error.sqlite_error_code()? {
            ErrorCode::DiskFull => Some(Self::DiskFull),
            ErrorCode::ReadOnly | ErrorCode::PermissionDenied => Some(Self::ReadOnly),
            ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked => Some(Self::Locked),
            ErrorCode::SystemIoFailure
            | ErrorCode::DatabaseCorrupt
            | ErrorCode::NotADatabase
            | ErrorCode::CannotOpen
            | ErrorCode::FileLockingProtocolFailed
            | ErrorCode::OutOfMemory => Some(Self::Broken),
            _ => None,
        }
    }
}

/// A statement that failed inside a read or a write.
#[derive(Debug, thiserror::Error)]
pub enum DbError {
    /// SQLite refused a statement, or a stored value is not what this build expects.
    #[error("statement failed: {sql}")]
    Statement {
        /// The statement; it holds parameters, never values.
        sql: &'static str,
        /// Why.
        #[source]
        source: rusqlite::Error,
    },
    /// A record could not be encoded.
    #[error("a record could not be encoded")]
    Encode(#[from] serde_json::Error),
    /// Two records that belong together are not both there.
    #[error("inconsistent: {0}")]
    Inconsistent(&'static str),
}

/// Why a write did not happen.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum WriteError<E> {
    /// The closure said no; all it did was undone.
    #[error(transparent)]
    Refused(E),
    /// The disk is full: nothing of it was written, and a later write may succeed.
    #[error("the disk is full")]
    DiskFull,
    /// The database can't be written; reads go on.
    #[error("the database can't be written")]
    ReadOnly,
    /// The store failed or is closing: nothing of it was acknowledged.
    #[error("the store is not available")]
    Unavailable,
}

impl<E> From<Failure> for WriteError<E> {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::DiskFull => Self::DiskFull,
            Failure::ReadOnly => Self::ReadOnly,
            Failure::Locked | Failure::Broken => Self::Unavailable,
        }
    }
}

/// Why a read did not happen.
#[derive(Debug, thiserror::Error)]
pub enum ReadError<E> {
    /// The closure said no.
    #[error(transparent)]
    Refused(E),
    /// A reader's connection could not be opened or used.
    #[error("the store can't be read")]
    Unavailable(#[source] Option<rusqlite::Error>),
}

/// Why a database could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The linked SQLite has the WAL-reset bug (fixed in 3.51.3).
    #[error("SQLite {found} loses data under load; 3.51.3 or later is needed")]
    SqliteTooOld {
        /// The version that is linked.
        found: &'static str,
    },
    /// Another process has it open.
    #[error("{} is open in another process", path.display())]
    InUse {
        /// The database.
        path: PathBuf,
    },
    /// A newer Hearth wrote it.
    #[error(
        "{} was written by a newer Hearth (schema {found}, this build knows {known}); \
         install that version again, or go back: \
         `hearth restore` with the copy {}.schema-{known} or with a backup",
        path.display(), path.display()
    )]
    FromTheFuture {
        /// The database.
        path: PathBuf,
        /// Its schema version.
        found: u32,
        /// The latest this build knows.
        known: u32,
    },
    /// The file or its folder can't be written.
    #[error("{} can't be written; check the owner and rights of its folder", path.display())]
    ReadOnly {
        /// The database.
        path: PathBuf,
        /// Why.
        #[source]
        source: Option<Box<dyn std::error::Error + Send + Sync>>,
    },
    /// There is no room for what opening writes.
    #[error("the disk of {} is full", path.display())]
    DiskFull {
        /// The database.
        path: PathBuf,
    },
    /// It is damaged, or no database.
    #[error(
        "{} is damaged ({detail}); put a backup in its place with `hearth restore`",
        path.display()
    )]
    Corrupt {
        /// The database.
        path: PathBuf,
        /// What SQLite found.
        detail: String,
    },
    /// A migration failed and was undone; the snapshot made before it is kept.
    #[error("migration {name} failed")]
    Migration {
        /// Which.
        name: &'static str,
        /// Why.
        #[source]
        source: rusqlite::Error,
    },
    /// A file operation failed.
    #[error("{doing} {} failed", path.display())]
    File {
        /// What was being done.
        doing: &'static str,
        /// With which file.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// Any other database error.
    #[error("opening {} failed", path.display())]
    Database {
        /// The database.
        path: PathBuf,
        /// Why.
        #[source]
        source: rusqlite::Error,
    },
}

impl OpenError {
    /// Sorts an error met while opening `path`.
    pub(crate) fn of(path: &std::path::Path, source: rusqlite::Error) -> Self {
        let path = path.to_owned();
        match source.sqlite_error_code() {
            Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt) => {
                Self::Corrupt { path, detail: source.to_string() }
            }
            Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied | ErrorCode::CannotOpen) => {
                Self::ReadOnly { path, source: Some(Box::new(source)) }
            }
            Some(ErrorCode::DiskFull) => Self::DiskFull { path },
            Some(ErrorCode::DatabaseBusy) => Self::InUse { path },
            _ => Self::Database { path, source },
        }
    }
}

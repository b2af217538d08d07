//! Backups that the box makes by itself: encrypted, read back, checked, and kept in number.
//!
//! What lies at a destination, whatever kind it is of:
//!
//! ```text
//! hearth.vault                             whose backups these are; not secret
//! RESTORE.txt                              how somebody who has never seen Hearth gets them back
//! key.age                                  the key, under the passphrase, if the box has one
//! files/ab/cdef….age                       what people shared, each content once
//! hearth-20261128-030000.db.zst.age        the database of that moment
//! hearth-20261128-030000.json.zst.age      what belongs to that backup; written last
//! ```
//!
//! A backup is there once its list (`.json`) is. Everything is encrypted with age to one X25519 key,
//! which lies on the box and which an owner saves elsewhere; the stock `age` and `zstd` open all of it.
//! The names of shared files are keyed, so that nobody can tell by a name what is in them.
//!
//! A backup counts once it was read back from where it went: the database restored into a scratch
//! folder, every page and the chain of the log checked, and the files hashed. Files that were there
//! already are hashed again once a week, and in between only counted. Memory is a few buffers of at
//! most 8 MiB, however large the office is; one thread does all of it below everybody's priority.

pub mod check;
mod fault;
pub mod fetch;
pub mod keeper;
pub mod key;
mod manifest;
mod notes;
pub mod place;
mod rotate;
mod schedule;
mod seal;
mod settings;
mod watch;
pub mod write;

pub use fault::VaultError;
pub use key::Key;
pub use manifest::{Manifest, complete};
pub use settings::{SettingsRefused, check as check_settings};
pub use watch::Watch;

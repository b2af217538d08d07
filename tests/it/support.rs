//! What a test of the whole stands on: real programs, real sockets, and an office in three lines.
//!
//! ```ignore
//! let office = Office::open().await;
//! let lin = office.person("lin", "member").await;
//! lin.say(&office.lobby, "good morning").await;
//! ```
//!
//! An [`Office`] is a hearthd process of its own, on a free port of 127.0.0.1, with an empty data
//! folder and its log at debug level. When it is dropped it is killed by its process number, and its
//! log is read: a line of a failure or a panic fails the test, and so does any message, token or
//! password that went over the wire. What was received is kept, so that a test can look at all of it.

mod command;
mod http;
mod mount;
mod office;
mod parent;
mod person;
mod process;
mod programs;
mod receiver;
mod record;
mod site;
mod socket;
mod upload;
mod wire;

pub(crate) use command::{Done, hearth};
pub(crate) use http::{Call, Reply};
pub(crate) use mount::Disk;
pub(crate) use office::{Door, Office, Settings, setup_code};
pub(crate) use parent::Manager;
pub(crate) use person::{Person, Said, nonce};
pub(crate) use process::{Hearthd, Launch};
pub(crate) use programs::program;
pub(crate) use receiver::{Receiver, Told};
pub(crate) use record::Record;
pub(crate) use site::{Site, html, redirect};
pub(crate) use socket::Socket;
pub(crate) use wire::Wire;

use std::sync::OnceLock;
use std::time::Duration;

/// Longest wait for anything that should happen at once. A test that reaches it fails.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// What replaces it in a test that talks to a slower machine than this one.
static LONGER: OnceLock<Duration> = OnceLock::new();

/// Lets everything in this process take longer, up to `longest`; the first to ask decides.
pub(crate) fn be_patient(longest: Duration) {
    LONGER.get_or_init(|| longest);
}

pub(crate) fn patience() -> Duration {
    LONGER.get().copied().unwrap_or(PATIENCE)
}

/// Waits for something that must happen, and says what did not.
pub(crate) async fn soon<T>(what: &str, future: impl Future<Output = T>) -> T {
    let patience = patience();
    match tokio::time::timeout(patience, future).await {
        Ok(done) => done,
        Err(_) => panic!("{what}: did not happen within {patience:?}"),
    }
}

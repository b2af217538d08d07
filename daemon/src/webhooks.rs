//! Outgoing webhooks at work, and the pace of incoming ones.
//!
//! Each outgoing webhook is a receiver like any other: **a cursor over the log**, filtered by what its
//! bot may see when it is read ([`courier`]). The cursor is kept in the database after each delivery,
//! so a restart goes on where it stopped: at least once, in order. What waits is in the log, not in
//! memory; a receiver that is down for a day costs nothing but its place. A delivery is tried again
//! after 2 s to 15 minutes, at most 14 times; three days without a success switch the webhook off and
//! tell who made it. What a program did sets nothing off, so two that answer each other stop at once.

mod courier;
mod delivery;
mod notice;
mod pace;
mod request;

use hearth_domain::id::HookId;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::watch;

pub use courier::run;
pub use delivery::{deliver_once, sample};
pub use request::{Failed, Signed, send};

use crate::throttle::Wait;
use pace::Paces;

/// What actions and couriers share.
pub struct Webhooks {
    changed: watch::Sender<()>,
    /// Held for a look at a map, never across a wait.
    paces: Mutex<Paces>,
}

impl Default for Webhooks {
    fn default() -> Self {
        Self { changed: watch::Sender::new(()), paces: Mutex::new(Paces::default()) }
    }
}

impl Webhooks {
    /// Says that an outgoing webhook was made, changed or deleted.
    pub fn announce(&self) {
        self.changed.send_replace(());
    }

    /// Counts one message of an incoming webhook.
    ///
    /// # Errors
    /// [`Wait`] when it writes faster than allowed.
    pub fn take(&self, hook: HookId, now: Duration) -> Result<(), Wait> {
        self.paces.lock().unwrap_or_else(PoisonError::into_inner).take(hook, now)
    }

    /// Drops what is remembered of a webhook that was deleted.
    pub fn forget(&self, hook: HookId) {
        self.paces.lock().unwrap_or_else(PoisonError::into_inner).forget(hook);
    }
}

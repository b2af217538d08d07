//! What the writer's thread and the store's handles share.

use std::sync::Arc;
use std::sync::OnceLock;
use std::sync::atomic::AtomicBool;

use hearth_domain::id::Seq;
use tokio::sync::{mpsc, watch};

use crate::commit::Committed;
use crate::error::Failure;

pub(crate) struct Shared {
    /// Who gets every committed event, once somebody asked.
    pub(crate) subscriber: OnceLock<mpsc::Sender<Vec<Arc<Committed>>>>,
    pub(crate) head: watch::Sender<Seq>,
    failed: watch::Sender<Option<Failure>>,
    pub(crate) closed: AtomicBool,
}

impl Shared {
    pub(crate) fn new(head: Seq) -> Self {
        Self {
            subscriber: OnceLock::new(),
            head: watch::Sender::new(head),
            failed: watch::Sender::new(None),
            closed: AtomicBool::new(false),
        }
    }

    pub(crate) fn fail(&self, failure: Failure) {
        self.failed.send_replace(Some(failure));
    }

    pub(crate) fn failure(&self) -> Option<Failure> {
        *self.failed.borrow()
    }

    pub(crate) fn watch_failure(&self) -> watch::Receiver<Option<Failure>> {
        self.failed.subscribe()
    }
}

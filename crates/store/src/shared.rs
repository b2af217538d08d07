//! What the writer's thread and the store's handles share.

use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use hearth_domain::id::Seq;
use serde::{Deserialize, Serialize};
use tokio::sync::{mpsc, watch};

use crate::commit::Committed;
use crate::error::Failure;
use crate::follower::Line;

/// What is known of the file after the process before did not close it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Check {
    /// It was closed in good order: there is nothing to check.
    #[default]
    Clean,
    /// It was not closed, and is being checked.
    Running,
    /// It was not closed, was checked, and is sound.
    Sound,
}

pub(crate) struct Shared {
    /// Who gets every committed event, once somebody asked.
    pub(crate) subscriber: OnceLock<mpsc::Sender<Vec<Arc<Committed>>>>,
    pub(crate) head: watch::Sender<Seq>,
    failed: watch::Sender<Option<Failure>>,
    pub(crate) closed: AtomicBool,
    followers: Mutex<Vec<Arc<Line>>>,
    check: AtomicU8,
}

impl Shared {
    pub(crate) fn new(head: Seq) -> Self {
        Self {
            subscriber: OnceLock::new(),
            head: watch::Sender::new(head),
            failed: watch::Sender::new(None),
            closed: AtomicBool::new(false),
            followers: Mutex::new(Vec::new()),
            check: AtomicU8::new(Check::Clean as u8),
        }
    }

    pub(crate) fn note_check(&self, check: Check) {
        self.check.store(check as u8, Ordering::Release);
    }

    pub(crate) fn check(&self) -> Check {
        match self.check.load(Ordering::Acquire) {
            1 => Check::Running,
            2 => Check::Sound,
            _ => Check::Clean,
        }
    }

    /// Wakes a follower whenever there is something new, and at the end.
    pub(crate) fn follow(&self, line: Arc<Line>) {
        self.followers.lock().unwrap_or_else(PoisonError::into_inner).push(line);
    }

    pub(crate) fn wake_followers(&self) {
        let followers = self.followers.lock().unwrap_or_else(PoisonError::into_inner);
        followers.iter().for_each(|line| line.wake());
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

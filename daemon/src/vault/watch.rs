//! How far a backup is, for those who watch, and the word that ends it.

use std::io::{self, Read, Write};
use std::sync::{Arc, Mutex, PoisonError};

use hearth_wire::vault::{BackupRunning, BackupStep};
use tokio_util::sync::CancellationToken;

use super::fault::VaultError;

/// Bytes that are moved between two looks at whether to go on.
const PIECE_BYTES: usize = 256 * 1_024;

/// Clones watch the same backup.
#[derive(Clone, Debug, Default)]
pub struct Watch {
    state: Arc<Mutex<State>>,
    cancel: CancellationToken,
}

#[derive(Clone, Debug, Default)]
struct State {
    destination: String,
    step: BackupStep,
    done: u64,
    total: u64,
}

impl Watch {
    /// A watch that ends with a token.
    #[must_use]
    pub fn ending_with(cancel: CancellationToken) -> Self {
        Self { state: Arc::default(), cancel }
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What is being done now.
    #[must_use]
    pub fn now(&self) -> BackupRunning {
        let State { destination, step, done, total } = self.state().clone();
        BackupRunning { destination, step, done, total }
    }

    /// Ends it, soon.
    pub fn cancel(&self) {
        self.cancel.cancel();
    }

    /// Says which destination's turn it is.
    pub fn turn_to(&self, destination: &str) {
        let state = State { destination: destination.to_owned(), ..State::default() };
        *self.state() = state;
    }

    /// Says what is done next, and how many bytes that is.
    pub fn step(&self, step: BackupStep, total: u64) {
        let mut state = self.state();
        (state.step, state.done, state.total) = (step, 0, total);
    }

    /// Says how far the step is.
    pub fn at(&self, done: u64, total: u64) {
        let mut state = self.state();
        (state.done, state.total) = (done, total);
    }

    /// Says that so much more is done.
    pub fn add(&self, bytes: u64) {
        let mut state = self.state();
        state.done = state.done.saturating_add(bytes).min(state.total);
    }

    /// Whether to go on.
    #[must_use]
    pub fn goes_on(&self) -> bool {
        !self.cancel.is_cancelled()
    }

    /// An error once it was ended.
    ///
    /// # Errors
    /// [`VaultError::Cancelled`].
    pub fn check(&self) -> Result<(), VaultError> {
        if self.goes_on() { Ok(()) } else { Err(VaultError::Cancelled) }
    }

    /// Moves everything from a reader to a writer; gives how much, and its digest.
    pub(super) fn pour(
        &self,
        from: &mut impl Read,
        to: &mut impl Write,
        failed: (impl Fn(io::Error) -> VaultError, impl Fn(io::Error) -> VaultError),
    ) -> Result<(u64, blake3::Hash), VaultError> {
        let (reading, writing) = failed;
        let mut piece = vec![0; PIECE_BYTES];
        let mut hasher = blake3::Hasher::new();
        let mut moved = 0;
        loop {
            self.check()?;
            let read = match from.read(&mut piece) {
                Ok(0) => return Ok((moved, hasher.finalize())),
                Ok(read) => read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(reading(error)),
            };
            hasher.update(&piece[..read]);
            to.write_all(&piece[..read]).map_err(&writing)?;
            moved += read as u64;
            self.add(read as u64);
        }
    }
}

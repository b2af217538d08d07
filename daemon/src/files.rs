//! Files on their way in: received at whatever pace the client has, hashed and written beside the
//! reactor, and settled as blobs once they are whole.
//!
//! - Memory: two buffers of 256 KiB for each upload that is receiving, whatever the file's size.
//! - Work: one [quiet thread](QuietThread) writes and hashes, one syncs; one picture is worked on at a
//!   time for every two cores. Whoever comes later waits, and TCP tells the client to slow down. More
//!   threads would make no file come faster, and everybody who sends a message wait.
//! - Disk: a reserve stays free, so that a full office can still talk (`files.disk_reserve_mb`).
//! - One client receives at a time. A second one takes over from the first, which is most often the
//!   same browser after its link broke.

mod arrival;
mod pen;
mod settle;

use std::collections::HashMap;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use hearth_domain::id::FileId;
use hearth_store::Blobs;
use tokio::sync::{Semaphore, oneshot};

pub use arrival::{Arrival, Offset, Seat};
pub use settle::Settled;

use crate::config::FilesConfig;
use crate::quiet::QuietThread;
use crate::tasks::Tasks;

/// Why a file could not be received.
#[derive(Debug, thiserror::Error)]
pub enum FilesError {
    /// The reserve of the disk would be touched, or there is no room at all. What was received with
    /// this request was taken back.
    #[error("the disk is full")]
    DiskFull,
    /// More came than was announced.
    #[error("more bytes than were announced")]
    TooMuch,
    /// A file operation failed.
    #[error("a file operation failed")]
    Io(#[source] io::Error),
    /// The thread that worked on it ended, because Hearth is stopping.
    #[error("the work was interrupted")]
    Interrupted,
}

impl From<io::Error> for FilesError {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::DiskFull,
            _ => Self::Io(error),
        }
    }
}

/// The part of the program that takes files in.
pub struct Files {
    blobs: Blobs,
    config: FilesConfig,
    tasks: Tasks,
    /// Held for a look at the map, never across a wait.
    arrivals: Mutex<HashMap<FileId, Arc<Arrival>>>,
    writes: QuietThread,
    syncs: QuietThread,
    pictures: Arc<Semaphore>,
}

impl Files {
    /// Takes files into these folders.
    ///
    /// # Errors
    /// When the system has no more threads.
    pub fn start(blobs: Blobs, config: FilesConfig, tasks: Tasks) -> io::Result<Self> {
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        Ok(Self {
            blobs,
            config,
            tasks,
            arrivals: Mutex::default(),
            writes: QuietThread::start("hearth-files")?,
            syncs: QuietThread::start("hearth-sync")?,
            pictures: Arc::new(Semaphore::new(cores.div_ceil(2))),
        })
    }

    /// Where files lie.
    #[must_use]
    pub const fn blobs(&self) -> &Blobs {
        &self.blobs
    }

    /// Largest file, in bytes.
    #[must_use]
    pub const fn size_bytes_max(&self) -> u64 {
        self.config.size_mb_max.saturating_mul(1 << 20)
    }

    /// Room for files: what the disk has free beyond the reserve.
    ///
    /// # Errors
    /// As the operating system says.
    pub fn room_bytes(&self) -> io::Result<u64> {
        room_bytes(&self.blobs, self.reserve_bytes())
    }

    const fn reserve_bytes(&self) -> u64 {
        self.config.disk_reserve_mb.saturating_mul(1 << 20)
    }

    /// The place where an upload is received; made if nobody was there.
    fn arrival(&self, upload: FileId) -> Arc<Arrival> {
        let mut arrivals = self.arrivals.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(arrivals.entry(upload).or_default())
    }

    /// Forgets what is kept of an upload in memory; it ended, or will be read from the disk again.
    pub fn forget(&self, upload: FileId) {
        self.arrivals.lock().unwrap_or_else(PoisonError::into_inner).remove(&upload);
    }

    /// Takes away what is left of an upload that ended.
    ///
    /// # Errors
    /// [`FilesError`]
    pub async fn tidy(&self, upload: FileId) -> Result<(), FilesError> {
        let blobs = self.blobs.clone();
        self.blocking(move || Ok(blobs.remove_partial(upload)?)).await
    }

    /// Runs something on a thread that may block.
    async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, FilesError> + Send + 'static,
    ) -> Result<T, FilesError> {
        self.tasks.spawn_blocking(work).await.unwrap_or(Err(FilesError::Interrupted))
    }
}

/// What a thread made of its work.
async fn done<T>(work: oneshot::Receiver<Result<T, FilesError>>) -> Result<T, FilesError> {
    work.await.unwrap_or(Err(FilesError::Interrupted))
}

/// What a disk has free, in bytes, for a process without privileges.
///
/// # Errors
/// As the operating system says.
pub fn free_bytes(blobs: &Blobs) -> io::Result<u64> {
    let disk = rustix::fs::statvfs(blobs.root())?;
    Ok(disk.f_bavail.saturating_mul(disk.f_frsize))
}

fn room_bytes(blobs: &Blobs, reserve_bytes: u64) -> io::Result<u64> {
    Ok(free_bytes(blobs)?.saturating_sub(reserve_bytes))
}

//! Connections that read, lent to closures on tokio's blocking threads.
//!
//! A connection is opened when all others are busy and kept for the next reader, the last one used
//! first; so an idle office has one. At most `reader_count` read at the same time, the others wait.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::Connection;
use tokio::sync::Semaphore;

use crate::error::ReadError;
use crate::open;
use crate::tx::ReadTx;

pub(crate) struct Readers {
    path: PathBuf,
    idle: Mutex<Vec<Connection>>,
    places: Arc<Semaphore>,
}

impl Readers {
    pub(crate) fn new(path: PathBuf, count: usize) -> Self {
        Self { path, idle: Mutex::new(Vec::new()), places: Arc::new(Semaphore::new(count.max(1))) }
    }

    pub(crate) fn path(&self) -> &std::path::Path {
        &self.path
    }

    /// Runs a closure on a snapshot.
    pub(crate) async fn read<T, E, F>(self: Arc<Self>, work: F) -> Result<T, ReadError<E>>
    where
        F: FnOnce(&ReadTx<'_>) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: Send + 'static,
    {
        let places = Arc::clone(&self.places);
        let place = places.acquire_owned().await.map_err(|_| ReadError::Unavailable(None))?;
        let reading = tokio::task::spawn_blocking(move || {
            let answer = self.run(work);
            drop(place);
            answer
        });
        reading.await.unwrap_or(Err(ReadError::Unavailable(None)))
    }

    /// Runs a closure on a snapshot, on this thread.
    pub(crate) fn run<T, E, F>(&self, work: F) -> Result<T, ReadError<E>>
    where
        F: FnOnce(&ReadTx<'_>) -> Result<T, E>,
    {
        let unavailable = |error| ReadError::Unavailable(Some(error));
        let conn = self.take().map_err(unavailable)?;
        conn.prepare_cached("BEGIN").and_then(|mut s| s.execute([])).map_err(unavailable)?;
        let answer = work(&ReadTx::new(&conn));
        conn.prepare_cached("ROLLBACK").and_then(|mut s| s.execute([])).map_err(unavailable)?;
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(conn);
        answer.map_err(ReadError::Refused)
    }

    fn take(&self) -> rusqlite::Result<Connection> {
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        idle.map_or_else(|| open::reading_connection(&self.path), Ok)
    }

    /// Lets no more readers in and closes what is idle.
    pub(crate) fn close(&self) {
        self.places.close();
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

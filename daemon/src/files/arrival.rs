//! One upload while bytes come in.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::{Stream, StreamExt};
use hearth_domain::file::BlobHash;
use hearth_store::file::uploads::Upload;
use tokio::sync::{Mutex, OwnedMutexGuard, oneshot, watch};

use super::pen::Pen;
use super::{Files, FilesError, done};

/// Bytes that are written and hashed at once.
const BUFFER_BYTES: usize = 256 << 10;
/// How long a client may send nothing before what came is kept and the request ends.
const SILENCE_MAX: Duration = Duration::from_secs(30);

/// Where an upload is received. Whoever comes last gets it.
#[derive(Debug)]
pub struct Arrival {
    callers: watch::Sender<u64>,
    pen: Arc<Mutex<Option<Pen>>>,
}

impl Default for Arrival {
    fn default() -> Self {
        Self { callers: watch::Sender::new(0), pen: Arc::default() }
    }
}

/// A buffer that is being written; it comes back empty.
type Writing = oneshot::Receiver<Result<(Pen, Vec<u8>), FilesError>>;
/// Bytes that are on their way to the disk.
type Syncing = oneshot::Receiver<Result<(), FilesError>>;

/// How far an upload is, in bytes.
pub type Offset = u64;

/// The right to change an upload, until somebody else asks for it.
pub struct Seat {
    number: u64,
    callers: watch::Receiver<u64>,
    pen: OwnedMutexGuard<Option<Pen>>,
}

/// Why no more is read.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Pause {
    /// There is more to come.
    None,
    /// The client has sent all it meant to, or is gone, or is silent, or another took over.
    Ended,
    /// It sends more than it announced.
    TooMuch,
}

impl Seat {
    /// Resolves when somebody else asks for the upload.
    async fn wanted(&mut self) {
        let number = self.number;
        // The sender lives as long as the upload; without one nobody will ask.
        if self.callers.wait_for(|callers| *callers > number).await.is_err() {
            std::future::pending::<()>().await;
        }
    }

    /// How far the upload is, once it was looked at.
    #[must_use]
    pub fn offset(&self) -> Offset {
        self.pen.as_ref().map_or(0, Pen::offset)
    }

    /// The hash of what was received.
    pub(super) fn hash(&self) -> Option<BlobHash> {
        self.pen.as_ref().map(Pen::hash)
    }

    /// Forgets what is known of it: the next look is at the disk.
    pub fn leave(&mut self) {
        self.pen.take();
    }

    /// What is known of it in memory; the next look is at the disk.
    pub(super) fn take_pen(&mut self) -> Option<Pen> {
        self.pen.take()
    }

    /// Fills a buffer from the client.
    async fn fill<S, E>(&mut self, body: &mut S, buffer: &mut Vec<u8>, room: u64) -> Pause
    where
        S: Stream<Item = Result<Bytes, E>> + Unpin,
    {
        while buffer.len() < BUFFER_BYTES {
            let next = tokio::select! {
                next = tokio::time::timeout(SILENCE_MAX, body.next()) => next,
                () = self.wanted() => return Pause::Ended,
            };
            match next {
                Ok(Some(Ok(bytes))) if (buffer.len() + bytes.len()) as u64 > room => {
                    return Pause::TooMuch;
                }
                Ok(Some(Ok(bytes))) => buffer.extend_from_slice(&bytes),
                _ => return Pause::Ended,
            }
        }
        Pause::None
    }
}

impl Files {
    /// Takes the right to an upload over from whoever has it, and sees how far it is.
    ///
    /// # Errors
    /// [`FilesError`] when what was received can't be read.
    pub async fn sit_down(&self, upload: &Upload) -> Result<Seat, FilesError> {
        let arrival = self.arrival(upload.id);
        let mut number = 0;
        arrival.callers.send_modify(|callers| {
            *callers += 1;
            number = *callers;
        });
        let callers = arrival.callers.subscribe();
        let pen = Arc::clone(&arrival.pen).lock_owned().await;
        let mut seat = Seat { number, callers, pen };
        if seat.pen.is_none() {
            let (blobs, id, received) = (self.blobs.clone(), upload.id, upload.received_bytes);
            *seat.pen = Some(self.blocking(move || Pen::find(&blobs, id, received)).await?);
        }
        Ok(seat)
    }

    /// Receives bytes at the end of an upload until the client stops, falls silent for 30 seconds, or
    /// another takes over. What was received is on the disk when this returns, and how far it is.
    ///
    /// # Errors
    /// [`FilesError`]; what came with this request is then taken back.
    pub async fn receive<S, E>(
        &self,
        seat: &mut Seat,
        upload: &Upload,
        body: S,
    ) -> Result<Offset, FilesError>
    where
        S: Stream<Item = Result<Bytes, E>> + Unpin,
    {
        let start = seat.offset();
        let received = self.pour(seat, upload, body).await;
        let (blobs, id) = (self.blobs.clone(), upload.id);
        match received {
            Ok(pen) => {
                let pen = done(self.syncs.begin(move || pen.put_down()).await).await?;
                let offset = pen.offset();
                *seat.pen = Some(pen);
                Ok(offset)
            }
            Err(error) => {
                // The hash has seen what is taken back, so both begin again at the disk.
                seat.take_pen();
                let cut = self.writes.begin(move || Ok(Pen::cut(&blobs, id, start)?)).await;
                done(cut).await?;
                Err(error)
            }
        }
    }

    /// Writes one buffer while the next one fills.
    async fn pour<S, E>(
        &self,
        seat: &mut Seat,
        upload: &Upload,
        mut body: S,
    ) -> Result<Pen, FilesError>
    where
        S: Stream<Item = Result<Bytes, E>> + Unpin,
    {
        let mut pen = seat.take_pen().ok_or(FilesError::Interrupted)?;
        let mut room = upload.size_bytes.saturating_sub(pen.offset());
        let mut spare = Vec::new();
        pen = {
            // In line behind what another may have left to be written.
            let (blobs, id) = (self.blobs.clone(), upload.id);
            done(self.writes.begin(move || pen.open(&blobs, id)).await).await?
        };
        let mut writing: Option<Writing> = None;
        let mut at_rest = Some(pen);
        let mut syncing: Option<Syncing> = None;
        let pen = loop {
            let mut buffer = std::mem::take(&mut spare);
            let pause = seat.fill(&mut body, &mut buffer, room).await;
            if let Some(written) = writing.take() {
                let (mut pen, emptied) = done(written).await?;
                self.sync_behind(&mut pen, &mut syncing).await?;
                (at_rest, spare) = (Some(pen), emptied);
            }
            if pause == Pause::TooMuch {
                return Err(FilesError::TooMuch);
            }
            let pen = at_rest.take().ok_or(FilesError::Interrupted)?;
            if buffer.is_empty() {
                break pen;
            }
            room -= buffer.len() as u64;
            let written = self.write(pen, buffer).await;
            if pause == Pause::Ended {
                let (pen, _) = done(written).await?;
                break pen;
            }
            writing = Some(written);
        };
        // The kernel tells of a failed write once: whoever hears it must pass it on.
        if let Some(last) = syncing {
            done(last).await?;
        }
        Ok(pen)
    }

    /// Puts what was written on the disk while more comes in. At the end little is left to wait for, and
    /// the database's own syncs never stand behind gigabytes.
    async fn sync_behind(
        &self,
        pen: &mut Pen,
        syncing: &mut Option<Syncing>,
    ) -> Result<(), FilesError> {
        let Some(sync) = pen.sync_due() else { return Ok(()) };
        if let Some(earlier) = syncing.take() {
            done(earlier).await?;
        }
        *syncing = Some(self.syncs.begin(sync).await);
        Ok(())
    }

    /// Begins to write a buffer, once the thread has a place for it. It comes back empty.
    async fn write(&self, mut pen: Pen, mut buffer: Vec<u8>) -> Writing {
        let (blobs, reserve_bytes) = (self.blobs.clone(), self.reserve_bytes());
        let write = move || {
            let room = super::room_bytes(&blobs, reserve_bytes)?;
            if room < buffer.len() as u64 {
                return Err(FilesError::DiskFull);
            }
            pen.write(&buffer)?;
            buffer.clear();
            Ok((pen, buffer))
        };
        self.writes.begin(write).await
    }
}

//! A thread for work that nobody should feel: one piece after another, below everybody's priority.
//!
//! Taking in a gigabyte keeps a core busy. The kernel gives it to whoever else is ready first, so
//! somebody who sends a message meanwhile does not wait for it.

use std::io;

use hearth_store::yield_to_others;
use tokio::sync::{mpsc, oneshot};

/// Pieces that wait for the thread; whoever has more waits for a place.
pub const PIECES_MAX: usize = 4;

type Piece = Box<dyn FnOnce() + Send>;

/// A handle to the thread, which ends when the last handle is gone.
#[derive(Clone, Debug)]
pub struct QuietThread {
    pieces: mpsc::Sender<Piece>,
}

impl QuietThread {
    /// Starts it.
    ///
    /// # Errors
    /// When the system has no more threads.
    pub fn start(name: &str) -> io::Result<Self> {
        let (pieces, mut coming) = mpsc::channel::<Piece>(PIECES_MAX);
        std::thread::Builder::new().name(name.to_owned()).spawn(move || {
            yield_to_others();
            while let Some(piece) = coming.blocking_recv() {
                piece();
            }
        })?;
        Ok(Self { pieces })
    }

    /// Gives it something to do, once there is a place. Pieces are done in this order, also when
    /// nobody waits for what they give.
    pub async fn begin<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> oneshot::Receiver<T> {
        let (tell, told) = oneshot::channel();
        let piece: Piece = Box::new(move || drop(tell.send(work())));
        if self.pieces.send(piece).await.is_err() {
            tracing::error!("a thread ended before its work");
        }
        told
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn pieces_are_done_in_order_also_when_nobody_waits() {
        let thread = QuietThread::start("test").unwrap();
        let (say, said) = std::sync::mpsc::sync_channel(20);
        for number in 0..20 {
            let say = say.clone();
            drop(thread.begin(move || say.send(number).unwrap()).await);
        }
        let last = thread.begin(|| "done").await;
        assert_eq!(last.await, Ok("done"));
        assert_eq!(said.try_iter().collect::<Vec<_>>(), (0..20).collect::<Vec<_>>());
    }
}

//! How slowly a request's body may arrive.
//!
//! What counts is progress, not the total: a large file may take an hour over a slow line, and a body
//! that trickles to keep a connection busy (Slowloris) ends. While we wait for the client, at least
//! [`WINDOW_BYTES_MIN`] must come in each [`WINDOW`] or the body must end; time in which nobody here
//! reads does not count against the client. A request without a body costs nothing.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::BoxError;
use axum::body::Body;
use bytes::Bytes;
use hyper::body::{Body as HttpBody, Frame, SizeHint};
use tokio::time::{Instant, Sleep, sleep_until, timeout_at};

/// The time over which progress is measured.
pub const WINDOW: Duration = Duration::from_secs(10);
/// Bytes that must come in each window, unless the body ends: 400 bytes a second.
pub const WINDOW_BYTES_MIN: usize = 4 * 1024;

/// The body came too slowly.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("the body came too slowly")]
pub struct TooSlow;

/// When something of a body was last heard of, for whoever waits for the answer.
#[derive(Clone, Debug)]
pub struct Progress {
    start: Instant,
    heard_ms: Arc<AtomicU64>,
}

impl Progress {
    /// Nothing is heard of yet.
    #[must_use]
    pub fn new() -> Self {
        Self { start: Instant::now(), heard_ms: Arc::default() }
    }

    fn note(&self) {
        let ms = u64::try_from(self.start.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.heard_ms.store(ms, Ordering::Relaxed);
    }

    fn heard_at(&self) -> Instant {
        self.start + Duration::from_millis(self.heard_ms.load(Ordering::Relaxed))
    }

    /// Waits for an answer until nothing of the body has come for `patience`.
    pub async fn answer_within<T>(
        &self,
        patience: Duration,
        answer: impl Future<Output = T>,
    ) -> Option<T> {
        let mut answer = std::pin::pin!(answer);
        let mut until = self.heard_at() + patience;
        loop {
            if let Ok(answer) = timeout_at(until, answer.as_mut()).await {
                return Some(answer);
            }
            let later = self.heard_at() + patience;
            if later <= until {
                return None;
            }
            until = later;
        }
    }
}

impl Default for Progress {
    fn default() -> Self {
        Self::new()
    }
}

/// A body that must make progress.
pub struct Paced {
    body: Body,
    progress: Progress,
    window: Duration,
    arrived_bytes: usize,
    waited: Duration,
    /// Since when we wait for the client, and the end of its window.
    waiting: Option<(Instant, Pin<Box<Sleep>>)>,
}

impl Paced {
    /// Watches a body and tells `progress` of it.
    #[must_use]
    pub fn new(body: Body, progress: Progress) -> Self {
        Self::with_window(body, progress, WINDOW)
    }

    fn with_window(body: Body, progress: Progress, window: Duration) -> Self {
        let (arrived_bytes, waited) = (0, Duration::ZERO);
        Self { body, progress, window, arrived_bytes, waited, waiting: None }
    }

    fn heard(&mut self, bytes: usize) {
        self.progress.note();
        self.arrived_bytes = self.arrived_bytes.saturating_add(bytes);
        if let Some((since, _)) = self.waiting.take() {
            self.waited += since.elapsed();
        }
    }

    /// Ready once the client has had its window and has sent too little in it.
    fn poll_patience(&mut self, cx: &mut Context<'_>) -> Poll<TooSlow> {
        loop {
            let left = self.window.saturating_sub(self.waited);
            let (_, end) = self.waiting.get_or_insert_with(|| {
                let now = Instant::now();
                (now, Box::pin(sleep_until(now + left)))
            });
            ready!(end.as_mut().poll(cx));
            if self.arrived_bytes < WINDOW_BYTES_MIN {
                return Poll::Ready(TooSlow);
            }
            (self.arrived_bytes, self.waited, self.waiting) = (0, Duration::ZERO, None);
        }
    }
}

impl HttpBody for Paced {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        match Pin::new(&mut self.body).poll_frame(cx) {
            Poll::Ready(Some(Ok(frame))) => {
                self.heard(frame.data_ref().map_or(0, Bytes::len));
                Poll::Ready(Some(Ok(frame)))
            }
            Poll::Ready(Some(Err(error))) => Poll::Ready(Some(Err(error.into()))),
            Poll::Ready(None) => Poll::Ready(None),
            Poll::Pending => self.poll_patience(cx).map(|slow| Some(Err(slow.into()))),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::stream::unfold;
    use http_body_util::BodyExt;
    use tokio::sync::mpsc;

    const SHORT: Duration = Duration::from_millis(200);

    /// A body that is fed by hand.
    fn fed() -> (mpsc::Sender<Bytes>, Body) {
        let (sender, receiver) = mpsc::channel(1);
        let stream = unfold(receiver, |mut receiver| async move {
            receiver.recv().await.map(|bytes| (Ok::<_, BoxError>(bytes), receiver))
        });
        (sender, Body::from_stream(stream))
    }

    #[tokio::test]
    async fn a_body_that_trickles_ends() {
        let (feed, body) = fed();
        let paced = Paced::with_window(body, Progress::new(), SHORT);
        let drip = async {
            // One byte at a time, often enough to look alive.
            while feed.send(Bytes::from_static(b".")).await.is_ok() {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        let (read, ()) = tokio::join!(paced.collect(), drip);
        assert!(read.unwrap_err().is::<TooSlow>());
    }

    #[tokio::test]
    async fn a_steady_body_may_take_as_long_as_it_needs() {
        let (feed, body) = fed();
        let paced = Paced::with_window(body, Progress::new(), SHORT);
        let pour = async {
            for _ in 0..12 {
                feed.send(vec![0; WINDOW_BYTES_MIN].into()).await.unwrap();
                tokio::time::sleep(SHORT / 3).await;
            }
            drop(feed);
        };
        let (read, ()) = tokio::join!(paced.collect(), pour);
        assert_eq!(read.unwrap().to_bytes().len(), 12 * WINDOW_BYTES_MIN);
    }

    #[tokio::test]
    async fn our_own_slowness_is_not_the_clients() {
        let (feed, body) = fed();
        let mut paced = Paced::with_window(body, Progress::new(), SHORT);
        let read = async {
            let mut count = 0;
            while let Some(frame) = paced.frame().await {
                frame.unwrap();
                count += 1;
                tokio::time::sleep(SHORT * 2).await;
            }
            count
        };
        let send = async {
            for _ in 0..3 {
                feed.send(Bytes::from_static(b".")).await.unwrap();
            }
            drop(feed);
        };
        let (count, ()) = tokio::join!(read, send);
        assert_eq!(count, 3);
    }

    #[tokio::test]
    async fn an_answer_is_waited_for_as_long_as_something_comes() {
        let progress = Progress::new();
        let noted = progress.clone();
        let slow = async {
            for _ in 0..6 {
                tokio::time::sleep(SHORT / 2).await;
                noted.note();
            }
            "answer"
        };
        assert_eq!(progress.answer_within(SHORT, slow).await, Some("answer"));
        let never = std::future::pending::<()>();
        assert_eq!(Progress::new().answer_within(SHORT, never).await, None);
    }
}

//! A file that is hashed while it is sent: what turns out to be damaged never looks whole.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use futures_util::Stream;
use hearth_domain::file::BlobHash;
use hearth_store::file::blobs::Digester;

use crate::app::App;
use crate::healing::scrub;

/// The whole content of a blob, in pieces. If it is not what its name says, the last piece is an error,
/// so that the client sees a transfer that broke, and the blob is looked at.
pub(super) struct Checked<S> {
    pieces: S,
    digester: Digester,
    wanted: BlobHash,
    left: u64,
    app: Arc<App>,
}

impl<S> Checked<S> {
    pub(super) fn new(pieces: S, (wanted, size): (BlobHash, u64), app: Arc<App>) -> Self {
        Self { pieces, digester: Digester::default(), wanted, left: size, app }
    }
}

impl<S: Stream<Item = io::Result<Bytes>> + Unpin> Stream for Checked<S> {
    type Item = io::Result<Bytes>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let piece = match ready!(Pin::new(&mut self.pieces).poll_next(cx)) {
            Some(Ok(piece)) => piece,
            other => return Poll::Ready(other),
        };
        self.digester.update(&piece);
        self.left = self.left.saturating_sub(piece.len() as u64);
        if self.left == 0 && self.digester.digest() != self.wanted {
            scrub::suspect(&self.app, self.wanted);
            return Poll::Ready(Some(Err(io::Error::other("the file is damaged"))));
        }
        Poll::Ready(Some(Ok(piece)))
    }
}

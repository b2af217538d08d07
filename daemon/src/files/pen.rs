//! The end of a partial file, and the hash of all that stands before it.

use std::fs::File;
use std::io::{self, Read};
use std::os::unix::fs::FileExt;
use std::sync::Arc;
use std::time::Instant;

use hearth_domain::file::BlobHash;
use hearth_domain::id::FileId;
use hearth_store::Blobs;

use super::FilesError;

const READ_BYTES: usize = 1 << 20;
/// How much of a file is written before the disk is asked to keep it. One file is synced at a time, so
/// this is also what a commit of the database may find in its way.
const SYNC_BYTES: u64 = 512 << 10;

#[derive(Debug)]
pub(super) struct Pen {
    hasher: blake3::Hasher,
    offset: u64,
    /// Open only while something is received: there may be a thousand uploads, and few descriptors.
    file: Option<Arc<File>>,
    /// Where the last sync began.
    synced: u64,
}

impl Pen {
    /// Looks at what is there of an upload, and hashes it. What is beyond `received` may not have
    /// reached the disk before a power loss, so it is asked for again.
    pub(super) fn find(blobs: &Blobs, upload: FileId, received: u64) -> Result<Self, FilesError> {
        let mut hasher = blake3::Hasher::new();
        if received == 0 {
            return Ok(Self { hasher, offset: 0, file: None, synced: 0 });
        }
        let file = blobs.open_partial(upload)?;
        let offset = file.metadata()?.len().min(received);
        file.set_len(offset)?;
        let mut rest = (&file).take(offset);
        let mut buffer = vec![0; READ_BYTES];
        loop {
            match rest.read(&mut buffer)? {
                0 => return Ok(Self { hasher, offset, file: None, synced: offset }),
                read => hasher.update(&buffer[..read]),
            };
        }
    }

    /// Cuts a partial file back.
    pub(super) fn cut(blobs: &Blobs, upload: FileId, offset: u64) -> io::Result<()> {
        blobs.open_partial(upload)?.set_len(offset)
    }

    pub(super) fn open(mut self, blobs: &Blobs, upload: FileId) -> Result<Self, FilesError> {
        let file = blobs.open_partial(upload)?;
        file.set_len(self.offset)?;
        self.file = Some(Arc::new(file));
        Ok(self)
    }

    pub(super) fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        let file = self.file.as_ref().ok_or(io::ErrorKind::NotConnected)?;
        file.write_all_at(bytes, self.offset)?;
        self.hasher.update(bytes);
        self.offset += bytes.len() as u64;
        Ok(())
    }

    /// What puts all that was written until now on the disk, if that is much.
    pub(super) fn sync_due(
        &mut self,
    ) -> Option<impl FnOnce() -> Result<(), FilesError> + Send + use<>> {
        if self.offset - self.synced < SYNC_BYTES {
            return None;
        }
        let file = self.file.as_ref().map(Arc::clone)?;
        self.synced = self.offset;
        Some(move || {
            let begun = Instant::now();
            file.sync_data()?;
            // Half of the disk's time belongs to those who send messages.
            std::thread::sleep(begun.elapsed());
            Ok(())
        })
    }

    /// Puts what was written on the disk, and closes the file.
    pub(super) fn put_down(mut self) -> Result<Self, FilesError> {
        if let Some(file) = self.file.take() {
            file.sync_data()?;
        }
        Ok(self)
    }

    pub(super) const fn offset(&self) -> u64 {
        self.offset
    }

    pub(super) fn hash(&self) -> BlobHash {
        BlobHash(*self.hasher.finalize().as_bytes())
    }
}

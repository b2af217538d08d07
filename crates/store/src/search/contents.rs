//! The texts in the files of a message, read from their blobs.
//!
//! A blob never changes, so what is read for the index and what is read again for an answer are the
//! same. One that is missing, or can't be read, has no text: the search goes on without it.

use std::fs::File;
use std::io::{self, Read};

use hearth_domain::file::{Attachment, BlobHash};
use hearth_domain::limits::{SEARCH_FILE_BYTES_MAX, SEARCH_FILES_BYTES_MAX};
use hearth_domain::search::content::{HEAD_BYTES, may_have_text, text_of};

use crate::file::Blobs;

/// The texts in these files, each with the place of its file; those within the limits of one message.
/// `failed` hears of those that can't be read.
pub(super) fn texts<'a>(
    blobs: &'a Blobs,
    files: &'a [Attachment],
    failed: impl Fn(BlobHash, io::Error) + 'a,
) -> impl Iterator<Item = (usize, String)> + 'a {
    let readable = files.iter().enumerate().filter(|(_, file)| may_have_text(file));
    let mut left = SEARCH_FILES_BYTES_MAX;
    readable.filter_map(move |(place, file)| {
        let bytes_max = left.min(SEARCH_FILE_BYTES_MAX);
        let opened = blobs.open(file.blob);
        let text = match opened.and_then(|(blob, size)| read(blob, size, bytes_max)) {
            Ok(text) => text?,
            Err(error) => {
                failed(file.blob, error);
                return None;
            }
        };
        left = left.saturating_sub(text.len());
        Some((place, text))
    })
}

/// The text at the beginning of a file. Of one without text little is read.
fn read(mut file: File, size_bytes: u64, bytes_max: usize) -> io::Result<Option<String>> {
    let mut bytes = Vec::with_capacity(HEAD_BYTES);
    let mut text = None;
    for upto in [HEAD_BYTES.min(bytes_max), bytes_max] {
        let more = (upto - bytes.len()) as u64;
        file.by_ref().take(more).read_to_end(&mut bytes)?;
        let is_cut = (bytes.len() as u64) < size_bytes;
        text = text_of(&bytes, is_cut);
        if text.is_none() || !is_cut {
            break;
        }
    }
    Ok(text)
}

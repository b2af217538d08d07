//! Archives of files, as they are sent: a header before each file, zeroes after the last (POSIX.1-1988,
//! ustar). What is written is known beforehand, so a browser can show how far a download is.

use std::io;
use std::path::PathBuf;
use std::vec::IntoIter;

use bytes::{Bytes, BytesMut};
use futures_util::Stream;
use futures_util::stream::try_unfold;
use tokio::fs::File;
use tokio::io::AsyncReadExt;

/// Everything comes in blocks of this size.
const BLOCK_BYTES: u64 = 512;
/// Bytes of a file that are read at once.
const CHUNK_BYTES: usize = 64 * 1024;
/// Longest name in a header.
const NAME_BYTES_MAX: usize = 100;
/// Largest size that eleven octal digits hold; larger ones are written in binary, as GNU does.
const OCTAL_MAX: u64 = (1 << 33) - 1;

/// A file of an archive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// Its name in the archive, at most 100 bytes.
    pub name: String,
    /// Where it is read.
    pub path: PathBuf,
    /// How long it is.
    pub size_bytes: u64,
}

const fn padding(size_bytes: u64) -> u64 {
    (BLOCK_BYTES - size_bytes % BLOCK_BYTES) % BLOCK_BYTES
}

/// How long the archive will be.
#[must_use]
pub fn size_bytes(members: &[Member]) -> u64 {
    let of = |member: &Member| BLOCK_BYTES + member.size_bytes + padding(member.size_bytes);
    members.iter().map(of).sum::<u64>() + 2 * BLOCK_BYTES
}

fn header(member: &Member) -> io::Result<[u8; 512]> {
    let name = member.name.as_bytes();
    if name.len() > NAME_BYTES_MAX {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "a name too long for an archive"));
    }
    let mut block = [0; 512];
    block[..name.len()].copy_from_slice(name);
    block[100..108].copy_from_slice(b"0000600\0");
    block[108..116].copy_from_slice(b"0000000\0");
    block[116..124].copy_from_slice(b"0000000\0");
    if member.size_bytes <= OCTAL_MAX {
        block[124..136].copy_from_slice(format!("{:011o}\0", member.size_bytes).as_bytes());
    } else {
        block[124] = 0x80;
        block[128..136].copy_from_slice(&member.size_bytes.to_be_bytes());
    }
    block[136..148].copy_from_slice(b"00000000000\0");
    // The sum is taken with blanks in its own place.
    block[148..156].copy_from_slice(b"        ");
    block[156] = b'0';
    block[257..265].copy_from_slice(b"ustar\x0000");
    let sum: u32 = block.iter().map(|byte| u32::from(*byte)).sum();
    block[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    Ok(block)
}

enum At {
    Between,
    Inside { file: File, left: u64, padding: u64 },
    End,
}

/// The archive, piece by piece. Each file is opened when its turn comes; one that has become shorter
/// ends the archive with an error.
pub fn stream(members: Vec<Member>) -> impl Stream<Item = io::Result<Bytes>> + Send {
    try_unfold((members.into_iter(), At::Between), |(mut rest, at)| async move {
        match at {
            At::Between => begin(&mut rest).await.map(|(piece, at)| Some((piece, (rest, at)))),
            // A file that has grown is cut where it was announced to end.
            At::Inside { left: 0, padding, .. } => {
                let zeroes = Bytes::from(vec![0; usize::try_from(padding).unwrap_or_default()]);
                Ok(Some((zeroes, (rest, At::Between))))
            }
            At::Inside { mut file, left, padding } => {
                let piece = piece(&mut file, left).await?;
                let left = left - piece.len() as u64;
                Ok(Some((piece, (rest, At::Inside { file, left, padding }))))
            }
            At::End => Ok(None),
        }
    })
}

async fn begin(rest: &mut IntoIter<Member>) -> io::Result<(Bytes, At)> {
    let Some(member) = rest.next() else {
        return Ok((Bytes::from(vec![0; 2 * BLOCK_BYTES as usize]), At::End));
    };
    let block = header(&member)?;
    let file = File::open(&member.path).await?;
    let left = member.size_bytes;
    Ok((Bytes::copy_from_slice(&block), At::Inside { file, left, padding: padding(left) }))
}

async fn piece(file: &mut File, left: u64) -> io::Result<Bytes> {
    let most = usize::try_from(left).unwrap_or(usize::MAX).min(CHUNK_BYTES);
    let mut chunk = BytesMut::with_capacity(most);
    let read = file.take(most as u64).read_buf(&mut chunk).await?;
    if read == 0 {
        return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "a file became shorter"));
    }
    Ok(chunk.freeze())
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::TryStreamExt;

    async fn whole(members: Vec<Member>) -> io::Result<Vec<u8>> {
        let pieces: Vec<Bytes> = stream(members).try_collect().await?;
        Ok(pieces.concat())
    }

    #[tokio::test]
    async fn an_archive_is_as_long_as_it_says_and_holds_every_file() {
        let folder = tempfile::tempdir().unwrap();
        let mut members = Vec::new();
        for (name, size) in [("a.db", 1_000), ("a.db.files/ab/cd", 512), ("empty", 0)] {
            let path = folder.path().join(name.replace('/', "-"));
            std::fs::write(&path, vec![b'x'; size]).unwrap();
            members.push(Member { name: name.to_owned(), path, size_bytes: size as u64 });
        }
        let size = size_bytes(&members);
        let bytes = whole(members).await.unwrap();
        assert_eq!(bytes.len() as u64, size);
        assert_eq!(bytes.len(), 512 + 1_024 + 512 + 512 + 512 + 1_024);
        let archive = folder.path().join("all.tar");
        std::fs::write(&archive, &bytes).unwrap();
        let out = std::process::Command::new("tar").arg("-tvf").arg(&archive).output().unwrap();
        let text = String::from_utf8(out.stdout).unwrap();
        assert!(out.status.success() && out.stderr.is_empty(), "{text}");
        for line in ["1000", "a.db.files/ab/cd", "empty"] {
            assert!(text.contains(line), "{text}");
        }
    }

    #[tokio::test]
    async fn a_file_that_became_shorter_is_no_archive() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("short");
        std::fs::write(&path, "abc").unwrap();
        let member = Member { name: "short".to_owned(), path, size_bytes: 4 };
        assert_eq!(whole(vec![member]).await.unwrap_err().kind(), io::ErrorKind::UnexpectedEof);
    }

    #[test]
    fn large_files_and_long_names_have_their_headers() {
        let member = |name: &str, size_bytes| Member {
            name: name.to_owned(),
            path: PathBuf::new(),
            size_bytes,
        };
        let block = header(&member("large", 1 << 40)).unwrap();
        assert_eq!((block[124], &block[128..136]), (0x80, &(1_u64 << 40).to_be_bytes()[..]));
        assert!(header(&member(&"n".repeat(101), 1)).is_err());
    }
}

//! Encryption around a reader or writer, with compression inside where that helps.

use std::io::{self, BufReader, Read, Write};

use age::stream::{StreamReader, StreamWriter};
use age::{DecryptError, Decryptor, Encryptor, Identity};

use super::fault::VaultError;
use super::key::Key;
use super::place::Draft;

/// Quick, and a database of messages still takes a third of its room.
const LEVEL: i32 = 1;
/// Bytes that are asked of a destination at once.
const READ_BYTES: usize = 256 * 1_024;

/// What is written is encrypted.
pub(super) type Sealed = StreamWriter<Box<dyn Draft>>;
/// What is written is compressed and encrypted.
pub(super) type Packed = zstd::Encoder<'static, Sealed>;

/// Encrypts what is written to a draft.
pub(super) fn seal(key: &Key, draft: Box<dyn Draft>) -> io::Result<Sealed> {
    let recipient = key.identity().to_public();
    let recipients = std::iter::once(&recipient as &dyn age::Recipient);
    Encryptor::with_recipients(recipients).map_err(io::Error::other)?.wrap_output(draft)
}

/// Compresses and encrypts.
pub(super) fn pack(key: &Key, draft: Box<dyn Draft>) -> io::Result<Packed> {
    let mut packed = zstd::Encoder::new(seal(key, draft)?, LEVEL)?;
    packed.include_checksum(true)?;
    Ok(packed)
}

/// Decrypts.
pub(super) fn open<'a>(
    key: &Key,
    sealed: impl Read + 'a,
    name: &str,
) -> Result<impl Read + 'a, VaultError> {
    open_with(key.identity(), sealed, name)
}

pub(super) fn open_with<R: Read>(
    identity: &dyn Identity,
    sealed: R,
    name: &str,
) -> Result<StreamReader<BufReader<R>>, VaultError> {
    let sealed = BufReader::with_capacity(READ_BYTES, sealed);
    let refused = |error: DecryptError| match error {
        DecryptError::NoMatchingKeys
        | DecryptError::KeyDecryptionFailed
        | DecryptError::DecryptionFailed => VaultError::WrongKey,
        DecryptError::Io(error) => damaged(name, &error),
        other => VaultError::Damaged { name: name.to_owned(), what: other.to_string() },
    };
    let decryptor = Decryptor::new_buffered(sealed).map_err(refused)?;
    decryptor.decrypt(std::iter::once(identity)).map_err(refused)
}

/// Decrypts and decompresses.
pub(super) fn unpack<'a>(
    key: &Key,
    packed: impl Read + 'a,
    name: &str,
) -> Result<impl Read + 'a, VaultError> {
    let opened = open(key, packed, name)?;
    zstd::Decoder::new(opened).map_err(|error| damaged(name, &error))
}

/// A failure of reading back: the destination failed, or what is there is no good.
pub(super) fn damaged(name: &str, error: &io::Error) -> VaultError {
    // What decryption and decompression complain of has these kinds, and no operating system's number.
    let content = matches!(
        error.kind(),
        io::ErrorKind::InvalidData | io::ErrorKind::UnexpectedEof | io::ErrorKind::Other
    ) && error.raw_os_error().is_none()
        && !error.get_ref().is_some_and(|inner| inner.is::<super::place::Failed>());
    if content {
        return VaultError::Damaged { name: name.to_owned(), what: error.to_string() };
    }
    let source = io::Error::new(error.kind(), error.to_string());
    let source = error.raw_os_error().map_or(source, io::Error::from_raw_os_error);
    VaultError::Place { doing: "reading", name: name.to_owned(), source }
}

/// Finishes what was compressed and encrypted; it then has its name.
pub(super) fn finish_packed(packed: Packed) -> io::Result<()> {
    finish_sealed(packed.finish()?)
}

/// Finishes what was encrypted; it then has its name.
pub(super) fn finish_sealed(mut sealed: Sealed) -> io::Result<()> {
    sealed.flush()?;
    sealed.finish()?.commit()
}

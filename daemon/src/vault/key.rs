//! The key that backups are encrypted to: one X25519 identity of age.
//!
//! It is made at the first start and lies in the data folder, because the box must read back what it
//! wrote. Whoever restores onto a new box needs it, so an owner saves it elsewhere; or the box has a
//! passphrase, and then the key lies at every destination under that.

use std::io::{self, Read, Write};
use std::path::Path;

use age::secrecy::{ExposeSecret, SecretString};
use age::{Encryptor, scrypt, x25519};
use hearth_domain::file::BlobHash;

use super::fault::VaultError;
use super::seal;
use crate::data_dir::write_private;

/// The shortest passphrase, in characters. Somebody who has the disk may guess for years.
pub const PASSPHRASE_CHARS_MIN: usize = 12;
/// 2^16 rounds take 64 MiB and a fraction of a second, as one sign-in does.
const WORK_FACTOR: u8 = 16;
/// A key that a stronger machine wrapped is still opened: 4 GiB at most.
const WORK_FACTOR_MAX: u8 = 22;
/// Context of the key from which the names of files are made.
const NAMES: &str = "Hearth 2026-11 names of files in a backup";
/// Context of the key by which other machines know this box.
const SSH: &str = "Hearth 2026-11 SSH key of the backups";
/// Longest file that may be a key.
const KEY_BYTES_MAX: u64 = 16 * 1_024;

/// The key, whole.
#[derive(Clone)]
pub struct Key {
    identity: x25519::Identity,
    secret: SecretString,
    names: [u8; 32],
}

/// It never shows itself.
impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Key").field(&self.recipient()).finish()
    }
}

impl Key {
    /// A new one.
    #[must_use]
    pub fn generate() -> Self {
        Self::of(x25519::Identity::generate())
    }

    fn of(identity: x25519::Identity) -> Self {
        let secret = identity.to_string();
        let names = blake3::derive_key(NAMES, secret.expose_secret().as_bytes());
        Self { identity, secret, names }
    }

    /// The key in a text, which may have comments and empty lines around it as `age-keygen` writes them.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut lines = text.lines().map(str::trim);
        let line = lines.find(|line| !line.is_empty() && !line.starts_with('#'))?;
        line.to_uppercase().parse().ok().map(Self::of)
    }

    /// The key of a data folder; makes one where there is none yet.
    ///
    /// # Errors
    /// When the file can't be read or written, or holds no key: it is never replaced.
    pub fn open_or_make(path: &Path) -> io::Result<Self> {
        match std::fs::read_to_string(path) {
            Ok(text) => Self::parse(&text).ok_or_else(|| {
                io::Error::new(io::ErrorKind::InvalidData, "it holds no key for backups")
            }),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let key = Self::generate();
                key.keep(path)?;
                Ok(key)
            }
            Err(error) => Err(error),
        }
    }

    /// Writes it to a file that only its owner may read.
    ///
    /// # Errors
    /// As the operating system says.
    pub fn keep(&self, path: &Path) -> io::Result<()> {
        let recipient = self.recipient();
        let text = format!(
            "# The key of this office's backups. Without it nobody reads them.\n\
             # public key: {recipient}\n{}\n",
            self.secret()
        );
        write_private(path, text.as_bytes())
    }

    /// The public half: `age1…`.
    #[must_use]
    pub fn recipient(&self) -> String {
        self.identity.to_public().to_string()
    }

    /// The secret: `AGE-SECRET-KEY-1…`.
    #[must_use]
    pub fn secret(&self) -> &str {
        self.secret.expose_secret()
    }

    pub(super) const fn identity(&self) -> &x25519::Identity {
        &self.identity
    }

    /// The seed of the key by which other machines know this box.
    #[must_use]
    pub fn ssh_seed(&self) -> [u8; 32] {
        blake3::derive_key(SSH, self.secret().as_bytes())
    }

    /// What a shared file is called at a destination.
    #[must_use]
    pub fn name_of(&self, hash: BlobHash) -> String {
        let name = blake3::keyed_hash(&self.names, &hash.0).to_hex();
        format!("files/{}/{}.age", &name[..2], &name[2..])
    }

    /// A mark by which a passphrase is known again without being kept.
    #[must_use]
    pub fn mark_of(&self, passphrase: &str) -> String {
        blake3::keyed_hash(&self.names, passphrase.as_bytes()).to_hex().to_string()
    }

    /// The key under a passphrase, as an age file.
    ///
    /// # Errors
    /// Never for a writer in memory, in fact.
    pub fn wrapped(&self, passphrase: &str) -> io::Result<Vec<u8>> {
        let mut recipient = scrypt::Recipient::new(SecretString::from(passphrase.to_owned()));
        recipient.set_work_factor(WORK_FACTOR);
        let recipients = std::iter::once(&recipient as &dyn age::Recipient);
        let sealed = Encryptor::with_recipients(recipients).map_err(io::Error::other)?;
        let mut out = sealed.wrap_output(Vec::new())?;
        out.write_all(self.secret().as_bytes())?;
        out.finish()
    }

    /// The key in an age file under a passphrase.
    ///
    /// # Errors
    /// [`VaultError::WrongKey`] for a wrong passphrase; otherwise the file is damaged.
    pub fn unwrapped(file: impl Read, passphrase: &str) -> Result<Self, VaultError> {
        const NAME: &str = "key.age";
        let mut identity = scrypt::Identity::new(SecretString::from(passphrase.to_owned()));
        identity.set_max_work_factor(WORK_FACTOR_MAX);
        let opened = seal::open_with(&identity, file, NAME)?;
        let mut text = String::new();
        let read = opened.take(KEY_BYTES_MAX).read_to_string(&mut text);
        read.map_err(|error| seal::damaged(NAME, &error))?;
        Self::parse(&text).ok_or_else(|| VaultError::Damaged {
            name: NAME.to_owned(),
            what: "it holds no key".to_owned(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_kept_and_found_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key.txt");
        let made = Key::open_or_make(&path).unwrap();
        let found = Key::open_or_make(&path).unwrap();
        assert_eq!(made.secret(), found.secret());
        assert!(made.recipient().starts_with("age1"), "{made:?}");
        assert!(!format!("{made:?}").contains("SECRET"));
        std::fs::write(&path, "what").unwrap();
        assert!(Key::open_or_make(&path).is_err(), "it is never replaced");
        assert!(Key::parse(&made.secret().to_lowercase()).is_some());
    }

    #[test]
    fn a_passphrase_opens_the_key_and_another_one_does_not() {
        let key = Key::generate();
        let file = key.wrapped("correct horse battery").unwrap();
        let opened = Key::unwrapped(&file[..], "correct horse battery").unwrap();
        assert_eq!(opened.secret(), key.secret());
        let wrong = Key::unwrapped(&file[..], "wrong horse battery").unwrap_err();
        assert!(matches!(wrong, VaultError::WrongKey), "{wrong}");
        let cut = Key::unwrapped(&file[..file.len() - 3], "correct horse battery").unwrap_err();
        assert!(matches!(cut, VaultError::Damaged { .. }), "{cut}");
    }

    #[test]
    fn a_name_says_nothing_without_the_key() {
        let (one, other) = (Key::generate(), Key::generate());
        let hash = BlobHash(*blake3::hash(b"a file that many have").as_bytes());
        assert_eq!(one.name_of(hash), one.name_of(hash));
        assert_ne!(one.name_of(hash), other.name_of(hash));
        assert_eq!(one.name_of(hash).len(), "files/".len() + 64 + 1 + ".age".len());
    }
}

//! Secrets that the service manager shows to this process alone.
//!
//! systemd reads them as root from `/etc/hearth/credentials` (`LoadCredential=`) and puts them into a
//! folder in memory that only this process's user can read, whose name is in `CREDENTIALS_DIRECTORY`.
//! A file that the settings name comes first. One that is empty stands for one that is not there,
//! because systemd 252 wants a value for every name. What a secret is, nobody prints: a [`Secret`]
//! shows itself to who asks for it by [`Secret::reveal`], and is wiped from no log because it is in
//! none.

use std::ffi::OsStr;
use std::fmt;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

/// Longest secret, in bytes.
const BYTES_MAX: u64 = 64 * 1024;
/// The variable that names the folder.
const FOLDER: &str = "CREDENTIALS_DIRECTORY";

/// The secrets there can be, by the names of their files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Credential {
    /// What a Prometheus elsewhere sends.
    MetricsToken,
    /// What backups are encrypted with.
    BackupPassphrase,
    /// What changes records of the office's domain.
    DnsToken,
}

impl Credential {
    /// The name of its file.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::MetricsToken => "metrics-token",
            Self::BackupPassphrase => "backup-passphrase",
            Self::DnsToken => "dns-token",
        }
    }
}

/// Something that must not be printed.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// The secret itself.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// A secret can't be read.
#[derive(Debug, thiserror::Error)]
#[error("read the secret {}: {source}", path.display())]
pub struct CredentialError {
    path: PathBuf,
    source: io::Error,
}

/// A secret without the white space around it: from the file that the settings name, else from the
/// service manager; nothing if neither has one.
///
/// # Errors
/// [`CredentialError`], which names the file: one that the settings name must be there and hold
/// something.
pub fn secret(
    file: Option<&Path>,
    credential: Credential,
) -> Result<Option<Secret>, CredentialError> {
    match file {
        Some(file) => named(file).map(Some),
        None => shown(std::env::var_os(FOLDER).as_deref(), credential),
    }
}

fn named(file: &Path) -> Result<Secret, CredentialError> {
    let failed = |source| CredentialError { path: file.to_owned(), source };
    let secret = read(file).map_err(failed)?;
    secret.ok_or_else(|| failed(io::Error::new(io::ErrorKind::InvalidData, "it is empty")))
}

fn shown(
    folder: Option<&OsStr>,
    credential: Credential,
) -> Result<Option<Secret>, CredentialError> {
    let Some(folder) = folder.filter(|folder| !folder.is_empty()) else { return Ok(None) };
    let path = Path::new(folder).join(credential.name());
    match read(&path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        read => read.map_err(|source| CredentialError { path, source }),
    }
}

fn read(path: &Path) -> io::Result<Option<Secret>> {
    let mut text = String::new();
    File::open(path)?.take(BYTES_MAX + 1).read_to_string(&mut text)?;
    if text.len() as u64 > BYTES_MAX {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "it is longer than 64 KiB"));
    }
    let text = text.trim();
    Ok((!text.is_empty()).then(|| Secret(text.to_owned())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_named_file_comes_first_and_an_empty_secret_is_none() {
        let folder = tempfile::tempdir().unwrap();
        let write =
            |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
        write("metrics-token", "from systemd\n");
        write("dns-token", "\n");
        let shown = |credential| shown(Some(folder.path().as_os_str()), credential).unwrap();
        let metrics = shown(Credential::MetricsToken).unwrap();
        assert_eq!(metrics.reveal(), "from systemd");
        assert_eq!(format!("{metrics:?}"), "Secret(…)");
        assert_eq!(shown(Credential::DnsToken), None);
        assert_eq!(shown(Credential::BackupPassphrase), None);

        write("mine", "  from the settings ");
        let mine = secret(Some(&folder.path().join("mine")), Credential::MetricsToken);
        assert_eq!(mine.unwrap().unwrap().reveal(), "from the settings");
        for wrong in ["dns-token", "missing"] {
            let file = folder.path().join(wrong);
            let told = secret(Some(&file), Credential::DnsToken).unwrap_err().to_string();
            assert!(told.contains(wrong), "{told}");
        }
    }

    #[test]
    fn without_a_manager_there_is_none() {
        assert_eq!(shown(None, Credential::DnsToken).unwrap(), None);
    }
}

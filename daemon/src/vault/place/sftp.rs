//! A folder of another machine, over SSH.
//!
//! The box shows a key of its own, made from the key of the backups, so that a restored box is let in
//! again; then a password, if one is set. The other machine's key is kept when it is first seen; another
//! one later is refused. Files are written beside their names and renamed, and put on the disk where the
//! server can.

use std::future::Future;
use std::io::{self, ErrorKind, Read, Write};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use russh::client::{self, AuthResult, Handle};
use russh::keys::ssh_key::private::{Ed25519Keypair, KeypairData};
use russh::keys::{HashAlg, PrivateKey, PrivateKeyWithHashAlg, PublicKeyOrCertificate};
use russh_sftp::client::SftpSession;
use russh_sftp::client::error::Error as SftpError;
use russh_sftp::client::fs::File;
use russh_sftp::protocol::StatusCode;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::runtime::Runtime;

use super::{Draft, Failed, Held, Place, Under};
use crate::vault::fault::NotLetIn;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(20);
/// How long one operation may take.
const STILL_MAX: Duration = Duration::from_secs(60);
/// What is being written ends with this.
const PARTIAL: &str = ".partial";

/// What is needed to find the folder.
#[derive(Clone, Copy)]
pub struct At<'a> {
    /// The machine.
    pub host: &'a str,
    /// Its port.
    pub port: u16,
    /// The account there.
    pub user: &'a str,
    /// The folder there.
    pub path: &'a str,
    /// The fingerprint of its key, or nothing.
    pub host_key: &'a str,
    /// The password, or nothing.
    pub password: &'a str,
    /// The seed of the key that the box shows.
    pub seed: &'a [u8; 32],
}

/// A folder over SSH.
pub struct Sftp {
    inner: Arc<Inner>,
    seen: String,
}

struct Inner {
    // Before the runtime: what it ends runs there.
    session: SftpSession,
    _connection: Handle<Checker>,
    root: String,
    runtime: Mutex<Runtime>,
}

/// Whether the other end is who it was.
struct Checker {
    wanted: String,
    seen: Arc<Mutex<String>>,
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl client::Handler for Checker {
    type Error = russh::Error;

    async fn check_server_key(
        &mut self,
        key: &PublicKeyOrCertificate,
    ) -> Result<bool, russh::Error> {
        let PublicKeyOrCertificate::PublicKey { key, .. } = key else { return Ok(false) };
        let fingerprint = key.fingerprint(HashAlg::Sha256).to_string();
        let is_known = self.wanted.is_empty() || self.wanted == fingerprint;
        *locked(&self.seen) = fingerprint;
        Ok(is_known)
    }
}

/// The key that the box shows.
fn own_key(seed: &[u8; 32]) -> io::Result<PrivateKey> {
    let pair = KeypairData::Ed25519(Ed25519Keypair::from_seed(seed));
    PrivateKey::new(pair, "hearth").map_err(io::Error::other)
}

/// What is put into the other machine's `authorized_keys`.
#[must_use]
pub fn public_key(seed: &[u8; 32]) -> String {
    let key = own_key(seed).map(|key| key.public_key().to_openssh());
    key.ok().and_then(Result::ok).unwrap_or_default()
}

fn timed_out() -> io::Error {
    io::Error::new(ErrorKind::TimedOut, Failed("the other machine does not answer".to_owned()))
}

/// What an error of SSH means.
fn of_ssh(error: russh::Error) -> io::Error {
    match error {
        russh::Error::IO(error) => error,
        russh::Error::UnknownKey => {
            let words = "the other machine's key is not the one that was seen before";
            io::Error::new(ErrorKind::PermissionDenied, NotLetIn(words.to_owned()))
        }
        other => io::Error::new(ErrorKind::ConnectionReset, Failed(other.to_string())),
    }
}

/// What an error of SFTP means.
fn of_sftp(error: SftpError) -> io::Error {
    match error {
        SftpError::Status(status) => {
            let kind = match status.status_code {
                StatusCode::NoSuchFile => ErrorKind::NotFound,
                StatusCode::PermissionDenied => ErrorKind::PermissionDenied,
                StatusCode::NoConnection | StatusCode::ConnectionLost => ErrorKind::ConnectionReset,
                // A disk that is full is a failure without a name in this version of the protocol.
                _ => ErrorKind::Other,
            };
            io::Error::new(kind, Failed(status.error_message))
        }
        SftpError::Timeout => timed_out(),
        other => io::Error::new(ErrorKind::ConnectionReset, Failed(other.to_string())),
    }
}

impl Sftp {
    /// Connects, and lets itself be let in.
    ///
    /// # Errors
    /// When the machine can't be reached, is another one, lets nobody in, or the folder is not there.
    pub fn connect(at: &At<'_>) -> io::Result<Self> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let seen = Arc::new(Mutex::new(String::new()));
        let checker = Checker { wanted: at.host_key.to_owned(), seen: Arc::clone(&seen) };
        let connecting = async {
            let config = Arc::new(client::Config::default());
            let connected = client::connect(config, (at.host, at.port), checker).await;
            let mut connection = connected.map_err(of_ssh)?;
            sign_in(&mut connection, at).await?;
            let channel = connection.channel_open_session().await.map_err(of_ssh)?;
            channel.request_subsystem(true, "sftp").await.map_err(of_ssh)?;
            let session = SftpSession::new(channel.into_stream()).await.map_err(of_sftp)?;
            session.set_timeout(STILL_MAX.as_secs());
            let there = session.metadata(at.path).await.map_err(of_sftp)?;
            if !there.file_type().is_dir() {
                return Err(ErrorKind::NotADirectory.into());
            }
            Ok((connection, session))
        };
        // A timer is made where the runtime is.
        let limited = async { tokio::time::timeout(CONNECT_TIMEOUT, connecting).await };
        let connected = runtime.block_on(limited);
        let (connection, session) = connected.unwrap_or_else(|_| Err(timed_out()))?;
        let root = at.path.trim_end_matches('/').to_owned();
        let inner = Inner { session, _connection: connection, root, runtime: Mutex::new(runtime) };
        let seen = locked(&seen).clone();
        Ok(Self { inner: Arc::new(inner), seen })
    }
}

/// By the box's own key, then by the password.
async fn sign_in(connection: &mut Handle<Checker>, at: &At<'_>) -> io::Result<()> {
    let key = PrivateKeyWithHashAlg::new(Arc::new(own_key(at.seed)?), None);
    let answer = connection.authenticate_publickey(at.user, key).await.map_err(of_ssh)?;
    if answer.success() {
        return Ok(());
    }
    let mut answer = answer;
    if !at.password.is_empty() {
        let asked = connection.authenticate_password(at.user, at.password);
        answer = asked.await.map_err(of_ssh)?;
    }
    match answer {
        AuthResult::Success => Ok(()),
        AuthResult::Failure { .. } => {
            let words = "the other machine accepts neither the key of this box nor the password";
            Err(io::Error::new(ErrorKind::PermissionDenied, NotLetIn(words.to_owned())))
        }
    }
}

impl Inner {
    /// Waits for one operation.
    fn wait<T>(&self, work: impl Future<Output = io::Result<T>>) -> io::Result<T> {
        let work = async {
            tokio::time::timeout(STILL_MAX, work).await.unwrap_or_else(|_| Err(timed_out()))
        };
        locked(&self.runtime).block_on(work)
    }

    fn path(&self, name: &str) -> String {
        format!("{}/{name}", self.root)
    }

    /// Files of a folder; none where it is not there.
    fn files(&self, folder: &str, prefix: &str, found: &mut Vec<Held>) -> io::Result<Vec<String>> {
        let path = self.path(folder);
        let entries = self.wait(async { self.session.read_dir(path).await.map_err(of_sftp) });
        let entries = match entries {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
            entries => entries?,
        };
        let mut folders = Vec::new();
        for entry in entries {
            let (name, meta) = (entry.file_name(), entry.metadata());
            if entry.file_type().is_dir() {
                folders.push(name);
            } else if !name.ends_with(PARTIAL) {
                let size_bytes = meta.size.unwrap_or_default();
                found.push(Held { name: format!("{prefix}{name}"), size_bytes });
            }
        }
        Ok(folders)
    }

    fn make_folders(&self, name: &str) -> io::Result<()> {
        for (end, _) in name.match_indices('/') {
            let path = self.path(&name[..end]);
            let made = self.wait(async {
                if self.session.try_exists(path.clone()).await.map_err(of_sftp)? {
                    return Ok(());
                }
                self.session.create_dir(path).await.map_err(of_sftp)
            });
            made?;
        }
        Ok(())
    }

    fn remove(&self, path: String) -> io::Result<()> {
        match self.wait(async { self.session.remove_file(path).await.map_err(of_sftp) }) {
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
            removed => removed,
        }
    }
}

impl Place for Sftp {
    fn list(&self, under: Under) -> io::Result<Vec<Held>> {
        let mut found = Vec::new();
        match under {
            Under::Root => drop(self.inner.files(".", "", &mut found)?),
            Under::Files => {
                let mut stray = Vec::new();
                for shelf in self.inner.files("files", "files/", &mut stray)? {
                    let prefix = format!("files/{shelf}/");
                    self.inner.files(&format!("files/{shelf}"), &prefix, &mut found)?;
                }
            }
        }
        Ok(found)
    }

    fn create(&self, name: &str) -> io::Result<Box<dyn Draft>> {
        self.inner.make_folders(name)?;
        let path = self.inner.path(name);
        let partial = format!("{path}{PARTIAL}");
        let opened = partial.clone();
        let file =
            self.inner.wait(async { self.inner.session.create(opened).await.map_err(of_sftp) })?;
        let inner = Arc::clone(&self.inner);
        Ok(Box::new(Writing { inner, file: Some(file), partial, path }))
    }

    fn open(&self, name: &str) -> io::Result<Box<dyn Read + Send>> {
        let path = self.inner.path(name);
        let file =
            self.inner.wait(async { self.inner.session.open(path).await.map_err(of_sftp) })?;
        Ok(Box::new(Reading { inner: Arc::clone(&self.inner), file }))
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        self.inner.remove(self.inner.path(name))
    }

    fn sweep(&self) -> io::Result<()> {
        let mut folders = vec![String::new()];
        let shelves = self.inner.files("files", "", &mut Vec::new())?;
        folders.extend(shelves.into_iter().map(|shelf| format!("files/{shelf}/")));
        for folder in folders {
            let path = self.inner.path(&folder);
            let entries = self
                .inner
                .wait(async { self.inner.session.read_dir(path).await.map_err(of_sftp) })?;
            for name in entries.map(|entry| entry.file_name()) {
                if name.ends_with(PARTIAL) {
                    self.inner.remove(self.inner.path(&format!("{folder}{name}")))?;
                }
            }
        }
        Ok(())
    }

    fn room(&self) -> io::Result<Option<u64>> {
        let root = self.inner.root.clone();
        let told =
            self.inner.wait(async { self.inner.session.fs_info(root).await.map_err(of_sftp) });
        // Not every server can tell.
        Ok(told.ok().flatten().map(|told| told.blocks_avail.saturating_mul(told.fragment_size)))
    }

    fn fingerprint(&self) -> Option<&str> {
        Some(&self.seen)
    }
}

struct Reading {
    inner: Arc<Inner>,
    file: File,
}

impl Read for Reading {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let file = &mut self.file;
        self.inner.wait(async { file.read(buffer).await.map_err(failed) })
    }
}

/// So that a connection that broke is not taken for a file that is damaged.
fn failed(error: io::Error) -> io::Error {
    io::Error::new(error.kind(), Failed(error.to_string()))
}

struct Writing {
    inner: Arc<Inner>,
    file: Option<File>,
    partial: String,
    path: String,
}

impl Write for Writing {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let Some(file) = &mut self.file else { return Err(ErrorKind::BrokenPipe.into()) };
        self.inner.wait(async { file.write(bytes).await.map_err(failed) })
    }

    fn flush(&mut self) -> io::Result<()> {
        let Some(file) = &mut self.file else { return Err(ErrorKind::BrokenPipe.into()) };
        self.inner.wait(async { file.flush().await.map_err(failed) })
    }
}

impl Draft for Writing {
    fn commit(mut self: Box<Self>) -> io::Result<()> {
        let Some(mut file) = self.file.take() else { return Err(ErrorKind::BrokenPipe.into()) };
        self.inner.wait(async {
            file.flush().await.map_err(failed)?;
            file.sync_all().await.map_err(of_sftp)?;
            file.close().await.map_err(failed)
        })?;
        // The protocol's rename replaces nothing.
        self.inner.remove(self.path.clone())?;
        let (from, to) = (self.partial.clone(), self.path.clone());
        self.inner.wait(async { self.inner.session.rename(from, to).await.map_err(of_sftp) })
    }
}

impl Drop for Writing {
    fn drop(&mut self) {
        // Its handle is closed by the runtime while something else waits.
        drop(self.file.take());
        if let Err(error) = self.inner.remove(self.partial.clone()) {
            tracing::debug!(%error, "what was half written stays until the next backup");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_of_the_box_is_the_same_every_time() {
        let (one, other) = (public_key(&[7; 32]), public_key(&[8; 32]));
        assert!(one.starts_with("ssh-ed25519 AAAA") && one.ends_with(" hearth"), "{one}");
        assert_eq!(one, public_key(&[7; 32]));
        assert_ne!(one, other);
    }
}

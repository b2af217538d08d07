//! Where backups lie: the few things that every kind of destination can do.
//!
//! Everything blocks: one thread makes backups, and it has nothing else to do. What is written has its
//! name only once all of it is there and on the disk, so that whoever finds a name finds all of it.

mod folder;
mod s3;
mod sftp;
mod usb;

use std::io::{self, Read, Write};
use std::path::Path;

use hearth_wire::vault::BackupPlace;

use super::key::Key;

pub use folder::Folder;
pub use s3::{At as S3At, S3};
pub use sftp::{At as SftpAt, Sftp, public_key};
pub use usb::{mounted_at, mounts};

/// Something at a destination.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held {
    /// Its name, with `/` between folders.
    pub name: String,
    /// Its size.
    pub size_bytes: u64,
}

/// A file that is being written. Dropped, it leaves nothing.
pub trait Draft: Write + Send {
    /// Puts it on the disk and gives it its name.
    ///
    /// # Errors
    /// As the destination says; the name is then what it was.
    fn commit(self: Box<Self>) -> io::Result<()>;
}

/// A destination.
pub trait Place: Send + Sync {
    /// What lies directly in it, or with `files` in the folders of shared files.
    ///
    /// # Errors
    /// As the destination says; that nothing is there yet is no error.
    fn list(&self, under: Under) -> io::Result<Vec<Held>>;

    /// Begins a file.
    ///
    /// # Errors
    /// As the destination says.
    fn create(&self, name: &str) -> io::Result<Box<dyn Draft>>;

    /// Opens a file.
    ///
    /// # Errors
    /// As the destination says.
    fn open(&self, name: &str) -> io::Result<Box<dyn Read + Send>>;

    /// Takes a file away; that it is not there is fine.
    ///
    /// # Errors
    /// As the destination says.
    fn remove(&self, name: &str) -> io::Result<()>;

    /// Takes away what was being written by a process that ended.
    ///
    /// # Errors
    /// As the destination says.
    fn sweep(&self) -> io::Result<()>;

    /// Free bytes, if the destination can tell.
    ///
    /// # Errors
    /// As the destination says.
    fn room(&self) -> io::Result<Option<u64>>;

    /// The fingerprint of the key that the other end showed, where there is one.
    fn fingerprint(&self) -> Option<&str> {
        None
    }
}

/// What a box brings along to a destination.
#[derive(Clone, Copy, Debug)]
pub struct Own<'a> {
    /// The folder in the data folder.
    pub folder: &'a Path,
    /// The key of the backups.
    pub key: &'a Key,
}

/// What is listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Under {
    /// Backups and what describes the place.
    Root,
    /// Shared files.
    Files,
}

/// A connection failed in the middle: what was read until then is not all. Travels in an [`io::Error`].
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Failed(pub String);

/// Opens a destination.
///
/// # Errors
/// When it is not there, can't be reached, or does not let us in.
pub fn open(place: &BackupPlace, own: &Own<'_>) -> io::Result<Box<dyn Place>> {
    match place {
        BackupPlace::Box {} => Ok(Box::new(Folder::make(own.folder)?)),
        BackupPlace::Folder { path } => Ok(Box::new(Folder::below(Path::new(path))?)),
        BackupPlace::Usb { label } => {
            let mount = mounted_at(&mounts()?, label, Path::new("/dev/disk/by-label"));
            let mount = mount.ok_or(io::ErrorKind::NotFound)?;
            Ok(Box::new(Folder::below(&mount)?))
        }
        BackupPlace::S3 {
            endpoint,
            region,
            bucket,
            prefix,
            path_style,
            access_key,
            secret_key,
        } => {
            let key = (access_key.as_str(), secret_key.as_str());
            let at = S3At { endpoint, region, bucket, prefix, path_style: *path_style, key };
            Ok(Box::new(S3::new(&at)?))
        }
        BackupPlace::Sftp { host, port, user, path, host_key, password } => {
            let seed = &own.key.ssh_seed();
            let at = SftpAt { host, port: *port, user, path, host_key, password, seed };
            Ok(Box::new(Sftp::connect(&at)?))
        }
    }
}

//! The data folder: everything Hearth knows, for one process at a time.
//!
//! Two processes on one folder would number the log twice, so the first locks it for as long as it
//! lives. The kernel gives the lock back whatever way the process ends.

use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

/// Name of the database in the data folder.
pub const DATABASE: &str = "hearth.db";
/// Name of the search index in it.
pub const SEARCH_INDEX: &str = "search.db";
const LOCK: &str = "hearthd.lock";

/// A data folder whose lock this process holds.
#[derive(Debug)]
pub struct DataDir {
    path: PathBuf,
    lock: File,
}

/// A data folder that can't be used.
#[derive(Debug, thiserror::Error)]
pub enum DataDirError {
    /// Another process has it.
    #[error(
        "{} is in use by another hearthd{}; stop that one first, or choose another folder with \
         HEARTH_DATA",
        path.display(), of_process(*pid)
    )]
    InUse {
        /// The folder.
        path: PathBuf,
        /// The process, if it says so.
        pid: Option<u32>,
    },
    /// It can't be made or written.
    #[error(
        "can't write to {}: {source}; make it writable for this user, or choose another folder \
         with HEARTH_DATA",
        path.display()
    )]
    NotWritable {
        /// The folder.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

fn of_process(pid: Option<u32>) -> String {
    pid.map(|pid| format!(" (process {pid})")).unwrap_or_default()
}

impl DataDir {
    /// Opens the folder, makes it if it is missing, and locks it.
    ///
    /// # Errors
    ///
    /// [`DataDirError`], with what to do about it.
    pub fn open(path: &Path) -> Result<Self, DataDirError> {
        let not_writable = |source| DataDirError::NotWritable { path: path.to_owned(), source };
        DirBuilder::new().recursive(true).mode(0o700).create(path).map_err(not_writable)?;
        let path = path.canonicalize().map_err(not_writable)?;
        let mut lock = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(path.join(LOCK))
            .map_err(not_writable)?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut text = String::new();
                // The number only helps to find the other process; without it the answer stands.
                let pid =
                    lock.read_to_string(&mut text).ok().and_then(|_| text.trim().parse().ok());
                return Err(DataDirError::InUse { path, pid });
            }
            Err(TryLockError::Error(source)) => return Err(not_writable(source)),
        }
        lock.set_len(0).and_then(|()| lock.rewind()).map_err(not_writable)?;
        writeln!(lock, "{}", std::process::id()).map_err(not_writable)?;
        Ok(Self { path, lock })
    }

    /// The folder.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The database.
    #[must_use]
    pub fn database(&self) -> PathBuf {
        self.path.join(DATABASE)
    }

    /// The search index, which can be made anew.
    #[must_use]
    pub fn search_index(&self) -> PathBuf {
        self.path.join(SEARCH_INDEX)
    }

    /// Keys and certificates of the box's own authority.
    #[must_use]
    pub fn tls(&self) -> PathBuf {
        self.path.join("tls")
    }

    /// The key, settings and scratch files of backups, and those that stay on the box.
    #[must_use]
    pub fn vault(&self) -> PathBuf {
        vault(&self.path)
    }

    /// Where the next process waits for the lock in vain.
    #[must_use]
    pub fn lock_file(&self) -> &File {
        &self.lock
    }
}

/// The folder of a data folder that backups are made from.
#[must_use]
pub fn vault(data: &Path) -> PathBuf {
    data.join("vault")
}

/// Writes a file that only its owner may read, all of it or nothing.
///
/// # Errors
///
/// As the operating system says; an earlier file of that name is then unchanged.
pub fn write_private(path: &Path, content: &[u8]) -> io::Result<()> {
    let draft = path.with_extension("new");
    // Left by a process that died in between.
    match fs::remove_file(&draft) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&draft)?;
    file.write_all(content)?;
    file.sync_all()?;
    fs::rename(&draft, path)?;
    File::open(path.parent().unwrap_or(Path::new(".")))?.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn one_process_at_a_time() {
        let scratch = tempfile::tempdir().unwrap();
        let path = scratch.path().join("data");
        let first = DataDir::open(&path).unwrap();
        let mode = fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o700);
        let refused = DataDir::open(&path).unwrap_err().to_string();
        assert!(refused.contains(&format!("process {}", std::process::id())), "{refused}");
        drop(first);
        assert!(DataDir::open(&path).is_ok());
    }

    #[test]
    fn a_folder_that_cannot_be_written_is_named() {
        let scratch = tempfile::tempdir().unwrap();
        let file = scratch.path().join("file");
        fs::write(&file, "").unwrap();
        let refused = DataDir::open(&file.join("data")).unwrap_err().to_string();
        assert!(refused.starts_with("can't write to") && refused.contains("HEARTH_DATA"));
    }

    #[test]
    fn private_files_are_private_and_whole() {
        let scratch = tempfile::tempdir().unwrap();
        let path = scratch.path().join("key.pem");
        fs::write(path.with_extension("new"), "left over").unwrap();
        write_private(&path, b"one").unwrap();
        write_private(&path, b"two").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"two");
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(fs::read_dir(scratch.path()).unwrap().count(), 1);
    }
}

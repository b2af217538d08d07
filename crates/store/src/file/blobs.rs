//! Content on disk, by its BLAKE3 digest: `blobs/ab/cdef…`, and `uploads/<id>` for what is on its way.
//!
//! A blob never changes. It is whole before it has its name, so whoever finds one may read it; who
//! doubts it can hash it again ([`Blobs::check`]).

use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{self, Read};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use hearth_domain::file::BlobHash;
use hearth_domain::id::FileId;
use tokio::sync::{RwLock, RwLockReadGuard, RwLockWriteGuard};

use crate::files;

/// Extensions of what is made of a picture before it has its place.
pub const MADE: [&str; 3] = ["clean", "preview", "thumbnail"];
/// Bytes read at once when a blob is hashed.
const READ_BYTES: usize = 1 << 20;

/// What the operating system says when a disk can't read: `EIO`.
const UNREADABLE: i32 = 5;

/// What a blob is like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Condition {
    /// It holds what its name says.
    Sound,
    /// It holds something else, or the disk can't read it.
    Damaged,
    /// It is not there.
    Missing,
}

/// Hashes content that comes in pieces.
#[derive(Debug, Default)]
pub struct Digester(blake3::Hasher);

impl Digester {
    /// Takes the next piece.
    pub fn update(&mut self, piece: &[u8]) {
        self.0.update(piece);
    }

    /// The digest of all pieces until now.
    #[must_use]
    pub fn digest(&self) -> BlobHash {
        BlobHash(*self.0.finalize().as_bytes())
    }
}

/// The folders beside the database that hold files. Clones are handles to the same ones.
#[derive(Clone, Debug)]
pub struct Blobs {
    root: PathBuf,
    settling: Arc<RwLock<()>>,
}

impl Blobs {
    /// The folders beside a database. They are made when the first file comes.
    #[must_use]
    pub fn beside(database: &Path) -> Self {
        let root = database.parent().unwrap_or(Path::new("."));
        Self { root: root.to_owned(), settling: Arc::new(RwLock::new(())) }
    }

    /// Where everything lies.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Where the blobs lie.
    #[must_use]
    pub fn folder(&self) -> PathBuf {
        self.root.join("blobs")
    }

    /// Where what is on its way lies.
    #[must_use]
    pub fn partials(&self) -> PathBuf {
        self.root.join("uploads")
    }

    /// Where a blob lies.
    #[must_use]
    pub fn path(&self, hash: BlobHash) -> PathBuf {
        path_in(&self.folder(), hash)
    }

    /// Where the partial file of an upload lies.
    #[must_use]
    pub fn partial(&self, upload: FileId) -> PathBuf {
        self.partials().join(upload.to_string())
    }

    /// Held from before a blob gets its name until its row is there. Many may hold it.
    pub async fn settle(&self) -> RwLockReadGuard<'_, ()> {
        self.settling.read().await
    }

    /// Held while blobs are taken away, so that none goes between its naming and its row.
    pub async fn collecting(&self) -> RwLockWriteGuard<'_, ()> {
        self.settling.write().await
    }

    /// Opens the partial file of an upload to write at its end; makes it if it is not there.
    ///
    /// # Errors
    /// As the operating system says.
    pub fn open_partial(&self, upload: FileId) -> io::Result<File> {
        make_folder(&self.partials())?;
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false).mode(0o600);
        options.open(self.partial(upload))
    }

    /// Takes away the partial file of an upload and what was being made of it, if they are there.
    ///
    /// # Errors
    /// As the operating system says.
    pub fn remove_partial(&self, upload: FileId) -> io::Result<()> {
        let partial = self.partial(upload);
        files::remove_if_there(&partial)?;
        MADE.iter().try_for_each(|name| files::remove_if_there(&partial.with_extension(name)))
    }

    /// Gives a file that is whole its place among the blobs. When this returns, content and name are
    /// on the disk. A blob that is there already is replaced by the same content, which also heals it.
    ///
    /// # Errors
    /// As the operating system says; the file is then where it was.
    pub fn adopt(&self, from: &Path, hash: BlobHash) -> io::Result<()> {
        files::sync(from)?;
        let target = self.path(hash);
        if let Some(folder) = target.parent() {
            make_folder(folder)?;
        }
        std::fs::rename(from, &target)?;
        files::sync_folder(&target)
    }

    /// Opens a blob and says how large it is.
    ///
    /// # Errors
    /// As the operating system says.
    pub fn open(&self, hash: BlobHash) -> io::Result<(File, u64)> {
        let file = File::open(self.path(hash))?;
        let size = file.metadata()?.len();
        Ok((file, size))
    }

    /// Takes a blob away; that it is not there is fine.
    ///
    /// # Errors
    /// As the operating system says.
    pub fn remove(&self, hash: BlobHash) -> io::Result<()> {
        files::remove_if_there(&self.path(hash))
    }

    /// Reads a blob and says what it is like.
    ///
    /// # Errors
    /// As the operating system says, unless it says that the disk can't read it.
    pub fn condition(&self, hash: BlobHash) -> io::Result<Condition> {
        match File::open(self.path(hash)).and_then(digest) {
            Ok(found) if found == hash => Ok(Condition::Sound),
            Ok(_) => Ok(Condition::Damaged),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Condition::Missing),
            Err(error) if error.raw_os_error() == Some(UNREADABLE) => Ok(Condition::Damaged),
            Err(error) => Err(error),
        }
    }

    /// Moves a damaged blob to the folder `quarantine`, where nobody reads it by mistake.
    ///
    /// # Errors
    /// As the operating system says.
    pub fn put_aside(&self, hash: BlobHash) -> io::Result<()> {
        let folder = self.root.join("quarantine");
        make_folder(&folder)?;
        std::fs::rename(self.path(hash), folder.join(hash.to_string()))?;
        files::sync_folder(&self.path(hash))
    }

    /// Puts a copy of a blob from another folder of blobs in its place; whether there was a sound one.
    ///
    /// # Errors
    /// As the operating system says.
    pub fn put_back(&self, folder: &Path, hash: BlobHash) -> io::Result<bool> {
        let holds =
            |path: &Path| File::open(path).and_then(digest).is_ok_and(|found| found == hash);
        let source = path_in(folder, hash);
        if !holds(&source) {
            return Ok(false);
        }
        make_folder(&self.partials())?;
        let copy = self.partials().join("mended");
        std::fs::copy(&source, &copy)?;
        if !holds(&copy) {
            return files::remove_if_there(&copy).map(|()| false);
        }
        self.adopt(&copy, hash).map(|()| true)
    }

    /// Whether a blob is there and holds what its name says.
    #[must_use]
    pub fn check(&self, hash: BlobHash) -> bool {
        File::open(self.path(hash)).and_then(digest).is_ok_and(|found| found == hash)
    }
}

/// Where a blob lies in a folder of blobs.
#[must_use]
pub fn path_in(folder: &Path, hash: BlobHash) -> PathBuf {
    let name = hash.to_string();
    let (first, rest) = name.split_at(2);
    folder.join(first).join(rest)
}

/// The digest of all that a reader gives.
///
/// # Errors
/// As the reader says.
pub fn digest(mut reader: impl Read) -> io::Result<BlobHash> {
    let mut hasher = blake3::Hasher::new();
    let mut buffer = vec![0; READ_BYTES];
    loop {
        match reader.read(&mut buffer)? {
            0 => return Ok(BlobHash(*hasher.finalize().as_bytes())),
            read => hasher.update(&buffer[..read]),
        };
    }
}

/// Makes a folder that only its owner may enter, and puts its name on the disk.
///
/// # Errors
/// As the operating system says.
pub fn make_folder(folder: &Path) -> io::Result<()> {
    if folder.is_dir() {
        return Ok(());
    }
    DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    // The folder above may be new as well.
    for made in folder.ancestors().take(2) {
        files::sync_folder(made)?;
    }
    Ok(())
}

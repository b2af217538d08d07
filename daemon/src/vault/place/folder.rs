//! A folder: on this disk, on another one, or on one that comes and goes.
//!
//! Backups lie in a folder of their own below the one that was named. That one must be there: where a
//! disk should be mounted and is not, nothing is written to the disk below. A disk that is pulled out
//! in the middle is noticed before a file gets its name, because the folder is then another one.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, BufWriter, ErrorKind, Read, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use super::{Draft, Held, Place, Under};

/// The folder of backups below the one that was named.
const BELOW: &str = "hearth-backup";
/// What is being written ends with this.
const PARTIAL: &str = "partial";
const WRITE_BYTES: usize = 256 * 1_024;

/// A folder of backups.
#[derive(Clone, Debug)]
pub struct Folder {
    root: PathBuf,
    identity: (u64, u64),
}

fn identity(root: &Path) -> io::Result<(u64, u64)> {
    let meta = fs::metadata(root)?;
    Ok((meta.dev(), meta.ino()))
}

fn make(path: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(path)
}

impl Folder {
    /// The folder itself, made where it is missing.
    ///
    /// # Errors
    /// As the operating system says.
    pub fn make(root: &Path) -> io::Result<Self> {
        make(root)?;
        Self::at(root)
    }

    /// The folder of backups in one that is there.
    ///
    /// # Errors
    /// As the operating system says; [`ErrorKind::NotFound`] when it is not there.
    pub fn below(named: &Path) -> io::Result<Self> {
        if !fs::metadata(named)?.is_dir() {
            return Err(ErrorKind::NotADirectory.into());
        }
        Self::make(&named.join(BELOW))
    }

    /// A folder that is there, or the folder of backups in it.
    ///
    /// # Errors
    /// As the operating system says.
    pub fn found(named: &Path) -> io::Result<Self> {
        let below = named.join(BELOW);
        Self::at(if below.is_dir() { &below } else { named })
    }

    fn at(root: &Path) -> io::Result<Self> {
        Ok(Self { identity: identity(root)?, root: root.to_owned() })
    }

    /// Whether it still is the same folder.
    fn stays(&self) -> io::Result<()> {
        if identity(&self.root)? == self.identity {
            Ok(())
        } else {
            Err(ErrorKind::NotFound.into())
        }
    }

    fn held(&self, folder: &Path, prefix: &str, found: &mut Vec<Held>) -> io::Result<()> {
        let entries = match fs::read_dir(folder) {
            Err(error) if error.kind() == ErrorKind::NotFound => return self.stays(),
            entries => entries?,
        };
        for entry in entries {
            let entry = entry?;
            let (meta, name) = (entry.metadata()?, entry.file_name());
            // What is not UTF-8 is none of ours.
            let Some(name) = name.to_str() else { continue };
            if meta.is_file() && !name.ends_with(PARTIAL) {
                found.push(Held { name: format!("{prefix}{name}"), size_bytes: meta.len() });
            }
        }
        Ok(())
    }

    fn shelves(&self) -> io::Result<Vec<(PathBuf, String)>> {
        let entries = match fs::read_dir(self.root.join("files")) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
            entries => entries?,
        };
        let mut shelves = Vec::new();
        for entry in entries {
            let entry = entry?;
            let Some(name) = entry.file_name().to_str().map(str::to_owned) else { continue };
            if entry.file_type()?.is_dir() {
                shelves.push((entry.path(), format!("files/{name}/")));
            }
        }
        Ok(shelves)
    }
}

impl Place for Folder {
    fn list(&self, under: Under) -> io::Result<Vec<Held>> {
        self.stays()?;
        let mut found = Vec::new();
        match under {
            Under::Root => self.held(&self.root, "", &mut found)?,
            Under::Files => {
                for (folder, prefix) in self.shelves()? {
                    self.held(&folder, &prefix, &mut found)?;
                }
            }
        }
        Ok(found)
    }

    fn create(&self, name: &str) -> io::Result<Box<dyn Draft>> {
        self.stays()?;
        let path = self.root.join(name);
        if let Some(folder) = path.parent().filter(|folder| *folder != self.root) {
            make(folder)?;
        }
        let partial = path.with_added_extension(PARTIAL);
        let mut options = OpenOptions::new();
        let file = options.write(true).create(true).truncate(true).mode(0o600).open(&partial)?;
        let file = BufWriter::with_capacity(WRITE_BYTES, file);
        Ok(Box::new(Writing { file: Some(file), partial, path, place: self.clone() }))
    }

    fn open(&self, name: &str) -> io::Result<Box<dyn Read + Send>> {
        self.stays()?;
        Ok(Box::new(File::open(self.root.join(name))?))
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        match fs::remove_file(self.root.join(name)) {
            Err(error) if error.kind() == ErrorKind::NotFound => self.stays(),
            removed => removed,
        }
    }

    fn sweep(&self) -> io::Result<()> {
        let folders = self.shelves()?.into_iter().map(|(folder, _)| folder);
        for folder in folders.chain([self.root.clone(), self.root.join("files")]) {
            let entries = match fs::read_dir(folder) {
                Err(error) if error.kind() == ErrorKind::NotFound => continue,
                entries => entries?,
            };
            for entry in entries {
                let path = entry?.path();
                if path.extension().is_some_and(|extension| extension == PARTIAL) {
                    fs::remove_file(path)?;
                }
            }
        }
        Ok(())
    }

    fn room(&self) -> io::Result<Option<u64>> {
        let stat = rustix::fs::statvfs(&self.root)?;
        Ok(Some(stat.f_bavail.saturating_mul(stat.f_frsize)))
    }
}

struct Writing {
    file: Option<BufWriter<File>>,
    partial: PathBuf,
    path: PathBuf,
    place: Folder,
}

impl Write for Writing {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.as_mut().ok_or(ErrorKind::BrokenPipe)?.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.as_mut().ok_or(ErrorKind::BrokenPipe)?.flush()
    }
}

impl Draft for Writing {
    fn commit(mut self: Box<Self>) -> io::Result<()> {
        let file = self.file.take().ok_or(ErrorKind::BrokenPipe)?;
        file.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all()?;
        self.place.stays()?;
        fs::rename(&self.partial, &self.path)?;
        File::open(self.path.parent().unwrap_or(&self.place.root))?.sync_all()
    }
}

impl Drop for Writing {
    fn drop(&mut self) {
        // Committed, it has another name; on a disk that is gone, it went with it.
        if let Err(error) = fs::remove_file(&self.partial)
            && error.kind() != ErrorKind::NotFound
        {
            tracing::debug!(%error, "what was half written stays until the next backup");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(place: &Folder, name: &str, text: &str) {
        let mut draft = place.create(name).unwrap();
        draft.write_all(text.as_bytes()).unwrap();
        draft.commit().unwrap();
    }

    fn names(place: &Folder, under: Under) -> Vec<String> {
        place.list(under).unwrap().into_iter().map(|held| held.name).collect()
    }

    #[test]
    fn what_is_dropped_leaves_nothing_and_what_is_committed_is_there() {
        let scratch = tempfile::tempdir().unwrap();
        let place = Folder::below(scratch.path()).unwrap();
        written(&place, "one", "1");
        written(&place, "files/ab/cd.age", "22");
        let mut dropped = place.create("two").unwrap();
        dropped.write_all(b"half").unwrap();
        drop(dropped);
        std::fs::write(place.root.join("left.partial"), "left").unwrap();
        place.sweep().unwrap();
        assert!(!place.root.join("left.partial").exists());
        assert_eq!(names(&place, Under::Root), ["one"]);
        assert_eq!(names(&place, Under::Files), ["files/ab/cd.age"]);
        let mut text = String::new();
        place.open("one").unwrap().read_to_string(&mut text).unwrap();
        assert_eq!(text, "1");
        place.remove("one").unwrap();
        place.remove("one").unwrap();
        assert_eq!(names(&place, Under::Root), [""; 0]);
        assert!(place.room().unwrap() > Some(0));
    }

    #[test]
    fn a_folder_that_is_not_there_or_goes_away_takes_nothing() {
        let scratch = tempfile::tempdir().unwrap();
        let named = scratch.path().join("disk");
        assert_eq!(Folder::below(&named).unwrap_err().kind(), ErrorKind::NotFound);
        std::fs::create_dir(&named).unwrap();
        let place = Folder::below(&named).unwrap();
        let mut draft = place.create("one").unwrap();
        draft.write_all(b"1").unwrap();
        std::fs::rename(&named, scratch.path().join("elsewhere")).unwrap();
        std::fs::create_dir(&named).unwrap();
        assert_eq!(draft.commit().unwrap_err().kind(), ErrorKind::NotFound);
        assert_eq!(place.list(Under::Root).unwrap_err().kind(), ErrorKind::NotFound);
        assert_eq!(std::fs::read_dir(&named).unwrap().count(), 0, "nothing is written there");
    }
}

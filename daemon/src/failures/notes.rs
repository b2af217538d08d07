//! The notes themselves: a small file for each unit, changed by one process at a time.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use hearth_domain::time::Timestamp;
use serde::{Deserialize, Serialize};

use crate::data_dir::write_private;

/// Longest name of a unit; systemd's own limit is 255.
const UNIT_CHARS_MAX: usize = 100;
/// Units of which notes are kept.
const UNITS_MAX: usize = 20;
/// Longest note, in bytes.
const NOTE_BYTES_MAX: u64 = 4_096;

/// How often a unit failed since that was last told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Note {
    /// Which.
    pub unit: String,
    /// How often; 0 after it was told.
    pub count: u32,
    /// The first time.
    pub first_at: Timestamp,
    /// The last time.
    pub last_at: Timestamp,
    /// How it ended then, in systemd's word: `watchdog`, `signal`, `exit-code`, `oom-kill`, `timeout`.
    pub result: String,
    /// Its exit code or signal then, if that is known.
    pub status: String,
    /// Systemd's name for its last run: one run is counted once.
    pub run: String,
    /// When it was last told.
    pub told_at: Option<Timestamp>,
}

/// How a run ended, as systemd says it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct End {
    /// As [`Note::result`].
    pub result: String,
    /// As [`Note::status`].
    pub status: String,
    /// As [`Note::run`]; empty if it is not known.
    pub run: String,
}

/// A name that no unit has.
#[derive(Debug, thiserror::Error)]
#[error("{0:?} is no name of a unit")]
pub struct NotAUnit(String);

/// The folder of the notes.
#[derive(Clone, Debug)]
pub struct Notes {
    folder: PathBuf,
}

impl Notes {
    /// Those of a data folder.
    #[must_use]
    pub fn of(data: &Path) -> Self {
        Self { folder: data.join("failures") }
    }

    /// Notes a failure, unless this run was noted already.
    ///
    /// # Errors
    /// [`NotAUnit`] as an error of input, or as the operating system says.
    pub fn add(&self, unit: &str, end: End, now: Timestamp) -> io::Result<()> {
        if !is_unit(unit) {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, NotAUnit(unit.to_owned())));
        }
        DirBuilder::new().recursive(true).mode(0o700).create(&self.folder)?;
        let _lock = self.lock()?;
        let path = self.path(unit);
        let before = read(&path)?;
        if before.is_none() && self.paths()?.len() >= UNITS_MAX {
            return Err(io::Error::other("too many units failed to note another one"));
        }
        if before.as_ref().is_some_and(|note| !end.run.is_empty() && note.run == end.run) {
            return Ok(());
        }
        let End { result, status, run } = end;
        let (count, first_at, told_at) = match before {
            Some(Note { count: 0, told_at, .. }) => (1, now, told_at),
            Some(note) => (note.count.saturating_add(1), note.first_at, note.told_at),
            None => (1, now, None),
        };
        let unit = unit.to_owned();
        let note = Note { unit, count, first_at, last_at: now, result, status, run, told_at };
        write(&path, &note)
    }

    /// All of which something is to tell.
    ///
    /// # Errors
    /// As the operating system says.
    pub fn untold(&self) -> io::Result<Vec<Note>> {
        let mut notes = Vec::new();
        for path in self.paths()? {
            notes.extend(read(&path)?.filter(|note| note.count > 0));
        }
        Ok(notes)
    }

    /// Takes what was told off a note. What was added meanwhile stays to be told.
    ///
    /// # Errors
    /// As the operating system says.
    pub fn told(&self, told: &Note, now: Timestamp) -> io::Result<()> {
        let _lock = self.lock()?;
        let path = self.path(&told.unit);
        let Some(mut note) = read(&path)? else { return Ok(()) };
        note.count = note.count.saturating_sub(told.count);
        note.first_at = note.last_at;
        note.told_at = Some(now);
        write(&path, &note)
    }

    fn path(&self, unit: &str) -> PathBuf {
        self.folder.join(format!("{unit}.json"))
    }

    fn paths(&self) -> io::Result<Vec<PathBuf>> {
        let entries = match fs::read_dir(&self.folder) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            entries => entries?,
        };
        let paths = entries.map(|entry| entry.map(|entry| entry.path()));
        let mut paths = paths.collect::<io::Result<Vec<_>>>()?;
        paths.retain(|path| path.extension().is_some_and(|extension| extension == "json"));
        paths.sort();
        Ok(paths)
    }

    /// Keeps other processes out until it is dropped.
    fn lock(&self) -> io::Result<File> {
        let path = self.folder.join("lock");
        let mut options = OpenOptions::new();
        let lock = options.write(true).create(true).truncate(false).mode(0o600).open(path)?;
        lock.lock()?;
        Ok(lock)
    }
}

fn is_unit(name: &str) -> bool {
    let fits = |c: char| c.is_ascii_alphanumeric() || "-_.@:\\".contains(c);
    !name.is_empty()
        && name.len() <= UNIT_CHARS_MAX
        && !name.starts_with('.')
        && name.chars().all(fits)
}

/// A note; nothing where none is, or where one can't be understood: the next failure writes it anew.
fn read(path: &Path) -> io::Result<Option<Note>> {
    match fs::metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Ok(found) if found.len() > NOTE_BYTES_MAX => return Ok(None),
        found => found?,
    };
    match serde_json::from_slice(&fs::read(path)?) {
        Ok(note) => Ok(Some(note)),
        Err(error) => {
            tracing::warn!(path = %path.display(), %error, "a note of a failure is unreadable");
            Ok(None)
        }
    }
}

fn write(path: &Path, note: &Note) -> io::Result<()> {
    write_private(path, &serde_json::to_vec(note)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn end(run: &str) -> End {
        End { result: "watchdog".to_owned(), status: "ABRT".to_owned(), run: run.to_owned() }
    }

    #[test]
    fn failures_are_counted_once_each_until_they_are_told() {
        let folder = tempfile::tempdir().unwrap();
        let notes = Notes::of(folder.path());
        assert_eq!(notes.untold().unwrap(), []);
        let at = Timestamp::from_ms;
        for (run, ms) in [("a", 1), ("a", 2), ("b", 3)] {
            notes.add("hearthd.service", end(run), at(ms)).unwrap();
        }
        let note = notes.untold().unwrap().remove(0);
        assert_eq!((note.count, note.first_at, note.last_at), (2, at(1), at(3)));
        // One comes in between.
        notes.add("hearthd.service", end("c"), at(4)).unwrap();
        notes.told(&note, at(5)).unwrap();
        let note = notes.untold().unwrap().remove(0);
        assert_eq!((note.count, note.first_at, note.told_at), (1, at(4), Some(at(5))));
        notes.told(&note, at(6)).unwrap();
        assert_eq!(notes.untold().unwrap(), []);
        notes.add("hearthd.service", end("d"), at(7)).unwrap();
        let note = notes.untold().unwrap().remove(0);
        assert_eq!((note.count, note.first_at, note.told_at), (1, at(7), Some(at(6))));
    }

    #[test]
    fn what_is_no_unit_is_refused_and_what_is_no_note_is_written_anew() {
        let folder = tempfile::tempdir().unwrap();
        let notes = Notes::of(folder.path());
        for name in ["", "../x", "a/b", ".x", "a b", &"x".repeat(101)] {
            let told = notes.add(name, end("a"), Timestamp::from_ms(1)).unwrap_err();
            assert_eq!(told.kind(), io::ErrorKind::InvalidInput, "{name}");
        }
        notes.add("a.service", end("a"), Timestamp::from_ms(1)).unwrap();
        fs::write(notes.path("a.service"), "{").unwrap();
        assert_eq!(notes.untold().unwrap(), []);
        notes.add("a.service", end("a"), Timestamp::from_ms(2)).unwrap();
        assert_eq!(notes.untold().unwrap()[0].count, 1);
    }
}

//! What is known of the dust over days, kept over restarts: one file in the state folder.
//!
//! It is written at most once a day, by a thread of its own, so that a slow disk holds nothing up. A
//! file that is damaged or another board's is not used: the first week is then measured again.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

use serde::{Deserialize, Serialize};

use crate::trend::Days;

/// The file's name in the state folder.
const FILE: &str = "dust.json";
const NEW: &str = "dust.new";
/// A longer file is none of ours.
const FILE_BYTES_MAX: u64 = 4_096;
const VERSION: u32 = 1;
/// Days that wait to be written: the next day comes in a day.
const WAITING_MAX: usize = 1;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Kept {
    version: u32,
    board: String,
    days: Days,
}

/// Where days are kept.
#[derive(Debug)]
pub struct Diary {
    pages: SyncSender<Days>,
    written: Days,
}

impl Diary {
    /// Reads what was kept and starts the thread that keeps.
    ///
    /// # Errors
    ///
    /// If the thread can't be made.
    pub fn open(state: &Path, board: &str) -> io::Result<Self> {
        let (pages, orders) = sync_channel(WAITING_MAX);
        let written = load(state, board).unwrap_or_default();
        let (state, board) = (state.to_owned(), board.to_owned());
        let work = move || keep(&state, &board, &orders);
        thread::Builder::new().name("hwctl-diary".to_owned()).spawn(work)?;
        Ok(Self { pages, written })
    }

    /// What was kept last.
    pub fn days(&self) -> Days {
        self.written
    }

    /// Keeps the days if there is a new one. While the one before is still being written, it is tried
    /// again at the next look.
    pub fn keep(&mut self, days: &Days) {
        if *days != self.written && self.pages.try_send(*days).is_ok() {
            self.written = *days;
        }
    }
}

fn keep(state: &Path, board: &str, orders: &Receiver<Days>) {
    while let Ok(days) = orders.recv() {
        if let Err(error) = store(state, board, days) {
            let path = state.join(FILE).display().to_string();
            eprintln!("hearth-hwctl: can't keep the dust in {path}: {error}");
        }
    }
}

fn load(state: &Path, board: &str) -> Option<Days> {
    let path: PathBuf = state.join(FILE);
    let length = fs::metadata(&path).ok()?.len();
    let kept = match fs::read(&path) {
        Ok(bytes) if length <= FILE_BYTES_MAX => serde_json::from_slice::<Kept>(&bytes).ok(),
        _ => None,
    };
    let sound =
        |kept: &Kept| kept.version == VERSION && kept.board == board && kept.days.is_sound();
    let days = kept.filter(sound).map(|kept| kept.days);
    if days.is_none() {
        let path = path.display();
        eprintln!("hearth-hwctl: {path} is damaged or another board's: the dust is measured anew");
    }
    days
}

/// Written beside, synced and renamed, so that a crash leaves the old file or the new one.
fn store(state: &Path, board: &str, days: Days) -> io::Result<()> {
    let kept = Kept { version: VERSION, board: board.to_owned(), days };
    let mut file = File::create(state.join(NEW))?;
    file.write_all(&serde_json::to_vec(&kept)?)?;
    file.sync_all()?;
    fs::rename(state.join(NEW), state.join(FILE))?;
    File::open(state)?.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn days() -> Days {
        Days { count: 40, baseline: 0.05, level: 0.1, sum: 0.3 }
    }

    #[test]
    fn days_are_kept_for_the_same_board() {
        let state = tempfile::tempdir().unwrap();
        let mut diary = Diary::open(state.path(), "Board 1").unwrap();
        assert_eq!(diary.days(), Days::default());
        diary.keep(&days());
        let begin = std::time::Instant::now();
        while load(state.path(), "Board 1") != Some(days()) {
            assert!(begin.elapsed().as_secs() < 20, "nothing was kept");
            thread::sleep(std::time::Duration::from_millis(5));
        }
        assert_eq!(Diary::open(state.path(), "Board 1").unwrap().days(), days());
        assert_eq!(Diary::open(state.path(), "Board 2").unwrap().days(), Days::default());
    }

    #[test]
    fn a_damaged_file_is_not_used() {
        let state = tempfile::tempdir().unwrap();
        store(state.path(), "B", days()).unwrap();
        assert_eq!(load(state.path(), "B"), Some(days()));
        let good = fs::read_to_string(state.path().join(FILE)).unwrap();
        for damage in [
            String::new(),
            "{}".to_owned(),
            good.replace("\"version\":1", "\"version\":2"),
            good.replace("0.3", "1e9"),
            good.replace("0.05", "null"),
            format!("{good}{}", " ".repeat(5_000)),
        ] {
            fs::write(state.path().join(FILE), damage.as_bytes()).unwrap();
            assert_eq!(load(state.path(), "B"), None, "{damage}");
        }
    }
}

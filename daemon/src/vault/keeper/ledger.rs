//! What happened: one JSON file, written anew after each backup.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;

use hearth_domain::time::Timestamp;
use hearth_wire::vault::{BackupFault, BackupRun, BackupSettings, BackupStanding};
use serde::{Deserialize, Serialize};

use super::super::write::Made;
use crate::data_dir::write_private;

/// Backups that are remembered.
const HISTORY_MAX: usize = 60;

/// What is known of a destination.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Known {
    /// How it is.
    pub standing: BackupStanding,
    /// Whether backups were written there.
    pub written: bool,
    /// The mark of the passphrase under which the key lies there.
    pub passphrase: Option<String>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Ledger {
    /// Since when backups are made at all.
    pub(super) since: Timestamp,
    pub(super) key_saved_at: Option<Timestamp>,
    destinations: BTreeMap<String, Known>,
    /// The latest first.
    pub(super) history: Vec<BackupRun>,
    /// What was begun and has not ended.
    pub(super) begun: Option<(Timestamp, String)>,
}

impl Ledger {
    pub(super) const fn new(now: Timestamp) -> Self {
        Self {
            since: now,
            key_saved_at: None,
            destinations: BTreeMap::new(),
            history: Vec::new(),
            begun: None,
        }
    }

    pub(super) fn read(path: &Path, now: Timestamp) -> io::Result<Self> {
        match std::fs::read(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let ledger = Self::new(now);
                ledger.write(path)?;
                Ok(ledger)
            }
            read => serde_json::from_slice(&read?)
                .map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error)),
        }
    }

    pub(super) fn write(&self, path: &Path) -> io::Result<()> {
        write_private(path, &serde_json::to_vec(self).map_err(io::Error::from)?)
    }

    pub(super) fn known(&self, id: &str) -> Known {
        self.destinations.get(id).cloned().unwrap_or_default()
    }

    pub(super) fn standing(&self, id: &str) -> BackupStanding {
        self.known(id).standing
    }

    /// A destination that is elsewhere now, or is gone, starts anew.
    pub(super) fn forget_others(&mut self, before: &BackupSettings, after: &BackupSettings) {
        let same = |id: &String| {
            let place = |settings: &BackupSettings| {
                let found = settings.destinations.iter().find(|one| one.id == *id);
                found.map(|one| where_it_is(&one.place))
            };
            place(after).is_some() && place(before) == place(after)
        };
        self.destinations.retain(|id, _| same(id));
    }

    /// A backup that had begun when the process ended.
    pub(super) fn close_interrupted(&mut self, path: &Path) -> io::Result<()> {
        let Some((at, destination)) = self.begun.take() else { return Ok(()) };
        let run = BackupRun {
            at,
            destination,
            fault: Some(BackupFault::Interrupted),
            detail: String::new(),
            name: String::new(),
            written_bytes: 0,
            took_ms: 0,
            broken_files: 0,
            times: 1,
        };
        self.note(run, None, None);
        self.write(path)
    }

    /// Notes how a backup went; with what was made, and whether every file was read.
    pub(super) fn note(
        &mut self,
        run: BackupRun,
        made: Option<(&Made, bool)>,
        passphrase: Option<String>,
    ) {
        self.begun = None;
        let known = self.destinations.entry(run.destination.clone()).or_default();
        let standing = &mut known.standing;
        standing.tried_at = Some(run.at);
        standing.fault = run.fault;
        run.detail.clone_into(&mut standing.detail);
        if let Some((made, read_all)) = made {
            // A backup is as old as what is in it, whenever it was looked at.
            standing.verified_at = Some(made.made_at);
            if read_all {
                standing.all_read_at = Some(run.at);
            }
            (standing.count, standing.size_bytes) = (made.count, made.size_bytes);
            known.written = true;
            known.passphrase = passphrase;
        }
        self.remember(run);
    }

    /// The same failure at the same destination is one entry that counts.
    fn remember(&mut self, run: BackupRun) {
        let again = self.history.iter_mut().find(|earlier| earlier.destination == run.destination);
        if let Some(earlier) = again
            && run.fault.is_some()
            && (earlier.fault, &earlier.detail) == (run.fault, &run.detail)
        {
            earlier.times = earlier.times.saturating_add(1);
            earlier.took_ms = run.took_ms;
            return;
        }
        self.history.insert(0, run);
        self.history.truncate(HISTORY_MAX);
    }
}

/// A place without what may change while it stays the same place.
fn where_it_is(place: &hearth_wire::vault::BackupPlace) -> hearth_wire::vault::BackupPlace {
    use hearth_wire::vault::BackupPlace;
    let mut place = place.clone();
    match &mut place {
        BackupPlace::S3 { access_key, secret_key, path_style, .. } => {
            access_key.clear();
            secret_key.clear();
            *path_style = false;
        }
        BackupPlace::Sftp { host_key, password, .. } => {
            host_key.clear();
            password.clear();
        }
        BackupPlace::Box {} | BackupPlace::Folder { .. } | BackupPlace::Usb { .. } => {}
    }
    place
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(at: u64, fault: Option<BackupFault>) -> BackupRun {
        BackupRun {
            at: Timestamp::from_ms(at),
            destination: "disk".to_owned(),
            fault,
            detail: String::new(),
            name: String::new(),
            written_bytes: 1,
            took_ms: 1,
            broken_files: 0,
            times: 1,
        }
    }

    #[test]
    fn the_same_failure_is_counted_and_not_listed_again() {
        let mut ledger = Ledger::new(Timestamp::from_ms(1));
        for at in 1..=5 {
            ledger.note(run(at, Some(BackupFault::Gone)), None, None);
        }
        assert_eq!((ledger.history.len(), ledger.history[0].times), (1, 5));
        ledger.note(run(6, None), None, None);
        ledger.note(run(7, Some(BackupFault::Gone)), None, None);
        assert_eq!(ledger.history.len(), 3);
        assert_eq!(ledger.standing("disk").fault, Some(BackupFault::Gone));
        for at in 8..=200 {
            ledger.note(run(at, None), None, None);
        }
        assert_eq!(ledger.history.len(), HISTORY_MAX);
    }

    #[test]
    fn an_end_in_the_middle_shows() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state.json");
        let mut ledger = Ledger::read(&path, Timestamp::from_ms(1)).unwrap();
        ledger.begun = Some((Timestamp::from_ms(2), "disk".to_owned()));
        ledger.write(&path).unwrap();
        let mut ledger = Ledger::read(&path, Timestamp::from_ms(3)).unwrap();
        ledger.close_interrupted(&path).unwrap();
        assert_eq!(ledger.history[0].fault, Some(BackupFault::Interrupted));
        assert_eq!(Ledger::read(&path, Timestamp::from_ms(4)).unwrap().history.len(), 1);
        std::fs::write(&path, "{").unwrap();
        let error = Ledger::read(&path, Timestamp::from_ms(5)).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::InvalidData);
    }
}

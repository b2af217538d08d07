//! The list of what belongs to a backup.

use std::collections::BTreeMap;
use std::io::{Read, Write};

use hearth_domain::file::BlobHash;
use hearth_domain::id::NodeId;
use hearth_domain::time::Timestamp;
use hearth_wire::vault::BackupSettings;
use serde::{Deserialize, Serialize};

use super::fault::VaultError;
use super::key::Key;
use super::place::{Held, Place};
use super::seal;
use crate::calendar;

/// The format of what is written here.
pub(super) const FORMAT: u32 = 1;
/// Longest list, in bytes: a million files take half of it.
const LIST_BYTES_MAX: u64 = 256 << 20;
const LIST: &str = ".json.zst.age";
const DATABASE: &str = ".db.zst.age";

/// What belongs to a backup.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// The format of the Hearth that wrote it.
    pub format: u32,
    /// The version of that Hearth.
    pub hearth: String,
    /// Whose it is.
    pub office: NodeId,
    /// When it was made.
    pub made_at: Timestamp,
    /// The database.
    pub database: Part,
    /// The shared files: digest and size.
    pub files: Vec<(BlobHash, u64)>,
    /// Shared files that were damaged or missing on the box.
    pub broken: Vec<BlobHash>,
    /// Small text files of the data folder that make the box what it is, by their paths in it.
    pub box_files: BTreeMap<String, String>,
    /// When backups are made and where they go.
    pub settings: Option<BackupSettings>,
}

/// A file of a backup, before it was compressed and encrypted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// Its size.
    pub size_bytes: u64,
    /// Its BLAKE3 digest, in hex.
    pub blake3: String,
}

/// Names of a backup that was made at this time: of its list, and of its database.
#[must_use]
pub(super) fn names_at(at: Timestamp) -> (String, String) {
    let digits: String = calendar::utc(at).chars().filter(char::is_ascii_digit).collect();
    let (day, time) = digits.split_at(8.min(digits.len()));
    (format!("hearth-{day}-{time}{LIST}"), format!("hearth-{day}-{time}{DATABASE}"))
}

/// The name of the database that belongs to a list.
pub(super) fn database_of(list: &str) -> String {
    format!("{}{DATABASE}", list.strip_suffix(LIST).unwrap_or(list))
}

/// The time in the name of a list or database; nothing for any other name.
pub(super) fn time_of(name: &str) -> Option<Timestamp> {
    let stem = name.strip_suffix(LIST).or_else(|| name.strip_suffix(DATABASE))?;
    let (day, time) = stem.strip_prefix("hearth-")?.split_once('-')?;
    let number = |text: &str, digits| {
        let all = text.len() == digits && text.bytes().all(|byte| byte.is_ascii_digit());
        all.then(|| text.parse::<u64>().ok()).flatten()
    };
    number(day, 8)?;
    number(time, 6)?;
    let second = number(&time[..2], 2)? * 3_600 + number(&time[2..4], 2)? * 60;
    calendar::timestamp(calendar::Moment {
        year: number(&day[..4], 4)?,
        month: number(&day[4..6], 2)?,
        day: number(&day[6..], 2)?,
        second: second + number(&time[4..], 2)?,
    })
}

/// Whether a name is that of a database.
pub(super) fn is_database(name: &str) -> bool {
    name.ends_with(DATABASE) && time_of(name).is_some()
}

/// The complete backups among what lies somewhere: their times and the names of their lists, the latest
/// first.
#[must_use]
pub fn complete(held: &[Held]) -> Vec<(Timestamp, String)> {
    let lists = held.iter().filter(|held| held.name.ends_with(LIST));
    let mut found: Vec<(Timestamp, String)> =
        lists.filter_map(|held| Some((time_of(&held.name)?, held.name.clone()))).collect();
    found.sort_unstable_by(|a, b| b.cmp(a));
    found
}

impl Manifest {
    pub(super) fn write(&self, place: &dyn Place, key: &Key, name: &str) -> Result<(), VaultError> {
        let failed = || VaultError::at("writing", name);
        let text = serde_json::to_vec(self).map_err(std::io::Error::other).map_err(failed())?;
        let draft = place.create(name).map_err(failed())?;
        let mut packed = seal::pack(key, draft).map_err(failed())?;
        packed.write_all(&text).map_err(failed())?;
        seal::finish_packed(packed).map_err(failed())
    }

    /// Reads the list of a backup.
    ///
    /// # Errors
    /// [`VaultError`]: of the destination, or when it is damaged, of another key, or of a newer Hearth.
    pub fn read(place: &dyn Place, key: &Key, name: &str) -> Result<Self, VaultError> {
        #[derive(Deserialize)]
        struct Format {
            format: u32,
        }
        let file = place.open(name).map_err(VaultError::at("reading", name))?;
        let mut text = Vec::new();
        let read = seal::unpack(key, file, name)?.take(LIST_BYTES_MAX).read_to_end(&mut text);
        read.map_err(|error| seal::damaged(name, &error))?;
        let wrong = |error: serde_json::Error| VaultError::Damaged {
            name: name.to_owned(),
            what: error.to_string(),
        };
        let Format { format } = serde_json::from_slice(&text).map_err(wrong)?;
        if format > FORMAT {
            return Err(VaultError::Newer { name: name.to_owned() });
        }
        serde_json::from_slice(&text).map_err(wrong)
    }

    /// Size of all shared files.
    #[must_use]
    pub fn files_bytes(&self) -> u64 {
        self.files.iter().map(|(_, size)| size).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_say_when_and_others_are_none_of_ours() {
        let at = Timestamp::from_ms(1_795_523_045_000);
        let (list, database) = names_at(at);
        assert_eq!(list, "hearth-20261124-122405.json.zst.age");
        assert_eq!(database, database_of(&list));
        assert_eq!((time_of(&list), time_of(&database)), (Some(at), Some(at)));
        for name in ["", "hearth.vault", "hearth-x.db.zst.age", "hearth-20261124-12240.db.zst.age"]
        {
            assert_eq!(time_of(name), None, "{name}");
        }
        let held = |name: &str| Held { name: name.to_owned(), size_bytes: 1 };
        let other = names_at(Timestamp::from_ms(1_795_600_000_000)).0;
        let held = [held(&list), held(&database), held(&other), held("key.age")];
        let names: Vec<String> = complete(&held).into_iter().map(|(_, name)| name).collect();
        assert_eq!(names, [other, list]);
    }
}

//! One backup at one destination: written, read back, checked, and the old ones let go.
//!
//! The order makes it safe to end anywhere. Coming: shared files, the database, the list. Going: the
//! list, the database, and then files that no list names. What an earlier end left (a file half
//! written, a database without a list) is swept away before the next backup.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::path::{Path, PathBuf};

use hearth_domain::file::BlobHash;
use hearth_domain::id::NodeId;
use hearth_domain::time::Timestamp;
use hearth_store::backup::{self, Progress};
use hearth_store::file::{blobs, copy};
use hearth_wire::vault::{BackupKept, BackupSettings, BackupStep};

use super::check::{self, Checked, Depth};
use super::fault::VaultError;
use super::key::Key;
use super::manifest::{self, FORMAT, Manifest, Part, database_of};
use super::place::{Held, Place, Under};
use super::watch::Watch;
use super::{notes, rotate, seal};

/// Pages of the database have this size.
const PAGE_BYTES: u64 = 4_096;
/// Room that is left to the office, in bytes: 500 MB.
const SPARE_BYTES_MIN: u64 = 500_000_000;

/// What is backed up.
#[derive(Debug)]
pub struct Source {
    /// The database that people write to.
    pub database: PathBuf,
    /// The folder of blobs.
    pub blobs: PathBuf,
    /// A folder for copies that are thrown away, on the disk of the office.
    pub scratch: PathBuf,
    /// Whose it is.
    pub office: NodeId,
    /// Small text files of the data folder, by their paths in it.
    pub box_files: BTreeMap<String, String>,
    /// When backups are made and where they go.
    pub settings: BackupSettings,
}

/// Where it goes, and what is known of that.
pub struct Target<'a> {
    /// The destination.
    pub place: Box<dyn Place>,
    /// Under which key.
    pub key: &'a Key,
    /// The passphrase that also opens it, and whether the key there is under this one already.
    pub passphrase: Option<(&'a str, bool)>,
    /// Whether backups were written there before.
    pub known: bool,
    /// Whether it is on the disk of the office, whose room is the office's first.
    pub shares_disk: bool,
    /// Whether every file is read back, and not only those that are new.
    pub depth: Depth,
    /// How many backups are kept.
    pub kept: BackupKept,
}

/// What was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Made {
    /// The name of its list.
    pub name: String,
    /// When it was made.
    pub made_at: Timestamp,
    /// Bytes that were written, before encryption.
    pub written_bytes: u64,
    /// Shared files that are damaged on the box.
    pub broken: Vec<BlobHash>,
    /// What the check found.
    pub checked: Checked,
    /// Backups at the destination now.
    pub count: u64,
    /// Their size.
    pub size_bytes: u64,
}

/// Makes a backup and checks it.
///
/// # Errors
/// [`VaultError`]; the destination then has the backups that it had.
pub fn back_up(
    source: &Source,
    target: &Target<'_>,
    (at, watch): (Timestamp, &Watch),
) -> Result<Made, VaultError> {
    let (place, key) = (&*target.place, target.key);
    watch.step(BackupStep::Copying, 0);
    settle(source, target)?;
    let snapshot = Scratch::new(&source.scratch, "hearth.db")?;
    copy_database(source, snapshot.path(), watch)?;
    let there: BTreeSet<String> = files_at(place)?.into_iter().map(|held| held.name).collect();
    let named = copy::named_by(snapshot.path())?;
    let missing: Vec<(BlobHash, u64)> =
        named.iter().filter(|(hash, _)| !there.contains(&key.name_of(*hash))).copied().collect();
    let size_bytes = size_of(snapshot.path())?;
    let files_bytes: u64 = missing.iter().map(|(_, size)| size).sum();
    make_sure_of_room(target, files_bytes, size_bytes)?;
    watch.step(BackupStep::Writing, files_bytes + size_bytes);
    let broken = write_files(source, (place, key), &missing, watch)?;
    let (list, database) = manifest::names_at(at);
    let part = write_database(snapshot, (place, key), &database, watch)?;
    let written_bytes = files_bytes + part.size_bytes;
    let files = named.into_iter().filter(|(hash, _)| !broken.contains(hash)).collect();
    let manifest = Manifest {
        format: FORMAT,
        hearth: env!("CARGO_PKG_VERSION").to_owned(),
        office: source.office,
        made_at: at,
        database: part,
        files,
        broken: broken.clone(),
        box_files: source.box_files.clone(),
        settings: Some(source.settings.clone()),
    };
    watch.check()?;
    manifest.write(place, key, &list)?;
    let fresh = missing.iter().map(|(hash, _)| *hash).collect();
    let depth = match target.depth {
        Depth::All => Depth::All,
        Depth::These(_) => Depth::These(fresh),
    };
    let asked = check::Asked { list: list.clone(), depth, scratch: source.scratch.clone() };
    let checked = check::verify(place, key, &asked, watch).and_then(|(found, checked)| {
        let same = found == manifest;
        let damaged =
            || VaultError::Damaged { name: list.clone(), what: "another list".to_owned() };
        if same { Ok(checked) } else { Err(damaged()) }
    });
    let checked = checked.inspect_err(|error| withdraw(place, &list, error))?;
    watch.step(BackupStep::Tidying, 0);
    let (count, size_bytes) = tidy(target)?;
    Ok(Made { name: list, made_at: at, written_bytes, broken, checked, count, size_bytes })
}

/// A backup that was read back and is no good is no backup. Where it was only ended, or the destination
/// went away, it may well be good: then it stays, without counting.
fn withdraw(place: &dyn Place, list: &str, error: &VaultError) {
    if !matches!(error, VaultError::Damaged { .. } | VaultError::Database(_)) {
        return;
    }
    if let Err(error) = place.remove(list).and_then(|()| place.remove(&database_of(list))) {
        tracing::warn!(%error, "a backup that does not verify could not be taken away");
    }
}

/// Makes sure that the place is ours and takes away what an earlier backup left.
fn settle(source: &Source, target: &Target<'_>) -> Result<(), VaultError> {
    let place = &*target.place;
    place.sweep().map_err(VaultError::at("sweeping", ""))?;
    let held = place.list(Under::Root).map_err(VaultError::at("listing", ""))?;
    notes::claim(place, &held, (target.key, source.office, target.known))?;
    let passphrase = target.passphrase.map(|(passphrase, _)| passphrase);
    let is_current = target.passphrase.is_some_and(|(_, is_current)| is_current);
    notes::keep_key(place, &held, (target.key, passphrase, is_current))?;
    let lists = manifest::complete(&held);
    let listed: BTreeSet<String> = lists.iter().map(|(_, name)| database_of(name)).collect();
    for left in held.iter().filter(|held| manifest::is_database(&held.name)) {
        if !listed.contains(&left.name) {
            place.remove(&left.name).map_err(VaultError::at("removing", &left.name))?;
        }
    }
    Ok(())
}

fn files_at(place: &dyn Place) -> Result<Vec<Held>, VaultError> {
    place.list(Under::Files).map_err(VaultError::at("listing", "files"))
}

fn copy_database(source: &Source, to: &Path, watch: &Watch) -> Result<(), VaultError> {
    let needed_bytes = size_of(&source.database)?.saturating_add(SPARE_BYTES_MIN);
    let stat = rustix::fs::statvfs(&source.scratch).map_err(std::io::Error::from);
    let stat = stat.map_err(VaultError::here("looking at", &source.scratch))?;
    if stat.f_bavail.saturating_mul(stat.f_frsize) < needed_bytes {
        return Err(VaultError::NoRoom { needed_bytes });
    }
    backup::snapshot(&source.database, to, |now: Progress| {
        let bytes = |pages: u32| u64::from(pages) * PAGE_BYTES;
        watch.at(bytes(now.pages_done), bytes(now.pages_total));
        watch.goes_on()
    })?;
    Ok(())
}

fn size_of(path: &Path) -> Result<u64, VaultError> {
    Ok(std::fs::metadata(path).map_err(VaultError::here("looking at", path))?.len())
}

/// Files take their whole room; a database is compressed, and how far shows when it is written.
fn make_sure_of_room(
    target: &Target<'_>,
    files_bytes: u64,
    database_bytes: u64,
) -> Result<(), VaultError> {
    let room = target.place.room().map_err(VaultError::at("looking for room", ""))?;
    let Some(room) = room else { return Ok(()) };
    if target.shares_disk {
        let needed_bytes =
            files_bytes.saturating_add(database_bytes).saturating_add(SPARE_BYTES_MIN);
        return if room < needed_bytes { Err(VaultError::NoRoom { needed_bytes }) } else { Ok(()) };
    }
    if room < files_bytes { Err(VaultError::Full { needed_bytes: files_bytes }) } else { Ok(()) }
}

/// Writes what is missing at the destination; gives what is damaged on the box.
fn write_files(
    source: &Source,
    (place, key): (&dyn Place, &Key),
    missing: &[(BlobHash, u64)],
    watch: &Watch,
) -> Result<Vec<BlobHash>, VaultError> {
    let mut broken = Vec::new();
    for (hash, _) in missing {
        let (path, name) = (blobs::path_in(&source.blobs, *hash), key.name_of(*hash));
        let Ok(mut file) = File::open(&path) else {
            broken.push(*hash);
            continue;
        };
        let failed = || VaultError::at("writing", &name);
        let draft = place.create(&name).map_err(failed())?;
        let mut sealed = seal::seal(key, draft).map_err(failed())?;
        let here = |error| VaultError::here("reading", &path)(error);
        let there = |error| failed()(error);
        match watch.pour(&mut file, &mut sealed, (here, there)) {
            Ok((_, found)) if *found.as_bytes() == hash.0 => {
                seal::finish_sealed(sealed).map_err(failed())?;
            }
            // Rotten, or not to be read any more: it is named, and everything else is saved.
            Ok(_) | Err(VaultError::Here { .. }) => broken.push(*hash),
            Err(error) => return Err(error),
        }
    }
    for hash in &broken {
        tracing::warn!(blob = %hash, "a shared file is missing or damaged and is not backed up");
    }
    Ok(broken)
}

fn write_database(
    snapshot: Scratch,
    (place, key): (&dyn Place, &Key),
    name: &str,
    watch: &Watch,
) -> Result<Part, VaultError> {
    let failed = || VaultError::at("writing", name);
    let mut file =
        File::open(snapshot.path()).map_err(VaultError::here("reading", snapshot.path()))?;
    let mut packed = seal::pack(key, place.create(name).map_err(failed())?).map_err(failed())?;
    let here = |error| VaultError::here("reading", snapshot.path())(error);
    let (size_bytes, digest) = watch.pour(&mut file, &mut packed, (here, |e| failed()(e)))?;
    seal::finish_packed(packed).map_err(failed())?;
    Ok(Part { size_bytes, blake3: digest.to_hex().to_string() })
}

/// Lets old backups go, and the files that none of those that stay names. Gives how many stay, and
/// how large all of it is.
fn tidy(target: &Target<'_>) -> Result<(u64, u64), VaultError> {
    let (place, key) = (&*target.place, target.key);
    let held = place.list(Under::Root).map_err(VaultError::at("listing", ""))?;
    let all = manifest::complete(&held);
    let surplus = rotate::surplus(&all, &target.kept);
    for list in &surplus {
        let database = database_of(list);
        place.remove(list).map_err(VaultError::at("removing", list))?;
        place.remove(&database).map_err(VaultError::at("removing", &database))?;
    }
    let mut needed = BTreeSet::new();
    let stays: Vec<&String> =
        all.iter().map(|(_, name)| name).filter(|name| !surplus.contains(name)).collect();
    for list in &stays {
        match Manifest::read(place, key, list) {
            Ok(manifest) => {
                needed.extend(manifest.files.iter().map(|(hash, _)| key.name_of(*hash)))
            }
            Err(error) => {
                // What it named can't be told, so no file may go.
                tracing::warn!(%error, "the list of an old backup can't be read; no file is removed");
                return sizes(place, stays.len());
            }
        }
    }
    for file in files_at(place)? {
        if !needed.contains(&file.name) {
            place.remove(&file.name).map_err(VaultError::at("removing", &file.name))?;
        }
    }
    sizes(place, stays.len())
}

fn sizes(place: &dyn Place, count: usize) -> Result<(u64, u64), VaultError> {
    let root = place.list(Under::Root).map_err(VaultError::at("listing", ""))?;
    let all = root.into_iter().chain(files_at(place)?);
    Ok((count as u64, all.map(|held| held.size_bytes).sum()))
}

/// A file that is thrown away.
pub(super) struct Scratch(PathBuf);

impl Scratch {
    pub(super) fn new(folder: &Path, name: &str) -> Result<Self, VaultError> {
        let made = hearth_store::file::blobs::make_folder(folder);
        made.map_err(VaultError::here("making", folder))?;
        Ok(Self(folder.join(name)))
    }

    pub(super) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        if let Err(error) = std::fs::remove_file(&self.0)
            && error.kind() != std::io::ErrorKind::NotFound
        {
            tracing::warn!(%error, file = %self.0.display(), "a scratch file stays");
        }
    }
}

//! Whether a backup is good: it is restored into a scratch folder and looked at there.

use std::collections::BTreeSet;
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::PathBuf;

use hearth_domain::file::BlobHash;
use hearth_domain::id::Seq;
use hearth_store::backup;
use hearth_wire::vault::BackupStep;

use super::fault::VaultError;
use super::key::Key;
use super::manifest::{Manifest, database_of};
use super::place::{Place, Under};
use super::seal;
use super::watch::Watch;
use super::write::Scratch;

/// How much of the shared files is read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Depth {
    /// Every one.
    All,
    /// These; the others must be there in their size.
    These(BTreeSet<BlobHash>),
}

/// What is to be checked.
#[derive(Clone, Debug)]
pub struct Asked {
    /// The name of its list.
    pub list: String,
    /// How much.
    pub depth: Depth,
    /// Where the database is restored to; it is thrown away.
    pub scratch: PathBuf,
}

/// A good backup.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Checked {
    /// The last event in it.
    pub head: Seq,
    /// Shared files that were read.
    pub files_read: u64,
    /// Shared files that it has.
    pub files: u64,
}

/// Checks a backup: every page of the database, the chain of the log, and the files.
///
/// # Errors
/// [`VaultError`], by what is wrong with it.
pub fn verify(
    place: &dyn Place,
    key: &Key,
    asked: &Asked,
    watch: &Watch,
) -> Result<(Manifest, Checked), VaultError> {
    watch.step(BackupStep::Checking, 0);
    let manifest = Manifest::read(place, key, &asked.list)?;
    let read: Vec<(BlobHash, u64)> = match &asked.depth {
        Depth::All => manifest.files.clone(),
        Depth::These(these) => {
            manifest.files.iter().filter(|(hash, _)| these.contains(hash)).copied().collect()
        }
    };
    let read_bytes: u64 = read.iter().map(|(_, size)| size).sum();
    watch.step(BackupStep::Checking, manifest.database.size_bytes + read_bytes);
    let scratch = Scratch::new(&asked.scratch, "check.db")?;
    database(place, key, (&manifest, &database_of(&asked.list)), &scratch, watch)?;
    let verified = backup::verify(scratch.path())?;
    drop(scratch);
    counted(place, key, &manifest)?;
    for (hash, _) in &read {
        file(place, key, *hash, &mut io::sink(), watch)?;
    }
    let (files_read, files) = (read.len() as u64, manifest.files.len() as u64);
    Ok((manifest, Checked { head: verified.head, files_read, files }))
}

/// Restores the database of a backup to a scratch file.
pub(super) fn database(
    place: &dyn Place,
    key: &Key,
    (manifest, name): (&Manifest, &str),
    to: &Scratch,
    watch: &Watch,
) -> Result<(), VaultError> {
    let packed = place.open(name).map_err(VaultError::at("reading", name))?;
    let mut unpacked = seal::unpack(key, packed, name)?;
    let mut options = std::fs::OpenOptions::new();
    let opened = options.write(true).create(true).truncate(true).mode(0o600).open(to.path());
    let mut out = opened.map_err(VaultError::here("writing", to.path()))?;
    let failed =
        (|e: io::Error| seal::damaged(name, &e), |e| VaultError::here("writing", to.path())(e));
    let (size_bytes, digest) = watch.pour(&mut unpacked, &mut out, failed)?;
    let wanted = &manifest.database;
    if size_bytes != wanted.size_bytes || digest.to_hex().as_str() != wanted.blake3 {
        let what = "it is not what was written".to_owned();
        return Err(VaultError::Damaged { name: name.to_owned(), what });
    }
    Ok(())
}

/// Reads a shared file back, whole.
pub(super) fn file(
    place: &dyn Place,
    key: &Key,
    hash: BlobHash,
    to: &mut impl Write,
    watch: &Watch,
) -> Result<(), VaultError> {
    let name = key.name_of(hash);
    let sealed = place.open(&name).map_err(|error| missing(&name, error))?;
    let mut opened = seal::open(key, sealed, &name)?;
    let failed =
        (|e: io::Error| seal::damaged(&name, &e), |e| VaultError::here("writing", "a file")(e));
    let (_, digest) = watch.pour(&mut opened, to, failed)?;
    if *digest.as_bytes() == hash.0 {
        return Ok(());
    }
    Err(VaultError::Damaged { name, what: "it is not what was written".to_owned() })
}

fn missing(name: &str, error: io::Error) -> VaultError {
    if error.kind() == io::ErrorKind::NotFound {
        return VaultError::Damaged { name: name.to_owned(), what: "it is missing".to_owned() };
    }
    VaultError::at("reading", name)(error)
}

/// Every file is there, and not shorter than what is in it.
fn counted(place: &dyn Place, key: &Key, manifest: &Manifest) -> Result<(), VaultError> {
    let held = place.list(Under::Files).map_err(VaultError::at("listing", "files"))?;
    let held: std::collections::BTreeMap<String, u64> =
        held.into_iter().map(|held| (held.name, held.size_bytes)).collect();
    for (hash, size) in &manifest.files {
        let name = key.name_of(*hash);
        match held.get(&name) {
            None => return Err(missing(&name, io::ErrorKind::NotFound.into())),
            Some(there) if there < size => {
                let what = format!("{there} bytes of more than {size} are there");
                return Err(VaultError::Damaged { name, what });
            }
            Some(_) => {}
        }
    }
    Ok(())
}

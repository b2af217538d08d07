//! The way back: a backup from a destination into a data folder, perhaps of another box.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Component, Path, PathBuf};

use hearth_domain::file::BlobHash;
use hearth_domain::time::Timestamp;
use hearth_store::Blobs;
use hearth_store::backup::{self, Verified};
use hearth_store::file::blobs;
use hearth_wire::vault::BackupStep;

use super::check;
use super::fault::VaultError;
use super::key::Key;
use super::manifest::{self, Manifest, database_of};
use super::place::{Place, Under};
use super::watch::Watch;
use super::write::Scratch;
use crate::data_dir::{DataDir, write_private};

pub use super::notes::wrapped_key;

/// What was restored.
#[derive(Debug)]
pub struct Restored {
    /// What belonged to it.
    pub manifest: Manifest,
    /// The database, as it was checked.
    pub verified: Verified,
    /// Shared files that were fetched; the others were there already.
    pub fetched: u64,
    /// Shared files that are missing or damaged at the destination.
    pub broken: Vec<BlobHash>,
}

/// The list of a backup by its name or the beginning of it, or of the latest one.
///
/// # Errors
/// [`VaultError::Nothing`] when there is none.
pub fn find(place: &dyn Place, wanted: Option<&str>) -> Result<String, VaultError> {
    let held = place.list(Under::Root).map_err(VaultError::at("listing", ""))?;
    let mut all = manifest::complete(&held).into_iter().map(|(_, name)| name);
    let found = all.find(|name| wanted.is_none_or(|wanted| name.starts_with(wanted)));
    found.ok_or(VaultError::Nothing)
}

/// Puts a backup in the place of what a data folder has. Files come first: a database never names what
/// is not there yet. Keys and settings of the box come back where it has none.
///
/// # Errors
/// [`VaultError`]; the database is then the one it was.
pub fn restore(
    (place, key): (&dyn Place, &Key),
    list: &str,
    data: &DataDir,
    (now, watch): (Timestamp, &Watch),
) -> Result<Restored, VaultError> {
    let manifest = Manifest::read(place, key, list)?;
    let total = manifest.database.size_bytes + manifest.files_bytes();
    watch.step(BackupStep::Checking, total);
    let scratch = Scratch::new(&data.vault().join("scratch"), "restore.db")?;
    check::database(place, key, (&manifest, &database_of(list)), &scratch, watch)?;
    // A database that is no good must not cost the time of all files.
    let verified = backup::verify(scratch.path())?;
    let (fetched, broken) = fetch_files((place, key), &manifest, &data.database(), watch)?;
    backup::restore_verified(scratch.path(), &data.database(), now)?;
    drop(scratch);
    put_back_box(&manifest, key, data)?;
    Ok(Restored { manifest, verified, fetched, broken })
}

fn fetch_files(
    (place, key): (&dyn Place, &Key),
    manifest: &Manifest,
    database: &Path,
    watch: &Watch,
) -> Result<(u64, Vec<BlobHash>), VaultError> {
    let folder = Blobs::beside(database).folder();
    let (mut fetched, mut broken) = (0, manifest.broken.clone());
    for (hash, size) in &manifest.files {
        let path = blobs::path_in(&folder, *hash);
        if File::open(&path).and_then(blobs::digest).is_ok_and(|found| found == *hash) {
            watch.add(*size);
            continue;
        }
        match fetch_file((place, key), *hash, &path, watch) {
            Ok(()) => fetched += 1,
            Err(VaultError::Damaged { name, what }) => {
                tracing::warn!(file = name, what, "a shared file does not come back");
                broken.push(*hash);
            }
            Err(error) => return Err(error),
        }
    }
    Ok((fetched, broken))
}

fn fetch_file(
    (place, key): (&dyn Place, &Key),
    hash: BlobHash,
    path: &Path,
    watch: &Watch,
) -> Result<(), VaultError> {
    let failed = || VaultError::here("writing", path);
    if let Some(folder) = path.parent() {
        blobs::make_folder(folder).map_err(failed())?;
    }
    let partial = path.with_added_extension("partial");
    let mut options = OpenOptions::new();
    let opened = options.write(true).create(true).truncate(true).mode(0o600).open(&partial);
    let mut out = opened.map_err(failed())?;
    let fetched = check::file(place, key, hash, &mut out, watch);
    if let Err(error) = fetched {
        std::fs::remove_file(&partial).map_err(failed())?;
        return Err(error);
    }
    out.sync_all().map_err(failed())?;
    std::fs::rename(&partial, path).map_err(failed())
}

/// The key, settings and certificates of the box, where the data folder has none of its own.
fn put_back_box(manifest: &Manifest, key: &Key, data: &DataDir) -> Result<(), VaultError> {
    let path = data.vault().join(super::keeper::KEY);
    if !path.exists() {
        key.keep(&path).map_err(VaultError::here("writing", path))?;
    }
    if let Some(settings) = &manifest.settings {
        let path = data.vault().join(super::keeper::SETTINGS);
        if !path.exists() {
            let text = serde_json::to_vec_pretty(settings).map_err(io::Error::other);
            let written = text.and_then(|text| write_private(&path, &text));
            written.map_err(VaultError::here("writing", path))?;
        }
    }
    for (name, text) in &manifest.box_files {
        let Some(path) = inside(data.path(), name).filter(|path| !path.exists()) else { continue };
        let folder = path.parent().unwrap_or(data.path());
        let made = DirBuilder::new().recursive(true).mode(0o700).create(folder);
        let written = made.and_then(|()| write_private(&path, text.as_bytes()));
        written.map_err(VaultError::here("writing", path))?;
    }
    Ok(())
}

/// A path in a folder; nothing for one that leads out of it.
fn inside(folder: &Path, name: &str) -> Option<PathBuf> {
    let path = Path::new(name);
    let plain = path.components().all(|part| matches!(part, Component::Normal(_)));
    (plain && !name.is_empty()).then(|| folder.join(path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_path_leads_out() {
        let folder = Path::new("/data");
        assert_eq!(inside(folder, "tls/ca.pem"), Some("/data/tls/ca.pem".into()));
        for name in ["", "/etc/passwd", "../x", "tls/../../x", "./x"] {
            assert_eq!(inside(folder, name), None, "{name}");
        }
    }
}

//! What a destination says of itself, in the clear: whose backups lie there, and how to get them back.

use std::io::{Read, Write};

use hearth_domain::id::NodeId;
use serde::{Deserialize, Serialize};

use super::fault::VaultError;
use super::key::Key;
use super::manifest::FORMAT;
use super::place::{Held, Place};

const OWNER: &str = "hearth.vault";
const RESTORE: &str = "RESTORE.txt";
/// The key under the passphrase.
pub(super) const WRAPPED_KEY: &str = "key.age";
/// Longest of these files.
const NOTE_BYTES_MAX: u64 = 64 * 1_024;

const HOW: &str = "\
This folder holds encrypted backups of a Hearth office. With Hearth installed on a machine:

    hearth restore THIS-FOLDER

It asks for the key (AGE-SECRET-KEY-1…) or, where key.age is here, for the passphrase.

Without Hearth, with the programs `age` and `zstd`, and the key in the file key.txt
(with a passphrase: age -d key.age > key.txt):

    age -d -i key.txt hearth-DATE-TIME.db.zst.age | zstd -d > hearth.db      an SQLite database
    age -d -i key.txt hearth-DATE-TIME.json.zst.age | zstd -d                 what belongs to it
    age -d -i key.txt files/ab/cd….age > file                                one shared file

这个文件夹存放一个 Hearth 办公室的加密备份。在装有 Hearth 的机器上运行：

    hearth restore 本文件夹

它会询问密钥（AGE-SECRET-KEY-1…）；如果这里有 key.age，也可以输入口令。
没有 Hearth 时，可用 `age` 和 `zstd` 按上面的命令解开。
";

/// Whose backups these are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Owner {
    format: u32,
    office: NodeId,
    recipient: String,
}

fn small(place: &dyn Place, name: &str) -> Result<Vec<u8>, VaultError> {
    let mut content = Vec::new();
    let file = place.open(name).map_err(VaultError::at("reading", name))?;
    let read = file.take(NOTE_BYTES_MAX).read_to_end(&mut content);
    read.map_err(VaultError::at("reading", name))?;
    Ok(content)
}

fn put(place: &dyn Place, name: &str, content: &[u8]) -> Result<(), VaultError> {
    let failed = || VaultError::at("writing", name);
    let mut draft = place.create(name).map_err(failed())?;
    draft.write_all(content).map_err(failed())?;
    draft.commit().map_err(failed())
}

/// Makes sure that a place is ours: one that has backups of somebody else is refused, and so is one where
/// ours were (`known`) and are no more. A new one is marked.
pub(super) fn claim(
    place: &dyn Place,
    held: &[Held],
    (key, office, known): (&Key, NodeId, bool),
) -> Result<(), VaultError> {
    let ours = Owner { format: FORMAT, office, recipient: key.recipient() };
    if !held.iter().any(|held| held.name == OWNER) {
        if known {
            return Err(VaultError::Changed);
        }
        if !super::manifest::complete(held).is_empty() {
            return Err(VaultError::NotOurs);
        }
        put(place, RESTORE, HOW.as_bytes())?;
        let text = serde_json::to_vec(&ours).map_err(std::io::Error::other);
        return put(place, OWNER, &text.map_err(VaultError::at("writing", OWNER))?);
    }
    let found: Owner = serde_json::from_slice(&small(place, OWNER)?)
        .map_err(|error| VaultError::Damaged { name: OWNER.to_owned(), what: error.to_string() })?;
    if found.format > FORMAT {
        return Err(VaultError::Newer { name: OWNER.to_owned() });
    }
    let same = found.office == ours.office && found.recipient == ours.recipient;
    if same { Ok(()) } else { Err(VaultError::NotOurs) }
}

/// Puts the key there under the passphrase, or takes it away where there is no passphrase any more.
pub(super) fn keep_key(
    place: &dyn Place,
    held: &[Held],
    (key, passphrase, is_current): (&Key, Option<&str>, bool),
) -> Result<(), VaultError> {
    let there = held.iter().any(|held| held.name == WRAPPED_KEY);
    match passphrase {
        Some(_) if there && is_current => Ok(()),
        Some(passphrase) => {
            let wrapped =
                key.wrapped(passphrase).map_err(VaultError::at("writing", WRAPPED_KEY))?;
            put(place, WRAPPED_KEY, &wrapped)
        }
        None if there => place.remove(WRAPPED_KEY).map_err(VaultError::at("removing", WRAPPED_KEY)),
        None => Ok(()),
    }
}

/// The key that lies at a destination, under its passphrase.
///
/// # Errors
/// [`VaultError`]; [`VaultError::Nothing`] when there is none.
pub fn wrapped_key(place: &dyn Place) -> Result<Vec<u8>, VaultError> {
    let held = place.list(super::place::Under::Root).map_err(VaultError::at("listing", ""))?;
    if !held.iter().any(|held| held.name == WRAPPED_KEY) {
        return Err(VaultError::Nothing);
    }
    small(place, WRAPPED_KEY)
}

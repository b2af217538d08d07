//! Files: who may put one on a message, or show it as their face.

use std::collections::BTreeSet;

use super::Decision;
use super::office::{self, Profile};
use crate::denied::Denied;
use crate::file::{Attachment, Carrier, FileKind, Held};
use crate::id::FileId;
use crate::limits::FILES_PER_MESSAGE_MAX;
use crate::model::User;
use crate::permit::{Actor, Ask, OfficeAct, permit};

/// Decides which files a message takes: each is the writer's own and hangs on nothing yet.
///
/// # Errors
/// [`Denied`] by permission, [`Denied::LimitReached`] for too many, [`Denied::NotFound`] for one that is missing, somebody
/// else's, used already or named twice.
pub fn attach(
    actor: &Actor,
    wanted: &[FileId],
    held: Vec<Held>,
) -> Result<Vec<Attachment>, Denied> {
    if wanted.len() > FILES_PER_MESSAGE_MAX {
        return Err(Denied::LimitReached { max: FILES_PER_MESSAGE_MAX });
    }
    if !wanted.is_empty() {
        permit(actor, Ask::Office(OfficeAct::UseFiles))?;
    }
    let mut named = BTreeSet::new();
    let free = |held: &Held| held.owner == actor.id && held.carrier == Carrier::Nothing;
    let take = |id: &FileId| {
        let found = held.iter().find(|held| held.file.id == *id && free(held));
        found.filter(|_| named.insert(*id)).map(|held| held.file.clone()).ok_or(Denied::NotFound)
    };
    wanted.iter().map(take).collect()
}

/// Decides the picture that somebody shows as their face, or none.
///
/// # Errors
/// [`Denied`] by permission; [`Denied::NotFound`] when it is no picture of theirs that is free.
pub fn avatar(actor: &Actor, present: &User, wanted: Option<Held>) -> Decision {
    if let Some(held) = &wanted {
        let free = held.owner == actor.id && held.carrier == Carrier::Nothing;
        let kept = present.avatar == Some(held.file.id);
        if held.file.kind != FileKind::Picture || !(free || kept) {
            return Err(Denied::NotFound);
        }
    }
    let avatar = Some(wanted.map(|held| held.file.id));
    office::change_profile(actor, present, Profile { avatar, ..Profile::default() })
}

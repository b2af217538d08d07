//! A version that never ran on this box tries itself before it opens its doors.
//!
//! `doors.json` in the data folder says which version and which schema of the database people were last
//! let in with. Where that is another version, the end of the log is read and its chain checked, a
//! message goes through the whole path of a message (who may write where, the decision, the log, the
//! tables) and is undone, and something is put on the disk. What fails here ends the process before
//! anybody could see or write anything, so going back loses nothing.

use std::path::Path;

use anyhow::Context;
use hearth_domain::decide::message::{self, MessageHead, Post};
use hearth_domain::id::{MessageId, Nonce, Seq, UserId};
use hearth_domain::model::{AccountState, Mentions, Role};
use hearth_domain::text::MessageText;
use hearth_store::chat::{channels, messages, people};
use hearth_store::{ReadTx, WriteError, WriteTx, log, storage};
use serde::{Deserialize, Serialize};

use crate::actions::ActionError;
use crate::app::App;
use crate::calendar;
use crate::data_dir::write_private;

/// Name of the file in the data folder.
pub const DOORS: &str = "doors.json";
/// Entries of the log whose chain is checked.
const ENTRIES_CHECKED: u64 = 1_000;

/// With what people were last let in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Doors {
    /// The version of the program.
    pub version: String,
    /// The schema of the database.
    pub schema: u32,
}

impl Doors {
    /// Of this program.
    #[must_use]
    pub fn present() -> Self {
        Self { version: env!("CARGO_PKG_VERSION").to_owned(), schema: hearth_store::SCHEMA }
    }

    /// Of the last that let people in; nothing where that is not known.
    #[must_use]
    pub fn last(data: &Path) -> Option<Self> {
        let bytes = std::fs::read(data.join(DOORS)).ok()?;
        serde_json::from_slice(&bytes).ok()
    }
}

/// Lets a version open its doors that did so before, or that passes its trial.
///
/// # Errors
/// Why it must not.
pub async fn pass(app: &App) -> anyhow::Result<()> {
    let present = Doors::present();
    let last = Doors::last(&app.premises.data);
    if last.as_ref() == Some(&present) {
        return Ok(());
    }
    attempt(app).await.context("this version does not pass its own trial; its doors stay shut")?;
    let noted = write_private(&app.premises.data.join(DOORS), &serde_json::to_vec(&present)?);
    noted.context("note that this version opens its doors")?;
    let before = last.map_or_else(|| "none".to_owned(), |last| last.version);
    tracing::info!(version = present.version, before, "this version passed its trial");
    Ok(())
}

async fn attempt(app: &App) -> Result<(), ActionError> {
    let head = app.store.head();
    let from = Seq(head.0.saturating_sub(ENTRIES_CHECKED));
    let check = move |tx: &ReadTx<'_>| {
        log::verify(tx, from).map_err(|error| {
            tracing::error!(%error, "the end of the log can't be read");
            ActionError::Defect("the end of the log can't be read")
        })?;
        writer(tx)
    };
    let now = app.clock.now();
    if let Some(owner) = app.store.read(check).await? {
        let id = app.ids.make(MessageId::new);
        let nonce = app.ids.make(Nonce::new);
        let tried = app.store.write(now, move |tx| -> Result<(), Tried> {
            write(tx, owner, (id, nonce)).map_err(Tried::Fails)?;
            // Nothing of it stays.
            Err(Tried::Works)
        });
        match tried.await {
            Err(WriteError::Refused(Tried::Works)) => {}
            Err(WriteError::Refused(Tried::Fails(error))) => return Err(error),
            Err(_) | Ok(()) => return Err(ActionError::Unavailable),
        }
        if app.store.head() != head {
            return Err(ActionError::Defect("the trial left something in the log"));
        }
    }
    let (day, bytes) = (calendar::day_number(now), app.premises.database_bytes());
    let noted =
        app.store.write(now, move |tx| Ok::<_, ActionError>(storage::note_day(tx, day, bytes)?));
    Ok(noted.await?)
}

/// How the message in the trial did.
enum Tried {
    Works,
    Fails(ActionError),
}

/// An owner; nobody in an office that is not founded.
fn writer(tx: &ReadTx<'_>) -> Result<Option<UserId>, ActionError> {
    let owns = |role: Role, state| role == Role::Owner && state == AccountState::Active;
    let users = people::users(tx)?;
    Ok(users.iter().find(|user| owns(user.role, user.state)).map(|user| user.id))
}

/// Writes a message into the first channel where the owner may.
fn write(
    tx: &mut WriteTx<'_>,
    user: UserId,
    (id, nonce): (MessageId, Nonce),
) -> Result<(), ActionError> {
    let actor = people::actor(tx, user)?;
    let actor = actor.ok_or(ActionError::Defect("the trial's writer is gone"))?;
    for standing in channels::standings(tx, user)? {
        let text = MessageText::parse("1 2 3")?;
        let post = Post { id, nonce, text, files: Vec::new(), root: None, guise: None };
        let decided = message::post(&actor, &standing, None, Mentions::default(), post);
        // A rule may say no here and yes elsewhere.
        let Ok(decided) = decided else { continue };
        for event in decided {
            tx.commit(event)?;
        }
        let is_there = |head: MessageHead| head.channel == standing.channel.id;
        return if messages::locate(tx, id)?.is_some_and(is_there) {
            Ok(())
        } else {
            Err(ActionError::Defect("a message that was written is not there"))
        };
    }
    Ok(())
}

//! What a live receiver may see, read afresh: its channels when it is put on the hub's list, and the
//! log filtered by membership whenever it catches up.

use hearth_domain::id::{ChannelId, Seq, SessionId, UserId};
use hearth_domain::model::Role;
use hearth_domain::permit::{Actor, Ask, OfficeAct, permit};
use hearth_store::account::sessions;
use hearth_store::chat::{members, people};
use hearth_store::log;
use tokio_tungstenite::tungstenite::Utf8Bytes;

use super::{ActionError, ActionResult, look};
use crate::app::App;
use crate::hub;

/// What somebody may see at one place in the log.
#[derive(Clone, Debug)]
pub struct Access {
    /// Their role.
    pub role: Role,
    /// Their conversations.
    pub channels: Vec<ChannelId>,
    /// The place.
    pub read_at: Seq,
}

/// What somebody may see now; nothing once the session is gone or the account disabled.
///
/// # Errors
/// When the store can't be used.
pub async fn current(app: &App, user: UserId, session: SessionId) -> ActionResult<Option<Access>> {
    let now = app.clock.now();
    let seen = app.store.read(move |tx| {
        let actor = people::actor(tx, user)?;
        let signed_in = sessions::is_open(tx, session, now)?;
        let sees = |actor: &Actor| permit(actor, Ask::Office(OfficeAct::TakePart)).is_ok();
        let actor = actor.filter(|actor| signed_in && sees(actor));
        let Some(actor) = actor else { return Ok(None) };
        let channels = members::memberships(tx, user)?;
        Ok::<_, ActionError>(Some(Access { role: actor.role, channels, read_at: tx.head()? }))
    });
    Ok(seen.await?)
}

/// A page of what somebody missed.
#[derive(Debug)]
pub struct Replay {
    /// `event` frames, in order.
    pub frames: Vec<Utf8Bytes>,
    /// How far the log was read.
    pub upto: Seq,
}

/// Reads the log after a cursor as somebody may see it now.
///
/// # Errors
/// When the store can't be used.
pub async fn replay(app: &App, user: UserId, after: Seq, limit: usize) -> ActionResult<Replay> {
    look(app, user, move |tx, actor| {
        permit(actor, Ask::Office(OfficeAct::TakePart))?;
        let page = log::visible_after(tx, actor.id, after, limit)?;
        let frames = page.entries.iter().filter_map(|entry| {
            let payload = entry.payload.as_deref()?;
            Some(hub::event_text(entry.seq, entry.at.as_ms(), entry.actor, payload))
        });
        Ok(Replay { frames: frames.collect(), upto: page.upto })
    })
    .await
}

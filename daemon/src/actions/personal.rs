//! What somebody keeps for themselves, and the typing that others see for a moment.

use hearth_domain::decide::personal::{self, Mark};
use hearth_domain::denied::Denied;
use hearth_domain::event::Happened;
use hearth_domain::id::{ChannelId, MessageId, Seq, UserId};
use hearth_domain::model::{Draft, NotifyLevel};
use hearth_domain::permit::{Ask, ChannelAct, Standing, permit};
use hearth_domain::text::DraftText;
use hearth_store::ReadTx;
use hearth_store::chat::{channels, marks, messages};

use super::{ActionResult, change, look};
use crate::app::App;

/// Somebody's place in a conversation or in one of its threads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// Who.
    pub user: UserId,
    /// Which conversation.
    pub channel: ChannelId,
    /// Which thread, if one.
    pub root: Option<MessageId>,
}

fn standing(tx: &ReadTx<'_>, channel: ChannelId, user: UserId) -> ActionResult<Standing> {
    Ok(channels::standing(tx, channel, user)?.ok_or(Denied::NotFound)?)
}

/// A place in a thread is one only if the channel has that thread.
fn root_is_there(tx: &ReadTx<'_>, channel: ChannelId, root: Option<MessageId>) -> ActionResult<()> {
    let Some(root) = root else { return Ok(()) };
    let head = messages::locate(tx, root)?.filter(|head| head.channel == channel);
    match head {
        Some(head) if head.root.is_none() => Ok(()),
        Some(_) => Err(Denied::NotARoot.into()),
        None => Err(Denied::NotFound.into()),
    }
}

/// Moves a read marker forward.
///
/// # Errors
/// By permission.
pub async fn mark_read(app: &App, place: Place, upto: Seq) -> ActionResult<Vec<Happened>> {
    let Place { user, channel, root } = place;
    change(app, user, move |tx, actor| {
        let standing = standing(tx, channel, user)?;
        root_is_there(tx, channel, root)?;
        let present = marks::read_upto(tx, user, channel, root)?;
        let mark = Mark { root, upto, present, head: tx.head()? };
        Ok(personal::mark_read(actor, &standing, mark)?)
    })
    .await
}

/// Moves a read marker back: everything from a place on is unread again.
///
/// # Errors
/// By permission.
pub async fn mark_unread(app: &App, place: Place, from: Seq) -> ActionResult<Vec<Happened>> {
    let Place { user, channel, root } = place;
    change(app, user, move |tx, actor| {
        let standing = standing(tx, channel, user)?;
        root_is_there(tx, channel, root)?;
        let present = marks::read_upto(tx, user, channel, root)?;
        let upto = Seq(from.0.saturating_sub(1));
        let mark = Mark { root, upto, present, head: tx.head()? };
        Ok(personal::mark_unread(actor, &standing, mark)?)
    })
    .await
}

/// Tells a channel that somebody is typing; nothing is written down.
///
/// # Errors
/// By permission.
pub async fn typing(app: &App, place: Place) -> ActionResult<()> {
    let Place { user, channel, root } = place;
    let act = if root.is_some() { ChannelAct::Reply } else { ChannelAct::Post };
    look(app, user, move |tx, actor| {
        permit(actor, Ask::Channel(act, &standing(tx, channel, user)?))?;
        Ok(())
    })
    .await?;
    app.hub.typing(user, channel, root).await;
    Ok(())
}

/// Chooses what a channel may interrupt for.
///
/// # Errors
/// By permission.
pub async fn notify(
    app: &App,
    user: UserId,
    channel: ChannelId,
    level: NotifyLevel,
) -> ActionResult<Vec<Happened>> {
    change(app, user, move |tx, actor| {
        Ok(personal::notify(actor, &standing(tx, channel, user)?, level)?)
    })
    .await
}

/// Keeps an unsent text.
///
/// # Errors
/// By permission, or when the text is refused.
pub async fn draft(app: &App, place: Place, text: &str) -> ActionResult<Vec<Happened>> {
    let Place { user, channel, root } = place;
    let draft = Draft { channel, root, text: DraftText::parse(text)? };
    change(app, user, move |tx, actor| {
        let standing = standing(tx, channel, user)?;
        root_is_there(tx, channel, root)?;
        let exists = marks::has_draft(tx, user, channel, root)?;
        Ok(personal::draft(actor, &standing, exists, draft)?)
    })
    .await
}

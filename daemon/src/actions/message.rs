//! Changing and marking a message that exists.

use hearth_domain::decide::card;
use hearth_domain::decide::message::{self, MessageHead};
use hearth_domain::decide::personal;
use hearth_domain::denied::Denied;
use hearth_domain::event::Happened;
use hearth_domain::id::{MessageId, UserId};
use hearth_domain::mention::{Addressed, addressed};
use hearth_domain::model::WideMention;
use hearth_domain::permit::Standing;
use hearth_domain::text::{Emoji, MessageText};
use hearth_store::ReadTx;
use hearth_store::chat::{cards, channels, messages, saved, views};

use super::{ActionResult, change, post};
use crate::app::App;

/// On or off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Switch {
    /// There from now on.
    On,
    /// No longer there.
    Off,
}

/// A message and the actor's place in its channel. Both or nothing: who may not know of the channel
/// learns nothing of the message.
pub(super) fn find(
    tx: &ReadTx<'_>,
    user: UserId,
    message: MessageId,
) -> ActionResult<(MessageHead, Standing)> {
    let head = messages::locate(tx, message)?.ok_or(Denied::NotFound)?;
    let standing = channels::standing(tx, head.channel, user)?.ok_or(Denied::NotFound)?;
    Ok((head, standing))
}

/// Changes a message's text.
///
/// # Errors
/// By permission, or when the text is refused.
pub async fn edit(
    app: &App,
    user: UserId,
    message: MessageId,
    text: &str,
) -> ActionResult<Vec<Happened>> {
    let text = MessageText::beside_files(text)?;
    let addressed = addressed(&text);
    let online = online(app, message, &addressed).await?;
    change(app, user, move |tx, actor| {
        let (head, standing) = find(tx, user, message)?;
        let now = post::targets(tx, (actor, &standing), &addressed, &online)?;
        let mentions = message::mentions_of_edit(&messages::mentions_of(tx, message)?, now);
        let cards = card::after_edit(&head, cards::view(tx, message)?, &text)?;
        let edited = message::edit(actor, &standing, &head, text, mentions)?;
        Ok(edited.into_iter().chain(cards).collect())
    })
    .await
}

/// Who could hear an `@here` in a message's channel; where a message is never changes.
async fn online(app: &App, message: MessageId, addressed: &Addressed) -> ActionResult<Vec<UserId>> {
    if addressed.wide != Some(WideMention::Here) {
        return Ok(Vec::new());
    }
    let head = app.store.read(move |tx| Ok(messages::locate(tx, message)?)).await?;
    let head = head.ok_or(Denied::NotFound)?;
    Ok(post::online(app, head.channel, addressed).await)
}

/// Deletes a message.
///
/// # Errors
/// By permission.
pub async fn delete(app: &App, user: UserId, message: MessageId) -> ActionResult<Vec<Happened>> {
    change(app, user, move |tx, actor| {
        let (head, standing) = find(tx, user, message)?;
        Ok(message::delete(actor, &standing, &head)?)
    })
    .await
}

/// Puts an emoji on a message or takes it off.
///
/// # Errors
/// By permission, or when there are too many kinds.
pub async fn react(
    app: &App,
    user: UserId,
    message: MessageId,
    (emoji, switch): (&str, Switch),
) -> ActionResult<Vec<Happened>> {
    let emoji = Emoji::parse(emoji)?;
    change(app, user, move |tx, actor| {
        let (head, standing) = find(tx, user, message)?;
        let view = views::reaction(tx, user, message, &emoji)?;
        let wanted = (emoji, switch == Switch::On);
        Ok(message::react(actor, &standing, &head, view, wanted)?)
    })
    .await
}

/// Pins a message or unpins it.
///
/// # Errors
/// By permission, or when there are too many pins.
pub async fn pin(
    app: &App,
    user: UserId,
    message: MessageId,
    switch: Switch,
) -> ActionResult<Vec<Happened>> {
    change(app, user, move |tx, actor| {
        let (head, standing) = find(tx, user, message)?;
        let view = views::pin(tx, head.channel, message)?;
        Ok(message::pin(actor, &standing, &head, view, switch == Switch::On)?)
    })
    .await
}

/// Follows a thread or no longer does.
///
/// # Errors
/// By permission, or when the message does not start a thread.
pub async fn follow(
    app: &App,
    user: UserId,
    message: MessageId,
    switch: Switch,
) -> ActionResult<Vec<Happened>> {
    change(app, user, move |tx, actor| {
        let (head, standing) = find(tx, user, message)?;
        Ok(personal::follow(actor, &standing, &head, switch == Switch::On)?)
    })
    .await
}

/// Saves a message for later or no longer does.
///
/// # Errors
/// By permission, or when too many are saved.
pub async fn save(
    app: &App,
    user: UserId,
    message: MessageId,
    switch: Switch,
) -> ActionResult<Vec<Happened>> {
    change(app, user, move |tx, actor| {
        let (head, standing) = find(tx, user, message)?;
        let view = saved::view(tx, user, message)?;
        Ok(personal::save(actor, &standing, &head, view, switch == Switch::On)?)
    })
    .await
}

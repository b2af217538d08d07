//! The cards under a message: shown when its pages were looked at, and taken away.

use hearth_domain::card::Page;
use hearth_domain::decide::card;
use hearth_domain::event::Happened;
use hearth_domain::id::{MessageId, UserId};
use hearth_domain::link::LinkUrl;
use hearth_store::chat::{cards, messages, people};

use super::{ActionError, ActionResult, change, commit, message};
use crate::app::App;

/// Puts the cards of these pages under a message, if it still links to them and shows cards. Nobody
/// asks for this: the box does it for the author.
///
/// # Errors
/// When the store can't be used.
pub async fn show(app: &App, message: MessageId, found: Vec<(LinkUrl, Page)>) -> ActionResult<()> {
    if found.is_empty() {
        return Ok(());
    }
    let shown = app.store.write(app.clock.now(), move |tx| {
        let on = people::office(tx)?.is_some_and(|office| office.link_cards);
        let Some(head) = messages::locate(tx, message)?.filter(|_| on) else { return Ok(()) };
        let decided = card::show(&head, cards::view(tx, message)?, &found)?;
        commit(tx, decided).map(drop)
    });
    Ok::<_, ActionError>(shown.await?)
}

/// Takes a message's cards away, for everybody and for good.
///
/// # Errors
/// By permission.
pub async fn take_away(app: &App, user: UserId, message: MessageId) -> ActionResult<Vec<Happened>> {
    change(app, user, move |tx, actor| {
        let (head, standing) = message::find(tx, user, message)?;
        Ok(card::take_away(actor, &standing, &head, &cards::view(tx, message)?)?)
    })
    .await
}

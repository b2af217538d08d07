//! The office, its people and its groups.

use hearth_domain::decide::office::{self, Account, Profile};
use hearth_domain::decide::personal;
use hearth_domain::denied::Denied;
use hearth_domain::event::Happened;
use hearth_domain::id::{GroupId, UserId};
use hearth_domain::model::{AccountState, Group, Preferences};
use hearth_domain::text::{Handle, Name};
use hearth_store::account::sessions;
use hearth_store::chat::people::{self, Holder};
use hearth_wire::frame::ClosingReason;
use hearth_wire::rest::{GroupContent, ProfileChange, UserChange};

use super::{ActionResult, actor, change, commit};
use crate::app::App;

/// Renames the office.
///
/// # Errors
/// By permission, or when the name is refused.
pub async fn rename(app: &App, user: UserId, name: &str) -> ActionResult<Vec<Happened>> {
    let name = Name::parse(name)?;
    change(app, user, move |tx, actor| {
        let present = people::office(tx)?.ok_or(Denied::NotFound)?;
        Ok(office::rename(actor, &present, name)?)
    })
    .await
}

/// Changes one's own profile and preferences.
///
/// # Errors
/// When a text is refused.
pub async fn change_profile(
    app: &App,
    user: UserId,
    wanted: ProfileChange,
) -> ActionResult<Vec<Happened>> {
    let name = wanted.name.as_deref().map(Name::parse).transpose()?;
    let profile = Profile { name, status: wanted.status.map(|status| status.set), avatar: None };
    change(app, user, move |tx, actor| {
        let present = people::user(tx, user)?.ok_or(Denied::NotFound)?;
        let mut decided = office::change_profile(actor, &present, profile)?;
        let preferences = people::preferences(tx, user)?;
        let chosen = Preferences {
            language: wanted.language.unwrap_or(preferences.language),
            theme: wanted.theme.unwrap_or(preferences.theme),
            notices: wanted.notices.unwrap_or_else(|| preferences.notices.clone()),
        };
        decided.extend(personal::preferences(actor, &preferences, chosen)?);
        Ok(decided)
    })
    .await
}

/// Changes somebody's role or state. Who is disabled is signed out everywhere, in the same
/// transaction; the hub closes their sockets when it sees the event.
///
/// # Errors
/// By permission, or when the office would lose its last owner.
pub async fn change_account(
    app: &App,
    user: UserId,
    whose: UserId,
    wanted: UserChange,
) -> ActionResult<Vec<Happened>> {
    let now = app.clock.now();
    let wanted = Account { role: wanted.role, state: wanted.state };
    let done = app.store.write(now, move |tx| {
        let actor = actor(tx, user)?;
        let present = people::user(tx, whose)?.ok_or(Denied::NotFound)?;
        let owners = people::owners(tx)?;
        let decided = office::change_account(&actor, &present, wanted, owners)?;
        let happened = commit(tx, decided)?;
        let disabled = wanted.state == Some(AccountState::Disabled);
        let ended = if disabled { sessions::revoke_all_of(tx, whose, None)? } else { Vec::new() };
        Ok((happened, ended))
    });
    let (happened, ended) = done.await.map_err(super::ActionError::from)?;
    app.hub.close_sessions(ended, ClosingReason::SignedOut).await;
    Ok(happened)
}

/// Makes a group.
///
/// # Errors
/// By permission, or when the handle is taken.
pub async fn create_group(
    app: &App,
    user: UserId,
    content: GroupContent,
) -> ActionResult<Vec<Happened>> {
    let id = app.ids.make(GroupId::new);
    save_group(app, user, id, content).await
}

/// Replaces a group.
///
/// # Errors
/// By permission, when there is no such group, or the handle is taken.
pub async fn change_group(
    app: &App,
    user: UserId,
    id: GroupId,
    content: GroupContent,
) -> ActionResult<Vec<Happened>> {
    app.store
        .read(move |tx| {
            people::group(tx, id)?.map(drop).ok_or(super::ActionError::Denied(Denied::NotFound))
        })
        .await
        .map_err(super::ActionError::from)?;
    save_group(app, user, id, content).await
}

async fn save_group(
    app: &App,
    user: UserId,
    id: GroupId,
    content: GroupContent,
) -> ActionResult<Vec<Happened>> {
    let handle = Handle::parse(&content.handle)?;
    let name = Name::parse(&content.name)?;
    change(app, user, move |tx, actor| {
        for member in &content.members {
            people::actor(tx, *member)?.ok_or(Denied::NotFound)?;
        }
        let taken = people::holder(tx, &handle)?.is_some_and(|holder| holder != Holder::Group(id));
        let group = Group { id, handle, name, members: content.members };
        Ok(office::save_group(actor, group, taken)?)
    })
    .await
}

/// Dissolves a group.
///
/// # Errors
/// By permission, or when there is no such group.
pub async fn delete_group(app: &App, user: UserId, id: GroupId) -> ActionResult<Vec<Happened>> {
    change(app, user, move |tx, actor| {
        let decided = office::delete_group(actor, id)?;
        people::group(tx, id)?.ok_or(Denied::NotFound)?;
        Ok(decided)
    })
    .await
}

//! The office, its people and its groups.

use hearth_domain::audit::{Act, Deed, Subject};
use hearth_domain::decide::office::{self, Account, Profile};
use hearth_domain::decide::personal;
use hearth_domain::denied::Denied;
use hearth_domain::event::Happened;
use hearth_domain::id::{GroupId, UserId};
use hearth_domain::model::{AccountState, Group, Office, Preferences, User};
use hearth_domain::text::{Handle, Name};
use hearth_store::account::sessions;
use hearth_store::chat::people::{self, Holder};
use hearth_wire::frame::ClosingReason;
use hearth_wire::rest::{GroupContent, OfficeChange, ProfileChange, UserChange};

use super::audit::{Doer, change_audited, word};
use super::{ActionResult, actor, change, commit};
use crate::app::App;

/// Changes the office: its name, and what it shows.
///
/// # Errors
/// By permission, or when the name is refused.
pub async fn configure(
    app: &App,
    doer: &Doer,
    wanted: OfficeChange,
) -> ActionResult<Vec<Happened>> {
    let name = wanted.name.as_deref().map(Name::parse).transpose()?;
    change_audited(app, doer, move |tx, actor| {
        let present = people::office(tx)?.ok_or(Denied::NotFound)?;
        let office = Office {
            name: name.unwrap_or_else(|| present.name.clone()),
            link_cards: wanted.link_cards.unwrap_or(present.link_cards),
        };
        let renamed = office.name != present.name;
        let act = if renamed { Act::OfficeRenamed } else { Act::OfficeChanged };
        let deed = Deed::new(act, Subject::default())
            .change("name", &present.name, &office.name)
            .change("link_cards", present.link_cards, office.link_cards);
        Ok((office::configure(actor, &present, office)?, deed))
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
    doer: &Doer,
    whose: UserId,
    wanted: UserChange,
) -> ActionResult<Vec<Happened>> {
    let now = app.clock.now();
    let wanted = Account { role: wanted.role, state: wanted.state };
    let Doer { user, by } = doer.clone();
    let done = app.store.write(now, move |tx| {
        let actor = actor(tx, user)?;
        let present = people::user(tx, whose)?.ok_or(Denied::NotFound)?;
        let owners = people::owners(tx)?;
        let decided = office::change_account(&actor, &present, wanted, owners)?;
        let happened = commit(tx, decided)?;
        for deed in deeds(&present, wanted) {
            tx.audit(&by, &deed)?;
        }
        let disabled = wanted.state == Some(AccountState::Disabled);
        let ended = if disabled { sessions::revoke_all_of(tx, whose, None)? } else { Vec::new() };
        Ok((happened, ended))
    });
    let (happened, ended) = done.await.map_err(super::ActionError::from)?;
    app.hub.close_sessions(ended, ClosingReason::SignedOut).await;
    Ok(happened)
}

/// What a change of an account is in the audit log: each part of it that changes something.
fn deeds(before: &User, wanted: Account) -> Vec<Deed> {
    let subject = || Subject::user(before.id, before.name.as_str());
    let role = wanted.role.filter(|role| *role != before.role).map(|role| {
        Deed::new(Act::UserRole, subject()).change("role", word(before.role), word(role))
    });
    let state = wanted.state.filter(|state| *state != before.state).map(|state| {
        let act = match state {
            AccountState::Active => Act::UserEnabled,
            AccountState::Disabled => Act::UserDisabled,
        };
        Deed::new(act, subject())
    });
    role.into_iter().chain(state).collect()
}

/// Makes a group.
///
/// # Errors
/// By permission, or when the handle is taken.
pub async fn create_group(
    app: &App,
    doer: &Doer,
    content: GroupContent,
) -> ActionResult<Vec<Happened>> {
    let id = app.ids.make(GroupId::new);
    save_group(app, doer, id, content).await
}

/// Replaces a group.
///
/// # Errors
/// By permission, when there is no such group, or the handle is taken.
pub async fn change_group(
    app: &App,
    doer: &Doer,
    id: GroupId,
    content: GroupContent,
) -> ActionResult<Vec<Happened>> {
    app.store
        .read(move |tx| {
            people::group(tx, id)?.map(drop).ok_or(super::ActionError::Denied(Denied::NotFound))
        })
        .await
        .map_err(super::ActionError::from)?;
    save_group(app, doer, id, content).await
}

async fn save_group(
    app: &App,
    doer: &Doer,
    id: GroupId,
    content: GroupContent,
) -> ActionResult<Vec<Happened>> {
    let handle = Handle::parse(&content.handle)?;
    let name = Name::parse(&content.name)?;
    change_audited(app, doer, move |tx, actor| {
        for member in &content.members {
            people::actor(tx, *member)?.ok_or(Denied::NotFound)?;
        }
        let taken = people::holder(tx, &handle)?.is_some_and(|holder| holder != Holder::Group(id));
        let before = people::group(tx, id)?;
        let group = Group { id, handle, name, members: content.members };
        let deed = group_deed(before.as_ref(), &group);
        Ok((office::save_group(actor, group, taken)?, deed))
    })
    .await
}

fn group_deed(before: Option<&Group>, after: &Group) -> Deed {
    let act = if before.is_some() { Act::GroupChanged } else { Act::GroupMade };
    let was = |what: fn(&Group) -> String| before.map(what).unwrap_or_default();
    Deed::new(act, Subject::group(after.id, after.name.as_str()))
        .change("name", was(|group| group.name.to_string()), &after.name)
        .change("handle", was(|group| group.handle.to_string()), &after.handle)
        .change("members", was(|group| group.members.len().to_string()), after.members.len())
}

/// Dissolves a group.
///
/// # Errors
/// By permission, or when there is no such group.
pub async fn delete_group(app: &App, doer: &Doer, id: GroupId) -> ActionResult<Vec<Happened>> {
    change_audited(app, doer, move |tx, actor| {
        let decided = office::delete_group(actor, id)?;
        let group = people::group(tx, id)?.ok_or(Denied::NotFound)?;
        Ok((decided, Deed::new(Act::GroupDeleted, Subject::group(id, group.name.as_str()))))
    })
    .await
}

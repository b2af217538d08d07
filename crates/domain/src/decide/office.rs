//! The office, its people and its groups.

use super::{Decision, NOTHING, one};
use crate::denied::Denied;
use crate::event::{Decided, Event, Scope};
use crate::id::{FileId, GroupId, UserId};
use crate::limits::GROUP_MEMBERS_MAX;
use crate::model::{AccountState, Group, Office, Role, Status, User, UserKind};
use crate::permit::{Actor, Ask, OfficeAct, permit};
use crate::text::{Handle, Name};
use crate::time::Timestamp;

/// An account to make.
#[derive(Clone, Debug)]
pub struct NewUser {
    /// Identity for it.
    pub id: UserId,
    /// Its handle.
    pub handle: Handle,
    /// Its name.
    pub name: Name,
}

/// Founds the office: its name and its first owner. The caller has checked the setup code.
///
/// # Errors
/// [`Denied::AlreadySetUp`] when there is an owner.
pub fn found(name: Name, owner: NewUser, owners: usize, now: Timestamp) -> Decision {
    if owners > 0 {
        return Err(Denied::AlreadySetUp);
    }
    let actor = owner.id;
    let founded = Event::OfficeUpdated { office: Office { name, link_cards: true } };
    let mut decided = create_user(owner, Role::Owner, false, now)?;
    decided.push(Decided { actor, scope: Scope::Office, event: founded });
    Ok(decided)
}

/// Makes an account. The caller holds an invitation or the operator's socket; who comes by one has
/// no account yet, so the new person is the actor.
///
/// # Errors
/// [`Denied::HandleTaken`].
pub fn create_user(new: NewUser, role: Role, handle_taken: bool, now: Timestamp) -> Decision {
    if handle_taken {
        return Err(Denied::HandleTaken);
    }
    let user = User {
        id: new.id,
        kind: UserKind::Person,
        handle: new.handle,
        name: new.name,
        role,
        state: AccountState::Active,
        status: None,
        avatar: None,
        created_at: now,
    };
    one(new.id, Scope::Office, Event::UserCreated { user })
}

/// Makes an account for a program. It is a member of the office, and joins channels as members do.
///
/// # Errors
/// [`Denied`] by permission, or when the handle is taken.
pub fn create_bot(actor: &Actor, new: NewUser, handle_taken: bool, now: Timestamp) -> Decision {
    let permit = permit(actor, Ask::Office(OfficeAct::Manage))?;
    if handle_taken {
        return Err(Denied::HandleTaken);
    }
    let user = User {
        id: new.id,
        kind: UserKind::Bot,
        handle: new.handle,
        name: new.name,
        role: Role::Member,
        state: AccountState::Active,
        status: None,
        avatar: None,
        created_at: now,
    };
    one(permit.actor(), Scope::Office, Event::UserCreated { user })
}

/// Decides another name for a bot, or whether it may be used.
///
/// # Errors
/// [`Denied`] by permission, or when it is a person.
pub fn change_bot(
    actor: &Actor,
    present: &User,
    name: Option<Name>,
    state: Option<AccountState>,
) -> Decision {
    let permit = permit(actor, Ask::Office(OfficeAct::Manage))?;
    if present.kind != UserKind::Bot {
        return Err(Denied::NotFound);
    }
    let mut user = present.clone();
    user.name = name.unwrap_or(user.name);
    user.state = state.unwrap_or(user.state);
    updated(permit.actor(), present, user)
}

/// Decides another name for the office, or what it shows.
///
/// # Errors
/// [`Denied`] by permission.
pub fn configure(actor: &Actor, present: &Office, office: Office) -> Decision {
    let permit = permit(actor, Ask::Office(OfficeAct::Manage))?;
    if *present == office {
        return NOTHING;
    }
    one(permit.actor(), Scope::Office, Event::OfficeUpdated { office })
}

/// What somebody changes about themselves; what is absent stays.
#[derive(Clone, Debug, Default)]
pub struct Profile {
    /// A new name.
    pub name: Option<Name>,
    /// A new status, or none.
    pub status: Option<Option<Status>>,
    /// Another picture, or none; see [`super::file::avatar`].
    pub avatar: Option<Option<FileId>>,
}

/// Decides a change of one's own profile.
///
/// # Errors
/// [`Denied`] by permission, or when it is somebody else's.
pub fn change_profile(actor: &Actor, present: &User, profile: Profile) -> Decision {
    let permit = permit(actor, Ask::Office(OfficeAct::TakePart))?;
    if present.id != permit.actor() {
        return Err(Denied::Forbidden);
    }
    let mut user = present.clone();
    user.name = profile.name.unwrap_or(user.name);
    user.status = profile.status.unwrap_or(user.status);
    user.avatar = profile.avatar.unwrap_or(user.avatar);
    updated(permit.actor(), present, user)
}

/// What an admin changes about somebody; what is absent stays.
#[derive(Clone, Copy, Debug, Default)]
pub struct Account {
    /// A new role.
    pub role: Option<Role>,
    /// Disable or enable.
    pub state: Option<AccountState>,
}

/// Decides a change of somebody's role or state. `owners` counts the owners who can sign in.
///
/// # Errors
/// [`Denied`] by permission, or when the office would lose its last owner.
pub fn change_account(actor: &Actor, present: &User, wanted: Account, owners: usize) -> Decision {
    let mut user = present.clone();
    if let Some(to) = wanted.role {
        permit(actor, Ask::Office(OfficeAct::ChangeRole { of: present.role, to }))?;
        if present.kind == UserKind::Bot && to >= Role::Admin {
            return Err(Denied::Forbidden);
        }
        user.role = to;
    }
    if let Some(state) = wanted.state {
        permit(actor, Ask::Office(OfficeAct::ChangeAccount { of: present.role }))?;
        user.state = state;
    }
    permit(actor, Ask::Office(OfficeAct::TakePart))?;
    keep_an_owner(present, &user, owners)?;
    updated(actor.id, present, user)
}

/// The operator's command may do what an owner may; the office still keeps an owner.
///
/// # Errors
/// [`Denied::LastOwner`].
pub fn operate_account(present: &User, state: AccountState, owners: usize) -> Decision {
    let user = User { state, ..present.clone() };
    keep_an_owner(present, &user, owners)?;
    updated(present.id, present, user)
}

fn keep_an_owner(before: &User, after: &User, owners: usize) -> Result<(), Denied> {
    let owns = |user: &User| user.role == Role::Owner && user.state == AccountState::Active;
    if owns(before) && !owns(after) && owners <= 1 { Err(Denied::LastOwner) } else { Ok(()) }
}

fn updated(actor: UserId, before: &User, after: User) -> Decision {
    if *before == after {
        return NOTHING;
    }
    one(actor, Scope::Office, Event::UserUpdated { user: after })
}

/// Decides a new or changed group.
///
/// # Errors
/// [`Denied`] by permission, when the handle is taken, or there are too many members.
pub fn save_group(actor: &Actor, mut group: Group, handle_taken: bool) -> Decision {
    let permit = permit(actor, Ask::Office(OfficeAct::Manage))?;
    if handle_taken {
        return Err(Denied::HandleTaken);
    }
    group.members.sort_unstable();
    group.members.dedup();
    if group.members.len() > GROUP_MEMBERS_MAX {
        return Err(Denied::LimitReached { max: GROUP_MEMBERS_MAX });
    }
    one(permit.actor(), Scope::Office, Event::GroupUpdated { group })
}

/// Decides the end of a group.
///
/// # Errors
/// [`Denied`] by permission.
pub fn delete_group(actor: &Actor, group: GroupId) -> Decision {
    let permit = permit(actor, Ask::Office(OfficeAct::Manage))?;
    one(permit.actor(), Scope::Office, Event::GroupDeleted { group })
}

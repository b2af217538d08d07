//! The office, its people, their preferences, and groups.

use hearth_domain::id::{GroupId, UserId};
use hearth_domain::model::{AccountState, Group, Office, Preferences, Role, User, UserKind};
use hearth_domain::permit::Actor;
use hearth_domain::scopes::{BotScopes, Grant};
use hearth_domain::text::Handle;
use rusqlite::params;

use crate::column::{record, role, role_in, state, state_in, user_kind, user_kind_in};
use crate::commit::Place;
use crate::error::DbError;
use crate::file::rows;
use crate::tx::{ReadTx, WriteTx};

pub(crate) fn set_office(
    tx: &mut WriteTx<'_>,
    place: &Place,
    office: &Office,
) -> Result<(), DbError> {
    tx.execute(
        "INSERT INTO office (only_row, stamp, record) VALUES (1, ?1, ?2)
         ON CONFLICT DO UPDATE SET stamp = excluded.stamp, record = excluded.record
         WHERE excluded.stamp > stamp",
        params![place.stamp.to_bytes(), serde_json::to_string(office)?],
    )?;
    Ok(())
}

pub(crate) fn set_user(tx: &mut WriteTx<'_>, place: &Place, user: &User) -> Result<(), DbError> {
    let changed = tx.execute(
        "INSERT INTO users (id, handle, role, state, stamp, record, kind)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
         ON CONFLICT (id) DO UPDATE SET handle = excluded.handle, role = excluded.role,
           state = excluded.state, stamp = excluded.stamp, record = excluded.record
         WHERE excluded.stamp > stamp",
        params![
            user.id.as_bytes(),
            user.handle.as_str(),
            role_in(user.role),
            state_in(user.state),
            place.stamp.to_bytes(),
            serde_json::to_string(user)?,
            user_kind_in(user.kind),
        ],
    )?;
    if changed > 0 { rows::wear(tx, user.id, user.avatar) } else { Ok(()) }
}

pub(crate) fn set_preferences(
    tx: &mut WriteTx<'_>,
    place: &Place,
    preferences: &Preferences,
) -> Result<(), DbError> {
    tx.execute(
        "INSERT INTO preferences (user, stamp, record) VALUES (?1, ?2, ?3)
         ON CONFLICT (user) DO UPDATE SET stamp = excluded.stamp, record = excluded.record
         WHERE excluded.stamp > stamp",
        params![
            place.actor.as_bytes(),
            place.stamp.to_bytes(),
            serde_json::to_string(preferences)?,
        ],
    )?;
    Ok(())
}

const SET_GROUP: &str = "
    INSERT INTO groups (id, handle, stamp, record) VALUES (?1, ?2, ?3, ?4)
    ON CONFLICT (id) DO UPDATE SET handle = excluded.handle, stamp = excluded.stamp,
      record = excluded.record
    WHERE excluded.stamp > stamp";

pub(crate) fn set_group(tx: &mut WriteTx<'_>, place: &Place, group: &Group) -> Result<(), DbError> {
    let json = serde_json::to_string(group)?;
    let handle = group.handle.as_str();
    let stamp = place.stamp.to_bytes();
    tx.execute(SET_GROUP, params![group.id.as_bytes(), handle, stamp, json])?;
    Ok(())
}

pub(crate) fn delete_group(
    tx: &mut WriteTx<'_>,
    place: &Place,
    group: GroupId,
) -> Result<(), DbError> {
    let nothing: Option<&str> = None;
    let stamp = place.stamp.to_bytes();
    tx.execute(SET_GROUP, params![group.as_bytes(), nothing, stamp, nothing])?;
    Ok(())
}

/// The office; nothing before it is founded.
///
/// # Errors
/// [`DbError`] when the statement fails.
pub fn office(tx: &ReadTx<'_>) -> Result<Option<Office>, DbError> {
    tx.first("SELECT record FROM office", [], |row| record(row, 0))
}

/// Somebody as permissions see them; nothing for an unknown id.
///
/// # Errors
/// [`DbError`] when the statement fails.
pub fn actor(tx: &ReadTx<'_>, user: UserId) -> Result<Option<Actor>, DbError> {
    tx.first(ACTOR, [user.as_bytes()], |row| {
        let grant = match user_kind(row, 2)? {
            UserKind::Person => Grant::Whole,
            // A bot that nothing is known of was given nothing.
            UserKind::Bot => {
                Grant::Limited(BotScopes::from_bits(row.get::<_, Option<u8>>(3)?.unwrap_or(0)))
            }
        };
        Ok(Actor { id: user, role: role(row, 0)?, state: state(row, 1)?, grant })
    })
}

const ACTOR: &str = "
    SELECT u.role, u.state, u.kind, b.scopes FROM users u LEFT JOIN bots b ON b.user = u.id
    WHERE u.id = ?1";

/// Who is behind an account; nothing for an unknown id.
///
/// # Errors
/// [`DbError`] when the statement fails.
pub fn kind(tx: &ReadTx<'_>, user: UserId) -> Result<Option<UserKind>, DbError> {
    const KIND: &str = "SELECT kind FROM users WHERE id = ?1";
    tx.first(KIND, [user.as_bytes()], |row| user_kind(row, 0))
}

/// Somebody's record; nothing for an unknown id.
///
/// # Errors
/// [`DbError`] when the statement fails.
pub fn user(tx: &ReadTx<'_>, user: UserId) -> Result<Option<User>, DbError> {
    const USER: &str = "SELECT record FROM users WHERE id = ?1";
    tx.first(USER, [user.as_bytes()], |row| record(row, 0))
}

/// The person with this handle.
///
/// # Errors
/// [`DbError`] when the statement fails.
pub fn user_by_handle(tx: &ReadTx<'_>, handle: &Handle) -> Result<Option<User>, DbError> {
    const BY_HANDLE: &str = "SELECT record FROM users WHERE handle = ?1 ORDER BY id LIMIT 1";
    tx.first(BY_HANDLE, [handle.as_str()], |row| record(row, 0))
}

/// Everybody with an account, oldest first.
///
/// # Errors
/// [`DbError`] when the statement fails.
pub fn users(tx: &ReadTx<'_>) -> Result<Vec<User>, DbError> {
    tx.rows("SELECT record FROM users ORDER BY id", [], |row| record(row, 0))
}

/// What somebody chose for themselves; the defaults before they did.
///
/// # Errors
/// [`DbError`] when the statement fails.
pub fn preferences(tx: &ReadTx<'_>, user: UserId) -> Result<Preferences, DbError> {
    const PREFERENCES: &str = "SELECT record FROM preferences WHERE user = ?1";
    Ok(tx.first(PREFERENCES, [user.as_bytes()], |row| record(row, 0))?.unwrap_or_default())
}

/// Every group that was not dissolved, oldest first.
///
/// # Errors
/// [`DbError`] when the statement fails.
pub fn groups(tx: &ReadTx<'_>) -> Result<Vec<Group>, DbError> {
    const GROUPS: &str = "SELECT record FROM groups WHERE record IS NOT NULL ORDER BY id";
    tx.rows(GROUPS, [], |row| record(row, 0))
}

/// One group, unless it was dissolved.
///
/// # Errors
/// [`DbError`] when the statement fails.
pub fn group(tx: &ReadTx<'_>, group: GroupId) -> Result<Option<Group>, DbError> {
    const GROUP: &str = "SELECT record FROM groups WHERE id = ?1 AND record IS NOT NULL";
    tx.first(GROUP, [group.as_bytes()], |row| record(row, 0))
}

/// How many owners can sign in.
///
/// # Errors
/// [`DbError`] when the statement fails.
pub fn owners(tx: &ReadTx<'_>) -> Result<usize, DbError> {
    const OWNERS: &str = "SELECT count(*) FROM users WHERE role = ?1 AND state = ?2";
    let owner = [role_in(Role::Owner), state_in(AccountState::Active)];
    Ok(usize::try_from(tx.number(OWNERS, owner)?).unwrap_or(usize::MAX))
}

/// Who holds a handle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holder {
    /// A person.
    User(UserId),
    /// A group.
    Group(GroupId),
}

/// Who holds a handle; people and groups share one set of handles.
///
/// # Errors
/// [`DbError`] when a statement fails.
pub fn holder(tx: &ReadTx<'_>, handle: &Handle) -> Result<Option<Holder>, DbError> {
    const USER: &str = "SELECT id FROM users WHERE handle = ?1 ORDER BY id LIMIT 1";
    const GROUP: &str = "SELECT id FROM groups WHERE handle = ?1 ORDER BY id LIMIT 1";
    let name = [handle.as_str()];
    let user = tx.first(USER, name, |row| Ok(Holder::User(UserId::from_bytes(row.get(0)?))))?;
    match user {
        Some(user) => Ok(Some(user)),
        None => tx.first(GROUP, name, |row| Ok(Holder::Group(GroupId::from_bytes(row.get(0)?)))),
    }
}

/// Statements that run often; see `crate::plans`.
#[cfg(test)]
pub(crate) const HOT: &[&str] = &[ACTOR];

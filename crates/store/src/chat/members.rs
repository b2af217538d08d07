//! Who is in which conversation.

use hearth_domain::decide::channel::{Others, Seat};
use hearth_domain::id::{ChannelId, UserId};
use hearth_domain::model::{AccountState, ChannelRole, Member, Role, UserKind};
use hearth_domain::permit::{CanRead, Permit};
use rusqlite::params;

use crate::column::{
    channel_role, channel_role_in, channel_role_opt, count, role_in, state_in, user_kind_in,
};
use crate::commit::Place;
use crate::error::DbError;
use crate::tx::{ReadTx, WriteTx};

pub(crate) fn set(
    tx: &mut WriteTx<'_>,
    place: &Place,
    channel: ChannelId,
    user: UserId,
    role: Option<ChannelRole>,
) -> Result<(), DbError> {
    tx.execute(
        "INSERT INTO members (channel, user, role, stamp) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (channel, user) DO UPDATE SET role = excluded.role, stamp = excluded.stamp
         WHERE excluded.stamp > stamp",
        params![
            channel.as_bytes(),
            user.as_bytes(),
            role.map(channel_role_in),
            place.stamp.to_bytes(),
        ],
    )?;
    Ok(())
}

/// What somebody may do in a channel; nothing for who is not in it.
///
/// # Errors
/// [`DbError`] when the statement fails.
pub fn role(
    tx: &ReadTx<'_>,
    channel: ChannelId,
    user: UserId,
) -> Result<Option<ChannelRole>, DbError> {
    const ROLE: &str = "SELECT role FROM members WHERE channel = ?1 AND user = ?2";
    let found =
        tx.first(ROLE, [channel.as_bytes(), user.as_bytes()], |row| channel_role_opt(row, 0))?;
    Ok(found.flatten())
}

/// Who else is in a channel: people, and those who run it and can sign in.
///
/// # Errors
/// [`DbError`] when the statement fails.
pub fn others(tx: &ReadTx<'_>, channel: ChannelId, user: UserId) -> Result<Others, DbError> {
    const OTHERS: &str = "
        SELECT count(*), count(*) FILTER (WHERE m.role = ?3 AND u.state = ?4 AND u.role > ?5)
        FROM members m JOIN users u ON u.id = m.user
        WHERE m.channel = ?1 AND m.role IS NOT NULL AND m.user IS NOT ?2";
    let key = params![
        channel.as_bytes(),
        user.as_bytes(),
        channel_role_in(ChannelRole::Manager),
        state_in(AccountState::Active),
        role_in(Role::Guest),
    ];
    let found = tx.first(OTHERS, key, |row| {
        let number = |column| count(row, column).map(|number| number as usize);
        Ok(Others { people: number(0)?, managers: number(1)? })
    })?;
    Ok(found.unwrap_or_default())
}

/// Somebody's place in a channel, and who is there besides.
///
/// # Errors
/// [`DbError`] when a statement fails.
pub fn seat(tx: &ReadTx<'_>, channel: ChannelId, user: UserId) -> Result<Seat, DbError> {
    Ok(Seat { role: role(tx, channel, user)?, others: others(tx, channel, user)? })
}

/// Everybody in a channel, by id.
///
/// # Errors
/// [`DbError`] when the statement fails.
pub fn list(tx: &ReadTx<'_>, permit: &CanRead) -> Result<Vec<Member>, DbError> {
    of_channel(tx, permit.channel())
}

const LIST: &str = "
        SELECT user, role FROM members WHERE channel = ?1 AND role IS NOT NULL ORDER BY user";

/// Everybody in a channel, for the box's own use: the hub needs no permission.
///
/// # Errors
/// [`DbError`] when the statement fails.
pub fn of_channel(tx: &ReadTx<'_>, channel: ChannelId) -> Result<Vec<Member>, DbError> {
    tx.rows(LIST, [channel.as_bytes()], |row| {
        Ok(Member { user: UserId::from_bytes(row.get(0)?), role: channel_role(row, 1)? })
    })
}

/// Who in a channel could run it: people who can sign in and are no guests. The permit is the one for
/// [`RescueChannel`](hearth_domain::permit::OfficeAct::RescueChannel).
///
/// # Errors
/// [`DbError`] when the statement fails.
pub fn heirs(tx: &ReadTx<'_>, _: &Permit, channel: ChannelId) -> Result<Vec<UserId>, DbError> {
    const HEIRS: &str = "
        SELECT m.user FROM members m JOIN users u ON u.id = m.user
        WHERE m.channel = ?1 AND m.role IS NOT NULL AND u.kind = ?2 AND u.state = ?3 AND u.role > ?4
        ORDER BY m.user";
    let key = params![
        channel.as_bytes(),
        user_kind_in(UserKind::Person),
        state_in(AccountState::Active),
        role_in(Role::Guest),
    ];
    tx.rows(HEIRS, key, |row| Ok(UserId::from_bytes(row.get(0)?)))
}

const MEMBERSHIPS: &str = "
        SELECT channel FROM members WHERE user = ?1 AND role IS NOT NULL ORDER BY channel";

/// Every conversation somebody is in. Read the head in the same snapshot to know as of when.
///
/// # Errors
/// [`DbError`] when the statement fails.
pub fn memberships(tx: &ReadTx<'_>, user: UserId) -> Result<Vec<ChannelId>, DbError> {
    tx.rows(MEMBERSHIPS, [user.as_bytes()], |row| Ok(ChannelId::from_bytes(row.get(0)?)))
}

/// Statements that run often; see `crate::plans`.
#[cfg(test)]
pub(crate) const HOT: &[&str] = &[LIST, MEMBERSHIPS];

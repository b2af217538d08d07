//! Invitation links: counted, expiring, revocable.

use hearth_domain::id::{ChannelId, InviteId, UserId};
use hearth_domain::model::Role;
use hearth_domain::time::Timestamp;
use rusqlite::{Row, params};

use super::TokenHash;
use crate::column::{count, record, role, role_in, time, time_in};
use crate::error::DbError;
use crate::tx::{ReadTx, WriteTx};

/// An invitation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invite {
    /// Its identity.
    pub id: InviteId,
    /// What the invited become.
    pub role: Role,
    /// How many may use it.
    pub uses_max: u32,
    /// How many have.
    pub uses: u32,
    /// When it ends.
    pub expires_at: Timestamp,
    /// Who made it.
    pub created_by: UserId,
    /// When it was made.
    pub created_at: Timestamp,
    /// Channels the invited are put into.
    pub channels: Vec<ChannelId>,
}

macro_rules! invites_where {
    ($rest:literal) => {
        concat!(
            "SELECT id, role, uses_max, uses, expires_at, created_by, created_at, channels ",
            "FROM invites WHERE revoked_at IS NULL AND uses < uses_max AND expires_at > ?1",
            $rest
        )
    };
}

fn invite(row: &Row<'_>) -> rusqlite::Result<Invite> {
    Ok(Invite {
        id: InviteId::from_bytes(row.get(0)?),
        role: role(row, 1)?,
        uses_max: count(row, 2)?,
        uses: count(row, 3)?,
        expires_at: time(row, 4)?,
        created_by: UserId::from_bytes(row.get(5)?),
        created_at: time(row, 6)?,
        channels: record(row, 7)?,
    })
}

/// Keeps a new invitation.
///
/// # Errors
/// [`DbError`] when the statement fails.
pub fn create(tx: &mut WriteTx<'_>, invite: &Invite, token: TokenHash) -> Result<(), DbError> {
    tx.execute(
        "INSERT INTO invites (id, token_hash, role, uses_max, uses, expires_at, created_by,
                              created_at, channels)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
        params![
            invite.id.as_bytes(),
            token.0,
            role_in(invite.role),
            invite.uses_max,
            invite.uses,
            time_in(invite.expires_at),
            invite.created_by.as_bytes(),
            time_in(invite.created_at),
            serde_json::to_string(&invite.channels)?,
        ],
    )?;
    Ok(())
}

/// The invitation behind a token; nothing for an unknown, used up, expired or revoked one.
///
/// # Errors
/// [`DbError`] when the statement fails.
pub fn find(tx: &ReadTx<'_>, token: TokenHash, now: Timestamp) -> Result<Option<Invite>, DbError> {
    const FIND: &str = invites_where!(" AND token_hash = ?2");
    tx.first(FIND, params![time_in(now), token.0], invite)
}

/// Uses an invitation once: call it in the transaction that makes the account. Nothing is returned,
/// and nothing counted, for one that can't be used now.
///
/// # Errors
/// [`DbError`] when a statement fails.
pub fn use_one(tx: &mut WriteTx<'_>, token: TokenHash) -> Result<Option<Invite>, DbError> {
    let Some(mut invite) = find(tx, token, tx.now())? else { return Ok(None) };
    const USE: &str = "UPDATE invites SET uses = uses + 1 WHERE id = ?1";
    tx.execute(USE, [invite.id.as_bytes()])?;
    invite.uses += 1;
    Ok(Some(invite))
}

/// The invitations that can be used now, the latest first.
///
/// # Errors
/// [`DbError`] when the statement fails.
pub fn list(tx: &ReadTx<'_>, now: Timestamp) -> Result<Vec<Invite>, DbError> {
    const LIST: &str = invites_where!(" ORDER BY created_at DESC, id DESC");
    tx.rows(LIST, [time_in(now)], invite)
}

/// Ends an invitation; whether there was one to end.
///
/// # Errors
/// [`DbError`] when the statement fails.
pub fn revoke(tx: &mut WriteTx<'_>, invite: InviteId) -> Result<bool, DbError> {
    const REVOKE: &str = "UPDATE invites SET revoked_at = ?2 WHERE id = ?1 AND revoked_at IS NULL";
    let now = time_in(tx.now());
    Ok(tx.execute(REVOKE, params![invite.as_bytes(), now])? > 0)
}

//! Signed-in devices.

use hearth_domain::id::{SessionId, UserId};
use hearth_domain::model::{AccountState, Role};
use hearth_domain::permit::CanManage;
use hearth_domain::time::Timestamp;
use rusqlite::{Row, params};

use super::TokenHash;
use crate::column::{role, state, time, time_in, unknown};
use crate::error::DbError;
use crate::tx::{ReadTx, WriteTx};

/// How a session's token travels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SessionKind {
    /// In a cookie.
    Cookie,
    /// As a bearer token.
    Bearer,
    /// As a bearer token of a bot, which has the device's name and no end of its own.
    Bot,
}

/// A signed-in device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// Its identity.
    pub id: SessionId,
    /// Who is signed in.
    pub user: UserId,
    /// How its token travels.
    pub kind: SessionKind,
    /// Browser and system, as far as they tell.
    pub device: String,
    /// Address it signed in from.
    pub address: String,
    /// When it signed in.
    pub created_at: Timestamp,
    /// When it was last used, as far as [`touch`] was told.
    pub used_at: Timestamp,
    /// When it ends.
    pub expires_at: Timestamp,
}

/// A session with the person behind it, as they are now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Authenticated {
    /// The session.
    pub session: Session,
    /// Their role.
    pub role: Role,
    /// Whether they may use it.
    pub state: AccountState,
}

const fn kind_in(kind: SessionKind) -> u8 {
    match kind {
        SessionKind::Cookie => 0,
        SessionKind::Bearer => 1,
        SessionKind::Bot => 2,
    }
}

fn session(row: &Row<'_>) -> rusqlite::Result<Session> {
    Ok(Session {
        id: SessionId::from_bytes(row.get(0)?),
        user: UserId::from_bytes(row.get(1)?),
        kind: match row.get(2)? {
            0 => SessionKind::Cookie,
            1 => SessionKind::Bearer,
            2 => SessionKind::Bot,
            other => return Err(unknown(2, other)),
        },
        device: row.get(3)?,
        address: row.get(4)?,
        created_at: time(row, 5)?,
        used_at: time(row, 6)?,
        expires_at: time(row, 7)?,
    })
}

/// Signs a device in.
///
/// # Errors
/// [`DbError`] when the statement fails, also when there is no such person.
pub fn create(tx: &mut WriteTx<'_>, session: &Session, token: TokenHash) -> Result<(), DbError> {
    tx.execute(
        "INSERT INTO sessions (id, user, token_hash, kind, device, address, created_at, used_at,
                               expires_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
        params![
            session.id.as_bytes(),
            session.user.as_bytes(),
            token.0,
            kind_in(session.kind),
            session.device,
            session.address,
            time_in(session.created_at),
            time_in(session.used_at),
            time_in(session.expires_at),
        ],
    )?;
    note_seen(tx, session.id)
}

const FIND: &str = "
        SELECT s.id, s.user, s.kind, s.device, s.address, s.created_at, s.used_at, s.expires_at,
               u.role, u.state
        FROM sessions s JOIN users u ON u.id = s.user
        WHERE s.token_hash = ?1 AND s.expires_at > ?2";

/// The session behind a token, with its person's role and state now; nothing for an unknown,
/// revoked or expired one. A disabled person is returned as such: the caller refuses them.
///
/// # Errors
/// [`DbError`] when the statement fails.
pub fn find_by_token_hash(
    tx: &ReadTx<'_>,
    token: TokenHash,
    now: Timestamp,
) -> Result<Option<Authenticated>, DbError> {
    tx.first(FIND, params![token.0, time_in(now)], |row| {
        Ok(Authenticated { session: session(row)?, role: role(row, 8)?, state: state(row, 9)? })
    })
}

/// Whether a session was neither revoked nor has expired.
///
/// # Errors
/// [`DbError`] when the statement fails.
pub fn is_open(tx: &ReadTx<'_>, session: SessionId, now: Timestamp) -> Result<bool, DbError> {
    const OPEN: &str = "SELECT 1 FROM sessions WHERE id = ?1 AND expires_at > ?2";
    tx.exists(OPEN, params![session.as_bytes(), time_in(now)])
}

const LIST: &str = "
        SELECT id, user, kind, device, address, created_at, used_at, expires_at
        FROM sessions WHERE user = ?1 AND expires_at > ?2 ORDER BY created_at DESC";

/// Somebody's sessions that have not expired, the latest first.
///
/// # Errors
/// [`DbError`] when the statement fails.
pub fn list(tx: &ReadTx<'_>, user: UserId, now: Timestamp) -> Result<Vec<Session>, DbError> {
    tx.rows(LIST, params![user.as_bytes(), time_in(now)], session)
}

/// When somebody was last here, and at how many devices they are signed in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seen {
    /// Who.
    pub user: UserId,
    /// When, to the minute.
    pub at: Timestamp,
    /// Sessions that have not expired.
    pub devices: u32,
}

/// Everybody who was ever here.
///
/// # Errors
/// [`DbError`] when the statement fails.
pub fn seen(tx: &ReadTx<'_>, _: &CanManage, now: Timestamp) -> Result<Vec<Seen>, DbError> {
    const SEEN: &str = "
        SELECT e.user, e.at,
          (SELECT count(*) FROM sessions s WHERE s.user = e.user AND s.expires_at > ?1)
        FROM seen e";
    tx.rows(SEEN, [time_in(now)], |row| {
        let user = UserId::from_bytes(row.get(0)?);
        Ok(Seen { user, at: time(row, 1)?, devices: row.get(2)? })
    })
}

fn note_seen(tx: &mut WriteTx<'_>, session: SessionId) -> Result<(), DbError> {
    const NOTE: &str = "
        INSERT INTO seen (user, at) SELECT user, ?2 FROM sessions WHERE id = ?1
        ON CONFLICT (user) DO UPDATE SET at = max(at, excluded.at)";
    let now = time_in(tx.now());
    tx.execute(NOTE, params![session.as_bytes(), now]).map(drop)
}

/// Ends one session of this person; whether there was one.
///
/// # Errors
/// [`DbError`] when the statement fails.
pub fn revoke(tx: &mut WriteTx<'_>, user: UserId, session: SessionId) -> Result<bool, DbError> {
    const REVOKE: &str = "DELETE FROM sessions WHERE id = ?1 AND user = ?2";
    Ok(tx.execute(REVOKE, [session.as_bytes(), user.as_bytes()])? > 0)
}

/// Ends all sessions of this person but one, and says which ended.
///
/// # Errors
/// [`DbError`] when a statement fails.
pub fn revoke_all_of(
    tx: &mut WriteTx<'_>,
    user: UserId,
    except: Option<SessionId>,
) -> Result<Vec<SessionId>, DbError> {
    const ALL: &str = "SELECT id FROM sessions WHERE user = ?1 AND id IS NOT ?2";
    const REVOKE: &str = "DELETE FROM sessions WHERE user = ?1 AND id IS NOT ?2";
    let key = params![user.as_bytes(), except.as_ref().map(SessionId::as_bytes)];
    let ended = tx.rows(ALL, key, |row| Ok(SessionId::from_bytes(row.get(0)?)))?;
    tx.execute(REVOKE, key)?;
    Ok(ended)
}

/// Notes that a session was used now, and when it ends unless it is used again. Call it once a
/// minute at most: it is a write.
///
/// # Errors
/// [`DbError`] when the statement fails.
pub fn touch(
    tx: &mut WriteTx<'_>,
    session: SessionId,
    expires_at: Timestamp,
) -> Result<(), DbError> {
    const TOUCH: &str = "
        UPDATE sessions SET used_at = max(used_at, ?2), expires_at = max(expires_at, ?3)
        WHERE id = ?1";
    let now = time_in(tx.now());
    tx.execute(TOUCH, params![session.as_bytes(), now, time_in(expires_at)])?;
    note_seen(tx, session)
}

/// Removes sessions that have expired; how many.
///
/// # Errors
/// [`DbError`] when the statement fails.
pub fn purge_expired(tx: &mut WriteTx<'_>) -> Result<usize, DbError> {
    let now = time_in(tx.now());
    tx.execute("DELETE FROM sessions WHERE expires_at <= ?1", [now])
}

/// Statements that run often; see `crate::plans`.
#[cfg(test)]
pub(crate) const HOT: &[&str] = &[FIND, LIST];

//! Links by which somebody whose password was reset chooses a new one: one per person, used once.

use hearth_domain::id::UserId;
use hearth_domain::time::Timestamp;
use rusqlite::params;

use super::TokenHash;
use crate::column::time_in;
use crate::error::DbError;
use crate::tx::{ReadTx, WriteTx};

/// Keeps a new link; the one before stops working, and so does the old password.
///
/// # Errors
/// [`DbError`] when a statement fails, also when there is no such person.
pub fn create(
    tx: &mut WriteTx<'_>,
    user: UserId,
    token: TokenHash,
    expires_at: Timestamp,
) -> Result<(), DbError> {
    const CREATE: &str = "
        INSERT INTO password_links (user, token_hash, expires_at) VALUES (?1, ?2, ?3)
        ON CONFLICT (user) DO UPDATE
        SET token_hash = excluded.token_hash, expires_at = excluded.expires_at";
    tx.execute(CREATE, params![user.as_bytes(), token.0, time_in(expires_at)])?;
    tx.execute("DELETE FROM credentials WHERE user = ?1", [user.as_bytes()]).map(drop)
}

/// Whose link this is; nothing for an unknown, used or expired one.
///
/// # Errors
/// [`DbError`] when the statement fails.
pub fn find(tx: &ReadTx<'_>, token: TokenHash, now: Timestamp) -> Result<Option<UserId>, DbError> {
    const FIND: &str = "
        SELECT user FROM password_links WHERE token_hash = ?1 AND expires_at > ?2";
    tx.first(FIND, params![token.0, time_in(now)], |row| Ok(UserId::from_bytes(row.get(0)?)))
}

/// Ends somebody's link, if there is one: it was used, or a password was set by another way.
///
/// # Errors
/// [`DbError`] when the statement fails.
pub fn end(tx: &mut WriteTx<'_>, user: UserId) -> Result<(), DbError> {
    tx.execute("DELETE FROM password_links WHERE user = ?1", [user.as_bytes()]).map(drop)
}

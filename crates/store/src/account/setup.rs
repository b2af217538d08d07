//! Codes that make the first owner.

use hearth_domain::time::Timestamp;
use rusqlite::params;

use super::TokenHash;
use crate::column::time_in;
use crate::error::DbError;
use crate::tx::{ReadTx, WriteTx};

/// Wrong tries after which a code no longer works.
pub const TRIES_MAX: u32 = 5;

/// Keeps a new code; codes given out before stop working.
///
/// # Errors
/// [`DbError`] when a statement fails.
pub fn create(tx: &mut WriteTx<'_>, code: TokenHash, expires_at: Timestamp) -> Result<(), DbError> {
    const CREATE: &str = "INSERT INTO setup_codes (code_hash, expires_at) VALUES (?1, ?2)";
    tx.execute("DELETE FROM setup_codes WHERE used_at IS NULL", [])?;
    tx.execute(CREATE, params![code.0, time_in(expires_at)])?;
    Ok(())
}

/// Whether there is a code that would work now.
///
/// # Errors
/// [`DbError`] when the statement fails.
pub fn is_open(tx: &ReadTx<'_>, now: Timestamp) -> Result<bool, DbError> {
    const OPEN: &str = "
        SELECT 1 FROM setup_codes WHERE used_at IS NULL AND expires_at > ?1 AND tries < ?2";
    tx.exists(OPEN, params![time_in(now), TRIES_MAX])
}

/// What came of a try.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Attempt {
    /// The code fitted, and is used up.
    Used,
    /// It did not; so many tries are left to the code that would.
    Wrong {
        /// None of them: that code no longer works either.
        left: u32,
    },
    /// There is no code that works.
    Closed,
}

/// Tries a code, and uses it up if it fits. A wrong one counts only if the transaction stands: don't
/// answer it with an error.
///
/// # Errors
/// [`DbError`] when a statement fails.
pub fn attempt(tx: &mut WriteTx<'_>, code: TokenHash) -> Result<Attempt, DbError> {
    const USE: &str = "
        UPDATE setup_codes SET used_at = ?2
        WHERE code_hash = ?1 AND used_at IS NULL AND expires_at > ?2 AND tries < ?3";
    const COUNT: &str = "
        UPDATE setup_codes SET tries = tries + 1
        WHERE used_at IS NULL AND expires_at > ?1 AND tries < ?2";
    const TRIES: &str = "SELECT max(tries) FROM setup_codes WHERE used_at IS NULL";
    let now = time_in(tx.now());
    if tx.execute(USE, params![code.0, now, TRIES_MAX])? > 0 {
        return Ok(Attempt::Used);
    }
    if tx.execute(COUNT, params![now, TRIES_MAX])? == 0 {
        return Ok(Attempt::Closed);
    }
    let tries = u32::try_from(tx.number(TRIES, [])?).unwrap_or(u32::MAX);
    Ok(Attempt::Wrong { left: TRIES_MAX.saturating_sub(tries) })
}

//! Codes that make the first owner.

use hearth_domain::time::Timestamp;
use rusqlite::params;

use super::TokenHash;
use crate::column::time_in;
use crate::error::DbError;
use crate::tx::{ReadTx, WriteTx};

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

/// Whether a code would work now.
///
/// # Errors
/// [`DbError`] when the statement fails.
pub fn is_valid(tx: &ReadTx<'_>, code: TokenHash, now: Timestamp) -> Result<bool, DbError> {
    const VALID: &str = "
        SELECT 1 FROM setup_codes WHERE code_hash = ?1 AND used_at IS NULL AND expires_at > ?2";
    tx.exists(VALID, params![code.0, time_in(now)])
}

/// Uses a code up, in the transaction that founds the office; whether it worked.
///
/// # Errors
/// [`DbError`] when the statement fails.
pub fn use_up(tx: &mut WriteTx<'_>, code: TokenHash) -> Result<bool, DbError> {
    const USE: &str = "
        UPDATE setup_codes SET used_at = ?2
        WHERE code_hash = ?1 AND used_at IS NULL AND expires_at > ?2";
    let now = time_in(tx.now());
    Ok(tx.execute(USE, params![code.0, now])? > 0)
}

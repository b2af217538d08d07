//! Password hashes.

use hearth_domain::id::UserId;
use hearth_domain::time::Timestamp;
use rusqlite::params;

use crate::column::time_in;
use crate::error::DbError;
use crate::tx::{ReadTx, WriteTx};

/// A password hash in PHC form (`$argon2id$...`). It can't be printed or serialised.
#[derive(Clone, PartialEq, Eq)]
pub struct Phc(String);

impl Phc {
    /// Wraps a hash.
    #[must_use]
    pub const fn new(phc: String) -> Self {
        Self(phc)
    }

    /// The hash, for comparing a password with it.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for Phc {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Phc(…)")
    }
}

/// Sets or replaces somebody's password.
///
/// # Errors
/// [`DbError`] when the statement fails, also when there is no such person.
pub fn set(tx: &mut WriteTx<'_>, user: UserId, phc: &Phc) -> Result<(), DbError> {
    let now: Timestamp = tx.now();
    tx.execute(
        "INSERT INTO credentials (user, phc, changed_at) VALUES (?1, ?2, ?3)
         ON CONFLICT (user) DO UPDATE SET phc = excluded.phc, changed_at = excluded.changed_at",
        params![user.as_bytes(), phc.expose(), time_in(now)],
    )?;
    Ok(())
}

/// Somebody's password hash; nothing for who has none.
///
/// # Errors
/// [`DbError`] when the statement fails.
pub fn phc_of(tx: &ReadTx<'_>, user: UserId) -> Result<Option<Phc>, DbError> {
    const PHC: &str = "SELECT phc FROM credentials WHERE user = ?1";
    tx.first(PHC, [user.as_bytes()], |row| row.get(0).map(Phc))
}

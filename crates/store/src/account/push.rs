//! Browsers that want to be woken, and the key by which push services know this box.
//!
//! A subscription belongs to a session and goes with it. Its endpoint is a secret address, so it is
//! never shown, and one endpoint belongs to one session: whoever signed in last in that browser.

use hearth_domain::id::{SessionId, UserId};
use hearth_domain::time::Timestamp;
use rusqlite::{Row, params};

use crate::column::time_in;
use crate::error::DbError;
use crate::tx::{ReadTx, WriteTx};

/// A browser that wants to be woken.
#[derive(Clone, PartialEq, Eq)]
pub struct Subscription {
    /// The session it belongs to.
    pub session: SessionId,
    /// Whose it is.
    pub user: UserId,
    /// Where its push service takes messages for it.
    pub endpoint: String,
    /// Its public key: an uncompressed point on P-256.
    pub key: [u8; 65],
    /// The secret that it shares with this box.
    pub auth: [u8; 16],
}

impl std::fmt::Debug for Subscription {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Subscription").field("session", &self.session).finish_non_exhaustive()
    }
}

/// The box's own private key, in PKCS#8. It prints nothing.
#[derive(Clone, PartialEq, Eq)]
pub struct PrivateKey(pub Vec<u8>);

impl std::fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PrivateKey(secret)")
    }
}

/// The key of this box, once it has one.
///
/// # Errors
/// [`DbError`] when the statement fails.
pub fn private_key(tx: &ReadTx<'_>) -> Result<Option<PrivateKey>, DbError> {
    tx.first("SELECT pkcs8 FROM push_key", [], |row| row.get(0).map(PrivateKey))
}

/// Keeps the key of this box, unless it has one; the one it has now.
///
/// # Errors
/// [`DbError`] when a statement fails.
pub fn keep_key(tx: &mut WriteTx<'_>, key: PrivateKey) -> Result<PrivateKey, DbError> {
    const KEEP: &str = "INSERT OR IGNORE INTO push_key (only_row, pkcs8) VALUES (1, ?1)";
    tx.execute(KEEP, [&key.0])?;
    Ok(private_key(tx)?.unwrap_or(key))
}

/// Keeps a subscription; an earlier one of the session or of the endpoint is replaced.
///
/// # Errors
/// [`DbError`] when a statement fails.
pub fn subscribe(tx: &mut WriteTx<'_>, wanted: &Subscription) -> Result<(), DbError> {
    const SUBSCRIBE: &str = "
        INSERT INTO push_subscriptions (session, user, endpoint, key, auth, created_at)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6)
        ON CONFLICT (session) DO UPDATE SET endpoint = excluded.endpoint, key = excluded.key,
          auth = excluded.auth, created_at = excluded.created_at";
    const OTHERS: &str = "DELETE FROM push_subscriptions WHERE endpoint = ?1 AND session <> ?2";
    let now = time_in(tx.now());
    tx.execute(OTHERS, params![wanted.endpoint, wanted.session.as_bytes()])?;
    tx.execute(
        SUBSCRIBE,
        params![
            wanted.session.as_bytes(),
            wanted.user.as_bytes(),
            wanted.endpoint,
            wanted.key,
            wanted.auth,
            now,
        ],
    )?;
    Ok(())
}

/// Ends the subscription of a session.
///
/// # Errors
/// [`DbError`] when the statement fails.
pub fn unsubscribe(tx: &mut WriteTx<'_>, session: SessionId) -> Result<(), DbError> {
    const UNSUBSCRIBE: &str = "DELETE FROM push_subscriptions WHERE session = ?1";
    tx.execute(UNSUBSCRIBE, [session.as_bytes()]).map(drop)
}

/// Forgets an endpoint that its push service no longer knows.
///
/// # Errors
/// [`DbError`] when the statement fails.
pub fn forget(tx: &mut WriteTx<'_>, endpoint: &str) -> Result<(), DbError> {
    tx.execute("DELETE FROM push_subscriptions WHERE endpoint = ?1", [endpoint]).map(drop)
}

/// Whether a session has a subscription.
///
/// # Errors
/// [`DbError`] when the statement fails.
pub fn is_subscribed(tx: &ReadTx<'_>, session: SessionId) -> Result<bool, DbError> {
    const SUBSCRIBED: &str = "SELECT 1 FROM push_subscriptions WHERE session = ?1";
    tx.exists(SUBSCRIBED, [session.as_bytes()])
}

/// Whether anybody has a subscription.
///
/// # Errors
/// [`DbError`] when the statement fails.
pub fn any(tx: &ReadTx<'_>) -> Result<bool, DbError> {
    tx.exists("SELECT 1 FROM push_subscriptions LIMIT 1", [])
}

const OF_USER: &str = "
    SELECT p.session, p.user, p.endpoint, p.key, p.auth
    FROM push_subscriptions p JOIN sessions s ON s.id = p.session
    WHERE p.user = ?1 AND s.expires_at > ?2";

/// Somebody's subscriptions whose sessions have not ended.
///
/// # Errors
/// [`DbError`] when the statement fails.
pub fn of_user(
    tx: &ReadTx<'_>,
    user: UserId,
    now: Timestamp,
) -> Result<Vec<Subscription>, DbError> {
    tx.rows(OF_USER, params![user.as_bytes(), time_in(now)], subscription)
}

fn subscription(row: &Row<'_>) -> rusqlite::Result<Subscription> {
    Ok(Subscription {
        session: SessionId::from_bytes(row.get(0)?),
        user: UserId::from_bytes(row.get(1)?),
        endpoint: row.get(2)?,
        key: row.get(3)?,
        auth: row.get(4)?,
    })
}

/// Statements that run often; see `crate::plans`.
#[cfg(test)]
pub(crate) const HOT: &[&str] = &[OF_USER];

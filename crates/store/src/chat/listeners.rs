//! Whom a new message may wake: members of its conversation with a browser that wants to be woken,
//! and what they chose. Who wants nothing costs nothing: the search begins with the subscriptions.

use hearth_domain::id::{ChannelId, MessageId, UserId};
use hearth_domain::model::{AccountState, NotifyLevel, Preferences};
use rusqlite::params;

use crate::column::{notify, record_or_default, state_in};
use crate::error::DbError;
use crate::tx::ReadTx;

/// Somebody whom a message may wake.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listener {
    /// Who.
    pub user: UserId,
    /// What they chose for the conversation.
    pub level: NotifyLevel,
    /// Whether they follow the thread.
    pub follows: bool,
    /// What they chose for themselves.
    pub preferences: Preferences,
}

const LISTENERS: &str = "
    SELECT m.user, coalesce(n.level, 1), p.record,
      EXISTS (SELECT 1 FROM follows f WHERE f.user = m.user AND f.root = ?2 AND f.following = 1)
    FROM (SELECT DISTINCT user FROM push_subscriptions) s
    JOIN members m ON m.channel = ?1 AND m.user = s.user AND m.role IS NOT NULL
    JOIN users u ON u.id = m.user AND u.state = ?3
    LEFT JOIN notify_levels n ON n.user = m.user AND n.channel = m.channel
    LEFT JOIN preferences p ON p.user = m.user";

/// Everybody whom a message of this conversation, or of this thread in it, may wake.
///
/// # Errors
/// [`DbError`] when the statement fails.
pub fn listeners(
    tx: &ReadTx<'_>,
    channel: ChannelId,
    root: Option<MessageId>,
) -> Result<Vec<Listener>, DbError> {
    let root = root.map_or([0; 16], |root| *root.as_bytes());
    let key = params![channel.as_bytes(), root, state_in(AccountState::Active)];
    tx.rows(LISTENERS, key, |row| {
        Ok(Listener {
            user: UserId::from_bytes(row.get(0)?),
            level: notify(row, 1)?,
            preferences: record_or_default(row, 2)?,
            follows: row.get(3)?,
        })
    })
}

/// Statements that run often; see `crate::plans`.
#[cfg(test)]
pub(crate) const HOT: &[&str] = &[LISTENERS];

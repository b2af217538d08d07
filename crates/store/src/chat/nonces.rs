//! What clients called their sends. A repeated send finds the first one and changes nothing.

use hearth_domain::id::{MessageId, Nonce, Seq, UserId};
use hearth_domain::log::PayloadHash;
use hearth_domain::time::Timestamp;
use rusqlite::params;

use crate::column::{seq, seq_in, time, time_in};
use crate::error::DbError;
use crate::tx::{ReadTx, WriteTx};

/// Nonces that one call of [`purge`] looks at.
const PURGED_AT_ONCE: i64 = 10_000;

/// The first send with a nonce.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sent {
    /// The message it wrote.
    pub message: MessageId,
    /// Where its event is.
    pub seq: Seq,
    /// Digest of what was sent, by whatever rule the caller has: another digest under the same
    /// nonce is another content.
    pub content: PayloadHash,
    /// When it was committed.
    pub at: Timestamp,
}

const FIND: &str = "
        SELECT n.seq, n.hash, n.at, m.id FROM nonces n JOIN messages m ON m.seq = n.seq
        WHERE n.user = ?1 AND n.nonce = ?2";

/// The first send of this person with this nonce.
///
/// # Errors
/// [`DbError`] when the statement fails.
pub fn find(tx: &ReadTx<'_>, user: UserId, nonce: Nonce) -> Result<Option<Sent>, DbError> {
    tx.first(FIND, [user.as_bytes(), nonce.as_bytes()], |row| {
        Ok(Sent {
            message: MessageId::from_bytes(row.get(3)?),
            seq: seq(row, 0)?,
            content: PayloadHash(row.get(1)?),
            at: time(row, 2)?,
        })
    })
}

/// Remembers a send, in the transaction that committed it.
///
/// # Errors
/// [`DbError`] when the statement fails, also when the nonce is remembered already.
pub fn remember(
    tx: &mut WriteTx<'_>,
    (user, nonce): (UserId, Nonce),
    sent: Sent,
) -> Result<(), DbError> {
    tx.execute(
        "INSERT INTO nonces (user, nonce, seq, hash, at) VALUES (?1, ?2, ?3, ?4, ?5)",
        params![
            user.as_bytes(),
            nonce.as_bytes(),
            seq_in(sent.seq),
            sent.content.0,
            time_in(sent.at),
        ],
    )?;
    Ok(())
}

/// Where [`purge`] goes on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PurgeCursor {
    nonce: [u8; 16],
    user: [u8; 16],
}

/// Forgets nonces from before `before`, looking at 10,000 at a time so that nobody waits long.
/// Returns where to go on, nothing when all were looked at.
///
/// # Errors
/// [`DbError`] when a statement fails.
pub fn purge(
    tx: &mut WriteTx<'_>,
    from: PurgeCursor,
    before: Timestamp,
) -> Result<Option<PurgeCursor>, DbError> {
    const END: &str = "
        SELECT nonce, user FROM nonces WHERE (nonce, user) > (?1, ?2)
        ORDER BY nonce, user LIMIT 1 OFFSET ?3";
    const PURGE: &str = "
        DELETE FROM nonces WHERE (nonce, user) > (?1, ?2) AND (nonce, user) <= (?3, ?4)
          AND at < ?5";
    let end = tx.first(END, params![from.nonce, from.user, PURGED_AT_ONCE - 1], |row| {
        Ok(PurgeCursor { nonce: row.get(0)?, user: row.get(1)? })
    })?;
    let last = PurgeCursor { user: [0xff; 16], nonce: [0xff; 16] };
    let upto = end.unwrap_or(last);
    let bounds = params![from.nonce, from.user, upto.nonce, upto.user, time_in(before)];
    tx.execute(PURGE, bounds)?;
    Ok(end)
}

/// Statements that run often; see `crate::plans`.
#[cfg(test)]
pub(crate) const HOT: &[&str] = &[FIND];

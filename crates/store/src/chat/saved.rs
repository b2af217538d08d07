//! Messages that people saved for later. Seen by themselves only, and only in conversations they are
//! in.

use hearth_domain::decide::personal::SavedView;
use hearth_domain::id::{ChannelId, MessageId, Seq, UserId};
use hearth_domain::time::Timestamp;
use rusqlite::params;

use crate::column::{seq, seq_in, time, time_in};
use crate::commit::Place;
use crate::error::DbError;
use crate::tx::{ReadTx, WriteTx};

pub(crate) fn set(
    tx: &mut WriteTx<'_>,
    place: &Place,
    (message, channel): (MessageId, ChannelId),
    on: bool,
) -> Result<(), DbError> {
    tx.execute(
        "INSERT INTO saved (user, message, channel, present, seq, at, stamp)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
         ON CONFLICT (user, message) DO UPDATE SET present = excluded.present,
           seq = excluded.seq, at = excluded.at, stamp = excluded.stamp
         WHERE excluded.stamp > stamp",
        params![
            place.actor.as_bytes(),
            message.as_bytes(),
            channel.as_bytes(),
            on,
            seq_in(place.seq),
            time_in(place.at),
            place.stamp.to_bytes(),
        ],
    )?;
    Ok(())
}

/// A saved message by its name. Its content needs leave to read the channel:
/// [`super::history::named`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Saved {
    /// Which.
    pub message: MessageId,
    /// Its conversation.
    pub channel: ChannelId,
    /// The place of the event that saved it; pages are keyed by it.
    pub seq: Seq,
    /// When that was.
    pub at: Timestamp,
}

const SAVED: &str = "
        SELECT s.message, s.channel, s.seq, s.at
        FROM saved s JOIN members m ON m.channel = s.channel AND m.user = s.user
        WHERE s.user = ?1 AND s.present = 1 AND s.seq < ?2 AND m.role IS NOT NULL
        ORDER BY s.seq DESC LIMIT ?3";

/// What somebody saved before a place, the last saved first, in conversations they are in.
///
/// # Errors
/// [`DbError`] when the statement fails.
pub fn before(
    tx: &ReadTx<'_>,
    user: UserId,
    place: Option<Seq>,
    limit: usize,
) -> Result<Vec<Saved>, DbError> {
    let from = place.map_or(i64::MAX, seq_in);
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    tx.rows(SAVED, params![user.as_bytes(), from, limit], |row| {
        Ok(Saved {
            message: MessageId::from_bytes(row.get(0)?),
            channel: ChannelId::from_bytes(row.get(1)?),
            seq: seq(row, 2)?,
            at: time(row, 3)?,
        })
    })
}

const ONE: &str = "SELECT 1 FROM saved WHERE user = ?1 AND message = ?2 AND present = 1";
const COUNT: &str = "SELECT count(*) FROM saved WHERE user = ?1 AND present = 1";

/// What is known of somebody's saved messages and of this one among them.
///
/// # Errors
/// [`DbError`] when a statement fails.
pub fn view(tx: &ReadTx<'_>, user: UserId, message: MessageId) -> Result<SavedView, DbError> {
    Ok(SavedView {
        saved: tx.exists(ONE, [user.as_bytes(), message.as_bytes()])?,
        count: usize::try_from(tx.number(COUNT, [user.as_bytes()])?).unwrap_or(usize::MAX),
    })
}

/// Statements that run often; see `crate::plans`.
#[cfg(test)]
pub(crate) const HOT: &[&str] = &[SAVED, ONE, COUNT];

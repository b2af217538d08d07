//! The cards under messages: a register each, and for good nothing once they were taken away.

use std::rc::Rc;

use hearth_domain::card::Card;
use hearth_domain::decide::card::CardView;
use hearth_domain::id::MessageId;
use rusqlite::params;
use rusqlite::types::Value;

use crate::column::{record, record_or_default, text};
use crate::commit::Place;
use crate::error::DbError;
use crate::tx::{ReadTx, WriteTx};

pub(crate) fn set(
    tx: &mut WriteTx<'_>,
    place: &Place,
    message: MessageId,
    (cards, taken): (&[Card], bool),
) -> Result<(), DbError> {
    tx.execute(
        "INSERT INTO cards (message, stamp, taken, cards)
         SELECT ?1, ?2, ?3, ?4
         WHERE NOT EXISTS (SELECT 1 FROM messages WHERE id = ?1 AND deleted_at IS NOT NULL)
         ON CONFLICT (message) DO UPDATE SET
           cards = CASE WHEN taken OR excluded.taken THEN '[]'
                        WHEN excluded.stamp > stamp THEN excluded.cards ELSE cards END,
           taken = taken OR excluded.taken,
           stamp = max(stamp, excluded.stamp)",
        params![
            message.as_bytes(),
            place.stamp.to_bytes(),
            taken,
            serde_json::to_string(if taken { &cards[..0] } else { cards })?,
        ],
    )?;
    Ok(())
}

/// With the message go its cards.
pub(crate) fn bury(tx: &mut WriteTx<'_>, message: MessageId) -> Result<(), DbError> {
    tx.execute("DELETE FROM cards WHERE message = ?1", [message.as_bytes()]).map(drop)
}

const VIEW: &str = "
        SELECT m.text, c.cards, coalesce(c.taken, 0)
        FROM messages m LEFT JOIN cards c ON c.message = m.id
        WHERE m.id = ?1 AND m.deleted_at IS NULL";

/// What deciding about a message's cards needs to know; nothing of an unknown or deleted one.
///
/// # Errors
/// [`DbError`] when the statement fails.
pub fn view(tx: &ReadTx<'_>, message: MessageId) -> Result<CardView, DbError> {
    let found = tx.first(VIEW, [message.as_bytes()], |row| {
        Ok(CardView {
            text: Some(text(row, 0)?),
            cards: record_or_default(row, 1)?,
            taken: row.get(2)?,
        })
    })?;
    Ok(found.unwrap_or_default())
}

const SHOWN: &str = "
        SELECT message, cards FROM cards
        WHERE message IN (SELECT value FROM rarray(?1)) AND taken = 0";

/// The cards under these messages.
pub(super) fn shown(
    tx: &ReadTx<'_>,
    ids: &Rc<Vec<Value>>,
) -> Result<Vec<(MessageId, Vec<Card>)>, DbError> {
    tx.rows(SHOWN, [ids], |row| Ok((MessageId::from_bytes(row.get(0)?), record(row, 1)?)))
}

/// Statements that run often; see `crate::plans`.
#[cfg(test)]
pub(crate) const HOT: &[&str] = &[VIEW, SHOWN];

//! Outgoing webhooks: a URL that is told what happens, and how far in the log it was told.

use hearth_domain::decide::integration::{Filter, HookProblem};
use hearth_domain::id::{ChannelId, HookId, Seq};
use hearth_domain::time::Timestamp;
use rusqlite::{Row, params};

use super::{KeptSecret, MADE, Made, made, made_columns};
use crate::column::{record, seq, seq_in, time_in, time_opt};
use crate::error::DbError;
use crate::tx::{ReadTx, WriteTx};

/// An outgoing webhook.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutgoingHook {
    /// Its identity.
    pub id: HookId,
    /// Its bot, name and state.
    pub made: Made,
    /// Where it is told.
    pub url: String,
    /// What signs what it is told.
    pub secret: KeptSecret,
    /// What it wants to hear of.
    pub filter: Filter,
    /// How far the log was looked at for it.
    pub seq: Seq,
    /// Since when every delivery failed.
    pub failing_since: Option<Timestamp>,
}

macro_rules! hooks_where {
    ($rest:literal) => {
        concat!(
            "SELECT ",
            made_columns!(),
            ", id, url, secret, channel, words, events, seq, failing_since FROM outgoing_hooks ",
            $rest
        )
    };
}

fn hook(row: &Row<'_>) -> rusqlite::Result<OutgoingHook> {
    let channel: Option<[u8; 16]> = row.get(MADE + 3)?;
    Ok(OutgoingHook {
        made: made(row)?,
        id: HookId::from_bytes(row.get(MADE)?),
        url: row.get(MADE + 1)?,
        secret: KeptSecret(row.get(MADE + 2)?),
        filter: Filter {
            channel: channel.map(ChannelId::from_bytes),
            words: record(row, MADE + 4)?,
            events: record(row, MADE + 5)?,
        },
        seq: seq(row, MADE + 6)?,
        failing_since: time_opt(row, MADE + 7)?,
    })
}

/// Keeps a new webhook.
///
/// # Errors
/// [`DbError`] when the statement fails.
pub fn create(tx: &mut WriteTx<'_>, hook: &OutgoingHook) -> Result<(), DbError> {
    tx.execute(
        "INSERT INTO outgoing_hooks (id, bot, name, url, secret, channel, words, events, enabled,
                                     created_by, created_at, seq)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
        params![
            hook.id.as_bytes(),
            hook.made.bot.as_bytes(),
            hook.made.name.as_str(),
            hook.url,
            hook.secret.0,
            hook.filter.channel.as_ref().map(ChannelId::as_bytes),
            serde_json::to_string(&hook.filter.words)?,
            serde_json::to_string(&hook.filter.events)?,
            hook.made.enabled,
            hook.made.created_by.as_bytes(),
            time_in(hook.made.created_at),
            seq_in(hook.seq),
        ],
    )?;
    Ok(())
}

/// Every outgoing webhook, oldest first.
///
/// # Errors
/// [`DbError`] when the statement fails.
pub fn list(tx: &ReadTx<'_>) -> Result<Vec<OutgoingHook>, DbError> {
    tx.rows(hooks_where!("ORDER BY id"), [], hook)
}

/// One webhook.
///
/// # Errors
/// [`DbError`] when the statement fails.
pub fn find(tx: &ReadTx<'_>, id: HookId) -> Result<Option<OutgoingHook>, DbError> {
    tx.first(hooks_where!("WHERE id = ?1"), [id.as_bytes()], hook)
}

/// Changes what may change in a webhook. One that is switched on again goes on from `hook.seq`, and
/// its failures are forgotten.
///
/// # Errors
/// [`DbError`] when the statement fails.
pub fn change(tx: &mut WriteTx<'_>, hook: &OutgoingHook) -> Result<(), DbError> {
    tx.execute(
        "UPDATE outgoing_hooks SET name = ?2, url = ?3, channel = ?4, words = ?5, events = ?6,
           enabled = ?7, seq = ?8, failing_since = ?9, secret = ?10
         WHERE id = ?1",
        params![
            hook.id.as_bytes(),
            hook.made.name.as_str(),
            hook.url,
            hook.filter.channel.as_ref().map(ChannelId::as_bytes),
            serde_json::to_string(&hook.filter.words)?,
            serde_json::to_string(&hook.filter.events)?,
            hook.made.enabled,
            seq_in(hook.seq),
            hook.failing_since.map(time_in),
            hook.secret.0,
        ],
    )?;
    Ok(())
}

/// Notes how far the log was looked at. A webhook that was changed meanwhile is not set back.
///
/// # Errors
/// [`DbError`] when the statement fails.
pub fn advance(tx: &mut WriteTx<'_>, id: HookId, upto: Seq) -> Result<(), DbError> {
    const ADVANCE: &str = "UPDATE outgoing_hooks SET seq = max(seq, ?2) WHERE id = ?1";
    tx.execute(ADVANCE, params![id.as_bytes(), seq_in(upto)])?;
    Ok(())
}

/// Notes that a delivery was answered well.
///
/// # Errors
/// [`DbError`] when the statement fails.
pub fn delivered(tx: &mut WriteTx<'_>, id: HookId) -> Result<(), DbError> {
    const DELIVERED: &str = "
        UPDATE outgoing_hooks SET used_at = ?2, failing_since = NULL, problem = NULL WHERE id = ?1";
    let now = time_in(tx.now());
    tx.execute(DELIVERED, params![id.as_bytes(), now])?;
    Ok(())
}

/// Notes that a delivery failed, and gives since when they do.
///
/// # Errors
/// [`DbError`] when a statement fails.
pub fn failed(
    tx: &mut WriteTx<'_>,
    id: HookId,
    problem: &HookProblem,
) -> Result<Timestamp, DbError> {
    const FAILED: &str = "
        UPDATE outgoing_hooks SET failing_since = coalesce(failing_since, ?2), problem = ?3
        WHERE id = ?1";
    const SINCE: &str = "SELECT failing_since FROM outgoing_hooks WHERE id = ?1";
    let now = tx.now();
    tx.execute(FAILED, params![id.as_bytes(), time_in(now), serde_json::to_string(problem)?])?;
    let since = tx.first(SINCE, [id.as_bytes()], |row| time_opt(row, 0))?;
    Ok(since.flatten().unwrap_or(now))
}

/// Switches a webhook off.
///
/// # Errors
/// [`DbError`] when the statement fails.
pub fn switch_off(tx: &mut WriteTx<'_>, id: HookId) -> Result<(), DbError> {
    tx.execute("UPDATE outgoing_hooks SET enabled = 0 WHERE id = ?1", [id.as_bytes()])?;
    Ok(())
}

/// Removes a webhook; its bot's account and messages stay.
///
/// # Errors
/// [`DbError`] when the statement fails.
pub fn delete(tx: &mut WriteTx<'_>, id: HookId) -> Result<bool, DbError> {
    Ok(tx.execute("DELETE FROM outgoing_hooks WHERE id = ?1", [id.as_bytes()])? > 0)
}

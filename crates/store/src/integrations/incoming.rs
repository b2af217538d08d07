//! Incoming webhooks: a URL with a token, behind which a bot writes.

use hearth_domain::decide::integration::HookProblem;
use hearth_domain::id::{ChannelId, HookId};
use rusqlite::{Row, params};

use super::{MADE, Made, made, made_columns};
use crate::account::TokenHash;
use crate::column::time_in;
use crate::error::DbError;
use crate::tx::{ReadTx, WriteTx};

/// An incoming webhook.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IncomingHook {
    /// Its identity.
    pub id: HookId,
    /// Its bot, name and state.
    pub made: Made,
    /// Where it leads.
    pub channel: ChannelId,
    /// Whether a message may name another public channel.
    pub any_channel: bool,
}

macro_rules! hooks_where {
    ($rest:literal) => {
        concat!(
            "SELECT ",
            made_columns!(),
            ", id, channel, any_channel FROM incoming_hooks ",
            $rest
        )
    };
}

fn hook(row: &Row<'_>) -> rusqlite::Result<IncomingHook> {
    Ok(IncomingHook {
        made: made(row)?,
        id: HookId::from_bytes(row.get(MADE)?),
        channel: ChannelId::from_bytes(row.get(MADE + 1)?),
        any_channel: row.get(MADE + 2)?,
    })
}

/// Keeps a new webhook.
///
/// # Errors
/// [`DbError`] when the statement fails.
pub fn create(tx: &mut WriteTx<'_>, hook: &IncomingHook, token: TokenHash) -> Result<(), DbError> {
    tx.execute(
        "INSERT INTO incoming_hooks (id, token_hash, bot, channel, name, any_channel, enabled,
                                     created_by, created_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
        params![
            hook.id.as_bytes(),
            token.0,
            hook.made.bot.as_bytes(),
            hook.channel.as_bytes(),
            hook.made.name.as_str(),
            hook.any_channel,
            hook.made.enabled,
            hook.made.created_by.as_bytes(),
            time_in(hook.made.created_at),
        ],
    )?;
    Ok(())
}

/// Every incoming webhook, oldest first.
///
/// # Errors
/// [`DbError`] when the statement fails.
pub fn list(tx: &ReadTx<'_>) -> Result<Vec<IncomingHook>, DbError> {
    tx.rows(hooks_where!("ORDER BY id"), [], hook)
}

/// One webhook.
///
/// # Errors
/// [`DbError`] when the statement fails.
pub fn find(tx: &ReadTx<'_>, id: HookId) -> Result<Option<IncomingHook>, DbError> {
    tx.first(hooks_where!("WHERE id = ?1"), [id.as_bytes()], hook)
}

/// The webhook behind a token. Looking it up by its digest takes as long for a wrong one.
///
/// # Errors
/// [`DbError`] when the statement fails.
pub fn find_by_token(tx: &ReadTx<'_>, token: TokenHash) -> Result<Option<IncomingHook>, DbError> {
    tx.first(hooks_where!("WHERE token_hash = ?1"), [token.0], hook)
}

/// Changes what may change in a webhook.
///
/// # Errors
/// [`DbError`] when the statement fails.
pub fn change(tx: &mut WriteTx<'_>, hook: &IncomingHook) -> Result<(), DbError> {
    tx.execute(
        "UPDATE incoming_hooks SET name = ?2, channel = ?3, any_channel = ?4, enabled = ?5
         WHERE id = ?1",
        params![
            hook.id.as_bytes(),
            hook.made.name.as_str(),
            hook.channel.as_bytes(),
            hook.any_channel,
            hook.made.enabled,
        ],
    )?;
    Ok(())
}

/// Gives a webhook another token; the one before works no longer.
///
/// # Errors
/// [`DbError`] when the statement fails.
pub fn set_token(tx: &mut WriteTx<'_>, id: HookId, token: TokenHash) -> Result<(), DbError> {
    const SET: &str = "UPDATE incoming_hooks SET token_hash = ?2 WHERE id = ?1";
    tx.execute(SET, params![id.as_bytes(), token.0])?;
    Ok(())
}

/// Notes that a webhook was used now, and what went wrong if something did.
///
/// # Errors
/// [`DbError`] when the statement fails.
pub fn note(tx: &mut WriteTx<'_>, id: HookId, problem: Option<HookProblem>) -> Result<(), DbError> {
    const NOTE: &str = "UPDATE incoming_hooks SET used_at = ?2, problem = ?3 WHERE id = ?1";
    let problem = problem.map(|problem| serde_json::to_string(&problem)).transpose()?;
    let now = time_in(tx.now());
    tx.execute(NOTE, params![id.as_bytes(), now, problem])?;
    Ok(())
}

/// Removes a webhook; its bot's account and messages stay.
///
/// # Errors
/// [`DbError`] when the statement fails.
pub fn delete(tx: &mut WriteTx<'_>, id: HookId) -> Result<bool, DbError> {
    Ok(tx.execute("DELETE FROM incoming_hooks WHERE id = ?1", [id.as_bytes()])? > 0)
}

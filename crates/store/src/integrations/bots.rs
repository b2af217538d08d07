//! What bots were given. Their accounts are in `chat::people`, their tokens in `account::sessions`.

use hearth_domain::id::UserId;
use hearth_domain::scopes::BotScopes;
use hearth_domain::time::Timestamp;
use rusqlite::params;

use crate::column::{time, time_in, unknown};
use crate::error::DbError;
use crate::tx::{ReadTx, WriteTx};

/// What a bot is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MadeFor {
    /// A program that shows a token.
    Itself,
    /// An incoming webhook.
    Incoming,
    /// An outgoing webhook.
    Outgoing,
    /// A slash command.
    Command,
    /// The box itself, which tells what happened to it.
    Machine,
}

const fn made_for_in(made_for: MadeFor) -> u8 {
    match made_for {
        MadeFor::Itself => 0,
        MadeFor::Incoming => 1,
        MadeFor::Outgoing => 2,
        MadeFor::Command => 3,
        MadeFor::Machine => 4,
    }
}

/// What a bot was given, and by whom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bot {
    /// Its account.
    pub user: UserId,
    /// What it may do.
    pub scopes: BotScopes,
    /// What it is for.
    pub made_for: MadeFor,
    /// Who made it.
    pub created_by: UserId,
    /// When.
    pub created_at: Timestamp,
}

fn bot(row: &rusqlite::Row<'_>) -> rusqlite::Result<Bot> {
    Ok(Bot {
        user: UserId::from_bytes(row.get(0)?),
        scopes: BotScopes::from_bits(row.get(1)?),
        made_for: match row.get(2)? {
            0 => MadeFor::Itself,
            1 => MadeFor::Incoming,
            2 => MadeFor::Outgoing,
            3 => MadeFor::Command,
            4 => MadeFor::Machine,
            other => return Err(unknown(2, other)),
        },
        created_by: UserId::from_bytes(row.get(3)?),
        created_at: time(row, 4)?,
    })
}

/// Keeps what a new bot is given.
///
/// # Errors
/// [`DbError`] when the statement fails, also when it has no account.
pub fn create(tx: &mut WriteTx<'_>, bot: &Bot) -> Result<(), DbError> {
    tx.execute(
        "INSERT INTO bots (user, scopes, made_for, created_by, created_at)
         VALUES (?1, ?2, ?3, ?4, ?5)",
        params![
            bot.user.as_bytes(),
            bot.scopes.bits(),
            made_for_in(bot.made_for),
            bot.created_by.as_bytes(),
            time_in(bot.created_at),
        ],
    )?;
    Ok(())
}

/// Every bot, oldest first.
///
/// # Errors
/// [`DbError`] when the statement fails.
pub fn list(tx: &ReadTx<'_>) -> Result<Vec<Bot>, DbError> {
    const LIST: &str = "
        SELECT user, scopes, made_for, created_by, created_at FROM bots ORDER BY user";
    tx.rows(LIST, [], bot)
}

/// One bot.
///
/// # Errors
/// [`DbError`] when the statement fails.
pub fn find(tx: &ReadTx<'_>, user: UserId) -> Result<Option<Bot>, DbError> {
    const FIND: &str = "
        SELECT user, scopes, made_for, created_by, created_at FROM bots WHERE user = ?1";
    tx.first(FIND, [user.as_bytes()], bot)
}

/// Gives a bot other scopes.
///
/// # Errors
/// [`DbError`] when the statement fails.
pub fn set_scopes(tx: &mut WriteTx<'_>, user: UserId, scopes: BotScopes) -> Result<(), DbError> {
    const SET: &str = "UPDATE bots SET scopes = ?2 WHERE user = ?1";
    tx.execute(SET, params![user.as_bytes(), scopes.bits()])?;
    Ok(())
}

/// How many bots there are for one purpose.
///
/// # Errors
/// [`DbError`] when the statement fails.
pub fn count(tx: &ReadTx<'_>, made_for: MadeFor) -> Result<usize, DbError> {
    const COUNT: &str = "
        SELECT count(*) FROM bots b JOIN users u ON u.id = b.user
        WHERE b.made_for = ?1 AND u.state = 0";
    let count = tx.number(COUNT, [made_for_in(made_for)])?;
    Ok(usize::try_from(count).unwrap_or(usize::MAX))
}

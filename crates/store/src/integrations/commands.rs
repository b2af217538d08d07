//! Slash commands, and where they may still answer.

use hearth_domain::decide::integration::HookProblem;
use hearth_domain::id::{ChannelId, CommandId, MessageId, UserId};
use hearth_domain::time::Timestamp;
use rusqlite::{Row, params};

use super::{KeptSecret, MADE, Made, made, made_columns};
use crate::account::TokenHash;
use crate::chat::messages::optional_id;
use crate::column::time_in;
use crate::error::DbError;
use crate::tx::{ReadTx, WriteTx};

/// A slash command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Command {
    /// Its identity.
    pub id: CommandId,
    /// Its bot, name and state.
    pub made: Made,
    /// What follows the slash.
    pub word: String,
    /// Where it is sent.
    pub url: String,
    /// What signs what it is sent.
    pub secret: KeptSecret,
    /// What may follow the word.
    pub hint: String,
    /// What it does.
    pub description: String,
}

macro_rules! commands_where {
    ($rest:literal) => {
        concat!(
            "SELECT ",
            made_columns!(),
            ", id, word, url, secret, hint, description FROM commands ",
            $rest
        )
    };
}

fn command(row: &Row<'_>) -> rusqlite::Result<Command> {
    Ok(Command {
        made: made(row)?,
        id: CommandId::from_bytes(row.get(MADE)?),
        word: row.get(MADE + 1)?,
        url: row.get(MADE + 2)?,
        secret: KeptSecret(row.get(MADE + 3)?),
        hint: row.get(MADE + 4)?,
        description: row.get(MADE + 5)?,
    })
}

/// Keeps a new command.
///
/// # Errors
/// [`DbError`] when the statement fails.
pub fn create(tx: &mut WriteTx<'_>, command: &Command) -> Result<(), DbError> {
    tx.execute(
        "INSERT INTO commands (id, word, bot, name, url, secret, hint, description, enabled,
                               created_by, created_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
        params![
            command.id.as_bytes(),
            command.word,
            command.made.bot.as_bytes(),
            command.made.name.as_str(),
            command.url,
            command.secret.0,
            command.hint,
            command.description,
            command.made.enabled,
            command.made.created_by.as_bytes(),
            time_in(command.made.created_at),
        ],
    )?;
    Ok(())
}

/// Every command by its word.
///
/// # Errors
/// [`DbError`] when the statement fails.
pub fn list(tx: &ReadTx<'_>) -> Result<Vec<Command>, DbError> {
    tx.rows(commands_where!("ORDER BY word"), [], command)
}

/// One command.
///
/// # Errors
/// [`DbError`] when the statement fails.
pub fn find(tx: &ReadTx<'_>, id: CommandId) -> Result<Option<Command>, DbError> {
    tx.first(commands_where!("WHERE id = ?1"), [id.as_bytes()], command)
}

/// The command with this word.
///
/// # Errors
/// [`DbError`] when the statement fails.
pub fn find_by_word(tx: &ReadTx<'_>, word: &str) -> Result<Option<Command>, DbError> {
    tx.first(commands_where!("WHERE word = ?1"), [word], command)
}

/// Changes what may change in a command.
///
/// # Errors
/// [`DbError`] when the statement fails.
pub fn change(tx: &mut WriteTx<'_>, command: &Command) -> Result<(), DbError> {
    tx.execute(
        "UPDATE commands SET name = ?2, url = ?3, hint = ?4, description = ?5, enabled = ?6,
           word = ?7, secret = ?8
         WHERE id = ?1",
        params![
            command.id.as_bytes(),
            command.made.name.as_str(),
            command.url,
            command.hint,
            command.description,
            command.made.enabled,
            command.word,
            command.secret.0,
        ],
    )?;
    Ok(())
}

/// Notes that a command was run now, and what went wrong if something did.
///
/// # Errors
/// [`DbError`] when the statement fails.
pub fn note(
    tx: &mut WriteTx<'_>,
    id: CommandId,
    problem: Option<HookProblem>,
) -> Result<(), DbError> {
    const NOTE: &str = "UPDATE commands SET used_at = ?2, problem = ?3 WHERE id = ?1";
    let problem = problem.map(|problem| serde_json::to_string(&problem)).transpose()?;
    let now = time_in(tx.now());
    tx.execute(NOTE, params![id.as_bytes(), now, problem])?;
    Ok(())
}

/// Removes a command and its places to answer; its bot's account and messages stay.
///
/// # Errors
/// [`DbError`] when a statement fails.
pub fn delete(tx: &mut WriteTx<'_>, id: CommandId) -> Result<bool, DbError> {
    tx.execute("DELETE FROM command_replies WHERE command = ?1", [id.as_bytes()])?;
    Ok(tx.execute("DELETE FROM commands WHERE id = ?1", [id.as_bytes()])? > 0)
}

/// Where a command may answer later.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReplyPlace {
    /// Which command.
    pub command: CommandId,
    /// Who gave it.
    pub user: UserId,
    /// Where.
    pub channel: ChannelId,
    /// In which thread.
    pub root: Option<MessageId>,
}

/// Opens a place to answer, for so many answers until then.
///
/// # Errors
/// [`DbError`] when the statement fails.
pub fn open_reply(
    tx: &mut WriteTx<'_>,
    token: TokenHash,
    place: &ReplyPlace,
    (uses, expires_at): (u32, Timestamp),
) -> Result<(), DbError> {
    tx.execute(
        "INSERT INTO command_replies (token_hash, command, user, channel, root, uses_left,
                                      expires_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        params![
            token.0,
            place.command.as_bytes(),
            place.user.as_bytes(),
            place.channel.as_bytes(),
            place.root.as_ref().map(MessageId::as_bytes),
            uses,
            time_in(expires_at),
        ],
    )?;
    Ok(())
}

/// Uses a place to answer once; nothing for one that is unknown, used up or past its end.
///
/// # Errors
/// [`DbError`] when a statement fails.
pub fn use_reply(tx: &mut WriteTx<'_>, token: TokenHash) -> Result<Option<ReplyPlace>, DbError> {
    const USE: &str = "
        UPDATE command_replies SET uses_left = uses_left - 1
        WHERE token_hash = ?1 AND uses_left > 0 AND expires_at > ?2";
    const PLACE: &str = "
        SELECT command, user, channel, root FROM command_replies WHERE token_hash = ?1";
    let now = time_in(tx.now());
    if tx.execute(USE, params![token.0, now])? == 0 {
        return Ok(None);
    }
    tx.first(PLACE, [token.0], |row| {
        Ok(ReplyPlace {
            command: CommandId::from_bytes(row.get(0)?),
            user: UserId::from_bytes(row.get(1)?),
            channel: ChannelId::from_bytes(row.get(2)?),
            root: optional_id(row, 3)?,
        })
    })
}

/// Removes places to answer that are past their end; how many.
///
/// # Errors
/// [`DbError`] when the statement fails.
pub fn purge_replies(tx: &mut WriteTx<'_>) -> Result<usize, DbError> {
    let now = time_in(tx.now());
    tx.execute("DELETE FROM command_replies WHERE expires_at <= ?1", [now])
}

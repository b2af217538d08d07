//! Whom messages address, one row per person. `@channel` is one row for everybody, `@here` one for
//! each who was online.

use hearth_domain::id::{ChannelId, Seq, UserId};
use hearth_domain::model::Mentions;
use rusqlite::params;

use crate::column::seq_in;
use crate::error::DbError;
use crate::tx::WriteTx;

/// Stands for everybody in the channel; no person's id is zero.
pub(crate) const EVERYBODY: [u8; 16] = [0; 16];

/// Where a message is, as its mentions keep it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Addressing {
    pub(crate) channel: ChannelId,
    pub(crate) seq: Seq,
    pub(crate) author: UserId,
    pub(crate) in_thread: bool,
}

/// The mentions as stored beside the message: nothing if nobody is addressed.
pub(crate) fn encode(mentions: &Mentions) -> Result<Option<String>, DbError> {
    if *mentions == Mentions::default() {
        return Ok(None);
    }
    Ok(Some(serde_json::to_string(mentions)?))
}

fn addressed(mentions: &Mentions) -> impl Iterator<Item = &[u8; 16]> {
    let everybody = mentions.everybody().then_some(&EVERYBODY);
    let people = mentions.users.iter().chain(mentions.here.iter().flatten());
    people.map(UserId::as_bytes).chain(everybody)
}

pub(crate) fn insert(
    tx: &mut WriteTx<'_>,
    message: &Addressing,
    mentions: &Mentions,
) -> Result<(), DbError> {
    for user in addressed(mentions) {
        tx.execute(
            "INSERT OR IGNORE INTO mentions (user, channel, seq, author, in_thread)
             VALUES (?1, ?2, ?3, ?4, ?5)",
            params![
                user,
                message.channel.as_bytes(),
                seq_in(message.seq),
                message.author.as_bytes(),
                message.in_thread,
            ],
        )?;
    }
    Ok(())
}

pub(crate) fn remove(
    tx: &mut WriteTx<'_>,
    message: &Addressing,
    mentions: &Mentions,
) -> Result<(), DbError> {
    const REMOVE: &str = "DELETE FROM mentions WHERE user = ?1 AND channel = ?2 AND seq = ?3";
    for user in addressed(mentions) {
        tx.execute(REMOVE, params![user, message.channel.as_bytes(), seq_in(message.seq)])?;
    }
    Ok(())
}

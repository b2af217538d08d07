//! What decisions want to know, beyond records: see `hearth_domain::decide`.

use hearth_domain::decide::channel::Person;
use hearth_domain::decide::message::{PinView, ReactionView, Target};
use hearth_domain::id::{ChannelId, MessageId, UserId};
use hearth_domain::mention::Addressed;
use hearth_domain::text::Emoji;
use rusqlite::params;

use super::people::{Holder, group, holder};
use super::{array, members};
use crate::column::{role, state};
use crate::error::DbError;
use crate::tx::ReadTx;

fn size(number: u64) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

/// Those of these people who have an account.
///
/// # Errors
/// [`DbError`] when the statement fails.
pub fn people(tx: &ReadTx<'_>, users: &[UserId]) -> Result<Vec<Person>, DbError> {
    const PEOPLE: &str = "
        SELECT id, role, state FROM users WHERE id IN (SELECT value FROM rarray(?1))";
    tx.rows(PEOPLE, [array(users.iter().map(UserId::as_bytes))], |row| {
        let id = UserId::from_bytes(row.get(0)?);
        Ok(Person { id, role: role(row, 1)?, state: state(row, 2)? })
    })
}

/// Whom an addressed text means: for each address the first handle that somebody has who is in
/// the channel, or that a group has, with those of its people who are.
///
/// # Errors
/// [`DbError`] when a statement fails.
pub fn targets(
    tx: &ReadTx<'_>,
    channel: ChannelId,
    addressed: &Addressed,
) -> Result<Vec<Target>, DbError> {
    let mut targets = Vec::new();
    for candidates in &addressed.handles {
        for handle in candidates {
            let target = match holder(tx, handle)? {
                Some(Holder::User(user)) => {
                    members::role(tx, channel, user)?.map(|_| Target::User(user))
                }
                Some(Holder::Group(id)) => match group(tx, id)? {
                    Some(group) => {
                        Some(Target::Group(id, members_among(tx, channel, &group.members)?))
                    }
                    None => None,
                },
                None => None,
            };
            if let Some(target) = target {
                targets.push(target);
                break;
            }
        }
    }
    Ok(targets)
}

/// Those of these people who are in a channel.
///
/// # Errors
/// [`DbError`] when the statement fails.
pub fn members_among(
    tx: &ReadTx<'_>,
    channel: ChannelId,
    users: &[UserId],
) -> Result<Vec<UserId>, DbError> {
    const AMONG: &str = "
        SELECT user FROM members WHERE channel = ?1 AND role IS NOT NULL
          AND user IN (SELECT value FROM rarray(?2))";
    let users = array(users.iter().map(UserId::as_bytes));
    tx.rows(AMONG, params![channel.as_bytes(), users], |row| Ok(UserId::from_bytes(row.get(0)?)))
}

/// What is known of one emoji on a message.
///
/// # Errors
/// [`DbError`] when the statement fails.
pub fn reaction(
    tx: &ReadTx<'_>,
    user: UserId,
    message: MessageId,
    emoji: &Emoji,
) -> Result<ReactionView, DbError> {
    const REACTION: &str = "
        SELECT coalesce(max(emoji = ?2 AND user = ?3), 0), coalesce(max(emoji = ?2), 0),
               count(DISTINCT emoji)
        FROM reactions WHERE message = ?1 AND present = 1";
    let key = params![message.as_bytes(), emoji.as_str(), user.as_bytes()];
    let found = tx.first(REACTION, key, |row| {
        let kinds = size(row.get::<_, i64>(2)?.cast_unsigned());
        Ok(ReactionView { mine: row.get(0)?, present: row.get(1)?, kinds })
    })?;
    Ok(found.unwrap_or(ReactionView { mine: false, present: false, kinds: 0 }))
}

/// What is known of a channel's pins and of this message among them.
///
/// # Errors
/// [`DbError`] when a statement fails.
pub fn pin(tx: &ReadTx<'_>, channel: ChannelId, message: MessageId) -> Result<PinView, DbError> {
    const PINNED: &str = "SELECT 1 FROM pins WHERE message = ?1 AND pinned = 1";
    // A deleted message gives its place back.
    const COUNT: &str = "
        SELECT count(*) FROM pins p JOIN messages m ON m.id = p.message
        WHERE p.channel = ?1 AND p.pinned = 1 AND m.deleted_at IS NULL";
    Ok(PinView {
        pinned: tx.exists(PINNED, [message.as_bytes()])?,
        count: size(tx.number(COUNT, [channel.as_bytes()])?),
    })
}

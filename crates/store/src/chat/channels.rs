//! Conversations: their records, the directory, and direct conversations by their people.

use hearth_domain::id::{ChannelId, UserId};
use hearth_domain::log::PayloadHash;
use hearth_domain::model::{AccountState, Channel, ChannelKind, ChannelRole, Member, Role};
use hearth_domain::permit::{CanManage, Permit, Standing};
use hearth_domain::text::{Name, Topic};
use hearth_domain::time::Timestamp;
use rusqlite::params;

use super::members;
use crate::column::{
    channel_kind_in, channel_role_in, channel_role_opt, count, record, role_in, state_in, time_opt,
};
use crate::commit::Place;
use crate::error::DbError;
use crate::tx::{ReadTx, WriteTx};

/// Names that differ in case only are the same name.
fn name_key(name: &Name) -> String {
    name.as_str().to_lowercase()
}

/// Names an exact set of people, in whatever order they are given.
fn people_key(people: impl IntoIterator<Item = UserId>) -> [u8; 32] {
    let mut people: Vec<UserId> = people.into_iter().collect();
    people.sort_unstable();
    people.dedup();
    let bytes: Vec<u8> = people.iter().flat_map(|user| *user.as_bytes()).collect();
    PayloadHash::of(&bytes).0
}

pub(crate) fn create(
    tx: &mut WriteTx<'_>,
    place: &Place,
    channel: &Channel,
    people: &[Member],
) -> Result<(), DbError> {
    set(tx, place, channel)?;
    if channel.is_direct() {
        let key = people_key(people.iter().map(|member| member.user));
        const KEY: &str = "UPDATE channels SET people_key = ?2 WHERE id = ?1";
        tx.execute(KEY, params![channel.id.as_bytes(), key])?;
    }
    for Member { user, role } in people {
        members::set(tx, place, channel.id, *user, Some(*role))?;
    }
    Ok(())
}

pub(crate) fn set(tx: &mut WriteTx<'_>, place: &Place, channel: &Channel) -> Result<(), DbError> {
    tx.execute(
        "INSERT INTO channels (id, kind, name_key, stamp, record) VALUES (?1, ?2, ?3, ?4, ?5)
         ON CONFLICT (id) DO UPDATE SET kind = excluded.kind, name_key = excluded.name_key,
           stamp = excluded.stamp, record = excluded.record
         WHERE excluded.stamp > stamp",
        params![
            channel.id.as_bytes(),
            channel_kind_in(channel.kind),
            channel.name.as_ref().map(name_key),
            place.stamp.to_bytes(),
            serde_json::to_string(channel)?,
        ],
    )?;
    Ok(())
}

const STANDING: &str = "
        SELECT c.record, m.role
        FROM channels c LEFT JOIN members m ON m.channel = c.id AND m.user = ?2
        WHERE c.id = ?1";

/// A channel and somebody's place in it, to ask for a permit; nothing for an unknown channel.
///
/// # Errors
/// [`DbError`] when the statement fails.
pub fn standing(
    tx: &ReadTx<'_>,
    channel: ChannelId,
    user: UserId,
) -> Result<Option<Standing>, DbError> {
    tx.first(STANDING, [channel.as_bytes(), user.as_bytes()], |row| {
        Ok(Standing { channel: record(row, 0)?, member: channel_role_opt(row, 1)? })
    })
}

const STANDINGS: &str = "
        SELECT c.record, m.role FROM members m JOIN channels c ON c.id = m.channel
        WHERE m.user = ?1 AND m.role IS NOT NULL
        UNION ALL
        SELECT c.record, NULL FROM channels c
        WHERE c.kind = ?2 AND NOT EXISTS (
          SELECT 1 FROM members m WHERE m.channel = c.id AND m.user = ?1 AND m.role IS NOT NULL)";

/// The channels that somebody is in, and the public ones, each with their place in it, to ask what
/// of it they may read.
///
/// # Errors
/// [`DbError`] when the statement fails.
pub fn standings(tx: &ReadTx<'_>, user: UserId) -> Result<Vec<Standing>, DbError> {
    let public = channel_kind_in(ChannelKind::Public);
    tx.rows(STANDINGS, params![user.as_bytes(), public], |row| {
        Ok(Standing { channel: record(row, 0)?, member: channel_role_opt(row, 1)? })
    })
}

const TAKEN: &str = "SELECT 1 FROM channels WHERE name_key = ?1 AND id IS NOT ?2";

/// Whether another channel than `except` has this name.
///
/// # Errors
/// [`DbError`] when the statement fails.
pub fn name_taken(
    tx: &ReadTx<'_>,
    name: &Name,
    except: Option<ChannelId>,
) -> Result<bool, DbError> {
    tx.exists(TAKEN, params![name_key(name), except.as_ref().map(ChannelId::as_bytes)])
}

const DIRECT: &str = "SELECT min(id) FROM channels WHERE people_key = ?1";

/// The direct conversation of exactly these people, the oldest if two boxes opened one each.
///
/// # Errors
/// [`DbError`] when the statement fails.
pub fn direct_of(tx: &ReadTx<'_>, people: &[UserId]) -> Result<Option<ChannelId>, DbError> {
    let key = people_key(people.iter().copied());
    let found = tx.first(DIRECT, [key], |row| row.get::<_, Option<[u8; 16]>>(0))?;
    Ok(found.flatten().map(ChannelId::from_bytes))
}

/// The channel with this name.
///
/// # Errors
/// [`DbError`] when the statement fails.
pub fn by_name(tx: &ReadTx<'_>, name: &Name) -> Result<Option<ChannelId>, DbError> {
    const BY_NAME: &str = "SELECT id FROM channels WHERE name_key = ?1";
    tx.first(BY_NAME, [name_key(name)], |row| Ok(ChannelId::from_bytes(row.get(0)?)))
}

/// The oldest public channel in use, which newcomers are put into.
///
/// # Errors
/// [`DbError`] when the statement fails.
pub fn first_public(tx: &ReadTx<'_>) -> Result<Option<ChannelId>, DbError> {
    const PUBLIC: &str = "SELECT record FROM channels WHERE kind = ?1 ORDER BY id";
    let public = channel_kind_in(ChannelKind::Public);
    let channels: Vec<Channel> = tx.rows(PUBLIC, [public], |row| record(row, 0))?;
    Ok(channels.into_iter().find(|channel| channel.archived_at.is_none()).map(|c| c.id))
}

/// A public channel, as the directory shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listing {
    /// The channel.
    pub channel: Channel,
    /// How many are in it.
    pub member_count: u32,
    /// Whether the one who looks is.
    pub joined: bool,
}

/// The directory of public channels, by name. The permit is the one for
/// [`BrowseChannels`](hearth_domain::permit::OfficeAct::BrowseChannels).
///
/// # Errors
/// [`DbError`] when the statement fails.
pub fn directory(tx: &ReadTx<'_>, permit: &Permit) -> Result<Vec<Listing>, DbError> {
    const DIRECTORY: &str = "
        SELECT c.record,
          (SELECT count(*) FROM members m WHERE m.channel = c.id AND m.role IS NOT NULL),
          EXISTS (SELECT 1 FROM members m
                  WHERE m.channel = c.id AND m.user = ?2 AND m.role IS NOT NULL)
        FROM channels c WHERE c.kind = ?1 ORDER BY c.name_key";
    let public = channel_kind_in(ChannelKind::Public);
    tx.rows(DIRECTORY, params![public, permit.actor().as_bytes()], |row| {
        Ok(Listing { channel: record(row, 0)?, member_count: count(row, 1)?, joined: row.get(2)? })
    })
}

/// A channel as those who run the office see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Overview {
    /// The channel.
    pub channel: Channel,
    /// Who runs it.
    pub managers: Vec<UserId>,
    /// How many are in it.
    pub member_count: u32,
    /// Messages in it, without answers in threads.
    pub message_count: u64,
    /// When the last of them was written.
    pub last_at: Option<Timestamp>,
    /// Whether the one who looks is in it.
    pub joined: bool,
    /// Whether it is private and nobody who runs it can sign in.
    pub orphaned: bool,
}

/// Every channel with a name, also private and archived ones, by name. A private one that the one who
/// looks is not in shows its name, and never what it is about.
///
/// # Errors
/// [`DbError`] when a statement fails.
pub fn overview(tx: &ReadTx<'_>, permit: &CanManage) -> Result<Vec<Overview>, DbError> {
    const OVERVIEW: &str = "
        SELECT c.record,
          (SELECT count(*) FROM members m WHERE m.channel = c.id AND m.role IS NOT NULL),
          (SELECT count(*) FROM messages s WHERE s.channel = c.id AND s.root IS NULL),
          (SELECT s.created_at FROM messages s WHERE s.channel = c.id AND s.root IS NULL
           ORDER BY s.seq DESC LIMIT 1),
          EXISTS (SELECT 1 FROM members m
                  WHERE m.channel = c.id AND m.user = ?1 AND m.role IS NOT NULL),
          c.kind = ?2 AND NOT EXISTS (
            SELECT 1 FROM members m JOIN users u ON u.id = m.user
            WHERE m.channel = c.id AND m.role = ?3 AND u.state = ?4 AND u.role > ?5)
        FROM channels c WHERE c.name_key IS NOT NULL ORDER BY c.name_key";
    const MANAGERS: &str =
        "SELECT user FROM members WHERE channel = ?1 AND role = ?2 ORDER BY user";
    let user = permit.user();
    let key = params![
        user.as_bytes(),
        channel_kind_in(ChannelKind::Private),
        channel_role_in(ChannelRole::Manager),
        state_in(AccountState::Active),
        role_in(Role::Guest),
    ];
    let mut overview = tx.rows(OVERVIEW, key, |row| {
        Ok(Overview {
            channel: record(row, 0)?,
            managers: Vec::new(),
            member_count: count(row, 1)?,
            message_count: row.get::<_, i64>(2)?.cast_unsigned(),
            last_at: time_opt(row, 3)?,
            joined: row.get(4)?,
            orphaned: row.get(5)?,
        })
    })?;
    for one in &mut overview {
        let key = params![one.channel.id.as_bytes(), channel_role_in(ChannelRole::Manager)];
        one.managers = tx.rows(MANAGERS, key, |row| Ok(UserId::from_bytes(row.get(0)?)))?;
        if one.channel.kind == ChannelKind::Private && !one.joined {
            one.channel.topic = Topic::empty();
        }
    }
    Ok(overview)
}

/// Statements that run often; see `crate::plans`.
#[cfg(test)]
pub(crate) const HOT: &[&str] = &[STANDING, STANDINGS, TAKEN, DIRECT];

//! How values of the domain lie in columns. Numbers here are on disk: they are never changed.

use hearth_domain::id::Seq;
use hearth_domain::model::{AccountState, ChannelKind, ChannelRole, NotifyLevel, Role, UserKind};
use hearth_domain::time::Timestamp;
use rusqlite::Row;
use rusqlite::types::{FromSqlError, Type};

/// A stored value this build can't read.
pub(crate) fn unreadable(
    column: usize,
    source: impl std::error::Error + Send + Sync + 'static,
) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(column, Type::Text, Box::new(source))
}

pub(crate) fn unknown(column: usize, number: u8) -> rusqlite::Error {
    let source = FromSqlError::OutOfRange(number.into());
    rusqlite::Error::FromSqlConversionFailure(column, Type::Integer, Box::new(source))
}

/// SQLite's integers are signed; ours never reach the sign bit.
pub(crate) const fn int(value: u64) -> i64 {
    value.cast_signed()
}

pub(crate) const fn seq_in(seq: Seq) -> i64 {
    int(seq.0)
}

pub(crate) const fn time_in(at: Timestamp) -> i64 {
    int(at.as_ms())
}

pub(crate) fn seq(row: &Row<'_>, column: usize) -> rusqlite::Result<Seq> {
    Ok(Seq(row.get::<_, i64>(column)?.cast_unsigned()))
}

pub(crate) fn time(row: &Row<'_>, column: usize) -> rusqlite::Result<Timestamp> {
    Ok(Timestamp::from_ms(row.get::<_, i64>(column)?.cast_unsigned()))
}

pub(crate) fn time_opt(row: &Row<'_>, column: usize) -> rusqlite::Result<Option<Timestamp>> {
    let ms: Option<i64> = row.get(column)?;
    Ok(ms.map(|ms| Timestamp::from_ms(ms.cast_unsigned())))
}

pub(crate) fn count(row: &Row<'_>, column: usize) -> rusqlite::Result<u32> {
    row.get(column)
}

/// A text that was parsed before it was stored.
pub(crate) fn text<T>(row: &Row<'_>, column: usize) -> rusqlite::Result<T>
where
    T: TryFrom<String>,
    T::Error: std::error::Error + Send + Sync + 'static,
{
    T::try_from(row.get(column)?).map_err(|source| unreadable(column, source))
}

/// A record stored as JSON.
pub(crate) fn record<T>(row: &Row<'_>, column: usize) -> rusqlite::Result<T>
where
    T: for<'de> serde::Deserialize<'de>,
{
    let json = row.get_ref(column)?.as_str()?;
    serde_json::from_str(json).map_err(|source| unreadable(column, source))
}

/// A record stored as JSON, its default where there is none.
pub(crate) fn record_or_default<T>(row: &Row<'_>, column: usize) -> rusqlite::Result<T>
where
    T: Default + for<'de> serde::Deserialize<'de>,
{
    match row.get_ref(column)?.as_str_or_null()? {
        Some(json) => serde_json::from_str(json).map_err(|source| unreadable(column, source)),
        None => Ok(T::default()),
    }
}

/// A record stored as JSON, nothing where there is none.
pub(crate) fn record_opt<T>(row: &Row<'_>, column: usize) -> rusqlite::Result<Option<T>>
where
    T: for<'de> serde::Deserialize<'de>,
{
    match row.get_ref(column)?.as_str_or_null()? {
        Some(_) => record(row, column).map(Some),
        None => Ok(None),
    }
}

macro_rules! numbers {
    ($($to:ident $from:ident $type:ident { $($variant:ident = $number:literal),+ })+) => {$(
        pub(crate) const fn $to(value: $type) -> u8 {
            match value { $($type::$variant => $number),+ }
        }

        pub(crate) fn $from(row: &Row<'_>, column: usize) -> rusqlite::Result<$type> {
            match row.get::<_, u8>(column)? {
                $($number => Ok($type::$variant),)+
                other => Err(unknown(column, other)),
            }
        }
    )+};
}

numbers! {
    role_in role Role { Guest = 0, Member = 1, Admin = 2, Owner = 3 }
    user_kind_in user_kind UserKind { Person = 0, Bot = 1 }
    state_in state AccountState { Active = 0, Disabled = 1 }
    channel_role_in channel_role ChannelRole { Member = 0, Manager = 1 }
    notify_in notify NotifyLevel { All = 0, Mentions = 1, Nothing = 2, Quiet = 3 }
}

pub(crate) const fn channel_kind_in(kind: ChannelKind) -> u8 {
    match kind {
        ChannelKind::Public => 0,
        ChannelKind::Private => 1,
        ChannelKind::Direct => 2,
        ChannelKind::Group => 3,
    }
}

/// A channel role where there may be none.
pub(crate) fn channel_role_opt(
    row: &Row<'_>,
    column: usize,
) -> rusqlite::Result<Option<ChannelRole>> {
    match row.get_ref(column)? {
        rusqlite::types::ValueRef::Null => Ok(None),
        _ => channel_role(row, column).map(Some),
    }
}

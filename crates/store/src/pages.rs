//! Pages that messages link to, as they were when somebody last looked: so that a link that many
//! write is looked at once. Not part of the log, and worth nothing but time.

use hearth_domain::card::Page;
use hearth_domain::time::Timestamp;
use rusqlite::params;

use crate::column::{record_opt, time_in};
use crate::error::DbError;
use crate::tx::{ReadTx, WriteTx};

/// Pages that are kept; those whose time is up soonest go first. With their words they are some
/// hundred bytes each.
const PAGES_MAX: u32 = 10_000;

/// The digest of a page's address, without its fragment.
pub type PageKey = [u8; 32];

const FIND: &str = "SELECT record FROM pages WHERE url = ?1 AND expires_at > ?2";

/// What is remembered of a page: nothing if it has to be looked at, `Some(None)` if it is known to
/// have no card.
///
/// # Errors
/// [`DbError`] when the statement fails.
pub fn find(
    tx: &ReadTx<'_>,
    key: &PageKey,
    now: Timestamp,
) -> Result<Option<Option<Page>>, DbError> {
    tx.first(FIND, params![key, time_in(now)], |row| record_opt(row, 0))
}

/// Remembers a page for a while.
///
/// # Errors
/// [`DbError`] when the statement fails.
pub fn remember(
    tx: &mut WriteTx<'_>,
    key: &PageKey,
    page: Option<&Page>,
    until: Timestamp,
) -> Result<(), DbError> {
    let record = page.map(serde_json::to_string).transpose()?;
    tx.execute(
        "INSERT INTO pages (url, expires_at, record) VALUES (?1, ?2, ?3)
         ON CONFLICT (url) DO UPDATE SET expires_at = excluded.expires_at,
           record = excluded.record",
        params![key, time_in(until), record],
    )?;
    Ok(())
}

/// Forgets what is out of date, and what is too many.
///
/// # Errors
/// [`DbError`] when a statement fails.
pub fn purge(tx: &mut WriteTx<'_>) -> Result<(), DbError> {
    let now = time_in(tx.now());
    tx.execute("DELETE FROM pages WHERE expires_at <= ?1", [now])?;
    tx.execute(
        "DELETE FROM pages WHERE url IN (
           SELECT url FROM pages ORDER BY expires_at DESC LIMIT -1 OFFSET ?1)",
        [PAGES_MAX],
    )?;
    Ok(())
}

/// Statements that run often; see `crate::plans`.
#[cfg(test)]
pub(crate) const HOT: &[&str] = &[FIND];

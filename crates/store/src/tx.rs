//! What closures get: a consistent snapshot to read, or the one transaction that writes.
//!
//! All statements go through here. They are prepared once per connection, and a failure that ends
//! more than the statement is remembered even if the closure swallows the error.

use std::cell::Cell;
use std::sync::Arc;

use hearth_domain::id::Seq;
use hearth_domain::time::Timestamp;
use rusqlite::{Connection, Params, Row};

use crate::commit::{Committed, Tail};
use crate::error::{DbError, Failure};

/// A consistent snapshot of the office. Keep it short: it holds back the checkpointer.
pub struct ReadTx<'c> {
    conn: &'c Connection,
    failure: Cell<Option<Failure>>,
}

impl<'c> ReadTx<'c> {
    pub(crate) const fn new(conn: &'c Connection) -> Self {
        Self { conn, failure: Cell::new(None) }
    }

    /// The first failure that concerns more than one statement.
    pub(crate) const fn failure(&self) -> Option<Failure> {
        self.failure.get()
    }

    pub(crate) const fn conn(&self) -> &'c Connection {
        self.conn
    }

    pub(crate) fn failed(&self, sql: &'static str, source: rusqlite::Error) -> DbError {
        if let Some(failure) = Failure::of(&source) {
            self.failure.set(self.failure.get().or(Some(failure)));
        }
        DbError::Statement { sql, source }
    }

    /// The rows of a query.
    pub(crate) fn rows<T>(
        &self,
        sql: &'static str,
        params: impl Params,
        read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Vec<T>, DbError> {
        let run = || -> rusqlite::Result<Vec<T>> {
            let mut statement = self.conn.prepare_cached(sql)?;
            statement.query_map(params, read)?.collect()
        };
        run().map_err(|source| self.failed(sql, source))
    }

    /// The first row of a query, if there is one.
    pub(crate) fn first<T>(
        &self,
        sql: &'static str,
        params: impl Params,
        read: impl FnOnce(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Option<T>, DbError> {
        let run = || {
            let mut statement = self.conn.prepare_cached(sql)?;
            let mut rows = statement.query(params)?;
            rows.next()?.map(read).transpose()
        };
        run().map_err(|source| self.failed(sql, source))
    }

    /// The single number a query gives.
    pub(crate) fn number(&self, sql: &'static str, params: impl Params) -> Result<u64, DbError> {
        let number = self.first(sql, params, |row| row.get::<_, Option<i64>>(0))?;
        Ok(number.flatten().map_or(0, i64::cast_unsigned))
    }

    /// Whether a query gives any row.
    pub(crate) fn exists(&self, sql: &'static str, params: impl Params) -> Result<bool, DbError> {
        Ok(self.first(sql, params, |_| Ok(()))?.is_some())
    }

    /// The end of the log in this snapshot.
    ///
    /// # Errors
    /// [`DbError`] when the statement fails.
    pub fn head(&self) -> Result<Seq, DbError> {
        self.number("SELECT max(seq) FROM log", []).map(Seq)
    }
}

/// How a closure's changes can be undone without undoing the batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Undo {
    /// It is alone in the transaction: by rolling all of it back.
    Transaction,
    /// It shares the transaction and has changed nothing yet.
    Unmarked,
    /// It shares the transaction; a savepoint stands before its first change.
    Savepoint,
}

/// The one transaction that writes. What a closure did is on disk when its `write` returns `Ok`,
/// and undone when it returns `Err`.
pub struct WriteTx<'c> {
    read: ReadTx<'c>,
    pub(crate) now: Timestamp,
    pub(crate) tail: &'c mut Tail,
    pub(crate) commits: &'c mut Vec<Arc<Committed>>,
    pub(crate) undo: Undo,
    /// Whether any row may have changed.
    pub(crate) changed: bool,
}

impl<'c> std::ops::Deref for WriteTx<'c> {
    type Target = ReadTx<'c>;

    fn deref(&self) -> &ReadTx<'c> {
        &self.read
    }
}

impl<'c> WriteTx<'c> {
    pub(crate) const fn new(
        conn: &'c Connection,
        now: Timestamp,
        tail: &'c mut Tail,
        commits: &'c mut Vec<Arc<Committed>>,
        undo: Undo,
    ) -> Self {
        Self { read: ReadTx::new(conn), now, tail, commits, undo, changed: false }
    }

    /// The time given with this write.
    #[must_use]
    pub const fn now(&self) -> Timestamp {
        self.now
    }

    /// Changes rows and says how many.
    pub(crate) fn execute(
        &mut self,
        sql: &'static str,
        params: impl Params,
    ) -> Result<usize, DbError> {
        self.mark()?;
        let run = || self.conn.prepare_cached(sql)?.execute(params);
        run().map_err(|source| self.failed(sql, source))
    }

    /// Puts the savepoint before the first change, so that a closure that only reads, or says no
    /// before it changed anything, costs none.
    pub(crate) fn mark(&mut self) -> Result<(), DbError> {
        if self.undo == Undo::Unmarked {
            const SAVEPOINT: &str = "SAVEPOINT job";
            let run = || self.conn.prepare_cached(SAVEPOINT)?.execute([]);
            run().map_err(|source| self.failed(SAVEPOINT, source))?;
            self.undo = Undo::Savepoint;
        }
        self.changed = true;
        Ok(())
    }

    pub(crate) fn limit_pages(&self, pages: u32) -> Result<(), DbError> {
        const LIMIT: &str = "PRAGMA max_page_count";
        let set = self.conn.pragma_update(None, "max_page_count", pages);
        set.map_err(|source| self.failed(LIMIT, source))
    }
}

//! The audit log: written in the transaction of the act, read by those who run the office.
//!
//! It only grows: there is no function that changes a row, and the database refuses it. Old rows go
//! when there are more than [`ROWS_MAX`]; sign-ins that failed, which strangers cause, have a smaller
//! share of their own ([`SIGN_INS_MAX`]), so that nobody can push out what an admin did.

use hearth_domain::audit::{Act, By, Change, Deed, Hand, Subject};
use hearth_domain::id::UserId;
use hearth_domain::permit::CanManage;
use hearth_domain::time::Timestamp;
use rusqlite::{Row, params};

use crate::column::{int, record, time, time_in, unknown};
use crate::error::DbError;
use crate::tx::{ReadTx, WriteTx};

/// Rows kept, besides those of sign-ins.
pub const ROWS_MAX: u64 = 100_000;
/// Rows of sign-ins kept.
pub const SIGN_INS_MAX: u64 = 5_000;

/// One row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its number; later ones have higher numbers.
    pub id: u64,
    /// When.
    pub at: Timestamp,
    /// Who, and from where.
    pub by: By,
    /// The act's code; a later version may have written one that this build does not know.
    pub act: String,
    /// About what.
    pub subject: Subject,
    /// What changed.
    pub changes: Vec<Change>,
}

/// Which rows.
#[derive(Clone, Debug, Default)]
pub struct Ask {
    /// Rows before this number.
    pub before: Option<u64>,
    /// Of one area.
    pub area: Option<String>,
    /// By one person.
    pub by: Option<UserId>,
    /// How many.
    pub limit: u32,
}

const fn hand_in(hand: Hand) -> u8 {
    match hand {
        Hand::Person { .. } => 0,
        Hand::Operator => 1,
        Hand::Nobody => 2,
    }
}

impl WriteTx<'_> {
    /// Notes who did what, in the transaction in which it is done.
    ///
    /// # Errors
    /// [`DbError`] when the statement fails; the act is then undone with it.
    pub fn audit(&mut self, by: &By, deed: &Deed) -> Result<(), DbError> {
        const NOTE: &str = "
            INSERT INTO audit (at, hand, actor, address, area, act, subject_kind, subject_id,
                               subject_name, changes)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)";
        let actor = match &by.hand {
            Hand::Person { id } => Some(id.as_bytes().as_slice()),
            Hand::Operator | Hand::Nobody => None,
        };
        let row = params![
            time_in(self.now()),
            hand_in(by.hand),
            actor,
            by.address,
            deed.act.area(),
            deed.act.code(),
            deed.subject.kind,
            deed.subject.id,
            deed.subject.name,
            serde_json::to_string(&deed.changes)?,
        ];
        self.execute(NOTE, row).map(drop)
    }
}

fn entry(row: &Row<'_>) -> rusqlite::Result<Entry> {
    let hand = match (row.get::<_, u8>(2)?, row.get::<_, Option<[u8; 16]>>(3)?) {
        (0, Some(id)) => Hand::Person { id: UserId::from_bytes(id) },
        (1, _) => Hand::Operator,
        (2, _) => Hand::Nobody,
        (other, _) => return Err(unknown(2, other)),
    };
    Ok(Entry {
        id: row.get::<_, i64>(0)?.cast_unsigned(),
        at: time(row, 1)?,
        by: By { hand, address: row.get(4)? },
        act: row.get(5)?,
        subject: Subject { kind: row.get(6)?, id: row.get(7)?, name: row.get(8)? },
        changes: record(row, 9)?,
    })
}

/// A page, the latest first.
///
/// # Errors
/// [`DbError`] when the statement fails.
pub fn page(tx: &ReadTx<'_>, _: &CanManage, ask: &Ask) -> Result<Vec<Entry>, DbError> {
    const PAGE: &str = "
        SELECT id, at, hand, actor, address, act, subject_kind, subject_id, subject_name, changes
        FROM audit
        WHERE id < ?1 AND (?2 IS NULL OR area = ?2) AND (?3 IS NULL OR actor = ?3)
        ORDER BY id DESC LIMIT ?4";
    let before = ask.before.map_or(i64::MAX, int);
    let by = ask.by.as_ref().map(UserId::as_bytes);
    tx.rows(PAGE, params![before, ask.area, by, ask.limit], entry)
}

/// When something was last done, by whomever.
///
/// # Errors
/// [`DbError`] when the statement fails.
pub fn last(tx: &ReadTx<'_>, act: Act) -> Result<Option<Timestamp>, DbError> {
    const LAST: &str = "
        SELECT at FROM audit WHERE area = ?1 AND act = ?2 ORDER BY id DESC LIMIT 1";
    tx.first(LAST, [act.area(), act.code()], |row| time(row, 0))
}

/// Removes the oldest rows beyond what is kept; how many.
///
/// # Errors
/// [`DbError`] when a statement fails.
pub fn purge(tx: &mut WriteTx<'_>) -> Result<usize, DbError> {
    purge_beyond(tx, ROWS_MAX, SIGN_INS_MAX)
}

fn purge_beyond(tx: &mut WriteTx<'_>, rows: u64, sign_ins: u64) -> Result<usize, DbError> {
    const SIGN_INS: &str = "
        DELETE FROM audit WHERE area = ?1 AND id <= (
          SELECT id FROM audit WHERE area = ?1 ORDER BY id DESC LIMIT 1 OFFSET ?2)";
    const OTHERS: &str = "
        DELETE FROM audit WHERE area IS NOT ?1 AND id <= (
          SELECT id FROM audit WHERE area IS NOT ?1 ORDER BY id DESC LIMIT 1 OFFSET ?2)";
    let area = Act::SignInBlocked.area();
    let gone = tx.execute(SIGN_INS, params![area, int(sign_ins)])?;
    Ok(gone + tx.execute(OTHERS, params![area, int(rows)])?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Store, StoreOptions};
    use hearth_domain::model::{AccountState, Role};
    use hearth_domain::permit::{self, Actor};
    use hearth_domain::scopes::Grant;

    #[tokio::test]
    async fn strangers_push_out_strangers_only() {
        let folder = tempfile::tempdir().unwrap();
        let now = Timestamp::from_ms(1_790_000_000_000);
        let options = StoreOptions::new(folder.path().join("hearth.db"), now, [7; 10]);
        let store = Store::open(&options).unwrap();
        let noted = store.write(now, |tx| {
            let by = By { hand: Hand::Nobody, address: "192.0.2.7".to_owned() };
            for act in [Act::OfficeFounded, Act::UserRole, Act::OfficeRenamed] {
                tx.audit(&by, &Deed::new(act, Subject::default()))?;
                for _ in 0..4 {
                    tx.audit(&by, &Deed::new(Act::SignInBlocked, Subject::default()))?;
                }
            }
            purge_beyond(tx, 2, 3)
        });
        assert_eq!(noted.await.unwrap(), 10);
        let actor = Actor {
            id: UserId::from_bytes([1; 16]),
            role: Role::Admin,
            state: AccountState::Active,
            grant: Grant::Whole,
        };
        let permit = permit::manage(&actor).unwrap();
        let ask = Ask { limit: 99, ..Ask::default() };
        let kept = store.read(move |tx| page(tx, &permit, &ask)).await.unwrap();
        let acts: Vec<&str> = kept.iter().map(|entry| entry.act.as_str()).collect();
        let blocked = "signin.blocked";
        assert_eq!(acts, [blocked, blocked, blocked, "office.renamed", "user.role"]);
        store.close().await;
    }
}

//! Schema versions. Each migration runs in one transaction; `user_version` says which have.
//!
//! A migration that is released is never edited: add the next file and list it here. Before a
//! database with content is migrated, a copy is made beside it: `<file>.schema-<version>`.

use std::path::{Path, PathBuf};

use rusqlite::{Connection, TransactionBehavior};

use crate::error::OpenError;
use crate::files;
use crate::journal;

/// One step of the schema.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Migration {
    pub(crate) name: &'static str,
    pub(crate) sql: &'static str,
}

/// All steps, in order. The schema's version is how many have run.
pub(crate) const MIGRATIONS: &[Migration] = &[
    Migration { name: "0001_ground", sql: include_str!("../migrations/0001_ground.sql") },
    Migration { name: "0002_reading", sql: include_str!("../migrations/0002_reading.sql") },
    Migration {
        name: "0003_integrations",
        sql: include_str!("../migrations/0003_integrations.sql"),
    },
    Migration { name: "0004_push", sql: include_str!("../migrations/0004_push.sql") },
    Migration { name: "0005_files", sql: include_str!("../migrations/0005_files.sql") },
    Migration { name: "0006_office", sql: include_str!("../migrations/0006_office.sql") },
    Migration { name: "0007_cards", sql: include_str!("../migrations/0007_cards.sql") },
    Migration { name: "0008_machine", sql: include_str!("../migrations/0008_machine.sql") },
    Migration {
        name: "0009_machine_seconds",
        sql: include_str!("../migrations/0009_machine_seconds.sql"),
    },
    Migration { name: "0010_setup_tries", sql: include_str!("../migrations/0010_setup_tries.sql") },
];

/// The schema that this build makes.
#[expect(clippy::cast_possible_truncation, reason = "there are few migrations")]
pub(crate) const KNOWN: u32 = MIGRATIONS.len() as u32;

/// How many of the steps have run.
pub(crate) fn version(conn: &Connection) -> rusqlite::Result<u32> {
    conn.query_row("PRAGMA user_version", [], |row| row.get(0))
}

/// Refuses a database that a newer build migrated.
pub(crate) fn refuse_the_future(
    conn: &Connection,
    path: &Path,
    migrations: &[Migration],
) -> Result<u32, OpenError> {
    let found = version(conn).map_err(|source| OpenError::of(path, source))?;
    let known = u32::try_from(migrations.len()).unwrap_or(u32::MAX);
    if found > known {
        return Err(OpenError::FromTheFuture { path: path.to_owned(), found, known });
    }
    Ok(found)
}

/// Brings the schema up to date.
pub(crate) fn migrate(
    conn: &mut Connection,
    path: &Path,
    migrations: &[Migration],
) -> Result<(), OpenError> {
    let found = refuse_the_future(conn, path, migrations)?;
    let done = usize::try_from(found).unwrap_or(usize::MAX);
    if found > 0 && done < migrations.len() {
        snapshot(conn, path, found)?;
    }
    for (index, migration) in migrations.iter().enumerate().skip(done) {
        run(conn, *migration, index + 1)
            .map_err(|source| OpenError::Migration { name: migration.name, source })?;
        let message_id = journal::DATABASE_MIGRATED;
        tracing::info!(message_id, migration = migration.name, "database migrated");
    }
    Ok(())
}

fn run(conn: &mut Connection, migration: Migration, version: usize) -> rusqlite::Result<()> {
    let tx = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
    tx.execute_batch(migration.sql)?;
    tx.pragma_update(None, "user_version", i64::try_from(version).unwrap_or(i64::MAX))?;
    tx.commit()
}

/// The copy made before the first migration away from `version`.
pub(crate) fn snapshot_path(path: &Path, version: u32) -> PathBuf {
    files::beside(path, &format!("schema-{version}"))
}

fn snapshot(conn: &Connection, path: &Path, version: u32) -> Result<(), OpenError> {
    let target = snapshot_path(path, version);
    let partial = files::beside(&target, "partial");
    let failed = |doing, source| OpenError::File { doing, path: target.clone(), source };
    files::remove_if_there(&partial).map_err(|source| failed("removing", source))?;
    let name = partial.to_string_lossy();
    conn.execute("VACUUM INTO ?1", [name.as_ref()])
        .map_err(|source| OpenError::of(path, source))?;
    files::sync(&partial).map_err(|source| failed("writing", source))?;
    std::fs::rename(&partial, &target).map_err(|source| failed("naming", source))?;
    files::sync_folder(&target).map_err(|source| failed("writing", source))?;
    let (message_id, snapshot) = (journal::DATABASE_COPIED, target.display());
    tracing::info!(message_id, %snapshot, "copied the database before its migration");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIRST: Migration = Migration { name: "first", sql: "CREATE TABLE a (x) STRICT_TYPO" };
    const GOOD: Migration = Migration { name: "good", sql: "CREATE TABLE a (x INTEGER) STRICT" };
    const NEXT: Migration = Migration { name: "next", sql: "ALTER TABLE a ADD COLUMN y INTEGER" };

    fn open(folder: &tempfile::TempDir) -> (Connection, PathBuf) {
        let path = folder.path().join("hearth.db");
        (Connection::open(&path).unwrap(), path)
    }

    #[test]
    fn a_failed_migration_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let (mut conn, path) = open(&folder);
        let error = migrate(&mut conn, &path, &[FIRST]).unwrap_err();
        assert!(matches!(error, OpenError::Migration { name: "first", .. }));
        assert_eq!(version(&conn).unwrap(), 0);
    }

    #[test]
    fn a_snapshot_is_made_before_a_database_with_content_changes() {
        let folder = tempfile::tempdir().unwrap();
        let (mut conn, path) = open(&folder);
        migrate(&mut conn, &path, &[GOOD]).unwrap();
        assert!(!snapshot_path(&path, 0).exists());
        conn.execute("INSERT INTO a VALUES (7)", []).unwrap();
        migrate(&mut conn, &path, &[GOOD, NEXT]).unwrap();
        assert_eq!(version(&conn).unwrap(), 2);
        let snapshot = Connection::open(snapshot_path(&path, 1)).unwrap();
        assert_eq!(version(&snapshot).unwrap(), 1);
        let kept: i64 = snapshot.query_row("SELECT x FROM a", [], |row| row.get(0)).unwrap();
        assert_eq!(kept, 7);
    }

    #[test]
    fn the_future_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let (mut conn, path) = open(&folder);
        conn.pragma_update(None, "user_version", 9).unwrap();
        let error = migrate(&mut conn, &path, &[GOOD]).unwrap_err();
        assert!(matches!(error, OpenError::FromTheFuture { found: 9, known: 1, .. }));
    }
}

//! The way back of the database, when an older program meets a newer schema.
//!
//! | what is known | what happens |
//! |---|---|
//! | nobody was let in since the schema changed, and the copy from before ends at the same event | the copy is put back: nothing is lost, nobody notices |
//! | somebody who runs the office asked to go back | the copy is put back as a backup is; what was written since stays in `hearth.db.before-restore` |
//! | neither | the program refuses to start, with exit code 78 and what to do |

use std::path::Path;

use anyhow::Context;
use hearth_domain::time::Timestamp;
use hearth_store::{SCHEMA, backup, open};
use serde::{Deserialize, Serialize};

use super::trial::Doors;
use crate::data_dir::{DataDir, write_private};

/// Name of the consent in the data folder.
const CONSENT: &str = "give-back.json";

/// Somebody agreed to lose what is written after the schema changed to this.
#[derive(Debug, Serialize, Deserialize)]
struct Consent {
    schema: u32,
}

/// Notes that going back from the present schema is wanted, whatever was written since.
///
/// # Errors
/// As the operating system says.
pub fn consent(data: &Path) -> std::io::Result<()> {
    let consent = serde_json::to_vec(&Consent { schema: SCHEMA }).map_err(std::io::Error::other)?;
    write_private(&data.join(CONSENT), &consent)
}

/// Takes back what [`consent`] noted; that there is nothing is fine.
///
/// # Errors
/// As the operating system says.
pub fn withdraw(data: &Path) -> std::io::Result<()> {
    match std::fs::remove_file(data.join(CONSENT)) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// Puts the database back to this program's schema where that is right. Call it before the store is
/// opened.
///
/// # Errors
/// When it should have been put back and could not; the newer database is then in place.
pub fn put_back(data: &DataDir, now: Timestamp) -> anyhow::Result<()> {
    let database = data.database();
    let found = open::schema_of(&database)?.unwrap_or(0);
    if found <= SCHEMA {
        return Ok(());
    }
    let copy = open::copy_of_schema(&database, SCHEMA);
    if !copy.exists() {
        return Ok(());
    }
    let unseen = Doors::last(data.path()).is_some_and(|doors| doors.schema <= SCHEMA);
    if unseen && backup::same_end(&copy, &database)? {
        backup::undo_migration(&copy, &database)
            .context("put the database back to before its schema changed")?;
        tracing::warn!(
            found,
            known = SCHEMA,
            "nobody had used the newer database: it was put back"
        );
    } else if consented(data.path()) == Some(found) {
        backup::restore(&copy, &database, now)
            .context("put the database back to before its schema changed")?;
        withdraw(data.path())?;
        tracing::warn!(found, known = SCHEMA, "the database was put back, as somebody asked");
    }
    Ok(())
}

fn consented(data: &Path) -> Option<u32> {
    let bytes = std::fs::read(data.join(CONSENT)).ok()?;
    serde_json::from_slice::<Consent>(&bytes).ok().map(|consent| consent.schema)
}

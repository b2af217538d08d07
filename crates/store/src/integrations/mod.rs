//! Bots, webhooks and slash commands: what is kept of them beside the log. Nothing here leaves the
//! box, and none of these types can be serialised.

pub mod bots;
pub mod commands;
pub mod incoming;
pub mod outgoing;

use hearth_domain::decide::integration::HookProblem;
use hearth_domain::id::UserId;
use hearth_domain::text::Name;
use hearth_domain::time::Timestamp;
use rusqlite::Row;

use crate::column::{record_opt, text, time, time_opt};

/// What a receiver and the box both know. It is kept as it is, because it signs.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct KeptSecret(pub [u8; 32]);

impl std::fmt::Debug for KeptSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("KeptSecret(…)")
    }
}

/// What bots, webhooks and commands have in common.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Made {
    /// The account that writes for it.
    pub bot: UserId,
    /// What it is called.
    pub name: Name,
    /// Whether it works.
    pub enabled: bool,
    /// Who made it.
    pub created_by: UserId,
    /// When.
    pub created_at: Timestamp,
    /// When it last worked.
    pub used_at: Option<Timestamp>,
    /// What went wrong the last time; nothing if nothing did.
    pub problem: Option<HookProblem>,
}

/// The columns of [`Made`] in the order in which every statement here reads them first.
macro_rules! made_columns {
    () => {
        "bot, name, enabled, created_by, created_at, used_at, problem"
    };
}
use made_columns;

/// Columns read by [`made`].
const MADE: usize = 7;

fn made(row: &Row<'_>) -> rusqlite::Result<Made> {
    Ok(Made {
        bot: UserId::from_bytes(row.get(0)?),
        name: text(row, 1)?,
        enabled: row.get(2)?,
        created_by: UserId::from_bytes(row.get(3)?),
        created_at: time(row, 4)?,
        used_at: time_opt(row, 5)?,
        problem: record_opt(row, 6)?,
    })
}

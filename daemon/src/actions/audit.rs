//! The audit log: who asks, how a change is noted with its act, and how it is read.
//!
//! An action that is audited takes a [`Doer`]. One that changes the log of events calls
//! [`change_audited`]; one that writes its own rows calls `tx.audit(&doer.by, &deed)` in its
//! transaction. Nothing that was refused, and nothing that changed nothing, is noted.

use std::net::IpAddr;

use hearth_domain::audit::{By, Deed, Hand};
use hearth_domain::event::{Decided, Happened};
use hearth_domain::id::UserId;
use hearth_domain::permit::{self, Actor};
use hearth_store::{WriteTx, audit};
use hearth_wire::admin::{AuditEntry, AuditPage, AuditQuery};

use super::{ActionError, ActionResult, actor, commit, look};
use crate::app::App;

/// Entries in one page when the client does not say.
const PAGE_DEFAULT: u32 = 50;
/// Entries in one page.
const PAGE_MAX: u32 = 200;
/// Entries that are read at once for a file.
const EXPORT_PAGE: u32 = 1_000;
/// Longest area that is looked for, in bytes.
const AREA_BYTES_MAX: usize = 32;

/// Who asks for something that is audited.
#[derive(Clone, Debug)]
pub struct Doer {
    /// Whose rights count.
    pub user: UserId,
    /// Who is named, and from where.
    pub by: By,
}

impl Doer {
    /// Somebody who is signed in.
    #[must_use]
    pub fn person(user: UserId, address: IpAddr) -> Self {
        let address = address.to_canonical().to_string();
        Self { user, by: By { hand: Hand::Person { id: user }, address } }
    }

    /// The operator at the box, with the rights of an owner.
    #[must_use]
    pub const fn operator(owner: UserId) -> Self {
        Self { user: owner, by: by_operator() }
    }
}

/// The operator at the box.
#[must_use]
pub const fn by_operator() -> By {
    By { hand: Hand::Operator, address: String::new() }
}

/// A value as it is called in the interface: `admin`, `disabled`, `public`.
pub(super) fn word(value: impl serde::Serialize) -> String {
    let word = serde_json::to_value(value).ok();
    word.and_then(|word| word.as_str().map(str::to_owned)).unwrap_or_default()
}

/// Somebody before signing in.
pub(super) fn by_nobody(address: IpAddr) -> By {
    By { hand: Hand::Nobody, address: address.to_canonical().to_string() }
}

/// As [`super::change`], and notes what was done in the same transaction.
///
/// # Errors
/// What `work` refused, or why the store could not.
pub async fn change_audited<W>(app: &App, doer: &Doer, work: W) -> ActionResult<Vec<Happened>>
where
    W: FnOnce(&WriteTx<'_>, &Actor) -> ActionResult<(Vec<Decided>, Deed)> + Send + 'static,
{
    let now = app.clock.now();
    let Doer { user, by } = doer.clone();
    let done = app.store.write(now, move |tx| {
        let actor = actor(tx, user)?;
        let (decided, deed) = work(tx, &actor)?;
        let happened = commit(tx, decided)?;
        if !happened.is_empty() {
            tx.audit(&by, &deed)?;
        }
        Ok::<_, ActionError>(happened)
    });
    Ok(done.await?)
}

/// Notes something that was done outside the database.
///
/// # Errors
/// When the store can't be used.
pub async fn note(app: &App, by: By, deed: Deed) -> ActionResult<()> {
    let now = app.clock.now();
    let noted = app.store.write(now, move |tx| Ok::<_, ActionError>(tx.audit(&by, &deed)?));
    Ok(noted.await?)
}

/// A page of what was done, the latest first.
///
/// # Errors
/// By permission.
pub async fn page(app: &App, user: UserId, query: AuditQuery) -> ActionResult<AuditPage> {
    let limit = query.limit.unwrap_or(PAGE_DEFAULT).clamp(1, PAGE_MAX);
    read(app, user, query, limit).await
}

/// The next part of a file with everything, the latest first.
///
/// # Errors
/// By permission.
pub async fn export(app: &App, user: UserId, query: AuditQuery) -> ActionResult<AuditPage> {
    read(app, user, query, EXPORT_PAGE).await
}

async fn read(app: &App, user: UserId, query: AuditQuery, limit: u32) -> ActionResult<AuditPage> {
    let area = query.area.filter(|area| !area.is_empty() && area.len() <= AREA_BYTES_MAX);
    let ask = audit::Ask { before: query.before, area, by: query.by, limit: limit + 1 };
    look(app, user, move |tx, actor| {
        let mut entries = audit::page(tx, &permit::manage(actor)?, &ask)?;
        let more = entries.len() > limit as usize;
        entries.truncate(limit as usize);
        Ok(AuditPage { entries: entries.into_iter().map(shown).collect(), more })
    })
    .await
}

fn shown(entry: audit::Entry) -> AuditEntry {
    let audit::Entry { id, at, by, act, subject, changes } = entry;
    AuditEntry { id, at, by: by.hand, address: by.address, act, subject, changes }
}

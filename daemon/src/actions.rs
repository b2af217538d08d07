//! What can be done, one file for each kind of thing. The order of steps is written here; the rules
//! are in `hearth_domain::decide`, the statements in `hearth_store`.
//!
//! Every change is one closure for the store's writer: read the actor and the view, decide, commit.
//! Nothing can change between the look and the deed, and nothing about a person is remembered from an
//! earlier request.

pub mod access;
pub mod account;
pub mod audit;
pub mod backup;
pub mod backups;
pub mod card;
pub mod channel;
pub mod collect;
pub mod file;
pub mod hardware;
pub mod health;
pub mod inbox;
pub mod integrations;
pub mod invite;
mod keyword;
pub mod machine_room;
pub mod message;
pub mod office;
pub mod personal;
pub mod post;
pub mod push;
pub mod read;
pub mod roster;
pub mod sample;
pub mod search;
pub mod setup;
pub mod trust;
pub mod update;
pub mod upkeep;
pub mod upload;
pub mod vault;

use hearth_domain::denied::{Code, Denied};
use hearth_domain::event::{Decided, Happened};
use hearth_domain::id::UserId;
use hearth_domain::machine::NoPrice;
use hearth_domain::permit::Actor;
use hearth_domain::text::TextError;
use hearth_store::chat::people;
use hearth_store::{Committed, DbError, ReadError, ReadTx, WriteError, WriteTx};

use crate::app::App;
use crate::files::FilesError;
use crate::hardware::IntentError;
use crate::password::PasswordError;
use crate::throttle::Wait;
use crate::vault::SettingsRefused;

/// Why an action was not done.
#[derive(Debug, thiserror::Error)]
pub enum ActionError {
    /// A rule refused it.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// It was refused before a rule was asked.
    #[error("refused: {0:?}")]
    Refused(Code),
    /// Tried too often.
    #[error(transparent)]
    Wait(#[from] Wait),
    /// A statement failed.
    #[error("the database refused")]
    Db(#[from] DbError),
    /// The disk is full: nothing was written.
    #[error("the disk is full")]
    DiskFull,
    /// The store can't be used: nothing was written.
    #[error("the store is not available")]
    Unavailable,
    /// The file is larger than the office allows.
    #[error("the file is larger than {size_bytes_max} bytes")]
    FileTooLarge {
        /// The limit.
        size_bytes_max: u64,
    },
    /// An upload stands elsewhere than the client thinks.
    #[error("the upload stands at {at}")]
    WrongOffset {
        /// Where it stands, in bytes.
        at: u64,
    },
    /// `hearth-hwctl` could not be asked, or said no.
    #[error(transparent)]
    Machine(#[from] IntentError),
    /// The price of electricity is none.
    #[error(transparent)]
    Price(#[from] NoPrice),
    /// There is no such time zone.
    #[error("there is no such time zone")]
    NoSuchZone,
    /// A file could not be read or written.
    #[error("files can't be used")]
    Files(#[source] FilesError),
    /// Hashing failed.
    #[error(transparent)]
    Password(#[from] PasswordError),
    /// A setting of the backups can't be used.
    #[error(transparent)]
    BackupSettings(#[from] SettingsRefused),
    /// These are not the last characters of the backups' key.
    #[error("these are not the last characters of the key")]
    NotTheKey,
    /// A defect.
    #[error("{0}")]
    Defect(&'static str),
}

impl From<TextError> for ActionError {
    fn from(error: TextError) -> Self {
        Self::Denied(Denied::Text(error))
    }
}

impl From<WriteError<Self>> for ActionError {
    fn from(error: WriteError<Self>) -> Self {
        match error {
            WriteError::Refused(error) => error,
            WriteError::DiskFull => Self::DiskFull,
            WriteError::ReadOnly | WriteError::Unavailable => Self::Unavailable,
        }
    }
}

impl From<ReadError<Self>> for ActionError {
    fn from(error: ReadError<Self>) -> Self {
        match error {
            ReadError::Refused(error) => error,
            ReadError::Unavailable(_) => Self::Unavailable,
        }
    }
}

/// What an action gives.
pub type ActionResult<T> = Result<T, ActionError>;

/// Runs one change: reads the actor, lets `work` look and decide, and commits what it decided.
///
/// # Errors
/// What `work` refused, or why the store could not.
pub async fn change<W>(app: &App, user: UserId, work: W) -> ActionResult<Vec<Happened>>
where
    W: FnOnce(&WriteTx<'_>, &Actor) -> ActionResult<Vec<Decided>> + Send + 'static,
{
    let now = app.clock.now();
    let done = app.store.write(now, move |tx| {
        let actor = actor(tx, user)?;
        let decided = work(tx, &actor)?;
        commit(tx, decided)
    });
    Ok(done.await?)
}

/// Runs one read as somebody.
///
/// # Errors
/// What `work` refused, or why the store could not.
pub async fn look<T, W>(app: &App, user: UserId, work: W) -> ActionResult<T>
where
    W: FnOnce(&ReadTx<'_>, &Actor) -> ActionResult<T> + Send + 'static,
    T: Send + 'static,
{
    let seen = app.store.read(move |tx| {
        let actor = actor(tx, user)?;
        work(tx, &actor)
    });
    Ok(seen.await?)
}

/// Who acts, as they are in this transaction.
fn actor(tx: &ReadTx<'_>, user: UserId) -> ActionResult<Actor> {
    people::actor(tx, user)?.ok_or(ActionError::Refused(Code::SignInNeeded))
}

/// Commits what was decided, in order. What is for somebody else is not shown to the actor.
fn commit(tx: &mut WriteTx<'_>, decided: Vec<Decided>) -> ActionResult<Vec<Happened>> {
    let mut happened: Vec<Happened> = Vec::with_capacity(decided.len());
    for event in decided {
        let committed = tx.commit(event)?;
        let again = happened.last().is_some_and(|last| last.event == committed.event);
        if !again {
            happened.push(shown(&committed));
        }
    }
    Ok(happened)
}

fn shown(committed: &Committed) -> Happened {
    Happened {
        seq: committed.seq,
        at: committed.at,
        actor: committed.actor,
        event: committed.event.clone(),
    }
}

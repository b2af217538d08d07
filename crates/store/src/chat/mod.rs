//! What the log projects to: people, conversations, messages, and everybody's place in them.
//!
//! Each file holds one kind of record: how events change it, and how it is read. The rules are those
//! of `hearth_domain::merge`; a property test holds the tables against it.

pub mod cards;
pub mod channels;
pub mod history;
pub mod listeners;
pub mod marks;
pub mod members;
pub mod mentions;
pub mod messages;
pub mod nonces;
pub mod people;
pub(crate) mod project;
pub mod saved;
pub mod threads;
pub mod unread;
pub mod views;

use std::rc::Rc;

use rusqlite::types::Value;

/// Ids as a parameter of `rarray`, so that a page needs one query and not one per row.
fn array<'a, const N: usize>(ids: impl IntoIterator<Item = &'a [u8; N]>) -> Rc<Vec<Value>> {
    Rc::new(ids.into_iter().map(|id| Value::Blob(id.to_vec())).collect())
}

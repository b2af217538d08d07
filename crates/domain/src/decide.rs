//! Decisions: what is asked, what is so, and the time come in; events or a denial go out.
//!
//! A decision reads nothing itself. The caller loads the view in the same transaction in which it
//! commits the events, so that nothing can change between the two.

pub mod card;
pub mod channel;
pub mod file;
pub mod integration;
pub mod message;
pub mod office;
pub mod personal;

use crate::denied::Denied;
use crate::event::{Decided, Event, Scope};
use crate::id::UserId;

/// What a decision gives: the events to commit together, or why not. No events means that
/// everything already is as asked.
pub type Decision = Result<Vec<Decided>, Denied>;

fn one(actor: UserId, scope: Scope, event: Event) -> Decision {
    Ok(vec![Decided { actor, scope, event }])
}

const NOTHING: Decision = Ok(Vec::new());

//! Tells what was noted, in the machine room.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use hearth_domain::id::Nonce;

use super::{Note, Notes, words};
use crate::actions::machine_room::{self, Told};
use crate::app::App;
use crate::http::problem::Chain;

/// How often somebody looks whether there is something to tell: another service may fail any time.
const LOOK_INTERVAL: Duration = Duration::from_secs(30);
/// How long a unit is told of once only, in milliseconds.
const QUIET_MS: u64 = 10 * 60 * 1_000;

/// Tells what is noted until the tasks stop.
pub async fn run(app: Arc<App>) {
    let notes = Notes::of(&app.premises.data);
    loop {
        if let Err(error) = look(&app, &notes).await {
            tracing::warn!(%error, "the notes of failures can't be read");
        }
        tokio::select! {
            () = tokio::time::sleep(LOOK_INTERVAL) => {}
            () = app.tasks.stopping() => return,
        }
    }
}

async fn look(app: &App, notes: &Notes) -> io::Result<()> {
    let reading = notes.clone();
    let untold = app.tasks.spawn_blocking(move || reading.untold()).await??;
    for note in untold {
        let now = app.clock.now();
        if note.told_at.is_some_and(|told| now.ms_since(told) < QUIET_MS) {
            continue;
        }
        let Note { unit, count, result, status, .. } = &note;
        match machine_room::tell(app, nonce(&note), &words::message(&note)).await {
            Ok(Told::Nobody) => continue,
            Ok(Told::Here(_) | Told::Unwanted) => {
                tracing::warn!(unit, count, result, status, "a service had failed");
            }
            Err(error) => {
                tracing::error!(unit, cause = %Chain(&error), "a failure could not be told");
                continue;
            }
        }
        let writing = notes.clone();
        app.tasks.spawn_blocking(move || writing.told(&note, now)).await??;
    }
    Ok(())
}

/// Another one for what was not told yet, and the same for what may have been: hearthd can die between
/// the message and the note of it.
fn nonce(note: &Note) -> Nonce {
    let Note { unit, count, first_at, .. } = note;
    let hash = blake3::hash(format!("{unit} {count} {}", first_at.as_ms()).as_bytes());
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&hash.as_bytes()[..16]);
    Nonce::from_bytes(bytes)
}

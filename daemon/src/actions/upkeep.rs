//! What is tidied now and then: sessions that ended, nonces that nobody repeats any more, files that
//! nobody needs, what the machine did long ago.

use std::sync::Arc;
use std::time::Duration;

use hearth_domain::time::Timestamp;
use hearth_store::account::sessions;
use hearth_store::chat::nonces::{self, PurgeCursor};
use hearth_store::integrations::commands;
use hearth_store::{audit, machine, pages, storage};

use super::{ActionError, collect};
use crate::app::App;
use crate::calendar;
use crate::journal;

/// How often.
const EVERY: Duration = Duration::from_secs(3_600);
/// How long a client may repeat a send, in milliseconds: 30 days.
const NONCE_MS_MAX: u64 = 30 * 24 * 3_600 * 1_000;

/// Tidies until the tasks stop. A failure waits for the next time.
pub async fn run(app: Arc<App>) {
    if let Err(error) = note_size(&app, app.clock.now()).await {
        tracing::warn!(%error, "the size of today is not noted");
    }
    loop {
        tokio::select! {
            () = tokio::time::sleep(EVERY) => {}
            () = app.tasks.stopping() => return,
        }
        if let Err(error) = tidy(&app).await {
            tracing::warn!(message_id = journal::UPKEEP_PUT_OFF, %error, "tidying was put off");
        }
    }
}

/// How large the database is today, for the page that shows how it grows.
async fn note_size(app: &App, now: Timestamp) -> Result<(), ActionError> {
    let (day, bytes) = (calendar::day_number(now), app.premises.database_bytes());
    let noted =
        app.store.write(now, move |tx| Ok::<_, ActionError>(storage::note_day(tx, day, bytes)?));
    Ok(noted.await?)
}

async fn tidy(app: &App) -> Result<(), ActionError> {
    let now = app.clock.now();
    let before = Timestamp::from_ms(now.as_ms().saturating_sub(NONCE_MS_MAX));
    app.store.write(now, move |tx| Ok::<_, ActionError>(sessions::purge_expired(tx)?)).await?;
    let replies = app.store.write(now, |tx| Ok::<_, ActionError>(commands::purge_replies(tx)?));
    replies.await?;
    app.store.write(now, move |tx| Ok::<_, ActionError>(audit::purge(tx)?)).await?;
    app.store.write(now, |tx| Ok::<_, ActionError>(pages::purge(tx)?)).await?;
    app.store.write(now, |tx| Ok::<_, ActionError>(machine::purge(tx)?)).await?;
    note_size(app, now).await?;
    let mut from = Some(PurgeCursor::default());
    while let Some(cursor) = from {
        let step = app
            .store
            .write(now, move |tx| Ok::<_, ActionError>(nonces::purge(tx, cursor, before)?));
        from = step.await?;
    }
    collect::collect(app).await
}

//! What happens by the clock: the machine goes out of sight, minutes go into the store, and what people
//! want is sent again where the machine reports something else.

use std::sync::Arc;
use std::time::Duration;

use hearth_store::machine;
use hearth_wire::hardware::HardwareState;
use tokio::time::Instant;

use super::view::{DAYS_MAX, Kept};
use super::{Now, gauges};
use crate::actions::ActionError;
use crate::app::App;
use crate::zone;

/// How often it looks.
const EVERY: Duration = Duration::from_secs(1);
/// How often what is new is given to the store.
const NOTED_EVERY: Duration = Duration::from_secs(60);
/// How often what is wanted may be sent: `hearth-hwctl` hears one wish in five seconds.
const SENT_EVERY: Duration = Duration::from_secs(12);

/// Keeps the machine's history until the tasks stop.
pub(super) async fn run(app: Arc<App>) {
    begin(&app).await;
    let mut ticks = tokio::time::interval(EVERY);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Skip);
    let (mut noted, mut sent) = (Instant::now(), None::<Instant>);
    let mut was_live = false;
    loop {
        tokio::select! {
            _ = ticks.tick() => {}
            () = app.hardware.wanted.notified() => sent = None,
            () = app.tasks.stopping() => break,
        }
        let now = Now::of(&app.clock);
        app.hardware.look(now);
        let is_live = app.hardware.view().state(now) == HardwareState::Live;
        if was_live && !is_live {
            gauges::blank(&app.hardware.view().counted);
        }
        was_live = is_live;
        if sent.is_none_or(|at| at.elapsed() >= SENT_EVERY) && send(&app, now).await {
            sent = Some(Instant::now());
        }
        if noted.elapsed() >= NOTED_EVERY {
            noted = Instant::now();
            note(&app, false).await;
        }
    }
    note(&app, true).await;
}

/// Takes over what the last run knew.
async fn begin(app: &App) {
    let own_zone = zone::of_machine();
    let kept = app.store.read(|tx| {
        let (settings, meter) = (machine::settings(tx)?, machine::meter(tx)?);
        let (days, seconds) = (machine::energy(tx, DAYS_MAX)?, machine::seconds(tx)?);
        Ok::<_, ActionError>(Kept { settings, days, meter, seconds })
    });
    match kept.await.map_err(ActionError::from) {
        Ok(kept) => app.hardware.view().begin(kept, own_zone),
        Err(error) => tracing::error!(%error, "what was kept of the machine can't be read"),
    }
}

/// Sends what is missing. True if something was.
async fn send(app: &App, now: Now) -> bool {
    let missing = app.hardware.view().missing(now);
    for intent in &missing {
        if let Err(error) = app.hardware.ask(*intent).await {
            tracing::warn!(%error, "the machine was not told what is wanted; it is tried again");
        }
    }
    !missing.is_empty()
}

/// Gives what is new to the store. What it does not take, as with a full disk, waits.
async fn note(app: &App, all: bool) {
    let Some(note) = app.hardware.view().take(all) else { return };
    let copy = note.clone();
    let noted =
        app.store.write(app.clock.now(), move |tx| Ok::<_, ActionError>(machine::note(tx, &copy)?));
    if let Err(error) = noted.await.map_err(ActionError::from) {
        tracing::warn!(%error, "what the machine did is not noted yet");
        app.hardware.view().put_back(note);
    }
}

//! Updates, for those who run the office.

use std::io;
use std::sync::Arc;

use hearth_domain::audit::{Act, Deed, Subject};
use hearth_domain::denied::Code;
use hearth_domain::id::UserId;
use hearth_domain::permit;
use hearth_wire::admin::{UpdateAct, UpdateEnd, UpdateOutcome, UpdateRunning, UpdateState};

use super::audit::{Doer, note};
use super::{ActionError, ActionResult, look};
use crate::app::App;
use crate::config::UpdateConfig;
use crate::update::office::{Updates, comes_by_itself};
use crate::update::plan::Step;
use crate::update::{Ended, Outcome, Request, State, undo};

/// What is installed, what there is, and how the last update ended.
///
/// # Errors
/// By permission, or when the state can't be read.
pub async fn state(app: &Arc<App>, user: UserId) -> ActionResult<UpdateState> {
    look(app, user, |_, actor| Ok(permit::manage(actor).map(drop)?)).await?;
    present(app).await
}

/// The same for the operator.
///
/// # Errors
/// When the state can't be read.
pub async fn present(app: &Arc<App>) -> ActionResult<UpdateState> {
    on_disk(app, |app| {
        let updates = &app.updates;
        let state = updates.state()?;
        let config = &app.premises.config.update;
        Ok(shown(state, updates, config))
    })
    .await
}

/// Asks for something; it is done by another process.
///
/// # Errors
/// By permission; [`Code::Unavailable`] where nothing on this box can install updates.
pub async fn order(app: &Arc<App>, doer: &Doer, act: UpdateAct) -> ActionResult<UpdateState> {
    look(app, doer.user, |_, actor| Ok(permit::manage(actor).map(drop)?)).await?;
    if !app.updates.is_possible() {
        return Err(ActionError::Refused(Code::NoUpdater));
    }
    let deed = Deed::new(Act::UpdateAsked, Subject::new("update", "", act.as_str()));
    note(app, doer.by.clone(), deed).await?;
    on_disk(app, move |app| {
        let updates = &app.updates;
        match act {
            UpdateAct::Check => updates.ask(Request::Check {}),
            UpdateAct::Apply => {
                undo::withdraw(&app.premises.data)?;
                updates.ask(Request::Apply {})
            }
            UpdateAct::ApplyTonight => updates.wait_for_night(true),
            UpdateAct::NotTonight => updates.wait_for_night(false),
            UpdateAct::Rollback => {
                undo::consent(&app.premises.data)?;
                updates.ask(Request::Rollback {})
            }
        }
    })
    .await?;
    present(app).await
}

async fn on_disk<T: Send + 'static>(
    app: &Arc<App>,
    work: impl FnOnce(&App) -> io::Result<T> + Send + 'static,
) -> ActionResult<T> {
    let inner = Arc::clone(app);
    let done = app.tasks.spawn_blocking(move || work(&inner)).await;
    done.map_err(|_| ActionError::Unavailable)?.map_err(|error| {
        tracing::warn!(%error, "updates can't be read or asked for");
        ActionError::Unavailable
    })
}

fn shown(state: State, updates: &Updates, config: &UpdateConfig) -> UpdateState {
    let tonight = updates.is_for_tonight() || comes_by_itself(&state, config);
    let running = state.plan.map(|plan| UpdateRunning {
        from: plan.from,
        to: plan.to,
        going_back: matches!(plan.step, Step::GoBack | Step::StartOld),
    });
    UpdateState {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        possible: updates.is_possible(),
        candidate: state.candidate,
        previous: state.previous,
        checked_at: state.checked_at,
        problem: state.problem,
        asked: updates.is_asked(),
        tonight,
        automatic: config.check && config.automatic,
        quiet_from: config.quiet_from,
        quiet_to: config.quiet_to,
        running,
        last: state.last.map(ended),
    }
}

fn ended(ended: Ended) -> UpdateEnd {
    UpdateEnd {
        from: ended.from,
        to: ended.to,
        outcome: match ended.outcome {
            Outcome::Done => UpdateOutcome::Done,
            Outcome::WentBack => UpdateOutcome::WentBack,
            Outcome::GivenUp => UpdateOutcome::GivenUp,
            Outcome::Failed => UpdateOutcome::Failed,
        },
        problem: ended.problem,
        at: ended.at,
    }
}

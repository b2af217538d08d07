//! The machine under the office.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use hearth_wire::hardware::{
    HardwareAction, HardwareChange, HardwareHistory, HardwareReport, HistoryQuery,
};
use hearth_wire::problem::Problem;

use super::auth::Caller;
use super::extract::{Json, Query};
use super::problem::ApiResult;
use crate::actions::hardware;
use crate::app::App;

/// How the machine is now: temperatures, fans, power, who drives the fan and why, alarms.
///
/// # Errors
/// By permission.
#[utoipa::path(get, path = "/api/v1/hardware", tag = "hardware",
    responses((status = 200, body = HardwareReport), (status = "default", body = Problem)))]
pub async fn show(State(app): State<Arc<App>>, caller: Caller) -> ApiResult<Json<HardwareReport>> {
    Ok(Json(hardware::report(&app, caller.user).await?))
}

/// What the machine did: an hour by the second, a month by the minute, five years by the hour.
///
/// # Errors
/// By permission.
#[utoipa::path(get, path = "/api/v1/hardware/history", tag = "hardware", params(HistoryQuery),
    responses((status = 200, body = HardwareHistory), (status = "default", body = Problem)))]
pub async fn history(
    State(app): State<Arc<App>>,
    caller: Caller,
    Query(query): Query<HistoryQuery>,
) -> ApiResult<Json<HardwareHistory>> {
    Ok(Json(hardware::history(&app, caller.user, query.span).await?))
}

/// Changes how the machine is run: its profile, its quiet hours, the price of electricity.
///
/// # Errors
/// By permission, when a price or zone is none, or the machine does not take a boost.
#[utoipa::path(put, path = "/api/v1/admin/hardware", tag = "admin", request_body = HardwareChange,
    responses((status = 200, body = HardwareReport), (status = "default", body = Problem)))]
pub async fn configure(
    State(app): State<Arc<App>>,
    caller: Caller,
    Json(change): Json<HardwareChange>,
) -> ApiResult<Json<HardwareReport>> {
    Ok(Json(hardware::configure(&app, &caller.doer(), change).await?))
}

/// Has the fan measured or tested, or ends that.
///
/// # Errors
/// By permission, when the machine is not there, or it says no.
#[utoipa::path(post, path = "/api/v1/admin/hardware/actions", tag = "admin",
    request_body = HardwareAction,
    responses((status = 204), (status = "default", body = Problem)))]
pub async fn act(
    State(app): State<Arc<App>>,
    caller: Caller,
    Json(HardwareAction { action }): Json<HardwareAction>,
) -> ApiResult<StatusCode> {
    hardware::act(&app, &caller.doer(), action).await?;
    Ok(StatusCode::NO_CONTENT)
}

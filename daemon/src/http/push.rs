//! Waking this device.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use hearth_wire::problem::Problem;
use hearth_wire::rest::{NewSubscription, PushState};

use super::auth::Caller;
use super::extract::Json;
use super::problem::ApiResult;
use crate::actions::push;
use crate::app::App;

/// What a browser needs to subscribe, and whether this device has.
///
/// # Errors
/// As every read.
#[utoipa::path(get, path = "/api/v1/push", tag = "push",
    responses((status = 200, body = PushState), (status = "default", body = Problem)))]
pub async fn state(State(app): State<Arc<App>>, caller: Caller) -> ApiResult<Json<PushState>> {
    Ok(Json(push::state(&app, caller.user, caller.session).await?))
}

/// Wakes this device from now on.
///
/// # Errors
/// When the endpoint or a key is of the wrong form.
#[utoipa::path(put, path = "/api/v1/push", tag = "push", request_body = NewSubscription,
    responses((status = 204), (status = "default", body = Problem)))]
pub async fn subscribe(
    State(app): State<Arc<App>>,
    caller: Caller,
    Json(wanted): Json<NewSubscription>,
) -> ApiResult<StatusCode> {
    push::subscribe(&app, (caller.user, caller.session), wanted).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// No longer wakes this device.
///
/// # Errors
/// When it can't be written down.
#[utoipa::path(delete, path = "/api/v1/push", tag = "push",
    responses((status = 204), (status = "default", body = Problem)))]
pub async fn unsubscribe(State(app): State<Arc<App>>, caller: Caller) -> ApiResult<StatusCode> {
    push::unsubscribe(&app, caller.session).await?;
    Ok(StatusCode::NO_CONTENT)
}

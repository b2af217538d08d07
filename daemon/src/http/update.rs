//! Updates of Hearth itself.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use hearth_wire::admin::{UpdateOrder, UpdateState};
use hearth_wire::problem::Problem;

use super::auth::Caller;
use super::extract::Json;
use super::problem::ApiResult;
use crate::actions::update;
use crate::app::App;

/// What is installed, what there is, and how the last update ended.
///
/// # Errors
/// By permission.
#[utoipa::path(get, path = "/api/v1/admin/update", tag = "admin",
    responses((status = 200, body = UpdateState), (status = "default", body = Problem)))]
pub async fn show(State(app): State<Arc<App>>, caller: Caller) -> ApiResult<Json<UpdateState>> {
    Ok(Json(update::state(&app, caller.user).await?))
}

/// Asks for a look, an update or the way back; another process does it.
///
/// # Errors
/// By permission, or where nothing on this box can install updates.
#[utoipa::path(post, path = "/api/v1/admin/update", tag = "admin", request_body = UpdateOrder,
    responses((status = 202, body = UpdateState), (status = "default", body = Problem)))]
pub async fn order(
    State(app): State<Arc<App>>,
    caller: Caller,
    Json(order): Json<UpdateOrder>,
) -> ApiResult<(StatusCode, Json<UpdateState>)> {
    let state = update::order(&app, &caller.doer(), order.act).await?;
    Ok((StatusCode::ACCEPTED, Json(state)))
}

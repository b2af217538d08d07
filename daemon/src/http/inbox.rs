//! Lists that reach across conversations.

use std::sync::Arc;

use axum::extract::State;
use hearth_wire::inbox::{FollowedThreads, SavedMessages, SavedQuery, ThreadsQuery};
use hearth_wire::problem::Problem;

use super::auth::Caller;
use super::extract::{Json, Query};
use super::problem::ApiResult;
use crate::actions::inbox;
use crate::app::App;

/// The threads the caller follows, the latest answer first.
///
/// # Errors
/// As every read.
#[utoipa::path(get, path = "/api/v1/threads", tag = "messages", params(ThreadsQuery),
    responses((status = 200, body = FollowedThreads), (status = "default", body = Problem)))]
pub async fn threads(
    State(app): State<Arc<App>>,
    caller: Caller,
    Query(query): Query<ThreadsQuery>,
) -> ApiResult<Json<FollowedThreads>> {
    Ok(Json(inbox::threads(&app, caller.user, query).await?))
}

/// The messages the caller saved, the last saved first.
///
/// # Errors
/// As every read.
#[utoipa::path(get, path = "/api/v1/saved", tag = "messages", params(SavedQuery),
    responses((status = 200, body = SavedMessages), (status = "default", body = Problem)))]
pub async fn saved(
    State(app): State<Arc<App>>,
    caller: Caller,
    Query(query): Query<SavedQuery>,
) -> ApiResult<Json<SavedMessages>> {
    Ok(Json(inbox::saved(&app, caller.user, query).await?))
}

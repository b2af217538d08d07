//! Signing in and out, and the devices that are signed in.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use hearth_domain::id::SessionId;
use hearth_wire::problem::Problem;
use hearth_wire::rest::{Session, SignIn, SignedIn};

use super::auth::{Caller, Device};
use super::extract::{Json, Path};
use super::problem::ApiResult;
use crate::actions::account;
use crate::app::App;

/// Signs in.
///
/// # Errors
/// When handle or password is wrong, was tried too often, or the account is disabled.
#[utoipa::path(post, path = "/api/v1/sessions", tag = "sessions", security(()), request_body = SignIn,
    responses((status = 201, body = SignedIn), (status = "default", body = Problem)))]
pub async fn create(
    State(app): State<Arc<App>>,
    device: Device,
    Json(sign_in): Json<SignIn>,
) -> ApiResult<Response> {
    let opened = account::sign_in(&app, &device.origin, sign_in).await?;
    Ok(device.signed_in(opened))
}

/// The caller's signed-in devices.
///
/// # Errors
/// As every read.
#[utoipa::path(get, path = "/api/v1/sessions", tag = "sessions",
    responses((status = 200, body = Vec<Session>), (status = "default", body = Problem)))]
pub async fn list(State(app): State<Arc<App>>, caller: Caller) -> ApiResult<Json<Vec<Session>>> {
    Ok(Json(account::sessions(&app, caller.user, caller.session).await?))
}

/// Signs this device out.
///
/// # Errors
/// When it can't be written down.
#[utoipa::path(delete, path = "/api/v1/sessions/current", tag = "sessions",
    responses((status = 204), (status = "default", body = Problem)))]
pub async fn sign_out(
    State(app): State<Arc<App>>,
    caller: Caller,
    device: Device,
) -> ApiResult<Response> {
    account::revoke(&app, caller.user, caller.session).await?;
    Ok((device.forget_cookie(), StatusCode::NO_CONTENT).into_response())
}

/// Signs one of the caller's devices out.
///
/// # Errors
/// When there is no such device.
#[utoipa::path(delete, path = "/api/v1/sessions/{session}", tag = "sessions",
    params(("session" = SessionId, Path)),
    responses((status = 204), (status = "default", body = Problem)))]
pub async fn revoke(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(session): Path<SessionId>,
) -> ApiResult<StatusCode> {
    account::revoke(&app, caller.user, session).await?;
    Ok(StatusCode::NO_CONTENT)
}

//! What the office stands on: health, storage and backups, for those who run it.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use hearth_domain::id::ChannelId;
use hearth_wire::admin::{BackupState, ChannelOverview, HealthReport, NewManager, StorageReport};
use hearth_wire::problem::Problem;

use super::auth::Caller;
use super::extract::{Json, Path};
use super::problem::ApiResult;
use crate::actions::backups::Taken;
use crate::actions::channel::{Seat, rescue as rescue_channel};
use crate::actions::{backups as copies, health as looks, roster};
use crate::app::App;
use crate::healing::safe;
use crate::tar;

/// Every check of what Hearth stands on, and some numbers.
///
/// # Errors
/// By permission.
#[utoipa::path(get, path = "/api/v1/health", tag = "admin",
    responses((status = 200, body = HealthReport), (status = "default", body = Problem)))]
pub async fn health(State(app): State<Arc<App>>, caller: Caller) -> ApiResult<Json<HealthReport>> {
    Ok(Json(looks::report(&app, caller.user).await?))
}

/// Ends safe mode, so that everything runs again.
///
/// # Errors
/// By permission.
#[utoipa::path(delete, path = "/api/v1/health/safe-mode", tag = "admin",
    responses((status = 204), (status = "default", body = Problem)))]
pub async fn leave_safe_mode(State(app): State<Arc<App>>, caller: Caller) -> ApiResult<StatusCode> {
    safe::leave(&app, caller.user).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// How large things are, and how they grew.
///
/// # Errors
/// By permission.
#[utoipa::path(get, path = "/api/v1/admin/storage", tag = "admin",
    responses((status = 200, body = StorageReport), (status = "default", body = Problem)))]
pub async fn storage(
    State(app): State<Arc<App>>,
    caller: Caller,
) -> ApiResult<Json<StorageReport>> {
    Ok(Json(looks::storage(&app, caller.user).await?))
}

/// The backups, and how far the one in the making is.
///
/// # Errors
/// By permission.
#[utoipa::path(get, path = "/api/v1/admin/backups", tag = "admin",
    responses((status = 200, body = BackupState), (status = "default", body = Problem)))]
pub async fn backups(State(app): State<Arc<App>>, caller: Caller) -> ApiResult<Json<BackupState>> {
    Ok(Json(copies::state(&app, caller.user).await?))
}

/// Starts a backup; one at a time is made.
///
/// # Errors
/// By permission, or when there is too little room.
#[utoipa::path(post, path = "/api/v1/admin/backups", tag = "admin",
    responses((status = 202, body = BackupState), (status = "default", body = Problem)))]
pub async fn back_up(
    State(app): State<Arc<App>>,
    caller: Caller,
) -> ApiResult<(StatusCode, Json<BackupState>)> {
    Ok((StatusCode::ACCEPTED, Json(copies::start(&app, &caller.doer()).await?)))
}

/// Downloads a backup, as an archive of the database and its files. Owners only.
///
/// # Errors
/// By permission, or when there is no such backup.
#[utoipa::path(get, path = "/api/v1/admin/backups/{name}", tag = "admin",
    params(("name" = String, Path)),
    responses((status = 200, content_type = "application/x-tar", body = String),
        (status = "default", body = Problem)))]
pub async fn download(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(name): Path<String>,
) -> ApiResult<Response> {
    let Taken { members, name } = copies::take(&app, &caller.doer(), &name).await?;
    let (size_bytes, stream) = (tar::size_bytes(&members), tar::stream(members));
    let mut response = Body::from_stream(stream).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/x-tar"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    // Gigabytes are sent as they are; compressing them would heat the box for little.
    headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("identity"));
    headers.insert(header::CONTENT_LENGTH, size_bytes.into());
    // The name is digits and letters of ours: it was parsed.
    if let Ok(value) = format!("attachment; filename=\"{name}\"").parse() {
        headers.insert(header::CONTENT_DISPOSITION, value);
    }
    Ok(response)
}

/// Deletes a backup. Owners only.
///
/// # Errors
/// By permission, or when there is no such backup.
#[utoipa::path(delete, path = "/api/v1/admin/backups/{name}", tag = "admin",
    params(("name" = String, Path)),
    responses((status = 204), (status = "default", body = Problem)))]
pub async fn delete_backup(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(name): Path<String>,
) -> ApiResult<StatusCode> {
    copies::delete(&app, &caller.doer(), &name).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Every channel with a name, without its content.
///
/// # Errors
/// By permission.
#[utoipa::path(get, path = "/api/v1/admin/channels", tag = "admin",
    responses((status = 200, body = Vec<ChannelOverview>), (status = "default", body = Problem)))]
pub async fn channels(
    State(app): State<Arc<App>>,
    caller: Caller,
) -> ApiResult<Json<Vec<ChannelOverview>>> {
    Ok(Json(roster::channels(&app, caller.user).await?))
}

/// Names one of its people to run a private channel that nobody runs any more. Owners only.
///
/// # Errors
/// By permission, when somebody runs it, or the person could not.
#[utoipa::path(put, path = "/api/v1/admin/channels/{channel}/manager", tag = "admin",
    params(("channel" = ChannelId, Path)), request_body = NewManager,
    responses((status = 204), (status = "default", body = Problem)))]
pub async fn rescue(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(channel): Path<ChannelId>,
    Json(NewManager { user }): Json<NewManager>,
) -> ApiResult<StatusCode> {
    rescue_channel(&app, &caller.doer(), Seat { channel, user }).await?;
    Ok(StatusCode::NO_CONTENT)
}

//! Backups that the box makes by itself.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use hearth_wire::problem::Problem;
use hearth_wire::vault::{BackupKey, BackupKeySaved, BackupSettings, BackupVault};

use super::auth::Caller;
use super::extract::Json;
use super::problem::ApiResult;
use crate::actions::vault;
use crate::app::App;

/// When backups are made, where they go, and how they went.
///
/// # Errors
/// By permission.
#[utoipa::path(get, path = "/api/v1/admin/vault", tag = "admin",
    responses((status = 200, body = BackupVault), (status = "default", body = Problem)))]
pub async fn show(State(app): State<Arc<App>>, caller: Caller) -> ApiResult<Json<BackupVault>> {
    Ok(Json(vault::state(&app, caller.user).await?))
}

/// Changes when backups are made and where they go. Owners only.
///
/// # Errors
/// By permission, or when a setting can't be used.
#[utoipa::path(put, path = "/api/v1/admin/vault", tag = "admin", request_body = BackupSettings,
    responses((status = 200, body = BackupVault), (status = "default", body = Problem)))]
pub async fn configure(
    State(app): State<Arc<App>>,
    caller: Caller,
    Json(settings): Json<BackupSettings>,
) -> ApiResult<Json<BackupVault>> {
    Ok(Json(vault::configure(&app, &caller.doer(), settings).await?))
}

/// Asks for a backup to every destination, now. One at a time is made.
///
/// # Errors
/// By permission, or when there is no destination.
#[utoipa::path(post, path = "/api/v1/admin/vault/run", tag = "admin",
    responses((status = 202, body = BackupVault), (status = "default", body = Problem)))]
pub async fn start(
    State(app): State<Arc<App>>,
    caller: Caller,
) -> ApiResult<(StatusCode, Json<BackupVault>)> {
    Ok((StatusCode::ACCEPTED, Json(vault::start(&app, &caller.doer()).await?)))
}

/// Ends the backup in the making. What was there before stays.
///
/// # Errors
/// By permission, or when there is none.
#[utoipa::path(delete, path = "/api/v1/admin/vault/run", tag = "admin",
    responses((status = 204), (status = "default", body = Problem)))]
pub async fn cancel(State(app): State<Arc<App>>, caller: Caller) -> ApiResult<StatusCode> {
    vault::cancel(&app, &caller.doer()).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Shows the key that every backup is encrypted to. Owners only.
///
/// # Errors
/// By permission.
#[utoipa::path(post, path = "/api/v1/admin/vault/key", tag = "admin",
    responses((status = 200, body = BackupKey), (status = "default", body = Problem)))]
pub async fn show_key(State(app): State<Arc<App>>, caller: Caller) -> ApiResult<Response> {
    let key: BackupKey = vault::show_key(&app, &caller.doer()).await?;
    let mut response = Json(key).into_response();
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}

/// Notes that the key was saved elsewhere, which its last six characters prove. Owners only.
///
/// # Errors
/// By permission, or when these are others.
#[utoipa::path(put, path = "/api/v1/admin/vault/key", tag = "admin", request_body = BackupKeySaved,
    responses((status = 200, body = BackupVault), (status = "default", body = Problem)))]
pub async fn key_saved(
    State(app): State<Arc<App>>,
    caller: Caller,
    Json(proof): Json<BackupKeySaved>,
) -> ApiResult<Json<BackupVault>> {
    Ok(Json(vault::key_saved(&app, &caller.doer(), &proof).await?))
}

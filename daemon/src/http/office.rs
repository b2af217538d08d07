//! The office: its first page, its founding, its name, and all that a page needs to start.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use hearth_wire::problem::Problem;
use hearth_wire::rest::{Bootstrap, Changed, OfficeChange, OfficeInfo, Setup, SignedIn};

use super::auth::{Caller, Device};
use super::extract::Json;
use super::problem::{ApiError, ApiResult};
use crate::actions::{account, office, read};
use crate::app::App;

/// What anybody may know.
///
/// # Errors
/// As every read.
#[utoipa::path(get, path = "/api/v1/office", tag = "office", security(()),
    responses((status = 200, body = OfficeInfo), (status = "default", body = Problem)))]
pub async fn info(State(app): State<Arc<App>>) -> ApiResult<Json<OfficeInfo>> {
    Ok(Json(read::office_info(&app).await?))
}

/// Changes the office's name and settings.
///
/// # Errors
/// By permission.
#[utoipa::path(patch, path = "/api/v1/office", tag = "office", request_body = OfficeChange,
    responses((status = 200, body = Changed), (status = "default", body = Problem)))]
pub async fn change(
    State(app): State<Arc<App>>,
    caller: Caller,
    Json(change): Json<OfficeChange>,
) -> ApiResult<Json<Changed>> {
    Ok(Json(Changed { events: office::configure(&app, &caller.doer(), change).await? }))
}

/// Founds the office and signs its first owner in.
///
/// # Errors
/// When the code does not fit, was tried too often, or there is an owner already.
#[utoipa::path(post, path = "/api/v1/setup", tag = "office", security(()), request_body = Setup,
    responses((status = 201, body = SignedIn), (status = "default", body = Problem)))]
pub async fn found(
    State(app): State<Arc<App>>,
    device: Device,
    Json(setup): Json<Setup>,
) -> ApiResult<Response> {
    let opened = account::found(&app, &device.origin, setup).await?;
    Ok(device.signed_in(opened))
}

/// Everything a page needs to show the office, but history.
///
/// # Errors
/// As every read.
#[utoipa::path(get, path = "/api/v1/bootstrap", tag = "office",
    responses((status = 200, body = Bootstrap), (status = 304), (status = "default", body = Problem)))]
pub async fn bootstrap(
    State(app): State<Arc<App>>,
    caller: Caller,
    headers: HeaderMap,
) -> ApiResult<Response> {
    let bootstrap = read::bootstrap(&app, caller.user).await?;
    let body = serde_json::to_vec(&bootstrap).map_err(ApiError::internal)?;
    let tag = format!("\"{}\"", &blake3::hash(&body).to_hex()[..32]);
    let known = headers.get(header::IF_NONE_MATCH).and_then(|v| v.to_str().ok());
    let cache = [(header::ETAG, tag.clone()), (header::CACHE_CONTROL, "private, no-cache".into())];
    if known == Some(tag.as_str()) {
        return Ok((StatusCode::NOT_MODIFIED, cache).into_response());
    }
    Ok((cache, [(header::CONTENT_TYPE, "application/json")], body).into_response())
}

//! Incoming webhooks, as admins run them.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use hearth_domain::id::HookId;
use hearth_wire::integrations::{
    FreshIncomingHook, IncomingHook, IncomingHookChange, NewIncomingHook,
};
use hearth_wire::problem::Problem;

use crate::actions::integrations::incoming;
use crate::app::App;
use crate::http::auth::{Caller, Site};
use crate::http::extract::Json;
use crate::http::integrations::Of;
use crate::http::problem::ApiResult;

/// Makes an incoming webhook. Its URL is shown this once.
///
/// # Errors
/// By permission, also in the channel, or when the name is refused.
#[utoipa::path(post, path = "/api/v1/hooks/incoming", tag = "integrations",
    request_body = NewIncomingHook,
    responses((status = 201, body = FreshIncomingHook), (status = "default", body = Problem)))]
pub async fn create(
    State(app): State<Arc<App>>,
    caller: Caller,
    site: Site,
    Json(new): Json<NewIncomingHook>,
) -> ApiResult<(StatusCode, Json<FreshIncomingHook>)> {
    let fresh = incoming::create(&app, &caller.doer(), new, &site.base_url).await?;
    Ok((StatusCode::CREATED, Json(fresh)))
}

/// Changes an incoming webhook.
///
/// # Errors
/// By permission, also in the new channel, when the name is refused, or there is none.
#[utoipa::path(patch, path = "/api/v1/hooks/incoming/{hook}", tag = "integrations",
    params(("hook" = HookId, Path)), request_body = IncomingHookChange,
    responses((status = 200, body = IncomingHook), (status = "default", body = Problem)))]
pub async fn change(
    of: Of<HookId>,
    Json(change): Json<IncomingHookChange>,
) -> ApiResult<Json<IncomingHook>> {
    Ok(Json(incoming::change(&of.app, &of.doer, of.id, change).await?))
}

/// Deletes an incoming webhook; what it wrote stays.
///
/// # Errors
/// By permission, or when there is none.
#[utoipa::path(delete, path = "/api/v1/hooks/incoming/{hook}", tag = "integrations",
    params(("hook" = HookId, Path)),
    responses((status = 204), (status = "default", body = Problem)))]
pub async fn delete(of: Of<HookId>) -> ApiResult<StatusCode> {
    incoming::delete(&of.app, &of.doer, of.id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Gives an incoming webhook another URL; the one before works no longer.
///
/// # Errors
/// By permission, or when there is none.
#[utoipa::path(post, path = "/api/v1/hooks/incoming/{hook}/url", tag = "integrations",
    params(("hook" = HookId, Path)),
    responses((status = 200, body = FreshIncomingHook), (status = "default", body = Problem)))]
pub async fn renew(site: Site, of: Of<HookId>) -> ApiResult<Json<FreshIncomingHook>> {
    Ok(Json(incoming::renew(&of.app, &of.doer, of.id, &site.base_url).await?))
}

/// Posts a sample through an incoming webhook.
///
/// # Errors
/// By permission, or when it can't write there.
#[utoipa::path(post, path = "/api/v1/hooks/incoming/{hook}/test", tag = "integrations",
    params(("hook" = HookId, Path)),
    responses((status = 204), (status = "default", body = Problem)))]
pub async fn test(of: Of<HookId>) -> ApiResult<StatusCode> {
    incoming::test(&of.app, of.doer.user, of.id).await?;
    Ok(StatusCode::NO_CONTENT)
}

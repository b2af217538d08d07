//! Outgoing webhooks, as admins run them.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use hearth_domain::id::HookId;
use hearth_wire::integrations::{FreshOutgoingHook, HookTried, OutgoingHook, OutgoingHookContent};
use hearth_wire::problem::Problem;

use crate::actions::integrations::outgoing;
use crate::app::App;
use crate::http::auth::Caller;
use crate::http::extract::Json;
use crate::http::integrations::Of;
use crate::http::problem::ApiResult;

/// Makes an outgoing webhook. Its secret is shown this once.
///
/// # Errors
/// By permission, also in the channel, or when the content is refused.
#[utoipa::path(post, path = "/api/v1/hooks/outgoing", tag = "integrations",
    request_body = OutgoingHookContent,
    responses((status = 201, body = FreshOutgoingHook), (status = "default", body = Problem)))]
pub async fn create(
    State(app): State<Arc<App>>,
    caller: Caller,
    Json(content): Json<OutgoingHookContent>,
) -> ApiResult<(StatusCode, Json<FreshOutgoingHook>)> {
    Ok((StatusCode::CREATED, Json(outgoing::create(&app, &caller.doer(), content).await?)))
}

/// Changes an outgoing webhook.
///
/// # Errors
/// By permission, also in the new channel, when the content is refused, or there is none.
#[utoipa::path(put, path = "/api/v1/hooks/outgoing/{hook}", tag = "integrations",
    params(("hook" = HookId, Path)), request_body = OutgoingHookContent,
    responses((status = 200, body = OutgoingHook), (status = "default", body = Problem)))]
pub async fn change(
    of: Of<HookId>,
    Json(content): Json<OutgoingHookContent>,
) -> ApiResult<Json<OutgoingHook>> {
    Ok(Json(outgoing::change(&of.app, &of.doer, of.id, content).await?))
}

/// Deletes an outgoing webhook; what it wrote stays.
///
/// # Errors
/// By permission, or when there is none.
#[utoipa::path(delete, path = "/api/v1/hooks/outgoing/{hook}", tag = "integrations",
    params(("hook" = HookId, Path)),
    responses((status = 204), (status = "default", body = Problem)))]
pub async fn delete(of: Of<HookId>) -> ApiResult<StatusCode> {
    outgoing::delete(&of.app, &of.doer, of.id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Gives an outgoing webhook another secret.
///
/// # Errors
/// By permission, or when there is none.
#[utoipa::path(post, path = "/api/v1/hooks/outgoing/{hook}/secret", tag = "integrations",
    params(("hook" = HookId, Path)),
    responses((status = 200, body = FreshOutgoingHook), (status = "default", body = Problem)))]
pub async fn renew(of: Of<HookId>) -> ApiResult<Json<FreshOutgoingHook>> {
    Ok(Json(outgoing::renew(&of.app, &of.doer, of.id).await?))
}

/// Sends a sample to an outgoing webhook's receiver, and says what came of it.
///
/// # Errors
/// By permission, or when there is none.
#[utoipa::path(post, path = "/api/v1/hooks/outgoing/{hook}/test", tag = "integrations",
    params(("hook" = HookId, Path)),
    responses((status = 200, body = HookTried), (status = "default", body = Problem)))]
pub async fn test(of: Of<HookId>) -> ApiResult<Json<HookTried>> {
    Ok(Json(HookTried { problem: outgoing::test(&of.app, of.doer.user, of.id).await? }))
}

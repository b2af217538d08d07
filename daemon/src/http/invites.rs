//! Invitations: made by admins, opened by a link, accepted once per person.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use hearth_domain::id::InviteId;
use hearth_wire::problem::Problem;
use hearth_wire::rest::{AcceptInvite, Invite, InviteLink, InvitePreview, NewInvite, SignedIn};

use super::auth::{Caller, Device, Site};
use super::extract::{Json, Path};
use super::problem::ApiResult;
use crate::actions::invite;
use crate::app::App;

/// Makes an invitation. Its link is shown this once.
///
/// # Errors
/// By permission, or when a number is out of bounds.
#[utoipa::path(post, path = "/api/v1/invites", tag = "invites", request_body = NewInvite,
    responses((status = 201, body = InviteLink), (status = "default", body = Problem)))]
pub async fn create(
    State(app): State<Arc<App>>,
    caller: Caller,
    site: Site,
    Json(new): Json<NewInvite>,
) -> ApiResult<(StatusCode, Json<InviteLink>)> {
    let link = invite::create(&app, &caller.doer(), new, &site.base_url).await?;
    Ok((StatusCode::CREATED, Json(link)))
}

/// Invitations that still work.
///
/// # Errors
/// By permission.
#[utoipa::path(get, path = "/api/v1/invites", tag = "invites",
    responses((status = 200, body = Vec<Invite>), (status = "default", body = Problem)))]
pub async fn list(State(app): State<Arc<App>>, caller: Caller) -> ApiResult<Json<Vec<Invite>>> {
    Ok(Json(invite::list(&app, caller.user).await?))
}

/// Revokes an invitation.
///
/// # Errors
/// By permission, or when there is no such invitation.
#[utoipa::path(delete, path = "/api/v1/invites/{invite}", tag = "invites",
    params(("invite" = InviteId, Path)),
    responses((status = 204), (status = "default", body = Problem)))]
pub async fn revoke(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(invite): Path<InviteId>,
) -> ApiResult<StatusCode> {
    invite::revoke(&app, &caller.doer(), invite).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// What the invited see before they accept.
///
/// # Errors
/// When the invitation no longer works, or too many were tried.
#[utoipa::path(get, path = "/api/v1/invites/{token}/preview", tag = "invites", security(()),
    params(("token" = String, Path)),
    responses((status = 200, body = InvitePreview), (status = "default", body = Problem)))]
pub async fn preview(
    State(app): State<Arc<App>>,
    device: Device,
    Path(token): Path<String>,
) -> ApiResult<Json<InvitePreview>> {
    Ok(Json(invite::preview(&app, &device.origin, &token).await?))
}

/// Makes the invited person's account and signs them in.
///
/// # Errors
/// When the invitation no longer works, a text is refused, or the handle is taken.
#[utoipa::path(post, path = "/api/v1/invites/{token}/accept", tag = "invites", security(()),
    params(("token" = String, Path)), request_body = AcceptInvite,
    responses((status = 201, body = SignedIn), (status = "default", body = Problem)))]
pub async fn accept(
    State(app): State<Arc<App>>,
    device: Device,
    Path(token): Path<String>,
    Json(accept): Json<AcceptInvite>,
) -> ApiResult<Response> {
    let opened = invite::accept(&app, &device.origin, &token, accept).await?;
    Ok(device.signed_in(opened))
}

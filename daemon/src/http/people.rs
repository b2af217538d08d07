//! People, groups and oneself.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use hearth_domain::id::{GroupId, UserId};
use hearth_domain::model::User;
use hearth_wire::admin::{NewOwnPassword, PersonSeen, ResetLink, ResetPreview};
use hearth_wire::problem::Problem;
use hearth_wire::rest::{
    Changed, GroupContent, PasswordChange, ProfileChange, SignedIn, UserChange,
};

use super::auth::{Caller, Device, Site};
use super::extract::{Json, Path};
use super::problem::ApiResult;
use crate::actions::{account, office, read, roster as actions};
use crate::app::App;

/// Everybody with an account.
///
/// # Errors
/// As every read.
#[utoipa::path(get, path = "/api/v1/users", tag = "people",
    responses((status = 200, body = Vec<User>), (status = "default", body = Problem)))]
pub async fn list(State(app): State<Arc<App>>, caller: Caller) -> ApiResult<Json<Vec<User>>> {
    Ok(Json(read::users(&app, caller.user).await?))
}

/// Changes somebody's role, or disables or enables them.
///
/// # Errors
/// By permission, or when the office would lose its last owner.
#[utoipa::path(patch, path = "/api/v1/users/{user}", tag = "people",
    params(("user" = UserId, Path)), request_body = UserChange,
    responses((status = 200, body = Changed), (status = "default", body = Problem)))]
pub async fn change(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(user): Path<UserId>,
    Json(change): Json<UserChange>,
) -> ApiResult<Json<Changed>> {
    let events = office::change_account(&app, &caller.doer(), user, change).await?;
    Ok(Json(Changed { events }))
}

/// Changes one's own profile and preferences.
///
/// # Errors
/// When a text is refused.
#[utoipa::path(patch, path = "/api/v1/me", tag = "people", request_body = ProfileChange,
    responses((status = 200, body = Changed), (status = "default", body = Problem)))]
pub async fn change_me(
    State(app): State<Arc<App>>,
    caller: Caller,
    Json(change): Json<ProfileChange>,
) -> ApiResult<Json<Changed>> {
    Ok(Json(Changed { events: office::change_profile(&app, caller.user, change).await? }))
}

/// Changes one's own password and signs every other device out.
///
/// # Errors
/// When the present password is wrong, or was tried too often.
#[utoipa::path(put, path = "/api/v1/me/password", tag = "people", request_body = PasswordChange,
    responses((status = 204), (status = "default", body = Problem)))]
pub async fn change_password(
    State(app): State<Arc<App>>,
    caller: Caller,
    Json(change): Json<PasswordChange>,
) -> ApiResult<StatusCode> {
    account::change_password(&app, (caller.user, caller.session), change).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Makes a group.
///
/// # Errors
/// By permission, or when the handle is taken.
#[utoipa::path(post, path = "/api/v1/groups", tag = "people", request_body = GroupContent,
    responses((status = 201, body = Changed), (status = "default", body = Problem)))]
pub async fn create_group(
    State(app): State<Arc<App>>,
    caller: Caller,
    Json(group): Json<GroupContent>,
) -> ApiResult<(StatusCode, Json<Changed>)> {
    let events = office::create_group(&app, &caller.doer(), group).await?;
    Ok((StatusCode::CREATED, Json(Changed { events })))
}

/// Replaces a group.
///
/// # Errors
/// By permission, or when the handle is taken.
#[utoipa::path(put, path = "/api/v1/groups/{group}", tag = "people",
    params(("group" = GroupId, Path)), request_body = GroupContent,
    responses((status = 200, body = Changed), (status = "default", body = Problem)))]
pub async fn change_group(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(group): Path<GroupId>,
    Json(content): Json<GroupContent>,
) -> ApiResult<Json<Changed>> {
    let events = office::change_group(&app, &caller.doer(), group, content).await?;
    Ok(Json(Changed { events }))
}

/// Dissolves a group.
///
/// # Errors
/// By permission.
#[utoipa::path(delete, path = "/api/v1/groups/{group}", tag = "people",
    params(("group" = GroupId, Path)),
    responses((status = 200, body = Changed), (status = "default", body = Problem)))]
pub async fn delete_group(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(group): Path<GroupId>,
) -> ApiResult<Json<Changed>> {
    Ok(Json(Changed { events: office::delete_group(&app, &caller.doer(), group).await? }))
}

/// When everybody was last here, for those who run the office.
///
/// # Errors
/// By permission.
#[utoipa::path(get, path = "/api/v1/admin/people", tag = "admin",
    responses((status = 200, body = Vec<PersonSeen>), (status = "default", body = Problem)))]
pub async fn seen(State(app): State<Arc<App>>, caller: Caller) -> ApiResult<Json<Vec<PersonSeen>>> {
    Ok(Json(actions::seen(&app, caller.user).await?))
}

/// Ends somebody's password and makes a link by which they choose a new one.
///
/// # Errors
/// By permission, or when the account is switched off.
#[utoipa::path(post, path = "/api/v1/users/{user}/reset", tag = "admin",
    params(("user" = UserId, Path)),
    responses((status = 201, body = ResetLink), (status = "default", body = Problem)))]
pub async fn reset(
    State(app): State<Arc<App>>,
    caller: Caller,
    site: Site,
    Path(user): Path<UserId>,
) -> ApiResult<(StatusCode, Json<ResetLink>)> {
    let link = actions::reset(&app, &caller.doer(), user, &site.base_url).await?;
    Ok((StatusCode::CREATED, Json(link)))
}

/// Signs somebody out everywhere.
///
/// # Errors
/// By permission.
#[utoipa::path(delete, path = "/api/v1/users/{user}/sessions", tag = "admin",
    params(("user" = UserId, Path)),
    responses((status = 204), (status = "default", body = Problem)))]
pub async fn sign_out(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(user): Path<UserId>,
) -> ApiResult<StatusCode> {
    actions::sign_out(&app, &caller.doer(), user).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Who a link to a new password is for.
///
/// # Errors
/// When the link no longer works, or too many were tried.
#[utoipa::path(get, path = "/api/v1/resets/{token}", tag = "people", security(()),
    params(("token" = String, Path)),
    responses((status = 200, body = ResetPreview), (status = "default", body = Problem)))]
pub async fn preview_reset(
    State(app): State<Arc<App>>,
    device: Device,
    Path(token): Path<String>,
) -> ApiResult<Json<ResetPreview>> {
    Ok(Json(actions::preview(&app, &device.origin, &token).await?))
}

/// Chooses the new password and signs its person in.
///
/// # Errors
/// When the link no longer works, or too many were tried.
#[utoipa::path(post, path = "/api/v1/resets/{token}", tag = "people", security(()),
    params(("token" = String, Path)), request_body = NewOwnPassword,
    responses((status = 201, body = SignedIn), (status = "default", body = Problem)))]
pub async fn choose_password(
    State(app): State<Arc<App>>,
    device: Device,
    Path(token): Path<String>,
    Json(chosen): Json<NewOwnPassword>,
) -> ApiResult<Response> {
    let opened = actions::choose(&app, &device.origin, &token, chosen).await?;
    Ok(device.signed_in(opened))
}

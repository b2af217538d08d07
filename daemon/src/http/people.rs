//! People, groups and oneself.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use hearth_domain::id::{GroupId, UserId};
use hearth_domain::model::User;
use hearth_wire::problem::Problem;
use hearth_wire::rest::{Changed, GroupContent, PasswordChange, ProfileChange, UserChange};

use super::auth::Caller;
use super::extract::{Json, Path};
use super::problem::ApiResult;
use crate::actions::{account, office, read};
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
    let events = office::change_account(&app, caller.user, user, change).await?;
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
    let events = office::create_group(&app, caller.user, group).await?;
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
    let events = office::change_group(&app, caller.user, group, content).await?;
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
    Ok(Json(Changed { events: office::delete_group(&app, caller.user, group).await? }))
}

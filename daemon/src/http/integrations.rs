//! Bots, webhooks and slash commands, as admins run them.

pub mod commands;
pub mod incoming;
pub mod outgoing;

use std::sync::Arc;

use axum::extract::{FromRequestParts, State};
use axum::http::StatusCode;
use axum::http::request::Parts;
use hearth_domain::id::{SessionId, UserId};
use hearth_wire::integrations::{Bot, BotChange, FreshBotToken, Integrations, NewBot, NewBotToken};
use hearth_wire::problem::Problem;
use hearth_wire::rest::Changed;
use serde::de::DeserializeOwned;

use super::auth::Caller;
use super::extract::{Json, Path};
use super::problem::{ApiError, ApiResult};
use crate::actions::audit::Doer;
use crate::actions::integrations::{self as actions, bots};
use crate::app::App;

/// What an admin does something with: which, and who does it.
pub struct Of<T> {
    app: Arc<App>,
    doer: Doer,
    id: T,
}

impl<T: DeserializeOwned + Send + 'static> FromRequestParts<Arc<App>> for Of<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, ApiError> {
        let caller = Caller::from_request_parts(parts, app).await?;
        let Path(id) = Path::from_request_parts(parts, app).await?;
        Ok(Self { app: Arc::clone(app), doer: caller.doer(), id })
    }
}

/// Everything that connects programs with the office.
///
/// # Errors
/// By permission.
#[utoipa::path(get, path = "/api/v1/integrations", tag = "integrations",
    responses((status = 200, body = Integrations), (status = "default", body = Problem)))]
pub async fn list(State(app): State<Arc<App>>, caller: Caller) -> ApiResult<Json<Integrations>> {
    Ok(Json(actions::list(&app, caller.user).await?))
}

/// Makes a bot.
///
/// # Errors
/// By permission, when a text is refused, or the handle is taken.
#[utoipa::path(post, path = "/api/v1/bots", tag = "integrations", request_body = NewBot,
    responses((status = 201, body = Bot), (status = "default", body = Problem)))]
pub async fn create_bot(
    State(app): State<Arc<App>>,
    caller: Caller,
    Json(new): Json<NewBot>,
) -> ApiResult<(StatusCode, Json<Bot>)> {
    Ok((StatusCode::CREATED, Json(bots::create(&app, &caller.doer(), new).await?)))
}

/// Changes a bot, or switches it off or on.
///
/// # Errors
/// By permission, when the name is refused, or there is no such bot.
#[utoipa::path(patch, path = "/api/v1/bots/{user}", tag = "integrations",
    params(("user" = UserId, Path)), request_body = BotChange,
    responses((status = 200, body = Changed), (status = "default", body = Problem)))]
pub async fn change_bot(of: Of<UserId>, Json(change): Json<BotChange>) -> ApiResult<Json<Changed>> {
    Ok(Json(Changed { events: bots::change(&of.app, &of.doer, of.id, change).await? }))
}

/// Makes a token of a bot. Its characters are shown this once.
///
/// # Errors
/// By permission, when there is no such bot, it is switched off, or it has ten.
#[utoipa::path(post, path = "/api/v1/bots/{user}/tokens", tag = "integrations",
    params(("user" = UserId, Path)), request_body = NewBotToken,
    responses((status = 201, body = FreshBotToken), (status = "default", body = Problem)))]
pub async fn create_token(
    of: Of<UserId>,
    Json(new): Json<NewBotToken>,
) -> ApiResult<(StatusCode, Json<FreshBotToken>)> {
    let fresh = bots::create_token(&of.app, &of.doer, of.id, &new.name).await?;
    Ok((StatusCode::CREATED, Json(fresh)))
}

/// Revokes a token of a bot.
///
/// # Errors
/// By permission, or when there is no such token.
#[utoipa::path(delete, path = "/api/v1/bots/{user}/tokens/{token}", tag = "integrations",
    params(("user" = UserId, Path), ("token" = SessionId, Path)),
    responses((status = 204), (status = "default", body = Problem)))]
pub async fn revoke_token(
    Of { app, doer, id: (bot, token) }: Of<(UserId, SessionId)>,
) -> ApiResult<StatusCode> {
    bots::revoke_token(&app, &doer, bot, token).await?;
    Ok(StatusCode::NO_CONTENT)
}

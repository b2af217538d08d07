//! Slash commands, as admins run them and as people give them.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use hearth_domain::id::{ChannelId, CommandId};
use hearth_wire::integrations::{
    Command, CommandContent, CommandListing, FreshCommand, RunCommand,
};
use hearth_wire::problem::Problem;

use crate::actions::integrations::commands;
use crate::app::App;
use crate::http::auth::{Caller, Site};
use crate::http::extract::Json;
use crate::http::integrations::Of;
use crate::http::problem::ApiResult;

/// The commands that people can give.
///
/// # Errors
/// As every read.
#[utoipa::path(get, path = "/api/v1/commands", tag = "integrations",
    responses((status = 200, body = Vec<CommandListing>), (status = "default", body = Problem)))]
pub async fn list(
    State(app): State<Arc<App>>,
    caller: Caller,
) -> ApiResult<Json<Vec<CommandListing>>> {
    Ok(Json(commands::listing(&app, caller.user).await?))
}

/// Makes a command. Its secret is shown this once.
///
/// # Errors
/// By permission, when the content is refused, or the word is taken.
#[utoipa::path(post, path = "/api/v1/commands", tag = "integrations",
    request_body = CommandContent,
    responses((status = 201, body = FreshCommand), (status = "default", body = Problem)))]
pub async fn create(
    State(app): State<Arc<App>>,
    caller: Caller,
    Json(content): Json<CommandContent>,
) -> ApiResult<(StatusCode, Json<FreshCommand>)> {
    Ok((StatusCode::CREATED, Json(commands::create(&app, &caller.doer(), content).await?)))
}

/// Changes a command.
///
/// # Errors
/// By permission, when the content is refused, the word is taken, or there is none.
#[utoipa::path(put, path = "/api/v1/commands/{command}", tag = "integrations",
    params(("command" = CommandId, Path)), request_body = CommandContent,
    responses((status = 200, body = Command), (status = "default", body = Problem)))]
pub async fn change(
    of: Of<CommandId>,
    Json(content): Json<CommandContent>,
) -> ApiResult<Json<Command>> {
    Ok(Json(commands::change(&of.app, &of.doer, of.id, content).await?))
}

/// Deletes a command; what it wrote stays.
///
/// # Errors
/// By permission, or when there is none.
#[utoipa::path(delete, path = "/api/v1/commands/{command}", tag = "integrations",
    params(("command" = CommandId, Path)),
    responses((status = 204), (status = "default", body = Problem)))]
pub async fn delete(of: Of<CommandId>) -> ApiResult<StatusCode> {
    commands::delete(&of.app, &of.doer, of.id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Gives a command another secret.
///
/// # Errors
/// By permission, or when there is none.
#[utoipa::path(post, path = "/api/v1/commands/{command}/secret", tag = "integrations",
    params(("command" = CommandId, Path)),
    responses((status = 200, body = FreshCommand), (status = "default", body = Problem)))]
pub async fn renew(of: Of<CommandId>) -> ApiResult<Json<FreshCommand>> {
    Ok(Json(commands::renew(&of.app, &of.doer, of.id).await?))
}

/// Gives a command in a conversation. Its answer comes as a message, or as an `ephemeral` frame.
///
/// # Errors
/// By permission, when there is no such command, or its program did not answer well.
#[utoipa::path(post, path = "/api/v1/channels/{channel}/commands", tag = "integrations",
    params(("channel" = ChannelId, Path)), request_body = RunCommand,
    responses((status = 204), (status = "default", body = Problem)))]
pub async fn run(
    site: Site,
    of: Of<ChannelId>,
    Json(asked): Json<RunCommand>,
) -> ApiResult<StatusCode> {
    commands::run(&of.app, of.doer.user, of.id, (asked, &site.base_url)).await?;
    Ok(StatusCode::NO_CONTENT)
}

//! Single messages, their threads and marks.

use std::sync::Arc;

use axum::extract::State;
use hearth_domain::id::MessageId;
use hearth_domain::model::Message;
use hearth_wire::problem::Problem;
use hearth_wire::rest::{Changed, HistoryQuery, MessageChange, Revisions, ThreadPage};

use super::auth::Caller;
use super::extract::{Json, Path, Query};
use super::problem::ApiResult;
use crate::actions::message::Switch;
use crate::actions::{self, read};
use crate::app::App;

/// One message.
///
/// # Errors
/// By permission.
#[utoipa::path(get, path = "/api/v1/messages/{message}", tag = "messages",
    params(("message" = MessageId, Path)),
    responses((status = 200, body = Message), (status = "default", body = Problem)))]
pub async fn show(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(message): Path<MessageId>,
) -> ApiResult<Json<Message>> {
    Ok(Json(read::message(&app, caller.user, message).await?))
}

/// Changes a message's text.
///
/// # Errors
/// By permission, or when the message was deleted.
#[utoipa::path(patch, path = "/api/v1/messages/{message}", tag = "messages",
    params(("message" = MessageId, Path)), request_body = MessageChange,
    responses((status = 200, body = Changed), (status = "default", body = Problem)))]
pub async fn edit(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(message): Path<MessageId>,
    Json(change): Json<MessageChange>,
) -> ApiResult<Json<Changed>> {
    let events = actions::message::edit(&app, caller.user, message, &change.text).await?;
    Ok(Json(Changed { events }))
}

/// Deletes a message.
///
/// # Errors
/// By permission.
#[utoipa::path(delete, path = "/api/v1/messages/{message}", tag = "messages",
    params(("message" = MessageId, Path)),
    responses((status = 200, body = Changed), (status = "default", body = Problem)))]
pub async fn delete(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(message): Path<MessageId>,
) -> ApiResult<Json<Changed>> {
    Ok(Json(Changed { events: actions::message::delete(&app, caller.user, message).await? }))
}

/// Takes away the cards of the pages that a message links to, for everybody and for good.
///
/// # Errors
/// By permission.
#[utoipa::path(delete, path = "/api/v1/messages/{message}/cards", tag = "messages",
    params(("message" = MessageId, Path)),
    responses((status = 200, body = Changed), (status = "default", body = Problem)))]
pub async fn take_cards(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(message): Path<MessageId>,
) -> ApiResult<Json<Changed>> {
    Ok(Json(Changed { events: actions::card::take_away(&app, caller.user, message).await? }))
}

/// The texts a message had before.
///
/// # Errors
/// By permission.
#[utoipa::path(get, path = "/api/v1/messages/{message}/revisions", tag = "messages",
    params(("message" = MessageId, Path)),
    responses((status = 200, body = Revisions), (status = "default", body = Problem)))]
pub async fn revisions(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(message): Path<MessageId>,
) -> ApiResult<Json<Revisions>> {
    let revisions = read::revisions(&app, caller.user, message).await?;
    Ok(Json(Revisions { revisions }))
}

/// A thread: its first message and a page of answers, oldest first.
///
/// # Errors
/// By permission.
#[utoipa::path(get, path = "/api/v1/messages/{message}/thread", tag = "messages",
    params(("message" = MessageId, Path), HistoryQuery),
    responses((status = 200, body = ThreadPage), (status = "default", body = Problem)))]
pub async fn thread(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(message): Path<MessageId>,
    Query(query): Query<HistoryQuery>,
) -> ApiResult<Json<ThreadPage>> {
    Ok(Json(read::thread(&app, caller.user, message, query).await?))
}

/// Puts an emoji on a message.
///
/// # Errors
/// By permission, or when there are too many kinds.
#[utoipa::path(put, path = "/api/v1/messages/{message}/reactions/{emoji}", tag = "messages",
    params(("message" = MessageId, Path), ("emoji" = String, Path)),
    responses((status = 200, body = Changed), (status = "default", body = Problem)))]
pub async fn react(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path((message, emoji)): Path<(MessageId, String)>,
) -> ApiResult<Json<Changed>> {
    set_reaction(&app, &caller, message, (&emoji, Switch::On)).await
}

/// Takes one's emoji off a message.
///
/// # Errors
/// By permission.
#[utoipa::path(delete, path = "/api/v1/messages/{message}/reactions/{emoji}", tag = "messages",
    params(("message" = MessageId, Path), ("emoji" = String, Path)),
    responses((status = 200, body = Changed), (status = "default", body = Problem)))]
pub async fn unreact(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path((message, emoji)): Path<(MessageId, String)>,
) -> ApiResult<Json<Changed>> {
    set_reaction(&app, &caller, message, (&emoji, Switch::Off)).await
}

async fn set_reaction(
    app: &App,
    caller: &Caller,
    message: MessageId,
    (emoji, switch): (&str, Switch),
) -> ApiResult<Json<Changed>> {
    let events = actions::message::react(app, caller.user, message, (emoji, switch)).await?;
    Ok(Json(Changed { events }))
}

/// Pins a message.
///
/// # Errors
/// By permission, or when there are too many pins.
#[utoipa::path(put, path = "/api/v1/messages/{message}/pin", tag = "messages",
    params(("message" = MessageId, Path)),
    responses((status = 200, body = Changed), (status = "default", body = Problem)))]
pub async fn pin(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(message): Path<MessageId>,
) -> ApiResult<Json<Changed>> {
    let events = actions::message::pin(&app, caller.user, message, Switch::On).await?;
    Ok(Json(Changed { events }))
}

/// Unpins a message.
///
/// # Errors
/// By permission.
#[utoipa::path(delete, path = "/api/v1/messages/{message}/pin", tag = "messages",
    params(("message" = MessageId, Path)),
    responses((status = 200, body = Changed), (status = "default", body = Problem)))]
pub async fn unpin(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(message): Path<MessageId>,
) -> ApiResult<Json<Changed>> {
    let events = actions::message::pin(&app, caller.user, message, Switch::Off).await?;
    Ok(Json(Changed { events }))
}

/// Follows a thread.
///
/// # Errors
/// By permission.
#[utoipa::path(put, path = "/api/v1/messages/{message}/follow", tag = "messages",
    params(("message" = MessageId, Path)),
    responses((status = 200, body = Changed), (status = "default", body = Problem)))]
pub async fn follow(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(message): Path<MessageId>,
) -> ApiResult<Json<Changed>> {
    let events = actions::message::follow(&app, caller.user, message, Switch::On).await?;
    Ok(Json(Changed { events }))
}

/// No longer follows a thread.
///
/// # Errors
/// By permission.
#[utoipa::path(delete, path = "/api/v1/messages/{message}/follow", tag = "messages",
    params(("message" = MessageId, Path)),
    responses((status = 200, body = Changed), (status = "default", body = Problem)))]
pub async fn unfollow(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(message): Path<MessageId>,
) -> ApiResult<Json<Changed>> {
    let events = actions::message::follow(&app, caller.user, message, Switch::Off).await?;
    Ok(Json(Changed { events }))
}

/// Saves a message for later.
///
/// # Errors
/// By permission, or when too many are saved.
#[utoipa::path(put, path = "/api/v1/messages/{message}/saved", tag = "messages",
    params(("message" = MessageId, Path)),
    responses((status = 200, body = Changed), (status = "default", body = Problem)))]
pub async fn save(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(message): Path<MessageId>,
) -> ApiResult<Json<Changed>> {
    let events = actions::message::save(&app, caller.user, message, Switch::On).await?;
    Ok(Json(Changed { events }))
}

/// No longer keeps a message saved.
///
/// # Errors
/// By permission.
#[utoipa::path(delete, path = "/api/v1/messages/{message}/saved", tag = "messages",
    params(("message" = MessageId, Path)),
    responses((status = 200, body = Changed), (status = "default", body = Problem)))]
pub async fn unsave(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(message): Path<MessageId>,
) -> ApiResult<Json<Changed>> {
    let events = actions::message::save(&app, caller.user, message, Switch::Off).await?;
    Ok(Json(Changed { events }))
}

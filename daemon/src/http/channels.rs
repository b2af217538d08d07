//! Channels, direct conversations and who is in them.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use hearth_domain::id::{ChannelId, UserId};
use hearth_wire::problem::Problem;
use hearth_wire::rest::{
    Changed, ChannelChange, ChannelListing, ChannelState, DraftContent, HistoryQuery,
    MemberContent, MemberList, MessagePage, NewChannel, NewMessage, NotifyContent, OpenDirect,
    ReadContent, UnreadContent,
};

use super::auth::Caller;
use super::extract::{Json, Path, Query};
use super::problem::ApiResult;
use crate::actions::personal::Place;
use crate::actions::post::NewPost;
use crate::actions::{self, read};
use crate::app::App;

/// Public channels, the joined ones marked.
///
/// # Errors
/// As every read; guests may not browse.
#[utoipa::path(get, path = "/api/v1/channels", tag = "channels",
    responses((status = 200, body = Vec<ChannelListing>), (status = "default", body = Problem)))]
pub async fn list(
    State(app): State<Arc<App>>,
    caller: Caller,
) -> ApiResult<Json<Vec<ChannelListing>>> {
    Ok(Json(read::directory(&app, caller.user).await?))
}

/// Opens a channel.
///
/// # Errors
/// By permission, or when the name is taken.
#[utoipa::path(post, path = "/api/v1/channels", tag = "channels", request_body = NewChannel,
    responses((status = 201, body = Changed), (status = "default", body = Problem)))]
pub async fn create(
    State(app): State<Arc<App>>,
    caller: Caller,
    Json(new): Json<NewChannel>,
) -> ApiResult<(StatusCode, Json<Changed>)> {
    let events = actions::channel::open(&app, caller.user, new).await?;
    Ok((StatusCode::CREATED, Json(Changed { events })))
}

/// One conversation and the caller's place in it.
///
/// # Errors
/// By permission.
#[utoipa::path(get, path = "/api/v1/channels/{channel}", tag = "channels",
    params(("channel" = ChannelId, Path)),
    responses((status = 200, body = ChannelState), (status = "default", body = Problem)))]
pub async fn show(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(channel): Path<ChannelId>,
) -> ApiResult<Json<ChannelState>> {
    Ok(Json(read::channel(&app, caller.user, channel).await?))
}

/// Changes a channel.
///
/// # Errors
/// By permission, or when the name is taken.
#[utoipa::path(patch, path = "/api/v1/channels/{channel}", tag = "channels",
    params(("channel" = ChannelId, Path)), request_body = ChannelChange,
    responses((status = 200, body = Changed), (status = "default", body = Problem)))]
pub async fn change(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(channel): Path<ChannelId>,
    Json(change): Json<ChannelChange>,
) -> ApiResult<Json<Changed>> {
    let events = actions::channel::change(&app, &caller.doer(), channel, change).await?;
    Ok(Json(Changed { events }))
}

/// Joins a public channel.
///
/// # Errors
/// By permission.
#[utoipa::path(post, path = "/api/v1/channels/{channel}/join", tag = "channels",
    params(("channel" = ChannelId, Path)),
    responses((status = 200, body = Changed), (status = "default", body = Problem)))]
pub async fn join(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(channel): Path<ChannelId>,
) -> ApiResult<Json<Changed>> {
    Ok(Json(Changed { events: actions::channel::join(&app, caller.user, channel).await? }))
}

/// Leaves a channel.
///
/// # Errors
/// By permission; a direct conversation keeps its people.
#[utoipa::path(post, path = "/api/v1/channels/{channel}/leave", tag = "channels",
    params(("channel" = ChannelId, Path)),
    responses((status = 200, body = Changed), (status = "default", body = Problem)))]
pub async fn leave(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(channel): Path<ChannelId>,
) -> ApiResult<Json<Changed>> {
    Ok(Json(Changed { events: actions::channel::leave(&app, caller.user, channel).await? }))
}

/// Who is in a channel.
///
/// # Errors
/// By permission.
#[utoipa::path(get, path = "/api/v1/channels/{channel}/members", tag = "channels",
    params(("channel" = ChannelId, Path)),
    responses((status = 200, body = MemberList), (status = "default", body = Problem)))]
pub async fn members(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(channel): Path<ChannelId>,
) -> ApiResult<Json<MemberList>> {
    let members = read::members(&app, caller.user, channel).await?;
    Ok(Json(MemberList { members }))
}

/// Adds somebody, or changes what they may do there.
///
/// # Errors
/// By permission, or when the person is disabled.
#[utoipa::path(put, path = "/api/v1/channels/{channel}/members/{user}", tag = "channels",
    params(("channel" = ChannelId, Path), ("user" = UserId, Path)), request_body = MemberContent,
    responses((status = 200, body = Changed), (status = "default", body = Problem)))]
pub async fn set_member(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path((channel, user)): Path<(ChannelId, UserId)>,
    Json(member): Json<MemberContent>,
) -> ApiResult<Json<Changed>> {
    let seat = actions::channel::Seat { channel, user };
    let events = actions::channel::set_member(&app, caller.user, seat, member.role).await?;
    Ok(Json(Changed { events }))
}

/// Removes somebody.
///
/// # Errors
/// By permission.
#[utoipa::path(delete, path = "/api/v1/channels/{channel}/members/{user}", tag = "channels",
    params(("channel" = ChannelId, Path), ("user" = UserId, Path)),
    responses((status = 200, body = Changed), (status = "default", body = Problem)))]
pub async fn remove_member(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path((channel, user)): Path<(ChannelId, UserId)>,
) -> ApiResult<Json<Changed>> {
    let seat = actions::channel::Seat { channel, user };
    Ok(Json(Changed { events: actions::channel::remove_member(&app, caller.user, seat).await? }))
}

/// Opens the direct conversation with these people, or finds it.
///
/// # Errors
/// By permission, when somebody is disabled, or there are too many.
#[utoipa::path(post, path = "/api/v1/direct", tag = "channels", request_body = OpenDirect,
    responses((status = 200, body = ChannelState), (status = 201, body = ChannelState),
        (status = "default", body = Problem)))]
pub async fn open_direct(
    State(app): State<Arc<App>>,
    caller: Caller,
    Json(open): Json<OpenDirect>,
) -> ApiResult<(StatusCode, Json<ChannelState>)> {
    let opened = actions::channel::open_direct(&app, caller.user, open.users).await?;
    let status = if opened.is_new { StatusCode::CREATED } else { StatusCode::OK };
    Ok((status, Json(read::channel(&app, caller.user, opened.channel).await?)))
}

/// A page of a channel's history, oldest first.
///
/// # Errors
/// By permission.
#[utoipa::path(get, path = "/api/v1/channels/{channel}/messages", tag = "messages",
    params(("channel" = ChannelId, Path), HistoryQuery),
    responses((status = 200, body = MessagePage), (status = "default", body = Problem)))]
pub async fn history(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(channel): Path<ChannelId>,
    Query(query): Query<HistoryQuery>,
) -> ApiResult<Json<MessagePage>> {
    Ok(Json(read::history(&app, caller.user, channel, query).await?))
}

/// Writes a message. Safe to repeat with the same nonce.
///
/// # Errors
/// By permission; when the nonce was used for another text.
#[utoipa::path(post, path = "/api/v1/channels/{channel}/messages", tag = "messages",
    params(("channel" = ChannelId, Path)), request_body = NewMessage,
    responses((status = 201, body = Changed), (status = "default", body = Problem)))]
pub async fn post(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(channel): Path<ChannelId>,
    Json(new): Json<NewMessage>,
) -> ApiResult<(StatusCode, Json<Changed>)> {
    let NewMessage { nonce, root, text, files } = new;
    let post = NewPost { user: caller.user, nonce, channel, root, text, files, guise: None };
    let posted = actions::post::send(&app, post).await?.on_disk().await?;
    let event = read::event(&app, caller.user, posted.seq).await?;
    Ok((StatusCode::CREATED, Json(Changed { events: event.into_iter().collect() })))
}

/// The pinned messages of a channel, latest pin first.
///
/// # Errors
/// By permission.
#[utoipa::path(get, path = "/api/v1/channels/{channel}/pins", tag = "messages",
    params(("channel" = ChannelId, Path)),
    responses((status = 200, body = MessagePage), (status = "default", body = Problem)))]
pub async fn pins(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(channel): Path<ChannelId>,
) -> ApiResult<Json<MessagePage>> {
    let messages = read::pins(&app, caller.user, channel).await?;
    Ok(Json(MessagePage { messages, more_before: false, more_after: false }))
}

/// Marks a conversation, or one thread of it, as read.
///
/// # Errors
/// By permission.
#[utoipa::path(put, path = "/api/v1/channels/{channel}/read", tag = "channels",
    params(("channel" = ChannelId, Path)), request_body = ReadContent,
    responses((status = 200, body = Changed), (status = "default", body = Problem)))]
pub async fn mark_read(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(channel): Path<ChannelId>,
    Json(read): Json<ReadContent>,
) -> ApiResult<Json<Changed>> {
    let place = Place { user: caller.user, channel, root: read.root };
    Ok(Json(Changed { events: actions::personal::mark_read(&app, place, read.upto).await? }))
}

/// Marks a conversation, or one thread of it, as unread from a message on.
///
/// # Errors
/// By permission.
#[utoipa::path(put, path = "/api/v1/channels/{channel}/unread", tag = "channels",
    params(("channel" = ChannelId, Path)), request_body = UnreadContent,
    responses((status = 200, body = Changed), (status = "default", body = Problem)))]
pub async fn mark_unread(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(channel): Path<ChannelId>,
    Json(unread): Json<UnreadContent>,
) -> ApiResult<Json<Changed>> {
    let place = Place { user: caller.user, channel, root: unread.root };
    Ok(Json(Changed { events: actions::personal::mark_unread(&app, place, unread.from).await? }))
}

/// Chooses what a channel may interrupt for.
///
/// # Errors
/// By permission.
#[utoipa::path(put, path = "/api/v1/channels/{channel}/notify", tag = "channels",
    params(("channel" = ChannelId, Path)), request_body = NotifyContent,
    responses((status = 200, body = Changed), (status = "default", body = Problem)))]
pub async fn notify(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(channel): Path<ChannelId>,
    Json(notify): Json<NotifyContent>,
) -> ApiResult<Json<Changed>> {
    let events = actions::personal::notify(&app, caller.user, channel, notify.level).await?;
    Ok(Json(Changed { events }))
}

/// Keeps an unsent text; an empty one removes it.
///
/// # Errors
/// By permission.
#[utoipa::path(put, path = "/api/v1/channels/{channel}/draft", tag = "channels",
    params(("channel" = ChannelId, Path)), request_body = DraftContent,
    responses((status = 200, body = Changed), (status = "default", body = Problem)))]
pub async fn draft(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(channel): Path<ChannelId>,
    Json(draft): Json<DraftContent>,
) -> ApiResult<Json<Changed>> {
    let place = Place { user: caller.user, channel, root: draft.root };
    Ok(Json(Changed { events: actions::personal::draft(&app, place, &draft.text).await? }))
}

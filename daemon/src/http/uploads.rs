//! Files on their way in. The semantics are those of resumable uploads (draft-ietf-httpbis-resumable-
//! upload, tus): announce, append at an offset, ask for the offset after a break, complete or cancel.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, StatusCode};
use hearth_domain::file::Attachment;
use hearth_domain::id::FileId;
use hearth_wire::problem::Problem;
use hearth_wire::rest::{NewUpload, UploadState};

use super::auth::Caller;
use super::extract::{Json, Path};
use super::problem::{ApiError, ApiResult};
use crate::actions::upload;
use crate::app::App;

/// Where a piece begins, in bytes.
const UPLOAD_OFFSET: HeaderName = HeaderName::from_static("upload-offset");

/// Announces a file: its name and size.
///
/// # Errors
/// When it is too large, too many are on their way, or the disk has no room.
#[utoipa::path(post, path = "/api/v1/uploads", tag = "files", request_body = NewUpload,
    responses((status = 201, body = UploadState), (status = "default", body = Problem)))]
pub async fn create(
    State(app): State<Arc<App>>,
    caller: Caller,
    Json(new): Json<NewUpload>,
) -> ApiResult<(StatusCode, Json<UploadState>)> {
    Ok((StatusCode::CREATED, Json(upload::create(&app, caller.user, new).await?)))
}

/// How far an upload is. Who is still sending to it is stopped.
///
/// # Errors
/// When it is not the caller's, or ended.
#[utoipa::path(get, path = "/api/v1/uploads/{upload}", tag = "files",
    params(("upload" = FileId, Path)),
    responses((status = 200, body = UploadState), (status = "default", body = Problem)))]
pub async fn show(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(id): Path<FileId>,
) -> ApiResult<Json<UploadState>> {
    Ok(Json(upload::show(&app, caller.user, id).await?))
}

/// Appends a piece, of any size, at the offset where the upload stands. What arrived before a break is
/// kept.
///
/// # Errors
/// When the upload stands elsewhere, more comes than was announced, or the disk is full.
#[utoipa::path(patch, path = "/api/v1/uploads/{upload}", tag = "files",
    params(("upload" = FileId, Path), ("upload-offset" = u64, Header)),
    request_body(content = Vec<u8>, content_type = "application/octet-stream"),
    responses((status = 200, body = UploadState), (status = "default", body = Problem)))]
pub async fn append(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(id): Path<FileId>,
    headers: HeaderMap,
    body: Body,
) -> ApiResult<Json<UploadState>> {
    let offset = headers.get(UPLOAD_OFFSET).and_then(|value| value.to_str().ok());
    let offset = offset.and_then(|value| value.parse().ok());
    let offset = offset.ok_or(ApiError::bad_request("Upload-Offset is needed"))?;
    // A client that goes away takes its request with it; what it sent is kept all the same.
    let whose = (caller.user, id);
    let tasks = app.tasks.clone();
    let receiving = tasks.spawn("upload", async move {
        upload::append(&app, whose, offset, body.into_data_stream()).await
    });
    Ok(Json(receiving.await.map_err(ApiError::internal)??))
}

/// Makes a file of an upload that came whole. Safe to repeat.
///
/// # Errors
/// When something is still to come.
#[utoipa::path(post, path = "/api/v1/uploads/{upload}/complete", tag = "files",
    params(("upload" = FileId, Path)),
    responses((status = 201, body = Attachment), (status = "default", body = Problem)))]
pub async fn complete(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(id): Path<FileId>,
) -> ApiResult<(StatusCode, Json<Attachment>)> {
    let tasks = app.tasks.clone();
    let completing =
        tasks.spawn("upload", async move { upload::complete(&app, caller.user, id).await });
    let file = completing.await.map_err(ApiError::internal)??;
    Ok((StatusCode::CREATED, Json(file)))
}

/// Gives an upload up, or a file that no message carries yet.
///
/// # Errors
/// When it is not the caller's, or hangs on something.
#[utoipa::path(delete, path = "/api/v1/uploads/{upload}", tag = "files",
    params(("upload" = FileId, Path)),
    responses((status = 204), (status = "default", body = Problem)))]
pub async fn cancel(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(id): Path<FileId>,
) -> ApiResult<StatusCode> {
    upload::cancel(&app, caller.user, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

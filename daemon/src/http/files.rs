//! Files on their way out.
//!
//! Nothing here can run in our origin: only types on a short list are shown inline
//! ([`hearth_domain::sniff::is_inline`]), all else is bytes to save; no browser may guess another type;
//! and a policy takes everything from a document that is opened by itself.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use hearth_domain::denied::Code;
use hearth_domain::file::{BlobHash, FileName};
use hearth_domain::id::FileId;
use hearth_domain::sniff::{PLAIN_TEXT, is_inline};
use hearth_store::file::rows::{Content, Form};
use hearth_wire::problem::Problem;
use hearth_wire::rest::{AvatarChange, Changed, StorageSummary};
use tokio::io::{AsyncReadExt, AsyncSeekExt};
use tokio_util::io::ReaderStream;

use super::auth::Caller;
use super::checked::Checked;
use super::extract::{Json, Path};
use super::problem::{ApiError, ApiResult};
use super::range::{self, Part};
use crate::actions::file;
use crate::app::App;
use crate::healing::scrub;

/// Bytes read from a file at once; there are two of these in memory for each download.
const READ_BYTES: usize = 128 << 10;

const POLICY_ATTACHMENT: &str = "sandbox; default-src 'none'";
const POLICY_SHOWN: &str =
    "sandbox; default-src 'none'; img-src 'self'; media-src 'self'; style-src 'unsafe-inline'";
/// Browsers show a PDF in a viewer of their own, which a sandbox would keep from starting.
const POLICY_PDF: &str =
    "default-src 'none'; object-src 'self'; style-src 'unsafe-inline'; frame-ancestors 'none'";

/// Whether a file is shown or saved.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Wish {
    Show,
    Save,
}

/// The content of a file. A part of it can be asked for with `Range`.
///
/// # Errors
/// By permission.
#[utoipa::path(get, path = "/api/v1/files/{file}", tag = "files",
    params(("file" = FileId, Path)),
    responses((status = 200, content_type = "application/octet-stream", body = Vec<u8>),
        (status = 206, content_type = "application/octet-stream", body = Vec<u8>),
        (status = "default", body = Problem)))]
pub async fn show(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(id): Path<FileId>,
    headers: HeaderMap,
) -> ApiResult<Response> {
    let content = file::content(&app, caller.user, id, None).await?;
    serve(&app, &content, &headers, Wish::Show).await
}

/// The content of a file, to be saved whatever it is.
///
/// # Errors
/// By permission.
#[utoipa::path(get, path = "/api/v1/files/{file}/download", tag = "files",
    params(("file" = FileId, Path)),
    responses((status = 200, content_type = "application/octet-stream", body = Vec<u8>),
        (status = "default", body = Problem)))]
pub async fn download(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(id): Path<FileId>,
    headers: HeaderMap,
) -> ApiResult<Response> {
    let content = file::content(&app, caller.user, id, None).await?;
    serve(&app, &content, &headers, Wish::Save).await
}

/// A picture as lists show it.
///
/// # Errors
/// By permission, or when it is no picture.
#[utoipa::path(get, path = "/api/v1/files/{file}/thumbnail", tag = "files",
    params(("file" = FileId, Path)),
    responses((status = 200, content_type = "image/jpeg", body = Vec<u8>),
        (status = "default", body = Problem)))]
pub async fn thumbnail(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(id): Path<FileId>,
    headers: HeaderMap,
) -> ApiResult<Response> {
    let content = file::content(&app, caller.user, id, Some(Form::Thumbnail)).await?;
    serve(&app, &content, &headers, Wish::Show).await
}

/// A picture that fits a screen.
///
/// # Errors
/// By permission, or when it is no picture.
#[utoipa::path(get, path = "/api/v1/files/{file}/preview", tag = "files",
    params(("file" = FileId, Path)),
    responses((status = 200, content_type = "image/jpeg", body = Vec<u8>),
        (status = "default", body = Problem)))]
pub async fn preview(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(id): Path<FileId>,
    headers: HeaderMap,
) -> ApiResult<Response> {
    let content = file::content(&app, caller.user, id, Some(Form::Preview)).await?;
    serve(&app, &content, &headers, Wish::Show).await
}

/// Shows an uploaded picture as one's face, or none.
///
/// # Errors
/// When it is no picture of the caller's that no message carries.
#[utoipa::path(put, path = "/api/v1/me/avatar", tag = "files", request_body = AvatarChange,
    responses((status = 200, body = Changed), (status = "default", body = Problem)))]
pub async fn wear(
    State(app): State<Arc<App>>,
    caller: Caller,
    Json(change): Json<AvatarChange>,
) -> ApiResult<Json<Changed>> {
    Ok(Json(Changed { events: file::wear(&app, caller.user, change.file).await? }))
}

/// What files and messages take of the disk.
///
/// # Errors
/// By permission.
#[utoipa::path(get, path = "/api/v1/storage", tag = "files",
    responses((status = 200, body = StorageSummary), (status = "default", body = Problem)))]
pub async fn storage(
    State(app): State<Arc<App>>,
    caller: Caller,
) -> ApiResult<Json<StorageSummary>> {
    Ok(Json(file::storage(&app, caller.user).await?))
}

async fn serve(
    app: &Arc<App>,
    content: &Content,
    asked: &HeaderMap,
    wish: Wish,
) -> ApiResult<Response> {
    let tag = format!("\"{}\"", content.hash);
    let mut headers = describe(content, wish)?;
    headers.insert(header::ETAG, tag.parse().map_err(ApiError::internal)?);
    if range::is_known(asked, &tag) {
        return Ok((StatusCode::NOT_MODIFIED, headers).into_response());
    }
    let (blobs, hash) = (app.files.blobs().clone(), content.hash);
    let opened = app.tasks.spawn_blocking(move || blobs.open(hash)).await;
    let (file, size) = match opened.map_err(ApiError::internal)? {
        Ok((_, size)) if hash == content.file.blob && size != content.file.size_bytes => {
            return Err(damaged(app, hash));
        }
        Ok(opened) => opened,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            return Err(damaged(app, hash));
        }
        Err(error) => return Err(ApiError::internal(error)),
    };
    let part = range::part(asked, &tag, size);
    let (status, start, length) = match part {
        Part::Whole => (StatusCode::OK, 0, size),
        Part::Bytes { first, last } => {
            let shown = format!("bytes {first}-{last}/{size}");
            headers.insert(header::CONTENT_RANGE, shown.parse().map_err(ApiError::internal)?);
            (StatusCode::PARTIAL_CONTENT, first, last - first + 1)
        }
        Part::Beyond => return Ok(range::beyond(size)),
    };
    headers.insert(header::CONTENT_LENGTH, HeaderValue::from(length));
    let mut file = tokio::fs::File::from_std(file);
    file.set_max_buf_size(READ_BYTES);
    if start > 0 {
        file.seek(std::io::SeekFrom::Start(start)).await.map_err(ApiError::internal)?;
    }
    let stream = ReaderStream::with_capacity(file.take(length), READ_BYTES);
    let body = match part {
        Part::Whole => Body::from_stream(Checked::new(stream, (hash, size), Arc::clone(app))),
        _ => Body::from_stream(stream),
    };
    Ok((status, headers, body).into_response())
}

/// What is said of a file that is not what it was; it is looked at meanwhile.
fn damaged(app: &Arc<App>, hash: BlobHash) -> ApiError {
    scrub::suspect(app, hash);
    Code::FileDamaged.into()
}

fn describe(content: &Content, wish: Wish) -> ApiResult<HeaderMap> {
    let shown = wish == Wish::Show && is_inline(&content.media_type);
    let media_type = match content.media_type.as_str() {
        PLAIN_TEXT => "text/plain; charset=utf-8",
        named if is_inline(&content.media_type) => named,
        _ => "application/octet-stream",
    };
    let policy = match media_type {
        _ if !shown => POLICY_ATTACHMENT,
        "application/pdf" => POLICY_PDF,
        _ => POLICY_SHOWN,
    };
    let mut headers = HeaderMap::new();
    let text = |text: &str| HeaderValue::from_str(text).map_err(ApiError::internal);
    headers.insert(header::CONTENT_TYPE, text(media_type)?);
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(policy));
    let word = if shown { "inline" } else { "attachment" };
    let named = named(&content.file.name);
    headers.insert(header::CONTENT_DISPOSITION, text(&format!("{word}; {named}"))?);
    headers.insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    let cache = HeaderValue::from_static("private, max-age=31536000, immutable");
    headers.insert(header::CACHE_CONTROL, cache);
    // Who signs in next in the same browser has another cookie.
    headers.insert(header::VARY, HeaderValue::from_static("Authorization, Cookie"));
    Ok(headers)
}

/// A name for browsers that read RFC 6266 (percent-encoded UTF-8) and, in ASCII, for those that don't.
fn named(name: &FileName) -> String {
    let plain = |c: char| if matches!(c, ' '..='~') && !"\"\\%;".contains(c) { c } else { '_' };
    let ascii: String = name.as_str().chars().map(plain).collect();
    let mut full = String::with_capacity(name.as_str().len());
    for byte in name.as_str().bytes() {
        // The attr-char of RFC 5987, 3.2.1.
        if byte.is_ascii_alphanumeric() || b"!#$&+-.^_`|~".contains(&byte) {
            full.push(char::from(byte));
        } else {
            full.push_str(&format!("%{byte:02X}"));
        }
    }
    format!("filename=\"{ascii}\"; filename*=UTF-8''{full}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_safe_in_a_header() {
        let of = |raw: &str| named(&FileName::parse(raw).unwrap());
        assert_eq!(of("plan.pdf"), "filename=\"plan.pdf\"; filename*=UTF-8''plan.pdf");
        assert_eq!(of("a\"b;c.txt"), "filename=\"a_b_c.txt\"; filename*=UTF-8''a%22b%3Bc.txt");
        assert_eq!(
            of("预算.xlsx"),
            "filename=\"__.xlsx\"; filename*=UTF-8''%E9%A2%84%E7%AE%97.xlsx"
        );
        assert_eq!(
            of("x\r\nSet-Cookie: a=b"),
            "filename=\"xSet-Cookie: a=b\"; filename*=UTF-8''xSet-Cookie%3A%20a%3Db"
        );
    }
}

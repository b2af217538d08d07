//! The pages and files with which a device comes to trust this box.
//!
//! They are plain: no script, no sign-in, nothing secret, the same for everybody, in both languages.
//! The secure door serves them at `/trust`. The door in the clear ([`clear`], port 80) serves nothing
//! else: whatever is asked for there, the answer is this page with the way to the secure door, and
//! never a form.

mod files;
mod page;
mod steps;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use hearth_domain::denied::Code;
use hearth_wire::problem::Problem;
use hearth_wire::trust::TrustInfo;

use super::extract::Json;
use super::hosts::authority_of;
use super::problem::{ApiError, ApiResult};
use crate::actions::trust;
use crate::app::App;
use crate::machine;
use page::{Page, Tongue, Way};
use steps::Device;

/// By what this box is known, and where it is reached.
///
/// # Errors
/// As every read.
#[utoipa::path(get, path = "/api/v1/trust", tag = "office", security(()),
    responses((status = 200, body = TrustInfo), (status = "default", body = Problem)))]
pub async fn info(State(app): State<Arc<App>>) -> ApiResult<Json<TrustInfo>> {
    Ok(Json(trust::info(&app)?))
}

/// `/trust`, its files and the certificate of the box's own authority, for the secure door.
pub fn routes(app: Arc<App>) -> Router {
    let page = |language| {
        move |State(app): State<Arc<App>>, request: Request| async move {
            shown(&app, &request, language, Way::Here)
        }
    };
    Router::new()
        .route("/trust", get(page(None)))
        .route("/trust/en", get(page(Some(Tongue::English))))
        .route("/trust/zh-CN", get(page(Some(Tongue::Chinese))))
        .merge(downloads())
        .with_state(app)
}

/// All that is served in the clear.
pub fn clear(app: Arc<App>) -> Router {
    Router::new().merge(downloads()).fallback(clear_page).with_state(app)
}

fn downloads() -> Router<Arc<App>> {
    Router::new()
        .route("/trust.css", get(async || ([(header::CONTENT_TYPE, "text/css")], page::STYLE)))
        .route("/ca.crt", get(files::certificate))
        .route("/ca.pem", get(files::pem))
        .route("/hearth.mobileconfig", get(files::profile))
}

async fn clear_page(State(app): State<Arc<App>>, request: Request) -> ApiResult<Response> {
    if request.method() != Method::GET && request.method() != Method::HEAD {
        return Err(ApiError::new(Code::MethodNotAllowed));
    }
    let path = request.uri().path();
    // A program that speaks to the interface must learn that it is not here.
    if path.starts_with("/api/") || path.starts_with("/hooks/") {
        return Err(ApiError::new(Code::NotFound));
    }
    let language = match path {
        "/trust/en" => Some(Tongue::English),
        "/trust/zh-CN" => Some(Tongue::Chinese),
        _ => None,
    };
    let way = Way::To(secure_address(&app, &request));
    shown(&app, &request, language, way)
}

/// The secure door under the name that was asked for, which the guard has found to be ours.
fn secure_address(app: &App, request: &Request) -> String {
    let host = authority_of(request).and_then(|host| host.parse().ok());
    let host = host.map(|host: axum::http::uri::Authority| host.host().to_owned());
    host.map_or_else(
        || app.premises.url().to_owned(),
        |host| machine::url_of("https", &host, app.address.port()),
    )
}

fn shown(app: &App, request: &Request, language: Option<Tongue>, way: Way) -> ApiResult<Response> {
    let headers = request.headers();
    let text = |name| headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok());
    let accepted = text(header::ACCEPT_LANGUAGE).unwrap_or_default();
    let page = Page {
        info: &trust::info(app)?,
        tongue: language.unwrap_or_else(|| Tongue::of(accepted)),
        way,
        device: Device::of(text(header::USER_AGENT).unwrap_or_default()),
    };
    let mut answer = HeaderMap::new();
    let html = HeaderValue::from_static("text/html; charset=utf-8");
    answer.insert(header::CONTENT_TYPE, html);
    answer.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    answer.insert(header::VARY, HeaderValue::from_static("Accept-Language, User-Agent"));
    Ok((answer, page.html()).into_response())
}

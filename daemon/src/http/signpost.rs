//! What the side door shows: the way to the front door, and nothing else.
//!
//! Nothing of the office is served in the clear. A visitor who types an address without `https://` is
//! sent to the same page behind the front door, under the name they used; the guard has refused
//! names that are not ours, so nobody is sent elsewhere. The answer is a temporary one: a browser
//! that remembered it for good could not be told otherwise.

use axum::Router;
use axum::extract::{Request, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use hearth_domain::denied::Code;

use crate::http::hosts::authority_of;
use crate::http::problem::ApiError;

/// Connections at the same time; they are short.
pub const CONNECTIONS_MAX: usize = 256;

/// Sends everybody to the front door, by its scheme and port.
pub fn router(scheme: &'static str, port: u16) -> Router {
    Router::new().fallback(way).with_state((scheme, port))
}

async fn way(State((scheme, port)): State<(&'static str, u16)>, request: Request) -> Response {
    let host = authority_of(&request).and_then(host_of);
    let Some(host) = host else {
        return ApiError::new(Code::BadRequest).into_response();
    };
    let path = request.uri().path_and_query().map_or("/", |path| path.as_str());
    let place = match (scheme, port) {
        ("http", 80) | ("https", 443) => format!("{scheme}://{host}{path}"),
        _ => format!("{scheme}://{host}:{port}{path}"),
    };
    (StatusCode::TEMPORARY_REDIRECT, [(header::LOCATION, place)]).into_response()
}

/// The host of an authority, without its port.
fn host_of(authority: &str) -> Option<String> {
    let authority: axum::http::uri::Authority = authority.parse().ok()?;
    Some(authority.host().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::Body;
    use tower::util::ServiceExt;

    async fn sent_to(port: u16, host: &str, path: &str) -> String {
        let request = Request::builder().uri(path).header("host", host);
        let request = request.body(Body::empty()).unwrap();
        let answer = router("https", port).oneshot(request).await.unwrap();
        assert_eq!(answer.status(), StatusCode::TEMPORARY_REDIRECT);
        answer.headers()[header::LOCATION].to_str().unwrap().to_owned()
    }

    #[tokio::test]
    async fn visitors_are_sent_to_the_same_page_behind_the_front_door() {
        assert_eq!(sent_to(443, "box.local", "/").await, "https://box.local/");
        assert_eq!(sent_to(443, "10.0.0.2:80", "/c/1?m=2").await, "https://10.0.0.2/c/1?m=2");
        assert_eq!(sent_to(8443, "[fd00::1]", "/x").await, "https://[fd00::1]:8443/x");
    }
}

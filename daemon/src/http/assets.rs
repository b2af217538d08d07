//! The browser app, embedded in the program.
//!
//! The build gives hashed names to everything under `assets/`, so those never change and are cached
//! for a year; the rest is asked for again each time and mostly answered with 304. Files come
//! compressed from the build (`.gz`): nothing is compressed here. Scripts and styles are in the program only
//! so, and unpacked for the rare client that does not take them. A path that is no file shows the app,
//! which has its own addresses, but only to a browser that navigates; a program gets a 404.
//!
//! `diagram.html` is the frame in which diagrams are drawn from what somebody wrote. Its headers take
//! everything from it but its own scripts and inline styles: it has no origin, no cookie and no
//! network. A page without an origin fetches scripts across origins, so `assets/` allow that; they
//! hold no secret.

use std::borrow::Cow;
use std::io::Read as _;

use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use flate2::read::GzDecoder;
use hearth_domain::denied::Code;
use rust_embed::RustEmbed;

use crate::http::problem::ApiError;
use crate::ids::base64url;

const DIAGRAM: &str = "diagram.html";
const DIAGRAM_POLICY: &str = "sandbox allow-scripts; default-src 'none'; script-src 'self'; \
     style-src 'self' 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'";

#[derive(RustEmbed)]
#[folder = "../web/dist"]
#[exclude = "assets/*.js"]
#[exclude = "assets/*.css"]
struct Dist;

struct File {
    data: Cow<'static, [u8]>,
    sha256: [u8; 32],
}

/// The fallback of the router: a file, the app, or a problem.
pub async fn serve(request: Request) -> Response {
    let find = |path: &str| {
        let file = Dist::get(path)?;
        Some(File { sha256: file.metadata.sha256_hash(), data: file.data })
    };
    answer(&request, find).unwrap_or_else(IntoResponse::into_response)
}

fn answer(request: &Request, find: impl Fn(&str) -> Option<File>) -> Result<Response, ApiError> {
    let path = request.uri().path().trim_start_matches('/');
    let missing = || ApiError::new(Code::NotFound);
    if path.starts_with("api/") {
        return Err(missing());
    }
    if request.method() != Method::GET && request.method() != Method::HEAD {
        return Err(ApiError::new(Code::MethodNotAllowed));
    }
    let is_app = path.is_empty() || (!path.starts_with("assets/") && find(path).is_none());
    if is_app && !path.is_empty() && !is_navigation(request.headers()) {
        return Err(missing());
    }
    let name = if is_app { "index.html" } else { path };
    let kind = content_type(name);
    let (file, encoding) = choose(name, request.headers(), find).ok_or_else(missing)?;
    let mut headers = HeaderMap::new();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    headers.insert(header::VARY, HeaderValue::from_static("Accept-Encoding"));
    let cache = if name.starts_with("assets/") {
        "public, max-age=31536000, immutable"
    } else {
        "no-cache"
    };
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(cache));
    if name.starts_with("assets/") {
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    } else if name == DIAGRAM {
        let policy = HeaderValue::from_static(DIAGRAM_POLICY);
        headers.insert(header::CONTENT_SECURITY_POLICY, policy);
        headers.insert(header::X_FRAME_OPTIONS, HeaderValue::from_static("SAMEORIGIN"));
    }
    if let Some(encoding) = encoding {
        headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static(encoding));
    }
    let etag = format!("\"{}\"", base64url(&file.sha256[..16]));
    let is_known = request.headers().get_all(header::IF_NONE_MATCH).iter().any(|known| {
        known.to_str().is_ok_and(|known| {
            known.split(',').any(|known| known.trim().trim_start_matches("W/") == etag)
        })
    });
    headers.insert(header::ETAG, etag.parse().map_err(ApiError::internal)?);
    if is_known {
        return Ok((StatusCode::NOT_MODIFIED, headers).into_response());
    }
    // hyper keeps the length and drops the body of an answer to HEAD.
    Ok((headers, body(file.data)).into_response())
}

fn body(data: Cow<'static, [u8]>) -> Body {
    match data {
        Cow::Borrowed(bytes) => Body::from(bytes),
        Cow::Owned(bytes) => Body::from(bytes),
    }
}

fn is_navigation(headers: &HeaderMap) -> bool {
    let accept = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok());
    accept.is_some_and(|accept| accept.contains("text/html"))
}

/// The smallest form that the client takes and the build made.
fn choose(
    name: &str,
    headers: &HeaderMap,
    find: impl Fn(&str) -> Option<File>,
) -> Option<(File, Option<&'static str>)> {
    let packed = find(&format!("{name}.gz"));
    if packed.is_some() && accepts_gzip(headers) {
        return packed.map(|file| (file, Some("gzip")));
    }
    find(name).or_else(|| unpacked(&packed?)).map(|file| (file, None))
}

/// A file of which only the compressed form is there.
fn unpacked(packed: &File) -> Option<File> {
    let mut data = Vec::new();
    GzDecoder::new(&*packed.data).read_to_end(&mut data).ok()?;
    Some(File { data: Cow::Owned(data), sha256: packed.sha256 })
}

fn accepts_gzip(headers: &HeaderMap) -> bool {
    let values = headers.get_all(header::ACCEPT_ENCODING).iter();
    values.filter_map(|value| value.to_str().ok()).flat_map(|value| value.split(',')).any(|part| {
        let mut fields = part.split(';').map(str::trim);
        let named = fields.next().is_some_and(|name| name.eq_ignore_ascii_case("gzip"));
        let weight = fields.find_map(|field| field.strip_prefix("q=")?.parse::<f32>().ok());
        named && weight.is_none_or(|weight| weight > 0.0)
    })
}

fn content_type(name: &str) -> &'static str {
    match name.rsplit_once('.').map(|(_, extension)| extension) {
        Some("html") => "text/html; charset=utf-8",
        Some("js" | "mjs") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("json" | "map") => "application/json",
        Some("webmanifest") => "application/manifest+json",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("webp") => "image/webp",
        Some("ico") => "image/x-icon",
        Some("woff2") => "font/woff2",
        Some("wasm") => "application/wasm",
        Some("txt") => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    fn find(path: &str) -> Option<File> {
        let data: &'static [u8] = match path {
            "index.html" => b"the app",
            "assets/app-1a2b.js" => b"plain",
            "assets/app-1a2b.js.gz" => b"gz",
            "icon.svg" => b"<svg/>",
            DIAGRAM => b"the drawing board",
            _ => return None,
        };
        let mut sha256 = [0; 32];
        sha256[..data.len()].copy_from_slice(data);
        Some(File { data: Cow::Borrowed(data), sha256 })
    }

    async fn get(path: &str, headers: &[(&str, &str)]) -> (u16, HeaderMap, String) {
        let mut request = Request::builder().uri(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(Body::empty()).unwrap();
        let response = answer(&request, find).unwrap_or_else(IntoResponse::into_response);
        let (parts, body) = response.into_parts();
        let body = axum::body::to_bytes(body, 100_000).await.unwrap();
        (parts.status.as_u16(), parts.headers, String::from_utf8_lossy(&body).into_owned())
    }

    #[tokio::test]
    async fn the_compressed_form_is_sent_where_it_is_accepted() {
        let path = "/assets/app-1a2b.js";
        for (accepted, sent) in [
            ("gzip, deflate, br", "gz"),
            ("GZIP", "gz"),
            ("br;q=1, gzip;q=0.5", "gz"),
            ("br, gzip;q=0", "plain"),
            ("identity", "plain"),
            ("gzipped", "plain"),
        ] {
            let (status, headers, body) = get(path, &[("accept-encoding", accepted)]).await;
            assert_eq!((status, body.as_str()), (200, sent), "{accepted}");
            assert_eq!(headers.contains_key("content-encoding"), sent != "plain");
            assert_eq!(headers["content-type"], "text/javascript; charset=utf-8");
            assert!(headers["cache-control"].to_str().unwrap().contains("immutable"));
        }
    }

    #[tokio::test]
    async fn who_takes_no_compressed_form_gets_one_unpacked() {
        let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
        packed.write_all(b"let a = 1;").unwrap();
        let packed = packed.finish().unwrap();
        let find = |path: &str| {
            let data = Cow::Owned(packed.clone());
            (path == "assets/a.js.gz").then_some(File { data, sha256: [7; 32] })
        };
        let request = Request::builder().uri("/assets/a.js").body(Body::empty()).unwrap();
        let response = answer(&request, find).unwrap();
        assert!(!response.headers().contains_key("content-encoding"));
        let body = axum::body::to_bytes(response.into_body(), 100).await.unwrap();
        assert_eq!(&body[..], b"let a = 1;");
    }

    #[tokio::test]
    async fn a_known_file_is_not_sent_again() {
        let (_, headers, _) = get("/icon.svg", &[]).await;
        assert_eq!(headers["cache-control"], "no-cache");
        let etag = headers["etag"].to_str().unwrap().to_owned();
        let (status, _, body) = get("/icon.svg", &[("if-none-match", &etag)]).await;
        assert_eq!((status, body.as_str()), (304, ""));
        let weak = format!("\"other\", W/{etag}");
        assert_eq!(get("/icon.svg", &[("if-none-match", &weak)]).await.0, 304);
        assert_eq!(get("/icon.svg", &[("if-none-match", "\"other\"")]).await.0, 200);
    }

    #[tokio::test]
    async fn the_app_answers_people_and_not_programs() {
        let html = [("accept", "text/html,*/*;q=0.8")];
        assert_eq!(get("/", &[]).await.2, "the app");
        assert_eq!(get("/channels/42", &html).await.2, "the app");
        assert_eq!(get("/channels/42", &[]).await.0, 404);
        assert_eq!(get("/assets/gone.js", &html).await.0, 404);
        assert_eq!(get("/api/v1/nothing", &html).await.0, 404);
        assert_eq!(get("/../Cargo.toml", &[]).await.0, 404);
    }

    #[tokio::test]
    async fn the_drawing_board_can_do_nothing_else() {
        let (status, headers, body) = get("/diagram.html", &[]).await;
        assert_eq!((status, body.as_str()), (200, "the drawing board"));
        let policy = headers["content-security-policy"].to_str().unwrap();
        assert!(policy.starts_with("sandbox allow-scripts; default-src 'none'; "));
        assert!(!policy.contains("allow-same-origin") && !policy.contains("connect-src"));
        assert_eq!(headers["x-frame-options"], "SAMEORIGIN");
        let (_, headers, _) = get("/assets/app-1a2b.js", &[]).await;
        assert_eq!(headers["access-control-allow-origin"], "*");
        for path in ["/", "/icon.svg", "/diagram.html"] {
            let (_, headers, _) = get(path, &[]).await;
            assert!(!headers.contains_key("access-control-allow-origin"), "{path}");
        }
    }

    #[tokio::test]
    async fn files_can_only_be_read() {
        let request = Request::builder().method("POST").uri("/").body(Body::empty()).unwrap();
        assert_eq!(answer(&request, find).unwrap_err().code(), Code::MethodNotAllowed);
    }

    #[tokio::test]
    async fn something_is_always_embedded() {
        let request = Request::builder().uri("/").body(Body::empty()).unwrap();
        assert_eq!(serve(request).await.status(), 200);
    }
}

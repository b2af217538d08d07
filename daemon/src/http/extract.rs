//! What a handler takes from a request, with refusals that are problems.
//!
//! axum's own extractors answer in plain text and quote what they could not read. These say which
//! part is wrong and where, and never what it was.

use axum::RequestPartsExt;
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use hearth_domain::denied::Code;
use http_body_util::{BodyExt, LengthLimitError};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::http::body::TooSlow;
use crate::http::problem::ApiError;

/// A JSON body. As an answer it is `application/json` and never cached.
#[derive(Clone, Copy, Debug)]
pub struct Json<T>(pub T);

/// The parameters after the `?`.
#[derive(Clone, Copy, Debug)]
pub struct Query<T>(pub T);

/// The parameters inside the path.
#[derive(Clone, Copy, Debug)]
pub struct Path<T>(pub T);

impl<S: Sync, T: DeserializeOwned> FromRequest<S> for Json<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, _: &S) -> Result<Self, ApiError> {
        if !is_json(request.headers()) {
            return Err(ApiError::bad_request("Content-Type must be application/json"));
        }
        parse(&read_body(request).await?).map(Self)
    }
}

/// The whole body. The guard has set its limit.
async fn read_body(request: Request) -> Result<Bytes, ApiError> {
    let collected = request.into_body().collect().await.map_err(unreadable)?;
    Ok(collected.to_bytes())
}

/// Why a body could not be read to its end, for its sender.
pub fn unreadable(error: axum::Error) -> ApiError {
    if is_caused_by::<LengthLimitError>(&error) {
        ApiError::new(Code::TooLarge)
    } else if is_caused_by::<TooSlow>(&error) {
        ApiError::new(Code::TooSlow)
    } else {
        ApiError::bad_request("the body ended early").because(error)
    }
}

fn is_caused_by<E: std::error::Error + 'static>(error: &(dyn std::error::Error + 'static)) -> bool {
    let mut next = Some(error);
    while let Some(error) = next {
        if error.is::<E>() {
            return true;
        }
        next = error.source();
    }
    false
}

fn is_json(headers: &HeaderMap) -> bool {
    let value = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let essence = value.and_then(|value| value.split(';').next()).unwrap_or_default();
    essence.trim().eq_ignore_ascii_case("application/json")
}

/// The value of JSON bytes, also for frames of a socket.
///
/// # Errors
///
/// `bad_request`, or `bad_text` when a text broke a rule of the domain. The detail names the place.
pub fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, ApiError> {
    // Serde would read a list as well, field by field in an order that nobody promised.
    if bytes.trim_ascii_start().first().is_some_and(|first| *first != b'{') {
        return Err(ApiError::bad_request("a JSON object is needed"));
    }
    serde_json::from_slice(bytes).map_err(|error| describe(&error))
}

fn describe(error: &serde_json::Error) -> ApiError {
    let place = format!("line {}, column {}", error.line(), error.column());
    if !error.is_data() {
        return ApiError::bad_request(format!("not JSON at {place}"));
    }
    // Serde quotes what was sent in most of these, so only our own names are taken over.
    let message = error.to_string();
    if let Some(field) = message.strip_prefix("missing field `").and_then(|m| m.split('`').next()) {
        return ApiError::bad_request(format!("field `{field}` is missing"));
    }
    let of_serde = ["unknown field", "unknown variant", "duplicate field", "invalid"];
    match of_serde.iter().find(|kind| message.starts_with(*kind)) {
        Some(&"invalid") => ApiError::bad_request(format!("wrong type or value at {place}")),
        Some(kind) => ApiError::bad_request(format!("{kind} at {place}")),
        // The domain's own refusals name a rule and quote nothing.
        None if message.starts_with("the text ") => {
            ApiError::new(Code::BadText).with_detail(message)
        }
        None => ApiError::bad_request(format!("wrong value at {place}")),
    }
}

impl<S: Sync, T: DeserializeOwned + 'static> FromRequestParts<S> for Query<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        let axum::extract::Query(value) = parts
            .extract()
            .await
            .map_err(|_| ApiError::bad_request("a query parameter is missing or wrong"))?;
        Ok(Self(value))
    }
}

impl<S: Sync, T: DeserializeOwned + Send + 'static> FromRequestParts<S> for Path<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        let axum::extract::Path(value) = parts
            .extract()
            .await
            .map_err(|_| ApiError::bad_request("a part of the path is wrong"))?;
        Ok(Self(value))
    }
}

impl<T: Serialize> IntoResponse for Json<T> {
    fn into_response(self) -> Response {
        match serde_json::to_vec(&self.0) {
            Ok(body) => {
                let kind = [
                    (header::CONTENT_TYPE, "application/json"),
                    (header::CACHE_CONTROL, "no-store"),
                ];
                (kind, body).into_response()
            }
            Err(error) => ApiError::internal(error).into_response(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hearth_domain::text::Name;
    use serde::Deserialize;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Sample {
        #[expect(dead_code, reason = "only parsed")]
        name: Name,
        #[expect(dead_code, reason = "only parsed")]
        count: u32,
    }

    fn refusal(json: &[u8]) -> (Code, String) {
        let problem = parse::<Sample>(json).unwrap_err().problem();
        (problem.code, problem.detail.unwrap_or_default())
    }

    #[test]
    fn refusals_name_the_place_and_quote_nothing() {
        for json in [
            br#"{"name":"Ann","count":"hunter2"}"#.as_slice(),
            br#"{"name":"Ann","count":1,"hunter2":1}"#,
            br#"{"name":["hunter2"],"count":1}"#,
            br#"{"name":"hunter2","count":-1}"#,
            br#"{"name":"hunter2","#,
            b"hunter2",
            br#"["Ann",1]"#,
            br#" ["hunter2",1]"#,
            b"{\"name\":\"\xff\xfe hunter2\"}",
            b"",
        ] {
            let (code, detail) = refusal(json);
            assert_eq!(code, Code::BadRequest, "{detail}");
            assert!(!detail.contains("hunter2"), "{detail}");
        }
        assert_eq!(refusal(br#"{"name":"Ann"}"#).1, "field `count` is missing");
        assert_eq!(refusal(br#"{"a":1}"#).1, "unknown field at line 1, column 4");
    }

    #[test]
    fn a_text_that_breaks_a_rule_is_a_bad_text() {
        assert_eq!(refusal(br#"{"name":"  ","count":1}"#).0, Code::BadText);
        let long = format!(r#"{{"name":"{}","count":1}}"#, "a".repeat(9_000));
        assert_eq!(refusal(long.as_bytes()).0, Code::BadText);
        assert_eq!(refusal(r#"{"name":"a\u202eb","count":1}"#.as_bytes()).0, Code::BadText);
    }

    #[test]
    fn only_json_is_json() {
        let of = |kind: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::CONTENT_TYPE, kind.parse().unwrap());
            is_json(&headers)
        };
        assert!(of("application/json") && of("Application/JSON; charset=utf-8"));
        assert!(!of("text/plain") && !of("application/jsonp"));
    }
}

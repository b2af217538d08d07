//! Where tools and programs post: `/hooks/<token>` and `/hooks/reply/<token>`.
//!
//! The token in the path is the whole key: no cookie is read. Answers are Slack's: `ok` or one of its
//! words of refusal, as plain text.

use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use hearth_domain::denied::Denied;

use super::extract::Path;
use super::problem::ApiError;
use crate::actions::ActionError;
use crate::actions::integrations::commands;
use crate::actions::integrations::incoming::{self, HookRefused};
use crate::app::App;
use crate::slack::{self, Refused};

/// Both routes.
pub fn routes(app: Arc<App>) -> Router {
    Router::new()
        .route("/hooks/{token}", post(receive))
        .route("/hooks/reply/{token}", post(reply))
        .with_state(app)
}

fn content_type(headers: &HeaderMap) -> &str {
    headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default()
}

async fn receive(
    State(app): State<Arc<App>>,
    Path(token): Path<String>,
    headers: HeaderMap,
    body: Result<Bytes, axum::extract::rejection::BytesRejection>,
) -> Response {
    let Ok(body) = body else { return word(StatusCode::PAYLOAD_TOO_LARGE, "invalid_payload") };
    let received = incoming::receive(&app, &token, content_type(&headers), &body).await;
    let outcome = if received.is_ok() { "posted" } else { "refused" };
    metrics::counter!("hearth_webhook_messages_total", "outcome" => outcome).increment(1);
    match received {
        Ok(()) => word(StatusCode::OK, "ok"),
        Err(refused) => refusal(refused),
    }
}

async fn reply(
    State(app): State<Arc<App>>,
    Path(token): Path<String>,
    headers: HeaderMap,
    body: Result<Bytes, axum::extract::rejection::BytesRejection>,
) -> Response {
    let Ok(body) = body else { return word(StatusCode::PAYLOAD_TOO_LARGE, "invalid_payload") };
    let answer = match slack::answer(content_type(&headers), &body) {
        Ok(answer) => answer,
        Err(refused) => return refusal(refused.into()),
    };
    match commands::reply(&app, &token, answer).await {
        Ok(()) => word(StatusCode::OK, "ok"),
        Err(error) => match ApiError::from(error) {
            gone if gone.code() == hearth_domain::denied::Code::NotFound => {
                word(StatusCode::NOT_FOUND, "expired_url")
            }
            other => failed(&other),
        },
    }
}

fn word(status: StatusCode, word: &'static str) -> Response {
    let headers =
        [(header::CONTENT_TYPE, "text/plain; charset=utf-8"), (header::CACHE_CONTROL, "no-store")];
    (status, headers, word).into_response()
}

/// Slack's word and status for a refusal.
fn refusal(refused: HookRefused) -> Response {
    match refused {
        HookRefused::NoService => word(StatusCode::NOT_FOUND, "no_service"),
        HookRefused::SwitchedOff => word(StatusCode::NOT_FOUND, "no_active_hooks"),
        HookRefused::OtherChannel => word(StatusCode::FORBIDDEN, "action_prohibited"),
        HookRefused::TooFast(wait) => {
            let mut response = word(StatusCode::TOO_MANY_REQUESTS, "rate_limited");
            let seconds = HeaderValue::from(wait.seconds());
            response.headers_mut().insert(header::RETRY_AFTER, seconds);
            response
        }
        HookRefused::Body(refused) => word(
            StatusCode::BAD_REQUEST,
            match refused {
                Refused::InvalidPayload => "invalid_payload",
                Refused::NoText => "no_text",
                Refused::TooManyAttachments => "too_many_attachments",
                Refused::InvalidBlocks => "invalid_blocks",
            },
        ),
        HookRefused::Action(ActionError::Denied(denied)) => match denied {
            Denied::ChannelArchived => word(StatusCode::GONE, "channel_is_archived"),
            Denied::NotFound => word(StatusCode::NOT_FOUND, "channel_not_found"),
            Denied::AccountDisabled => word(StatusCode::NOT_FOUND, "no_active_hooks"),
            Denied::NotARoot | Denied::MessageDeleted => {
                word(StatusCode::BAD_REQUEST, "invalid_thread_ts")
            }
            _ => word(StatusCode::FORBIDDEN, "action_prohibited"),
        },
        HookRefused::Action(error) => failed(&ApiError::from(error)),
    }
}

/// What is not the tool's fault is logged as any failure is.
fn failed(error: &ApiError) -> Response {
    error.log();
    let status = StatusCode::from_u16(error.problem().status);
    word(status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR), "rollup_error")
}

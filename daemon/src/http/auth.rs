//! Who is calling. A token comes in a cookie that scripts can't read, or as a bearer.
//!
//! The session is looked up on every request: one that was revoked is gone at once. What its person
//! may do is not kept here; every action reads it again in its own transaction.

use std::net::IpAddr;
use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use hearth_domain::denied::Code;
use hearth_domain::id::{SessionId, UserId};

use super::client::{Client, Scheme};
use super::extract::Json;
use super::problem::ApiError;
use crate::actions::account::{self, Opened, Origin};
use crate::actions::audit::Doer;
use crate::app::App;
use crate::ids::Token;
use crate::machine;

/// Name of the cookie in the clear; browsers refuse the prefixed one there.
const COOKIE: &str = "hearth_session";
/// Name of the cookie over TLS: the prefix makes browsers insist on `Secure`, `Path=/` and no domain.
const COOKIE_TLS: &str = "__Host-hearth_session";
/// How long a browser keeps the cookie, in seconds: 180 days.
const COOKIE_MAX_AGE_S: u32 = 180 * 24 * 3600;
/// Longest description of a device, in characters.
const DEVICE_CHARS_MAX: usize = 160;

/// Somebody who is signed in.
#[derive(Clone, Copy, Debug)]
pub struct Caller {
    /// Who.
    pub user: UserId,
    /// Through which session.
    pub session: SessionId,
    /// From which address.
    pub address: IpAddr,
}

impl Caller {
    /// As the audit log names them.
    #[must_use]
    pub fn doer(&self) -> Doer {
        Doer::person(self.user, self.address)
    }
}

impl FromRequestParts<Arc<App>> for Caller {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, ApiError> {
        let client = Client::from_request_parts(parts, app).await?;
        let token = token_of(&parts.headers, client.scheme).ok_or(Code::SignInNeeded)?;
        let found = account::authenticate(app, token.hash()).await?;
        let address = client.address;
        found
            .map(|(user, session)| Self { user, session, address })
            .ok_or(Code::SignInNeeded.into())
    }
}

fn token_of(headers: &HeaderMap, scheme: Scheme) -> Option<Token> {
    if let Some(value) = headers.get(header::AUTHORIZATION) {
        let value = value.to_str().ok()?;
        let (scheme, token) = value.split_once(' ')?;
        return scheme.eq_ignore_ascii_case("bearer").then(|| Token::parse(token.trim()).ok())?;
    }
    let cookies = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    cookies
        .flat_map(|value| value.split(';'))
        .filter_map(|cookie| cookie.trim().split_once('='))
        .find(|(name, _)| *name == cookie_name(scheme))
        .and_then(|(_, value)| Token::parse(value).ok())
}

const fn cookie_name(scheme: Scheme) -> &'static str {
    match scheme {
        Scheme::Https => COOKIE_TLS,
        Scheme::Http => COOKIE,
    }
}

/// The device at the other end, before anybody is signed in.
#[derive(Clone, Debug)]
pub struct Device {
    /// What sessions and throttles remember of it.
    pub origin: Origin,
    scheme: Scheme,
}

impl<S: Sync> FromRequestParts<S> for Device {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let client = Client::from_request_parts(parts, state).await?;
        let agent = parts.headers.get(header::USER_AGENT).and_then(|v| v.to_str().ok());
        let device = agent.unwrap_or_default().chars().take(DEVICE_CHARS_MAX).collect();
        let origin = Origin {
            address: client.address,
            on_this_machine: client.is_on_this_machine(),
            device,
        };
        Ok(Self { origin, scheme: client.scheme })
    }
}

impl Device {
    /// Answers with a new session; its token goes where it was asked for, and only there.
    #[must_use]
    pub fn signed_in(&self, opened: Opened) -> Response {
        let Opened { signed_in, cookie } = opened;
        let mut response = (StatusCode::CREATED, Json(signed_in)).into_response();
        if let Some(token) = cookie {
            let value = self.cookie(&token.reveal(), COOKIE_MAX_AGE_S);
            if let Ok(value) = value.parse() {
                response.headers_mut().insert(header::SET_COOKIE, value);
            }
        }
        response
    }

    /// Makes the browser forget the session.
    #[must_use]
    pub fn forget_cookie(&self) -> [(header::HeaderName, String); 1] {
        [(header::SET_COOKIE, self.cookie("", 0))]
    }

    fn cookie(&self, value: &str, max_age_s: u32) -> String {
        let name = cookie_name(self.scheme);
        let secure = if self.scheme == Scheme::Https { "; Secure" } else { "" };
        format!("{name}={value}; Path=/; Max-Age={max_age_s}; HttpOnly; SameSite=Lax{secure}")
    }
}

/// How this box is called by the browser that asks: links it shows must lead back here. To a browser
/// on the box itself they name an address that the rest of the office can reach.
#[derive(Clone, Debug)]
pub struct Site {
    /// Scheme, host and port, without a slash at the end.
    pub base_url: String,
}

impl FromRequestParts<Arc<App>> for Site {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, ApiError> {
        let client = Client::from_request_parts(parts, app).await?;
        let host = parts.headers.get(header::HOST).and_then(|host| host.to_str().ok());
        let authority = parts.uri.authority().map(axum::http::uri::Authority::as_str);
        let authority = authority.or(host).ok_or(Code::UnknownHost)?;
        let scheme = match client.scheme {
            Scheme::Https => "https",
            Scheme::Http => "http",
        };
        let name = authority.rsplit_once(':').map_or(authority, |(name, _)| name);
        let only_here = name == "localhost" || name == "127.0.0.1" || name == "[::1]";
        let base_url = match machine::office_url(scheme, app.address) {
            Some(url) if only_here => url,
            _ => format!("{scheme}://{authority}"),
        };
        Ok(Self { base_url })
    }
}

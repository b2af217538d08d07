//! Every failure of a request, as the client gets it and as the log gets it.
//!
//! An [`ApiError`] has a stable code for programs and sentences for people (from [`hearth_wire`]), an
//! optional detail that names the part of the request to blame, and the cause for the log only. It is
//! logged once, when it becomes a response: defects of ours as errors, the rest at debug level. A
//! detail never repeats what was sent: that could be a password in the wrong field.

use std::borrow::Cow;
use std::error::Error;
use std::fmt;

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use hearth_domain::denied::{Code, Denied};
use hearth_wire::problem::Problem;

use crate::actions::ActionError;
use crate::hardware::IntentError;
use crate::journal;
use crate::password::PasswordError;
use crate::throttle::Wait;

/// The media type of an error body (RFC 9457).
pub const PROBLEM_JSON: &str = "application/problem+json";

/// The result of a handler.
pub type ApiResult<T> = Result<T, ApiError>;

/// Why a request was not done.
#[derive(Debug)]
pub struct ApiError {
    code: Code,
    detail: Option<Cow<'static, str>>,
    cause: Option<Box<dyn Error + Send + Sync>>,
    retry_after_s: Option<u32>,
}

impl ApiError {
    /// A failure with the sentences of its code.
    #[must_use]
    pub const fn new(code: Code) -> Self {
        Self { code, detail: None, cause: None, retry_after_s: None }
    }

    /// A request that is not of the form it must have.
    #[must_use]
    pub fn bad_request(detail: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Code::BadRequest).with_detail(detail)
    }

    /// A defect of ours, or a failure that the client can do nothing about.
    #[must_use]
    pub fn internal(cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::new(Code::Internal).because(cause)
    }

    /// Names the part of the request to blame. It must not repeat what was sent.
    #[must_use]
    pub fn with_detail(mut self, detail: impl Into<Cow<'static, str>>) -> Self {
        self.detail = Some(detail.into());
        self
    }

    /// Adds the cause, for the log only.
    #[must_use]
    pub fn because(mut self, cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        self.cause = Some(cause.into());
        self
    }

    /// Says when trying again makes sense, in seconds.
    #[must_use]
    pub const fn retry_after_s(mut self, seconds: u32) -> Self {
        self.retry_after_s = Some(seconds);
        self
    }

    /// The stable code.
    #[must_use]
    pub const fn code(&self) -> Code {
        self.code
    }

    /// The body; also what a socket sends.
    #[must_use]
    pub fn problem(&self) -> Problem {
        Problem {
            detail: self.detail.as_deref().map(str::to_owned),
            retry_after_s: self.retry_after_s,
            ..Problem::new(self.code)
        }
    }

    /// Writes the failure to the log: call it once, where the failure is handled.
    pub fn log(&self) {
        let cause = self.cause.as_deref().map(|cause| Chain(cause).to_string());
        let cause = cause.as_deref().unwrap_or("none");
        match self.code {
            Code::Internal | Code::DiskFull => {
                let message_id = journal::REQUEST_FAILED;
                tracing::error!(message_id, code = ?self.code, cause, "request failed");
            }
            Code::Unavailable => {
                let message_id = journal::REQUEST_FAILED;
                tracing::warn!(message_id, code = ?self.code, cause, "request failed");
            }
            _ => tracing::debug!(code = ?self.code, cause, "request refused"),
        }
    }
}

/// An error with its causes on one line.
pub struct Chain<'a>(pub &'a (dyn Error + 'static));

impl fmt::Display for Chain<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)?;
        let mut next = self.0.source();
        while let Some(cause) = next {
            write!(f, ": {cause}")?;
            next = cause.source();
        }
        Ok(())
    }
}

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.code)
    }
}

impl Error for ApiError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.cause.as_deref().map(|cause| cause as _)
    }
}

impl From<Code> for ApiError {
    fn from(code: Code) -> Self {
        Self::new(code)
    }
}

impl From<Denied> for ApiError {
    fn from(denied: Denied) -> Self {
        let error = Self::new(denied.code());
        match denied {
            Denied::Text(text) => error.with_detail(text.to_string()),
            Denied::LimitReached { max } => error.with_detail(format!("at most {max}")),
            _ => error,
        }
    }
}

impl From<ActionError> for ApiError {
    fn from(error: ActionError) -> Self {
        match error {
            ActionError::Denied(denied) => denied.into(),
            ActionError::Refused(code) => code.into(),
            ActionError::Wait(wait) => wait.into(),
            ActionError::Password(error) => error.into(),
            ActionError::FileTooLarge { size_bytes_max } => Self::new(Code::FileTooLarge)
                .with_detail(format!("at most {} MB", size_bytes_max >> 20)),
            ActionError::WrongOffset { at } => {
                Self::new(Code::WrongOffset).with_detail(format!("the upload stands at {at}"))
            }
            ActionError::Machine(IntentError::Refused(why)) => {
                Self::new(Code::MachineRefused).with_detail(why)
            }
            ActionError::Machine(error) => Self::new(Code::MachineAbsent).because(error),
            ActionError::Price(error) => Self::bad_request(error.to_string()),
            ActionError::NoSuchZone => Self::bad_request("quiet_hours.zone: no such time zone"),
            ActionError::BackupSettings(error) => Self::bad_request(error.to_string()),
            ActionError::NotTheKey => Self::bad_request("ending: not the end of the key"),
            ActionError::DiskFull => Self::new(Code::DiskFull).because(error),
            ActionError::Unavailable => Self::new(Code::Unavailable).because(error),
            ActionError::Db(_) | ActionError::Defect(_) | ActionError::Files(_) => {
                Self::internal(error)
            }
        }
    }
}

impl From<PasswordError> for ApiError {
    fn from(error: PasswordError) -> Self {
        match error {
            PasswordError::Gone => Self::new(Code::Unavailable).because(error),
            PasswordError::Argon2(_) => Self::internal(error),
        }
    }
}

impl From<Wait> for ApiError {
    fn from(wait: Wait) -> Self {
        Self::new(Code::TooManyAttempts).retry_after_s(wait.seconds())
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        self.log();
        let problem = self.problem();
        let status =
            StatusCode::from_u16(problem.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        // A problem is strings and numbers: it always serialises.
        let body = serde_json::to_vec(&problem).unwrap_or_default();
        let mut response = (status, body).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(PROBLEM_JSON));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Some(seconds) = self.retry_after_s {
            headers.insert(header::RETRY_AFTER, seconds.into());
        }
        response
    }
}

/// For a path that no route has.
pub async fn not_found() -> ApiError {
    ApiError::new(Code::NotFound)
}

/// For a method that a route does not have.
pub async fn method_not_allowed() -> ApiError {
    ApiError::new(Code::MethodNotAllowed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use hearth_domain::text::TextError;

    #[tokio::test]
    async fn an_error_is_a_problem_and_hides_its_cause() {
        let error = ApiError::internal("the password is hunter2").with_detail("nothing to see");
        let response = error.into_response();
        assert_eq!(response.status(), 500);
        assert_eq!(response.headers()[header::CONTENT_TYPE], PROBLEM_JSON);
        let body = axum::body::to_bytes(response.into_body(), 10_000).await.unwrap();
        assert!(!String::from_utf8_lossy(&body).contains("hunter2"));
        let problem: Problem = serde_json::from_slice(&body).unwrap();
        assert_eq!(problem.code, Code::Internal);
        assert_eq!(problem.detail.as_deref(), Some("nothing to see"));
    }

    #[test]
    fn a_wait_says_when_to_come_back() {
        let wait = Wait { wait: std::time::Duration::from_millis(1_500) };
        let response = ApiError::from(wait).into_response();
        assert_eq!(response.status(), 429);
        assert_eq!(response.headers()[header::RETRY_AFTER], "2");
    }

    #[test]
    fn denials_keep_their_codes() {
        assert_eq!(ApiError::from(Denied::LastOwner).code(), Code::LastOwner);
        let text = ApiError::from(Denied::Text(TextError::Empty)).problem();
        assert_eq!((text.status, text.detail.as_deref()), (422, Some("the text is empty")));
    }

    #[test]
    fn causes_are_one_line() {
        let inner = std::io::Error::other("disk on fire");
        let error = ApiError::internal(inner);
        assert_eq!(Chain(&error).to_string(), "Internal: disk on fire");
    }
}

//! One signed request to a program elsewhere.

use hearth_domain::decide::integration::{Failure, HookProblem};
use hearth_store::integrations::KeptSecret;

use crate::app::App;
use crate::outbound::{Answer, Call, OutboundError, Purpose, Target};
use crate::slack::{Secret, sign};

/// Status of a receiver that wants nothing more.
const GONE: u16 = 410;

/// A request to sign and send.
pub struct Signed<'a> {
    /// Its limits.
    pub purpose: Purpose,
    /// Where to.
    pub url: &'a str,
    /// What signs it.
    pub secret: KeptSecret,
    /// What the body is.
    pub content_type: &'static str,
    /// The body.
    pub body: Vec<u8>,
    /// Further headers.
    pub headers: Vec<(&'static str, String)>,
}

/// Why a request did not succeed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Failed {
    /// For the person who made the webhook.
    pub problem: HookProblem,
    /// For the decision what to do next.
    pub failure: Failure,
}

impl Failed {
    /// A failure that may pass.
    #[must_use]
    pub const fn of(problem: HookProblem) -> Self {
        Self { problem, failure: Failure::Passing }
    }
}

/// Sends a request with Slack's signature of it.
///
/// # Errors
/// [`Failed`], also for an answer that is no success.
pub async fn send(app: &App, signed: Signed<'_>) -> Result<Answer, Failed> {
    let target: Target = signed.url.parse().map_err(|_| Failed::of(HookProblem::BadUrl))?;
    let timestamp_s = app.clock.now().as_ms() / 1_000;
    let secret = Secret::from_bytes(signed.secret.0).reveal();
    let mut headers = signed.headers;
    headers.push(("content-type", signed.content_type.to_owned()));
    headers.push(("x-slack-request-timestamp", timestamp_s.to_string()));
    headers.push(("x-slack-signature", sign(&secret, timestamp_s, &signed.body)));
    let call = Call::post(target, headers, signed.body);
    let answer = app.outbound.send(signed.purpose, call).await.map_err(|error| {
        tracing::debug!(%error, "a webhook or command got no answer");
        Failed::of(problem(&error))
    })?;
    if answer.is_success() {
        return Ok(answer);
    }
    let failure = if answer.status == GONE { Failure::Gone } else { Failure::Passing };
    Err(Failed { problem: HookProblem::Status { status: answer.status }, failure })
}

const fn problem(error: &OutboundError) -> HookProblem {
    match error {
        OutboundError::Url(_) | OutboundError::Redirect | OutboundError::Request(_) => {
            HookProblem::BadUrl
        }
        OutboundError::Address { .. } => HookProblem::AddressNotAllowed,
        OutboundError::Unresolved { .. } => HookProblem::NameNotFound,
        OutboundError::Connect(_) => HookProblem::NoConnection,
        OutboundError::Tls(_) => HookProblem::NoTrust,
        OutboundError::Http(_) | OutboundError::TooLong => HookProblem::BadAnswer,
        OutboundError::TimedOut => HookProblem::TimedOut,
        OutboundError::Busy => HookProblem::Busy,
    }
}

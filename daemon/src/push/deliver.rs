//! Delivery to push services, and what their answers mean.

use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use hearth_store::account::push as subscriptions;
use sha2::{Digest, Sha256};
use tokio::sync::mpsc;
use tokio_util::time::DelayQueue;

use super::encrypt::{CantEncrypt, Receiver, encrypt};
use super::{AT_ONCE_MAX, BadKey, BoxKey, Job, TTL, dropped};
use crate::actions::{ActionError, push};
use crate::app::App;
use crate::ids::base64url;
use crate::outbound::{Call, OutboundError, Purpose, Target};

/// How often one notice is tried.
const TRIES_MAX: u32 = 4;
/// How long to wait after the first failure; each further one waits four times as long.
const AGAIN_AFTER: Duration = Duration::from_secs(10);
/// Longest wait, whatever the service asks for.
const AGAIN_AFTER_MAX: Duration = Duration::from_secs(15 * 60);
/// Notices that wait for another try.
const WAITING_MAX: usize = 512;
/// Bytes of a topic: 32 characters of base64url is the most a service takes.
const TOPIC_BYTES: usize = 24;

/// Sends what is in the queue until the tasks stop.
pub(super) async fn run(app: Arc<App>, mut jobs: mpsc::Receiver<Job>, contact: String) {
    let stop = app.tasks.stop_signal();
    let mut under_way = FuturesUnordered::new();
    let mut waiting: DelayQueue<Job> = DelayQueue::new();
    loop {
        let free = under_way.len() < AT_ONCE_MAX;
        let job = tokio::select! {
            biased;
            () = stop.cancelled() => return,
            Some(again) = under_way.next(), if !under_way.is_empty() => {
                if let Some((job, wait)) = again {
                    put_off(&mut waiting, job, wait);
                }
                continue;
            }
            Some(due) = waiting.next(), if free && !waiting.is_empty() => due.into_inner(),
            job = jobs.recv(), if free => match job {
                Some(job) => job,
                None => return,
            },
        };
        under_way.push(attempt(&app, job, &contact));
    }
}

fn put_off(waiting: &mut DelayQueue<Job>, job: Job, wait: Duration) {
    if waiting.len() < WAITING_MAX {
        waiting.insert(job, wait.min(AGAIN_AFTER_MAX));
    } else {
        dropped("waiting", 1);
    }
}

/// What an answer means for the notice and for the subscription.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Meaning {
    /// It is on its way.
    Sent,
    /// The browser is gone for good.
    Gone,
    /// Later, after this long if the service says so.
    Later(Option<Duration>),
    /// The service refuses it, now and later.
    Refused,
}

fn meaning(status: u16, retry_after: Option<&str>) -> Meaning {
    match status {
        200..=299 => Meaning::Sent,
        404 | 410 => Meaning::Gone,
        408 | 429 | 500..=599 => {
            // A date would need a calendar; the own wait is used for it.
            let asked = retry_after.and_then(|seconds| seconds.trim().parse().ok());
            Meaning::Later(asked.map(Duration::from_secs))
        }
        _ => Meaning::Refused,
    }
}

/// Tries once; the job and how long to wait if it should be tried again.
async fn attempt(app: &App, job: Job, contact: &str) -> Option<(Job, Duration)> {
    let outcome = match post(app, &job, contact).await {
        Ok(meaning) => meaning,
        Err(Failure::Outbound(error)) => {
            tracing::debug!(%error, "a push service did not answer");
            match error {
                OutboundError::Url(_) | OutboundError::Address { .. } => Meaning::Gone,
                _ => Meaning::Later(None),
            }
        }
        Err(error) => {
            tracing::warn!(%error, "a notice could not be made");
            Meaning::Refused
        }
    };
    match outcome {
        Meaning::Sent => metrics::counter!("hearth_push_sent_total").increment(1),
        Meaning::Gone => forget(app, &job).await,
        Meaning::Later(asked) => return again(job, asked),
        Meaning::Refused => dropped("refused", 1),
    }
    None
}

fn again(job: Job, asked: Option<Duration>) -> Option<(Job, Duration)> {
    let tries = job.tries + 1;
    if tries >= TRIES_MAX {
        dropped("failed", 1);
        return None;
    }
    let wait = asked.unwrap_or(AGAIN_AFTER * 4_u32.pow(job.tries));
    Some((Job { tries, ..job }, wait))
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error(transparent)]
    Outbound(#[from] OutboundError),
    #[error(transparent)]
    Action(#[from] ActionError),
    #[error(transparent)]
    Key(#[from] BadKey),
    #[error(transparent)]
    Encrypt(#[from] CantEncrypt),
    #[error("the words of a notice do not serialise: {0}")]
    Words(#[from] serde_json::Error),
}

async fn post(app: &App, job: &Job, contact: &str) -> Result<Meaning, Failure> {
    let target: Target = job.to.endpoint.parse().map_err(OutboundError::Url)?;
    let key = push::box_key(app).await?;
    let plain = serde_json::to_vec(&*job.words)?;
    let receiver = Receiver { key: &job.to.key, auth: &job.to.auth };
    let body = encrypt(receiver, &plain)?;
    let headers = headers(&key, job, &target, (contact, app))?;
    let answer = app.outbound.send(Purpose::Push, Call::post(target, headers, body)).await?;
    Ok(meaning(answer.status, answer.header("retry-after")))
}

fn headers(
    key: &BoxKey,
    job: &Job,
    target: &Target,
    (contact, app): (&str, &App),
) -> Result<Vec<(&'static str, String)>, BadKey> {
    let origin = target.url().origin().ascii_serialization();
    Ok(vec![
        ("authorization", key.authorization(&origin, contact, app.clock.now())?),
        ("content-encoding", "aes128gcm".to_owned()),
        ("content-type", "application/octet-stream".to_owned()),
        ("ttl", TTL.as_secs().to_string()),
        ("topic", topic(job)),
        ("urgency", if job.urgent { "high" } else { "normal" }.to_owned()),
    ])
}

/// One place for each conversation at the push service, where a newer notice takes over. It tells
/// the service nothing: it is different for every browser.
fn topic(job: &Job) -> String {
    let mut hash = Sha256::new();
    hash.update(job.to.auth);
    hash.update(job.words.channel.as_bytes());
    base64url(&hash.finalize()[..TOPIC_BYTES])
}

async fn forget(app: &App, job: &Job) {
    let endpoint = job.to.endpoint.clone();
    let forgotten = app.store.write(app.clock.now(), move |tx| {
        subscriptions::forget(tx, &endpoint).map_err(ActionError::from)
    });
    match forgotten.await {
        Ok(()) => metrics::counter!("hearth_push_gone_total").increment(1),
        Err(error) => tracing::warn!(%error, "a browser that is gone could not be forgotten"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_mean_what_the_rfc_says() {
        assert_eq!(meaning(201, None), Meaning::Sent);
        assert_eq!(meaning(410, None), Meaning::Gone);
        assert_eq!(meaning(404, Some("9")), Meaning::Gone);
        assert_eq!(meaning(429, Some("9")), Meaning::Later(Some(Duration::from_secs(9))));
        assert_eq!(meaning(503, Some("Wed, 21 Oct 2026 07:28:00 GMT")), Meaning::Later(None));
        assert_eq!(meaning(413, None), Meaning::Refused);
        assert_eq!(meaning(301, None), Meaning::Refused);
    }
}

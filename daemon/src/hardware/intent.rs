//! What the machine is asked for: one line to the intent socket, one line back.

use std::io;
use std::path::Path;
use std::time::Duration;

use hearth_wire::hardware::HardwareProfile;
use serde::{Deserialize, Serialize};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixStream;
use tokio::time::timeout;

/// The socket's name in the run folder.
pub(super) const SOCKET: &str = "intent.sock";
/// How long an answer may take; one client is heard at a time, each for about a second.
const PATIENCE: Duration = Duration::from_secs(5);
/// A longer answer is none.
const ANSWER_BYTES_MAX: u64 = 256;
/// A longer reason is none of `hearth-hwctl`'s.
const CODE_BYTES_MAX: usize = 64;

/// What can be asked for.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(tag = "intent", rename_all = "snake_case")]
pub enum Intent {
    /// How much noise is welcome.
    Profile {
        /// The profile.
        profile: HardwareProfile,
    },
    /// Quiet for so long; 0 ends it.
    Quiet {
        /// In seconds, at most a day.
        seconds: u32,
    },
    /// Measure the fan and the heat sink.
    Calibrate,
    /// Step the fan and see whether it follows.
    Drill,
    /// End a calibration or a drill.
    Stop,
}

/// Why it was not done.
#[derive(Debug, thiserror::Error)]
pub enum IntentError {
    /// Nobody listens.
    #[error("hearth-hwctl does not answer")]
    Absent(#[source] io::Error),
    /// What came back is no answer.
    #[error("hearth-hwctl answered something else")]
    Garbled,
    /// It said no; its reason, as a word.
    #[error("hearth-hwctl refused: {0}")]
    Refused(String),
}

#[derive(Deserialize)]
struct Answer {
    ok: bool,
    #[serde(default)]
    code: String,
}

/// Sends one, and waits for the answer.
pub(super) async fn send(socket: &Path, intent: Intent) -> Result<(), IntentError> {
    let exchange = async {
        let mut stream = UnixStream::connect(socket).await?;
        let line = serde_json::to_string(&intent).map_err(io::Error::other)? + "\n";
        stream.write_all(line.as_bytes()).await?;
        let mut answer = Vec::new();
        stream.take(ANSWER_BYTES_MAX).read_to_end(&mut answer).await?;
        io::Result::Ok(answer)
    };
    let answered = timeout(PATIENCE, exchange).await;
    let answer = answered.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()));
    let answer = answer.map_err(IntentError::Absent)?;
    let answer: Answer = serde_json::from_slice(&answer).map_err(|_| IntentError::Garbled)?;
    if answer.ok {
        return Ok(());
    }
    let word = |byte: u8| byte.is_ascii_lowercase() || byte == b'_';
    let is_word = answer.code.len() <= CODE_BYTES_MAX && answer.code.bytes().all(word);
    if is_word { Err(IntentError::Refused(answer.code)) } else { Err(IntentError::Garbled) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{BufRead as _, BufReader, Write as _};
    use std::os::unix::net::UnixListener;

    async fn answered(answer: &'static [u8]) -> (String, Result<(), IntentError>) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(SOCKET);
        let listener = UnixListener::bind(&path).unwrap();
        let other = std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let mut line = String::new();
            BufReader::new(&stream).read_line(&mut line).unwrap();
            // Whoever sends too much may find nobody at the other end.
            drop(stream.write_all(answer));
            line
        });
        let done = send(&path, Intent::Quiet { seconds: 60 }).await;
        (other.join().unwrap(), done)
    }

    #[tokio::test]
    async fn an_intent_is_one_line_and_its_answer_is_understood() {
        let (line, done) = answered(b"{\"ok\":true}\n").await;
        assert_eq!(line, "{\"intent\":\"quiet\",\"seconds\":60}\n");
        assert!(done.is_ok());
        let (_, done) = answered(b"{\"ok\":false,\"code\":\"too_often\"}\n").await;
        assert!(matches!(done, Err(IntentError::Refused(code)) if code == "too_often"));
    }

    #[tokio::test]
    async fn what_is_no_answer_is_told_as_such() {
        let loud: &'static [u8] = b"{\"ok\":false,\"code\":\"<script>\"}";
        for answer in [b"".as_slice(), b"yes", &[0xff; 4_000], loud] {
            assert!(matches!(answered(answer).await.1, Err(IntentError::Garbled)));
        }
        let nowhere = send(Path::new("/no/such/socket"), Intent::Drill).await;
        assert!(matches!(nowhere, Err(IntentError::Absent(_))));
    }
}

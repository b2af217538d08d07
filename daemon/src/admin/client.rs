//! The command's side of the admin socket. It blocks: a command line has nothing else to do.

use std::io::{self, BufRead, BufReader, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Duration;

use hearth_wire::problem::Problem;

use super::{Answer, Command, Line};

/// How long a running server may be silent in the middle of a command.
const PATIENCE: Duration = Duration::from_secs(120);

/// Why a command was not done.
#[derive(Debug, thiserror::Error)]
pub enum CallError {
    /// No server runs on this data folder.
    #[error("Hearth is not running on this data folder; start it with `hearth up`")]
    NotRunning(#[source] io::Error),
    /// The connection failed in between.
    #[error("talk to hearthd")]
    Talk(#[from] io::Error),
    /// What came back is not of the form it must have; the two programs differ in version.
    #[error("understand hearthd's answer; are both programs of one version?")]
    Understand(#[from] serde_json::Error),
    /// The server refused.
    #[error("{}", .0.title.en)]
    Refused(Box<Problem>),
}

/// What to do with what arrives before the answer.
pub struct Call<'a> {
    /// Is told how far the work is: steps done, steps in all.
    pub progress: &'a mut dyn FnMut(u64, u64),
    /// Is given each record.
    pub record: &'a mut dyn FnMut(serde_json::Value) -> io::Result<()>,
}

impl Call<'_> {
    /// Sends a command to the server of a data folder and waits for the answer.
    ///
    /// # Errors
    ///
    /// [`CallError`], whose sentences are for the operator.
    pub fn send(self, socket: &Path, command: &Command) -> Result<Answer, CallError> {
        let mut stream = UnixStream::connect(socket).map_err(CallError::NotRunning)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        let mut bytes = serde_json::to_vec(command)?;
        bytes.push(b'\n');
        stream.write_all(&bytes)?;
        for line in BufReader::new(stream).lines() {
            match serde_json::from_str(&line?)? {
                Line::Progress { done, total } => (self.progress)(done, total),
                Line::Record(record) => (self.record)(record)?,
                Line::Ok(answer) => return Ok(answer),
                Line::Problem(problem) => return Err(CallError::Refused(Box::new(problem))),
            }
        }
        Err(CallError::Talk(io::ErrorKind::UnexpectedEof.into()))
    }
}

/// Sends a command whose answer comes at once.
///
/// # Errors
///
/// As [`Call::send`].
pub fn call(socket: &Path, command: &Command) -> Result<Answer, CallError> {
    Call { progress: &mut |_, _| {}, record: &mut |_| Ok(()) }.send(socket, command)
}

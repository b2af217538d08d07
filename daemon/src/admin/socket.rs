//! The server's side of the admin socket.

use std::fs::{self, Permissions};
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use hearth_domain::denied::Code;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{UnixListener, UnixStream, unix::OwnedReadHalf, unix::OwnedWriteHalf};
use tokio::sync::{Semaphore, mpsc};

use super::{AdminActions, Command, Line, REPORT_LINES_MAX, Report};
use crate::http::extract::parse;
use crate::http::problem::{ApiError, ApiResult};
use crate::journal;
use crate::tasks::Tasks;

/// Commands at the same time; further operators wait.
pub(super) const AT_ONCE_MAX: usize = 8;
/// Longest command, in bytes.
pub(super) const COMMAND_BYTES_MAX: u64 = 64 * 1024;
/// How long a command may take to arrive, and a line to be taken.
const PATIENCE: Duration = Duration::from_secs(10);

/// The socket can't be opened.
#[derive(Debug, thiserror::Error)]
#[error("open the admin socket {}: {source}", path.display())]
pub struct ListenError {
    path: PathBuf,
    source: io::Error,
}

/// Opens the socket. The caller holds the lock of the data folder, so a file that is there already
/// was left by a process that is gone.
///
/// # Errors
///
/// [`ListenError`]; a path of more than 107 bytes can't be a socket.
pub fn listen(path: &Path) -> Result<UnixListener, ListenError> {
    let failed = |source| ListenError { path: path.to_owned(), source };
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(failed(error)),
        _ => {}
    }
    let listener = UnixListener::bind(path).map_err(failed)?;
    // In the moment before this, the peer's identity is checked all the same.
    fs::set_permissions(path, Permissions::from_mode(0o600)).map_err(failed)?;
    Ok(listener)
}

/// Serves commands until the tasks stop.
pub async fn serve<A: AdminActions>(listener: UnixListener, actions: Arc<A>, tasks: Tasks) {
    let permits = Arc::new(Semaphore::new(AT_ONCE_MAX));
    loop {
        let accept = async {
            let permit = Arc::clone(&permits).acquire_owned().await.map_err(io::Error::other)?;
            let (stream, _) = listener.accept().await?;
            io::Result::Ok((stream, permit))
        };
        let accepted = tokio::select! {
            accepted = accept => accepted,
            () = tasks.stopping() => return,
        };
        match accepted {
            Ok((stream, permit)) => {
                let (actions, inner) = (Arc::clone(&actions), tasks.clone());
                tasks.spawn("admin", async move {
                    tokio::select! {
                        ended = converse(stream, &*actions) => if let Err(error) = ended {
                            tracing::debug!(%error, "an operator's connection ended early");
                        },
                        () = inner.stopping() => {}
                    }
                    drop(permit);
                });
            }
            Err(error) => {
                tracing::warn!(%error, "can't accept operators; trying again");
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        }
    }
}

async fn converse<A: AdminActions>(stream: UnixStream, actions: &A) -> io::Result<()> {
    let peer = stream.peer_cred()?.uid();
    let (reader, mut writer) = stream.into_split();
    if peer != 0 && peer != rustix::process::geteuid().as_raw() {
        let message_id = journal::ADMIN_SOCKET_REFUSED;
        tracing::warn!(message_id, uid = peer, "another user tried the admin socket");
        return send(&mut writer, &refusal(&Code::Forbidden.into())).await;
    }
    let mut reader = BufReader::new(reader.take(COMMAND_BYTES_MAX));
    let command = match tokio::time::timeout(PATIENCE, read_command(&mut reader)).await {
        Ok(command) => command,
        Err(_) => return Err(io::ErrorKind::TimedOut.into()),
    };
    let (sender, mut lines) = mpsc::channel(REPORT_LINES_MAX);
    let work = async {
        match command {
            Ok(command) => actions.perform(command, Report(sender)).await,
            Err(error) => Err(error),
        }
    };
    let mut work = Box::pin(work);
    let result = loop {
        tokio::select! {
            biased;
            Some(line) = lines.recv() => send(&mut writer, &line).await?,
            result = &mut work => break result,
            // An operator who hangs up gives up the work.
            _ = hang_up(&mut reader) => return Ok(()),
        }
    };
    while let Ok(line) = lines.try_recv() {
        send(&mut writer, &line).await?;
    }
    let last = result.map_or_else(|error| refusal(&error), Line::Ok);
    send(&mut writer, &last).await?;
    writer.shutdown().await
}

type Reader = BufReader<tokio::io::Take<OwnedReadHalf>>;

async fn read_command(reader: &mut Reader) -> ApiResult<Command> {
    let mut line = Vec::new();
    reader
        .read_until(b'\n', &mut line)
        .await
        .map_err(|error| ApiError::bad_request("the command ended early").because(error))?;
    if line.last() != Some(&b'\n') {
        let is_long = line.len() as u64 >= COMMAND_BYTES_MAX;
        let code = if is_long { Code::TooLarge } else { Code::BadRequest };
        return Err(ApiError::new(code).with_detail("a command is one line"));
    }
    parse(&line)
}

async fn hang_up(reader: &mut Reader) {
    let mut ignored = [0; 64];
    while matches!(reader.read(&mut ignored).await, Ok(1..)) {}
}

fn refusal(error: &ApiError) -> Line {
    error.log();
    Line::Problem(error.problem())
}

async fn send(writer: &mut OwnedWriteHalf, line: &Line) -> io::Result<()> {
    let mut bytes = serde_json::to_vec(line).map_err(io::Error::other)?;
    bytes.push(b'\n');
    match tokio::time::timeout(PATIENCE, writer.write_all(&bytes)).await {
        Ok(written) => written,
        Err(_) => Err(io::ErrorKind::TimedOut.into()),
    }
}

//! The connection to the status socket.
//!
//! Whoever is at the other end may be gone, slow, loud or mad, and none of it harms: a line has a
//! limit, a connection that says nothing for ten seconds or mostly nonsense is given up, and so is one
//! that says more than [`LINES_PER_S_MAX`]. It is tried again after half a second, then more and more
//! seldom, up to every ten seconds.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncBufRead, AsyncBufReadExt, BufReader};
use tokio::net::UnixStream;
use tokio::time::{Instant, timeout};

use super::line::{self, BadLine, LINE_BYTES_MAX};
use super::{Hardware, Now};
use crate::app::App;
use crate::clock::Clock;
use crate::journal;

/// The socket's name in the run folder.
const SOCKET: &str = "status.sock";
const WAIT_MIN: Duration = Duration::from_millis(500);
const WAIT_MAX: Duration = Duration::from_secs(10);
/// How long a line may take to come whole.
const SILENCE_MAX: Duration = Duration::from_secs(10);
/// Lines that are not believed, in one connection.
const BAD_LINES_MAX: u32 = 5;
/// There is one a second; a test rig may have twenty.
const LINES_PER_S_MAX: u32 = 100;

/// Why a connection ended.
#[derive(Debug, thiserror::Error)]
enum End {
    #[error("nobody listens there")]
    Absent(#[source] io::Error),
    #[error("the connection ended")]
    Gone,
    #[error("it can't be read")]
    Broken(#[source] io::Error),
    #[error("no line came for ten seconds")]
    Silent,
    #[error("a line is longer than {LINE_BYTES_MAX} bytes")]
    TooLong,
    #[error("more than {LINES_PER_S_MAX} lines came in a second")]
    Flood,
    #[error("its lines are not believed: {0}")]
    Nonsense(BadLine),
}

/// Listens until the tasks stop.
pub(super) async fn run(app: Arc<App>) {
    let mut wait = WAIT_MIN;
    let mut last = String::new();
    loop {
        let mut believed = 0;
        let ended = tokio::select! {
            end = listen(&app.hardware, &app.clock, &mut believed) => end,
            () = app.tasks.stopping() => return,
        };
        wait = if believed > 0 { WAIT_MIN } else { wait };
        // Trying again says the same again; only what is new is worth a line.
        let words = ended.to_string();
        if words != last {
            match ended {
                End::Absent(cause) => tracing::debug!(%cause, "the machine is not told of"),
                End::Gone => tracing::info!(
                    message_id = journal::MACHINE_NOT_HEARD,
                    "hearth-hwctl closed its status socket"
                ),
                end => tracing::warn!(
                    message_id = journal::MACHINE_NOT_HEARD,
                    reason = %end,
                    "what tells of the machine is not heard"
                ),
            }
            last = words;
        }
        tokio::select! {
            () = tokio::time::sleep(wait) => {}
            () = app.tasks.stopping() => return,
        }
        wait = (wait * 2).min(WAIT_MAX);
    }
}

/// One connection, to its end.
async fn listen(hardware: &Hardware, clock: &Clock, believed: &mut u64) -> End {
    let stream = match UnixStream::connect(hardware.folder(SOCKET)).await {
        Ok(stream) => stream,
        Err(error) => return End::Absent(error),
    };
    let mut reader = BufReader::new(stream);
    let mut bytes = Vec::new();
    let (mut bad, mut second, mut in_second) = (0, Instant::now(), 0);
    loop {
        bytes.clear();
        match timeout(SILENCE_MAX, next(&mut reader, &mut bytes)).await {
            Ok(Ok(())) => {}
            Ok(Err(end)) => return end,
            Err(_) => return End::Silent,
        }
        if second.elapsed() >= Duration::from_secs(1) {
            (second, in_second) = (Instant::now(), 0);
        }
        in_second += 1;
        if in_second > LINES_PER_S_MAX {
            return End::Flood;
        }
        match line::read(&bytes) {
            Ok(told) => {
                if *believed == 0 {
                    let (board, simulated) = (&told.status.board, told.status.simulated);
                    tracing::info!(
                        message_id = journal::MACHINE_HEARD,
                        board,
                        simulated,
                        "hearth-hwctl tells of the machine"
                    );
                }
                *believed += 1;
                hardware.hear(told, Now::of(clock));
            }
            Err(error) => {
                bad += 1;
                if bad >= BAD_LINES_MAX || matches!(error, BadLine::Version(_)) {
                    return End::Nonsense(error);
                }
            }
        }
    }
}

/// Reads a line without its end.
async fn next(reader: &mut (impl AsyncBufRead + Unpin), line: &mut Vec<u8>) -> Result<(), End> {
    loop {
        let chunk = reader.fill_buf().await.map_err(End::Broken)?;
        if chunk.is_empty() {
            return Err(End::Gone);
        }
        let end = chunk.iter().position(|byte| *byte == b'\n');
        let length = end.unwrap_or(chunk.len());
        if line.len() + length > LINE_BYTES_MAX {
            return Err(End::TooLong);
        }
        line.extend_from_slice(&chunk[..length]);
        reader.consume(length + usize::from(end.is_some()));
        if end.is_some() {
            return Ok(());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::line::tests::sample;
    use super::*;
    use hearth_wire::hardware::HardwareState;
    use std::io::Write as _;
    use std::os::unix::net::UnixListener;

    /// What a connection comes to that says these bytes and then ends.
    async fn told(bytes: Vec<u8>) -> (End, u64, HardwareState) {
        let folder = tempfile::tempdir().unwrap();
        let listener = UnixListener::bind(folder.path().join(SOCKET)).unwrap();
        let talk = std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            // Whoever has enough hangs up.
            drop(stream.write_all(&bytes));
        });
        let hardware = Hardware::new(Some(folder.path()), folder.path());
        let (clock, mut believed) = (Clock::system(), 0);
        let end = listen(&hardware, &clock, &mut believed).await;
        talk.join().unwrap();
        (end, believed, hardware.condition(&clock).state)
    }

    #[tokio::test]
    async fn good_lines_are_believed_and_a_few_bad_ones_forgiven() {
        let good = sample().to_string();
        let text = format!("garbage\n{good}\n{{}}\n{good}\n\n{good}");
        let (end, believed, state) = told(text.into_bytes()).await;
        assert!(matches!(end, End::Gone), "{end:?}");
        assert_eq!((believed, state), (2, HardwareState::Live));
    }

    #[tokio::test]
    async fn who_is_mad_or_loud_is_given_up() {
        let (end, ..) = told("nonsense\n".repeat(9).into_bytes()).await;
        assert!(matches!(end, End::Nonsense(BadLine::Form)), "{end:?}");
        let (end, believed, state) = told(vec![b'{'; 9_000_000]).await;
        assert!(matches!(end, End::TooLong), "{end:?}");
        assert_eq!((believed, state), (0, HardwareState::Absent));
        let (end, ..) = told(format!("{}\n", sample()).repeat(500).into_bytes()).await;
        assert!(matches!(end, End::Flood), "{end:?}");
        let other = sample().to_string().replace("\"version\":2", "\"version\":1");
        let (end, ..) = told(format!("{other}\n").into_bytes()).await;
        assert!(matches!(end, End::Nonsense(BadLine::Version(1))), "{end:?}");
    }

    #[tokio::test]
    async fn a_line_that_drips_is_one_line_and_one_without_an_end_is_none() {
        use tokio::io::AsyncWriteExt as _;
        let (ours, mut theirs) = tokio::io::duplex(4);
        let mut reader = BufReader::new(ours);
        let drip = async {
            theirs.write_all(b"{\"a\":1}\nhalf").await.unwrap();
            drop(theirs);
        };
        let mut line = Vec::new();
        let (first, ()) = tokio::join!(next(&mut reader, &mut line), drip);
        assert!(first.is_ok());
        assert_eq!(line, b"{\"a\":1}");
        line.clear();
        assert!(matches!(next(&mut reader, &mut line).await, Err(End::Gone)));
    }

    #[tokio::test]
    async fn nobody_there_is_no_trouble() {
        let folder = tempfile::tempdir().unwrap();
        let hardware = Hardware::new(None, folder.path());
        let end = listen(&hardware, &Clock::system(), &mut 0).await;
        assert!(matches!(end, End::Absent(_)), "{end:?}");
    }
}

//! The admin socket, with a real socket on both sides.

use std::io::{Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use hearth_domain::denied::Code;

use super::*;
use crate::tasks::{Drained, Tasks};

#[derive(Default)]
struct Sample {
    was_dropped: Arc<AtomicBool>,
}

struct OnDrop(Arc<AtomicBool>);

impl Drop for OnDrop {
    fn drop(&mut self) {
        self.0.store(true, Ordering::SeqCst);
    }
}

impl AdminActions for Sample {
    async fn perform(&self, command: Command, report: Report) -> Result<Answer, ApiError> {
        match command {
            Command::Export { .. } => {
                for n in 0..500 {
                    report.record(serde_json::json!({ "n": n })).await?;
                }
                report.progress(500, 500);
                Ok(Answer::Done {})
            }
            Command::UserReset { handle } => {
                Ok(Answer::Password { handle, password: "new".to_owned() })
            }
            Command::Status {} => {
                let _dropped = OnDrop(Arc::clone(&self.was_dropped));
                std::future::pending().await
            }
            _ => Err(Code::LastOwner.into()),
        }
    }
}

struct Running {
    tasks: Tasks,
    folder: tempfile::TempDir,
    was_dropped: Arc<AtomicBool>,
}

impl Running {
    fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let listener = listen(&folder.path().join("admin.sock")).unwrap();
        let (tasks, sample) = (Tasks::new(), Sample::default());
        let was_dropped = Arc::clone(&sample.was_dropped);
        tasks.spawn("admin socket", serve(listener, Arc::new(sample), tasks.clone()));
        Self { tasks, folder, was_dropped }
    }

    async fn run<T: Send + 'static>(&self, work: impl FnOnce(&Path) -> T + Send + 'static) -> T {
        let path = self.folder.path().join("admin.sock");
        tokio::task::spawn_blocking(move || work(&path)).await.unwrap()
    }

    async fn raw(&self, sent: Vec<u8>) -> String {
        let talk = move |path: &Path| {
            let mut stream = UnixStream::connect(path).unwrap();
            // A server that refuses early closes while we still write.
            drop(stream.write_all(&sent));
            drop(stream.shutdown(std::net::Shutdown::Write));
            let mut answer = String::new();
            drop(stream.read_to_string(&mut answer));
            answer
        };
        self.run(talk).await
    }
}

#[tokio::test]
async fn commands_are_answered() {
    let server = Running::start();
    let handle = Handle::parse("ann").unwrap();
    let command = Command::UserReset { handle: handle.clone() };
    let answer = server.run(move |path| call(path, &command)).await.unwrap();
    assert_eq!(answer, Answer::Password { handle, password: "new".to_owned() });
    let refused = server.run(|path| call(path, &Command::UserList {})).await.unwrap_err();
    assert!(matches!(refused, CallError::Refused(problem) if problem.code == Code::LastOwner));
}

#[tokio::test]
async fn records_arrive_in_order_and_completely() {
    let server = Running::start();
    let export = |path: &Path| {
        let (mut records, mut progress) = (Vec::new(), (0, 0));
        let answer = Call {
            progress: &mut |done, total| progress = (done, total),
            record: &mut |record| {
                records.push(record["n"].as_u64().unwrap());
                Ok(())
            },
        }
        .send(path, &Command::Export { files: None });
        (answer.unwrap(), records, progress)
    };
    let (answer, records, _) = server.run(export).await;
    assert_eq!(answer, Answer::Done {});
    assert_eq!(records, (0..500).collect::<Vec<_>>());
}

#[tokio::test]
async fn what_is_no_command_is_a_problem() {
    let server = Running::start();
    for sent in
        ["nonsense\n", "{\"command\":\"fly\"}\n", "{\"command\":\"status\",\"x\":1}\n", "{}\n", ""]
    {
        let answer = server.raw(sent.as_bytes().to_vec()).await;
        assert!(answer.contains("bad_request"), "{sent}: {answer}");
    }
    let long = vec![b'a'; usize::try_from(socket::COMMAND_BYTES_MAX).unwrap() + 10];
    assert!(server.raw(long).await.contains("too_large"));
}

#[tokio::test]
async fn an_operator_who_hangs_up_gives_up_the_work() {
    let server = Running::start();
    server
        .run(|path| {
            let mut stream = UnixStream::connect(path).unwrap();
            stream.write_all(b"{\"command\":\"status\"}\n").unwrap();
            std::thread::sleep(Duration::from_millis(50));
        })
        .await;
    for _ in 0..100 {
        if server.was_dropped.load(Ordering::SeqCst) {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert!(server.was_dropped.load(Ordering::SeqCst));
    server.tasks.stop();
    assert_eq!(server.tasks.drain(Duration::from_secs(5)).await, Drained::All);
}

#[tokio::test]
async fn the_socket_is_private_and_replaces_a_stale_one() {
    let server = Running::start();
    let path = server.folder.path().join("admin.sock");
    let mode = std::fs::metadata(&path).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    assert!(listen(&path).is_ok());
    let too_long = server.folder.path().join("a".repeat(120));
    assert!(listen(&too_long).unwrap_err().to_string().contains("open the admin socket"));
}

#[tokio::test]
async fn without_a_server_the_sentence_says_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let refused = call(&folder.path().join("admin.sock"), &Command::Status {}).unwrap_err();
    assert!(refused.to_string().contains("hearth up"), "{refused}");
}

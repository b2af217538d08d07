//! A hearthd process: started, watched through its log, ended by its process number.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStderr, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex};

use rustix::process::{Pid, Signal, kill_process};
use tokio::sync::watch;

use super::{program, soon};

/// How to start hearthd.
#[derive(Clone, Debug)]
pub(crate) struct Launch {
    /// Its data folder.
    pub(crate) data: PathBuf,
    /// Its configuration file.
    pub(crate) config: Option<PathBuf>,
    /// Where it listens.
    pub(crate) listen: String,
    /// A program and its arguments that start hearthd in their place, as `setpriv` does.
    pub(crate) wrapper: Vec<String>,
    /// Further variables of its environment.
    pub(crate) environment: Vec<(String, String)>,
}

impl Launch {
    /// On a free port of 127.0.0.1.
    pub(crate) fn in_folder(data: &Path) -> Self {
        Self {
            data: data.to_owned(),
            config: None,
            listen: "127.0.0.1:0".to_owned(),
            wrapper: Vec::new(),
            environment: Vec::new(),
        }
    }

    pub(crate) fn config(mut self, file: PathBuf) -> Self {
        self.config = Some(file);
        self
    }

    /// Starts it, and waits for nothing.
    pub(crate) fn start(&self) -> Hearthd {
        let hearthd = program("hearthd");
        let mut command = match self.wrapper.split_first() {
            Some((first, rest)) => {
                let mut command = Command::new(first);
                command.args(rest).arg(hearthd);
                command
            }
            None => Command::new(hearthd),
        };
        for name in ["HEARTH_PORT", "HEARTH_CONFIG", "HEARTH_CONFIG_DIR"] {
            command.env_remove(name);
        }
        command.env("HEARTH_DATA", &self.data).env("HEARTH_LISTEN", &self.listen);
        if let Some(config) = &self.config {
            command.env("HEARTH_CONFIG", config);
        }
        command.envs(self.environment.iter().cloned());
        Hearthd::spawn(command)
    }
}

/// A process whose log is read as it is written. It is killed when this is dropped.
#[derive(Debug)]
pub(crate) struct Hearthd {
    child: Child,
    log: Arc<Mutex<String>>,
    grown: watch::Receiver<usize>,
    reader: Option<std::thread::JoinHandle<()>>,
}

impl Hearthd {
    /// Starts a command whose standard error is a log.
    pub(crate) fn spawn(mut command: Command) -> Self {
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap_or_else(|e| panic!("start {command:?}: {e}"));
        let stderr = child.stderr.take().expect("standard error is a pipe");
        let log = Arc::new(Mutex::new(String::new()));
        let (grow, grown) = watch::channel(0);
        let text = Arc::clone(&log);
        let reader = std::thread::spawn(move || follow(stderr, &text, &grow));
        Self { child, log, grown, reader: Some(reader) }
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Everything it logged until now.
    pub(crate) fn log(&self) -> String {
        self.log.lock().unwrap().clone()
    }

    /// Waits for a line of the log, and gives what `find` finds in it.
    pub(crate) async fn logged<T>(&self, find: impl Fn(&str) -> Option<T>) -> T {
        let mut grown = self.grown.clone();
        let search = async {
            loop {
                grown.borrow_and_update();
                if let Some(found) = self.log().lines().find_map(&find) {
                    return found;
                }
                if grown.changed().await.is_err() {
                    panic!("hearthd ended without that line:\n{}", self.log());
                }
            }
        };
        match tokio::time::timeout(super::patience(), search).await {
            Ok(found) => found,
            Err(_) => panic!("hearthd did not log that in time:\n{}", self.log()),
        }
    }

    /// Waits until it takes requests, and gives where.
    pub(crate) async fn ready(&self) -> SocketAddr {
        self.logged(|line| line.split_once("Hearth is ready address=")?.1.trim().parse().ok()).await
    }

    pub(crate) fn signal(&self, signal: Signal) {
        let pid = Pid::from_child(&self.child);
        kill_process(pid, signal).expect("the process is there to be signalled");
    }

    /// Waits until it has ended.
    pub(crate) async fn ended(&mut self) -> ExitStatus {
        let mut grown = self.grown.clone();
        // Its log ends with it: then the process is dead or about to be.
        soon("the end of hearthd", async { while grown.changed().await.is_ok() {} }).await;
        let status = self.child.wait().expect("the child is ours");
        self.join();
        status
    }

    /// Stops it as a service manager does, and gives its exit code.
    pub(crate) async fn stop(&mut self) -> i32 {
        self.signal(Signal::TERM);
        let status = self.ended().await;
        status.code().unwrap_or_else(|| panic!("ended by signal {:?}", status.signal()))
    }

    /// Kills it at once.
    pub(crate) fn kill(&mut self) {
        // Both fail only for a child that was waited for already.
        drop(self.child.kill());
        drop(self.child.wait());
        self.join();
    }

    fn join(&mut self) {
        if let Some(reader) = self.reader.take() {
            reader.join().expect("the log was read");
        }
    }
}

impl Drop for Hearthd {
    fn drop(&mut self) {
        self.kill();
    }
}

fn follow(stderr: ChildStderr, text: &Mutex<String>, grow: &watch::Sender<usize>) {
    for line in BufReader::new(stderr).split(b'\n') {
        let Ok(line) = line else { return };
        let mut text = text.lock().unwrap();
        text.push_str(&String::from_utf8_lossy(&line));
        text.push('\n');
        let length = text.len();
        drop(text);
        grow.send_replace(length);
    }
}

//! A service manager in small: it opens ports and keeps them while hearthd comes and goes, hears what
//! hearthd tells it, and waits for signs of life.

use std::net::{SocketAddr, TcpListener};
use std::os::fd::{AsRawFd, OwnedFd};
use std::path::Path;

use rustix::io::{FdFlags, fcntl_dupfd_cloexec, fcntl_setfd};
use tokio::net::UnixDatagram;

use super::{Hearthd, Launch, soon};

/// Above the numbers that are handed over, so that neither stands in the other's way.
const NUMBER_MIN: i32 = 20;

/// What a shell does before it becomes hearthd: the ports get their numbers, and the process is named.
const HAND_OVER: &str = "export LISTEN_PID=$$; exec \"$@\" 3<&FRONT 4<&SIDE FRONT<&- SIDE<&-";

/// A service manager that looks after one hearthd.
#[derive(Debug)]
pub(crate) struct Manager {
    front: TcpListener,
    side: TcpListener,
    ear: UnixDatagram,
    launch: Launch,
    _scratch: tempfile::TempDir,
}

impl Manager {
    /// Opens both doors on free ports of 127.0.0.1, and starts nothing.
    pub(crate) fn new(data: &Path) -> Self {
        let scratch = tempfile::tempdir().expect("a folder for the manager");
        let open = || TcpListener::bind("127.0.0.1:0").expect("open a port");
        let (front, side) = (open(), open());
        let path = scratch.path().join("notify");
        let ear = UnixDatagram::bind(&path).expect("listen to hearthd");
        let mut launch = Launch::in_folder(data);
        // It must not be needed.
        launch.listen = "192.0.2.1:1".to_owned();
        let notify = path.to_string_lossy().into_owned();
        launch.environment = vec![
            ("NOTIFY_SOCKET".to_owned(), notify),
            ("LISTEN_FDS".to_owned(), "2".to_owned()),
            ("LISTEN_FDNAMES".to_owned(), "https:http".to_owned()),
        ];
        Self { front, side, ear, launch, _scratch: scratch }
    }

    /// What the ports are called.
    pub(crate) fn names(&mut self, names: &str) {
        self.set("LISTEN_FDNAMES", names);
    }

    /// How long it waits for a sign of life.
    pub(crate) fn patience_ms(&mut self, ms: u64) {
        self.set("WATCHDOG_USEC", &(ms * 1_000).to_string());
    }

    fn set(&mut self, name: &str, value: &str) {
        self.launch.environment.retain(|(known, _)| known != name);
        self.launch.environment.push((name.to_owned(), value.to_owned()));
    }

    pub(crate) fn front(&self) -> SocketAddr {
        self.front.local_addr().expect("a port")
    }

    pub(crate) fn side(&self) -> SocketAddr {
        self.side.local_addr().expect("a port")
    }

    /// Starts hearthd and hands the ports over.
    pub(crate) fn start(&self) -> Hearthd {
        let (front, side) = (inherited(&self.front), inherited(&self.side));
        let script = HAND_OVER.replace("FRONT", &front.as_raw_fd().to_string());
        let script = script.replace("SIDE", &side.as_raw_fd().to_string());
        let mut launch = self.launch.clone();
        launch.wrapper = ["bash", "-c", &script, "manager"].map(str::to_owned).to_vec();
        launch.start()
    }

    /// Waits until hearthd says a line, and forgets what it said before.
    pub(crate) async fn hears(&self, wanted: &str) -> String {
        let listen = async {
            loop {
                let mut bytes = [0; 4_096];
                let length = self.ear.recv(&mut bytes).await.expect("hear hearthd");
                let told = String::from_utf8_lossy(&bytes[..length]).into_owned();
                if told.lines().any(|line| line == wanted) {
                    return told;
                }
            }
        };
        soon(&format!("{wanted} from hearthd"), listen).await
    }

    /// Everything that was said and not heard yet.
    pub(crate) fn heard(&self) -> Vec<String> {
        let mut bytes = [0; 4_096];
        let mut all = Vec::new();
        while let Ok(length) = self.ear.try_recv(&mut bytes) {
            let told = String::from_utf8_lossy(&bytes[..length]);
            all.extend(told.lines().map(str::to_owned));
        }
        all
    }
}

/// The listener under another number, which a program that is started next gets as well.
fn inherited(listener: &TcpListener) -> OwnedFd {
    let number = fcntl_dupfd_cloexec(listener, NUMBER_MIN).expect("another number");
    fcntl_setfd(&number, FdFlags::empty()).expect("let it be inherited");
    number
}

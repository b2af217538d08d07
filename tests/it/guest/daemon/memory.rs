//! Memory runs out in the service: the kernel ends the process that looks at a picture, the picture is
//! a file like any other, and the office goes on.
//!
//! ```text
//! large.png ─► hearthd ─► hearthd --picture: decodes 60 MB ─► the group's limit ─► killed
//!                 └─ the same process before and after; systemd starts, stops and tells nothing
//! ```

use std::path::{Path, PathBuf};

use super::Machine;
use crate::files::picture;

/// Room for what looks at a picture of 300 by 200 pixels, but not at one of 5,000 by 4,000.
const ROOM_BYTES: u64 = 48 << 20;
const GROUP: &str = "/sys/fs/cgroup/hearth.slice/hearthd.service";
/// Sends the request in a file, as `asked` does with those it makes.
const SENT: &str = "
    printf '#!/bin/sh\\ncat /run/request\\nexec cat >&3\\n' >/usr/bin/sent
    chmod 755 /usr/bin/sent";
/// What the service manager knows of the service, and what it was told to note of its failures.
const LIFE: &str = "
    systemctl show -p MainPID -p NRestarts -p ActiveEnterTimestampMonotonic hearthd
    systemctl show -p InactiveExitTimestampMonotonic hearth-failure@hearthd.service
    ls /var/lib/hearth/failures 2>&1 || true";

/// The pictures, which the guest finds in its `/opt`.
pub(super) fn pictures(folder: &Path) -> [PathBuf; 2] {
    [("small.png", 300, 200), ("large.png", 5_000, 4_000)].map(|(name, width, height)| {
        let file = folder.join(name);
        std::fs::write(&file, picture(width, height)).expect("write a picture");
        file
    })
}

impl Machine {
    /// Somebody with this session sends a picture that takes more memory than there is.
    pub(super) fn out_of_memory_ends_the_look_at_a_picture_only(&mut self, session: &str) {
        self.sh(SENT);
        let before = self.sh(LIFE);
        assert!(before.contains("NRestarts=0"), "{before}");
        assert_eq!(self.upload(session, "small.png"), "picture");
        assert_eq!(self.killed(), "0");

        let used: u64 = self.sh(&format!("cat {GROUP}/memory.current")).parse().expect("bytes");
        self.limit(&(used + ROOM_BYTES).to_string());
        assert_eq!(self.upload(session, "large.png"), "other");
        assert_eq!(self.killed(), "1", "{}", self.journal_of("hearthd"));
        // From here on the service manager has done about it whatever it does.
        self.comes_true("journalctl -u hearthd | grep -q 'killed by the OOM killer'");
        self.limit("60%");

        assert_eq!(self.upload(session, "small.png"), "picture");
        assert_eq!(self.sh(LIFE), before, "{}", self.journal_of("hearthd"));
        self.served();
    }

    /// How many processes of the service the kernel has killed for their memory.
    fn killed(&mut self) -> String {
        self.sh(&format!("sed -n 's/^oom_kill //p' {GROUP}/memory.events"))
    }

    fn limit(&mut self, most: &str) {
        self.sh(&format!("systemctl set-property --runtime hearthd.service MemoryMax={most}"));
    }

    /// Sends a picture; gives what kind of file it has become.
    fn upload(&mut self, session: &str, name: &str) -> String {
        let file = format!("/opt/{name}");
        let size = self.sh(&format!("stat -c %s {file}"));
        let wanted =
            format!("{{\"name\":\"{name}\",\"size_bytes\":{size},\"media_type\":\"image/png\"}}");
        self.sh(&format!("printf %s '{wanted}' >/run/wanted; : >/run/nothing"));
        let json = "Content-Type: application/json";
        let announced = self.send(session, "POST /api/v1/uploads", json, "/run/wanted");
        let upload = field(&announced, "id");
        let piece = "Content-Type: application/octet-stream\\r\\nUpload-Offset: 0";
        let path = format!("/api/v1/uploads/{upload}");
        let sent = self.send(session, &format!("PATCH {path}"), piece, &file);
        assert!(sent.contains("200 OK"), "{sent}");
        let done = self.send(session, &format!("POST {path}/complete"), json, "/run/nothing");
        field(&done, "kind")
    }

    /// One request, with a header of its own and a file of the guest as its body; gives the answer.
    fn send(&mut self, session: &str, what: &str, header: &str, body: &str) -> String {
        let head = format!(
            "{what} HTTP/1.1\\r\\nHost: localhost\\r\\nConnection: close\\r\\n\
             Sec-Fetch-Site: same-origin\\r\\nCookie: hearth_session={session}\\r\\n{header}"
        );
        self.sh(&format!(
            "printf '{head}\\r\\nContent-Length: %s\\r\\n\\r\\n' $(stat -c %s {body}) >/run/request
            cat {body} >>/run/request
            exec 3>&1; exec nc 127.0.0.1 443 -e /usr/bin/sent"
        ))
    }
}

/// The first text of this name in an answer.
fn field(answer: &str, name: &str) -> String {
    let (_, rest) = answer.split_once(&format!("\"{name}\":\"")).unwrap_or_else(|| {
        panic!("no {name} in {answer}");
    });
    rest.split('"').next().unwrap_or_default().to_owned()
}

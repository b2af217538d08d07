//! QEMU's control socket: one line of JSON asks, one answers, and events come in between.

use std::io::{BufRead, BufReader, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::machine::connect;

/// Longest wait for an answer, and for the guest's state to be written or read.
const PATIENCE: Duration = Duration::from_secs(120);
const POLL: Duration = Duration::from_millis(20);

#[derive(Debug)]
pub(crate) struct Qmp(BufReader<UnixStream>);

impl Qmp {
    pub(crate) fn connect(socket: &Path) -> Self {
        let stream = connect(socket);
        stream.set_read_timeout(Some(PATIENCE)).expect("set a deadline");
        let mut qmp = Self(BufReader::new(stream));
        qmp.ask("qmp_capabilities", &json!({}));
        qmp
    }

    /// Gives what the command returns; QEMU refusing it fails the test.
    pub(crate) fn ask(&mut self, command: &str, arguments: &Value) -> Value {
        let ask = json!({ "execute": command, "arguments": arguments });
        writeln!(self.0.get_mut(), "{ask}").expect("ask QEMU");
        loop {
            let mut line = String::new();
            let read = self.0.read_line(&mut line);
            assert!(read.is_ok_and(|n| n > 0), "QEMU does not answer to {command}");
            let mut answer: Value = serde_json::from_str(&line).expect("QEMU speaks JSON");
            assert!(answer.get("error").is_none(), "{command}: {answer}");
            if let Some(given) = answer.get_mut("return") {
                return given.take();
            }
        }
    }

    /// Asks until the answer's `status` is one of `wanted`.
    pub(crate) fn wait(&mut self, command: &str, wanted: &str) {
        let begin = Instant::now();
        loop {
            let answer = self.ask(command, &json!({}));
            let status = answer.get("status").and_then(Value::as_str).unwrap_or_default();
            if status == wanted {
                return;
            }
            let may_wait = status != "failed" && begin.elapsed() < PATIENCE;
            assert!(may_wait, "{command} gives {answer}, not {wanted}");
            std::thread::sleep(POLL);
        }
    }
}

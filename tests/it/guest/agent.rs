//! Runs scripts in the guest, over a serial port. The other end is `agent` in `init`.

use std::io::{BufRead, BufReader, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::{Duration, Instant};

use super::machine::connect;

/// Longest wait for a script. The guest is emulated, on a machine that may be busy with other tests.
const PATIENCE: Duration = Duration::from_secs(240);
/// Longest wait for the boot: systemd's takes half a minute of a core.
const BOOT: Duration = Duration::from_secs(400);

/// What became of a script.
#[derive(Debug)]
pub(crate) struct Ran {
    /// Its exit code.
    pub(crate) code: i32,
    /// What it wrote to standard output and standard error, without the last line's end.
    pub(crate) output: String,
}

/// One serial port of the guest. It runs one script at a time.
#[derive(Debug)]
pub(crate) struct Agent {
    port: BufReader<UnixStream>,
    number: u32,
}

impl Agent {
    /// Connects to a port of a guest that was started just now.
    pub(crate) fn connect(socket: &Path) -> Self {
        let port = connect(socket);
        port.set_read_timeout(Some(PATIENCE)).expect("set a deadline");
        Self { port: BufReader::new(port), number: 0 }
    }

    /// Waits until a guest that boots listens.
    pub(crate) fn booted(&mut self) {
        let patience = |port: &UnixStream, patience| {
            port.set_read_timeout(Some(patience)).expect("set a deadline");
        };
        patience(self.port.get_ref(), BOOT);
        assert_eq!(self.line("the boot"), "ready", "the agent's first word");
        patience(self.port.get_ref(), PATIENCE);
    }

    /// Starts a script, whose answer nobody waits for.
    pub(crate) fn tell(&mut self, script: &str) {
        self.number += 1;
        let line = format!("{} {}\n", self.number, base64(script.as_bytes()));
        self.port.get_mut().write_all(line.as_bytes()).expect("ask the guest");
    }

    /// Runs a script, and waits for its end.
    pub(crate) fn run(&mut self, script: &str) -> Ran {
        self.tell(script);
        let answer = self.line(script);
        let mut words = answer.split(' ');
        let number = words.next().and_then(|word| word.parse().ok());
        assert_eq!(number, Some(self.number), "the guest answers `{answer}` to `{script}`");
        let code = words.next().and_then(|word| word.parse().ok()).expect("an exit code");
        let output = from_base64(words.next().unwrap_or_default());
        let output = String::from_utf8_lossy(&output).trim_end_matches('\n').to_owned();
        Ran { code, output }
    }

    fn line(&mut self, what: &str) -> String {
        let begin = Instant::now();
        let mut line = String::new();
        let read = self.port.read_line(&mut line);
        let waited = begin.elapsed();
        assert!(read.is_ok_and(|n| n > 0), "no answer in {waited:.0?} from the guest to: {what}");
        line.trim_end_matches(['\n', '\r']).to_owned()
    }
}

const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

fn base64(bytes: &[u8]) -> String {
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let mut three = [0; 3];
        three[..chunk.len()].copy_from_slice(chunk);
        let bits = u32::from_be_bytes([0, three[0], three[1], three[2]]);
        for place in 0..4 {
            let digit = DIGITS[(bits >> (18 - 6 * place) & 63) as usize];
            text.push(if place <= chunk.len() { digit.into() } else { '=' });
        }
    }
    text
}

fn from_base64(text: &str) -> Vec<u8> {
    let value = |digit: u8| DIGITS.iter().position(|known| *known == digit);
    let digits: Vec<u32> =
        text.bytes().map_while(value).map(|v| u32::try_from(v).expect("below 64")).collect();
    let mut bytes = Vec::new();
    for chunk in digits.chunks(4) {
        let bits = chunk.iter().fold(0, |bits, digit| bits << 6 | digit) << (6 * (4 - chunk.len()));
        bytes.extend_from_slice(&bits.to_be_bytes()[1..chunk.len()]);
    }
    bytes
}

#[test]
fn base64_goes_there_and_back() {
    for text in ["", "f", "fo", "foo", "foob", "echo $?\n\u{fffd}"] {
        assert_eq!(from_base64(&base64(text.as_bytes())), text.as_bytes());
    }
    assert_eq!(base64(b"foob"), "Zm9vYg==");
}

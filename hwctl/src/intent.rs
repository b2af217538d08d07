//! What may be asked from outside: a closed list, in lines of JSON on a Unix socket.
//!
//! No path, no command and no duty can be said here. A wish only ever takes heat away
//! ([`Wishes`]), so the worst that a hostile client with access can do is to make the machine slow.
//! One client is heard at a time, one line each; who asks too often is refused.

use std::io::{self, Read as _, Write as _};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use rustix::net::sockopt::socket_peercred;
use serde::Deserialize;

use crate::clock::Clock;
use crate::control::{Profile, Wishes};
use crate::status::socket;
use crate::units::{Seconds, Watts};

/// The socket's name in the run folder.
pub const SOCKET: &str = "intent.sock";
/// A longer line is none of ours.
const LINE_BYTES_MAX: usize = 256;
/// How long a client may take to say its line.
const PATIENCE: Duration = Duration::from_secs(1);
/// So many wishes may come at once, and one more every five seconds.
const BURST: f64 = 10.0;
const EVERY: Seconds = Seconds(5.0);
/// What a power cap may be.
const CAP_W: std::ops::RangeInclusive<f64> = 5.0..=500.0;

/// What can be asked.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(tag = "intent", rename_all = "snake_case", deny_unknown_fields)]
pub enum Intent {
    /// How much noise is welcome.
    Profile {
        /// The profile.
        profile: Profile,
    },
    /// The most power that may be taken; null takes the cap away.
    PowerCap {
        /// In watts, 5 to 500.
        watts: Option<f64>,
    },
}

/// Why an intent is refused, as the client is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// Not one line of what can be asked.
    Unknown,
    /// A number out of its range.
    OutOfRange,
    /// Too many in too short a time.
    TooOften,
    /// Not somebody who may ask.
    NotAllowed,
}

impl Refusal {
    fn code(self) -> &'static str {
        match self {
            Self::Unknown => "unknown_intent",
            Self::OutOfRange => "out_of_range",
            Self::TooOften => "too_often",
            Self::NotAllowed => "not_allowed",
        }
    }
}

/// Understands a line.
///
/// # Errors
///
/// Why it can't be done.
pub fn parse(line: &[u8]) -> Result<Intent, Refusal> {
    if line.len() > LINE_BYTES_MAX {
        return Err(Refusal::Unknown);
    }
    let intent = serde_json::from_slice(line).map_err(|_| Refusal::Unknown)?;
    match intent {
        Intent::PowerCap { watts: Some(watts) } if !CAP_W.contains(&watts) => {
            Err(Refusal::OutOfRange)
        }
        intent => Ok(intent),
    }
}

/// What people wish for, where the control thread finds it.
#[derive(Clone, Debug, Default)]
pub struct Desk(Arc<Mutex<Wishes>>);

impl Desk {
    /// The wishes, unless one comes in at this moment.
    pub fn wishes(&self) -> Option<Wishes> {
        self.0.try_lock().ok().map(|wishes| *wishes)
    }

    fn take(&self, intent: Intent) {
        if let Ok(mut wishes) = self.0.lock() {
            match intent {
                Intent::Profile { profile } => wishes.profile = profile,
                Intent::PowerCap { watts } => wishes.power_cap = watts.map(Watts),
            }
        }
    }
}

/// A bucket that fills by one every five seconds.
#[derive(Debug)]
struct Pace {
    left: f64,
    at: Seconds,
}

impl Pace {
    fn allows(&mut self, now: Seconds) -> bool {
        self.left = (self.left + (now - self.at).0 / EVERY.0).min(BURST);
        self.at = now;
        let allowed = self.left >= 1.0;
        self.left -= if allowed { 1.0 } else { 0.0 };
        allowed
    }
}

/// Who may ask, besides root and whoever runs this program.
#[derive(Clone, Debug, Default)]
pub struct Allowed(pub Vec<u32>);

/// Starts listening.
///
/// # Errors
///
/// If the socket or the thread can't be made.
pub fn serve(run: &Path, desk: Desk, allowed: Allowed, clock: Clock) -> io::Result<()> {
    let listener = socket(&run.join(SOCKET))?;
    thread::Builder::new()
        .name("hwctl-intent".to_owned())
        .spawn(move || listen(&listener, &desk, &allowed, clock))?;
    Ok(())
}

fn listen(listener: &UnixListener, desk: &Desk, allowed: &Allowed, clock: Clock) {
    let mut pace = Pace { left: BURST, at: clock.now() };
    for stream in listener.incoming() {
        let Ok(stream) = stream else {
            // Out of descriptors, most likely: whoever wants something asks again.
            thread::sleep(PATIENCE);
            continue;
        };
        let heard = hear(&stream, allowed);
        let in_time = pace.allows(clock.now());
        let heard = heard.map(|heard| if in_time { heard } else { Err(Refusal::TooOften) });
        let answer = match heard {
            Ok(Ok(intent)) => {
                desk.take(intent);
                "{\"ok\":true}\n".to_owned()
            }
            Ok(Err(refusal)) => format!("{{\"ok\":false,\"code\":\"{}\"}}\n", refusal.code()),
            // Nobody is there any more to be answered.
            Err(_) => continue,
        };
        // A client that leaves before its answer has been heard all the same.
        drop((&stream).write_all(answer.as_bytes()));
    }
}

/// Reads the line even of somebody who is refused: a socket that is closed with unread bytes takes
/// the answer with it.
fn hear(stream: &UnixStream, allowed: &Allowed) -> io::Result<Result<Intent, Refusal>> {
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    let uid = socket_peercred(stream)?.uid;
    let ours = uid.is_root() || uid == rustix::process::geteuid();
    let mut bytes = [0; LINE_BYTES_MAX + 1];
    let mut length = 0;
    // Each read has a second; a client that drips bytes is cut off by the length of a line. The fan
    // does not wait for any of this.
    while length < bytes.len() && !bytes[..length].contains(&b'\n') {
        match (&*stream).read(&mut bytes[length..])? {
            0 => break,
            more => length += more,
        }
    }
    if !ours && !allowed.0.contains(&uid.as_raw()) {
        return Ok(Err(Refusal::NotAllowed));
    }
    Ok(parse(bytes[..length].split(|byte| *byte == b'\n').next().unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn only_what_is_on_the_list_is_understood() {
        let quiet = Intent::Profile { profile: Profile::Quiet };
        assert_eq!(parse(br#"{"intent":"profile","profile":"quiet"}"#), Ok(quiet));
        let uncapped = Intent::PowerCap { watts: None };
        assert_eq!(parse(br#"{"intent":"power_cap","watts":null}"#), Ok(uncapped));
        let unknown: [&[u8]; 6] = [
            b"",
            b"{}",
            br#"{"intent":"duty","value":0}"#,
            br#"{"intent":"profile","profile":"loud"}"#,
            br#"{"intent":"profile","profile":"quiet","path":"/etc"}"#,
            &[b'{'; 300],
        ];
        for line in unknown {
            assert_eq!(parse(line), Err(Refusal::Unknown), "{line:?}");
        }
        for watts in ["4.9", "501", "-1", "1e300"] {
            let line = format!(r#"{{"intent":"power_cap","watts":{watts}}}"#);
            assert_eq!(parse(line.as_bytes()), Err(Refusal::OutOfRange));
        }
    }

    #[test]
    fn a_flood_is_refused_and_a_pause_helps() {
        let mut pace = Pace { left: BURST, at: Seconds(0.0) };
        assert_eq!((0..100).filter(|_| pace.allows(Seconds(0.0))).count(), 10);
        assert!(!pace.allows(Seconds(4.0)));
        assert!(pace.allows(Seconds(6.0)));
    }

    proptest! {
        #[test]
        fn any_bytes_are_an_intent_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
            if let Ok(Intent::PowerCap { watts: Some(watts) }) = parse(&bytes) {
                prop_assert!(CAP_W.contains(&watts));
            }
        }
    }
}

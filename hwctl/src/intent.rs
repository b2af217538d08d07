//! What may be asked from outside: a closed list, in lines of JSON on a Unix socket.
//!
//! No path, no command and no duty can be said here. A wish only ever takes heat away or asks for air
//! ([`Wishes`]), so the worst that a hostile client with access can do is to make the machine slow and
//! loud; or to have it measured ([`crate::commission`]), which stays below 85 °C and ends by itself. One client is heard at a time, one line each; who asks too often is refused.

use std::io::{self, Read as _, Write as _};
use std::ops::RangeInclusive;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use rustix::net::sockopt::socket_peercred;
use serde::Deserialize;

use crate::clock::Clock;
use crate::control::{Job, Profile, Wishes};
use crate::status::{Profiles, socket};
use crate::trials::Wish;
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
const CAP_W: RangeInclusive<f64> = 5.0..=500.0;
/// How long quiet may be asked for; hearthd knows calendars and asks again.
const QUIET_S: RangeInclusive<f64> = 0.0..=86_400.0;
/// How long a job may be told to last, and what it may take.
const JOB_S: RangeInclusive<f64> = 1.0..=3_600.0;
const JOB_W: RangeInclusive<f64> = 1.0..=500.0;
/// How long a boost lasts.
const BOOST: Seconds = Seconds(120.0);

/// What can be asked.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(tag = "intent", rename_all = "snake_case", deny_unknown_fields)]
pub enum Intent {
    /// How much noise is welcome. A boost falls back after 120 s.
    Profile {
        /// The profile.
        profile: Profile,
    },
    /// As the quiet profile for so long; 0 ends it.
    Quiet {
        /// In seconds, 0 to 86,400.
        seconds: f64,
    },
    /// The most power that may be taken; null takes the cap away.
    PowerCap {
        /// In watts, 5 to 500.
        watts: Option<f64>,
    },
    /// A long job is coming: the fan may begin slowly.
    Job {
        /// How long it will last, in seconds, 1 to 3,600.
        seconds: f64,
        /// What it will take, in watts, 1 to 500.
        watts: f64,
    },
    /// Measure fan and sink.
    Calibrate,
    /// See whether the fan obeys.
    Drill,
    /// End a calibration or a drill.
    Stop,
}

impl Intent {
    fn is_in_range(&self) -> bool {
        match self {
            Self::Profile { .. } | Self::Calibrate | Self::Drill | Self::Stop => true,
            Self::Quiet { seconds } => QUIET_S.contains(seconds),
            Self::PowerCap { watts } => watts.is_none_or(|watts| CAP_W.contains(&watts)),
            Self::Job { seconds, watts } => JOB_S.contains(seconds) && JOB_W.contains(watts),
        }
    }
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
    let intent: Intent = serde_json::from_slice(line).map_err(|_| Refusal::Unknown)?;
    if intent.is_in_range() { Ok(intent) } else { Err(Refusal::OutOfRange) }
}

/// What was asked for and holds, some of it for a while only.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Asked {
    profile: Profile,
    quiet_until: Option<Seconds>,
    boost_until: Option<Seconds>,
    power_cap: Option<Watts>,
    job: Option<(Job, Seconds)>,
    /// What is to be begun or ended, the newest only.
    trial: Option<Wish>,
}

impl Asked {
    /// Takes an intent at `now`.
    pub fn take(&mut self, intent: Intent, now: Seconds) {
        let after = |seconds: f64| Seconds(now.0 + seconds);
        match intent {
            Intent::Profile { profile: Profile::Boost } => {
                self.boost_until = Some(after(BOOST.0));
            }
            Intent::Profile { profile } => (self.profile, self.boost_until) = (profile, None),
            Intent::Quiet { seconds } => self.quiet_until = Some(after(seconds)),
            Intent::PowerCap { watts } => self.power_cap = watts.map(Watts),
            Intent::Job { seconds, watts } => {
                let job = Job { power: Watts(watts), lasts: Seconds(seconds) };
                self.job = Some((job, after(seconds)));
            }
            Intent::Calibrate => self.trial = Some(Wish::Calibrate),
            Intent::Drill => self.trial = Some(Wish::Drill),
            Intent::Stop => self.trial = Some(Wish::Stop),
        }
    }

    /// What is to be begun or ended; it is asked once.
    pub fn trial(&mut self) -> Option<Wish> {
        self.trial.take()
    }

    /// What of it holds at `now`. A boost stands above quiet hours: it is asked for by somebody who is
    /// there, and short.
    pub fn at(&self, now: Seconds) -> (Wishes, Profiles) {
        let left = |until: Option<Seconds>| until.map_or(0.0, |until| (until - now).0.max(0.0));
        let (quiet_s, boost_s) = (left(self.quiet_until), left(self.boost_until));
        let profile = match (boost_s > 0.0, quiet_s > 0.0) {
            (true, _) => Profile::Boost,
            (false, true) => Profile::Quiet,
            (false, false) => self.profile,
        };
        let job = self.job.filter(|(_, until)| now < *until).map(|(job, _)| job);
        let profiles = Profiles {
            now: profile,
            wanted: self.profile,
            quiet_left_s: whole(quiet_s),
            boost_left_s: whole(boost_s),
        };
        (Wishes { profile, power_cap: self.power_cap, job }, profiles)
    }
}

/// What is left of a second counts as one.
#[expect(clippy::cast_possible_truncation, reason = "a day has fewer seconds than fit")]
#[expect(clippy::cast_sign_loss, reason = "what is left is not negative")]
fn whole(seconds: f64) -> u32 {
    seconds.ceil() as u32
}

/// What people asked for, where the control thread finds it.
#[derive(Clone, Debug, Default)]
pub struct Desk(Arc<Mutex<Asked>>);

impl Desk {
    /// What was asked for, unless something comes in at this moment.
    pub fn asked(&self) -> Option<Asked> {
        let mut asked = self.0.try_lock().ok()?;
        let taken = *asked;
        asked.trial = None;
        Some(taken)
    }

    fn take(&self, intent: Intent, now: Seconds) {
        if let Ok(mut asked) = self.0.lock() {
            asked.take(intent, now);
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
#[derive(Clone, Debug, Default, PartialEq, Eq)]
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
        let now = clock.now();
        let in_time = pace.allows(now);
        let heard = heard.map(|heard| if in_time { heard } else { Err(Refusal::TooOften) });
        let answer = match heard {
            Ok(Ok(intent)) => {
                desk.take(intent, now);
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

/// Asks the program that works with this run folder; its answer, a line.
///
/// # Errors
///
/// If it can't be reached.
pub fn ask(run: &Path, what: Wish) -> io::Result<String> {
    let name = match what {
        Wish::Calibrate => "calibrate",
        Wish::Drill => "drill",
        Wish::Stop => "stop",
    };
    let mut stream = UnixStream::connect(run.join(SOCKET))?;
    stream.write_all(format!("{{\"intent\":\"{name}\"}}\n").as_bytes())?;
    let mut answer = String::new();
    stream.take(LINE_BYTES_MAX as u64).read_to_string(&mut answer)?;
    Ok(answer)
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
        let quiet = Intent::Quiet { seconds: 0.0 };
        assert_eq!(parse(br#"{"intent":"quiet","seconds":0}"#), Ok(quiet));
        let job = Intent::Job { seconds: 600.0, watts: 46.0 };
        assert_eq!(parse(br#"{"intent":"job","seconds":600,"watts":46}"#), Ok(job));
        for fields in [
            r#""power_cap","watts":4.9"#,
            r#""power_cap","watts":501"#,
            r#""power_cap","watts":-1"#,
            r#""power_cap","watts":1e300"#,
            r#""quiet","seconds":-1"#,
            r#""quiet","seconds":86401"#,
            r#""job","seconds":0,"watts":40"#,
            r#""job","seconds":3601,"watts":40"#,
            r#""job","seconds":60,"watts":0.5"#,
            r#""job","seconds":60,"watts":501"#,
        ] {
            let line = format!(r#"{{"intent":{fields}}}"#);
            assert_eq!(parse(line.as_bytes()), Err(Refusal::OutOfRange), "{line}");
        }
    }

    fn profile_at(asked: &Asked, at: f64) -> (Profile, Profile) {
        let (wishes, profiles) = asked.at(Seconds(at));
        assert_eq!(wishes.profile, profiles.now);
        (profiles.now, profiles.wanted)
    }

    #[test]
    fn a_boost_falls_back_to_what_was_chosen_before() {
        let mut asked = Asked::default();
        asked.take(Intent::Profile { profile: Profile::Quiet }, Seconds(0.0));
        asked.take(Intent::Profile { profile: Profile::Boost }, Seconds(10.0));
        assert_eq!(profile_at(&asked, 10.0), (Profile::Boost, Profile::Quiet));
        assert_eq!(asked.at(Seconds(100.5)).1.boost_left_s, 30);
        assert_eq!(profile_at(&asked, 129.9), (Profile::Boost, Profile::Quiet));
        assert_eq!(profile_at(&asked, 130.0), (Profile::Quiet, Profile::Quiet));
        asked.take(Intent::Profile { profile: Profile::Boost }, Seconds(200.0));
        asked.take(Intent::Profile { profile: Profile::Balanced }, Seconds(201.0));
        assert_eq!(profile_at(&asked, 202.0), (Profile::Balanced, Profile::Balanced));
    }

    #[test]
    fn quiet_hours_end_by_themselves_and_a_boost_stands_above_them() {
        let mut asked = Asked::default();
        asked.take(Intent::Quiet { seconds: 3_600.0 }, Seconds(0.0));
        assert_eq!(profile_at(&asked, 1.0), (Profile::Quiet, Profile::Balanced));
        assert_eq!(asked.at(Seconds(1.0)).1.quiet_left_s, 3_599);
        asked.take(Intent::Profile { profile: Profile::Boost }, Seconds(2.0));
        asked.take(Intent::Quiet { seconds: 3_600.0 }, Seconds(3.0));
        assert_eq!(profile_at(&asked, 4.0).0, Profile::Boost);
        assert_eq!(profile_at(&asked, 122.0).0, Profile::Quiet);
        assert_eq!(profile_at(&asked, 3_603.0).0, Profile::Balanced);
        asked.take(Intent::Quiet { seconds: 3_600.0 }, Seconds(4_000.0));
        asked.take(Intent::Quiet { seconds: 0.0 }, Seconds(4_001.0));
        assert_eq!(profile_at(&asked, 4_001.0).0, Profile::Balanced);
    }

    #[test]
    fn a_job_is_over_when_its_time_is() {
        let mut asked = Asked::default();
        asked.take(Intent::Job { seconds: 60.0, watts: 46.0 }, Seconds(0.0));
        let job = Job { power: Watts(46.0), lasts: Seconds(60.0) };
        assert_eq!(asked.at(Seconds(59.0)).0.job, Some(job));
        assert_eq!(asked.at(Seconds(60.0)).0.job, None);
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
            if let Ok(intent) = parse(&bytes) {
                prop_assert!(intent.is_in_range());
            }
        }

        /// Lines that are nearly right, in any order: what holds is what was allowed.
        #[test]
        fn whatever_is_asked_what_holds_is_in_range(
            lines in prop::collection::vec((line(), 0.0..1e6_f64), 0..30),
            at in 0.0..2e6_f64,
        ) {
            let mut asked = Asked::default();
            for (line, now) in &lines {
                if let Ok(intent) = parse(line.as_bytes()) {
                    asked.take(intent, Seconds(*now));
                }
            }
            let (wishes, profiles) = asked.at(Seconds(at));
            prop_assert!(wishes.power_cap.is_none_or(|cap| CAP_W.contains(&cap.0)));
            prop_assert!(wishes.job.is_none_or(|job| JOB_W.contains(&job.power.0)));
            prop_assert!(profiles.wanted != Profile::Boost);
            let long = lines.iter().all(|(_, now)| at >= now + 86_400.0);
            prop_assert!(!long || wishes.profile == profiles.wanted && wishes.job.is_none());
        }
    }

    fn line() -> impl Strategy<Value = String> {
        let number = prop_oneof![
            (-10..100_000_i32).prop_map(|whole| whole.to_string()),
            any::<f64>().prop_map(|any| any.to_string()),
            Just("null".to_owned()),
            Just("\"1\"".to_owned()),
        ];
        let intent = prop::sample::select(vec!["profile", "quiet", "power_cap", "job", "duty"]);
        let profile = prop::sample::select(vec!["quiet", "balanced", "boost", "loud"]);
        (intent, profile, number.clone(), number).prop_map(|(intent, profile, seconds, watts)| {
            let fields = match intent {
                "profile" => format!(r#""profile":"{profile}""#),
                "quiet" => format!(r#""seconds":{seconds}"#),
                "power_cap" => format!(r#""watts":{watts}"#),
                _ => format!(r#""seconds":{seconds},"watts":{watts}"#),
            };
            format!(r#"{{"intent":"{intent}",{fields}}}"#)
        })
    }
}

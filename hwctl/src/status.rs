//! What is told to whoever wants to know: one line of JSON a second on a Unix socket that is written
//! and never read from.
//!
//! The control thread leaves a copy of what it knows and goes on; a thread of its own makes a line of
//! it. A listener that does not keep up is dropped.

use std::fs;
use std::io::{self, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use serde::Serialize;

use crate::control::{Commands, FanCommand, Heat, Readings, Reason, Spin};
use crate::sense::{Reading, Why};
use crate::sysfs::discover::Tier;
use crate::sysfs::drive::Outcome;

/// The socket's name in the run folder.
pub const SOCKET: &str = "status.sock";
/// So many may listen at a time; more are turned away.
const LISTENERS_MAX: usize = 8;
/// The owner and the group may connect.
const SOCKET_MODE: u32 = 0o660;

/// One moment. Figures that are not known are null, and their reasons stand beside them.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Status {
    /// The form of this line.
    pub version: u32,
    /// Whether the machine is a simulated one.
    pub simulated: bool,
    /// What Linux can do with the fan.
    pub tier: Tier,
    /// `hwctl` or `firmware`.
    pub controlled_by: &'static str,
    /// Why the fan does what it does.
    pub reason: &'static str,
    /// The junction, in °C.
    pub junction_c: Option<f64>,
    /// Why the junction's temperature is not believed.
    pub junction_unknown: Option<&'static str>,
    /// The package, in watts.
    pub power_w: Option<f64>,
    /// The share of the processor that is busy.
    pub load: Option<f64>,
    /// The fan's speed.
    pub fan_rpm: Option<f64>,
    /// The duty that the fan is driven with, 0 to 1.
    pub fan_duty: Option<f64>,
    /// What came of driving it.
    pub fan_outcome: Option<&'static str>,
    /// `turning`, `untold`, `kick` or `failed`.
    pub fan_state: &'static str,
    /// `free`, `capped`, `floor` or `power_off`.
    pub heat: &'static str,
    /// The power that may be taken now, in watts.
    pub allowed_w: f64,
    /// The power that may be taken for ever, in watts.
    pub sustained_w: f64,
    /// How long the present power can go on, in seconds.
    pub headroom_s: f64,
    /// The heat sink's resistance relative to a clean one; 1 until enough was learned.
    pub dust: f64,
}

/// What stays the same while the program runs.
#[derive(Clone, Copy, Debug)]
pub struct About {
    /// Whether the machine is a simulated one.
    pub simulated: bool,
    /// What Linux can do with the fan.
    pub tier: Tier,
}

impl Status {
    /// Of one tick.
    pub fn of(
        about: About,
        seen: &Readings<'_>,
        commands: &Commands,
        ours: bool,
        outcome: Option<Outcome>,
    ) -> Self {
        let duty = match commands.fan {
            FanCommand::Duty(duty) if ours => Some(duty.ratio()),
            FanCommand::Duty(_) | FanCommand::HandBack => None,
        };
        Self {
            version: 1,
            simulated: about.simulated,
            tier: about.tier,
            controlled_by: if ours { "hwctl" } else { "firmware" },
            reason: reason(commands.reason),
            junction_c: number(seen.junction, |celsius| celsius.0),
            junction_unknown: commands.health.junction.map(why),
            power_w: number(seen.power, |power| power.0),
            load: number(seen.load, |load| load),
            fan_rpm: number(seen.fan, |rpm| rpm.0),
            fan_duty: duty,
            fan_outcome: outcome.map(outcome_name),
            fan_state: match commands.health.fan {
                Spin::Turning => "turning",
                Spin::Untold => "untold",
                Spin::Kick => "kick",
                Spin::Failed => "failed",
            },
            heat: match commands.heat {
                Heat::Free => "free",
                Heat::Capped(_) => "capped",
                Heat::Floor => "floor",
                Heat::PowerOff => "power_off",
            },
            allowed_w: commands.budget.allowed.0,
            sustained_w: commands.budget.sustained.0,
            headroom_s: commands.budget.headroom.0,
            dust: commands.health.dust,
        }
    }
}

fn number<T: Copy>(reading: Reading<T>, value: fn(T) -> f64) -> Option<f64> {
    reading.value().map(value).filter(|value| value.is_finite())
}

fn reason(reason: Reason) -> &'static str {
    match reason {
        Reason::Sink { .. } => "sink",
        Reason::Curve => "curve",
        Reason::Aside(_) => "aside",
        Reason::Holding => "holding",
        Reason::Blind => "blind",
        Reason::Lost => "lost",
        Reason::Hot(_) => "hot",
        Reason::Kick => "kick",
        Reason::FanFailed => "fan_failed",
    }
}

fn why(why: Why) -> &'static str {
    match why {
        Why::Missing => "missing",
        Why::Garbage => "garbage",
        Why::Fault => "fault",
        Why::OutOfRange => "out_of_range",
        Why::Jumped => "jumped",
        Why::Stuck => "stuck",
        Why::Stale => "stale",
    }
}

fn outcome_name(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Applied => "applied",
        Outcome::Quantised(_) => "quantised",
        Outcome::Ignored => "ignored",
        Outcome::Stolen => "stolen",
        Outcome::Denied => "denied",
        Outcome::Gone => "gone",
    }
}

/// Where the control thread leaves what it knows.
#[derive(Clone, Debug, Default)]
pub struct Board(Arc<Mutex<Option<Status>>>);

impl Board {
    /// Leaves a status, unless somebody reads the last one at this moment.
    pub fn leave(&self, status: Status) {
        if let Ok(mut place) = self.0.try_lock() {
            *place = Some(status);
        }
    }

    fn last(&self) -> Option<Status> {
        self.0.lock().ok().and_then(|place| *place)
    }
}

/// Makes a socket that the owner and the group may use, in place of one that was left behind.
///
/// # Errors
///
/// As the folder refuses.
pub fn socket(path: &Path) -> io::Result<UnixListener> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let listener = UnixListener::bind(path)?;
    fs::set_permissions(path, fs::Permissions::from_mode(SOCKET_MODE))?;
    Ok(listener)
}

/// Starts telling, every `every`.
///
/// # Errors
///
/// If the socket or the thread can't be made.
pub fn serve(run: &Path, board: Board, every: Duration) -> io::Result<()> {
    let listener = socket(&run.join(SOCKET))?;
    listener.set_nonblocking(true)?;
    let work = move || {
        let mut listeners: Vec<UnixStream> = Vec::new();
        loop {
            while let Ok((stream, _)) = listener.accept() {
                if listeners.len() < LISTENERS_MAX && stream.set_nonblocking(true).is_ok() {
                    listeners.push(stream);
                }
            }
            if let Some(line) = board.last().and_then(|status| line(&status)) {
                listeners.retain_mut(|listener| listener.write_all(line.as_bytes()).is_ok());
            }
            thread::sleep(every);
        }
    };
    thread::Builder::new().name("hwctl-status".to_owned()).spawn(work)?;
    Ok(())
}

fn line(status: &Status) -> Option<String> {
    serde_json::to_string(status).ok().map(|json| json + "\n")
}

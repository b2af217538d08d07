//! What is told to whoever wants to know: one line of JSON a second on a Unix socket that is written
//! and never read from.
//!
//! The control thread leaves a copy of figures and goes on; a thread of its own puts in the names,
//! which stay the same, and makes a line of it. A listener that does not keep up is dropped.

mod counters;
mod line;

use std::fs;
use std::io::{self, BufRead as _, BufReader, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use serde::Serialize;

use crate::control::{Commands, Profile};
use crate::gauges::Gauges;
use crate::limiter::governor::Capping;
use crate::machine::Look;
use crate::parts::Parts;
use crate::sysfs::drive::Outcome;
use crate::units::Celsius;

pub use counters::{Counters, Counts, Writes};

use line::Extra;

/// The socket's name in the run folder.
pub const SOCKET: &str = "status.sock";
/// So many may listen at a time; more are turned away.
const LISTENERS_MAX: usize = 8;
/// The owner and the group may connect.
const SOCKET_MODE: u32 = 0o660;

/// One moment, in figures.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Status {
    /// What was seen.
    pub look: Look,
    /// What was decided.
    pub commands: Commands,
    /// What came of driving the fan.
    pub outcome: Option<Outcome>,
    /// From here on the junction is hot.
    pub junction_limit: Celsius,
    /// What is known of the power beyond its reading.
    pub power: Power,
    /// What people wish.
    pub profile: Profiles,
    /// How commissioning stands.
    pub calibration: Calibration,
    /// The last drill.
    pub drill: Option<Drill>,
    /// What was counted.
    pub counts: Counts,
}

/// Energy, and what came of limiting the power.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Power {
    /// The package's energy since this run started, in joules.
    pub energy_j: Option<f64>,
    /// What the package may take, and whether that holds.
    pub capping: Capping,
}

/// The profile that counts, and the one that was chosen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Profiles {
    /// The one that counts at this moment.
    pub now: Profile,
    /// The one that was chosen, which counts when nothing passing stands above it.
    pub wanted: Profile,
    /// How long quiet was asked for still, in seconds.
    pub quiet_left_s: u32,
    /// How long a boost still lasts, in seconds.
    pub boost_left_s: u32,
}

/// How commissioning stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Calibration {
    /// Whether there is one.
    pub state: CalibrationState,
    /// What is being done.
    pub step: Option<CalibrationStep>,
    /// How much of it is done, 0 to 1.
    pub progress: f64,
    /// Why it was aborted.
    pub why: Option<CalibrationWhy>,
}

/// Whether the fan was measured.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum CalibrationState {
    /// Never.
    #[default]
    None,
    /// It is at this moment.
    Running,
    /// It was, and that is what the fan is driven by.
    Stored,
    /// Another one was.
    Mismatch,
    /// It was begun and not ended.
    Aborted,
}

/// A part of commissioning.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum CalibrationStep {
    /// Which tachometer is the fan's.
    Find,
    /// How its speed follows its duty.
    Sweep,
    /// What makes it start.
    Start,
    /// How the sink answers to load.
    Load,
}

/// Why commissioning was aborted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum CalibrationWhy {
    /// The junction came too close to its limit.
    TooHot,
    /// No tachometer tells what the fan does.
    FanUntold,
    /// No fan is ours.
    NoFan,
    /// Somebody stopped it.
    Stopped,
    /// No meter tells the power: the fan was measured, the sink was not.
    NoMeter,
    /// The load steps told nothing of the sink; the fan was measured.
    NoFit,
    /// The junction was not known.
    Blind,
    /// What was measured is used, and could not be stored.
    NotStored,
}

/// A drill of the fan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Drill {
    /// When it ended, in seconds since 1970.
    pub at_unix_s: u64,
    /// Whether the fan did what it had to.
    pub passed: bool,
    /// Why not.
    pub why: Option<DrillWhy>,
}

/// Why a drill was not passed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum DrillWhy {
    /// The fan's speed did not follow its duty.
    FanDidNotFollow,
    /// The junction came too close to its limit.
    TooHot,
    /// Somebody stopped it.
    Stopped,
    /// No fan is ours.
    NoFan,
    /// The junction was not known.
    Blind,
}

/// What stays the same while the program runs.
#[derive(Clone, Debug)]
pub struct About {
    /// A random name of this run, by which a reader knows that counts began anew.
    pub started: String,
    /// Whether the machine is a simulated one.
    pub simulated: bool,
}

impl Status {
    /// What is worth a line in the log when it changes: who has the fan, what the fan does, how much
    /// heat may be made, and what is known of the junction.
    pub fn matters(&self) -> [&'static str; 4] {
        line::matters(self)
    }
}

/// Where the control thread leaves what it knows.
#[derive(Clone, Debug, Default)]
pub struct Board(Arc<Mutex<Option<Left>>>);

/// A status and the parts it is of.
type Left = (Arc<Parts>, Status);

impl Board {
    /// Leaves a status and the parts it is of, unless somebody reads the last one at this moment.
    pub fn leave(&self, parts: &Arc<Parts>, status: Status) {
        if let Ok(mut place) = self.0.try_lock() {
            *place = Some((Arc::clone(parts), status));
        }
    }

    fn last(&self) -> Option<Left> {
        self.0.lock().ok().and_then(|place| place.clone())
    }
}

/// Who tells.
#[derive(Debug)]
pub struct Teller {
    /// What it tells of.
    pub board: Board,
    /// What stays the same.
    pub about: About,
    /// What it reads itself.
    pub gauges: Gauges,
    /// How often it tells.
    pub every: Duration,
}

/// A line of the program that works with this run folder.
///
/// # Errors
///
/// If it can't be reached.
pub fn read(run: &Path) -> io::Result<String> {
    let mut line = String::new();
    BufReader::new(UnixStream::connect(run.join(SOCKET))?).read_line(&mut line)?;
    Ok(line)
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

/// Starts telling.
///
/// # Errors
///
/// If the socket or the thread can't be made.
pub fn serve(run: &Path, teller: Teller) -> io::Result<()> {
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
            // To nobody nothing is told.
            if !listeners.is_empty()
                && let Some(line) = teller.line()
            {
                listeners.retain_mut(|listener| listener.write_all(line.as_bytes()).is_ok());
            }
            thread::sleep(teller.every);
        }
    };
    thread::Builder::new().name("hwctl-status".to_owned()).spawn(work)?;
    Ok(())
}

impl Teller {
    fn line(&self) -> Option<String> {
        let (parts, status) = self.board.last()?;
        let (memory, frequency_mhz) = (self.gauges.memory(), self.gauges.frequency_mhz());
        line::line(&self.about, &parts, &status, Extra { memory, frequency_mhz })
    }
}

#[cfg(test)]
mod tests;

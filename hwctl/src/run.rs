//! The program, from start to end.
//!
//! look → step → act → tell, once a second, on the main thread, which waits for nothing but the clock.
//! Restoring does not depend on how this ends: it lives in `hearth-hwctl restore`.

use std::fs::{self, File};
use std::hash::{BuildHasher as _, RandomState};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::thread;
use std::time::Duration;

use rustix::fs::{FlockOperation, flock};
use rustix::io::Errno;
use thiserror::Error;

use crate::clock::Clock;
use crate::config::{Config, ConfigError};
use crate::control::{Controller, Limits, Profile, Setup};
use crate::diary::Diary;
use crate::gauges::Gauges;
use crate::intent::{self, Asked, Desk};
use crate::limiter::Limiter;
use crate::machine::{Machine, MachineError, Place, limits_of};
use crate::poweroff;
use crate::sandbox::{self, Needs};
use crate::simulated::{FAN, live};
use crate::status::{self, About, Board, Counters, Power, Status, Teller};
use crate::supervisor::Supervisor;
use crate::sysfs::Root;
use crate::sysfs::discover::Inventory;
use crate::sysfs::drive::{GivenBack, Outcome};
use crate::sysfs::originals::{self, Hold, OriginalsError, Thing};
use crate::trials::{Tick, Trials};

/// The simulated machine's folder in the run folder.
const MACHINE: &str = "machine";

/// What the program is told.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Where the machine is, and which fan is ours.
    pub place: Place,
    /// Where calibrations are kept.
    pub state: PathBuf,
    /// How often it looks.
    pub tick: Duration,
    /// What else the operator set.
    pub config: Config,
    /// Whether the machine is a simulated one.
    pub simulate: Simulate,
}

/// Whether to make a machine instead of looking at one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Simulate {
    /// No.
    #[default]
    Never,
    /// Where the real one shows no temperature of its processor.
    IfBare,
    /// Yes.
    Always,
}

/// Why the program ends.
#[derive(Debug, Error)]
pub enum RunError {
    /// The settings can't be used on this machine.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The fan that should be taken is not on this machine.
    #[error("there is no fan {wanted} on this board ({board}); there are: {there_are}")]
    NoSuchFan {
        /// Its key.
        wanted: String,
        /// This machine's board.
        board: String,
        /// The keys of all fans.
        there_are: String,
    },
    /// A fan's mode can't be kept or given back.
    #[error(transparent)]
    Originals(#[from] OriginalsError),
    /// The machine can't be watched.
    #[error(transparent)]
    Machine(#[from] MachineError),
    /// The run folder can't be opened.
    #[error("can't use {run}: {source}; no fan is taken")]
    Folder {
        /// The run folder.
        run: String,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The simulated machine can't be made.
    #[error("can't make a simulated machine in {run}: {source}")]
    Simulated {
        /// The run folder.
        run: String,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// Another one runs here.
    #[error("another hearth-hwctl works with {run}")]
    Busy {
        /// The run folder.
        run: String,
    },
    /// A fan or a limit can't be given back.
    #[error("{key} can't be given back: {outcome:?}")]
    Stuck {
        /// Which.
        key: String,
        /// Why not.
        outcome: Outcome,
    },
    /// The thread that writes limits can't be made.
    #[error("can't start the thread of the power limits: {source}")]
    Thread {
        /// Why.
        #[source]
        source: io::Error,
    },
    /// A socket in the run folder can't be made.
    #[error("can't listen in {run}: {source}")]
    Listen {
        /// The run folder.
        run: String,
        /// Why.
        #[source]
        source: io::Error,
    },
}

/// Whether an error says that the settings can't be used here: starting again would not help.
pub fn is_of_settings(error: &anyhow::Error) -> bool {
    let of_start =
        matches!(error.downcast_ref(), Some(RunError::Config(_) | RunError::NoSuchFan { .. }));
    of_start || error.is::<ConfigError>()
}

/// Runs until `stop`, then gives fan and limits back.
///
/// # Errors
///
/// Before the first tick: what can't work here. After it: if something can't be given back.
pub fn run(
    settings: &Settings,
    supervisor: &mut Supervisor,
    stop: &AtomicBool,
) -> Result<(), RunError> {
    let clock = Clock;
    let _lock = lock(&settings.place.run)?;
    let settings = &chosen(settings)?;
    let Settings { place, config, .. } = settings;
    // What an earlier run left in our hands goes back first, also if another fan is taken now: a limit
    // of ours is none of the machine's. One that is gone is no reason to watch over nothing.
    match give_back(place, Hold::Released) {
        Err(error @ RunError::Stuck { .. }) => eprintln!("hearth-hwctl: {error}"),
        done => done?,
    }
    let inventory = Inventory::of(&place.root);
    check(&inventory, settings)?;
    // Without it nothing is remembered, which is no reason to leave the fan alone.
    if let Err(error) = fs::create_dir_all(&settings.state) {
        eprintln!("hearth-hwctl: can't make {}: {error}", settings.state.display());
    }
    let mut trials = Trials::open(settings.state.clone(), place, &inventory, clock);
    let wired = Place { wires: trials.wires(), ..place.clone() };
    let mut machine = confined(settings, wired, &inventory)?;
    let (board, desk) = listen(settings, &machine, clock)?;
    let limits = config.limits(machine.limits());
    let mut limiter =
        Limiter::start(place, limits).map_err(|source| RunError::Thread { source })?;
    let (mut controller, mut diary) = begin(settings, &trials, limits, &inventory.board)?;
    let (mut outcome, mut before) = (None, None);
    let (mut counters, mut asked) = (Counters::default(), Asked::default());
    while !stop.load(Relaxed) {
        let now = clock.now();
        let mut look = machine.look(now);
        machine.reachable()?;
        asked = desk.asked().unwrap_or(asked);
        let (wishes, profile) = asked.at(now);
        controller.wish(wishes);
        if let Some(wish) = asked.trial() {
            trials.take(wish, &mut machine);
        }
        controller.attempt(trials.attempt());
        let commands = controller.step(&look.readings(), now);
        diary.keep(controller.days());
        let done = machine.act(trials.permit(commands.fan), now);
        outcome = done.outcome.or(outcome);
        let tick = Tick { look: &look, commands: &commands, outcome: done.outcome };
        trials.step(&tick, (&mut machine, &mut controller), now);
        let quiet = profile.now == Profile::Quiet;
        let capping = limiter.act(&commands, quiet, &look.readings(), now);
        look.driver = machine.driver();
        let status = Status {
            look,
            commands,
            outcome,
            junction_limit: limits.hot(),
            power: Power { energy_j: machine.energy_j(), capping },
            profile,
            calibration: trials.status(),
            drill: trials.drill(),
            counts: counters.count(&commands, done.outcome, now),
        };
        note(before.as_ref(), &status);
        before = Some(status);
        board.leave(machine.parts(), status);
        supervisor.ready();
        // A fan that can't be watched is not watched over: somebody else has to give it back.
        if done.verified {
            supervisor.alive();
        }
        thread::sleep(settings.tick);
    }
    supervisor.stopping();
    let hold = limiter.stop();
    drop(machine);
    give_back(place, hold)
}

/// Gives back what was taken, as after a crash, and withdraws a request for power-off that nobody
/// watches any more. While a program runs, what it needs to give back is kept.
///
/// # Errors
///
/// If it is not known what was taken.
pub fn restore(root: &Root, run: &Path) -> Result<Vec<(Thing, GivenBack)>, RunError> {
    let lock = lock(run);
    if matches!(lock, Err(RunError::Busy { .. })) {
        return Ok(originals::restore(root, run, Hold::Held)?);
    }
    let folder = || run.display().to_string();
    poweroff::withdraw(run).map_err(|source| RunError::Folder { run: folder(), source })?;
    Ok(originals::restore(root, run, Hold::Released)?)
}

/// The controller with all that is known of the machine, and where its days are kept.
fn begin(
    settings: &Settings,
    trials: &Trials,
    limits: Limits,
    board: &str,
) -> Result<(Controller, Diary), RunError> {
    let (fan, sink) = trials.constants();
    let Config { curve, bands, .. } = settings.config.clone();
    let mut controller = Controller::new(Setup { curve, sink, fan, bands, limits });
    let diary = Diary::open(&settings.state, board).map_err(MachineError::Threads)?;
    controller.recall(diary.days());
    Ok((controller, diary))
}

/// The machine to look at: the one that was given, or a simulated one in the run folder. Who holds the
/// lock may make that anew.
fn chosen(settings: &Settings) -> Result<Settings, RunError> {
    let place = &settings.place;
    let shows = |root: &Root| {
        let inventory = Inventory::of(root);
        let junction = inventory.junction();
        junction.and_then(|found| root.line(&found.path)).is_some()
    };
    match settings.simulate {
        Simulate::Never => return Ok(settings.clone()),
        Simulate::IfBare if shows(&place.root) => return Ok(settings.clone()),
        Simulate::IfBare | Simulate::Always => {}
    }
    let folder = place.run.join(MACHINE);
    let failed = |source| RunError::Simulated { run: place.run.display().to_string(), source };
    let seed = u64::from(std::process::id());
    live::start(&folder, place.root.path(), seed).map_err(failed)?;
    eprintln!("hearth-hwctl: this machine is a SIMULATED one, in {}", folder.display());
    let mut simulated = settings.clone();
    simulated.place.root = Root::new(folder);
    simulated.state = place.run.join("state");
    simulated.place.take = Some(FAN.to_owned());
    Ok(simulated)
}

/// Opens the sockets. Where to leave a status, and where to find what was asked.
fn listen(settings: &Settings, machine: &Machine, clock: Clock) -> Result<(Board, Desk), RunError> {
    let Settings { place, config, .. } = settings;
    let (board, desk) = (Board::default(), Desk::default());
    let teller = Teller {
        board: board.clone(),
        about: About { started: random_name(), simulated: place.root.path() != Path::new("/") },
        gauges: Gauges::open(&place.root, machine.inventory()),
        every: settings.tick,
    };
    let listening = status::serve(&place.run, teller)
        .and_then(|()| intent::serve(&place.run, desk.clone(), config.allowed.clone(), clock));
    let failed = |source| RunError::Listen { run: place.run.display().to_string(), source };
    listening.map_err(failed)?;
    Ok((board, desk))
}

/// Opens the machine, in a process that can do nothing else any more. No thread was started before.
fn confined(settings: &Settings, place: Place, inventory: &Inventory) -> Result<Machine, RunError> {
    // Where the kernel keeps its clock is found out once, by a call that is not needed later.
    let clock = Clock;
    clock.now();
    let needs = Needs::of(&place, &settings.state, inventory)?;
    eprintln!("hearth-hwctl: {}", sandbox::confine(&needs));
    Ok(Machine::open(place, clock)?)
}

/// Two programs on one machine would take the fan from each other. The lock goes with the process.
fn lock(run: &Path) -> Result<File, RunError> {
    let folder = || run.display().to_string();
    let failed = |source| RunError::Folder { run: folder(), source };
    let held = File::open(run).map_err(failed)?;
    match flock(&held, FlockOperation::NonBlockingLockExclusive) {
        Ok(()) => Ok(held),
        Err(Errno::WOULDBLOCK) => Err(RunError::Busy { run: folder() }),
        Err(errno) => Err(failed(errno.into())),
    }
}

fn give_back(place: &Place, hold: Hold) -> Result<(), RunError> {
    let mut stuck = None;
    for (key, given) in originals::restore(&place.root, &place.run, hold)? {
        if let GivenBack::Failed(outcome) = given {
            stuck = Some(RunError::Stuck { key: key.to_string(), outcome });
        }
    }
    stuck.map_or(Ok(()), Err)
}

/// One line in the log when something that matters changes.
fn note(before: Option<&Status>, now: &Status) {
    if before.map(Status::matters) != Some(now.matters()) {
        let [who, fan, heat, junction] = now.matters();
        eprintln!("hearth-hwctl: {who} has the fan ({fan}); heat {heat}; junction {junction}");
    }
}

/// A name that no other run has, by which readers know that counts began anew.
fn random_name() -> String {
    format!("{:016x}", RandomState::new().hash_one(std::process::id()))
}

/// Settings of another board are not used, and its fan is not looked for: a calibration would be wrong.
fn check(inventory: &Inventory, settings: &Settings) -> Result<(), RunError> {
    let Settings { place, config, .. } = settings;
    config.check(inventory, &limits_of(inventory))?;
    let Some(wanted) = place.take.as_ref().filter(|key| inventory.fan(key).is_none()) else {
        return Ok(());
    };
    Err(RunError::NoSuchFan {
        wanted: wanted.clone(),
        board: inventory.board.clone(),
        there_are: inventory.fan_keys(),
    })
}

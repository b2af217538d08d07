//! The heat that was decided, done to the machine's limits.
//!
//! [`Governor`] decides what to write; a thread of its own writes it, because a profile goes through
//! an embedded controller and a frequency through a lock. The control thread leaves a wish and takes
//! the answer to the one before, and waits for neither. A thread that hangs answers no more, and the
//! cap counts as not effective.

pub mod governor;

use std::io;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use crate::control::{Commands, Limits, Readings};
use crate::machine::Place;
use crate::poweroff::Request;
use crate::sysfs::limits::{self, Done, Levers, Wish};
use crate::sysfs::originals::{Hold, Originals, Setting};
use crate::units::Seconds;

use governor::{Answer, CapState, Capping, Governor, Seen};

/// A wish that waits is soon replaced by a newer one.
const WISHES_WAITING_MAX: usize = 1;
/// How long the end waits for a write that is under way.
const END_WITHIN: Duration = Duration::from_secs(2);
const LOOK_EVERY: Duration = Duration::from_millis(5);

/// Where answers lie.
type Answers = Arc<Mutex<Option<Answer>>>;

/// The machine's limits, as the control loop acts on them.
#[derive(Debug)]
pub struct Limiter {
    governor: Governor,
    wishes: SyncSender<Wish>,
    answers: Answers,
    worker: JoinHandle<()>,
    request: Request,
    said: CapState,
}

impl Limiter {
    /// Finds the limits. Writes nothing yet.
    ///
    /// # Errors
    ///
    /// If the thread can't be made.
    pub fn start(place: &Place, limits: Limits) -> io::Result<Self> {
        let (wishes, orders) = sync_channel(WISHES_WAITING_MAX);
        let answers = Answers::default();
        let worker = Worker {
            levers: limits::find(&place.root),
            place: place.clone(),
            answers: Arc::clone(&answers),
            said: None,
        };
        let named = thread::Builder::new().name("hwctl-limits".to_owned());
        let worker = named.spawn(move || worker.work(&orders))?;
        let (governor, request) = (Governor::new(limits), Request::open(&place.run));
        Ok(Self { governor, wishes, answers, worker, request, said: CapState::None })
    }

    /// Does what was decided with the heat; `quiet` asks the firmware to be quiet too.
    pub fn act(
        &mut self,
        commands: &Commands,
        quiet: bool,
        readings: &Readings<'_>,
        now: Seconds,
    ) -> Capping {
        self.request.follow(commands.heat, commands.health.junction.is_none(), now);
        let answer = self.answers.try_lock().ok().and_then(|mut place| place.take());
        if let Some(answer) = answer {
            self.governor.answered(answer);
        }
        let seen = Seen { power: readings.power, load: readings.load };
        let wish = self.governor.step(commands.heat, quiet, seen, now);
        // One that finds no room is asked for again a second later.
        if let Some(wish) = wish.filter(|wish| self.wishes.try_send(*wish).is_ok()) {
            self.governor.sent(wish, now);
        }
        let capping = self.governor.capping();
        if capping.state != self.said {
            self.said = capping.state;
            let cap_w = capping.cap.map_or(f64::NAN, |cap| cap.0);
            eprintln!("hearth-hwctl: power cap {cap_w:.0} W: {:?}", capping.state);
        }
        capping
    }

    /// Ends the thread; whether it may still write. Gives nothing back: that is done from outside.
    pub fn stop(self) -> Hold {
        drop(self.wishes);
        let begun = Instant::now();
        while !self.worker.is_finished() && begun.elapsed() < END_WITHIN {
            thread::sleep(LOOK_EVERY);
        }
        if !self.worker.is_finished() {
            eprintln!("hearth-hwctl: a power limit is still being written");
            return Hold::Held;
        }
        if self.worker.join().is_err() {
            eprintln!("hearth-hwctl: the thread of the power limits ended by a defect");
        }
        Hold::Released
    }
}

/// What writes.
struct Worker {
    place: Place,
    levers: Levers,
    answers: Answers,
    said: Option<Result<Done, String>>,
}

impl Worker {
    fn work(mut self, orders: &Receiver<Wish>) {
        while let Ok(wish) = orders.recv() {
            let answer = self.set(&wish);
            if let Ok(mut place) = self.answers.lock() {
                *place = Some(answer);
            }
        }
    }

    fn set(&mut self, wish: &Wish) -> Answer {
        if self.levers.is_lost() {
            self.levers.renew(limits::find(&self.place.root));
        }
        let (run, held) = (&self.place.run, self.levers.holds());
        let mut keep = |seen: &[Setting]| Originals::keep_settings(run, seen);
        let done = self.levers.set(wish, &mut keep).map_err(|error| error.to_string());
        if held
            && !self.levers.holds()
            && let Err(error) = Originals::forget_settings(run)
        {
            eprintln!("hearth-hwctl: {error}");
        }
        let answer = done.as_ref().map_or(Answer::NotKept, |done| Answer::Done(*done));
        if self.said.as_ref() != Some(&done) {
            match &done {
                Ok(done) => eprintln!("hearth-hwctl: {}", told(done)),
                Err(error) => eprintln!("hearth-hwctl: {error}"),
            }
            self.said = Some(done);
        }
        answer
    }
}

/// What came of a wish, in words.
fn told(done: &Done) -> String {
    let levers = [
        ("package limit", done.power),
        ("frequency", done.frequency),
        ("energy preference", done.preference),
        ("profile", done.profile),
    ];
    let words = levers.into_iter().map(|(name, outcome)| match outcome {
        Some(outcome) => format!("{name} {outcome:?}"),
        None => format!("{name} not there"),
    });
    format!("power: {}", words.collect::<Vec<_>>().join(", ").to_lowercase())
}

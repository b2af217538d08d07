//! The machine under the office, as `hearth-hwctl` tells of it.
//!
//! [`reader`] is connected to its status socket and reads a line a second; nothing in a line is believed
//! before [`line`] has checked it. What was heard goes into a [`View`]: the last line, an hour second for
//! second in memory, the minute in the making, the energy of the days, the alarms. [`keeper`] looks at
//! the view once a second: it says when the machine is not seen any more, gives what is finished to the
//! store once a minute, and sends what people want wherever `hearth-hwctl` reports something else
//! ([`wants`]).
//!
//! Nothing depends on the machine being told of: without `hearth-hwctl` the office goes on, and the page
//! says that nobody is there. After a kill of either program no energy is lost or counted twice: the
//! store keeps how far the counter was counted ([`energy`]). What can be lost are 59 seconds of the
//! history.

mod alarms;
mod energy;
mod gauges;
mod history;
mod intent;
mod keeper;
mod line;
mod reader;
mod view;
mod wants;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use hearth_domain::machine::MachineSettings;
use hearth_domain::time::Timestamp;
use hearth_store::machine::Stretch;
use hearth_wire::frame::ServerFrame;
use hearth_wire::hardware::{HardwareAlarmKind, HardwareReport, HardwareState};
use serde::{Deserialize, Serialize};
use tokio::sync::{Notify, watch};
use tokio_tungstenite::tungstenite::Utf8Bytes;

pub use history::{POINTS_MAX, thinned};
pub use intent::{Intent, IntentError};
pub use wants::quiet_left_s;

use crate::app::App;
use crate::clock::Clock;
use crate::hub;
use line::Told;
use view::View;

/// A line older than this is not of now.
const LIVE: Duration = Duration::from_secs(5);
/// A line older than this is not shown any more.
const SHOWN: Duration = Duration::from_secs(60);
/// Where a packaged `hearth-hwctl` has its sockets.
const RUN: &str = "/run/hearth-hwctl";

/// The run folder of a `hearth-hwctl` that `hearth up` started.
#[must_use]
pub fn folder_in(data: &Path) -> PathBuf {
    data.join("hwctl")
}

/// Where `hearth-hwctl` may have its sockets: where the operator says, else where `hearth up` or a
/// package starts it.
#[must_use]
pub fn folders(told: Option<&Path>, data: &Path) -> Vec<PathBuf> {
    match told {
        Some(folder) => vec![folder.to_owned()],
        None => vec![folder_in(data), PathBuf::from(RUN)],
    }
}

/// A moment on both clocks.
#[derive(Clone, Copy, Debug)]
struct Now {
    /// What people see; it may jump.
    wall: Timestamp,
    /// It never jumps.
    steady: Duration,
}

impl Now {
    fn of(clock: &Clock) -> Self {
        Self { wall: clock.now(), steady: clock.monotonic() }
    }
}

/// What the health of the office says of the machine.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Condition {
    /// Whether it is seen now.
    pub state: HardwareState,
    /// Whether it is a simulated one.
    pub simulated: bool,
    /// What somebody should look at, the worst first.
    pub alarms: Vec<HardwareAlarmKind>,
}

/// What is known of the machine.
pub struct Hardware {
    folders: Vec<PathBuf>,
    /// Held for a look or a small change, never across a wait.
    view: Mutex<View>,
    frames: watch::Sender<Option<Utf8Bytes>>,
    wanted: Notify,
}

impl Hardware {
    /// Nothing heard yet. `folder` is what the operator set.
    #[must_use]
    pub fn new(folder: Option<&Path>, data: &Path) -> Self {
        Self {
            folders: folders(folder, data),
            view: Mutex::new(View::default()),
            frames: watch::Sender::new(None),
            wanted: Notify::new(),
        }
    }

    fn view(&self) -> MutexGuard<'_, View> {
        self.view.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The folder whose socket is there; the last one if none is.
    fn folder(&self, socket: &str) -> PathBuf {
        let there = self.folders.iter().find(|folder| folder.join(socket).exists());
        there.or(self.folders.last()).map(|folder| folder.join(socket)).unwrap_or_default()
    }

    /// How it is, with all that the office says of it.
    #[must_use]
    pub fn report(&self, clock: &Clock) -> HardwareReport {
        self.view().report(Now::of(clock))
    }

    /// In short, for the health of the office.
    #[must_use]
    pub fn condition(&self, clock: &Clock) -> Condition {
        let view = self.view();
        let state = view.state(Now::of(clock));
        Condition { state, simulated: view.is_simulated(), alarms: view.alarms() }
    }

    /// The last hour second for second.
    #[must_use]
    pub fn seconds(&self) -> Vec<Stretch> {
        self.view().seconds()
    }

    /// The settings that hold.
    #[must_use]
    pub fn settings(&self) -> MachineSettings {
        self.view().settings.clone()
    }

    /// Takes other settings over, which are in the store already, and sees to it that they are sent.
    pub fn apply(&self, settings: MachineSettings) {
        self.view().apply(settings);
        self.wanted.notify_one();
    }

    /// A receiver of frames, about one a second; it holds the latest only. The present one counts as
    /// new.
    #[must_use]
    pub fn watch(&self, clock: &Clock) -> watch::Receiver<Option<Utf8Bytes>> {
        let mut frames = self.frames.subscribe();
        if frames.borrow().is_none() {
            self.publish(&self.view(), Now::of(clock));
        }
        frames.mark_changed();
        frames
    }

    /// Asks the machine for something.
    ///
    /// # Errors
    /// [`IntentError`] when it is not there or says no.
    pub async fn ask(&self, intent: Intent) -> Result<(), IntentError> {
        intent::send(&self.folder(intent::SOCKET), intent).await
    }

    /// Takes a line that was checked.
    fn hear(&self, told: Told, now: Now) {
        let mut view = self.view();
        gauges::tell(&told, &mut view.counted);
        view.hear(told, now);
        self.publish(&view, now);
    }

    /// What passes with time alone.
    fn look(&self, now: Now) {
        let mut view = self.view();
        if view.look(now) {
            self.publish(&view, now);
        }
        gauges::age(view.age(now), view.state(now));
    }

    fn publish(&self, view: &View, now: Now) {
        let (state, status) = view.shown(now);
        let alarms = view.alarms_since();
        let frame = ServerFrame::Hardware { state, status, alarms };
        self.frames.send_replace(hub::encode(&frame));
    }
}

/// Starts both tasks.
pub fn start(app: &Arc<App>) {
    gauges::describe();
    app.tasks.spawn("machine", keeper::run(Arc::clone(app)));
    app.tasks.spawn("machine's line", reader::run(Arc::clone(app)));
}

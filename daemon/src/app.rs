//! What every action needs, built once.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use hearth_store::Store;
use hearth_store::search::Search;
use hearth_wire::limits::SEARCHES_OF_ONE_MAX;
use tokio::sync::Semaphore;

use crate::clock::Clock;
use crate::files::Files;
use crate::findings::Findings;
use crate::hardware::Hardware;
use crate::healing::room::Room;
use crate::healing::safe::SafeMode;
use crate::healing::scrub::Scrub;
use crate::hub::Hub;
use crate::ids::Ids;
use crate::outbound::Outbound;
use crate::password::Passwords;
use crate::premises::Premises;
use crate::tasks::Tasks;
use crate::throttle::Throttle;
use crate::turns::Turns;
use crate::update::office::Updates;
use crate::webhooks::Webhooks;

/// Sockets that are put on the hub's list at once.
const ARRIVALS_MAX: usize = 8;
/// Searches that run at once; each takes a core for some milliseconds.
const SEARCHES_AT_ONCE_MAX: usize = 2;

/// The office's program, without sockets or files of its own.
pub struct App {
    /// The office's memory.
    pub store: Store,
    /// The index of what was written.
    pub search: Search,
    /// Live delivery.
    pub hub: Hub,
    /// Time.
    pub clock: Clock,
    /// Where the front door listens.
    pub address: SocketAddr,
    /// Identities.
    pub ids: Ids,
    /// Owner of all tasks.
    pub tasks: Tasks,
    /// Takes files in.
    pub files: Files,
    /// Hashes passwords.
    pub passwords: Passwords,
    /// Sockets that may be put on the hub's list at once; the others wait without being in the way.
    pub arrivals: Semaphore,
    /// Requests that leave the box.
    pub outbound: Outbound,
    /// Webhooks at work.
    pub webhooks: Webhooks,
    /// Who searches now.
    pub searches: Turns,
    /// What the office stands on.
    pub premises: Premises,
    /// What parts of the process told by themselves.
    pub findings: Findings,
    /// The last room on the disk.
    pub room: Room,
    /// Whether only the chat runs.
    pub safe_mode: SafeMode,
    /// The looks at every file.
    pub scrub: Scrub,
    /// Newer versions of Hearth.
    pub updates: Updates,
    /// The machine under the office.
    pub hardware: Hardware,
    /// Slows guessing down. Held for a look at a map, never across a wait.
    pub throttle: Mutex<Throttle>,
}

/// What an app is given, besides its store.
pub struct Surroundings {
    /// Where the front door listens.
    pub address: SocketAddr,
    /// Time.
    pub clock: Clock,
    /// Owner of all tasks.
    pub tasks: Tasks,
    /// Requests that leave the box.
    pub outbound: Outbound,
    /// The index of what was written.
    pub search: Search,
    /// Files on their way in.
    pub files: Files,
    /// What the office stands on.
    pub premises: Premises,
}

/// Somebody already takes the store's events: there can be one hub only.
#[derive(Debug, thiserror::Error)]
#[error("the store's events are taken already")]
pub struct StoreTaken;

impl App {
    /// Joins a store to a hub.
    ///
    /// # Errors
    /// [`StoreTaken`] for a store that has a hub.
    pub fn start(store: Store, given: Surroundings) -> Result<Arc<Self>, StoreTaken> {
        let Surroundings { address, clock, tasks, outbound, search, files, premises } = given;
        let folder = premises.config.hardware.folder.as_deref();
        let hardware = Hardware::new(folder, &premises.data);
        let room =
            Room::new(&premises.data, premises.config.healing.reserve_mb.saturating_mul(1 << 20));
        let updates = Updates::new(&premises.data, premises.config.update.folder.as_deref());
        let commits = store.take_commits().ok_or(StoreTaken)?;
        Ok(Arc::new(Self {
            hub: Hub::start(&tasks, commits),
            ids: Ids::new(clock.clone()),
            files,
            passwords: Passwords::new(tasks.clone()),
            arrivals: Semaphore::new(ARRIVALS_MAX),
            outbound,
            webhooks: Webhooks::default(),
            searches: Turns::new(SEARCHES_AT_ONCE_MAX, SEARCHES_OF_ONE_MAX),
            premises,
            findings: Findings::default(),
            room,
            safe_mode: SafeMode::default(),
            scrub: Scrub::default(),
            updates,
            hardware,
            throttle: Mutex::new(Throttle::new()),
            store,
            search,
            address,
            clock,
            tasks,
        }))
    }
}

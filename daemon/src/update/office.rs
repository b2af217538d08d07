//! The server's side of updates: it asks, waits for the night where that is wanted, and shows what root
//! wrote.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use super::{FOLDER, Request, State, request_path};
use crate::app::App;
use crate::data_dir::write_private;
use crate::zone;

/// How often it is looked whether it is time.
const EVERY: Duration = Duration::from_secs(600);
/// How often the repository is asked by itself, in milliseconds: once a day.
const CHECK_MS: u64 = 24 * 3_600 * 1_000;
/// The minutes of the day in which an update may begin that waits for the night: two to five.
const NIGHT: std::ops::Range<u16> = 120..300;
/// Name of the wish for the coming night in the data folder.
const TONIGHT: &str = "update-tonight";

/// Where the two sides of updates meet.
#[derive(Clone, Debug)]
pub struct Updates {
    folder: PathBuf,
    data: PathBuf,
}

impl Updates {
    /// Between a data folder and a folder of root's; the packaged one if none is named.
    #[must_use]
    pub fn new(data: &Path, folder: Option<&Path>) -> Self {
        let folder = folder.unwrap_or(Path::new(FOLDER)).to_owned();
        Self { folder, data: data.to_owned() }
    }

    /// Whether anything on this box can install an update.
    #[must_use]
    pub fn is_possible(&self) -> bool {
        self.folder.is_dir()
    }

    /// What root wrote.
    ///
    /// # Errors
    /// As the operating system says.
    pub fn state(&self) -> io::Result<State> {
        State::read(&self.folder)
    }

    /// Whether a request waits to be taken.
    #[must_use]
    pub fn is_asked(&self) -> bool {
        request_path(&self.data).exists()
    }

    /// Whether an update waits for the night.
    #[must_use]
    pub fn is_for_tonight(&self) -> bool {
        self.data.join(TONIGHT).exists()
    }

    /// Asks root for something.
    ///
    /// # Errors
    /// As the operating system says.
    pub fn ask(&self, request: Request) -> io::Result<()> {
        let bytes = serde_json::to_vec(&request).map_err(io::Error::other)?;
        write_private(&request_path(&self.data), &bytes)
    }

    /// Lets an update wait for the night, or not.
    ///
    /// # Errors
    /// As the operating system says.
    pub fn wait_for_night(&self, wait: bool) -> io::Result<()> {
        let path = self.data.join(TONIGHT);
        if wait {
            return write_private(&path, b"");
        }
        match fs::remove_file(path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }
}

/// Asks once a day whether there is a newer version, and at night for what waits for it.
pub async fn run(app: Arc<App>) {
    let zone = zone::of_machine();
    loop {
        tokio::select! {
            () = tokio::time::sleep(EVERY) => {}
            () = app.tasks.stopping() => return,
        }
        if !app.updates.is_possible() {
            continue;
        }
        let now = app.clock.now();
        let is_night = NIGHT.contains(&u16::from(zone::local(now, Some(&zone)).minute));
        let (looking, config) = (Arc::clone(&app), app.premises.config.update.clone());
        let asked = app.tasks.spawn_blocking(move || -> io::Result<()> {
            let updates = &looking.updates;
            if is_night && updates.is_for_tonight() {
                updates.wait_for_night(false)?;
                return updates.ask(Request::Apply {});
            }
            let checked = updates.state()?.checked_at;
            let is_due = checked.is_none_or(|at| now.ms_since(at) > CHECK_MS);
            if config.check && is_due && !updates.is_asked() {
                updates.ask(Request::Check {})?;
            }
            Ok(())
        });
        match asked.await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::warn!(%error, "an update can't be asked for"),
            Err(_) => return,
        }
    }
}

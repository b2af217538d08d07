//! The server's side of updates: it asks, waits for the quiet hours, and shows what root wrote.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use hearth_domain::time::Timestamp;

use super::{Ended, FOLDER, Outcome, Request, State, request_path, undo};
use crate::app::App;
use crate::config::UpdateConfig;
use crate::data_dir::write_private;
use crate::zone;

/// How often it is looked whether it is time.
const EVERY: Duration = Duration::from_secs(600);
/// How often the repository is asked by itself, in milliseconds: once a day.
const CHECK_MS: u64 = 24 * 3_600 * 1_000;
/// Name of the wish for the coming quiet hours in the data folder.
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

    /// Whether an update waits for the quiet hours.
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

    /// Lets an update wait for the quiet hours, or not.
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

/// Asks once a day whether there is a newer version, and in the quiet hours for what waits for them.
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
        let hour = u16::from(zone::local(now, Some(&zone)).minute) / 60;
        let looking = Arc::clone(&app);
        let asked = app.tasks.spawn_blocking(move || -> io::Result<()> {
            let (updates, config) = (&looking.updates, &looking.premises.config.update);
            if updates.is_asked() {
                return Ok(());
            }
            let (state, is_wanted) = (updates.state()?, updates.is_for_tonight());
            let Some(request) = due(&state, (now, hour), config, is_wanted) else { return Ok(()) };
            if request == (Request::Apply {}) {
                updates.wait_for_night(false)?;
                undo::withdraw(&updates.data)?;
            }
            updates.ask(request)
        });
        match asked.await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::warn!(%error, "an update can't be asked for"),
            Err(_) => return,
        }
    }
}

/// Whether the version in the repository is installed without being asked for: not one that did not work
/// here, or from which somebody went back.
#[must_use]
pub fn comes_by_itself(state: &State, config: &UpdateConfig) -> bool {
    let is_welcome = |version: &String| {
        let failed = |last: &Ended| last.to == *version && last.outcome != Outcome::Done;
        !state.last.as_ref().is_some_and(|last| failed(last) || last.from == *version)
    };
    config.check && config.automatic && state.candidate.as_ref().is_some_and(is_welcome)
}

/// What root is to be asked for now, if anything.
fn due(
    state: &State,
    (now, hour): (Timestamp, u16),
    config: &UpdateConfig,
    is_wanted: bool,
) -> Option<Request> {
    if state.plan.is_some() {
        return None;
    }
    let (from, to) = (u16::from(config.quiet_from), u16::from(config.quiet_to));
    let is_quiet = if from < to { (from..to).contains(&hour) } else { hour >= from || hour < to };
    if is_quiet && (is_wanted || comes_by_itself(state, config)) {
        return Some(Request::Apply {});
    }
    let is_old = state.checked_at.is_none_or(|at| now.ms_since(at) > CHECK_MS);
    (config.check && is_old).then_some(Request::Check {})
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_ms(1_800_000_000_000);

    fn asked(state: &State, hour: u16, config: &UpdateConfig) -> Option<Request> {
        due(state, (NOW, hour), config, false)
    }

    fn with(candidate: &str, last: Option<(&str, &str, Outcome)>) -> State {
        let ended = |(from, to, outcome): (&str, &str, Outcome)| Ended {
            from: from.to_owned(),
            to: to.to_owned(),
            outcome,
            problem: None,
            at: NOW,
        };
        State {
            candidate: Some(candidate.to_owned()),
            checked_at: Some(NOW),
            last: last.map(ended),
            ..State::default()
        }
    }

    #[test]
    fn a_newer_version_comes_in_the_quiet_hours_and_by_day_only_when_asked_for() {
        let config = UpdateConfig::default();
        let state = with("2", None);
        for (hour, begins) in [(1, false), (2, true), (4, true), (5, false), (14, false)] {
            let wanted = begins.then_some(Request::Apply {});
            assert_eq!(asked(&state, hour, &config), wanted, "{hour}");
        }
        let late = UpdateConfig { quiet_from: 22, quiet_to: 4, ..UpdateConfig::default() };
        for (hour, begins) in [(21, false), (22, true), (0, true), (3, true), (4, false)] {
            assert_eq!(asked(&state, hour, &late).is_some(), begins, "{hour}");
        }
        let manual = UpdateConfig { automatic: false, ..UpdateConfig::default() };
        assert_eq!(asked(&state, 3, &manual), None);
        assert_eq!(due(&state, (NOW, 3), &manual, true), Some(Request::Apply {}));
    }

    #[test]
    fn what_did_not_work_or_was_left_is_not_tried_again() {
        let config = UpdateConfig::default();
        for last in [("1", "2", Outcome::WentBack), ("1", "2", Outcome::Failed)] {
            assert_eq!(asked(&with("2", Some(last)), 3, &config), None);
            assert!(asked(&with("3", Some(last)), 3, &config).is_some());
        }
        let left = Some(("2", "1", Outcome::Done));
        assert_eq!(asked(&with("2", left), 3, &config), None);
        assert!(asked(&with("3", left), 3, &config).is_some());
    }

    #[test]
    fn the_repository_is_asked_once_a_day() {
        let config = UpdateConfig::default();
        assert_eq!(asked(&State::default(), 12, &config), Some(Request::Check {}));
        let day_ago = Timestamp::from_ms(NOW.as_ms() - CHECK_MS - 1);
        let old = State { checked_at: Some(day_ago), ..State::default() };
        assert_eq!(asked(&old, 12, &config), Some(Request::Check {}));
        let new = State { checked_at: Some(NOW), ..State::default() };
        assert_eq!(asked(&new, 12, &config), None);
        let never = UpdateConfig { check: false, ..UpdateConfig::default() };
        assert_eq!(asked(&State::default(), 12, &never), None);
    }
}

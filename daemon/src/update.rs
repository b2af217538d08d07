//! Updates: the box fetches the next version, tries it, and goes back by itself if it does not work.
//!
//! Three parts that trust each other little:
//!
//! - `hearthd` has no rights. It writes one [`Request`] into the data folder: a word of a closed list,
//!   no version, no address, no file.
//! - `hearth update run` is started by systemd as root when that file appears, and at every boot. It
//!   takes packages from the configured repository only, through [`tool::Tool`], and writes what it is
//!   about to do into [`State`], on the disk before it does it. Killed anywhere it goes on from there
//!   ([`plan`]).
//! - The version that starts tries itself before it opens its doors ([`trial`]). If it fails, nobody
//!   has seen it, so the version before, and the copy of the database from before its schema changed,
//!   are put back and nothing is lost ([`undo`]).

pub mod office;
pub mod plan;
pub mod run;
pub mod tool;
pub mod trial;
pub mod undo;

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use hearth_domain::time::Timestamp;
use serde::{Deserialize, Serialize};

use plan::Plan;

/// Where root keeps what it does, if nothing else is said.
pub const FOLDER: &str = "/var/lib/hearth-update";
/// Name of the request in the data folder.
pub const REQUEST: &str = "update-request.json";
const STATE: &str = "state.json";
/// A request is a word; more is no request.
const REQUEST_BYTES_MAX: u64 = 256;

/// What the unprivileged server may ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "want", rename_all = "snake_case", deny_unknown_fields)]
pub enum Request {
    /// Look whether there is a newer version.
    Check {},
    /// Install the newer version.
    Apply {},
    /// Go back to the version before.
    Rollback {},
}

/// How an update ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// The wanted version runs.
    Done,
    /// The wanted version did not work; the one before runs.
    WentBack,
    /// Nothing was changed.
    GivenUp,
    /// Neither version starts: this needs a person.
    Failed,
}

/// The last update.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ended {
    /// The version before.
    pub from: String,
    /// The wanted version.
    pub to: String,
    /// How it ended.
    pub outcome: Outcome,
    /// Why it did not end as wanted, in the words of the program that failed.
    pub problem: Option<String>,
    /// When.
    pub at: Timestamp,
}

/// What root knows, for everybody to read: `state.json`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct State {
    /// The installed version.
    pub installed: Option<String>,
    /// A newer one in the repository.
    pub candidate: Option<String>,
    /// The version that an update replaced, whose package is kept.
    pub previous: Option<String>,
    /// When the repository was last asked.
    pub checked_at: Option<Timestamp>,
    /// Why the repository could not be asked.
    pub problem: Option<String>,
    /// The update under way.
    pub plan: Option<Plan>,
    /// The last one.
    pub last: Option<Ended>,
}

impl State {
    /// Reads it; where there is none, nothing is known.
    ///
    /// # Errors
    /// As the operating system says, or when it is no state.
    pub fn read(folder: &Path) -> io::Result<Self> {
        match fs::read(folder.join(STATE)) {
            Ok(bytes) => serde_json::from_slice(&bytes).map_err(io::Error::other),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Self::default()),
            Err(error) => Err(error),
        }
    }

    /// Writes it, all of it or nothing. When this returns it is on the disk.
    ///
    /// # Errors
    /// As the operating system says.
    pub fn write(&self, folder: &Path) -> io::Result<()> {
        let (draft, path) = (folder.join("state.new"), folder.join(STATE));
        let mut options = OpenOptions::new();
        let mut file = options.write(true).create(true).truncate(true).mode(0o644).open(&draft)?;
        file.write_all(&serde_json::to_vec_pretty(self).map_err(io::Error::other)?)?;
        // Whatever the umask: the server reads it as another user.
        file.set_permissions(fs::Permissions::from_mode(0o644))?;
        file.sync_all()?;
        fs::rename(&draft, &path)?;
        File::open(folder)?.sync_all()
    }
}

/// Where the request lies.
#[must_use]
pub fn request_path(data: &Path) -> PathBuf {
    data.join(REQUEST)
}

/// Takes the request, if there is one. What is no request is removed as well, and said.
///
/// The folder belongs to the server's user, so a link is not followed and nothing large is read.
///
/// # Errors
/// When it can't be removed: then it would be taken again and again.
pub fn take_request(data: &Path) -> io::Result<Option<Request>> {
    let path = request_path(data);
    let flags = rustix::fs::OFlags::NOFOLLOW | rustix::fs::OFlags::NONBLOCK;
    let mut options = OpenOptions::new();
    let opened = options.read(true).custom_flags(flags.bits().cast_signed()).open(&path);
    let read = match opened {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => Err(error),
        Ok(file) => read_request(&file),
    };
    fs::remove_file(&path)?;
    match read {
        Ok(request) => Ok(Some(request)),
        Err(error) => {
            tracing::warn!(%error, "what was asked for is no request");
            Ok(None)
        }
    }
}

fn read_request(file: &File) -> io::Result<Request> {
    if !file.metadata()?.is_file() {
        return Err(io::Error::other("not a file"));
    }
    let mut bytes = Vec::new();
    file.take(REQUEST_BYTES_MAX).read_to_end(&mut bytes)?;
    serde_json::from_slice(&bytes).map_err(io::Error::other)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_taken_once_and_rubbish_is_none() {
        let data = tempfile::tempdir().unwrap();
        let path = request_path(data.path());
        assert_eq!(take_request(data.path()).unwrap(), None);
        fs::write(&path, r#"{"want":"apply"}"#).unwrap();
        assert_eq!(take_request(data.path()).unwrap(), Some(Request::Apply {}));
        assert_eq!(take_request(data.path()).unwrap(), None);
        let long = format!("{}{}", r#"{"want":"apply"}"#, " ".repeat(10_000));
        for rubbish in [r#"{"want":"apply","to":"1.0"}"#, r#"{"want":"rm -rf"}"#, "", &long] {
            fs::write(&path, rubbish).unwrap();
            // Spaces after a request are still that request, as far as they are read.
            let taken = take_request(data.path()).unwrap();
            assert!(taken.is_none() || rubbish == long, "{rubbish}");
            assert!(!path.exists());
        }
        let elsewhere = data.path().join("elsewhere");
        fs::write(&elsewhere, r#"{"want":"apply"}"#).unwrap();
        std::os::unix::fs::symlink(&elsewhere, &path).unwrap();
        assert_eq!(take_request(data.path()).unwrap(), None, "links are not followed");
        assert!(elsewhere.exists());
    }

    #[test]
    fn the_state_is_read_as_it_was_written() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(State::read(folder.path()).unwrap(), State::default());
        let state = State { candidate: Some("1.2.0".to_owned()), ..State::default() };
        state.write(folder.path()).unwrap();
        assert_eq!(State::read(folder.path()).unwrap(), state);
        let mode = fs::metadata(folder.path().join(STATE)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o644);
    }
}

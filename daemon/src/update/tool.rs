//! The one program that touches packages and units for an update: `hearth-packages`.
//!
//! It is a small script (`packaging/update/hearth-packages`), so that what root does can be read on one
//! page and other package systems need no change here. It is called with a word and at most one version
//! and answers on standard output:
//!
//! | call | does | answers |
//! |---|---|---|
//! | `installed` | | the installed version |
//! | `candidate` | asks the repository | the version it has, or nothing |
//! | `fetch VERSION` | puts that package into the folder of kept packages | |
//! | `install VERSION` | stops the server, installs the kept package | |
//! | `start` | starts the server and waits until it is ready | |

use std::ffi::OsStr;
use std::io::Read;
use std::path::PathBuf;
use std::process::{Command, Stdio};

/// How much of what a failed call says is kept.
const WORDS_BYTES_MAX: usize = 2_000;
const VERSION_BYTES_MAX: usize = 100;

/// Why the tool did not do it.
#[derive(Debug, thiserror::Error)]
pub enum ToolError {
    /// It can't be started.
    #[error("can't start {}: {source}", path.display())]
    Start {
        /// The program.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// It said no.
    #[error("{call} failed: {words}")]
    Failed {
        /// What was called.
        call: String,
        /// What it said.
        words: String,
    },
    /// What it said is no version.
    #[error("no version: {0}")]
    NoVersion(String),
}

/// The program, and where it keeps packages.
#[derive(Clone, Debug)]
pub struct Tool {
    /// The program.
    pub path: PathBuf,
    /// The folder of kept packages.
    pub kept: PathBuf,
}

impl Tool {
    /// The installed version.
    ///
    /// # Errors
    /// [`ToolError`]
    pub fn installed(&self) -> Result<String, ToolError> {
        let said = self.call(&["installed"])?;
        version(&said)
    }

    /// The version in the repository; nothing where it has none.
    ///
    /// # Errors
    /// [`ToolError`]
    pub fn candidate(&self) -> Result<Option<String>, ToolError> {
        let said = self.call(&["candidate"])?;
        if said.trim().is_empty() { Ok(None) } else { version(&said).map(Some) }
    }

    /// Puts the package of a version into the folder of kept packages.
    ///
    /// # Errors
    /// [`ToolError`]
    pub fn fetch(&self, version: &str) -> Result<(), ToolError> {
        self.call(&["fetch", version]).map(drop)
    }

    /// Stops the server and installs a kept package.
    ///
    /// # Errors
    /// [`ToolError`]
    pub fn install(&self, version: &str) -> Result<(), ToolError> {
        self.call(&["install", version]).map(drop)
    }

    /// Starts the server and waits until it is ready.
    ///
    /// # Errors
    /// [`ToolError`]
    pub fn start(&self) -> Result<(), ToolError> {
        self.call(&["start"]).map(drop)
    }

    fn call(&self, arguments: &[&str]) -> Result<String, ToolError> {
        let failed = |source| ToolError::Start { path: self.path.clone(), source };
        let mut child = Command::new(&self.path)
            .args(arguments.iter().map(OsStr::new))
            .env("HEARTH_KEPT", &self.kept)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(failed)?;
        let stderr = child.stderr.take();
        // Both pipes are read at once: a program that fills one would wait for ever.
        let reader = std::thread::spawn(move || {
            let mut words = Vec::new();
            if let Some(mut pipe) = stderr
                && let Err(error) = pipe.read_to_end(&mut words)
            {
                words.extend(error.to_string().bytes());
            }
            String::from_utf8_lossy(&words).into_owned()
        });
        let output = child.wait_with_output().map_err(failed)?;
        let words = reader.join().unwrap_or_default();
        if output.status.success() {
            return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
        }
        let words = words.trim();
        let from = words.ceil_char_boundary(words.len().saturating_sub(WORDS_BYTES_MAX));
        Err(ToolError::Failed { call: arguments.join(" "), words: words[from..].to_owned() })
    }
}

/// A version as packages have it. It becomes an argument and a part of a file name.
fn version(said: &str) -> Result<String, ToolError> {
    let said = said.trim();
    let fits = |c: char| c.is_ascii_alphanumeric() || ".+~-:".contains(c);
    let begins_well = said.starts_with(|c: char| c.is_ascii_digit());
    if begins_well && said.len() <= VERSION_BYTES_MAX && said.chars().all(fits) {
        Ok(said.to_owned())
    } else {
        Err(ToolError::NoVersion(said.chars().take(VERSION_BYTES_MAX).collect()))
    }
}

/// Where the packaged tool lies.
pub const PACKAGED: &str = "/usr/libexec/hearth/hearth-packages";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_versions() {
        for good in ["0.5.0\n", "1.2.3~beta.1-1", "2:1.0+git"] {
            assert_eq!(version(good).unwrap(), good.trim());
        }
        for bad in ["", "../../etc", "-o Dpkg::Options", "1.0;reboot", "1 0", &"1".repeat(200)] {
            assert!(version(bad).is_err(), "{bad}");
        }
    }
}

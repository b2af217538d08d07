//! Who sets the record that proves a name: a program of the operator's.
//!
//! There are hundreds of DNS providers and each has an interface of its own, so Hearth knows none.
//! The program is told `present` or `remove`, the record's name and its value, as arguments and
//! without a shell, and ends with 0 when the provider has taken it. It runs as the same user in the same
//! sandbox, and finds the credential `dns-token` in `$CREDENTIALS_DIRECTORY` as Hearth does.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use tokio::process::Command;

use crate::config::AcmeConfig;

/// How long a hook may take.
const HOOK_TIMEOUT: Duration = Duration::from_secs(120);
/// How much of what it says is kept for the log, in bytes.
const SAID_BYTES_MAX: usize = 400;

/// The hook did not do it.
#[derive(Debug, thiserror::Error)]
pub(in crate::tls) enum HookError {
    /// It can't be started.
    #[error("the DNS hook can't be run: {0}")]
    Start(#[source] std::io::Error),
    /// It took too long.
    #[error("the DNS hook took longer than {} s", HOOK_TIMEOUT.as_secs())]
    Slow,
    /// It failed, with what it said.
    #[error("the DNS hook failed ({status}): {said}")]
    Failed {
        /// How it ended.
        status: String,
        /// The end of what it said.
        said: String,
    },
    /// There is none.
    #[error("no DNS hook is set: acme.hook")]
    None,
}

/// What is done with a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Act {
    Present,
    Remove,
}

impl Act {
    const fn word(self) -> &'static str {
        match self {
            Self::Present => "present",
            Self::Remove => "remove",
        }
    }
}

/// A TXT record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Txt {
    pub(super) name: String,
    pub(super) value: String,
}

/// Sets and removes records.
pub(super) trait Records: Send + Sync {
    /// Does it, and returns when the provider has taken it.
    fn apply(&self, act: Act, txt: &Txt) -> impl Future<Output = Result<(), HookError>> + Send;
}

/// The operator's program.
pub(super) struct Program<'a>(pub(super) &'a Path);

impl<'a> Program<'a> {
    pub(super) fn of(config: &'a AcmeConfig) -> Result<Self, HookError> {
        config.hook.as_deref().map(Self).ok_or(HookError::None)
    }
}

impl Records for Program<'_> {
    async fn apply(&self, act: Act, txt: &Txt) -> Result<(), HookError> {
        let run = Command::new(self.0)
            .args([act.word(), txt.name.as_str(), txt.value.as_str()])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .output();
        let output = tokio::time::timeout(HOOK_TIMEOUT, run).await.map_err(|_| HookError::Slow)?;
        let output = output.map_err(HookError::Start)?;
        if output.status.success() {
            return Ok(());
        }
        let said = [output.stdout, output.stderr].concat();
        let said = said.get(said.len().saturating_sub(SAID_BYTES_MAX)..).unwrap_or_default();
        let said = String::from_utf8_lossy(said).trim().to_owned();
        Err(HookError::Failed { status: output.status.to_string(), said })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    fn program(folder: &Path, text: &str) -> std::path::PathBuf {
        let path = folder.join("hook");
        fs::write(&path, format!("#!/bin/sh\n{text}\n")).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o700)).unwrap();
        path
    }

    fn txt() -> Txt {
        Txt { name: "_acme-challenge.a.example".to_owned(), value: "v; $(x) 'y'".to_owned() }
    }

    #[tokio::test]
    async fn a_program_is_told_what_to_do_and_nothing_is_a_shells() {
        let scratch = tempfile::tempdir().unwrap();
        let told = scratch.path().join("told");
        let text = format!("printf '%s|' \"$@\" >> {}", told.display());
        let path = program(scratch.path(), &text);
        Program(&path).apply(Act::Present, &txt()).await.unwrap();
        Program(&path).apply(Act::Remove, &txt()).await.unwrap();
        let record = "_acme-challenge.a.example|v; $(x) 'y'|";
        let told = fs::read_to_string(told).unwrap();
        assert_eq!(told, format!("present|{record}remove|{record}"));
    }

    #[tokio::test]
    async fn a_program_that_fails_is_quoted() {
        let scratch = tempfile::tempdir().unwrap();
        let path = program(scratch.path(), "echo no such zone >&2; exit 3");
        let error = Program(&path).apply(Act::Present, &txt()).await.unwrap_err().to_string();
        assert!(error.contains("no such zone") && error.contains('3'), "{error}");
        let missing = Path::new("/no/such/hook");
        let error = Program(missing).apply(Act::Present, &txt()).await.unwrap_err();
        assert!(matches!(error, HookError::Start(_)), "{error}");
        assert!(matches!(Program::of(&AcmeConfig::default()), Err(HookError::None)));
    }
}

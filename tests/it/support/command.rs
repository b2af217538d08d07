//! The operator's command, run to its end.

use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;

use super::program;

/// What a command did.
#[derive(Debug)]
pub(crate) struct Done {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Done {
    /// Its standard output; it must have succeeded.
    #[track_caller]
    pub(crate) fn ok(&self) -> &str {
        assert_eq!(self.code, Some(0), "{self:?}");
        self.out.trim()
    }

    /// Its standard output as the one JSON value that it is.
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|e| panic!("one JSON value: {e}: {self:?}"))
    }
}

/// Runs `hearth` on a data folder.
pub(crate) fn hearth(data: &Path, arguments: &[&str]) -> Done {
    let output = Command::new(program("hearth"))
        .args(arguments)
        .env("HEARTH_DATA", data)
        .env("HEARTH_LISTEN", "127.0.0.1:0")
        .env("LC_ALL", "C.UTF-8")
        .env_remove("HEARTH_PORT")
        .env_remove("HEARTH_CONFIG")
        .env_remove("HEARTH_CONFIG_DIR")
        .stdin(Stdio::null())
        .output()
        .expect("run hearth");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8");
    Done { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
}

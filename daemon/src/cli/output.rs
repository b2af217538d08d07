//! How answers reach the operator.

use std::io::{self, IsTerminal, Write};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde::Serialize;

use crate::admin::{CallError, FilesCopied};

/// For people or for programs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    Text,
    Json,
}

/// Where answers go.
#[derive(Clone, Copy, Debug)]
pub(super) struct Output {
    format: Format,
}

impl Output {
    pub(super) const fn new(format: Format) -> Self {
        Self { format }
    }

    /// Whom it is for.
    pub(super) const fn format(self) -> Format {
        self.format
    }

    /// Gives the answer: the text, or the value as one line of JSON.
    pub(super) fn answer(&self, text: &str, value: &impl Serialize) -> io::Result<()> {
        let mut out = io::stdout().lock();
        match self.format {
            Format::Text => writeln!(out, "{text}")?,
            Format::Json => {
                serde_json::to_writer(&mut out, value)?;
                writeln!(out)?;
            }
        }
        out.flush()
    }

    /// Says why it was not done. A program finds the reason on standard output, like an answer.
    pub(super) fn failed(&self, error: &anyhow::Error) {
        let problem = error.downcast_ref::<CallError>().and_then(|error| match error {
            CallError::Refused(problem) => Some(problem),
            _ => None,
        });
        if self.format == Format::Json {
            let value = match problem {
                Some(problem) => serde_json::json!({ "error": problem }),
                None => serde_json::json!({ "error": format!("{error:#}") }),
            };
            // Where nobody reads, the exit code still tells.
            drop(writeln!(io::stdout(), "{value}"));
            return;
        }
        eprintln!("hearth: {error:#}");
        if let Some(problem) = problem {
            let detail = problem.detail.as_deref().map(|detail| format!(" ({detail})"));
            eprintln!("hearth: {}{}", problem.hint.en, detail.unwrap_or_default());
        }
    }
}

/// A bar on standard error while long work runs; nothing where that is no terminal.
pub(super) struct Progress(ProgressBar);

impl Progress {
    pub(super) fn new(what: &'static str) -> Self {
        let target = if io::stderr().is_terminal() {
            ProgressDrawTarget::stderr()
        } else {
            ProgressDrawTarget::hidden()
        };
        let bar = ProgressBar::with_draw_target(None, target).with_message(what);
        let style = "{msg} {wide_bar} {percent}% {eta}";
        if let Ok(style) = ProgressStyle::with_template(style) {
            bar.set_style(style);
        }
        bar.enable_steady_tick(Duration::from_millis(200));
        Self(bar)
    }

    /// Says what is done now.
    pub(super) fn say(&self, what: &'static str) {
        self.0.set_message(what);
    }

    pub(super) fn set(&self, done: u64, total: u64) {
        self.0.set_length(total);
        self.0.set_position(done);
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}

/// Says what files were copied, and names what could not be: an empty text where there were none.
pub(super) fn files_copied(files: &FilesCopied) -> String {
    let FilesCopied { folder, files, size_bytes, broken } = files;
    let mut text = String::new();
    if *files > 0 {
        let folder = folder.display();
        text.push_str(&format!(" {files} files are in {folder} ({size_bytes} bytes)."));
    }
    if !broken.is_empty() {
        let names: Vec<String> = broken.iter().map(ToString::to_string).collect();
        let count = broken.len();
        text.push_str(&format!(" {count} files are missing or damaged: {}.", names.join(", ")));
    }
    text
}

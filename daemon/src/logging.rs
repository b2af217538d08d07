//! The log: lines on standard error, for people or for programs.
//!
//! Never in it: the text of messages, passwords, tokens, codes, keys. Types that hold one show
//! nothing in `Debug`, and requests are logged by route, not by address.

use std::io::IsTerminal;

use tracing_subscriber::EnvFilter;

use crate::config::{LogConfig, LogFormat};

/// The log can't be started.
#[derive(Debug, thiserror::Error)]
pub enum LoggingError {
    /// The filter is not one.
    #[error("log.filter: {0}")]
    Filter(#[from] tracing_subscriber::filter::ParseError),
    /// Something else started one already.
    #[error("start the log: {0}")]
    Started(Box<dyn std::error::Error + Send + Sync>),
}

/// Starts the log of the process.
///
/// # Errors
///
/// [`LoggingError`] when the filter can't be read or a log runs already.
pub fn start(config: &LogConfig) -> Result<(), LoggingError> {
    let filter = EnvFilter::builder().parse(&config.filter)?;
    let lines = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal());
    match config.format {
        LogFormat::Text => lines.with_target(false).try_init(),
        LogFormat::Json => lines.json().flatten_event(true).try_init(),
    }
    .map_err(LoggingError::Started)
}

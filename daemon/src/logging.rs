//! The log: entries of the journal where systemd gave the process its journal, else lines on standard
//! error, for people or for programs.
//!
//! Entries have the fields of their event (`ERROR`, `HOOK`, …), `MESSAGE_ID` and `PRIORITY`, and go through
//! the journal's own socket, which every sandbox of a service leaves open. If it can't be reached, lines
//! do the job: a log must not keep Hearth from starting. `log.format = "json"` asks for lines anywhere.
//!
//! Never in it: the text of messages, passwords, tokens, codes, keys. Types that hold one show
//! nothing in `Debug`, and requests are logged by route, not by address.

use std::error::Error;
use std::fmt;
use std::io::IsTerminal;

use tracing::field::{Field, Visit};
use tracing_subscriber::field::{RecordFields, VisitOutput};
use tracing_subscriber::filter::Targets;
use tracing_subscriber::fmt::format::{DefaultVisitor, Writer};
use tracing_subscriber::fmt::{self as line, FormatFields};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{Layer, Registry};

use crate::config::{LogConfig, LogFormat};
use crate::journal;

/// What the journal calls the program.
const IDENTIFIER: &str = "hearthd";

/// The log can't be started.
#[derive(Debug, thiserror::Error)]
pub enum LoggingError {
    /// The filter is not one.
    #[error("log.filter: {0}")]
    Filter(#[from] tracing_subscriber::filter::ParseError),
    /// Something else started one already.
    #[error("start the log: {0}")]
    Started(Box<dyn Error + Send + Sync>),
}

/// Starts the log of the process.
///
/// # Errors
///
/// [`LoggingError`] when the filter can't be read or a log runs already.
pub fn start(config: &LogConfig) -> Result<(), LoggingError> {
    let filter: Targets = config.filter.parse()?;
    if config.format == LogFormat::Json {
        let lines = line::layer().with_writer(std::io::stderr).json().flatten_event(true);
        return begin(filter, lines);
    }
    if !journal::is_the_destination() {
        return lines(filter);
    }
    match tracing_journald::layer() {
        Ok(layer) => {
            let layer = layer.with_field_prefix(None).with_syslog_identifier(IDENTIFIER.to_owned());
            begin(filter, layer)
        }
        Err(error) => {
            lines(filter)?;
            tracing::warn!(%error, "the journal can't be reached; the log is lines without fields");
            Ok(())
        }
    }
}

fn lines(filter: Targets) -> Result<(), LoggingError> {
    let lines = line::layer().with_writer(std::io::stderr).with_target(false);
    begin(filter, lines.with_ansi(std::io::stderr().is_terminal()).fmt_fields(ForPeople))
}

fn begin<L: Layer<Registry> + Send + Sync>(filter: Targets, log: L) -> Result<(), LoggingError> {
    let log = tracing_subscriber::registry().with(log.with_filter(filter));
    log.try_init().map_err(|error| LoggingError::Started(error.into()))
}

/// An event's fields as usual, without the id that only the journal can use.
struct ForPeople;

impl<'w> FormatFields<'w> for ForPeople {
    fn format_fields<R: RecordFields>(&self, writer: Writer<'w>, fields: R) -> fmt::Result {
        let mut shown = WithoutId(DefaultVisitor::new(writer, true));
        fields.record(&mut shown);
        shown.0.finish()
    }
}

struct WithoutId<'w>(DefaultVisitor<'w>);

impl Visit for WithoutId<'_> {
    fn record_str(&mut self, field: &Field, value: &str) {
        if field.name() != journal::FIELD {
            self.0.record_str(field, value);
        }
    }

    fn record_error(&mut self, field: &Field, value: &(dyn Error + 'static)) {
        self.0.record_error(field, value);
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.0.record_debug(field, value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;
    use std::sync::{Arc, Mutex};

    #[derive(Clone, Default)]
    struct Page(Arc<Mutex<Vec<u8>>>);

    impl Write for Page {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn lines_for_people_have_every_field_but_the_id() {
        let page = Page::default();
        let writer = page.clone();
        let lines = tracing_subscriber::fmt()
            .with_writer(move || writer.clone())
            .with_ansi(false)
            .with_target(false)
            .without_time()
            .fmt_fields(ForPeople)
            .finish();
        tracing::subscriber::with_default(lines, || {
            tracing::info!(message_id = journal::READY, address = %"[::1]:8080", "Hearth is ready");
            tracing::warn!(left = 3, cause = "a disk", message_id = "1", "stopped");
        });
        let text = String::from_utf8(page.0.lock().unwrap().clone()).unwrap();
        assert_eq!(
            text,
            " INFO Hearth is ready address=[::1]:8080\n WARN stopped left=3 cause=\"a disk\"\n"
        );
    }
}

//! What went over the wire: everything that was received, and everything that must stay off the log.

use std::collections::BTreeSet;
use std::sync::Mutex;

use serde_json::Value;

/// Shorter texts could stand in a log line by chance.
const TELLING_BYTES_MIN: usize = 10;

/// The traffic of one office.
#[derive(Debug, Default)]
pub(crate) struct Record {
    received: Mutex<Vec<(String, Value)>>,
    private: Mutex<BTreeSet<String>>,
}

impl Record {
    /// Keeps what a client received; `source` names the request or the socket.
    pub(crate) fn received(&self, source: &str, value: &Value) {
        self.received.lock().unwrap().push((source.to_owned(), value.clone()));
    }

    /// Everything received so far, with where it came from.
    pub(crate) fn all_received(&self) -> Vec<(String, Value)> {
        self.received.lock().unwrap().clone()
    }

    /// Keeps a text, token or password that the log must not have.
    pub(crate) fn private(&self, text: &str) {
        if text.len() >= TELLING_BYTES_MIN {
            // Logs escape and wrap; the beginning of a line of it is telling enough.
            let line = text.lines().map(str::trim).max_by_key(|line| line.len());
            let start: String = line.unwrap_or_default().chars().take(60).collect();
            self.private.lock().unwrap().insert(start);
        }
    }

    /// Keeps the private parts of a body that is sent.
    pub(crate) fn sent(&self, body: &Value) {
        const PRIVATE: [&str; 5] = ["text", "password", "current", "new", "topic"];
        match body {
            Value::Object(fields) => {
                for (name, value) in fields {
                    match value.as_str() {
                        Some(text) if PRIVATE.contains(&name.as_str()) => self.private(text),
                        _ => self.sent(value),
                    }
                }
            }
            Value::Array(values) => values.iter().for_each(|value| self.sent(value)),
            _ => {}
        }
    }

    /// The private texts that stand in a log, if any do.
    pub(crate) fn leaked_into(&self, log: &str) -> Vec<String> {
        let private = self.private.lock().unwrap();
        private.iter().filter(|text| log.contains(text.as_str())).cloned().collect()
    }
}

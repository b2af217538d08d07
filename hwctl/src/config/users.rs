//! Users by name: the machine's own `/etc/passwd`, which is where services' users are. This program
//! asks no directory service: it has no network.

use std::fs;

const PASSWD: &str = "/etc/passwd";

/// The text of a `passwd`.
pub(super) struct Users(pub(super) String);

impl Users {
    /// Those of this machine; a machine whose file can't be read has none that could be named.
    pub(super) fn of_this_machine() -> Self {
        Self(fs::read_to_string(PASSWD).unwrap_or_default())
    }

    /// A user's number.
    pub(super) fn uid(&self, name: &str) -> Option<u32> {
        let mut lines = self.0.lines().map(|line| line.split(':'));
        let mut found =
            lines.find_map(|mut fields| (fields.next() == Some(name)).then_some(fields))?;
        found.nth(1)?.parse().ok()
    }
}

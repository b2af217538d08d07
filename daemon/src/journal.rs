//! What the journal calls events: the value of their field `message_id`, and whether the journal is
//! where the log goes.
//!
//! An event has an id when somebody may want to find it, be alarmed by it, or be told what to do. An id is
//! made once, by chance, and never changes: `journalctl MESSAGE_ID=…` finds the event, and `journalctl -x`
//! shows what `packaging/catalog/hearth.catalog` says of it in both languages. Those of the store are its
//! own, in [`hearth_store::journal`]. A test holds constants and catalogue together.

pub use hearth_store::journal::*;

/// The field that holds an id. The journal knows it as `MESSAGE_ID`; lines for people leave it out.
pub const FIELD: &str = "message_id";

/// Whether standard error is the journal's: systemd names the device and the inode that it gave, and a
/// supervisor in between, such as `hearth up`, has put something else there.
#[must_use]
pub fn is_the_destination() -> bool {
    let Ok(stream) = std::env::var("JOURNAL_STREAM") else { return false };
    let stderr = rustix::fs::fstat(std::io::stderr());
    stderr.is_ok_and(|file| stream == format!("{}:{}", file.st_dev, file.st_ino))
}

/// Hearth takes work.
pub const READY: &str = "b22a6a272f5f4ef99f753a1c8ca9b107";

/// The link with which the office is set up.
pub const SETUP_LINK: &str = "064017e1687d4c6198e0ec0305a81ce3";

/// A signal asked the process to stop.
pub const STOPPING: &str = "a88811e00700447bb920b8ca8fbd0fdd";

/// Not everything had finished when the time to stop was over.
pub const STOPPED_EARLY: &str = "f0728b16c6114fa0b06ea154fb25ffc6";

/// No further connections can be accepted for now.
pub const ACCEPT_FAILED: &str = "de7a4255d3cb481abd32991674f679e3";

/// Fewer files may be open than connections are allowed.
pub const DESCRIPTORS_FEW: &str = "9d986bf0d06e44918d46675fb6bb6a66";

/// Another user of the machine tried the operator's socket.
pub const ADMIN_SOCKET_REFUSED: &str = "55dd052d0d6849e7bf70a143b2986dd5";

/// Somebody gave a wrong handle or password.
pub const SIGN_IN_FAILED: &str = "f1614ddf5dff4edeb99b1f7d504a598d";

/// A request failed for a reason that is ours.
pub const REQUEST_FAILED: &str = "8fb60bab410b4542a7783306feec131e";

/// Another certificate is in use.
pub const CERTIFICATE_NEW: &str = "88619f5e2aad4b618e1b171f59009d67";

/// The certificate could not be renewed; the one before stays.
pub const CERTIFICATE_NOT_RENEWED: &str = "efb7c4a68cdc4a468e501689a9ac4bb8";

/// A backup was not made.
pub const BACKUP_FAILED: &str = "0d0bdae53439458fa62dacad67de0857";

/// An outgoing webhook failed for so long that it was switched off.
pub const WEBHOOK_SWITCHED_OFF: &str = "695270e1cd884b178c3a26f33c4c2b69";

/// What watches the machine is heard.
pub const MACHINE_HEARD: &str = "f1b04fdbf14747998d4ce33f33400ad2";

/// What watches the machine is not heard any more.
pub const MACHINE_NOT_HEARD: &str = "1960d847319244f3bf61ca9ffa7a7ee7";

/// Hourly tidying failed; it is done with the next.
pub const UPKEEP_PUT_OFF: &str = "bf303ab7f74d4ad9a255d372b009d6f0";

/// Something that Hearth stands on became graver or better; the field `CODE` says what.
pub const FINDING: &str = "c5cd28f5a9f64dbf97d3b3dfb93a67ec";

/// A finding is good again, or no longer so.
pub const FINDING_GONE: &str = "bd0cfdbf34bd4183a04629c966f6e09c";

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    const SOURCES: [&str; 2] =
        [include_str!("journal.rs"), include_str!("../../crates/store/src/journal.rs")];
    const CATALOG: &str = include_str!("../../packaging/catalog/hearth.catalog");

    /// The ids of the constants, in order of their names.
    fn constants() -> Vec<&'static str> {
        let lines = SOURCES.iter().flat_map(|source| source.lines());
        let constants = lines.filter(|line| line.starts_with("pub const "));
        let ids = constants.filter_map(|line| line.split('"').nth(1));
        ids.filter(|id| *id != super::FIELD).collect()
    }

    /// Entries of the catalogue by id and language: headers, then a text.
    fn entries() -> BTreeMap<(&'static str, &'static str), &'static str> {
        let mut entries = BTreeMap::new();
        for entry in CATALOG.split("\n-- ").skip(1) {
            let (head, body) = entry.split_once('\n').unwrap();
            let (id, language) = head.split_once(' ').unwrap_or((head, ""));
            assert!(entries.insert((id, language), body).is_none(), "twice: {head}");
        }
        entries
    }

    #[test]
    fn every_event_is_in_the_catalogue_in_both_languages_and_no_other() {
        let constants = constants();
        assert!(constants.len() > 20, "{constants:?}");
        let known: BTreeSet<&str> = constants.iter().copied().collect();
        assert_eq!(known.len(), constants.len(), "an id names one event");
        for language in ["", "zh_CN"] {
            let entries = entries().into_keys();
            let said: BTreeSet<&str> =
                entries.filter(|(_, of)| *of == language).map(|(id, _)| id).collect();
            assert_eq!(said, known, "language {language:?}");
        }
        for ((id, language), body) in entries() {
            let (headers, text) = body.split_once("\n\n").unwrap();
            assert!(headers.starts_with("Subject: "), "{id} {language}");
            assert!(headers.contains("\nDefined-By: Hearth"), "{id} {language}");
            assert!(!text.trim().is_empty(), "{id} {language}");
            assert_eq!(language == "zh_CN", !text.is_ascii(), "{id} {language}: {text}");
        }
    }

    #[test]
    fn ids_are_what_the_journal_takes_for_one() {
        for id in constants() {
            let is_hex = |c: char| c.is_ascii_digit() || ('a'..='f').contains(&c);
            assert!(id.len() == 32 && id.chars().all(is_hex), "{id}");
        }
    }
}

//! What parts of the process tell by themselves, and since when every finding is as it is.
//!
//! A check that can be made at any moment stands in [`crate::checks`]. A part that knows something
//! only when it happens (an index was built anew, safe mode began) [tells](Findings::tell) it here; it
//! stays in the one list until it is [taken back](Findings::take_back), or, for a mere note, for three
//! days. Once a minute, and whenever somebody asks, the whole list is [settled](Findings::settle): what
//! became graver or better is a line of the log, and `hearth_findings{severity=…}` counts.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use hearth_domain::time::Timestamp;
use hearth_wire::admin::{Finding, Severity};

use crate::journal;

/// How long a note stays: three days.
const NOTE_MS_MAX: u64 = 3 * 24 * 3_600 * 1_000;

/// The findings of the process. All is in memory: a check that matters tells it again after a start.
#[derive(Debug, Default)]
pub struct Findings(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    told: BTreeMap<String, Finding>,
    standing: BTreeMap<String, (Severity, Timestamp)>,
}

impl Findings {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts a finding on the list, in place of the one with the same code.
    pub fn tell(&self, finding: Finding, now: Timestamp) {
        let mut state = self.state();
        state.stand(&finding, now);
        state.told.insert(finding.code.clone(), finding);
    }

    /// Takes a finding off the list; that it is not there is fine.
    pub fn take_back(&self, code: &str, now: Timestamp) {
        let mut state = self.state();
        if let Some(finding) = state.told.remove(code) {
            state.stand(&Finding { severity: Severity::Good, ..finding }, now);
            state.standing.remove(code);
        }
    }

    /// What was told and still stands.
    #[must_use]
    pub fn told(&self, now: Timestamp) -> Vec<Finding> {
        let mut state = self.state();
        let State { told, standing } = &mut *state;
        told.retain(|code, finding| {
            let since = standing.get(code).map_or(now, |(_, since)| *since);
            finding.severity > Severity::Note || now.ms_since(since) <= NOTE_MS_MAX
        });
        told.values().cloned().collect()
    }

    /// Since when each finding is as grave as it is, by its code; only those that are not good.
    #[must_use]
    pub fn since(&self) -> BTreeMap<String, Timestamp> {
        let state = self.state();
        let standing = state.standing.iter();
        let grave = standing.filter(|(_, (severity, _))| *severity > Severity::Good);
        grave.map(|(code, (_, since))| (code.clone(), *since)).collect()
    }

    /// Takes the whole list into account: since when, the log, the metrics.
    pub fn settle(&self, findings: &mut [Finding], now: Timestamp) {
        let mut state = self.state();
        for finding in findings.iter_mut() {
            state.stand(finding, now);
            let standing = state.standing.get(&finding.code);
            finding.since =
                standing.filter(|(severity, _)| *severity > Severity::Good).map(|(_, at)| *at);
        }
        drop(state);
        for severity in Severity::ALL {
            let count = findings.iter().filter(|one| one.severity == severity).count();
            let count = u32::try_from(count).unwrap_or(u32::MAX);
            metrics::gauge!("hearth_findings", "severity" => severity.as_str()).set(count);
        }
    }
}

impl State {
    /// Notes how grave a finding is, and says it in the log if that changed.
    fn stand(&mut self, finding: &Finding, now: Timestamp) {
        let (code, severity) = (finding.code.as_str(), finding.severity);
        let before = self.standing.get(code).map_or(Severity::Good, |(before, _)| *before);
        if before == severity && self.standing.contains_key(code) {
            return;
        }
        self.standing.insert(code.to_owned(), (severity, now));
        let (what, text) = (severity.as_str(), finding.text.en.as_str());
        match severity {
            Severity::Good if before == Severity::Good => {}
            Severity::Good => {
                tracing::info!(message_id = journal::FINDING_GONE, code, "no longer so: {text}");
            }
            Severity::Note => {
                let message_id = journal::FINDING;
                tracing::info!(message_id, code, severity = what, "finding: {text}");
            }
            Severity::Warning | Severity::Bad => {
                let remedy = finding.remedy.as_ref().map_or("", |remedy| remedy.en.as_str());
                let message_id = journal::FINDING;
                tracing::warn!(message_id, code, severity = what, remedy, "finding: {text}");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hearth_wire::problem::Sentence;

    fn finding(code: &str, severity: Severity) -> Finding {
        Finding::new(code, severity, Sentence::new("It is so.", "就是这样。"))
    }

    #[test]
    fn since_moves_only_when_the_severity_does() {
        let findings = Findings::default();
        let at = Timestamp::from_ms;
        let since = |severity, ms| {
            let mut list = [finding("disk", severity)];
            findings.settle(&mut list, at(ms));
            list[0].since
        };
        assert_eq!(since(Severity::Good, 1), None);
        assert_eq!(since(Severity::Warning, 2), Some(at(2)));
        assert_eq!(since(Severity::Warning, 3), Some(at(2)));
        assert_eq!(since(Severity::Bad, 4), Some(at(4)));
        assert_eq!(since(Severity::Good, 5), None);
        assert_eq!(since(Severity::Bad, 6), Some(at(6)));
    }

    #[test]
    fn what_was_told_stands_until_taken_back_and_a_note_for_three_days() {
        let findings = Findings::default();
        let begun = Timestamp::from_ms(1_800_000_000_000);
        let later = Timestamp::from_ms(begun.as_ms() + NOTE_MS_MAX + 1);
        findings.tell(finding("mended", Severity::Note), begun);
        findings.tell(finding("broken", Severity::Bad), begun);
        findings.tell(finding("broken", Severity::Bad), later);
        let codes = |now| -> Vec<String> {
            findings.told(now).into_iter().map(|finding| finding.code).collect()
        };
        assert_eq!(codes(begun), ["broken", "mended"]);
        assert_eq!(findings.since()["broken"], begun);
        assert_eq!(codes(later), ["broken"]);
        findings.take_back("broken", later);
        findings.take_back("never", later);
        assert!(codes(later).is_empty() && !findings.since().contains_key("broken"));
    }
}

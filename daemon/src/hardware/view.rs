//! What is known of the machine at a moment. It does nothing itself.

use std::collections::BTreeMap;
use std::time::Duration;

use hearth_domain::machine::MachineSettings;
use hearth_domain::notify::ZoneName;
use hearth_domain::time::Timestamp;
use hearth_store::machine::{Meter, Note, Stretch};
use hearth_wire::hardware::{
    Energy, EnergyDay, HardwareAlarm, HardwareAlarmKind, HardwareReport, HardwareState,
    HardwareStatus,
};

use super::alarms::Alarms;
use super::gauges::Counted;
use super::history::History;
use super::line::Told;
use super::{Intent, LIVE, Now, SHOWN, energy, wants};
use crate::zone;

/// Days of energy that are shown.
pub(super) const DAYS_MAX: u32 = 400;
/// Who said nothing for longer than this is not missed: 7 days, in milliseconds.
const MISSED_MS_MAX: u64 = 7 * 24 * 3_600 * 1_000;

/// The last line.
#[derive(Debug)]
struct Heard {
    status: HardwareStatus,
    at: Duration,
}

/// What is known.
#[derive(Debug, Default)]
pub(super) struct View {
    pub(super) settings: MachineSettings,
    pub(super) counted: Counted,
    own_zone: Option<ZoneName>,
    heard: Option<Heard>,
    told_state: HardwareState,
    alarms: Alarms,
    history: History,
    /// All days that are shown, with what is not in the store yet.
    days: BTreeMap<String, f64>,
    /// What is not in the store yet.
    added: BTreeMap<String, f64>,
    meter: Option<Meter>,
}

/// What the store kept.
pub(super) struct Kept {
    pub(super) settings: MachineSettings,
    pub(super) days: Vec<(String, f64)>,
    pub(super) meter: Option<Meter>,
    pub(super) seconds: Vec<Stretch>,
}

impl View {
    /// Begins where the last run ended.
    pub(super) fn begin(&mut self, kept: Kept, own_zone: ZoneName) {
        self.own_zone = Some(own_zone);
        self.settings = kept.settings;
        self.days = kept.days.into_iter().collect();
        self.meter = kept.meter;
        self.history.begin(&kept.seconds);
    }

    pub(super) fn apply(&mut self, settings: MachineSettings) {
        self.settings = settings;
    }

    fn zone(&self) -> ZoneName {
        let chosen = self.settings.quiet_hours.as_ref().map(|hours| &hours.zone);
        chosen.or(self.own_zone.as_ref()).cloned().unwrap_or_else(ZoneName::utc)
    }

    /// Takes a line in.
    pub(super) fn hear(&mut self, told: Told, now: Now) {
        let status = told.status;
        self.history.add(now.wall.as_ms() / 1_000, &status);
        if let Some(joules) = status.energy_j {
            let (added, meter) =
                energy::count(self.meter.as_ref(), &status.started, joules, now.wall);
            self.meter = Some(meter);
            let day = zone::day(now.wall, &self.zone());
            *self.days.entry(day.clone()).or_default() += added;
            *self.added.entry(day).or_default() += added;
            while self.days.len() > DAYS_MAX as usize {
                self.days.pop_first();
            }
        }
        self.alarms.follow(Some(&status), now.wall);
        self.heard = Some(Heard { status, at: now.steady });
        self.told_state = HardwareState::Live;
    }

    /// What passes with time. True if something is otherwise than it was last told.
    pub(super) fn look(&mut self, now: Now) -> bool {
        self.history.finish(now.wall.as_ms() / 1_000);
        let state = self.state(now);
        let alarms = match state {
            HardwareState::Live => false,
            _ if self.is_missed(now.wall) => self.alarms.follow(None, now.wall),
            _ => self.alarms.clear(),
        };
        let changed = alarms || state != self.told_state;
        self.told_state = state;
        changed
    }

    /// Whether somebody was here lately who is not now.
    fn is_missed(&self, now: Timestamp) -> bool {
        let counted = self.meter.as_ref().is_some_and(|m| now.ms_since(m.at) <= MISSED_MS_MAX);
        self.heard.is_some() || counted
    }

    pub(super) fn age(&self, now: Now) -> Option<Duration> {
        self.heard.as_ref().map(|heard| now.steady.saturating_sub(heard.at))
    }

    pub(super) fn state(&self, now: Now) -> HardwareState {
        match self.age(now) {
            Some(age) if age <= LIVE => HardwareState::Live,
            Some(age) if age <= SHOWN => HardwareState::Stale,
            _ => HardwareState::Absent,
        }
    }

    pub(super) fn is_simulated(&self) -> bool {
        self.heard.as_ref().is_some_and(|heard| heard.status.simulated)
    }

    /// The state, and the last line unless it is too old to be shown.
    pub(super) fn shown(&self, now: Now) -> (HardwareState, Option<Box<HardwareStatus>>) {
        let state = self.state(now);
        let heard = self.heard.as_ref().filter(|_| state != HardwareState::Absent);
        (state, heard.map(|heard| Box::new(heard.status.clone())))
    }

    pub(super) fn alarms(&self) -> Vec<HardwareAlarmKind> {
        self.alarms.kinds()
    }

    pub(super) fn alarms_since(&self) -> Vec<HardwareAlarm> {
        self.alarms.list()
    }

    pub(super) fn seconds(&self) -> Vec<Stretch> {
        self.history.seconds()
    }

    /// What has to be sent to a machine that is seen now.
    pub(super) fn missing(&self, now: Now) -> Vec<Intent> {
        let heard = self.heard.as_ref().filter(|_| self.state(now) == HardwareState::Live);
        heard.map_or_else(Vec::new, |heard| wants::missing(&self.settings, &heard.status, now.wall))
    }

    pub(super) fn report(&self, now: Now) -> HardwareReport {
        let (state, status) = self.shown(now);
        let zone = self.zone();
        let today = zone::day(now.wall, &zone);
        let day = |(day, joules): (&String, &f64)| EnergyDay { day: day.clone(), joules: *joules };
        HardwareReport {
            state,
            status,
            alarms: self.alarms_since(),
            energy: Energy {
                today_j: self.days.get(&today).copied().unwrap_or_default(),
                days: self.days.iter().map(day).collect(),
            },
            price: self.settings.price.clone(),
            quiet_hours: self.settings.quiet_hours.clone(),
            profile: self.settings.profile,
            zone,
        }
    }

    /// What the store should note; nothing if there is nothing new. With `all`, also the minute in the
    /// making.
    pub(super) fn take(&mut self, all: bool) -> Option<Note> {
        let minutes = self.history.take(all);
        let seconds = self.history.take_seconds();
        let energy: Vec<_> = std::mem::take(&mut self.added).into_iter().collect();
        if seconds.is_empty() && minutes.is_empty() && energy.is_empty() {
            return None;
        }
        Some(Note { seconds, minutes, energy, meter: self.meter.clone() })
    }

    /// Takes back what the store did not note.
    pub(super) fn put_back(&mut self, note: Note) {
        self.history.put_back_seconds(&note.seconds);
        self.history.put_back(note.minutes);
        for (day, joules) in note.energy {
            *self.added.entry(day).or_default() += joules;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::line::tests::told;
    use super::*;
    use serde_json::json;

    fn at(second: u64) -> Now {
        Now {
            wall: Timestamp::from_ms(1_795_880_000_000 + second * 1_000),
            steady: Duration::from_secs(second),
        }
    }

    fn hear(view: &mut View, second: u64, joules: f64) {
        view.hear(told(|line| line["energy_j"] = json!(joules)), at(second));
    }

    fn fresh() -> View {
        let mut view = View::default();
        let (settings, days) = (MachineSettings::default(), Vec::new());
        let kept = Kept { settings, days, meter: None, seconds: Vec::new() };
        view.begin(kept, ZoneName::parse("Asia/Shanghai").unwrap());
        view
    }

    #[test]
    fn a_machine_goes_stale_then_absent_and_comes_back() {
        let mut view = fresh();
        assert_eq!(view.state(at(0)), HardwareState::Absent);
        assert!(!view.look(at(0)));
        assert_eq!(view.alarms(), [], "nobody was here, so nobody is missed");
        hear(&mut view, 0, 1.0);
        assert!(!view.look(at(5)));
        assert!(view.look(at(6)) && !view.look(at(7)));
        assert_eq!(view.state(at(6)), HardwareState::Stale);
        assert_eq!(view.alarms(), [HardwareAlarmKind::HwctlAbsent]);
        assert!(view.shown(at(6)).1.is_some() && view.missing(at(6)).is_empty());
        assert!(view.look(at(61)));
        assert_eq!(view.shown(at(61)), (HardwareState::Absent, None));
        hear(&mut view, 70, 2.0);
        assert_eq!((view.state(at(70)), view.alarms()), (HardwareState::Live, Vec::new()));
    }

    #[test]
    fn who_was_here_a_week_ago_is_not_missed() {
        let mut view = fresh();
        view.meter = Some(Meter { started: "a".to_owned(), joules: 1.0, at: at(0).wall });
        view.look(at(100));
        assert_eq!(view.alarms(), [HardwareAlarmKind::HwctlAbsent]);
        assert!(view.look(at(8 * 86_400)));
        assert_eq!(view.alarms(), []);
    }

    #[test]
    fn energy_is_of_its_local_day_and_what_the_store_refused_is_kept() {
        let mut view = fresh();
        // 1,600 s before midnight in Shanghai.
        hear(&mut view, 0, 100.0);
        hear(&mut view, 1_599, 300.0);
        hear(&mut view, 1_601, 350.0);
        let report = view.report(at(1_601));
        assert_eq!(report.energy.today_j, 50.0);
        let days: Vec<_> = report.energy.days.iter().map(|day| (&*day.day, day.joules)).collect();
        assert_eq!(days, [("2026-11-28", 300.0), ("2026-11-29", 50.0)]);
        let note = view.take(true).unwrap();
        assert_eq!(view.take(true), None);
        view.put_back(note.clone());
        assert_eq!(view.take(true), Some(note));
    }
}

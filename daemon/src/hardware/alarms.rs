//! What somebody should look at.

use std::collections::BTreeMap;

use hearth_domain::time::Timestamp;
use hearth_wire::hardware::{
    CalibrationState, CapState, FanReason, FanSpin, HardwareAlarm, HardwareAlarmKind as Kind,
    HardwareStatus, HeatState,
};

/// A heat sink with this much more resistance should be cleaned soon.
const DUSTY: f64 = 1.15;

/// What a line says that somebody should look at.
fn said(status: &HardwareStatus) -> impl Iterator<Item = Kind> {
    let heat = match status.heat {
        // A cap alone is what keeps it from getting hot, or what somebody wished for.
        HeatState::Free | HeatState::Capped => {
            (status.reason == FanReason::Hot).then_some(Kind::Hot)
        }
        HeatState::Floor => Some(Kind::Floor),
        HeatState::PowerOff => Some(Kind::PowerOff),
    };
    let if_so = |kind, so: bool| so.then_some(kind);
    let failed = status.fans.iter().any(|fan| fan.state == FanSpin::Failed);
    let lost = matches!(status.reason, FanReason::Blind | FanReason::Lost);
    let mismatch = status.calibration.state == CalibrationState::Mismatch;
    let dusty = status.dust_known && status.dust >= DUSTY;
    let found = [
        heat,
        if_so(Kind::FanFailed, failed || status.reason == FanReason::FanFailed),
        if_so(Kind::SensorLost, lost || status.junction_unknown.is_some()),
        if_so(Kind::CalibrationMismatch, mismatch),
        if_so(Kind::Dust, dusty),
        if_so(Kind::CapNotEffective, status.cap_state == CapState::NotEffective),
    ];
    found.into_iter().flatten()
}

/// The alarms that hold, with their beginnings.
#[derive(Debug, Default)]
pub(super) struct Alarms(BTreeMap<Kind, Timestamp>);

impl Alarms {
    /// Takes over what a line says, or that nobody says anything. True if an alarm came or went.
    pub(super) fn follow(&mut self, status: Option<&HardwareStatus>, now: Timestamp) -> bool {
        let absent = [Kind::HwctlAbsent].into_iter();
        let holding: Vec<Kind> = match status {
            Some(status) => said(status).collect(),
            None => absent.collect(),
        };
        let before: Vec<Kind> = self.0.keys().copied().collect();
        self.0.retain(|kind, _| holding.contains(kind));
        for kind in holding {
            self.0.entry(kind).or_insert(now);
        }
        !before.iter().eq(self.0.keys())
    }

    /// No alarm holds: nobody is there whom one could miss. True if one went.
    pub(super) fn clear(&mut self) -> bool {
        let held = !self.0.is_empty();
        self.0.clear();
        held
    }

    pub(super) fn list(&self) -> Vec<HardwareAlarm> {
        self.0.iter().map(|(kind, since)| HardwareAlarm { kind: *kind, since: *since }).collect()
    }

    pub(super) fn kinds(&self) -> Vec<Kind> {
        self.0.keys().copied().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::super::line::tests::told;
    use super::*;
    use serde_json::{Value, json};

    fn kinds(change: impl FnOnce(&mut Value)) -> Vec<Kind> {
        let mut alarms = Alarms::default();
        alarms.follow(Some(&told(change).status), Timestamp::from_ms(1));
        alarms.kinds()
    }

    #[test]
    fn each_trouble_is_an_alarm_and_a_machine_that_is_well_has_none() {
        assert_eq!(kinds(|_| {}), []);
        assert_eq!(kinds(|line| line["heat"] = json!("capped")), []);
        assert_eq!(kinds(|line| line["reason"] = json!("hot")), [Kind::Hot]);
        assert_eq!(kinds(|line| line["heat"] = json!("floor")), [Kind::Floor]);
        assert_eq!(kinds(|line| line["heat"] = json!("power_off")), [Kind::PowerOff]);
        assert_eq!(kinds(|line| line["fans"][0]["state"] = json!("failed")), [Kind::FanFailed]);
        let unknown = |line: &mut Value| line["junction_unknown"] = json!("stuck");
        assert_eq!(kinds(unknown), [Kind::SensorLost]);
        let mismatch = |line: &mut Value| line["calibration"]["state"] = json!("mismatch");
        assert_eq!(kinds(mismatch), [Kind::CalibrationMismatch]);
        assert_eq!(kinds(|line| line["dust"] = json!(1.2)), [Kind::Dust]);
        let cap = |line: &mut Value| line["cap_state"] = json!("not_effective");
        assert_eq!(kinds(cap), [Kind::CapNotEffective]);
        let unsure = |line: &mut Value| {
            line["dust"] = json!(2.0);
            line["dust_known"] = json!(false);
        };
        assert_eq!(kinds(unsure), []);
    }

    #[test]
    fn an_alarm_keeps_its_beginning_until_it_ends() {
        let (at, well) = (Timestamp::from_ms, told(|_| {}).status);
        let hot = told(|line| line["reason"] = json!("hot")).status;
        let mut alarms = Alarms::default();
        assert!(alarms.follow(Some(&hot), at(1)));
        assert!(!alarms.follow(Some(&hot), at(2)));
        assert_eq!(alarms.list()[0].since, at(1));
        assert!(alarms.follow(Some(&well), at(3)));
        assert!(alarms.follow(Some(&hot), at(4)));
        assert_eq!(alarms.list()[0].since, at(4));
        assert!(alarms.follow(None, at(5)));
        assert_eq!(alarms.kinds(), [Kind::HwctlAbsent]);
        assert!(alarms.clear() && !alarms.clear());
    }
}

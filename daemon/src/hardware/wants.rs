//! What is wanted of the machine now, compared with what it reports.
//!
//! `hearth-hwctl` knows no calendar and forgets everything when it starts anew. So whatever it reports
//! is compared with what the office wants, every few seconds, and what differs is sent again.

use hearth_domain::machine::{MachineSettings, StandingProfile};
use hearth_domain::notify::{LocalTime, QuietHours};
use hearth_domain::time::Timestamp;
use hearth_wire::hardware::{HardwareProfile, HardwareStatus};

use super::Intent;
use crate::zone;

const MINUTES_PER_DAY: u32 = 24 * 60;
/// Two clocks, and a line that is a few seconds old: closer than this is the same, in seconds.
const SAME_S: f64 = 90.0;

/// How long quiet hours go on, in seconds; 0 outside of them.
#[must_use]
pub fn quiet_left_s(hours: Option<&QuietHours>, now: Timestamp) -> u32 {
    let Some(hours) = hours else { return 0 };
    let local = zone::local(now, Some(&hours.zone));
    if !hours.holds(local) {
        return 0;
    }
    // Every zone's clock is whole minutes from UTC's, today.
    let second = u32::try_from(now.as_ms() / 1_000 % 60).unwrap_or_default();
    (minutes_left(hours, local) * 60).saturating_sub(second).max(1)
}

/// From a minute in quiet hours to their end. A clock that is put forward or back in between is made
/// up for when the difference shows.
fn minutes_left(hours: &QuietHours, local: LocalTime) -> u32 {
    let (now, to) = (u32::from(u16::from(local.minute)), u32::from(u16::from(hours.to)));
    if now < to { to - now } else { MINUTES_PER_DAY - now + to }
}

/// What has to be sent so that the machine does what is wanted.
pub(super) fn missing(
    settings: &MachineSettings,
    status: &HardwareStatus,
    now: Timestamp,
) -> Vec<Intent> {
    let mut intents = Vec::new();
    let profile = match settings.profile {
        StandingProfile::Quiet => HardwareProfile::Quiet,
        StandingProfile::Balanced => HardwareProfile::Balanced,
    };
    // A boost ends by itself, and then what was before holds again.
    let boosts = status.boost_left_s > 0.0 || status.wanted_profile == HardwareProfile::Boost;
    if !boosts && status.wanted_profile != profile {
        intents.push(Intent::Profile { profile });
    }
    let seconds = quiet_left_s(settings.quiet_hours.as_ref(), now);
    let is_quiet = status.quiet_left_s > 0.0;
    let differs = (status.quiet_left_s - f64::from(seconds)).abs() > SAME_S;
    if is_quiet != (seconds > 0) || differs {
        intents.push(Intent::Quiet { seconds });
    }
    intents
}

#[cfg(test)]
mod tests {
    use super::super::line::tests::told;
    use super::*;
    use hearth_domain::notify::{MinuteOfDay, Weekday, ZoneName};
    use serde_json::{Value, json};

    /// Saturday, 28 November 2026, 23:30 in Shanghai.
    const LATE: Timestamp = Timestamp::from_ms(1_795_879_800_000);

    fn hours(from: u16, to: u16) -> QuietHours {
        let minute = |minute| MinuteOfDay::try_from(minute).unwrap();
        let zone = ZoneName::parse("Asia/Shanghai").unwrap();
        QuietHours { days: Weekday::ALL.into(), from: minute(from), to: minute(to), zone }
    }

    fn night() -> MachineSettings {
        MachineSettings { quiet_hours: Some(hours(1_320, 420)), ..MachineSettings::default() }
    }

    fn of(settings: &MachineSettings, change: impl FnOnce(&mut Value)) -> Vec<Intent> {
        missing(settings, &told(change).status, LATE)
    }

    #[test]
    fn quiet_hours_end_when_they_say() {
        let left = |from, to, ms| quiet_left_s(Some(&hours(from, to)), LATE.plus_ms(ms));
        assert_eq!(left(1_320, 420, 0), 27_000);
        assert_eq!(left(1_320, 420, 15_500), 27_000 - 15);
        assert_eq!(left(1_380, 1_439, 0), 29 * 60);
        assert_eq!(left(0, 420, 0), 0);
        assert_eq!(left(0, 420, 3_600_000), 390 * 60);
        assert_eq!(left(0, 0, 0), 1_800);
        assert_eq!(quiet_left_s(None, LATE), 0);
        for minute in 0..1_440 {
            assert!(left(600, 600, minute * 60_000) <= 86_400);
        }
    }

    #[test]
    fn what_the_machine_reports_already_is_not_sent() {
        assert_eq!(of(&MachineSettings::default(), |_| {}), []);
        assert_eq!(of(&night(), |line| line["quiet_left_s"] = json!(26_950)), []);
        assert_eq!(of(&night(), |line| line["quiet_left_s"] = json!(27_080)), []);
    }

    #[test]
    fn what_differs_is_sent() {
        let quiet = Intent::Quiet { seconds: 27_000 };
        assert_eq!(of(&night(), |_| {}), [quiet]);
        assert_eq!(of(&night(), |line| line["quiet_left_s"] = json!(20_000)), [quiet]);
        let ends = Intent::Quiet { seconds: 0 };
        let asleep = |line: &mut Value| line["quiet_left_s"] = json!(50);
        assert_eq!(of(&MachineSettings::default(), asleep), [ends]);
        let quietly =
            MachineSettings { profile: StandingProfile::Quiet, ..MachineSettings::default() };
        let profile = HardwareProfile::Quiet;
        assert_eq!(of(&quietly, |_| {}), [Intent::Profile { profile }]);
    }

    #[test]
    fn a_boost_is_left_to_end() {
        let boosts = |line: &mut Value| {
            line["wanted_profile"] = json!("boost");
            line["boost_left_s"] = json!(80);
        };
        assert_eq!(of(&MachineSettings::default(), boosts), []);
    }
}

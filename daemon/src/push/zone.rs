//! What a clock on somebody's wall shows: their quiet hours are by their own time zone.

use hearth_domain::notify::{LocalTime, MinuteOfDay, Weekday, ZoneName};
use hearth_domain::time::Timestamp;
use jiff::tz::TimeZone;

/// A moment on the clock of a zone; of UTC where none is named, or none of that name is known.
pub(super) fn local(at: Timestamp, zone: Option<&ZoneName>) -> LocalTime {
    let zone = zone.and_then(|zone| TimeZone::get(zone.as_str()).ok()).unwrap_or(TimeZone::UTC);
    let ms = i64::try_from(at.as_ms()).unwrap_or(i64::MAX);
    let now = jiff::Timestamp::from_millisecond(ms).unwrap_or(jiff::Timestamp::MAX).to_zoned(zone);
    let day = usize::try_from(now.weekday().to_monday_zero_offset()).unwrap_or_default();
    let minute = u16::from(now.hour().unsigned_abs()) * 60 + u16::from(now.minute().unsigned_abs());
    LocalTime {
        day: Weekday::ALL.get(day).copied().unwrap_or(Weekday::Mon),
        minute: MinuteOfDay::try_from(minute).unwrap_or(MinuteOfDay::MIDNIGHT),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;

    #[derive(Deserialize)]
    struct Case {
        now: Now,
    }

    #[derive(Deserialize)]
    struct Now {
        at: Timestamp,
        zone: ZoneName,
        day: Weekday,
        minute: MinuteOfDay,
    }

    /// The page and the rules are held to the same cases.
    #[test]
    fn a_zones_clock_is_the_one_of_the_cases() {
        let cases = include_str!("../../../crates/domain/tests/golden/notices.json");
        let cases: Vec<Case> = serde_json::from_str(cases).unwrap();
        for Case { now } in &cases {
            let wanted = LocalTime { day: now.day, minute: now.minute };
            assert_eq!(local(now.at, Some(&now.zone)), wanted, "{}", now.zone);
        }
    }

    #[test]
    fn nowhere_and_the_end_of_time_are_no_failure() {
        let nowhere = ZoneName::parse("Nowhere/Else").unwrap();
        assert_eq!(local(Timestamp::from_ms(0), Some(&nowhere)).day, Weekday::Thu);
        let end = local(Timestamp::from_ms(u64::MAX), None);
        assert!(Weekday::ALL.contains(&end.day), "the end of time has a day");
    }
}

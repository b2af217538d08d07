//! What a clock on somebody's wall shows: quiet hours and the days of energy are by a time zone.

use std::path::Path;

use hearth_domain::notify::{LocalTime, MinuteOfDay, Weekday, ZoneName};
use hearth_domain::time::Timestamp;
use jiff::tz::TimeZone;

/// A moment on the clock of a zone; of UTC where none is named, or none of that name is known.
pub(crate) fn local(at: Timestamp, zone: Option<&ZoneName>) -> LocalTime {
    let now = zoned(at, zone);
    let day = usize::try_from(now.weekday().to_monday_zero_offset()).unwrap_or_default();
    let minute = u16::from(now.hour().unsigned_abs()) * 60 + u16::from(now.minute().unsigned_abs());
    LocalTime {
        day: Weekday::ALL.get(day).copied().unwrap_or(Weekday::Mon),
        minute: MinuteOfDay::try_from(minute).unwrap_or(MinuteOfDay::MIDNIGHT),
    }
}

/// The day on the calendar of a zone: `2026-11-28`.
pub(crate) fn day(at: Timestamp, zone: &ZoneName) -> String {
    zoned(at, Some(zone)).date().to_string()
}

/// A minute on the clock of a zone, on the day of a moment or so many days later. Where the clock skips
/// that minute, the one it goes on with.
pub(crate) fn minute_of(at: Timestamp, days: i64, minute: MinuteOfDay, of: &ZoneName) -> Timestamp {
    let day = zoned(at, Some(of)).date();
    let day = day.checked_add(jiff::Span::new().days(days)).unwrap_or(day);
    let minute =
        i8::try_from(u16::from(minute) / 60).ok().zip(i8::try_from(u16::from(minute) % 60).ok());
    let (hour, minute) = minute.unwrap_or_default();
    let zone = TimeZone::get(of.as_str()).unwrap_or(TimeZone::UTC);
    let moment = day.at(hour, minute, 0, 0).to_zoned(zone);
    let ms = moment.map_or(0, |moment| moment.timestamp().as_millisecond());
    Timestamp::from_ms(u64::try_from(ms).unwrap_or_default())
}

fn zoned(at: Timestamp, zone: Option<&ZoneName>) -> jiff::Zoned {
    let zone = zone.and_then(|zone| TimeZone::get(zone.as_str()).ok()).unwrap_or(TimeZone::UTC);
    let ms = i64::try_from(at.as_ms()).unwrap_or(i64::MAX);
    jiff::Timestamp::from_millisecond(ms).unwrap_or(jiff::Timestamp::MAX).to_zoned(zone)
}

/// Whether the tz database has a zone of this name.
pub(crate) fn exists(zone: &ZoneName) -> bool {
    TimeZone::get(zone.as_str()).is_ok()
}

/// The zone that the machine is set to; UTC where that can't be told.
pub(crate) fn of_machine() -> ZoneName {
    let told = std::env::var("TZ").ok();
    let link = std::fs::read_link("/etc/localtime").ok();
    chosen(told.as_deref(), link.as_deref())
}

fn chosen(told: Option<&str>, link: Option<&Path>) -> ZoneName {
    let linked = link.and_then(Path::to_str).and_then(|link| link.split_once("/zoneinfo/"));
    let names = [told.map(|told| told.trim_start_matches(':')), linked.map(|(_, name)| name)];
    let mut zones = names.into_iter().flatten().filter_map(|name| ZoneName::parse(name).ok());
    zones.find(exists).unwrap_or_else(ZoneName::utc)
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
        let cases = include_str!("../../crates/domain/tests/golden/notices.json");
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

    #[test]
    fn a_day_ends_at_the_zones_own_midnight() {
        let zone = |name: &str| ZoneName::parse(name).unwrap();
        let at = Timestamp::from_ms(1_795_881_600_000);
        let before = Timestamp::from_ms(at.as_ms() - 1);
        assert_eq!(day(at, &zone("Asia/Shanghai")), "2026-11-29");
        assert_eq!(day(before, &zone("Asia/Shanghai")), "2026-11-28");
        assert_eq!(day(at, &zone("America/New_York")), "2026-11-28");
        assert_eq!(day(Timestamp::from_ms(0), &zone("Nowhere/Else")), "1970-01-01");
    }

    #[test]
    fn the_machines_zone_is_what_it_says_or_what_it_links_to() {
        let zone = |told, link: &str| chosen(told, Some(Path::new(link))).to_string();
        assert_eq!(zone(Some("Asia/Tokyo"), "/usr/share/zoneinfo/Europe/Paris"), "Asia/Tokyo");
        assert_eq!(zone(Some(":Asia/Tokyo"), ""), "Asia/Tokyo");
        assert_eq!(zone(None, "../usr/share/zoneinfo/Europe/Paris"), "Europe/Paris");
        assert_eq!(zone(Some("CET-1CEST,M3.5.0"), "/etc/else"), "UTC");
        assert_eq!(zone(Some("No/Such"), "/usr/share/zoneinfo/No/Such"), "UTC");
        assert!(exists(&of_machine()));
    }
}

//! Days as people write them in a query: `2026-03-01`, `3/1`, `2026年3月`, `昨天`, `last week`.

use crate::time::Timestamp;

const DAY_MS: i64 = 86_400_000;
/// Years that can be asked for.
const YEARS: std::ops::RangeInclusive<i64> = 1970..=9999;

/// The asker's clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Today {
    /// The time now.
    pub now: Timestamp,
    /// How far their clock is ahead of UTC, in minutes.
    pub offset_min: i32,
}

/// Some days.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// When the first begins.
    pub start: Timestamp,
    /// When the day after the last begins.
    pub end: Timestamp,
}

/// A day since 1970.
type Day = i64;

impl Today {
    fn day(self) -> Day {
        let ms = i64::try_from(self.now.as_ms()).unwrap_or(i64::MAX);
        ms.saturating_add(i64::from(self.offset_min) * 60_000).div_euclid(DAY_MS)
    }

    fn span(self, first: Day, after: Day) -> Span {
        let start = |day: Day| {
            let ms = day.saturating_mul(DAY_MS) - i64::from(self.offset_min) * 60_000;
            Timestamp::from_ms(u64::try_from(ms).unwrap_or_default())
        };
        Span { start: start(first), end: start(after) }
    }
}

/// The days that a text names, already folded by [`super::fold::fold`].
#[must_use]
pub fn days(text: &str, today: Today) -> Option<Span> {
    let (first, after) = relative(text, today.day()).or_else(|| absolute(text, today.day()))?;
    Some(today.span(first, after))
}

fn relative(text: &str, today: Day) -> Option<(Day, Day)> {
    // 1970-01-01 was a Thursday; weeks begin on Monday.
    let monday = today - (today + 3).rem_euclid(7);
    let (year, month, _) = civil(today);
    let months = |back: i64| {
        let of = |n: i64| first_of(n.div_euclid(12), n.rem_euclid(12) + 1);
        let this = year * 12 + month - 1 - back;
        (of(this), of(this + 1))
    };
    Some(match text {
        "today" | "今天" | "今日" => (today, today + 1),
        "yesterday" | "昨天" | "昨日" => (today - 1, today),
        "前天" => (today - 2, today - 1),
        "week" | "thisweek" | "this-week" | "本周" | "这周" | "这星期" => {
            (monday, monday + 7)
        }
        "lastweek" | "last-week" | "上周" | "上星期" => (monday - 7, monday),
        "month" | "thismonth" | "this-month" | "本月" | "这个月" => months(0),
        "lastmonth" | "last-month" | "上月" | "上个月" => months(1),
        "year" | "thisyear" | "this-year" | "今年" => (first_of(year, 1), first_of(year + 1, 1)),
        "lastyear" | "last-year" | "去年" => (first_of(year - 1, 1), first_of(year, 1)),
        _ => return None,
    })
}

fn absolute(text: &str, today: Day) -> Option<(Day, Day)> {
    let text = text.trim_end_matches(['年', '月', '日', '号']);
    let mut numbers = Vec::with_capacity(3);
    for part in text.split(['-', '/', '.', '年', '月']) {
        let digits = (1..=4).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit());
        let number: i64 = part.parse().ok().filter(|_| digits && numbers.len() < 3)?;
        numbers.push((number, part.len() == 4));
    }
    match *numbers.as_slice() {
        [(year, true)] if YEARS.contains(&year) => Some((first_of(year, 1), first_of(year + 1, 1))),
        [(year, true), (month, false)] if YEARS.contains(&year) && (1..=12).contains(&month) => {
            let next = if month == 12 { first_of(year + 1, 1) } else { first_of(year, month + 1) };
            Some((first_of(year, month), next))
        }
        [(year, true), (month, false), (day, false)] => one_day(year, month, day),
        // Without a year it is the last such day.
        [(month, false), (day, false)] => {
            let this = civil(today).0;
            let found = |year| one_day(year, month, day).filter(|(first, _)| *first <= today);
            // A leap day may be up to eight years ago.
            (0..=8).find_map(|back| found(this - back))
        }
        _ => None,
    }
}

fn one_day(year: i64, month: i64, day: i64) -> Option<(Day, Day)> {
    let there = YEARS.contains(&year) && (1..=12).contains(&month) && (1..=31).contains(&day);
    let number = there.then(|| first_of(year, month) + day - 1)?;
    (civil(number) == (year, month, day)).then_some((number, number + 1))
}

/// The first day of a month (Howard Hinnant's `days_from_civil`).
const fn first_of(year: i64, month: i64) -> Day {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let of_year = (153 * ((month + 9) % 12) + 2) / 5;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

/// Year, month and day (`civil_from_days`).
const fn civil(day: Day) -> (i64, i64, i64) {
    let day = day + 719_468;
    let era = day.div_euclid(146_097);
    let of_era = day.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * of_year + 2) / 153;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    let year = year_of_era + era * 400 + if month <= 2 { 1 } else { 0 };
    (year, month, of_year - (153 * shifted + 2) / 5 + 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// 2026-03-04 01:00 in Shanghai, a Wednesday; still the third in London.
    const SHANGHAI: Today =
        Today { now: Timestamp::from_ms(1_772_557_200_000), offset_min: 8 * 60 };

    fn named(text: &str, today: Today) -> Option<(String, String)> {
        let span = days(text, today)?;
        let show = |at: Timestamp| {
            let ms = i64::try_from(at.as_ms()).unwrap() + i64::from(today.offset_min) * 60_000;
            let (year, month, day) = civil(ms.div_euclid(DAY_MS));
            assert_eq!(ms.rem_euclid(DAY_MS), 0, "a day begins at midnight");
            format!("{year}-{month:02}-{day:02}")
        };
        Some((show(span.start), show(span.end)))
    }

    #[test]
    fn days_are_written_in_many_ways() {
        let march_first = Some(("2026-03-01".to_owned(), "2026-03-02".to_owned()));
        for text in ["2026-03-01", "2026/3/1", "2026.3.1", "2026年3月1日", "3月1号", "3/1", "03-01"]
        {
            assert_eq!(named(text, SHANGHAI), march_first, "{text}");
        }
        let spans = [
            ("今天", "2026-03-04", "2026-03-05"),
            ("yesterday", "2026-03-03", "2026-03-04"),
            ("前天", "2026-03-02", "2026-03-03"),
            ("本周", "2026-03-02", "2026-03-09"),
            ("上周", "2026-02-23", "2026-03-02"),
            ("上个月", "2026-02-01", "2026-03-01"),
            ("2026年2月", "2026-02-01", "2026-03-01"),
            ("2025-12", "2025-12-01", "2026-01-01"),
            ("去年", "2025-01-01", "2026-01-01"),
            ("2024", "2024-01-01", "2025-01-01"),
            ("12月31日", "2025-12-31", "2026-01-01"),
            ("2/29", "2024-02-29", "2024-03-01"),
        ];
        for (text, start, end) in spans {
            assert_eq!(named(text, SHANGHAI), Some((start.into(), end.into())), "{text}");
        }
    }

    #[test]
    fn today_is_where_the_asker_is() {
        let london = Today { offset_min: 0, ..SHANGHAI };
        assert_eq!(named("today", london), Some(("2026-03-03".into(), "2026-03-04".into())));
    }

    #[test]
    fn nonsense_is_no_day() {
        for text in
            ["", "2026-02-30", "13/1", "0-0", "2026-", "-", "1-2-3-4", "明天见", "99999", "2026--1"]
        {
            assert_eq!(days(text, SHANGHAI), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn a_day_is_found_again(day in 0i64..2_000_000) {
            let (year, month, of_month) = civil(day);
            prop_assert_eq!(first_of(year, month) + of_month - 1, day);
        }

        #[test]
        fn what_is_named_ends_after_it_begins(text in "[0-9年月日号/.-]{0,12}", now in any::<u64>(), offset_min in -900i32..900) {
            let named = days(&text, Today { now: Timestamp::from_ms(now), offset_min });
            prop_assert!(named.is_none_or(|span| span.start <= span.end), "{:?}", named);
        }
    }
}

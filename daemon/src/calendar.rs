//! Days and hours of a time, in UTC (Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms").

use hearth_domain::time::Timestamp;

const DAY_MS: u64 = 24 * 60 * 60 * 1_000;

/// A moment in UTC, to the second.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    /// The year of our era.
    pub year: u64,
    /// 1 to 12.
    pub month: u64,
    /// 1 to 31.
    pub day: u64,
    /// Seconds since midnight.
    pub second: u64,
}

/// Days since 1970.
#[must_use]
pub const fn day_number(at: Timestamp) -> u64 {
    at.as_ms() / DAY_MS
}

/// The day and the second of a time.
#[must_use]
pub const fn moment(at: Timestamp) -> Moment {
    let days = day_number(at) + 719_468;
    let era = days / 146_097;
    let day_of_era = days % 146_097;
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    let year = year_of_era + era * 400 + (month <= 2) as u64;
    Moment { year, month, day, second: at.as_ms() % DAY_MS / 1_000 }
}

/// The time of a moment; nothing before 1970.
#[must_use]
pub fn timestamp(moment: Moment) -> Option<Timestamp> {
    let Moment { year, month, day, second } = moment;
    let year = if month <= 2 { year.checked_sub(1)? } else { year };
    let (era, year_of_era) = (year / 400, year % 400);
    let month_from_march = (month + 9) % 12;
    let day_of_year = (153 * month_from_march + 2) / 5 + day.checked_sub(1)?;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    let days = (era * 146_097 + day_of_era).checked_sub(719_468)?;
    Some(Timestamp::from_ms(days * DAY_MS + second * 1_000))
}

/// `2026-11-24 15:04:05`.
#[must_use]
pub fn utc(at: Timestamp) -> String {
    let Moment { year, month, day, second } = moment(at);
    let (hour, minute, second) = (second / 3_600, second / 60 % 60, second % 60);
    format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_those_of_the_calendar() {
        for (ms, text) in [
            (0, "1970-01-01 00:00:00"),
            (951_782_400_000, "2000-02-29 00:00:00"),
            (1_078_012_799_000, "2004-02-28 23:59:59"),
            (1_795_523_045_000, "2026-11-24 12:24:05"),
            (4_107_542_399_000, "2100-02-28 23:59:59"),
        ] {
            let at = Timestamp::from_ms(ms);
            assert_eq!(utc(at), text);
            assert_eq!(timestamp(moment(at)), Some(at), "{text}");
        }
        assert_eq!(timestamp(Moment { year: 1969, month: 12, day: 31, second: 0 }), None);
    }
}

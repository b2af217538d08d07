//! Which backups are kept: the latest of each hour, day and week, as far back as is set.

use std::collections::BTreeSet;

use hearth_domain::time::Timestamp;
use hearth_wire::vault::BackupKept;

const HOUR_MS: u64 = 3_600_000;
const DAY_MS: u64 = 24 * HOUR_MS;
/// The first of January 1970 was a Thursday; weeks begin on Mondays.
const WEEK_SHIFT_MS: u64 = 3 * DAY_MS;

/// The backups to be taken away, given all of them, the latest first. The latest one is never among
/// them, and hours, days and weeks without a backup don't count.
#[must_use]
pub(super) fn surplus(all: &[(Timestamp, String)], kept: &BackupKept) -> Vec<String> {
    let mut stays: BTreeSet<Timestamp> = all.first().map(|(at, _)| *at).into_iter().collect();
    let mut keep = |bucket: fn(u64) -> u64, most: u8| {
        let mut buckets = BTreeSet::new();
        for (at, _) in all {
            let bucket = bucket(at.as_ms());
            if buckets.contains(&bucket) {
                continue;
            }
            if buckets.len() >= usize::from(most) {
                break;
            }
            buckets.insert(bucket);
            stays.insert(*at);
        }
    };
    keep(|ms| ms / HOUR_MS, kept.hours);
    keep(|ms| ms / DAY_MS, kept.days);
    keep(|ms| (ms + WEEK_SHIFT_MS) / (7 * DAY_MS), kept.weeks);
    all.iter().filter(|(at, _)| !stays.contains(at)).map(|(_, name)| name.clone()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One an hour for so many hours, back from Saturday, 28 November 2026, 12:00 UTC.
    fn hourly(count: u64) -> Vec<(Timestamp, String)> {
        let one = |n: u64| {
            let at = Timestamp::from_ms(1_795_867_200_000 - n * HOUR_MS);
            (at, n.to_string())
        };
        (0..count).map(one).collect()
    }

    fn left(count: u64, kept: BackupKept) -> Vec<u64> {
        let all = hourly(count);
        let surplus = surplus(&all, &kept);
        let stays = all.iter().filter(|(_, name)| !surplus.contains(name));
        stays.map(|(_, name)| name.parse().unwrap()).collect()
    }

    #[test]
    fn the_latest_of_each_hour_day_and_week_stays() {
        assert_eq!(left(5, BackupKept { hours: 3, days: 0, weeks: 0 }), [0, 1, 2]);
        // The latest of the days before was made at 23:00.
        assert_eq!(left(72, BackupKept { hours: 0, days: 3, weeks: 0 }), [0, 13, 37]);
        // Sundays, 23:00.
        let weeks = BackupKept { hours: 0, days: 0, weeks: 3 };
        assert_eq!(left(24 * 30, weeks), [0, 5 * 24 + 13, 12 * 24 + 13]);
        let both = BackupKept { hours: 2, days: 2, weeks: 2 };
        assert_eq!(left(24 * 30, both), [0, 1, 13, 5 * 24 + 13]);
    }

    #[test]
    fn the_latest_stays_whatever_is_set() {
        assert_eq!(left(9, BackupKept { hours: 0, days: 0, weeks: 0 }), [0]);
        assert_eq!(left(0, BackupKept::default()), [0; 0]);
    }
}

//! When a backup is due.

use hearth_domain::notify::ZoneName;
use hearth_domain::time::Timestamp;
use hearth_wire::vault::{BackupEvery, BackupSettings};

use crate::zone;

const MINUTE_MS: u64 = 60_000;
const HOUR_MS: u64 = 60 * MINUTE_MS;
/// What failed is tried again after this.
const RETRY_MS: u64 = HOUR_MS;
/// Quiet hours are waited for until the last good backup is this old.
const WAIT_MS_MAX: u64 = 36 * HOUR_MS;
const MINUTES_PER_HOUR: u16 = 60;

/// How it stands with a destination.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Past {
    /// When it was last tried.
    pub(super) tried_at: Option<Timestamp>,
    /// When the last good backup was made.
    pub(super) verified_at: Option<Timestamp>,
    /// Whether the last attempt failed.
    pub(super) failed: bool,
    /// Since when backups are made at all.
    pub(super) since: Timestamp,
}

/// The latest time by the plan that is not after `now`, and the first one after it.
pub(super) fn around(
    settings: &BackupSettings,
    now: Timestamp,
    of: &ZoneName,
) -> Option<(Timestamp, Timestamp)> {
    let minute = u16::from(settings.at);
    match settings.every {
        BackupEvery::Off => None,
        BackupEvery::Day => {
            let days = [-2, -1, 0, 1, 2].map(|days| zone::minute_of(now, days, settings.at, of));
            let last = days.into_iter().rfind(|at| *at <= now)?;
            let next = days.into_iter().find(|at| *at > now)?;
            Some((last, next))
        }
        BackupEvery::Hour => {
            let local = u16::from(zone::local(now, Some(of)).minute) % MINUTES_PER_HOUR;
            let past = (local + MINUTES_PER_HOUR - minute % MINUTES_PER_HOUR) % MINUTES_PER_HOUR;
            let this_minute = now.as_ms() - now.as_ms() % MINUTE_MS;
            let last = Timestamp::from_ms(this_minute.saturating_sub(u64::from(past) * MINUTE_MS));
            Some((last, last.plus_ms(HOUR_MS)))
        }
    }
}

/// Whether it is time, and whether only the quiet hours are in the way.
pub(super) fn due(
    plan: Option<(Timestamp, Timestamp)>,
    past: &Past,
    (now, is_quiet): (Timestamp, bool),
) -> (bool, bool) {
    let Some((last, _)) = plan else { return (false, false) };
    // A time that is yet to come was noted by a clock that was wrong.
    let tried_at = past.tried_at.filter(|at| *at <= now.plus_ms(HOUR_MS));
    let missed = last > tried_at.unwrap_or(past.since.min(now));
    let again = past.failed && tried_at.is_none_or(|at| now.ms_since(at) >= RETRY_MS);
    let wanted = missed || again;
    let waits = is_quiet && now.ms_since(past.verified_at.unwrap_or(past.since)) < WAIT_MS_MAX;
    (wanted && !waits, wanted && waits)
}

#[cfg(test)]
mod tests {
    use super::*;
    use hearth_domain::notify::MinuteOfDay;

    /// Saturday, 28 November 2026, 23:30 in Shanghai.
    const NOW: Timestamp = Timestamp::from_ms(1_795_879_800_000);

    fn shanghai() -> ZoneName {
        ZoneName::parse("Asia/Shanghai").unwrap()
    }

    fn plan(every: BackupEvery, minute: u16) -> Option<(Timestamp, Timestamp)> {
        let at = MinuteOfDay::try_from(minute).unwrap();
        let settings = BackupSettings { every, at, ..super::super::settings::standard() };
        around(&settings, NOW, &shanghai())
    }

    fn hours(from: Timestamp, to: Timestamp) -> f64 {
        (to.as_ms() as f64 - from.as_ms() as f64) / HOUR_MS as f64
    }

    #[test]
    fn the_plan_is_on_the_clock_of_the_box() {
        let (last, next) = plan(BackupEvery::Day, 180).unwrap();
        assert_eq!((hours(last, NOW), hours(NOW, next)), (20.5, 3.5));
        let (last, next) = plan(BackupEvery::Day, 23 * 60 + 30).unwrap();
        assert_eq!((hours(last, NOW), hours(NOW, next)), (0.0, 24.0));
        let (last, next) = plan(BackupEvery::Hour, 45).unwrap();
        assert_eq!((hours(last, NOW), hours(NOW, next)), (0.75, 0.25));
        assert_eq!(plan(BackupEvery::Off, 0), None);
    }

    #[test]
    fn it_is_due_once_and_again_after_a_failure() {
        let plan = plan(BackupEvery::Day, 180);
        let (last, _) = plan.unwrap();
        let since = Timestamp::from_ms(last.as_ms() - HOUR_MS);
        let past = Past { since, ..Past::default() };
        let at = |past: &Past, quiet| due(plan, past, (NOW, quiet));
        assert_eq!(at(&past, false), (true, false), "missed while the box was off");
        let young = Past { since: NOW, ..Past::default() };
        assert_eq!(at(&young, false), (false, false), "not at once on a new box");
        let done = Past { tried_at: Some(last), verified_at: Some(last), ..past };
        assert_eq!(at(&done, false), (false, false));
        let failed = Past { failed: true, ..done };
        assert_eq!(at(&failed, false), (true, false));
        let just = Past { tried_at: Some(NOW), ..failed };
        assert_eq!(at(&just, false), (false, false), "an hour later");
        let future = Past { tried_at: Some(NOW.plus_ms(9 * HOUR_MS)), ..past };
        assert_eq!(at(&future, false), (true, false), "the clock was wrong");
        assert_eq!(due(None, &failed, (NOW, false)), (false, false));
    }

    #[test]
    fn quiet_hours_are_waited_for_but_not_for_ever() {
        let plan = plan(BackupEvery::Day, 180);
        let (last, _) = plan.unwrap();
        let verified = |hours: u64| Past {
            verified_at: Some(Timestamp::from_ms(NOW.as_ms() - hours * HOUR_MS)),
            tried_at: Some(Timestamp::from_ms(last.as_ms() - HOUR_MS)),
            ..Past::default()
        };
        assert_eq!(due(plan, &verified(24), (NOW, true)), (false, true));
        assert_eq!(due(plan, &verified(37), (NOW, true)), (true, false));
    }
}

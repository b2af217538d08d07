//! The past: an hour second for second, and the minute in the making.

use std::collections::VecDeque;

use hearth_store::machine::{Range, SECONDS_KEPT_S, Stretch};
use hearth_wire::hardware::HardwareStatus;

/// Points of one answer; where there are more, neighbours are put together.
pub const POINTS_MAX: u64 = 3_600;
/// Seconds that are kept.
const SECONDS_MAX: usize = SECONDS_KEPT_S as usize;
/// Minutes that wait for a disk that takes nothing: two hours. The oldest go first.
const MINUTES_WAITING_MAX: usize = 120;
const MINUTE_S: u64 = 60;

/// One second, 32 bytes.
#[derive(Clone, Copy, Debug)]
struct Second {
    at_s: u64,
    junction_c: f32,
    fan_rpm: f32,
    fan_duty: f32,
    power_w: f32,
    allowed_w: f32,
    dust: f32,
}

impl Second {
    fn of(at_s: u64, status: &HardwareStatus) -> Self {
        let fan = status.fans.iter().find(|fan| fan.ours).or_else(|| status.fans.first());
        let number = |value: Option<f64>| value.map_or(f32::NAN, |value| value as f32);
        Self {
            at_s,
            junction_c: number(status.junction_c),
            fan_rpm: number(fan.and_then(|fan| fan.rpm)),
            fan_duty: number(fan.and_then(|fan| fan.duty)),
            power_w: number(status.power_w),
            allowed_w: number(Some(status.allowed_w)),
            dust: number(status.dust_known.then_some(status.dust)),
        }
    }

    /// One that the store kept.
    fn kept(stretch: &Stretch) -> Self {
        let number = |range: Option<Range>| range.map_or(f32::NAN, |range| range.mean as f32);
        Self {
            at_s: stretch.at_s,
            junction_c: number(stretch.junction_c),
            fan_rpm: number(stretch.fan_rpm),
            fan_duty: number(stretch.fan_duty),
            power_w: number(stretch.power_w),
            allowed_w: number(stretch.allowed_w),
            dust: number(stretch.dust),
        }
    }

    fn stretch(self) -> Stretch {
        let range = |value: f32| (!value.is_nan()).then(|| Range::of(f64::from(value)));
        Stretch {
            at_s: self.at_s,
            samples: 1,
            junction_c: range(self.junction_c),
            fan_rpm: range(self.fan_rpm),
            fan_duty: range(self.fan_duty),
            power_w: range(self.power_w),
            allowed_w: range(self.allowed_w),
            dust: range(self.dust),
        }
    }
}

/// The last hour, and minutes on their way to the store.
#[derive(Debug, Default)]
pub(super) struct History {
    seconds: VecDeque<Second>,
    /// The last second that the store was given.
    noted_s: u64,
    minute: Option<Stretch>,
    waiting: VecDeque<Stretch>,
}

impl History {
    /// Takes over what the store kept of the seconds before those that were seen already.
    pub(super) fn begin(&mut self, kept: &[Stretch]) {
        let first_s = self.seconds.front().map_or(u64::MAX, |second| second.at_s);
        let before = kept.iter().filter(|second| second.at_s < first_s).rev();
        for second in before.take(SECONDS_MAX - self.seconds.len()) {
            self.noted_s = self.noted_s.max(second.at_s);
            self.seconds.push_front(Second::kept(second));
        }
    }

    /// Adds a second. The last line of a second counts; a clock that jumped back begins anew there.
    pub(super) fn add(&mut self, at_s: u64, status: &HardwareStatus) {
        let second = Second::of(at_s, status);
        self.noted_s = self.noted_s.min(at_s.saturating_sub(1));
        let again = self.seconds.back().is_some_and(|last| last.at_s == at_s);
        while self.seconds.back().is_some_and(|last| last.at_s >= at_s) {
            self.seconds.pop_back();
        }
        if self.seconds.len() == SECONDS_MAX {
            self.seconds.pop_front();
        }
        self.seconds.push_back(second);
        // A minute has at most 60 seconds, however many lines came.
        if again {
            return;
        }
        self.finish(at_s);
        let begin_s = at_s - at_s % MINUTE_S;
        let minute = self.minute.unwrap_or(Stretch { at_s: begin_s, ..Stretch::default() });
        self.minute = Some(minute.with(&second.stretch()));
    }

    /// Lays the minute aside if another one has begun.
    pub(super) fn finish(&mut self, at_s: u64) {
        if self.minute.is_some_and(|minute| minute.at_s != at_s - at_s % MINUTE_S) {
            self.lay_aside();
        }
    }

    fn lay_aside(&mut self) {
        self.waiting.extend(self.minute.take());
        while self.waiting.len() > MINUTES_WAITING_MAX {
            self.waiting.pop_front();
        }
    }

    /// Takes the minutes that are finished; at the end of all, also the one that is not.
    pub(super) fn take(&mut self, all: bool) -> Vec<Stretch> {
        if all {
            self.lay_aside();
        }
        self.waiting.drain(..).collect()
    }

    /// Takes the seconds that the store was not given yet.
    pub(super) fn take_seconds(&mut self) -> Vec<Stretch> {
        let new = self.seconds.iter().filter(|second| second.at_s > self.noted_s);
        let new: Vec<_> = new.map(|second| second.stretch()).collect();
        self.noted_s = new.last().map_or(self.noted_s, |last| last.at_s);
        new
    }

    /// Seconds that the store did not take, which are here still, are given to it again.
    pub(super) fn put_back_seconds(&mut self, seconds: &[Stretch]) {
        let first_s = seconds.first().map_or(u64::MAX, |first| first.at_s);
        self.noted_s = self.noted_s.min(first_s.saturating_sub(1));
    }

    /// Puts minutes back that the store did not take.
    pub(super) fn put_back(&mut self, minutes: Vec<Stretch>) {
        for minute in minutes.into_iter().rev() {
            self.waiting.push_front(minute);
        }
        while self.waiting.len() > MINUTES_WAITING_MAX {
            self.waiting.pop_front();
        }
    }

    pub(super) fn seconds(&self) -> Vec<Stretch> {
        self.seconds.iter().map(|second| second.stretch()).collect()
    }
}

/// At most [`POINTS_MAX`] points of a span: neighbours are put together, by the clock, so that a gap
/// stays a gap.
#[must_use]
pub fn thinned(points: Vec<Stretch>, span_s: u64, step_s: u64) -> Vec<Stretch> {
    let bucket_s = step_s * (span_s / step_s.max(1)).div_ceil(POINTS_MAX).max(1);
    let mut thin: Vec<Stretch> = Vec::new();
    for point in points {
        let at_s = point.at_s - point.at_s % bucket_s.max(1);
        match thin.last_mut() {
            Some(last) if last.at_s == at_s => *last = last.with(&point),
            _ => thin.push(Stretch { at_s, ..point }),
        }
    }
    // The first and the last bucket of a span may both be cut.
    let more = thin.len().saturating_sub(POINTS_MAX as usize);
    thin.drain(..more);
    thin
}

#[cfg(test)]
mod tests {
    use super::super::line::tests::told;
    use super::*;
    use serde_json::json;

    const NOON_S: u64 = 1_790_000_040;

    fn hot(celsius: f64) -> HardwareStatus {
        told(|line| line["junction_c"] = json!(celsius)).status
    }

    #[test]
    fn a_minute_has_least_mean_and_most_of_its_seconds() {
        let mut history = History::default();
        for second in 0..60 {
            history.add(NOON_S + second, &hot(50.0 + second as f64));
            history.add(NOON_S + second, &hot(50.0 + second as f64));
        }
        assert_eq!(history.take(false), []);
        history.add(NOON_S + 60, &hot(40.0));
        let [minute] = history.take(false)[..] else { panic!("one minute") };
        assert_eq!((minute.at_s, minute.samples), (NOON_S, 60));
        let junction = minute.junction_c.unwrap();
        assert_eq!((junction.min, junction.max), (50.0, 109.0));
        assert!((junction.mean - 79.5).abs() < 1e-6);
        assert_eq!(history.seconds().len(), 61);
        assert_eq!(history.take(true).len(), 1);
    }

    #[test]
    fn an_hour_is_kept_and_a_clock_that_jumps_back_begins_anew_there() {
        let mut history = History::default();
        for second in 0..4_000 {
            history.add(NOON_S + second, &hot(50.0));
        }
        assert_eq!(history.seconds().len(), 3_600);
        history.add(NOON_S + 3_000, &hot(50.0));
        let seconds = history.seconds();
        assert_eq!(seconds.last().map(|last| last.at_s), Some(NOON_S + 3_000));
        assert!(seconds.is_sorted_by(|a, b| a.at_s < b.at_s));
    }

    #[test]
    fn each_second_is_given_to_the_store_once_and_taken_over_by_the_next_run() {
        let mut history = History::default();
        for second in 0..50 {
            history.add(NOON_S + second, &hot(50.0));
        }
        let first = history.take_seconds();
        assert_eq!((first.len(), history.take_seconds().len()), (50, 0));
        history.add(NOON_S + 50, &hot(60.0));
        history.put_back_seconds(&first);
        let all = history.take_seconds();
        assert_eq!(all.len(), 51);
        // The clock is put back: what comes then is new.
        history.add(NOON_S + 20, &hot(40.0));
        assert_eq!(history.take_seconds().len(), 1);
        let mut next = History::default();
        next.add(NOON_S + 60, &hot(70.0));
        next.begin(&all);
        assert_eq!(next.seconds().len(), 52);
        assert_eq!(next.take_seconds().len(), 1, "the store has the others");
        assert!(next.seconds().is_sorted_by(|a, b| a.at_s < b.at_s));
    }

    #[test]
    fn minutes_that_the_disk_does_not_take_wait_in_order_and_not_for_ever() {
        let mut history = History::default();
        for minute in 0..200 {
            history.add(NOON_S + 60 * minute, &hot(50.0));
            let minutes = history.take(false);
            history.put_back(minutes);
        }
        let waiting = history.take(true);
        assert_eq!(waiting.len(), MINUTES_WAITING_MAX);
        assert!(waiting.is_sorted_by(|a, b| a.at_s < b.at_s));
        assert_eq!(waiting.last().map(|last| last.at_s), Some(NOON_S + 60 * 199));
    }

    #[test]
    fn a_month_is_thinned_and_keeps_its_extremes_and_gaps() {
        let month_s = 30 * 24 * 3_600;
        let point = |minute: u64| Stretch {
            at_s: NOON_S + 60 * minute,
            samples: 60,
            junction_c: Some(Range::of(if minute == 777 { 99.0 } else { 50.0 })),
            ..Stretch::default()
        };
        let minutes = (0..43_200).filter(|minute| !(1_000..2_000).contains(minute));
        let thin = thinned(minutes.map(point).collect(), month_s, 60);
        assert!(thin.len() <= 3_600 && thin.len() > 3_500, "{}", thin.len());
        let hottest = thin.iter().filter_map(|p| p.junction_c).map(|r| r.max).fold(0.0, f64::max);
        assert_eq!(hottest, 99.0);
        assert!(thin.windows(2).any(|pair| pair[1].at_s - pair[0].at_s > 900 * 60));
        assert!(thin.iter().all(|point| point.at_s % 720 == 0));
    }
}

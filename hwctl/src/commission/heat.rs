//! Load steps: what a sink does with idle, full and half load under a fast and a slow fan.
//!
//! The load is asked for and not relied on: what counts is the power that the meter shows. A step ends
//! when the junction rests, when it comes near to the end of what is tried, or when its time is over.

use super::fit::{self, Fitted, Sample};
use crate::fan::Fan;
use crate::units::{Celsius, Duty, Seconds, Watts};

/// Warmer than this, a load step ends.
const STEP_ENDS_AT: Celsius = Celsius(78.0);
/// Warmer than this, it cools first: more works than was asked for.
pub(super) const REST_AT: Celsius = Celsius(82.0);
/// What is averaged into one sample.
pub(super) const SAMPLE: Seconds = Seconds(5.0);
pub(super) const SAMPLES_MAX: usize = 400;
/// A junction whose mean over this changes by less than that rests.
const REST_SAMPLES: usize = 8;
const REST_K: f64 = 0.3;
/// With less than this between idle and load nothing can be learned.
const POWER_SPAN_MIN: Watts = Watts(8.0);

/// One load under one speed of the fan.
#[derive(Clone, Copy, Debug)]
struct Phase {
    load: f64,
    speed: f64,
    least: Seconds,
    most: Seconds,
}

const fn phase(load: f64, speed: f64, least_s: f64, most_s: f64) -> Phase {
    Phase { load, speed, least: Seconds(least_s), most: Seconds(most_s) }
}

const PHASES: [Phase; 6] = [
    phase(0.0, 0.5, 45.0, 60.0),
    phase(1.0, 1.0, 60.0, 240.0),
    phase(1.0, 0.6, 60.0, 240.0),
    phase(0.5, 0.35, 60.0, 240.0),
    phase(0.0, 0.35, 60.0, 240.0),
    phase(0.0, 1.0, 60.0, 120.0),
];

/// Why the sink was not measured, although the fan was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NoSink {
    /// No meter tells the power.
    NoMeter,
    /// The power did not change enough, or no sink is like what was seen.
    NoFit,
}

/// What is to be done.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Warming {
    /// This load, under this duty.
    Going(f64, Duty),
    /// All is measured that can be.
    Done(Result<Fitted, NoSink>),
}

#[derive(Clone, Debug)]
pub(super) struct Heat {
    fan: Fan,
    nth: usize,
    since: Seconds,
    /// Where the phase began among the samples.
    first: usize,
    sum: Sum,
    samples: [Sample; SAMPLES_MAX],
    count: usize,
    unmetered_since: Option<Seconds>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Sum {
    elapsed_s: f64,
    celsius_s: f64,
    watt_s: f64,
    speed_s: f64,
}

impl Heat {
    pub(super) fn new(fan: Fan, now: Seconds) -> Self {
        Self {
            fan,
            nth: 0,
            since: now,
            first: 0,
            sum: Sum::default(),
            samples: [Sample::default(); SAMPLES_MAX],
            count: 0,
            unmetered_since: None,
        }
    }

    /// Begins the phase anew; what was seen counts.
    pub(super) fn again(&mut self, now: Seconds) {
        (self.since, self.first) = (now, self.count);
    }

    pub(super) fn progress(&self, now: Seconds) -> f64 {
        let most = |phase: &Phase| phase.most.0;
        let all: f64 = PHASES.iter().map(most).sum();
        let done: f64 = PHASES[..self.nth].iter().map(most).sum();
        let here = PHASES.get(self.nth).map_or(0.0, most).min((now - self.since).0);
        (done + here) / all
    }

    /// Takes what was seen for `elapsed`. A moment without the power or the speed counts as the one
    /// before.
    pub(super) fn step(
        &mut self,
        junction: Option<Celsius>,
        power: Option<Watts>,
        speed: f64,
        (now, elapsed): (Seconds, Seconds),
    ) -> Warming {
        let Some(power) = power else {
            let since = *self.unmetered_since.get_or_insert(now);
            return match PHASES.get(self.nth) {
                Some(phase) if now - since < SAMPLE => {
                    Warming::Going(phase.load, self.fan.duty(phase.speed))
                }
                _ => Warming::Done(Err(NoSink::NoMeter)),
            };
        };
        self.unmetered_since = None;
        if let Some(junction) = junction {
            self.add(junction, power, speed, elapsed);
        }
        if self.is_phase_over(junction, now) {
            let told = self.nth != 1 || self.power_span() >= POWER_SPAN_MIN;
            if !told {
                return Warming::Done(Err(NoSink::NoFit));
            }
            (self.nth, self.since, self.first) = (self.nth + 1, now, self.count);
        }
        match PHASES.get(self.nth) {
            Some(phase) => Warming::Going(phase.load, self.fan.duty(phase.speed)),
            None => Warming::Done(fit::fit(&self.samples[..self.count]).ok_or(NoSink::NoFit)),
        }
    }

    fn add(&mut self, junction: Celsius, power: Watts, speed: f64, elapsed: Seconds) {
        self.sum.elapsed_s += elapsed.0;
        self.sum.celsius_s += junction.0 * elapsed.0;
        self.sum.watt_s += power.0 * elapsed.0;
        self.sum.speed_s += speed * elapsed.0;
        if self.sum.elapsed_s < SAMPLE.0 {
            return;
        }
        let Sum { elapsed_s, celsius_s, watt_s, speed_s } = std::mem::take(&mut self.sum);
        let sample = Sample {
            elapsed: Seconds(elapsed_s),
            junction: Celsius(celsius_s / elapsed_s),
            power: Watts(watt_s / elapsed_s),
            speed: speed_s / elapsed_s,
        };
        if let Some(place) = self.samples.get_mut(self.count) {
            *place = sample;
            self.count += 1;
        }
    }

    fn is_phase_over(&self, junction: Option<Celsius>, now: Seconds) -> bool {
        let Some(phase) = PHASES.get(self.nth) else { return false };
        let here = now - self.since;
        let hot = phase.load > 0.0 && junction.is_some_and(|junction| junction >= STEP_ENDS_AT);
        hot || here >= phase.most || here >= phase.least && self.rests()
    }

    fn rests(&self) -> bool {
        let samples = &self.samples[self.first..self.count];
        let Some(recent) = samples.len().checked_sub(2 * REST_SAMPLES) else { return false };
        let mean = |samples: &[Sample]| {
            samples.iter().map(|sample| sample.junction.0).sum::<f64>() / samples.len() as f64
        };
        let (before, after) = samples[recent..].split_at(REST_SAMPLES);
        (mean(after) - mean(before)).abs() < REST_K
    }

    fn power_span(&self) -> Watts {
        let powers = || self.samples[..self.count].iter().map(|sample| sample.power.0);
        Watts(powers().fold(f64::MIN, f64::max) - powers().fold(f64::MAX, f64::min))
    }
}

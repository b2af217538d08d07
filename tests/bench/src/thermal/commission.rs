//! A machine that is measured before its day, as an operator does once: clean, idle, in an office.

use hearth_hwctl::commission::{Commission, Echo, Measured, Next, Seen};
use hearth_hwctl::fan::Fan;
use hearth_hwctl::model::Sink;
use hearth_hwctl::sense::{Reading, Why};
use hearth_hwctl::units::{Duty, Seconds};

use super::plant::{Build, IDLE_W, LONG_W, Plant, STEP_S};
use super::random::Draws;

/// A driver's memory, as the program takes it for.
const CACHE: Seconds = Seconds(2.5);
const STEPS_PER_S: u32 = 4;

/// What commissioning finds; nothing if it can't.
pub(crate) fn measure(build: Build, draws: Draws) -> Option<(Fan, Sink)> {
    let build = Build { dust: 1.0, room_c: Build::middle().room_c, ..build };
    let (mut plant, mut commission) = (Plant::new(build, draws), Commission::new(CACHE));
    let (mut duty, mut load, mut since_s, mut now_s) = (Duty::new(0.5), 0.0, 0.0, 0.0);
    loop {
        for _ in 0..STEPS_PER_S {
            plant.step(IDLE_W + load * (LONG_W - IDLE_W), f64::INFINITY, duty);
            now_s += STEP_S;
        }
        let shown = plant.shown();
        let echo = match now_s - since_s < CACHE.0 {
            true => Echo::Unknown,
            false => Echo::Says(duty.pwm()),
        };
        let seen = Seen {
            junction: shown.junction.map_or(Reading::Unknown(Why::Missing), Reading::now),
            power: Reading::now(shown.power),
            tachs: &[Reading::now(shown.fan)],
            echo,
        };
        match commission.step(&seen, Seconds(now_s)) {
            Next::Try(order) => {
                since_s = if order.duty == duty { since_s } else { now_s };
                (duty, load) = (order.duty, order.load);
            }
            Next::Done(Measured { fan, sink: Ok(fitted), .. }) => return Some((fan, fitted.sink)),
            Next::Done(_) | Next::Aborted(_) => return None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{day, rivals::Rival, run, score::Score};
    use super::*;

    /// The means of a few days on machines that differ by a tenth.
    fn days(rival: Rival, dust: f64) -> [f64; 10] {
        let scores: Vec<Score> = (100..106)
            .map(|seed| {
                let mut draws = Draws::new(seed, 1);
                let build = Build::middle().varied(|value| draws.around(value, 0.1));
                assert!(measure(build, Draws::new(seed, 3)).is_some(), "seed {seed}");
                let wishes = day::office(18, Draws::new(seed, 2));
                run::day(Build { dust, ..build }, rival, &wishes, Draws::new(seed, 3))
            })
            .collect();
        std::array::from_fn(|nth| {
            scores.iter().map(|score| score.figures()[nth]).sum::<f64>() / scores.len() as f64
        })
    }

    #[test]
    fn with_what_was_measured_it_is_no_worse_than_with_typical_constants() {
        for dust in [1.0, 1.6] {
            let (typical, measured) = (days(Rival::Ours, dust), days(Rival::OursMeasured, dust));
            let of = |name: &str| Score::NAMES.iter().position(|other| *other == name).unwrap();
            let worse = |name: &str| measured[of(name)] - typical[of(name)];
            println!("{typical:.2?}\n{measured:.2?}");
            assert!(worse("leq_dba") < 1.0, "{} dB", worse("leq_dba"));
            assert!(worse("reversals_per_h") < 1.0, "{}/h", worse("reversals_per_h"));
            assert!(worse("changes_per_h") < 3.0, "{}/h", worse("changes_per_h"));
            assert!(worse("work_percent") > -0.2, "{} %", worse("work_percent"));
            assert_eq!(measured[of("time_over_limit_s")], 0.0);
        }
    }
}
